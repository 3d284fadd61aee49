"""Resolved text, and how texts are put together and taken apart."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

__all__ = ["MAX_TEXT", "Entity", "Text", "as_text", "compact", "joined", "split_outside", "token"]

Entity = tuple[str, str]
"""A resource of the scan: file name and logical id."""

MAX_TEXT = 256 * 1024
"""Longest text that is put together, in characters."""

_PIECES = re.compile(r"\$\{[^}]*\}|[^$]+|\$")
_MAX_TOKEN = 300


class Text(str):
    """Resolved text. ``by_default``: it holds only while a parameter keeps its default. ``unresolved``: it has a part
    known only at deployment. ``entity``: the resource that the whole text denotes."""

    __slots__ = ("by_default", "entity", "unresolved")

    by_default: bool
    unresolved: bool
    entity: Entity | None

    def __new__(
        cls, value: str, *, by_default: bool = False, unresolved: bool = False, entity: Entity | None = None
    ) -> Text:
        """Text with its flags."""
        self = super().__new__(cls, value)
        self.by_default, self.unresolved, self.entity = by_default, unresolved, entity
        return self


def as_text(value: object) -> Text | None:
    """A resolved scalar as text, as CloudFormation would hand it on; null for anything else."""
    if isinstance(value, Text):
        return value
    if isinstance(value, bool):
        return Text(str(value).lower())
    return Text(str(value)) if isinstance(value, str | int | float) else None


def token(*parts: object) -> Text:
    """``${…}`` for an expression. Colons and braces would break it where texts are taken apart, so they go."""
    inner = ".".join(re.sub(r"[${}]", "", str(part)).replace(":", "|") for part in parts)
    if len(inner) > _MAX_TOKEN:  # two long expressions must not become one
        inner = f"{inner[:_MAX_TOKEN]}.{hashlib.sha256(inner.encode()).hexdigest()[:16]}"
    return Text("${" + inner + "}", unresolved=True)


def joined(parts: Iterable[Text], delimiter: str = "") -> Text:
    """The texts in one, which is unresolved or by default if any of them is."""
    found = list(parts)
    if len(found) == 1:
        return found[0]
    if sum(map(len, found)) + len(delimiter) * len(found) > MAX_TEXT:
        return token("TooLong", *found[:1])
    return Text(
        delimiter.join(found), by_default=any(p.by_default for p in found), unresolved=any(p.unresolved for p in found)
    )


def split_outside(text: str, delimiter: str) -> list[str]:
    """Split, but not within ``${…}``."""
    parts = [""]
    for piece in _PIECES.findall(text):
        if piece.startswith("${"):
            parts[-1] += piece
        else:
            first, *rest = piece.split(delimiter)
            parts[-1] += first
            parts.extend(rest)
    return parts


def compact(node: Any) -> str:
    """An expression in short, the same for the same expression."""
    return node if isinstance(node, str) else json.dumps(node, sort_keys=True, default=str)
