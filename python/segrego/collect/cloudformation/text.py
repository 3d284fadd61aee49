"""Resolved text, and how texts are put together and taken apart."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
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
    known only at deployment. ``entity``: the resource that the whole text denotes; ``within``: the resources that
    unresolved parts of it denote. ``options``: where the text is unresolved, all that it may come to (empty: that is
    not known)."""

    __slots__ = ("by_default", "entity", "options", "unresolved", "within")

    by_default: bool
    unresolved: bool
    entity: Entity | None
    within: frozenset[Entity]
    options: tuple[Text, ...]

    def __new__(
        cls,
        value: str,
        *,
        by_default: bool = False,
        unresolved: bool = False,
        entity: Entity | None = None,
        options: Sequence[Text] = (),
        within: frozenset[Entity] = frozenset(),
    ) -> Text:
        """Text with its flags."""
        self = super().__new__(cls, value)
        self.by_default, self.unresolved, self.entity, self.within = by_default, unresolved, entity, within
        self.options = tuple(options) if len(options) <= MAX_OPTIONS else ()
        return self

    def taken_by_default(self) -> Text:
        """The same text, which a default led to."""
        return Text(
            self,
            by_default=True,
            unresolved=self.unresolved,
            entity=self.entity,
            options=self.options,
            within=self.within,
        )

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


def dynamic(text: str, stored: Callable[[str], Text | None] = lambda reference: None) -> Text:
    """Dynamic references (``{{resolve:ssm:…}}``) are read by AWS at deployment, but for those of which ``stored`` tells
    the value."""
    given = text if isinstance(text, Text) else Text(text)
    if "{{resolve:" not in text:
        return given
    parts, end = [], 0
    for match in _DYNAMIC.finditer(text):
        parts += [Text(text[end : match.start()]), stored(match[1]) or token("resolve", match[1])]
        end = match.end()
    found = joined([part for part in (*parts, Text(text[end:])) if part])
    options = found.options or [dynamic(option, stored) for option in given.options]
    unresolved = found.unresolved or given.unresolved
    by_default = found.by_default or given.by_default
    return Text(
        found,
        by_default=by_default,
        unresolved=unresolved,
        entity=found.entity,
        options=options,
        within=found.within | given.within,
    )


def joined(parts: Iterable[Text], delimiter: str = "") -> Text:
    """The texts in one, which is unresolved or by default if any of them is."""
    found = list(parts)
    if len(found) == 1:
        return found[0]
    if sum(map(len, found)) + len(delimiter) * len(found) > MAX_TEXT:
        return token("TooLong", *found[:1])
    by_default, unresolved = any(p.by_default for p in found), any(p.unresolved for p in found)
    within = frozenset[Entity]().union(*(_within(part) for part in found))
    options = _options(found, delimiter)
    return Text(delimiter.join(found), by_default=by_default, unresolved=unresolved, options=options, within=within)


def _within(part: Text) -> frozenset[Entity]:
    return part.within | {part.entity} if part.entity is not None and "${" in part else part.within


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
