"""Resolved text, and how texts are put together and taken apart."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from itertools import islice, product
from typing import Any

__all__ = [
    "MAX_OPTIONS",
    "MAX_TEXT",
    "Entity",
    "Text",
    "as_text",
    "compact",
    "dynamic",
    "joined",
    "split_outside",
    "token",
]

Entity = tuple[str, str]
"""A resource of the scan: name of its scope and logical id."""

MAX_TEXT = 256 * 1024
"""Longest text that is put together, in characters."""

MAX_OPTIONS = 64
"""Most possibilities that are kept of a value that is known only at deployment."""

_DYNAMIC = re.compile(r"\{\{resolve:((?:\$\{[^}]*\}|[^}])*)\}\}")
_PIECES = re.compile(r"\$\{[^}]*\}|[^$]+|\$")
_MAX_TOKEN = 300


class Text(str):
    """Resolved text. ``by_default``: it holds only while a parameter keeps its default. ``unresolved``: it has a part
    known only at deployment. ``entity``: the resource that the whole text denotes. ``options``: where the text is
    unresolved, all that it may come to (empty: that is not known)."""

    __slots__ = ("by_default", "entity", "options", "unresolved")

    by_default: bool
    unresolved: bool
    entity: Entity | None
    options: tuple[Text, ...]

    def __new__(
        cls,
        value: str,
        *,
        by_default: bool = False,
        unresolved: bool = False,
        entity: Entity | None = None,
        options: Sequence[Text] = (),
    ) -> Text:
        """Text with its flags."""
        self = super().__new__(cls, value)
        self.by_default, self.unresolved, self.entity = by_default, unresolved, entity
        self.options = tuple(options) if len(options) <= MAX_OPTIONS else ()
        return self

    def taken_by_default(self) -> Text:
        """The same text, which a default led to."""
        return Text(self, by_default=True, unresolved=self.unresolved, entity=self.entity, options=self.options)

    def one_of(self, options: Iterable[Text]) -> Text:
        """The same expression, of which all that it may come to is known. Options of options count as its own."""
        leaves = (leaf for option in options for leaf in option.options or (option,))
        distinct = {(leaf, leaf.entity): leaf for leaf in leaves}
        return Text(self, by_default=self.by_default, unresolved=True, options=tuple(distinct.values()))


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


def dynamic(text: str) -> Text:
    """Dynamic references (``{{resolve:ssm:…}}``) are read by AWS at deployment."""
    given = text if isinstance(text, Text) else Text(text)
    if "{{resolve:" not in text:
        return given
    replaced = _DYNAMIC.sub(lambda match: token("resolve", match[1]), text)
    return Text(
        replaced, by_default=given.by_default, unresolved=True, options=[dynamic(option) for option in given.options]
    )


def joined(parts: Iterable[Text], delimiter: str = "") -> Text:
    """The texts in one, which is unresolved or by default if any of them is."""
    found = list(parts)
    if len(found) == 1:
        return found[0]
    if sum(map(len, found)) + len(delimiter) * len(found) > MAX_TEXT:
        return token("TooLong", *found[:1])
    by_default, unresolved = any(p.by_default for p in found), any(p.unresolved for p in found)
    return Text(delimiter.join(found), by_default=by_default, unresolved=unresolved, options=_options(found, delimiter))


def _options(parts: list[Text], delimiter: str) -> list[Text]:
    if not any(part.options for part in parts):
        return []
    choices = islice(product(*(part.options or (part,) for part in parts)), MAX_OPTIONS + 1)
    return [
        Text(
            delimiter.join(chosen),
            by_default=any(p.by_default for p in chosen),
            unresolved=any(p.unresolved for p in chosen),
        )
        for chosen in choices
    ]


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
