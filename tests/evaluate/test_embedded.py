from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from segrego.errors import ConfigError, EngineError, EngineMissingError, EngineTimeoutError, UndefinedResultError
from segrego.evaluate.embedded import EmbeddedEngine
from segrego.evaluate.engine import EngineOptions

ECHO = {"verdict": "pass", "echo": "ünïcode \U0001f600", "policy": {"revision": "r1"}}


def engine(folder: Path, **options: Any) -> EmbeddedEngine:
    return EmbeddedEngine(folder / "posture", EngineOptions(cache=False, **options))


def document(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def test_gives_the_report(stand_in: Path) -> None:
    found = engine(stand_in)
    assert found.evaluate(document(mode="echo", name="ünïcode \U0001f600")) == ECHO
    assert (found.version() or "").startswith("wasmtime ")


def test_a_policy_whose_names_outgrow_the_memory_that_opa_asks_for(compiled: Callable[[str], Path]) -> None:
    """OPA counts pages for the texts of a module, and not for the names of the rules that it may call by name."""
    rules = "\n".join(f"rules.rule_number_{number}.deny := {number}" for number in range(400))
    report = 'report := {"verdict": data.segrego.posture.rules[input.rule].deny}'
    found = engine(compiled("\n".join(["package segrego.posture", report, rules])))
    assert found.evaluate(document(rule="rule_number_399"))["verdict"] == 399


def test_nothing_of_one_evaluation_reaches_the_next(stand_in: Path) -> None:
    found = engine(stand_in)
    assert found.evaluate(document(mode="echo", name="a" * 3_000_000))["echo"] == "a" * 3_000_000
    assert found.evaluate(document(mode="echo", name="b"))["echo"] == "b"


def test_numbers_keep_their_digits(stand_in: Path) -> None:
    name = [1764000000123456789, 0.1, 1e300, -5]
    assert engine(stand_in).evaluate(document(mode="echo", name=name))["echo"] == name


def test_undefined_is_an_error(stand_in: Path) -> None:
    with pytest.raises(UndefinedResultError, match=r"data\.segrego\.posture\.report"):
        engine(stand_in).evaluate(document(mode="other"))


def test_a_policy_without_the_entry_point_is_undefined(stand_in: Path, tmp_path: Path) -> None:
    wasm = (stand_in / "posture/policy.wasm").read_bytes()
    (tmp_path / "posture").mkdir()
    (tmp_path / "posture/policy.wasm").write_bytes(wasm.replace(b"segrego/posture/report", b"segrego/posture/repost"))
    (tmp_path / "posture/data.json").write_bytes(b"{}")
    with pytest.raises(UndefinedResultError):
        engine(tmp_path).evaluate(document(mode="echo", name="x"))


def test_what_is_no_report_is_an_error(stand_in: Path) -> None:
    with pytest.raises(EngineError, match="not a report"):
        engine(stand_in).evaluate(document(mode="text"))


def test_a_conflict_in_the_policy_is_an_error(stand_in: Path) -> None:
    with pytest.raises(EngineError, match="conflict"):
        engine(stand_in).evaluate(document(mode="conflict", first=1, second=2))


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b'{"a": "\xc3"}', b"nonsense"])
def test_what_is_not_json_is_an_error(stand_in: Path, text: bytes) -> None:
    with pytest.raises(EngineError):
        engine(stand_in).evaluate(text)


def test_deep_nesting_is_an_error_and_not_a_crash(stand_in: Path) -> None:
    deep = b'{"mode": "echo", "name": ' + b"[" * 500_000 + b"]" * 500_000 + b"}"
    with pytest.raises(EngineError):
        engine(stand_in).evaluate(deep)


def test_a_time_out_ends_the_policy(stand_in: Path) -> None:
    found = engine(stand_in, timeout_seconds=3)
    before = threading.active_count()
    with pytest.raises(EngineTimeoutError, match="3 s"):
        found.evaluate(document(mode="slow"))
    assert threading.active_count() <= before  # nothing goes on in the background
    assert found.evaluate(document(mode="echo", name="again"))["echo"] == "again"


def test_ctrl_c_ends_the_policy(stand_in: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from segrego.evaluate.engine import EngineOptions;"
        "from segrego.evaluate.embedded import EmbeddedEngine;"
        "engine = EmbeddedEngine(Path(sys.argv[1]), EngineOptions(cache=False)); print('ready', flush=True);"
        """engine.evaluate(b'{"mode": "slow"}')"""
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, stand_in / "posture"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert errors.rstrip().endswith(b"KeyboardInterrupt")


def test_the_memory_cap_holds(stand_in: Path) -> None:
    found = engine(stand_in, memory_mib=32)
    with pytest.raises(EngineError, match=r"memory.*--engine opa"):
        found.evaluate(document(mode="large"))
    with pytest.raises(EngineError, match=r"memory.*--engine opa"):
        found.evaluate(document(mode="echo", name="x" * 40_000_000))
    assert found.evaluate(document(mode="echo", name="small"))["echo"] == "small"


@pytest.mark.parametrize("mib", [0, -1, 4096])
def test_a_cap_that_wasm_does_not_have_is_refused(stand_in: Path, mib: int) -> None:
    with pytest.raises(ConfigError):
        engine(stand_in, memory_mib=mib)


def test_a_host_builtin_is_an_error(compiled: Callable[[str], Path]) -> None:
    folder = compiled('package segrego.posture\n\nreport := {"a": sprintf("%d", [input.n])}\n')
    with pytest.raises(EngineError, match="builtin"):
        engine(folder).evaluate(document(n=1))


def test_threads_take_turns(stand_in: Path) -> None:
    found = engine(stand_in)
    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(lambda n: found.evaluate(document(mode="echo", name=n))["echo"], range(40)))
    assert names == list(range(40))


def test_a_missing_or_damaged_policy_is_said(stand_in: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineMissingError, match=r"policy\.wasm"):
        engine(tmp_path).evaluate(b"{}")
    (tmp_path / "posture").mkdir()
    (tmp_path / "posture/policy.wasm").write_bytes((stand_in / "posture/policy.wasm").read_bytes()[:-1000])
    (tmp_path / "posture/data.json").write_bytes(b"{}")
    with pytest.raises(EngineError, match="damaged"):
        engine(tmp_path).evaluate(b"{}")
