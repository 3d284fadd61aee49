"""What operators and loops do with values, open ones among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segrego.collect.terraform.references import Attribute
from segrego.collect.terraform.terms import EvaluationError, Keys, Text, Unknown, is_open

__all__ = ["bound_names", "calculated", "entries", "is_equal", "is_same", "short", "size_of"]

MAX_BITS = 4096
"""Largest whole number that is calculated with."""


def entries(value: Any) -> list[tuple[Any, Any]]:
    """Keys and values as ``for`` sees them."""
    if isinstance(value, Keys):
        return [(item, item) for item in value]
    if isinstance(value, list):
        return list(enumerate(value))
    if isinstance(value, dict):
        return sorted(value.items(), key=lambda pair: pair[0])
    raise EvaluationError("not a collection")


def bound_names(key_name: str | None, value_name: str, key: Any, value: Any) -> dict[str, Any]:
    """The names that a loop binds."""
    return {value_name: value} if key_name is None else {key_name: key, value_name: value}


def size_of(values: list[Any]) -> int:
    """How much work it is to look at values."""
    return sum(
        len(value) // 64 if isinstance(value, str) else len(value) for value in values if hasattr(value, "__len__")
    )


def short(value: Any) -> str:
    """A value as part of an expression that it varies."""
    if isinstance(value, Unknown):
        return value.text[:80]
    if isinstance(value, dict | list):
        return "…"
    return repr(value)[:80] if isinstance(value, str | int | float | bool) or value is None else "…"


def is_same(left: Any, right: Any) -> bool:
    """Whether two values are known to be one."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return isinstance(left, Unknown) and isinstance(right, Unknown) and left.leaf == right.leaf
    if isinstance(left, Text) and isinstance(right, Text) and left.leaf != right.leaf:
        return False
    return type(left) is type(right) and bool(left == right)


def is_equal(left: Any, right: Any) -> bool | None:
    """Whether two values are equal; null if nobody knows yet. What a resource will have is neither null nor empty."""
    if is_same(left, right):
        return True
    for one, other in ((left, right), (right, left)):
        if other is None or other == "":
            made = isinstance(one, Unknown) and isinstance(one.leaf, Attribute)
            if made or (isinstance(one, Text) and (one.leaf is None or isinstance(one.leaf, Attribute))):
                return False
    if is_open(left) or is_open(right):
        return None
    if isinstance(left, bool) != isinstance(right, bool):
        return str(left).lower() == str(right).lower() if isinstance(left, str) or isinstance(right, str) else False
    return bool(left == right)


def calculated(operator: str, left: float, right: float) -> Any:
    """The result of an operation on numbers."""
    if operator in ("/", "%") and right == 0:
        raise EvaluationError("a division by zero")
    if any(isinstance(value, int) and value.bit_length() > MAX_BITS for value in (left, right)):
        raise EvaluationError("a number that is too large")
    try:
        return _ARITHMETIC[operator](left, right)
    except OverflowError as error:
        raise EvaluationError("a number that is too large") from error


_ARITHMETIC: dict[str, Callable[[float, float], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": lambda a, b: a % b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
