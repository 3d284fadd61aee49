"""What segrego.yaml may not say, and how the error names it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from segrego.config import Config, load_config, override, parse_config
from segrego.config.load import SELECTING
from segrego.errors import ConfigError, InputError
from segrego.loading import MAX_DEPTH

RULES = {"shared_execution_role", "trust_not_pinned"}


def parse(text: str) -> Config:
    return parse_config(text.encode(), "segrego.yaml", RULES)


def test_without_a_file_nothing_is_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config(None, RULES) == Config()
    assert Config().location("$.exceptions[0]") is None
    assert Config().where("$.exceptions[0]") is None


def test_the_file_of_the_working_directory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("segrego.yaml").write_text("fail_on: high\n", encoding="utf-8")
    config = load_config(None, RULES)
    assert (config.fail_on, config.file) == ("high", "segrego.yaml")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.yaml: cannot read the configuration: .*--config"):
        load_config(tmp_path / "missing.yaml")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("fail_onn: high\n", 1, ["fail_onn", "Did you mean fail_on?"]),
        ("version: 1\nenvironments:\n  - name: prod\n    nmaes: [a]\n", 4, ["nmaes", "Did you mean names?"]),
        ("thresholds:\n  unused_day: 3\n", 2, ["unused_day", "$.thresholds", "Did you mean unused_days?"]),
        ("xyzzy: 1\n", 1, ["xyzzy", "docs/configuration.md"]),
        ("version: 2\n", 1, ["version 2", "Write version: 1"]),
        ("fail_on: severe\n", 1, ["severe", "$.fail_on"]),
        (
            "select:\n  - trust_not_pinned\n  - trust_not_pined\n",
            3,
            ["trust_not_pined", "Did you mean trust_not_pinned?"],
        ),
        ("ignore: [nothing_like_it]\n", 1, ["nothing_like_it", "segrego rules"]),
        ("severities:\n  trust_not_pinned: low\n  shared_role: low\n", 3, ["shared_role"]),
        ("severities:\n  trust_not_pinned: severe\n", 1, ["severe", "$.severities"]),
        (
            "exceptions:\n  - rule: shared_execution_rol\n    subject: a\n    reason: b\n    owner: c\n"
            "    expires: 2027-01-31T00:00:00Z\n",
            2,
            ["shared_execution_rol", "Did you mean shared_execution_role?"],
        ),
        ("environments:\n  - {name: prod}\n", 2, ["environments", "selects nothing", "names, arns, accounts or tags"]),
        ("environments:\n  - {name: prod, tags: {}}\n", 2, ["selects nothing"]),
        ("environments:\n  - {name: prod, names: ['']}\n", 2, ["$.environments[0].names[0]", "length"]),
        ("environments:\n  - {name: prod, accounts: [111122223333]}\n", 2, ["got `int`", "in quotes"]),
        ("environments:\n  - {name: prod, accounts: ['1111']}\n", 2, ["accounts[0]"]),
        ("environments:\n  - name:\n    names: [a]\n", 2, ["null", "$.environments[0].name"]),
        ("environments:\n  - name: prod\n    tags:\n      env: yes\n", 3, ["got `bool`", "in quotes"]),
        ("owners:\n  - {names: [a]}\n", 2, ["missing", "`owner`"]),
        ("hosting:\n  - {names: [a], agents: []}\n", 2, ["names no agents"]),
        ("thresholds:\n  unused_days: 0\n", 2, ["unused_days is 0", "above 0"]),
        ("thresholds: {session_seconds: 1h}\n", 1, ["session_seconds", "expected `int`"]),
        ("environments: {name: prod}\n", 1, ["expected `array`", "$.environments"]),
        ("ignore: [trust_not_pinned\n", 2, ["not valid YAML"]),
        ("ignore: []\nignore: []\n", 2, ["stands twice"]),
        ('{"ignore": [],\n "severity": {}}', 2, ["severity", "Did you mean severities?"]),
        ("- version\n", 1, ["expected `object`, got `array`"]),
    ],
)
def test_a_mistake_names_file_line_and_fix(text: str, line: int, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    message = str(caught.value)
    assert message.startswith(f"segrego.yaml:{line}: ")
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize("expires", ["2027-01-31T00:00:00", "2027-01-31", "'2027-01-31'", "soon", "20270131"])
@pytest.mark.parametrize("section", ["agent_classes", "exceptions"])
def test_a_time_needs_its_zone(expires: str, section: str) -> None:
    entry = {
        "agent_classes": "{name: a, names: [a], justification: b, approver: c, expires: %s}",
        "exceptions": "{rule: trust_not_pinned, subject: a, reason: b, owner: c, expires: %s}",
    }[section]
    with pytest.raises(ConfigError, match=r"segrego\.yaml:2: .*2027-01-31T00:00:00Z"):
        parse(f"{section}:\n  - {entry % expires}\n")


@pytest.mark.parametrize("expires", ["2027-01-31T00:00:00Z", "'2027-01-31T00:00:00Z'", "2027-01-31T02:00:00+02:00"])
def test_a_time_with_its_zone_is_the_same_moment_however_written(expires: str) -> None:
    text = "exceptions: [{rule: trust_not_pinned, subject: a, reason: b, owner: c, expires: %s}]"
    (exception,) = parse(text % expires).exceptions
    assert exception.expires.timestamp() == 1_801_353_600


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "agent_classes:\n"
            "  - {name: a, names: [a], justification: b, approver: c, expires: 2027-01-31T00:00:00Z}\n"
            "  - {name: a, names: [d], justification: b, approver: c, expires: 2028-01-31T00:00:00Z}\n",
            ["class a stands twice"],
        ),
        (
            "exceptions:\n"
            "  - {rule: trust_not_pinned, subject: a, reason: b, owner: c, expires: 2027-01-31T00:00:00Z}\n"
            "  - {rule: trust_not_pinned, subject: a, reason: b, owner: c, expires: 2028-01-31T00:00:00Z}\n",
            ["trust_not_pinned", "of a", "stands twice"],
        ),
    ],
)
def test_two_approvals_of_one_thing_are_refused(text: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value).startswith("segrego.yaml:3: ")
    assert [word for word in words if word not in str(caught.value)] == []


def test_exceptions_from_two_rules_of_one_subject_stand_together() -> None:
    entry = "{rule: %s, subject: a, reason: b, owner: c, expires: 2027-01-31T00:00:00Z}"
    config = parse(f"exceptions:\n  - {entry % 'trust_not_pinned'}\n  - {entry % 'shared_execution_role'}\n")
    assert len(config.exceptions) == 2


def test_rules_are_not_checked_where_none_are_known() -> None:
    assert parse_config(b"ignore: [my_own_rule]\n", "segrego.yaml").ignore == ("my_own_rule",)


def test_every_selecting_section_needs_a_pattern() -> None:
    needed = {
        "environments": "name: a",
        "data_domains": "name: a",
        "purposes": "purpose: a",
        "owners": "owner: a",
        "agent_classes": "name: a, justification: b, approver: c, expires: 2027-01-31T00:00:00Z",
        "hosting": "agents: [a]",
    }
    assert set(needed) == set(SELECTING)
    for section, fields in needed.items():
        with pytest.raises(ConfigError, match=f"{section} selects nothing"):
            parse(f"{section}: [{{{fields}}}]")


def test_the_command_line_comes_before_the_file() -> None:
    config = parse("fail_on: high\nselect: [trust_not_pinned]\nignore: [shared_execution_role]\n")
    same = override(config, fail_on=None, select=(), ignore=())
    assert same == config
    other = override(config, fail_on="low", select=("shared_execution_role",), ignore=("trust_not_pinned",))
    assert (other.fail_on, other.select, other.ignore) == (
        "low",
        ("shared_execution_role",),
        ("trust_not_pinned",),
    )
    assert other.file == "segrego.yaml"


def test_places_are_those_of_the_file() -> None:
    config = parse("environments:\n  - name: prod\n    names:\n      - a\n      - b\n")
    assert config.where("$.environments[0].names[1]") == "segrego.yaml:5"
    location = config.location("$.environments[0]")
    assert location is not None
    assert (location.source, location.file, location.line) == ("segrego.yaml", "segrego.yaml", 2)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from([*SELECTING, "exceptions", "thresholds", "severities", "select", "ignore", "version", "other"])


def outcome(data: bytes) -> str | None:
    """What is said against a file; null for one that is read. Any other exception is a defect."""
    try:
        parse_config(data, "segrego.yaml", RULES)
    except InputError as error:
        return str(error)
    return None


@given(st.dictionaries(keys, values, max_size=4))
def test_any_content_is_a_configuration_or_an_error_of_ours(content: dict[str, object]) -> None:
    said = outcome(yaml.safe_dump(content, allow_unicode=True).encode())
    assert said is None or said.startswith("segrego.yaml")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_configuration_or_an_error_of_ours(data: bytes) -> None:
    said = outcome(data)
    assert said is None or said.startswith("segrego.yaml")


def test_deep_nesting_is_an_error() -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        parse("a: " + "[" * (MAX_DEPTH + 1))
