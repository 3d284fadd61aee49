"""Looking into JSON that may be of any shape: a wrong type is an absent value, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

__all__ = ["MISSING", "Missing", "Resolved", "Step", "at", "blocks", "is_expression", "items", "mapping", "text"]

Step = str | int


class Missing(Enum):
    """The type of :data:`MISSING`: "no such value", which JSON's ``null`` is not."""

    MISSING = "missing"


MISSING = Missing.MISSING

_EXPRESSION_KEYS = frozenset({"constant_value", "references"})


def mapping(value: object) -> Mapping[str, Any]:
    """``value`` if it is an object, or else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """``value`` if it is a list, or else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """``value`` if it is a text that is not empty, as a plain text: it may have been one that knows what it stands
    for."""
    return str(value) if isinstance(value, str) and value else None


def blocks(value: object) -> list[Mapping[str, Any]]:
    """The nested blocks of an attribute. Provider ``aws`` writes a list, ``awscc`` an object for a single one."""
    found = [value] if isinstance(value, dict) else items(value)
    return [block for block in found if isinstance(block, dict)]


class Resolved(dict[str, Any]):
    """An expression that is already followed: ``leaves`` are what it is made of, as
    :class:`segrego.collect.terraform.references.Resolver` gives them."""

    def __init__(self, leaves: tuple[Any, ...]) -> None:
        super().__init__()
        self.leaves = leaves

    def __bool__(self) -> bool:
        return True


def is_expression(value: object) -> bool:
    """Whether a part of ``configuration`` is an expression, and not a nested block."""
    if isinstance(value, Resolved):
        return True
    return isinstance(value, dict) and bool(value) and value.keys() <= _EXPRESSION_KEYS


def at(value: Any, path: tuple[Step, ...]) -> Any:
    """The value at ``path``, or :data:`MISSING`. A name looks through a list of one block, and ``0`` through a single
    object, so that one path fits both providers. Below null, or in a block that is not there, all is null. A path ends
    early at an expression, which stands for all below it."""
    for step in path:
        if isinstance(value, dict) and is_expression(value):
            return value
        if value is None or value == []:
            return None
        if isinstance(step, str):
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
        elif isinstance(value, list):
            value = value[step] if step < len(value) else MISSING
        elif not isinstance(value, dict) or step != 0:
            value = MISSING
        if value is MISSING:
            break
    return value
