"""Report formats: one module each, which turns a report into text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from segrego.findings import Report, RuleInfo

__all__ = ["FORMATS", "RenderOptions", "render"]

FORMATS = {
    "table": "segrego.report.table",
    "json": "segrego.report.canonical",
    "sarif": "segrego.report.sarif",
    "markdown": "segrego.report.markdown",
    "github": "segrego.report.github",
}
"""Format to the module whose ``render(report, rules, options)`` makes it. Imported when asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """How a person wants it: ``color`` for terminals, ``width`` in columns (null: nobody's terminal decides), and
    ``quiet`` for findings alone."""

    color: bool = False
    width: int | None = None
    quiet: bool = False


def render(kind: str, report: Report, rules: Sequence[RuleInfo], options: RenderOptions) -> str:
    """The report in a format of :data:`FORMATS`, ending in a newline."""
    return cast("str", import_module(FORMATS[kind]).render(report, rules, options))
