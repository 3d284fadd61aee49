"""Report formats: one module each, which turns a report into text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import cast

from msgspec.structs import replace

from segrego.findings import Report, RuleInfo
from segrego.frameworks import Framework

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
    """How a person wants it.

    ``color`` is for terminals, ``width`` in columns (null: nobody's terminal decides), ``quiet`` for findings alone,
    and ``open_only`` leaves out what an exception covers. ``base`` is the folder that relative paths of the report
    start from, and ``root`` the repository's, which code hosts count from (null: ``base``). ``frameworks`` gives
    controls their titles.
    """

    color: bool = False
    width: int | None = None
    quiet: bool = False
    open_only: bool = False
    base: Path | None = None
    root: Path | None = None
    frameworks: Mapping[str, Framework] = field(default_factory=dict)


def render(kind: str, report: Report, rules: Sequence[RuleInfo], options: RenderOptions) -> str:
    """The report in a format of :data:`FORMATS`, ending in a newline."""
    if options.open_only:
        report = replace(report, findings=tuple(finding for finding in report.findings if finding.status == "open"))
    return cast("str", import_module(FORMATS[kind]).render(report, rules, options))
