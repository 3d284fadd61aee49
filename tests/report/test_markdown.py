"""Markdown, read by a real parser of it: what a name becomes on the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from reports import FRAMEWORKS, HOSTILE, agent, excepted, finding, gap, hostile, report, rule, warning

from segrego.findings import Report
from segrego.report import RenderOptions, render
from segrego.report.markdown import MOST_CHARACTERS, cell, code
from segrego.report.words import plain

OPTIONS = RenderOptions(base=Path("/repo/sub"), root=Path("/repo"), frameworks=FRAMEWORKS)
PARSER = MarkdownIt("commonmark").enable("table")


class Page(HTMLParser):
    """The elements of a page, and the texts of its code elements and table cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.open: list[str] = []
        self.codes: list[str] = []
        self.text_outside: list[str] = []
        self.cells_of_rows: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.open.append(tag)
        if tag == "code":
            self.codes.append("")
        if tag == "tr":
            self.cells_of_rows.append(0)
        if tag in ("td", "th"):
            self.cells_of_rows[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "code" in self.open:
            self.codes[-1] += data
        else:
            self.text_outside.append(data)


def markdown(found: Report, options: RenderOptions = OPTIONS) -> str:
    return render("markdown", found, [rule()], options)


def page(found: Report, options: RenderOptions = OPTIONS) -> Page:
    return Page(PARSER.render(markdown(found, options)))


ALLOWED = {
    *("h2", "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"),
    *("code", "strong", "details", "summary", "b"),
}


def test_a_pull_request_is_told_the_verdict_and_each_finding() -> None:
    text = markdown(report(finding(), excepted(subject="OtherRole"), gaps=(gap(),), warnings=(warning(),)))
    assert text.startswith("## segrego: the check fails\n\n1 high, 1 excepted, 1 gap, 1 warning\n")
    row = (
        "| high | `orders` and `billing` run under `AgentRole` | `sub/infra/stack.yaml:12` | `shared_execution_role` |"
    )
    assert row in text.splitlines()
    assert "| excepted |" in text
    assert "**Fix:** Give every agent a role of its own." in text
    assert "OWASP Non-Human Identities Top 10, 2025: NHI9 NHI Reuse" in text
    assert "migration until spring (platform, until 2030-03-17T17:46:40Z)" in text
    assert "iam:GetRole was denied: allow it" in text
    assert "matches no finding" in text


def test_a_pass_is_short() -> None:
    text = markdown(report())
    assert text.startswith("## segrego: the check passes\n\nno findings\n")
    assert "|" not in text


def test_quiet_is_findings_alone() -> None:
    assert "gap" not in markdown(report(gaps=(gap(),)), RenderOptions(quiet=True)).split("\n", 3)[3]


def test_hostile_names_stay_text() -> None:
    shown = page(hostile())
    assert shown.elements <= ALLOWED
    assert set(shown.cells_of_rows) == {4}
    outside = " ".join(shown.text_outside)
    for word in ("octocat", "evil.example", "alert(1)", "owned"):
        assert word not in outside
    assert len(shown.cells_of_rows) == 1 + 3


def test_a_code_span_gives_back_what_was_put_in() -> None:
    for text in (HOSTILE, "a`", "`a", "``", "a``b`c", "a|b", "a\\|b", "a\\", " a ", "<b>", "&lt;", "*a*", "$a$", "~a~"):
        table = f"| a | b |\n|---|---|\n| {cell(text)} | end |"
        for source, expected in ((code(text), text), (table, text.replace("\\|", "\\¦"))):
            shown = Page(PARSER.render(source))
            assert [found.strip() for found in shown.codes] == [plain(expected).strip()]
            assert not shown.elements - {"p", "code", "table", "thead", "tbody", "tr", "th", "td"}
            assert set(shown.cells_of_rows) <= {2}


@pytest.mark.parametrize("number", [500, 5000])
def test_a_large_report_fits_into_a_comment_and_says_what_it_left_out(number: int) -> None:
    many = [finding(subject=f"Role{n}", subject_id=f"r{n}") for n in range(number)]
    text = markdown(report(*many, gaps=(gap(),)))
    assert len(text) <= MOST_CHARACTERS
    rows = len(re.findall(r"^\| high \|", text, re.MULTILINE))
    left = re.search(r"^([\d,]+) further findings", text, re.MULTILINE)
    assert rows + int(left[1].replace(",", "") if left else 0) == number
    unfolded = text.count("<details>")
    missing = re.search(r"^The evidence of ([\d,]+) findings", text, re.MULTILINE)
    assert missing
    assert unfolded + int(missing[1].replace(",", "")) == number


def test_one_endless_name_hides_no_other_finding() -> None:
    text = markdown(report(finding(evidence={"agents": [agent("x" * 1_000_000)]}), finding(subject="OtherRole")))
    assert "`OtherRole`" in text
    assert len(text) < 10_000


def test_long_lists_are_counted() -> None:
    gains = [{"agent": "a", "grants": [{"access": ["read"], "actions": [f"s3:get{n}"]} for n in range(20)]}]
    assert "and 14 more" in markdown(report(finding(evidence={"agents": [agent("a")], "gains": gains})))


def test_grants_that_the_report_does_not_list_are_counted() -> None:
    grants = [{"access": ["read"], "actions": [f"s3:get{n}"]} for n in range(8)]
    gains = [{"agent": "a", "grants": grants, "grants_in_all": 30}]
    assert "and 24 more" in markdown(report(finding(evidence={"agents": [agent("a")], "gains": gains})))
    one = {"agents": [agent("a")], "grants": grants[:1], "grants_in_all": 3}
    assert "and 2 more" in markdown(report(finding(evidence=one)))
