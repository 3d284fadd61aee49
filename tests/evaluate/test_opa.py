from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from segrego.errors import EngineError, EngineMissingError, EngineTimeoutError, UndefinedResultError
from segrego.evaluate.binary import find_opa
from segrego.evaluate.engine import EngineOptions
from segrego.evaluate.opa import OpaEngine


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def fake(tmp_path: Path, text: str) -> OpaEngine:
    """An engine whose OPA says that it is 1.22.2 and then runs ``text``."""
    binary = program(tmp_path / "opa", f'[ "$1" = version ] && echo "Version: 1.22.2" && exit\n{text}')
    return OpaEngine(tmp_path, EngineOptions(opa_path=binary, timeout_seconds=5))


@pytest.fixture
def engine(opa: Path, stand_in: Path) -> OpaEngine:
    return OpaEngine(stand_in / "rego", EngineOptions(opa_path=opa, timeout_seconds=30))


def document(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def test_gives_the_report_and_leaves_tests_out(engine: OpaEngine) -> None:
    found = engine.evaluate(document(mode="echo", name=[1764000000123456789, "ü"]))
    assert found == {"verdict": "pass", "echo": [1764000000123456789, "ü"], "policy": {"revision": "r1"}}
    assert engine.version() == "1.22.2"


def test_undefined_is_an_error(engine: OpaEngine) -> None:
    with pytest.raises(UndefinedResultError):
        engine.evaluate(document(mode="other"))


def test_what_is_no_report_is_an_error(engine: OpaEngine) -> None:
    with pytest.raises(EngineError, match="not a report"):
        engine.evaluate(document(mode="text"))


def test_opas_own_words_are_kept(engine: OpaEngine) -> None:
    with pytest.raises(EngineError, match="produced conflicting values"):
        engine.evaluate(document(mode="conflict", first=1, second=2))


def test_input_that_is_not_json_is_an_error(engine: OpaEngine) -> None:
    with pytest.raises(EngineError):
        engine.evaluate(b"{")


def test_a_time_out_ends_the_process(opa: Path, stand_in: Path) -> None:
    engine = OpaEngine(stand_in / "rego", EngineOptions(opa_path=opa, timeout_seconds=1))
    start = time.monotonic()
    with pytest.raises(EngineTimeoutError, match="1 s"):
        engine.evaluate(document(mode="slow"))
    assert time.monotonic() - start < 60


def test_variables_of_opa_change_nothing(engine: OpaEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPA_EVAL_FORMAT", "raw")
    monkeypatch.setenv("OPA_EVAL_STRICT_BUILTIN_ERRORS", "true")
    assert engine.evaluate(document(mode="echo", name=1))["echo"] == 1


def test_a_path_with_a_colon_is_a_path(opa: Path, stand_in: Path, tmp_path: Path) -> None:
    link = tmp_path / "a:b c"
    link.symlink_to(stand_in / "rego")
    engine = OpaEngine(link, EngineOptions(opa_path=opa))
    assert engine.evaluate(document(mode="echo", name=1))["echo"] == 1


def test_nothing_is_written_to_disk(engine: OpaEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    engine.evaluate(document(mode="echo", name=1))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo 'Version: 0.70.0'", "0.70.0 is too old"),
        ("echo hello", "not OPA"),
        ("head -c 1000000 /dev/urandom", "not OPA"),
        ("exit 3", "not OPA"),
    ],
)
def test_another_program_is_refused(tmp_path: Path, text: str, message: str) -> None:
    engine = OpaEngine(tmp_path, EngineOptions(opa_path=program(tmp_path / "opa", text)))
    with pytest.raises(EngineError, match=message):
        engine.evaluate(b"{}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo 'out of luck\nagain' >&2; exit 7", "status 7: out of luck again"),
        ("kill -9 $$", "signal 9"),
        ("echo '<html>'", "status 0"),
        ("printf '\\033[31mred' >&2; exit 1", r"status 1: \[31mred"),
        ("yes 'e' | head -c 100000 >&2; exit 1", "status 1: e e"),
        ("""echo '{"result": [{"expressions": []}]}'""", "another form"),
        ("""echo '{"result": {"expressions": []}}'""", "another form"),
        ("""echo '{"result": 5}'""", "another form"),
        ("""echo '{"errors": [{"message": "broken"}]}'; exit 2""", "OPA failed: broken"),
    ],
)
def test_a_failing_opa_is_said_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(EngineError, match=message) as caught:
        fake(tmp_path, text).evaluate(b"{}")
    assert len(str(caught.value)) < 1000
    assert str(caught.value).isprintable()


def test_an_opa_that_reads_nothing_is_no_broken_pipe(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="status 1"):
        fake(tmp_path, "exit 1").evaluate(b"x" * 5_000_000)


def test_the_named_one_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, from_variable = program(tmp_path / "named", "true"), program(tmp_path / "variable", "true")
    monkeypatch.setenv("SEGREGO_OPA", str(from_variable))
    assert find_opa(named) == named
    assert find_opa(None) == from_variable


def test_one_that_is_asked_for_and_missing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineMissingError, match="Install OPA"):
        find_opa(tmp_path / "none")
    monkeypatch.setenv("SEGREGO_OPA", str(tmp_path / "none"))
    with pytest.raises(EngineMissingError):
        find_opa(None)


def test_the_path_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGREGO_OPA", raising=False)
    monkeypatch.setattr("segrego.policy.checkout", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissingError, match="PATH"):
        find_opa(None)
    binary = program(tmp_path / "opa", "true")
    assert find_opa(None) == binary


def test_a_file_that_cannot_run_is_missing(tmp_path: Path) -> None:
    binary = tmp_path / "opa"
    binary.write_bytes(os.urandom(100))
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(EngineMissingError, match="cannot be started"):
        OpaEngine(tmp_path, EngineOptions(opa_path=binary)).evaluate(b"{}")
