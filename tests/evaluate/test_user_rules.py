"""Rules of the user's own, with the real OPA: they join, and can neither hide ours nor stay silent."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from segrego.assess import assess, prepare
from segrego.catalog import load_rules
from segrego.config import Config, override
from segrego.errors import ConfigError, EngineError
from segrego.evaluate.engine import EngineOptions, engine
from segrego.evaluate.user_rules import UserRules, read_user_rules
from segrego.findings import Report
from segrego.frameworks import load_frameworks
from segrego.inventory import Binding, Inventory, Role, Workload
from segrego.policy import rego_dir, revision
from user_rule import RULE

INVENTORY = Inventory(
    workloads=tuple(
        Workload(id=name, name=name, kind="bedrock_agent", bindings=(Binding(role="shared"),)) for name in ("a", "b")
    ),
    roles=(Role(id="shared", max_session_seconds=43200),),
)

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a rule into a folder, with replacements made in it."""

    def written(*changes: tuple[str, str], name: str = "long_session.rego", folder: str = "rules") -> Path:
        text = RULE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path / folder

    return written


def read(opa: Path, *folders: Path) -> UserRules:
    return read_user_rules(folders, opa, own=load_rules(), frameworks=load_frameworks())


def judged(opa: Path, rules: UserRules | None, config: Config = Config()) -> Report:  # noqa: B008 - frozen
    runner = engine(EngineOptions(name="opa", opa_path=opa, user_rules=rules))
    return assess(prepare(INVENTORY, config, evaluated_at_ns=1), runner)


def test_a_rule_joins_ours(opa: Path, write: Write) -> None:
    rules = read(opa, write())
    found = judged(opa, rules)
    (own,) = (finding for finding in found.findings if finding.rule == "long_session")
    assert own.message == "Sessions of shared may last 43200 s"
    assert (own.severity, own.category, own.controls["our-own-standard"]) == ("low", "lifecycle", ("S1",))
    assert "long_session" in found.rules
    assert found.policy.user_revision == rules.revision
    assert found.policy.revision == revision()


def test_ours_say_the_same_with_it_and_without(opa: Path, write: Write) -> None:
    with_it = judged(opa, read(opa, write()))
    without = judged(opa, None)
    assert [finding for finding in with_it.findings if finding.rule != "long_session"] == list(without.findings)
    assert without.policy.user_revision is None


def test_the_catalog_entry_is_read_off_the_annotations(opa: Path, write: Write) -> None:
    (rule,) = read(opa, write()).rules
    assert (rule.slug, rule.title) == ("long_session", "Sessions of an agent's role last longer than an hour")
    assert rule.requires == ("workloads", "bindings")
    assert rule.origin is not None
    assert rule.origin.endswith("rules/long_session.rego")


def test_select_and_severities_apply_to_it(opa: Path, write: Write) -> None:
    rules = read(opa, write())
    config = override(Config(severities={"long_session": "high"}), fail_on=None, select=("long_session",), ignore=())
    found = judged(opa, rules, config)
    assert [(finding.rule, finding.severity) for finding in found.findings] == [("long_session", "high")]
    assert found.rules == ("long_session",)


def test_several_folders_join(opa: Path, write: Write) -> None:
    first = write()
    second = write(("long_session", "long_session_again"), name="long_session_again.rego", folder="more/deep")
    rules = read(opa, first, second.parent)
    assert [rule.slug for rule in rules.rules] == ["long_session", "long_session_again"]
    assert {finding.rule for finding in judged(opa, rules).findings} >= {"long_session", "long_session_again"}


def test_folders_and_files_may_be_called_anything(opa: Path, write: Write) -> None:
    folder = write(folder="a: b/ü [x]")
    assert len(read(opa, folder.parent).rules) == 1


def test_tests_beside_rules_are_left_out_and_hidden_folders_not_looked_into(opa: Path, write: Write) -> None:
    folder = write()
    (folder / "long_session_test.rego").write_text("package segrego.lib.inventory\nbroken :=", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git/other.rego").write_text("no rego", encoding="utf-8")
    (folder / "README.md").write_text("# Rules", encoding="utf-8")
    assert len(read(opa, folder).rules) == 1


BROKEN = {
    "syntax": ([("deny contains {", "deny contains (")], 20, "not a rule that can be judged"),
    "a package of ours": ([("package segrego.rules.long_session", "package segrego.lib.iam")], 15, "segrego.lib.iam"),
    "a package below a rule": ([("package segrego.rules.long_session", "package segrego.rules.a.b")], 15, "rules.a.b"),
    "a package elsewhere": ([("package segrego.rules.long_session", "package mine")], 15, "the package is mine"),
    "an odd package": ([("package segrego.rules.long_session", 'package segrego.rules["x-y"]')], 15, "x-y"),
    "another name than the file's": ([("rules.long_session", "rules.other")], 15, "Name the file other.rego"),
    "no metadata": ([("# METADATA\n", "#\n")], 15, "lacks title, description, headline"),
    "no remediation": ([("remediation: Set", "remedy: Set")], 15, "lacks remediation"),
    "an unknown field": ([("#   category", "#   owner: me\n#   category")], 16, "custom.owner"),
    "no schema": ([("# schemas:\n#   - input: schema.input\n", "")], 13, "misspelt field"),
    "an unknown severity": ([("severity: low", "severity: severe")], 15, "severe"),
    "an unknown fact": ([("[workloads, bindings]", "[weather]")], 15, "weather"),
    "an unknown control": ([("[NHI7]", "[NHI77]")], 15, "owasp-nhi-2025 has no control NHI77"),
    "no deny": ([("deny contains", "found contains")], 15, "defines no deny"),
    "a deny that is no set": ([("deny contains {", "deny := {")], 19, "not a partial set"),
    "a deny with more below": ([("deny contains {", "deny.more contains {")], 19, "not a partial set"),
    "a misspelt field": ([("role.max_session_seconds > 3600", "role.max_sesion_seconds > 3600")], 26, "max_sesion"),
    "data of nobody's": ([("some role in input.roles", "some role in data.ours.roles")], 24, "reads data.ours"),
    "all data": ([("some role in input.roles", "some _, role in data")], 24, "reads all data"),
    "the network": ([("some role in input.roles", 'some role in http.send({"url": "x"}).body')], 24, "http.send"),
    "the environment": ([("some role in input.roles", "some role in input.roles\n\topa.runtime()")], 25, "opa.runtime"),
    "an unused variable": ([("some role in input.roles", "some role in input.roles\n\tx := 1")], 25, "var x unused"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "line", "word"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_named_with_file_and_line(
    opa: Path, write: Write, changes: list[tuple[str, str]], line: int, word: str
) -> None:
    folder = write(*changes)
    with pytest.raises(ConfigError) as caught:
        read(opa, folder)
    assert caught.value.where == f"{folder}/long_session.rego:{line}"
    assert word in str(caught.value)


@pytest.mark.parametrize("slug", [rule.slug for rule in load_rules()][:3])
def test_the_slug_of_a_rule_of_ours_is_refused(opa: Path, write: Write, slug: str) -> None:
    with pytest.raises(ConfigError, match=f"{slug}.*cannot replace"):
        read(opa, write(("long_session", slug), name=f"{slug}.rego"))


def test_one_slug_in_two_folders_is_refused(opa: Path, write: Write) -> None:
    with pytest.raises(ConfigError, match="cannot replace") as caught:
        read(opa, write(), write(folder="second"))
    assert "second/long_session.rego:15" in str(caught.value)
    assert "rules/long_session.rego" in str(caught.value)


def test_a_rule_that_reads_the_whole_report_is_refused(opa: Path, write: Write) -> None:
    folder = write(("some role in input.roles", "some role in data.segrego.posture.findings"))
    with pytest.raises(ConfigError, match="recursive") as caught:
        read(opa, folder)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("name", ["data.json", "data.yaml", "data.yml"])
def test_data_beside_rules_is_refused(opa: Path, write: Write, name: str) -> None:
    folder = write()
    (folder / name).write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="data beside rules") as caught:
        read(opa, folder)
    assert caught.value.where == str(folder / name)


def test_a_bundles_manifest_beside_rules_has_no_effect(opa: Path, write: Write) -> None:
    folder = write()
    (folder / ".manifest").write_text('{"roots": ["elsewhere"]}', encoding="utf-8")
    assert "long_session" in judged(opa, read(opa, folder)).rules


def test_a_folder_without_rules_is_refused(opa: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no rule in this folder"):
        read(opa, tmp_path)
    with pytest.raises(ConfigError, match="no such folder"):
        read(opa, tmp_path / "none")


def test_an_endless_file_is_refused(opa: Path, write: Write) -> None:
    folder = write()
    (folder / "long.rego").write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        read(opa, folder)


@pytest.mark.parametrize(
    ("deny", "word"),
    [
        ('"evidence": "a text"', "evidence"),
        ('"severity": "severe"', "severity"),
        ('"subject": 7', "subject"),
    ],
)
def test_what_no_finding_can_be_is_an_error_that_names_the_rule(opa: Path, write: Write, deny: str, word: str) -> None:
    field = {
        "evidence": '"evidence": {"max_session_seconds": role.max_session_seconds}',
        "subject": '"subject": role.id',
    }
    rules = read(
        opa, write((field.get(word, '"subject": role.id,'), deny if word in field else f'"subject": role.id, {deny},'))
    )
    with pytest.raises(EngineError, match="long_session") as caught:
        judged(opa, rules)
    assert word in str(caught.value)


def test_an_error_of_the_evaluation_names_file_and_line(opa: Path, write: Write) -> None:
    conflict = "\n_limit := 1 if count(input.roles) > 0\n\n_limit := 2 if count(input.workloads) > 0\n\ndeny contains {"
    folder = write(("\ndeny contains {", conflict), ("> 3600", "> _limit"))
    rules = read(opa, folder)
    with pytest.raises(EngineError, match=r"long_session\.rego:\d+: .*conflict"):
        judged(opa, rules)


def test_other_engines_cannot_take_them(opa: Path, write: Write) -> None:
    rules = read(opa, write())
    for name in ("embedded", "server"):
        with pytest.raises(ConfigError, match=name):
            engine(EngineOptions(name=name, user_rules=rules))


def test_a_server_judges_by_them_once_they_are_loaded(
    opa: Path, write: Write, start_opa: Callable[..., object], tmp_path: Path
) -> None:
    rules = read(opa, write())
    with rules.joined(rego_dir()) as joined:
        shutil.copytree(joined, tmp_path / "joined")
    with start_opa("--bundle", tmp_path / "joined") as address:  # type: ignore[attr-defined]
        runner = engine(EngineOptions(name="server", opa_url=f"http://{address}"))
        found = assess(prepare(INVENTORY, Config(), evaluated_at_ns=1), runner)
    assert found.findings == judged(opa, rules).findings
    assert "long_session" in found.rules


def test_the_rule_of_the_documentation_joins_and_its_test_passes_with_our_fixtures(opa: Path, tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/user-rules.md").read_text(encoding="utf-8")
    rule, test = re.findall(r"```rego\n(.*?)```", page, re.DOTALL)
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "long_session.rego").write_text(rule, encoding="utf-8")
    (folder / "long_session_test.rego").write_text(test, encoding="utf-8")
    assert "long_session" in judged(opa, read(opa, folder)).rules
    command = [opa, "test", rego_dir(), folder, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    results = json.loads(done.stdout)
    assert done.returncode == 0, [result for result in results if result.get("fail")]
    own = sorted(result["name"] for result in results if result["package"].endswith("long_session_test"))
    assert own == ["test_an_hour_passes", "test_longer_fails"]


def test_nothing_is_left_behind(opa: Path, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    judged(opa, read(opa, write()))
    assert list(scratch.iterdir()) == []


def test_the_revision_is_of_what_the_rules_say(opa: Path, write: Write) -> None:
    first, again = read(opa, write()), read(opa, write(folder="again"))
    other = read(opa, write(("> 3600", "> 7200"), folder="other"))
    assert first.revision == again.revision != other.revision
    assert msgspec.json.encode(judged(opa, first)) == msgspec.json.encode(judged(opa, first))
