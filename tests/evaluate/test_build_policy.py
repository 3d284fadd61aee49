from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import build_policy

ROOT = Path(__file__).resolve().parents[2]
POLICY = (
    'package segrego.posture\n\nreport := {"tables": data.segrego.tables, "names": {name | some name in input.names}}\n'
)


@pytest.fixture(autouse=True)
def _pinned(opa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGREGO_OPA", str(opa))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tree(tmp_path / "one")


def tree(folder: Path, text: str = POLICY) -> Path:
    rules = folder / "rego/segrego"
    rules.mkdir(parents=True)
    (rules / "posture.rego").write_text(text, encoding="utf-8")
    (rules / "posture_test.rego").write_text("package segrego.posture_test\n\ntest_a if true\n", encoding="utf-8")
    (rules / "tables").mkdir()
    (rules / "tables/data.yaml").write_text("a: {b: [1]}\n", encoding="utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_builds_everything_and_then_nothing_is_stale(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build_policy.main(root, check=False) == 0
    data = json.loads((root / "bundles/posture/data.json").read_bytes())
    revision = build_policy.revision(root / "rego")
    assert data == {"segrego": {"policy": {"revision": revision}, "tables": {"a": {"b": [1]}}}}
    assert json.loads((root / "bundles/posture/.manifest").read_bytes())["revision"] == revision
    capsys.readouterr()
    assert build_policy.main(root, check=True) == 0
    assert build_policy.main(root, check=False) == 0
    assert capsys.readouterr() == ("", "")


def test_the_same_sources_give_the_same_bytes_anywhere(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_policy.main(root, check=False)
    other = tree(tmp_path / "another place")
    (other / "rego/segrego/posture_test.rego").write_text("package other_test\n", encoding="utf-8")
    monkeypatch.setenv("OPA_BUILD_OPTIMIZE", "1")
    monkeypatch.setenv("EXPERIMENTAL_WASM_OPT", "silent")
    build_policy.main(other, check=False)
    assert contents(other / "bundles") == contents(root / "bundles")


def test_what_is_stale_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build_policy.main(root, check=False)
    before = contents(root)
    (root / "rego/segrego/tables/data.yaml").write_text("a: {b: [2]}\n", encoding="utf-8")
    (root / "bundles/capabilities.json").unlink()
    capsys.readouterr()
    assert build_policy.main(root, check=True) == 1
    stale = capsys.readouterr().err
    for name in (
        "rego/segrego/policy/data.json",
        "bundles/capabilities.json",
        "bundles/posture/data.json",
        "make bundle",
    ):
        assert name in stale
    assert contents(root / "bundles/posture") == {
        name.removeprefix("bundles/posture/"): content
        for name, content in before.items()
        if name.startswith("bundles/posture/")
    }


def test_the_revision_covers_rules_and_data_and_nothing_else(root: Path) -> None:
    rego = root / "rego"
    first = build_policy.revision(rego)
    (rego / "segrego/policy").mkdir()
    (rego / "segrego/policy/data.json").write_text('{"revision": "x"}', encoding="utf-8")
    (rego / "segrego/posture_test.rego").write_text("package a\n", encoding="utf-8")
    (rego / "README.md").write_text("words", encoding="utf-8")
    assert build_policy.revision(rego) == first
    (rego / "segrego/posture.rego").rename(rego / "segrego/renamed.rego")
    assert build_policy.revision(rego) != first


@pytest.mark.parametrize(
    "call", ['sprintf("%d", [1])', "time.now_ns()", 'http.send({"method": "get", "url": "http://x"})']
)
def test_a_rule_that_needs_what_wasm_lacks_fails_at_build(
    tmp_path: Path, call: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(tmp_path / "bad", f"package segrego.posture\n\nreport := {{}} if {call}\n")
    with pytest.raises(SystemExit, match="undefined function"):
        build_policy.main(root, check=False)
    assert not (root / "bundles").exists()


def test_capabilities_hold_what_is_native_in_wasm(opa: Path) -> None:
    found = json.loads((ROOT / "bundles/capabilities.json").read_bytes())
    names = {builtin["name"] for builtin in found["builtins"]}
    assert {"eq", "regex.match", "glob.match", "object.union_n", "net.cidr_contains", "internal.member_2"} <= names
    assert not {"sprintf", "json.patch", "semver.compare", "time.now_ns", "http.send", "rego.metadata.rule"} & names
    assert found["allow_net"] == []
    judging = [ROOT / "rego" / name for name in build_policy.sources(ROOT / "rego")]
    subprocess.run([opa, "check", "--capabilities", ROOT / "bundles/capabilities.json", *judging], check=True)


def test_another_opa_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "opa"
    other.write_text("#!/bin/sh\necho 'Version: 1.22.1'\n", encoding="utf-8")
    other.chmod(0o755)
    monkeypatch.setenv("SEGREGO_OPA", str(other))
    with pytest.raises(SystemExit, match=r"needs OPA 1\.22\.2"):
        build_policy.opa_binary()
