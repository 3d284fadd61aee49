"""A report by the controls of a framework."""

from __future__ import annotations

import json

from msgspec.structs import replace
from reports import FRAMEWORKS, excepted, finding, gap, hostile, report, rule

from segrego.findings import Report
from segrego.grouped import by_control
from segrego.report import RenderOptions
from segrego.report.grouped import render

NHI = FRAMEWORKS["owasp-nhi-2025"]
OPTIONS = RenderOptions(frameworks=FRAMEWORKS)
RULES = [
    rule(),
    rule("trust_not_pinned", controls={"owasp-nhi-2025": ("NHI5", "NHI10")}),
    rule("elsewhere", controls={"other": ("X1",)}),
]


def statuses(found: Report, **options: bool) -> dict[str, str]:
    return {control.id: control.status for control in by_control(found, RULES, NHI, **options).controls}


def test_controls_stand_in_the_frameworks_own_order_with_what_was_found() -> None:
    grouped = by_control(report(finding()), RULES, NHI)
    assert [control.id for control in grouped.controls] == ["NHI5", "NHI9", "NHI10"]
    assert grouped.uncovered == ("NHI1",)
    assert [found.rule for found in grouped.controls[1].findings] == ["shared_execution_role"]
    assert statuses(report(finding())) == {"NHI5": "clear", "NHI9": "open", "NHI10": "clear"}


def test_a_control_is_clear_only_where_its_rules_could_clear_it() -> None:
    assert statuses(report(gaps=(gap(),)))["NHI5"] == "unclear"
    assert statuses(report(gaps=(gap(rules=()),)))["NHI5"] == "clear"
    assert statuses(report(rules=("shared_execution_role",)))["NHI5"] == "not_judged"
    base = report()
    without = replace(base, summary=replace(base.summary, rules_without_facts=("trust_not_pinned",)))
    assert statuses(without)["NHI5"] == "nothing_to_judge"
    two = [*RULES, rule("another", controls={"owasp-nhi-2025": ("NHI9",)})]
    (control,) = (control for control in by_control(base, two, NHI).controls if control.id == "NHI9")
    assert (control.status, control.judged) == ("unclear", ("shared_execution_role",))


def test_leaving_out_excepted_findings_clears_nothing() -> None:
    assert statuses(report(excepted()))["NHI9"] == "excepted"
    assert statuses(report(excepted()), open_only=True)["NHI9"] == "excepted"
    assert by_control(report(excepted()), RULES, NHI, open_only=True).controls[1].findings == ()


def test_a_finding_counts_where_the_policy_that_judged_put_it() -> None:
    of_another = finding(rule="of_another_version", controls={"owasp-nhi-2025": ("NHI1", "NHI77")})
    grouped = by_control(report(of_another), RULES, NHI)
    assert [control.id for control in grouped.controls] == ["NHI1", "NHI5", "NHI9", "NHI10", "NHI77"]
    outside = by_control(report(finding(rule="elsewhere", controls={"other": ("X1",)})), RULES, NHI)
    assert outside.elsewhere == 1


def test_the_table_says_what_stands_behind_each_control() -> None:
    found = report(finding(), gaps=(gap(),))
    text = render("table", by_control(found, RULES, NHI), OPTIONS)
    assert "NHI9  NHI Reuse  open findings" in text
    assert "orders and billing run under AgentRole. shared_execution_role  infra/stack.yaml:12" in text
    assert "trust_not_pinned; blinded by gaps: trust_not_pinned" in text
    assert "No rule serves NHI1." in text
    assert "3 controls with rules: 1 with open findings, 0 with nothing found. Verdict fail" in text


def test_markdown_is_one_table_whatever_the_names() -> None:
    text = render("markdown", by_control(hostile(), RULES, NHI), OPTIONS)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 3
    assert all(line.replace("\\|", "").count("|") == 4 for line in rows)
    assert not set(text) & {"\x1b", "\u202e"}


def test_json_has_it_all() -> None:
    grouped = json.loads(render("json", by_control(report(finding()), RULES, NHI), OPTIONS))
    assert grouped["framework"] == "owasp-nhi-2025"
    assert grouped["verdict"] == "fail"
    (open_one,) = (control for control in grouped["controls"] if control["status"] == "open")
    assert open_one["findings"][0]["fingerprint"] == "0123456789abcdef0123456789abcdef"
    assert open_one["rules"] == ["shared_execution_role"]
