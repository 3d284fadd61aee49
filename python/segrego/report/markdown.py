"""Markdown for a comment on a pull request, or the summary of a job.

Names in it come from templates that anybody may have written. They stand in code spans alone, where GitHub reads no
HTML, no link, no mention and no reference out of them; the words around them are the rules' own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from segrego.findings import Finding, Report, RuleInfo
from segrego.report import RenderOptions
from segrego.report.controls import named
from segrego.report.evidence import Details, details
from segrego.report.places import repository_path
from segrego.report.words import counted, counts, described, excepted, place, plain
from segrego.wording import fill, spoken

__all__ = ["cell", "code", "render"]

MOST_CHARACTERS = 60_000
"""A comment on GitHub holds 65,536. What does not fit is counted, and found in the JSON."""
MOST_LINES = 6
MOST_NAME = 300
"""Characters of one name or line: a longer one must not push the findings of others out."""
VERDICTS = {"pass": "passes", "fail": "fails", "indeterminate": "is indeterminate: something could not be judged"}


def render(report: Report, rules: Sequence[RuleInfo], options: RenderOptions) -> str:
    """The verdict, a table of findings, and each of them to unfold."""
    catalog = described(report, rules)
    head = f"## segrego: the check {VERDICTS[report.verdict]}\n\n{counts(report)}\n"
    rest = "" if options.quiet else "".join(_rest(report, options))
    room = MOST_CHARACTERS - len(head) - len(rest) - 500  # for what says what was left out
    table, left = _table(report.findings, catalog, options, report, room // 2)
    unfolded = _fitting(
        [_unfolded(finding, catalog[finding.rule], report, options) for finding in report.findings],
        room - len(table),
        "The evidence of {} is not shown here: `--output json=FILE` has it.",
    )
    return "\n".join(part.rstrip("\n") + "\n" for part in (head, table + left, unfolded, rest) if part.strip())


def code(text: object) -> str:
    """A code span that holds any text: nothing in it is markup, it ends where it should, and its length is bounded."""
    content = plain(text) or " "
    if len(content) > MOST_NAME:
        content = f"{content[: MOST_NAME - 1]}…"
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{content}{pad}{fence}"


def cell(text: object) -> str:
    """A code span in a table, where a bar ends the cell even there unless a backslash stands before it; one that has
    a backslash of its own cannot be written, and becomes a broken bar."""
    return code(str(text).replace("\\|", "\\\N{BROKEN BAR}")).replace("|", "\\|")


def _escaped(text: object) -> str:
    """A rule's own words, all of them literal."""
    return re.sub(r"([\\`*_{}\[\]#|~$])", r"\\\1", plain(text)).replace("&", "&amp;").replace("<", "&lt;")


def _sentence(finding: Finding, rule: RuleInfo, report: Report) -> str:
    """For a table: the facts in code spans, and around them the rule's own words."""
    if not rule.headline:
        return cell(finding.message)
    subject = spoken(finding.subject, finding.subject_id, report.names)
    words = fill(rule.headline.replace("|", "&#124;"), subject, finding.evidence, report.names, quote=cell)
    return " ".join(words.split())


def _table(
    findings: Sequence[Finding], catalog: dict[str, RuleInfo], options: RenderOptions, report: Report, room: int
) -> tuple[str, str]:
    if not findings:
        return "", ""
    rows = ["| severity | finding | where | rule |\n|---|---|---|---|\n"]
    for finding in findings:
        severity = finding.severity if finding.status == "open" else "excepted"
        first = finding.locations[0] if finding.locations else None
        where = f"{repository_path(first.file, options)}:{first.line}" if first and first.file and first.line else ""
        where = where or (repository_path(first.file, options) if first and first.file else finding.subject)
        cells = [severity, _sentence(finding, catalog[finding.rule], report), cell(where), cell(finding.rule)]
        rows.append(f"| {' | '.join(cells)} |\n")
    kept, size = [], 0
    for row in rows:
        size += len(row)
        if size > room:
            break
        kept.append(row)
    missing = len(rows) - len(kept)
    return "".join(kept), f"\n{counted(missing, 'further finding')}: `--output json=FILE` has all.\n" if missing else ""


def _fitting(parts: Sequence[str], room: int, told: str) -> str:
    kept, size = [], 0
    for part in parts:
        size += len(part)
        if size > room:
            break
        kept.append(part)
    missing = len(parts) - len(kept)
    return "".join(kept) + (f"\n{told.format(counted(missing, 'finding'))}\n" if missing else "")


def _unfolded(finding: Finding, rule: RuleInfo, report: Report, options: RenderOptions) -> str:
    """One finding in full. The blank lines let Markdown be read inside the HTML."""
    found = details(finding, report, rule.headline)
    lines = [*_evidence(found), *([f"Excepted: {code(excepted(finding))}"] if finding.exception else [])]
    fix = f"**Fix:** {_escaped(finding.remediation)}" if finding.remediation else ""
    serves = "; ".join(f"{title}: {', '.join(ids)}" for title, ids in named(rule, options.frameworks))
    parts = ["\n".join(lines), fix, f"Controls: {_escaped(serves)}" if serves else ""]
    body = "\n\n".join(part for part in parts if part)
    title = f"<b>{finding.severity}</b> {_html(finding.title)}: <code>{_html(finding.subject)}</code>"
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>\n\n"


def _evidence(found: Details) -> Iterator[str]:
    for member in found.members:
        spot = f"{member.file}:{member.line}" if member.file and member.line else member.file or member.address or ""
        yield f"- {code(member.name)}" + "".join(f" {code(text)}" for text in (member.label, spot) if text)
    for gain in found.gains:
        verb = "gains" if len(gain.names) == 1 else "each gain"
        yield f"- {', '.join(code(name) for name in gain.names)} {verb}" + (
            ":" if gain.lines else " nothing that is not needed anyway"
        )
        yield from _limited(gain.lines, unlisted=gain.unlisted)
    for section in found.sections:
        if len(section.lines) == 1 and not section.unlisted:
            yield f"- {f'{_named(section.heading)}: ' if section.heading else ''}{code(section.lines[0])}"
        elif section.lines:
            yield f"- {_named(section.heading or 'grants')}:"
            most = 4 * MOST_LINES if section.chain else MOST_LINES
            yield from _limited(section.lines, most, section.unlisted)


def _named(heading: str) -> str:
    """The name of a field, which is words unless a rule made it of something else."""
    return heading if re.fullmatch(r"[A-Za-z0-9 ]+", heading) else code(heading)


def _limited(lines: Sequence[str], most: int = MOST_LINES, unlisted: int = 0) -> Iterator[str]:
    for line in lines[:most]:
        yield f"  - {code(line)}"
    if more := max(0, len(lines) - most) + unlisted:
        yield f"  - and {more} more"


def _rest(report: Report, options: RenderOptions) -> Iterator[str]:
    """Gaps and warnings, what was judged, and by which policy."""
    told = Counter((gap.message, place(gap.location) or plain(gap.subject), bool(gap.rules)) for gap in report.gaps)
    if told:
        yield f"### {counted(len(report.gaps), 'gap')}: what could not be read or judged\n\n"
        ranked = sorted(told, key=lambda key: (not key[2], key))
        for message, spot, _ in ranked[:MOST_LINES]:
            yield f"- {code(message)} {code(spot)}\n"
        if len(ranked) > MOST_LINES:
            yield f"- and {len(ranked) - MOST_LINES} more: `--output json=FILE` has all\n"
        yield "\n"
    if report.warnings:
        yield f"### {counted(len(report.warnings), 'warning')}\n\n"
        for warning in report.warnings[:MOST_LINES]:
            yield (
                f"- {code(warning.message)}" + (f" {code(place(warning.location))}" if warning.location else "") + "\n"
            )
        if len(report.warnings) > MOST_LINES:
            yield f"- and {len(report.warnings) - MOST_LINES} more\n"
        yield "\n"
    summary = report.summary
    judged = (
        f"{counted(summary.agents, 'agent')}, {counted(summary.roles, 'role')} of which {summary.shared_roles} shared"
    )
    yield f"{judged}; {counted(summary.rules, 'rule')}, policy {code(report.policy.revision[:12])}\n"


def _html(text: object) -> str:
    """Text inside HTML: also what Markdown would still read there."""
    marks = {mark: f"&#{ord(mark)};" for mark in "&<>\"'`*_[]()|~\\#@:"}
    return "".join(marks.get(character, character) for character in plain(text))
