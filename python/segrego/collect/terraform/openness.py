"""Which functions may be called with values that are not wholly known."""

from __future__ import annotations

from typing import Any

from segrego.collect.terraform.terms import Unknown, is_open

__all__ = ["can_look"]

_TOLERANT = frozenset(
    {
        "chunklist", "coalesce", "coalescelist", "compact", "concat", "contains", "distinct", "element", "flatten",
        "format", "formatlist", "join", "jsondecode", "jsonencode", "keys", "length", "lookup", "merge", "nonsensitive",
        "one", "reverse", "sensitive", "setproduct", "setunion", "slice", "tolist", "tomap", "toset", "tostring",
        "values", "zipmap",
    }
)  # fmt: skip
"""Functions that may be given open texts and lists of unknown values. An argument that is unknown as a whole still
makes what they give unknown, but for those that write it (``format``, ``join``, ``jsonencode``) or weigh it
(``coalesce``)."""

_WRITING = frozenset(
    {"coalesce", "format", "formatlist", "join", "jsonencode", "tostring", "sensitive", "nonsensitive"}
)


def can_look(name: str, values: list[Any]) -> bool:
    """Whether a function can be called with these values; else what it gives is unknown."""
    if name in _WRITING:
        return True
    if name in _TOLERANT:
        return not any(isinstance(value, Unknown) for value in values[:1]) and (
            name not in ("merge", "concat", "setunion", "setproduct", "zipmap")
            or not any(isinstance(value, Unknown) for value in values)
        )
    return not any(is_open(value) or (isinstance(value, list) and any(map(is_open, value))) for value in values)
