"""From one kind of value to another, as Terraform converts them by itself."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from segrego.collect.terraform.terms import Document, EvaluationError, Keys, Text, Unknown, is_open

__all__ = [
    "MAX_ITEMS",
    "MAX_TEXT",
    "as_bool",
    "as_known_text",
    "as_list",
    "as_map",
    "as_number",
    "as_text",
    "as_whole",
    "encode",
    "identity",
    "join_texts",
    "kind_of",
    "ordered",
]

MAX_ITEMS = 100_000
"""Most elements that a function may make."""


MAX_TEXT = 4 * 1024 * 1024
"""Longest text that a function or template may make."""


def as_text(value: Any) -> str:
    """A value as Terraform writes it into a text. An unknown one is written as ``${…}``."""
    if isinstance(value, Unknown):
        return Text("${" + value.text + "}", value.leaf)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _written(value)
    raise EvaluationError(f"{kind_of(value)} is no text")


def as_number(value: Any) -> int | float:
    """A number, or a text that is one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) < 64:
        try:
            return int(value)
        except ValueError:
            try:
                return float(value)
            except ValueError:
                pass
    raise EvaluationError(f"{kind_of(value)} is no number")


def as_bool(value: Any) -> bool:
    """A truth value, or a text that is one."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise EvaluationError(f"{kind_of(value)} is no truth value")


def _written(value: float) -> str:
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(value)


def kind_of(value: Any) -> str:
    """What a value is called in an error."""
    return {dict: "an object", list: "a list", Keys: "a set", type(None): "null"}.get(type(value), "a value")


def join_texts(parts: Iterable[Any], separator: str = "") -> str:
    """Texts in one. A single open one keeps what it stands for."""
    found = [as_text(part) for part in parts]
    if sum(map(len, found)) + len(separator) * len(found) > MAX_TEXT:
        raise EvaluationError("a text that is too long")
    if len(found) == 1:
        return found[0]
    open_parts = [part for part in found if is_open(part)]
    if len(open_parts) == 1 and all(part is open_parts[0] or not part for part in found) and not separator:
        return open_parts[0]
    made = separator.join(found)
    return Text(made) if open_parts else made


_AS_GO_WRITES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def encode(value: Any) -> Document:
    """The JSON of a value. What is unknown in it is the text ``${…}``."""
    text = json.dumps(_plain(value, 0), separators=(",", ":"), ensure_ascii=False).translate(_AS_GO_WRITES)
    if len(text) > MAX_TEXT * 4:
        raise EvaluationError("a document that is too long")
    return Document(text, value)


def _plain(value: Any, depth: int) -> Any:
    if depth > 128:
        raise EvaluationError("a value that is nested too deeply")
    if isinstance(value, dict):
        return {key: _plain(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, depth + 1) for inner in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Unknown):
        return as_text(value)
    raise EvaluationError("a value that is not JSON")


def ordered(values: Iterable[Any]) -> Keys:
    """A set of values in Terraform's order."""
    found = {identity(value): value for value in values}
    if len(found) > MAX_ITEMS:
        raise EvaluationError("too many elements")
    return Keys(found[key] for key in sorted(found))


def identity(value: Any) -> str:
    """A text by which equal values are equal, and things that only read alike are not."""
    if isinstance(value, Text) and value.leaf is not None:
        return f"{json.dumps(value)}\0{value.leaf!r}"
    return json.dumps(_plain(value, 0), sort_keys=True)


def as_list(value: Any) -> list[Any]:
    """A list."""
    if isinstance(value, list):
        return value
    raise EvaluationError(f"{kind_of(value)} is no list")


def as_map(value: Any) -> dict[str, Any]:
    """A map or object."""
    if isinstance(value, dict):
        return value
    raise EvaluationError(f"{kind_of(value)} is no map")


def as_known_text(value: Any) -> str:
    """A value that is, or becomes, a text."""
    if isinstance(value, dict | list) or value is None:
        raise EvaluationError(f"{kind_of(value)} is no text")
    return as_text(value)


def as_whole(value: Any) -> int:
    """A whole number."""
    return int(as_number(value))
