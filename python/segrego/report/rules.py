"""The catalog of rules for people: ``segrego rules`` and ``segrego explain``."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from segrego.findings import RuleInfo
from segrego.inventory import Severity

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["COLORS", "WIDTH", "render_list", "render_rule"]

COLORS: dict[Severity, str] = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
}
WIDTH = 100
"""Columns where nobody's terminal decides."""


def render_list(rules: Sequence[RuleInfo], *, color: bool, width: int | None) -> str:
    """One line for each rule, by category."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("RULE", no_wrap=True)
    table.add_column("SEVERITY", no_wrap=True)
    table.add_column("CATEGORY", no_wrap=True)
    table.add_column("TITLE")
    for rule in sorted(rules, key=lambda rule: (rule.category, rule.slug)):
        severity = Text(rule.severity, style=COLORS[rule.severity])
        table.add_row(rule.slug, severity, rule.category, Text(rule.title))
    console, text = _console(color, width)
    console.print(table)
    return _trimmed(text)


def render_rule(rule: RuleInfo, *, color: bool, width: int | None) -> str:
    """A rule in full: what it finds, why, a case that fails, the fix and the controls."""
    from rich.padding import Padding
    from rich.syntax import Syntax
    from rich.text import Text

    console, text = _console(color, width)
    console.print(Text(rule.title, style="bold"))
    console.print(Text.assemble(rule.slug, " · ", (rule.severity, COLORS[rule.severity]), f" · {rule.category}"))
    console.print()
    console.print(Text(rule.description))
    for heading, body in (
        ("A case that fails", Syntax(rule.example.rstrip(), "yaml", background_color="default", theme="ansi_light")),
        ("Fix", Text(rule.remediation)),
        ("Needs", Text(f"{', '.join(rule.requires)} (a gap in any of these keeps the rule from clearing anything)")),
        ("Controls", Text("\n".join(f"{name}: {', '.join(ids)}" for name, ids in sorted(rule.controls.items())))),
    ):
        console.print()
        console.print(Text(heading, style="bold"))
        console.print(Padding(body, (0, 0, 0, 2)))
    return _trimmed(text)


def _console(color: bool, width: int | None) -> tuple[Console, StringIO]:
    from rich.console import Console

    text = StringIO()
    console = Console(
        file=text, force_terminal=color, no_color=not color, width=width or WIDTH, highlight=False, legacy_windows=False
    )
    return console, text


def _trimmed(text: StringIO) -> str:
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
