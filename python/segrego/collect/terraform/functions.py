"""Terraform's functions, as far as they are the same at any time and on any machine.

Each takes values and gives one. What depends on an unknown value is unknown: :data:`FUNCTIONS` are called only with
values that they can look at, except for those in :data:`TOLERANT`, which carry unknown values along without looking.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from segrego.collect.terraform.references import Attribute
from segrego.collect.terraform.terms import Document, EvaluationError, Keys, Text, UndecidedError, Unknown, is_open

__all__ = ["FUNCTIONS", "TOLERANT", "as_bool", "as_number", "as_text", "encode", "join_texts", "ordered"]

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
    raise EvaluationError(f"{_kind(value)} is no text")


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
    raise EvaluationError(f"{_kind(value)} is no number")


def as_bool(value: Any) -> bool:
    """A truth value, or a text that is one."""
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise EvaluationError(f"{_kind(value)} is no truth value")


def _written(value: float) -> str:
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(value)


def _kind(value: Any) -> str:
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
    found = {_identity(value): value for value in values}
    if len(found) > MAX_ITEMS:
        raise EvaluationError("too many elements")
    return Keys(found[key] for key in sorted(found))


def _identity(value: Any) -> str:
    if isinstance(value, Text) and value.leaf is not None:
        return f"{json.dumps(value)}\0{value.leaf!r}"
    return json.dumps(_plain(value, 0), sort_keys=True)


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise EvaluationError(f"{_kind(value)} is no list")


def _map(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise EvaluationError(f"{_kind(value)} is no map")


def _str(value: Any) -> str:
    if isinstance(value, dict | list) or value is None:
        raise EvaluationError(f"{_kind(value)} is no text")
    return as_text(value)


def _int(value: Any) -> int:
    return int(as_number(value))


def _bounded(values: list[Any]) -> list[Any]:
    if len(values) > MAX_ITEMS:
        raise EvaluationError("too many elements")
    return values


_FORMAT = re.compile(r"%(?:%|(?:\[(\d+)\])?([-+ #0]*)(\d+)?(?:\.(\d+))?([vdsqftTbxXoegEG]))")


def _format(template: Any, *values: Any) -> str:
    """``format`` as Go's verbs, for those that are in use."""
    text, parts, position, at = _str(template), list[str](), 0, 0
    for match in _FORMAT.finditer(text):
        parts.append(text[position : match.start()])
        position = match.end()
        if match[0] == "%%":
            parts.append("%")
            continue
        index = int(match[1]) - 1 if match[1] else at
        at = index + 1
        if index >= len(values):
            raise EvaluationError("format has too few arguments")
        parts.append(_formatted(values[index], match[5], match[2], match[3], match[4]))
    parts.append(text[position:])
    return join_texts(parts)


def _formatted(value: Any, verb: str, flags: str, width: str | None, precision: str | None) -> str:
    if isinstance(value, Unknown) or is_open(value):
        return as_text(value)
    if verb in "vs":
        made = encode(value) if isinstance(value, dict | list) else as_text("" if value is None else value)
    elif verb == "q":
        made = json.dumps(as_text(value))
    elif verb in "dbxXo":
        made = format(_int(value), verb)
    elif verb == "t":
        made = as_text(as_bool(value))
    else:
        made = f"{float(as_number(value)):.{min(int(precision or 6), 50)}{'f' if verb == 'f' else verb}}"
    size = min(int(width or 0), 1000)
    if "-" in flags:
        return str(made).ljust(size)
    return str(made).rjust(size, "0" if "0" in flags and verb not in "vsq" else " ")


def _formatlist(template: Any, *values: Any) -> list[str]:
    sizes = {len(value) for value in values if isinstance(value, list)}
    if len(sizes) != 1:
        raise EvaluationError("formatlist needs lists of one length")
    rows = [[value[n] if isinstance(value, list) else value for value in values] for n in range(sizes.pop())]
    return [_format(template, *row) for row in rows]


def _coalesce(*values: Any) -> Any:
    """The first that is neither null nor empty: whether an unknown one is, nobody knows."""
    for value in values:
        if isinstance(value, Unknown) and not isinstance(value.leaf, Attribute) and len(values) > 1:
            raise UndecidedError
        if value is not None and value != "":
            return value
    raise EvaluationError("coalesce has no argument left")


def _coalescelist(*values: Any) -> list[Any]:
    found = next((value for value in values if _list(value)), None)
    if found is None:
        raise EvaluationError("coalescelist has no argument left")
    return _list(found)


def _lookup(found: Any, key: Any, *default: Any) -> Any:
    if is_open(key) and key not in _map(found):
        raise UndecidedError
    if _str(key) in _map(found):
        return found[_str(key)]
    if default:
        return default[0]
    raise EvaluationError("lookup finds no such key")


def _element(values: Any, index: Any) -> Any:
    if not _list(values):
        raise EvaluationError("element of an empty list")
    return values[_int(index) % len(values)]


def _flatten(values: Any) -> list[Any]:
    made: list[Any] = []
    stack = [iter(_list(values))]
    while stack:
        for value in stack[-1]:
            if isinstance(value, list):
                stack.append(iter(value))
                break
            made.append(value)
        else:
            stack.pop()
        if len(stack) > 64:
            raise EvaluationError("a list that is nested too deeply")
    return _bounded(made)


def _merge(*values: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for value in values:
        made.update(_map(value) if value is not None else {})
    return made


def _slice(values: Any, start: Any, end: Any) -> list[Any]:
    if not 0 <= _int(start) <= _int(end) <= len(_list(values)):
        raise EvaluationError("slice is out of bounds")
    return list(values[_int(start) : _int(end)])


def _range(*bounds: Any) -> list[Any]:
    numbers = [_int(bound) for bound in bounds]
    start, stop = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    step = numbers[2] if len(numbers) > 2 else (1 if start <= stop else -1)
    if step == 0 or len(range(start, stop, step)) > 1024:  # Terraform's own limit
        raise EvaluationError("range makes too many numbers")
    return list(range(start, stop, step))


def _setproduct(*values: Any) -> list[Any]:
    if math.prod(len(_list(value)) for value in values) > MAX_ITEMS:
        raise EvaluationError("setproduct makes too many elements")
    return [list(row) for row in itertools.product(*values)]


def _replace(text: Any, old: Any, new: Any) -> str:
    subject, wanted, other = _str(text), _str(old), _str(new)
    if len(wanted) > 1 and wanted[0] == wanted[-1] == "/":
        raise UndecidedError  # a regular expression of somebody else's is not run
    grown = subject.count(wanted) * max(0, len(other) - len(wanted)) + len(subject)
    if grown > MAX_TEXT:
        raise EvaluationError("a text that is too long")
    return subject.replace(wanted, other)


def _substr(text: Any, offset: Any, length: Any) -> str:
    start, size, subject = _int(offset), _int(length), _str(text)
    start = start + len(subject) if start < 0 else start
    return subject[start:] if size < 0 else subject[start : start + size]


def _index(values: Any, wanted: Any) -> int:
    try:
        return _list(values).index(wanted)
    except ValueError:
        raise EvaluationError("index finds no such element") from None


def _zipmap(keys: Any, values: Any) -> dict[str, Any]:
    if len(_list(keys)) != len(_list(values)):
        raise EvaluationError("zipmap needs lists of one length")
    return {_str(key): value for key, value in zip(keys, values, strict=True)}


def _transpose(value: Any) -> dict[str, Any]:
    made: dict[str, list[str]] = {}
    for key, names in _map(value).items():
        for name in _list(names):
            made.setdefault(_str(name), []).append(key)
    return {key: sorted(made[key]) for key in sorted(made)}


def _jsondecode(text: Any) -> Any:
    if isinstance(text, Document):
        return text.value
    try:
        return json.loads(_str(text))
    except (ValueError, RecursionError) as error:
        raise EvaluationError("jsondecode of what is no JSON") from error


def _yamldecode(text: Any) -> Any:
    from segrego.errors import InputError
    from segrego.loading import load

    try:
        return load(_str(text).encode(), "yamldecode").value
    except (InputError, UnicodeEncodeError) as error:
        raise EvaluationError("yamldecode of what cannot be read") from error


def _base64decode(text: Any) -> str:
    try:
        return base64.b64decode(_str(text), validate=True).decode()
    except ValueError as error:
        raise EvaluationError("base64decode of what is no text") from error


def _sort(values: Any) -> list[Any]:
    return sorted(_str(value) for value in _list(values))


def _title(text: Any) -> str:
    return re.sub(r"(^|\s)(\S)", lambda match: match[1] + match[2].upper(), _str(text))


def _distinct(values: Any) -> list[Any]:
    return list({_identity(value): value for value in _list(values)}.values())


def _sets(operate: Callable[[set[str], set[str]], set[str]]) -> Callable[..., Keys]:
    def function(*values: Any) -> Keys:
        found = {_identity(value): value for group in values for value in _list(group)}
        sets = [{_identity(value) for value in group} for group in values]
        kept = sets[0]
        for other in sets[1:]:
            kept = operate(kept, other)
        return ordered(found[key] for key in kept)

    return function


def _one(values: Any) -> Any:
    if len(_list(values)) > 1:
        raise EvaluationError("one of several elements")
    return values[0] if values else None


def _length(value: Any) -> int:
    if not isinstance(value, dict | list | str):
        raise EvaluationError(f"{_kind(value)} has no length")
    return len(value)


def _contains(values: Any, wanted: Any) -> bool:
    if wanted in _list(values):
        return True
    if any(map(is_open, values)):
        raise UndecidedError
    return False


def _tomap(value: Any) -> dict[str, Any]:
    return dict(_map(value))


def _compact(values: Any) -> list[Any]:
    return [value for value in _list(values) if value is not None and value != ""]


def _sum(values: Any) -> float:
    return sum(as_number(value) for value in _list(values))


def _chunklist(values: Any, size: Any) -> list[Any]:
    if _int(size) < 1:
        raise EvaluationError("chunklist needs a positive size")
    return [list(values[at : at + _int(size)]) for at in range(0, len(_list(values)), _int(size))]


def _digest(name: str) -> Callable[[Any], str]:
    return lambda text: hashlib.new(name, _str(text).encode(), usedforsecurity=False).hexdigest()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": lambda value: abs(as_number(value)),
    "alltrue": lambda values: all(as_bool(value) for value in _list(values)),
    "anytrue": lambda values: any(as_bool(value) for value in _list(values)),
    "base64decode": _base64decode,
    "base64encode": lambda text: base64.b64encode(_str(text).encode()).decode(),
    "basename": lambda text: _str(text).rstrip("/").rpartition("/")[2],
    "ceil": lambda value: math.ceil(as_number(value)),
    "chomp": lambda text: _str(text).rstrip("\r\n"),
    "chunklist": _chunklist,
    "coalesce": _coalesce,
    "coalescelist": _coalescelist,
    "compact": _compact,
    "concat": lambda *values: _bounded([item for value in values for item in _list(value)]),
    "contains": _contains,
    "dirname": lambda text: _str(text).rpartition("/")[0] or ".",
    "distinct": _distinct,
    "element": _element,
    "endswith": lambda text, end: _str(text).endswith(_str(end)),
    "flatten": _flatten,
    "floor": lambda value: math.floor(as_number(value)),
    "format": _format,
    "formatlist": _formatlist,
    "index": _index,
    "join": lambda separator, *lists: join_texts([v for values in lists for v in _list(values)], _str(separator)),
    "jsondecode": _jsondecode,
    "jsonencode": encode,
    "keys": lambda value: sorted(_map(value)),
    "length": _length,
    "lookup": _lookup,
    "lower": lambda text: _str(text).lower(),
    "max": lambda *values: max(map(as_number, values)),
    "md5": _digest("md5"),
    "merge": _merge,
    "min": lambda *values: min(map(as_number, values)),
    "nonsensitive": lambda value: value,
    "one": _one,
    "parseint": lambda text, base: int(_str(text), _int(base)),
    "range": _range,
    "replace": _replace,
    "reverse": lambda values: list(reversed(_list(values))),
    "sensitive": lambda value: value,
    "setintersection": _sets(set.intersection),
    "setproduct": _setproduct,
    "setsubtract": _sets(set.difference),
    "setunion": _sets(set.union),
    "sha1": _digest("sha1"),
    "sha256": _digest("sha256"),
    "slice": _slice,
    "sort": _sort,
    "split": lambda separator, text: _bounded(_str(text).split(_str(separator)) if _str(separator) else list(text)),
    "startswith": lambda text, start: _str(text).startswith(_str(start)),
    "strcontains": lambda text, part: _str(part) in _str(text),
    "strrev": lambda text: _str(text)[::-1],
    "substr": _substr,
    "sum": _sum,
    "title": _title,
    "tobool": lambda value: None if value is None else as_bool(value),
    "tolist": lambda value: list(_list(value)),
    "tomap": _tomap,
    "tonumber": lambda value: None if value is None else as_number(value),
    "toset": lambda values: ordered(_list(values)),
    "tostring": lambda value: None if value is None else _str(value),
    "transpose": _transpose,
    "trim": lambda text, characters: _str(text).strip(_str(characters)),
    "trimprefix": lambda text, prefix: _str(text).removeprefix(_str(prefix)),
    "trimspace": lambda text: _str(text).strip(),
    "trimsuffix": lambda text, suffix: _str(text).removesuffix(_str(suffix)),
    "upper": lambda text: _str(text).upper(),
    "values": lambda value: [value[key] for key in sorted(_map(value))],
    "yamldecode": _yamldecode,
    "zipmap": _zipmap,
}
"""By name. A function that is not here makes an unknown value."""

TOLERANT = frozenset(
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
