"""What findings say, in words that every format for people shares.

Names come from templates that anybody may have written: :func:`plain` takes out whatever a terminal or a page would
obey.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from segrego.findings import Finding, ReportedGap
from segrego.inventory import Location
from segrego.wording import joined

__all__ = ["counted", "gains", "grant_line", "members", "next_step", "place", "plain", "statements"]

ACCESS = ("administer", "execute", "write", "read")
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


def place(location: Location | None) -> str:
    """``file:line`` where they are known, else the address, else nothing."""
    if location is None:
        return ""
    if location.file:
        return plain(f"{location.file}:{location.line}" if location.line else location.file)
    return plain(location.address or "")


def members(finding: Finding) -> list[dict[str, Any]]:
    """The workloads or tools that a finding is about, as its evidence lists them; none for other rules' evidence."""
    for key in ("agents", "members", "tools"):
        found = finding.evidence.get(key)
        if isinstance(found, list) and found and all(isinstance(item, dict) for item in found):
            return found
    return []


def gains(finding: Finding) -> dict[str, list[str]]:
    """Agent id to one line for each grant that it gains by the sharing."""
    found = finding.evidence.get("gains")
    if not isinstance(found, list):
        return {}
    return {gain["agent"]: [grant_line(grant) for grant in gain["grants"]] for gain in found}


def statements(finding: Finding) -> list[str]:
    """One line for each statement or grant in the evidence of a rule about permissions."""
    found = finding.evidence.get("statements") or finding.evidence.get("grants") or []
    return [grant_line(item) for item in found if isinstance(item, dict) and "actions" in item]


def grant_line(grant: dict[str, Any]) -> str:
    """``write · s3:putobject on arn:aws:s3:::b/* (policy, file:12)``."""
    access = "+".join(kind for kind in ACCESS if kind in grant.get("access", []))
    line = f"{grant.get('file')}:{grant['line']}" if grant.get("file") and grant.get("line") else grant.get("file")
    where = ", ".join(part for part in (grant.get("policy"), line) if part)
    condition = " under a condition" if grant.get("conditional") else ""
    what = f"{_some(grant['actions'])} on {_some(grant['resources'])}{condition}"
    return plain(f"{access}: {what}" + (f" ({where})" if where else ""))


def next_step(findings: Sequence[Finding], gaps: Sequence[ReportedGap]) -> str:
    """The one thing to do now."""
    opened = [finding for finding in findings if finding.status == "open"]
    shared = [finding for finding in opened if finding.rule == "shared_execution_role"]
    if finding := next(iter(shared or opened), None):
        spot = place(finding.locations[0]) if finding.locations else ""
        subject = plain(finding.subject) + (f" ({spot})" if spot else "")
        if shared:
            who = [plain(member["name"]) for member in members(finding)]
            task = f"give {joined(who)} a role each instead of {subject}"
        else:
            task = f"start with {subject}"
        return f"Next: {task}; `segrego explain {finding.rule}` says how."
    if blinding := [gap for gap in gaps if gap.rules]:
        return f"Next: {plain(blinding[0].message)}."
    return "Next: nothing. Keep it so with `segrego check` in CI."


def _some(texts: Sequence[str], most: int = 3) -> str:
    shown = [plain(text) for text in texts[:most]]
    return ", ".join(shown) + (f" and {len(texts) - most} more" if len(texts) > most else "")
