"""Values in the types of their variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segrego.collect.terraform.conversions import as_text, ordered
from segrego.collect.terraform.syntax import Call, Expr, Literal, Name, Object, Tuple
from segrego.collect.terraform.terms import Lined, Unknown

__all__ = ["conformed"]

Default = Callable[[Expr], Any]
"""Evaluates the default of an ``optional`` attribute."""

_MAX_DEPTH = 32


def conformed(value: Any, constraint: Expr | None, default: Default, depth: int = 0) -> Any:
    """A value in the type of its variable: ``optional`` attributes get their defaults, sets their order."""
    if constraint is None or value is None or isinstance(value, Unknown) or depth > _MAX_DEPTH:
        return value
    if isinstance(constraint, Name):
        is_text = constraint.name == "string" and isinstance(value, bool | int | float)
        return as_text(value) if is_text else value
    if not isinstance(constraint, Call) or not constraint.arguments:
        return value
    inner = constraint.arguments[0]
    if constraint.name == "object" and isinstance(inner, Object) and isinstance(value, dict):
        return _placed(value, _object(value, inner, default, depth))
    if constraint.name == "map" and isinstance(value, dict):
        return _placed(value, {key: conformed(part, inner, default, depth + 1) for key, part in value.items()})
    if constraint.name in ("list", "set") and isinstance(value, list):
        parts = [conformed(part, inner, default, depth + 1) for part in value]
        is_known = not any(isinstance(part, Unknown) for part in parts)
        return ordered(parts) if constraint.name == "set" and is_known else parts
    if constraint.name == "tuple" and isinstance(inner, Tuple) and isinstance(value, list):
        return [conformed(part, kind, default, depth + 1) for part, kind in zip(value, inner.items, strict=False)]
    return value


def _object(value: dict[str, Any], shape: Object, default: Default, depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, kind in shape.pairs:
        name = key.value if isinstance(key, Literal) else key.text
        wanted, part = kind, value.get(name)
        if isinstance(kind, Call) and kind.name == "optional" and kind.arguments:
            wanted = kind.arguments[0]
            if part is None and len(kind.arguments) > 1:
                part = default(kind.arguments[1])
        made[name] = conformed(part, wanted, default, depth + 1)
    return made


def _placed(value: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    return Lined(made, value.place) if isinstance(value, Lined) else made
