"""The mutation run tells a condition that a test lives on from one that none notices."""

from __future__ import annotations

from pathlib import Path

import pytest

import mutants

POLICY = """package segrego.lib.door

is_open(door) if {
	door.key == "held"
	door.hinges > 1
}
"""
TESTS = """package segrego.lib.door_test

import data.segrego.lib.door

test_a_key_opens if door.is_open({"key": "held", "hinges": 2})

test_another_key_does_not if not door.is_open({"key": "lost", "hinges": 2})
"""
FAR_TESTS = """package segrego.rules.gate_test

import data.segrego.rules.gate

test_one_hinge_is_too_few if not gate.is_passable({"key": "held", "hinges": 1})
"""
FAR_POLICY = """package segrego.rules.gate

import data.segrego.lib.door

is_passable(gate) if door.is_open(gate)
"""
HINGES = "door.hinges > 1"
LISTED = f"""
- file: rego/segrego/lib/door.rego
  line: "{HINGES}"
  changes: ["{HINGES} -> true", "> -> >="]
  reason: no door has one hinge
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "rego/segrego/lib"
    folder.mkdir(parents=True)
    (folder / "door.rego").write_text(POLICY, encoding="utf-8")
    (folder / "door_test.rego").write_text(TESTS, encoding="utf-8")
    (tmp_path / "known.yaml").write_text("[]\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def far_test(root: Path) -> None:
    folder = root / "rego/segrego/rules"
    folder.mkdir()
    (folder / "gate.rego").write_text(FAR_POLICY, encoding="utf-8")
    (folder / "gate_test.rego").write_text(FAR_TESTS, encoding="utf-8")


def run(root: Path, *arguments: str) -> int:
    return mutants.main(["--jobs", "1", *arguments], root / "rego", root / "known.yaml")


def door(root: Path) -> str:
    return str(root / "rego/segrego/lib/door.rego")


@pytest.mark.usefixtures("opa")
def test_a_condition_that_no_test_lives_on_survives(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "--minimum", "0") == 1
    out, err = capsys.readouterr()
    assert f"survived rego/segrego/lib/door.rego:5: {HINGES}\n    {HINGES} -> true" in out
    assert "door.key" not in out
    assert f"not listed in known.yaml: rego/segrego/lib/door.rego:5: {HINGES}" in err
    assert "4 killed, 2 survived (0 listed with a reason), 0 do not compile" in out


@pytest.mark.usefixtures("opa", "far_test")
def test_a_test_of_what_uses_a_file_kills_its_mutants_as_well(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, door(root)) == 0
    assert "100.0 % killed (100.0 % of all): 6 killed, 0 survived" in capsys.readouterr().out


@pytest.mark.usefixtures("opa")
def test_a_survivor_with_a_reason_is_accepted_and_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "known.yaml").write_text(LISTED, encoding="utf-8")
    assert run(root, "--minimum", "95") == 0
    assert "100.0 % killed (66.7 % of all): 4 killed, 2 survived (2 listed with a reason)" in capsys.readouterr().out


@pytest.mark.usefixtures("opa")
def test_too_few_that_are_killed_is_a_failure(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root, "--minimum", "95") == 1
    assert "66.7 % killed (66.7 % of all): 4 killed, 2 survived (0 listed" in capsys.readouterr().out


@pytest.mark.usefixtures("opa", "far_test")
def test_an_entry_that_nothing_survives_for_is_stale(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "known.yaml").write_text(LISTED, encoding="utf-8")
    assert run(root, door(root)) == 1
    assert (
        f"no longer survives, but is listed in known.yaml: rego/segrego/lib/door.rego: {HINGES}"
        in capsys.readouterr().err
    )


@pytest.mark.usefixtures("opa")
def test_an_entry_without_a_reason_is_refused(root: Path) -> None:
    (root / "known.yaml").write_text(LISTED.replace("no door has one hinge", '""'), encoding="utf-8")
    with pytest.raises(ValueError, match="has no reason"):
        run(root)


@pytest.mark.usefixtures("opa")
def test_what_a_run_found_is_kept_and_found_anew_after_an_edit(root: Path) -> None:
    run(root)
    kept = root / ".tools/mutants.jsonl"
    before = kept.read_text(encoding="utf-8")
    run(root)
    assert kept.read_text(encoding="utf-8") == before
    (root / "rego/segrego/lib/door_test.rego").write_text(TESTS + "\n", encoding="utf-8")
    run(root)
    assert kept.read_text(encoding="utf-8").count("\n") == 2 * before.count("\n")


@pytest.mark.usefixtures("opa")
def test_tests_that_fail_before_anything_is_changed_kill_nothing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "rego/segrego/lib/door_test.rego").write_text(TESTS.replace('"held"', '"lost"'), encoding="utf-8")
    assert run(root) == 2
    assert "before anything is changed" in capsys.readouterr().err
