"""The report itself as JSON (``schemas/report.json``): the same report is the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from segrego.findings import Report, RuleInfo
from segrego.report import RenderOptions

__all__ = ["render"]


def render(report: Report, rules: Sequence[RuleInfo], options: RenderOptions) -> str:  # one signature
    """Keys in order, two spaces."""
    return msgspec.json.format(msgspec.json.encode(report, order="deterministic"), indent=2).decode() + "\n"
