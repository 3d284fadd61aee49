"""The report for a person at a terminal: by subject, worst first, ending with the one thing to do now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import groupby
from typing import TYPE_CHECKING

from segrego.findings import SEVERITIES, Finding, Report, ReportedGap, RuleInfo
from segrego.report import RenderOptions
from segrego.report.rules import COLORS, WIDTH
from segrego.report.words import counted, gains, members, next_step, place, plain, statements

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["render"]

MOST_LINES = 4
"""Grants shown for one agent or statement list; the line after them says how many there are more."""
MOST_GAPS = 8

VERDICTS = {"pass": "bold green", "fail": "bold red", "indeterminate": "bold yellow"}


def render(report: Report, rules: Sequence[RuleInfo], options: RenderOptions) -> str:  # one signature
    """Subjects with their findings, gaps, a summary, and the next step."""
    from rich.console import Console

    text = StringIO()
    console = Console(
        file=text,
        force_terminal=options.color,
        no_color=not options.color,
        width=options.width or WIDTH,
        highlight=False,
        legacy_windows=False,
        emoji=False,
    )
    for part in _parts(report, options):
        console.print(part)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"


def _parts(report: Report, options: RenderOptions) -> Iterator[RenderableType]:
    from rich.text import Text

    for group in _by_subject(report.findings):
        yield _heading(group)
        for finding in group:
            yield from _finding(finding)
        yield Text()
    if options.quiet:
        return
    if report.gaps:
        yield from _gaps(report.gaps)
        yield Text()
    yield from _summary(report)
    yield Text(next_step(report.findings, report.gaps))


def _by_subject(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings by what they are about; the subject with the worst finding first."""
    ordered = sorted(findings, key=lambda finding: finding.subject_id)
    groups = [list(group) for _, group in groupby(ordered, key=lambda finding: finding.subject_id)]
    ranked = [sorted(group, key=_rank) for group in groups]
    return sorted(ranked, key=lambda group: (*_rank(group[0]), group[0].subject))


def _rank(finding: Finding) -> tuple[bool, int, bool]:
    return (finding.status != "open", SEVERITIES.index(finding.severity), finding.rule != "shared_execution_role")


def _heading(group: Sequence[Finding]) -> RenderableType:
    from rich.text import Text

    first = group[0]
    spot = place(first.locations[0]) if first.locations else ""
    where = f"  {spot}" if spot and spot != plain(first.subject) else ""
    return Text.assemble((plain(first.subject), "bold"), (f"  {first.subject_kind}", "dim"), (where, "dim"))


def _finding(finding: Finding) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    style = COLORS[finding.severity] if finding.status == "open" else "dim"
    label = finding.severity if finding.status == "open" else "excepted"
    sentence = plain(finding.message)
    yield _hanging(Text(label.upper(), style=style), Text.assemble(sentence + ". ", (finding.rule, "dim")), 2)
    if rows := _member_rows(finding):
        yield Padding(rows, (0, 0, 0, 12))
    for line in _limited(statements(finding)):
        yield Padding(Text(line), (0, 0, 0, 12))


def _hanging(label: RenderableType, text: RenderableType, indent: int) -> RenderableType:
    """A label with a text beside it, whose further lines begin under its first."""
    from rich.padding import Padding
    from rich.table import Table

    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(label, text)
    return Padding(grid, (0, 0, 0, indent))


def _member_rows(finding: Finding) -> RenderableType | None:
    """Who: name, kind, slot and place; for shared roles each with what it gains."""
    from rich.table import Table
    from rich.text import Text

    found = members(finding)
    if not found:
        return None
    gained = gains(finding)
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        grid.add_column(overflow="fold")
    for member in found:
        spot = f"{member['file']}:{member['line']}" if member.get("file") and member.get("line") else member.get("file")
        kind = " ".join(str(member[key]) for key in ("kind", "slot") if member.get(key)).replace("_", " ")
        label = member.get("environment") or ", ".join(member.get("domains", ())) or kind
        grid.add_row(Text(plain(member["name"])), Text(plain(label), style="dim"), Text(plain(spot or ""), style="dim"))
    if not gained:
        return grid
    return _with_gains(grid, found, gained)


def _with_gains(
    grid: RenderableType, found: Sequence[dict[str, object]], gained: dict[str, list[str]]
) -> RenderableType:
    """Below the members what each gains; those who gain the same are named together."""
    from rich.console import Group
    from rich.text import Text

    by_gain: dict[tuple[str, ...], list[str]] = {}
    for member in found:
        by_gain.setdefault(tuple(gained.get(str(member["id"]), ())), []).append(plain(member["name"]))
    parts: list[RenderableType] = [grid]
    for lines, names in by_gain.items():
        verb = "gains" if len(names) == 1 else "each gain"
        rest = (
            ""
            if lines
            else " nothing that it does not need itself"
            if len(names) == 1
            else " nothing beyond their needs"
        )
        parts.append(Text.assemble((", ".join(names), ""), (f" {verb}{rest}{':' if lines else ''}", "")))
        parts += [Text(f"  {line}") for line in _limited(lines)]
    return Group(*parts)


def _limited(lines: Sequence[str]) -> list[str]:
    shown = list(lines[:MOST_LINES])
    rest = len(lines) - len(shown)
    return shown + ([f"… and {rest} more: --format json shows them"] if rest else [])


def _gaps(gaps: Sequence[ReportedGap]) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(f"{counted(len(gaps), 'gap')}: what could not be read or judged", style="bold")
    counts = Counter((gap.code, gap.message) for gap in gaps)
    first = {(gap.code, gap.message): gap for gap in reversed(gaps)}
    ranked = sorted(counts, key=lambda key: (not first[key].rules, -counts[key], key))
    for key in ranked[:MOST_GAPS]:
        gap = first[key]
        spot = place(gap.location) or plain(gap.subject)
        again = f" (and {counts[key] - 1} more like it)" if counts[key] > 1 else ""
        yield _hanging(Text("GAP", style="yellow"), Text.assemble(plain(gap.message), again, (f"  {spot}", "dim")), 2)
    if rest := sum(counts[key] for key in ranked[MOST_GAPS:]):
        yield Text(f"  … and {counted(rest, 'gap')} more: --format json shows them")


def _summary(report: Report) -> Iterator[RenderableType]:
    from rich.text import Text

    summary = report.summary
    found = [
        Text(f"{summary.findings[severity]} {severity}", style=COLORS[severity])
        for severity in SEVERITIES
        if summary.findings.get(severity)
    ]
    yield Text.assemble(
        (report.verdict.upper(), VERDICTS[report.verdict]),
        "  ",
        Text(", ").join(found) if found else "no findings",
        f", {summary.excepted} excepted" if summary.excepted else "",
        f", {counted(summary.gaps, 'gap')}" if summary.gaps else "",
    )
    engine = f"{report.engine.name} ({report.engine.version})" if report.engine.version else report.engine.name
    yield Text(
        f"{counted(summary.agents, 'agent')} among {counted(sum(summary.workloads.values()), 'workload')}, "
        f"{counted(summary.roles, 'role')} of which {summary.shared_roles} shared; "
        f"{counted(summary.rules, 'rule')}, policy {report.policy.revision[:12]}, engine {engine}",
        style="dim",
    )
    if summary.rules_without_facts:
        names = ", ".join(summary.rules_without_facts)
        yield Text(f"Nothing to judge for {names}: no labels are known (docs/configuration.md).", style="dim")
