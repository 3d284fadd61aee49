"""A report by the controls of a framework, as a table, Markdown or JSON."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from segrego.findings import Finding
from segrego.grouped import ByControl, Control, Status
from segrego.report import RenderOptions
from segrego.report.places import repository_path
from segrego.report.words import counted, place, plain

__all__ = ["FORMATS", "render"]

WORDS: dict[Status, str] = {
    "open": "open findings",
    "excepted": "excepted findings",
    "unclear": "not clear",
    "nothing_to_judge": "nothing to judge",
    "not_judged": "not judged",
    "clear": "nothing found",
}
STYLES: dict[Status, str] = {"open": "red", "excepted": "yellow", "unclear": "yellow", "clear": "green"}
BODY = 4


def render(kind: str, grouped: ByControl, options: RenderOptions) -> str:
    """In a format of :data:`FORMATS`, ending in a newline."""
    return FORMATS[kind](grouped, options)


def _json(grouped: ByControl, _: RenderOptions) -> str:
    return msgspec.json.format(msgspec.json.encode(grouped, order="deterministic"), indent=2).decode() + "\n"


def _table(grouped: ByControl, options: RenderOptions) -> str:
    from rich.text import Text

    from segrego.report.layout import Block, console, printed
    from segrego.report.rules import COLORS

    target = console(color=options.color, width=options.width)
    target.print(Block(Text(grouped.title, style="bold")))
    target.print()
    for control in grouped.controls:
        status = Text(WORDS[control.status], style=STYLES.get(control.status, "dim"))
        target.print(Block(Text.assemble((f"{control.id}  {control.title}  ", "bold"), status), hang=BODY))
        for finding in control.findings:
            excepted = finding.status == "excepted"
            label = Text(
                "EXCEPTED" if excepted else finding.severity.upper(), "dim" if excepted else COLORS[finding.severity]
            )
            spot = place(finding.locations[0]) if finding.locations else ""
            told = Text.assemble(f"{plain(finding.message)}. ", (f"{finding.rule}  {spot}".rstrip(), "dim"))
            target.print(Block(told, BODY + 10, Text.assemble(" " * BODY, label)))
        if not control.findings:
            target.print(Block(Text(_rules(control), style="dim"), BODY))
    target.print()
    for line in _footer(grouped):
        target.print(Block(line))
    return printed(target)


def _markdown(grouped: ByControl, options: RenderOptions) -> str:
    from segrego.report.markdown import cell

    lines = [f"## {grouped.title}", "", "| control | status | findings |", "|---|---|---|"]
    for control in grouped.controls:
        found = "<br>".join(_row(finding, options) for finding in control.findings)
        lines.append(f"| {control.id} {control.title} | {WORDS[control.status]} | {found or cell(_rules(control))} |")
    return "\n".join([*lines, "", *(f"{line}\n" for line in _footer(grouped))])


def _row(finding: Finding, options: RenderOptions) -> str:
    from segrego.report.markdown import cell

    first = next((location for location in finding.locations if location.file), None)
    spot = (
        f"{repository_path(first.file, options)}{f':{first.line}' if first.line else ''}"
        if first and first.file
        else ""
    )
    severity = finding.severity if finding.status == "open" else "excepted"
    return " ".join([severity, cell(finding.message), *([cell(spot)] if spot else []), cell(finding.rule)])


def _rules(control: Control) -> str:
    """Which rules stand behind a control without findings, and what keeps them from clearing it."""
    idle = [slug for slug in control.rules if slug not in control.judged]
    parts = [", ".join(control.judged) or "no rule ran"]
    parts += [f"blinded by gaps: {', '.join(control.blinded)}"] if control.blinded else []
    return "; ".join(parts + ([f"not run: {', '.join(idle)}"] if idle else []))


def _footer(grouped: ByControl) -> list[str]:
    lines = []
    if grouped.uncovered:
        lines.append(f"No rule serves {', '.join(grouped.uncovered)}.")
    if grouped.elsewhere:
        lines.append(f"{counted(grouped.elsewhere, 'further finding')} of rules that serve none of these controls.")
    found = [control for control in grouped.controls if control.status == "open"]
    clear = [control for control in grouped.controls if control.status == "clear"]
    lines.append(
        f"{counted(len(grouped.controls), 'control')} with rules: {len(found)} with open findings, "
        f"{len(clear)} with nothing found. Verdict {grouped.verdict}, policy {grouped.policy.revision[:12]}."
    )
    return lines


FORMATS: dict[str, Callable[[ByControl, RenderOptions], str]] = {
    "table": _table,
    "markdown": _markdown,
    "json": _json,
}
"""What can be grouped. SARIF and workflow commands have a place for one rule's findings, not for a control's."""
