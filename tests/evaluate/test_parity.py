"""The three engines say the same of every inventory there is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from mixed import mixed

from segrego import policy
from segrego.evaluate import Engine, EngineOptions, engine

ROOT = Path(__file__).resolve().parents[2]
CASES = sorted((ROOT / "tests/golden").glob("*/inventory.json"))


@pytest.fixture(scope="module")
def engines(opa: Path, start_opa: Callable[..., AbstractContextManager[str]]) -> Iterator[list[Engine]]:
    with start_opa("--ignore", "*_test.rego", "--bundle", policy.rego_dir()) as address:
        options = [
            EngineOptions(name="embedded"),
            EngineOptions(name="opa", opa_path=opa),
            EngineOptions(name="server", opa_url=f"http://{address}"),
        ]
        yield [engine(option) for option in options]


def canonical(value: Any) -> Any:
    """Sets reach JSON as lists, in an order that differs between engines."""
    if isinstance(value, dict):
        return {key: canonical(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def report(engines: list[Engine], document: bytes) -> dict[str, Any]:
    """The report, which all engines must agree on, down to the order of every list but findings, gaps and warnings."""
    reports = [found.evaluate(document) for found in engines]
    for one in reports:
        for unordered in ("findings", "gaps", "warnings"):
            one[unordered].sort(key=lambda item: json.dumps(canonical(item), sort_keys=True))
    assert reports[1] == reports[0]
    assert reports[2] == reports[0]
    return reports[0]


@pytest.mark.parametrize("path", CASES, ids=[path.parent.name for path in CASES])
def test_golden_cases(engines: list[Engine], path: Path) -> None:
    report(engines, path.read_bytes())


def test_a_generated_organization_of_2000_agents(engines: list[Engine]) -> None:
    found = report(engines, mixed(2_000))
    assert found["verdict"] == "fail"
    assert found["summary"]["agents"] == 2_000
    rules = {finding["rule"] for finding in found["findings"]}
    assert len(rules) >= 25, rules
    assert rules >= {"shared_execution_role", "unneeded_grants", "attribution_ambiguous", "trust_chain"}
    assert found["policy"]["revision"] == policy.revision()


@pytest.mark.parametrize(
    "document",
    [b"{}", b'{"workloads": []}', b'{"workloads": null, "roles": 5}', b"[]"],
)
def test_input_that_is_no_inventory_never_passes(engines: list[Engine], document: bytes) -> None:
    assert report(engines, document)["verdict"] != "pass"
