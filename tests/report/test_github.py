"""Workflow commands, decoded as GitHub's runner decodes them."""

from __future__ import annotations

import re
from pathlib import Path

from reports import HOSTILE, excepted, finding, gap, hostile, place, report, rule, warning

from segrego.findings import Report
from segrego.report import RenderOptions, render

OPTIONS = RenderOptions(base=Path("/repo/sub"), root=Path("/repo"))
COMMAND = re.compile(r"^\s*::([a-z]+)(?: ([^:]*))?::(.*)$")


def commands(found: Report, options: RenderOptions = OPTIONS) -> list[tuple[str, dict[str, str], str]]:
    """Name, properties and message of every command in the log. The order of decoding is the runner's."""
    decoded = []
    for line in render("github", found, [rule()], options).splitlines():
        assert "##[" not in line
        if match := COMMAND.match(line):
            pairs = [pair.partition("=") for pair in (match[2] or "").split(",")]
            properties = {key: unescaped(value, {"%2C": ",", "%3A": ":"}) for key, _, value in pairs}
            decoded.append((match[1], properties, unescaped(match[3], {})))
    return decoded


def unescaped(text: str, more: dict[str, str]) -> str:
    for token, character in {"%0D": "\r", "%0A": "\n", **more, "%25": "%"}.items():
        text = text.replace(token, character)
    return text


def test_a_finding_is_an_annotation_on_its_line() -> None:
    (command,) = commands(report(finding()))
    assert command == (
        "error",
        {"file": "sub/infra/stack.yaml", "line": "12", "title": "segrego: high: Agents share an execution role"},
        "orders and billing run under AgentRole. Give every agent a role of its own. "
        "(segrego explain shared_execution_role)",
    )


def test_severities_are_errors_warnings_and_notices() -> None:
    names = {
        severity: commands(report(finding(severity=severity)))[0][0] for severity in ("critical", "medium", "info")
    }
    assert names == {"critical": "error", "medium": "warning", "info": "notice"}


def test_excepted_findings_annotate_nothing_and_are_counted() -> None:
    assert commands(report(excepted())) == []
    assert "1 excepted" in render("github", report(excepted()), [rule()], OPTIONS)


def test_gaps_and_warnings_are_annotations() -> None:
    found = report(gaps=(gap(), gap(rules=(), location=None)), warnings=(warning(),))
    told = [(name, properties.get("file"), properties["title"]) for name, properties, _ in commands(found)]
    assert told == [
        ("warning", "sub/infra/stack.yaml", "segrego: could not be judged"),
        ("notice", None, "segrego: could not be judged"),
        ("warning", "sub/segrego.yaml", "segrego: should be corrected"),
    ]


def test_what_is_in_no_file_names_its_subject() -> None:
    arn = "arn:aws:iam::1:role/shared"
    (command,) = commands(report(finding(subject=arn, locations=(), message="Shared")))
    assert "file" not in command[1]
    assert command[2].startswith(f"Shared [{arn}]. ")


def test_standard_input_is_no_file() -> None:
    assert "file" not in commands(report(finding(locations=(place("<stdin>", 3),))))[0][1]


def test_quiet_is_findings_alone() -> None:
    text = render("github", report(finding(), gaps=(gap(),)), [rule()], RenderOptions(quiet=True))
    assert len(text.splitlines()) == 1


def test_the_log_ends_with_what_to_do() -> None:
    assert render("github", report(finding()), [rule()], OPTIONS).splitlines()[-1].startswith("Next: ")


def test_no_hostile_name_is_a_command() -> None:
    found = commands(hostile())
    assert [name for name, _, _ in found] == ["error", "error", "warning", "warning", "warning"]
    assert all(set(properties) <= {"file", "line", "title"} for _, properties, _ in found)
    plain = HOSTILE.replace("\n", " ").replace("\r", " ").replace("##[", "## [").replace("//", "/")  # a path
    for character in "\x1b\x07\u202e":
        plain = plain.replace(character, "\N{REPLACEMENT CHARACTER}")
    assert found[0][1]["file"] == f"sub/infra/{plain}.yaml"
    text = render("github", hostile(), [rule()], OPTIONS)
    assert not set(text) & {"\x1b", "\u202e", "\x07", "\r"}
    assert len(text.splitlines()) == 7
