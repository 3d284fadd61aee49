"""What an expression of a configuration comes to: JSON's values, and two more for what is not known before apply.

A :class:`Text` is written with ``${…}`` for its unknown parts, and may remember the one thing that it stands for, so
that two roles whose ARNs read alike are still two. An :class:`Unknown` has no value at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segrego.collect.terraform.references import Attribute, Known, Leaf, Opaque, label

__all__ = [
    "Document",
    "EvaluationError",
    "Keys",
    "Lined",
    "Place",
    "Text",
    "UndecidedError",
    "Unknown",
    "describe",
    "is_open",
    "leaves_of",
]

Place = tuple[str, int]
"""A file and a line, from 1."""


class EvaluationError(Exception):
    """An expression that Terraform would refuse: a missing attribute, a wrong type. ``try`` and ``can`` see it."""


class UndecidedError(Exception):
    """What an expression comes to depends on a value that is not known."""


class Lined(dict[str, Any]):
    """An object that knows where it is written."""

    __slots__ = ("place",)

    place: Place

    def __init__(self, pairs: Any, place: Place) -> None:
        super().__init__(pairs)
        self.place = place


class Text(str):
    """A text with unknown parts. ``leaf``: what the whole of it stands for; null where it is made of parts."""

    __slots__ = ("leaf",)

    leaf: Attribute | Opaque | None

    def __new__(cls, value: str, leaf: Attribute | Opaque | None = None) -> Text:
        """A text, and what it stands for."""
        made = super().__new__(cls, value)
        made.leaf = leaf
        return made


class Document(Text):
    """The JSON of a value, with the value: its statements know their lines, and its texts what they stand for."""

    __slots__ = ("value",)

    value: Any

    def __new__(cls, text: str, value: Any) -> Document:
        """The JSON of a value."""
        made = super().__new__(cls, text)
        assert isinstance(made, Document)
        made.value = value
        return made


class Keys(list[Any]):
    """A set: sorted, no value twice. ``for_each`` makes key and value one."""


class Unknown:
    """A value of which only the expression is known."""

    __slots__ = ("leaf",)

    def __init__(self, leaf: Attribute | Opaque) -> None:
        self.leaf = leaf

    @property
    def text(self) -> str:
        """The expression, with the module instance in which it means something."""
        return describe(self.leaf)


def describe(leaf: Attribute | Opaque) -> str:
    """A leaf as ``${…}`` holds it: names of a module are told apart from those of another."""
    if isinstance(leaf, Opaque) and leaf.owner:
        return f"{leaf.owner}.{label(leaf)}"
    return label(leaf)


def is_open(value: Any) -> bool:
    """Whether a value, without what it holds, has an unknown part."""
    return isinstance(value, Unknown) or (isinstance(value, Text) and "${" in value)


def leaves_of(value: Any) -> tuple[Leaf, ...]:
    """What a value that is not wholly known is made of."""
    return tuple(dict.fromkeys(_leaves(value)))


def _leaves(value: Any) -> Iterator[Leaf]:
    leaf = value.leaf if isinstance(value, Unknown | Text) else None
    if leaf is not None:
        yield leaf
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif value is not None:
        yield Known(value)
