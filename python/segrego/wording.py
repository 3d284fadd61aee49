"""A rule's headline with a finding's own facts in it: rules emit facts, and this makes the one sentence of them.

A headline is a template: ``{subject}`` is what the finding is about, and any other ``{name}`` a field of its evidence.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["fill", "joined"]

_FIELD = re.compile(r"\{([a-z_]+)\}")
_CERTAINTIES = {"by_default": ", by default", "unresolved": ", by the same expression"}


def fill(headline: str, subject: str, evidence: dict[str, Any]) -> str:
    """The sentence, without its full stop. A field that the evidence lacks stays as it is written."""
    known = evidence | {"subject": subject}
    text = _FIELD.sub(lambda field: _worded(known[field[1]]) if field[1] in known else field[0], headline)
    return text + _CERTAINTIES.get(str(evidence.get("certainty")), "")


def joined(names: list[str], most: int = 6) -> str:
    """``a, b and c``; beyond ``most`` names their number."""
    shown = names[:most] + ([f"{len(names) - most} more"] if len(names) > most else [])
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def _worded(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return joined([_worded(item) for item in value]) or "none"
    if isinstance(value, dict):
        return str(value.get("name", value.get("id", "")))
    return str(value).replace("_", " ") if re.fullmatch(r"[a-z]+(_[a-z]+)+", str(value)) else str(value)
