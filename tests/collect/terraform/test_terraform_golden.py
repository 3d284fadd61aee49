"""The golden cases of Terraform, held to what a person reads in them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from segrego.collect.document import encode
from segrego.collect.files import collect_files
from segrego.facts import derive
from segrego.inventory import Inventory, Role, Workload

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("tf-*/expected.yaml"))
AGENTS = {"agentcore_harness", "agentcore_runtime", "bedrock_agent", "bedrock_flow"}


def expected(case: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((GOLDEN / case / "expected.yaml").read_text())
    return found


def address(entity: Workload | Role) -> str:
    if isinstance(entity, Role) and entity.identity == "unresolved":
        return entity.id.rpartition("#")[2]
    return entity.location.address if entity.location and entity.location.address else entity.id


def groups(found: Inventory, kinds: set[str]) -> list[tuple[str, list[str]]]:
    workloads = {workload.id: workload for workload in found.workloads}
    made = []
    for role in found.roles:
        holders = {
            address(workloads[binding.workload])
            for binding in role.bindings
            if binding.kind in kinds and (binding.kind != "lambda_function" or workloads[binding.workload].serves)
        }
        if len(holders) > 1:
            made.append((address(role), sorted(holders)))
    return sorted(made)


def pinning(role: Role) -> dict[str, Any]:
    conditions = [condition for statement in role.trust for condition in statement.conditions]
    arns = [
        re.sub(r"\$\{[^}]*\}", "x", v).split(":", 5)[-1]
        for c in conditions
        if c.key == "aws:sourcearn"
        for v in c.values
    ]
    pins = ["service-wildcard" if "*" in a.split("/")[0] else "kind-wildcard" if "*" in a else "exact" for a in arns]
    account = any(condition.key == "aws:sourceaccount" for condition in conditions)
    return {
        "account": account,
        "arn": min(pins, key=["service-wildcard", "kind-wildcard", "exact"].index, default="none"),
    }


def scanned(case: str, into: Path, monkeypatch: pytest.MonkeyPatch) -> Inventory:
    """What is in a case's sources alone: what is expected is no source."""
    ignored = shutil.ignore_patterns("expected.yaml", "inventory.json", "report.json")
    shutil.copytree(GOLDEN / case, into / "case", ignore=ignored)
    monkeypatch.chdir(into / "case")
    found = derive(collect_files(["."]))
    assert encode(found)
    return found


def test_there_are_cases() -> None:
    assert len(CASES) >= 18


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_what_a_person_reads_in_it(case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wanted = expected(case)
    found = scanned(case, tmp_path, monkeypatch)
    assert groups(found, AGENTS) == sorted((g["role"], sorted(g["agents"])) for g in wanted["groups"])
    assert groups(found, {"lambda_function"}) == sorted(
        (g["role"], sorted(g["agents"])) for g in wanted.get("lambda_groups", [])
    )
    unresolved = {
        address(workload)
        for workload in found.workloads
        if not workload.bindings or any(binding.certainty == "unresolved" for binding in workload.bindings)
    }
    assert sorted(unresolved) == sorted(wanted["unresolved"])
    assert sorted({gap.code for gap in found.gaps}) == sorted(wanted["gaps"])
    if "roles" in wanted:
        assert len(found.roles) == wanted["roles"]
    roles = {address(role): role for role in found.roles}
    assert {name: pinning(roles[name]) for name in wanted.get("trust", {})} == wanted.get("trust", {})


@pytest.mark.parametrize("case", [case for case in CASES if "state" not in case and "plan" not in case])
def test_every_resource_has_its_line(case: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = scanned(case, tmp_path, monkeypatch)
    for entity in [*found.workloads, *found.roles, *found.tools]:
        place = entity.location
        if place is None or (isinstance(entity, Role) and entity.identity == "unresolved"):
            continue
        assert place.file is not None
        assert place.line is not None
        text = Path(place.file).read_text().splitlines()[place.line - 1]
        if place.address and not place.file.endswith(".json"):
            kind, label = re.sub(r"\[[^\]]*\]", "", place.address).split(".")[-2:]
            assert text.startswith(f'resource "{kind}" "{label}"')
