from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from segrego import policy
from segrego.errors import ConfigError, EngineError, EngineMissingError, UndefinedResultError
from segrego.evaluate import ENGINES, EngineOptions, engine
from segrego.evaluate.engine import one_line, report_of


def test_each_name_gives_its_engine(opa: Path) -> None:
    for name in ENGINES:
        assert engine(EngineOptions(name=name, opa_path=opa)).name == name


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="embedded, opa, server"):
        engine(EngineOptions(name="regopy"))  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [0, -1, math.inf, math.nan])
def test_a_time_out_must_be_one(seconds: float) -> None:
    with pytest.raises(ConfigError, match="time-out"):
        engine(EngineOptions(timeout_seconds=seconds))


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    code = (
        "import sys; from segrego.evaluate import engine, EngineOptions; engine(EngineOptions());"
        "print([name for name in ('wasmtime', 'requests', 'opa_client') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_one_report_is_a_report_and_nothing_else_is() -> None:
    assert report_of([{"a": 1}], where="x", hint="y") == {"a": 1}
    with pytest.raises(UndefinedResultError):
        report_of([], where="x", hint="y")
    wrong: list[list[Any]] = [[None], [True], [[]], [{}, {}]]
    for results in wrong:
        with pytest.raises(EngineError, match="not a report"):
            report_of(results, where="x", hint="y")


def test_foreign_text_becomes_one_line() -> None:
    assert one_line(" a\n\tb\x1b[0m\u202e c\0 ") == "a b [0m c"
    assert one_line("x" * 10, limit=5) == "xxxx…"


# --- the shipped policy


def test_a_checkout_uses_its_own_policy() -> None:
    root = policy.checkout()
    assert root is not None
    assert policy.rego_dir() == root / "rego"
    assert policy.posture_dir() == root / "bundles/posture"
    assert len(policy.revision()) == 64


def test_a_package_uses_what_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages/segrego"
    monkeypatch.setattr(policy, "_PACKAGE", package)
    assert policy.checkout() is None
    for find in (policy.rego_dir, policy.posture_dir, policy.revision):
        with pytest.raises(EngineMissingError, match="Install segrego again"):
            find()
    for name in ("rego/segrego/posture.rego", "posture/policy.wasm", "rego/segrego/policy/data.json"):
        (package / "_policy" / name).parent.mkdir(parents=True, exist_ok=True)
        (package / "_policy" / name).write_text('{"revision": "r1"}', encoding="utf-8")
    assert policy.rego_dir() == package / "_policy/rego"
    assert policy.posture_dir() == package / "_policy/posture"
    assert policy.revision() == "r1"


def test_another_policy_is_said() -> None:
    assert policy.revision_mismatch("a" * 64, "a" * 64) is None
    message = policy.revision_mismatch("b" * 64, "a" * 64)
    assert message is not None
    assert "b" * 12 in message
    assert "a" * 12 in message
    assert "\x1b" not in (policy.revision_mismatch("\x1b[31m", "a") or "\x1b")
    assert "without a revision" in (policy.revision_mismatch("", "a") or "")
