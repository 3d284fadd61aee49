"""The report for a person at a terminal: by subject, worst first, ending with the one thing to do now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from segrego.findings import SEVERITIES, Finding, Report, ReportedGap, RuleInfo
from segrego.report import RenderOptions
from segrego.report.evidence import Details, Member, details
from segrego.report.layout import Block, console, printed
from segrego.report.rules import COLORS
from segrego.report.words import counted, described, excepted, next_step, own_place, place, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["render"]

MOST_LINES = 4
"""Lines shown for one agent's gains or one field; the line after them says how many there are more."""
MOST_GAPS = 8
BODY = 12
"""Column at which sentences begin."""

VERDICTS = {"pass": "bold green", "fail": "bold red", "indeterminate": "bold yellow"}


def render(report: Report, rules: Sequence[RuleInfo], options: RenderOptions) -> str:
    """Subjects with their findings, gaps, warnings, a summary, and the next step."""
    target = console(color=options.color, width=options.width)
    catalog = described(report, rules)
    for group in _by_subject(report.findings):
        target.print(_heading(group))
        for finding in group:
            for part in _finding(finding, details(finding, report, catalog[finding.rule].headline), target.width):
                target.print(part)
        target.print()
    if not options.quiet:
        for part in _rest(report):
            target.print(part)
        if options.width is None:  # no terminal's width decides: one line, as a program looks for it
            target.print(Text(next_step(report)), soft_wrap=True)
        else:
            target.print(Block(next_step(report), hang=6))
    return printed(target)


def _by_subject(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings by what they are about; the subject with the worst finding first."""
    ordered = sorted(findings, key=lambda finding: finding.subject_id)
    groups = [list(group) for _, group in groupby(ordered, key=lambda finding: finding.subject_id)]
    ranked = [sorted(group, key=_rank) for group in groups]
    return sorted(ranked, key=lambda group: (*_rank(group[0]), group[0].subject))


def _rank(finding: Finding) -> tuple[bool, int, bool]:
    return (finding.status != "open", SEVERITIES.index(finding.severity), finding.rule != "shared_execution_role")


def _heading(group: Sequence[Finding]) -> RenderableType:
    first = group[0]
    spot = place(own_place(first))
    where = f"  {spot}" if spot and spot != plain(first.subject) else ""
    kind = f"  {first.subject_kind.replace('_', ' ')}"
    return Block(Text.assemble((plain(first.subject), "bold"), (kind, "dim"), (where, "dim")), indent=0)


def _finding(finding: Finding, found: Details, width: int) -> Iterator[RenderableType]:
    style = COLORS[finding.severity] if finding.status == "open" else "dim"
    label = finding.severity if finding.status == "open" else "excepted"
    sentence = Text.assemble(f"{plain(finding.message)}. ", (finding.rule, "dim"))
    yield Block(sentence, BODY, Text.assemble("  ", (label.upper(), style)))
    if finding.exception:
        yield Block(excepted(finding), BODY)
    yield from _members(found.members, finding, width)
    for gain in found.gains:
        verb = "gains" if len(gain.names) == 1 else "each gain"
        rest = ":" if gain.lines else " nothing that is not needed anyway"
        yield Block(f"{', '.join(gain.names)} {verb}{rest}", BODY)
        yield from _limited(gain.lines, unlisted=gain.unlisted)
    for section in found.sections:
        if not section.heading:
            yield from _limited(section.lines, BODY, unlisted=section.unlisted)
        elif len(section.lines) == 1:
            yield Block(f"{section.heading}: {section.lines[0]}", BODY)
        else:
            yield Block(f"{section.heading}:", BODY)
            yield from _limited(section.lines, most=4 * MOST_LINES if section.chain else MOST_LINES)


def _members(members: Sequence[Member], finding: Finding, width: int) -> Iterator[RenderableType]:
    """One line each, in columns where they fit: name, what it is, and where."""
    own = own_place(finding)
    home = own.file if own else None
    rows = [(member.name, member.label, _spot(member, home)) for member in members]
    columns = [max((cell_len(row[number]) for row in rows), default=0) for number in (0, 1, 2)]
    fits = BODY + sum(columns) + 4 <= width
    for row in rows:
        cells = [Text(cell, style="dim" if number else "") for number, cell in enumerate(row)]
        for number, cell in enumerate(cells[:2]):
            cell.pad_right((columns[number] - cell_len(cell.plain) if fits else 0) + (2 if cell.plain or fits else 0))
        yield Block(Text.assemble(*cells), BODY, hang=2)


def _spot(member: Member, home: str | None) -> str:
    """The place of a member. In the file of the heading the line is enough; where there are no lines, the address."""
    if member.line:
        return f"line {member.line}" if member.file == home else f"{member.file}:{member.line}"
    if member.address and member.address != member.name:
        return member.address if member.file == home else f"{member.file or ''} {member.address}".strip()
    return member.file if member.file and member.file != home else ""


def _limited(
    lines: Sequence[str], indent: int = BODY + 2, most: int = MOST_LINES, unlisted: int = 0
) -> Iterator[RenderableType]:
    for line in lines[:most]:
        yield Block(line, indent + 2, Text((" " if line.startswith("→") else "-").rjust(indent + 1)))
    if (hidden := max(0, len(lines) - most)) or unlisted:
        where = f", {hidden} of them in --format json" if unlisted else ": --format json shows them"
        yield Block(f"… and {hidden + unlisted} more{where if hidden else ''}", indent + 2)


def _rest(report: Report) -> Iterator[RenderableType]:
    if report.gaps:
        yield from _gaps(report.gaps)
        yield Text()
    for warning in report.warnings:
        text = Text.assemble(plain(warning.message), (f"  {place(warning.location)}", "dim"))
        yield Block(text, BODY, Text.assemble("  ", ("WARNING", "yellow")))
    if report.warnings:
        yield Text()
    yield from _summary(report)


def _gaps(gaps: Sequence[ReportedGap]) -> Iterator[RenderableType]:
    yield Text(f"{counted(len(gaps), 'gap')}: what could not be read or judged", style="bold")
    counts = Counter((gap.code, gap.message) for gap in gaps)
    first = {(gap.code, gap.message): gap for gap in reversed(gaps)}
    ranked = sorted(counts, key=lambda key: (not first[key].rules, -counts[key], key))
    for key in ranked[:MOST_GAPS]:
        gap = first[key]
        spot = place(gap.location) or plain(gap.subject)
        again = f" (and {counts[key] - 1} more like it)" if counts[key] > 1 else ""
        text = Text.assemble(plain(gap.message), again, (f"  {spot}", "dim"))
        yield Block(text, BODY, Text.assemble("  ", ("GAP", "yellow")))
    if rest := sum(counts[key] for key in ranked[MOST_GAPS:]):
        yield Block(f"… and {counted(rest, 'gap')} more: --format json shows them", BODY)


def _summary(report: Report) -> Iterator[RenderableType]:
    summary = report.summary
    found = [
        Text(f"{summary.findings[severity]} {severity}", style=COLORS[severity])
        for severity in SEVERITIES
        if summary.findings.get(severity)
    ]
    yield Block(
        Text.assemble(
            (report.verdict.upper(), VERDICTS[report.verdict]),
            "  ",
            Text(", ").join(found) if found else "no findings",
            f", {summary.excepted} excepted" if summary.excepted else "",
            f", {counted(summary.gaps, 'gap')}" if summary.gaps else "",
            f", {counted(len(report.warnings), 'warning')}" if report.warnings else "",
        )
    )
    engine = f"{report.engine.name} ({report.engine.version})" if report.engine.version else report.engine.name
    own = f" with own rules {report.policy.user_revision[:12]}" if report.policy.user_revision else ""
    yield Block(
        Text(
            f"{counted(summary.agents, 'agent')} among {counted(sum(summary.workloads.values()), 'workload')}, "
            f"{counted(summary.roles, 'role')} of which {summary.shared_roles} shared; "
            f"{counted(summary.rules, 'rule')}, policy {report.policy.revision[:12]}{own}, engine {engine}",
            style="dim",
        )
    )
    if summary.rules_without_facts:
        names = ", ".join(summary.rules_without_facts)
        yield Block(Text(f"Nothing to judge for {names}: no labels are known (docs/configuration.md).", style="dim"))
