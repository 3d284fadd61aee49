"""The catalog of rules for people and programs: ``segrego rules`` and ``segrego explain``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from segrego.findings import RuleInfo
from segrego.frameworks import Framework
from segrego.inventory import Severity
from segrego.report.controls import named

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["COLORS", "list_as_json", "render_list", "render_rule", "rule_as_json"]

COLORS: dict[Severity, str] = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
}


def render_list(rules: Sequence[RuleInfo], *, color: bool, width: int | None) -> str:
    """One line for each rule, by category."""
    from rich.cells import cell_len
    from rich.text import Text

    from segrego.report.layout import Block, console, printed

    target = console(color=color, width=width)
    cells = [
        (rule.slug, rule.severity, rule.category, f"{rule.title}{' (yours)' if rule.origin else ''}")
        for rule in sorted(rules, key=lambda rule: (rule.category, rule.slug))
    ]
    heads = ("RULE", "SEVERITY", "CATEGORY", "TITLE")
    widths = [max(cell_len(row[number]) for row in (heads, *cells)) + 2 for number in range(3)]
    indent = sum(widths) if sum(widths) < target.width - 20 else 4
    for row in (heads, *cells):
        lead = Text()
        for number, text in enumerate(row[:3]):
            style = COLORS[row[1]] if number == 1 and row[1] in COLORS else ""
            lead.append(text + " " * (widths[number] - cell_len(text)), style=style)
        if indent == sum(widths):
            target.print(Block(row[3], indent, lead))
        else:  # too narrow for four columns
            target.print(Block(lead, 0))
            target.print(Block(row[3], indent))
    return printed(target)


def render_rule(rule: RuleInfo, frameworks: Mapping[str, Framework], *, color: bool, width: int | None) -> str:
    """A rule in full: what it finds, why, a case that fails, the fix and the controls."""
    from segrego.report.layout import console, printed

    target = console(color=color, width=width)
    for part in _parts(rule, frameworks):
        target.print(part)
    return printed(target)


def list_as_json(rules: Sequence[RuleInfo]) -> str:
    """``{"rules": {slug: entry}}``, as the policy's own catalog has it."""
    return _json({"rules": {rule.slug: _entry(rule) for rule in sorted(rules, key=lambda rule: rule.slug)}})


def rule_as_json(rule: RuleInfo, frameworks: Mapping[str, Framework]) -> str:
    """The entry with its slug, and with the title of each control."""
    controls = {
        name: [
            {"id": control, "title": frameworks[name].controls.get(control) if name in frameworks else None}
            for control in ids
        ]
        for name, ids in rule.controls.items()
    }
    return _json({"slug": rule.slug, **_entry(rule), "controls": controls})


def _parts(rule: RuleInfo, frameworks: Mapping[str, Framework]) -> Iterator[RenderableType]:
    from rich.padding import Padding
    from rich.syntax import Syntax
    from rich.text import Text

    from segrego.report.layout import Block

    yield Block(Text(rule.title, style="bold"))
    yield Block(Text.assemble(rule.slug, " · ", (rule.severity, COLORS[rule.severity]), f" · {rule.category}"))
    if rule.origin:
        yield Block(Text(rule.origin, style="dim"))
    yield Text()
    yield Block(rule.description)
    if rule.example:
        yield _heading("A case that fails")
        example = Syntax(rule.example.rstrip(), "yaml", background_color="default", theme="ansi_light", word_wrap=True)
        yield Padding(example, (0, 0, 0, 2))
    yield _heading("Fix")
    yield Block(rule.remediation, 2)
    if rule.requires:
        yield _heading("Needs")
        yield Block(f"{', '.join(rule.requires)} (a gap in any of these keeps the rule from clearing anything)", 2)
    if rule.controls:
        yield _heading("Controls")
        for (title, ids), name in zip(named(rule, frameworks), sorted(rule.controls), strict=True):
            yield Block(Text.assemble(f"{title} ", (name, "dim")), 2)
            for control in ids:
                yield Block(control, 4)


def _heading(text: str) -> RenderableType:
    from rich.text import Text

    return Text(f"\n{text}", style="bold")


def _entry(rule: RuleInfo) -> dict[str, Any]:
    entry: dict[str, Any] = msgspec.to_builtins(rule)
    return {key: value for key, value in entry.items() if key != "slug"}


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2).decode() + "\n"
