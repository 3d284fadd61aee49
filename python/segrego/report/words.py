"""What findings say, in words that every format for people shares.

Names come from templates that anybody may have written: :func:`plain` takes out whatever a terminal or a page would
obey.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from segrego.findings import SEVERITIES, Finding, Report, RuleInfo
from segrego.inventory import Location
from segrego.wording import called, dated, joined

__all__ = [
    "ACCESS",
    "counted",
    "counts",
    "described",
    "excepted",
    "in_order",
    "next_step",
    "own_place",
    "place",
    "plain",
]

ACCESS = ("administer", "execute", "write", "read")
"""Classes of access, worst first."""
_UNSAFE = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


def plain(text: object) -> str:
    """One line without control and formatting characters (terminal escapes, reversed text)."""
    return "".join(
        " "
        if character in "\n\r\t"
        else "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(character) in _UNSAFE
        else character
        for character in str(text)
    )


def counted(number: int, noun: str) -> str:
    """``1 agent``, ``2 agents``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def counts(report: Report) -> str:
    """``1 critical, 2 high, 1 excepted, 3 gaps, 1 warning``."""
    summary = report.summary
    found = [f"{summary.findings[severity]} {severity}" for severity in SEVERITIES if summary.findings.get(severity)]
    rest = [f"{summary.excepted} excepted"] if summary.excepted else []
    rest += [counted(summary.gaps, "gap")] if summary.gaps else []
    rest += [counted(len(report.warnings), "warning")] if report.warnings else []
    return ", ".join((found or ["no findings"]) + rest)


def place(location: Location | None) -> str:
    """``file:line`` where they are known, else the address, else nothing."""
    if location is None:
        return ""
    if location.file:
        return plain(f"{location.file}:{location.line}" if location.line else location.file)
    return plain(location.address or "")


def own_place(finding: Finding) -> Location | None:
    """Where the subject itself is defined. Locations begin with it if it is defined anywhere; else they are others'."""
    first = next(iter(finding.locations), None)
    return first if first and first.address in (None, finding.subject) else None


def in_order(value: Any) -> list[Any]:
    """A list as it is, nothing for nothing, and a list of one for anything else."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def excepted(finding: Finding) -> str:
    """Why a finding is excepted, who answers for that, and until when; nothing for an open one."""
    held = finding.exception
    return "" if held is None else plain(f"{held.reason} ({held.owner}, until {dated(held.expires_at_ns)})")


def described(report: Report, rules: Sequence[RuleInfo]) -> dict[str, RuleInfo]:
    """The catalog's entry of every rule that judged, by slug. A rule that the catalog does not know (another version of
    segrego, or a user's own) is described by its findings."""
    known = {rule.slug: rule for rule in rules}
    found = {slug: known[slug] for slug in report.rules if slug in known}
    for finding in report.findings:
        if finding.rule not in found:
            found[finding.rule] = known.get(finding.rule) or _described_by(finding)
    return dict(sorted(found.items()))


def next_step(report: Report) -> str:
    """The one thing to do now, on one line."""
    opened = [finding for finding in report.findings if finding.status == "open"]
    shared = [finding for finding in opened if finding.rule == "shared_execution_role"]
    if finding := next(iter(shared or opened), None):
        spot = place(own_place(finding))
        subject = plain(finding.subject) + (f" ({spot})" if spot and spot != finding.subject else "")
        task = f"start with {subject}"
        if shared:
            who = [plain(called(agent, report.names)) for agent in in_order(finding.evidence.get("agents"))]
            task = f"give {joined(who, 3)} a role each instead of {subject}"
        return f"Next: {task}; `segrego explain {finding.rule}` says how."
    if blinding := [gap for gap in report.gaps if gap.rules]:
        return f"Next: {plain(blinding[0].message).rstrip('.')}."
    if report.warnings:
        spot = place(report.warnings[0].location) or "the configuration"
        return f"Next: correct {spot}: {plain(report.warnings[0].message)}."
    return "Next: nothing. Keep it so with `segrego check` in CI."


def _described_by(finding: Finding) -> RuleInfo:
    return RuleInfo(
        slug=finding.rule,
        title=finding.title,
        headline="",
        description=finding.title,
        severity=finding.severity,
        category=finding.category,
        requires=(),
        remediation=finding.remediation,
        controls=finding.controls,
        example="",
    )
