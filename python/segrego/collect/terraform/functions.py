"""Terraform's functions, as far as they are the same at any time and on any machine.

Each takes values and gives one. What depends on an unknown value is unknown: :data:`FUNCTIONS` are called only with
values that they can look at (:mod:`segrego.collect.terraform.openness`).
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import math
import re
from collections.abc import Callable
from typing import Any

from segrego.collect.terraform.conversions import (
    MAX_ITEMS,
    MAX_TEXT,
    as_bool,
    as_known_text,
    as_list,
    as_map,
    as_number,
    as_text,
    as_whole,
    encode,
    identity,
    join_texts,
    kind_of,
    ordered,
)
from segrego.collect.terraform.references import Attribute
from segrego.collect.terraform.terms import Document, EvaluationError, Keys, UndecidedError, Unknown, is_open

__all__ = ["FUNCTIONS"]


def _bounded(values: list[Any]) -> list[Any]:
    if len(values) > MAX_ITEMS:
        raise EvaluationError("too many elements")
    return values


_FORMAT = re.compile(r"%(?:%|(?:\[(\d+)\])?([-+ #0]*)(\d+)?(?:\.(\d+))?([vdsqftTbxXoegEG]))")


def _format(template: Any, *values: Any) -> str:
    """``format`` as Go's verbs, for those that are in use."""
    text, parts, position, at = as_known_text(template), list[str](), 0, 0
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
        made = format(as_whole(value), verb)
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
    found = next((value for value in values if as_list(value)), None)
    if found is None:
        raise EvaluationError("coalescelist has no argument left")
    return as_list(found)


def _lookup(found: Any, key: Any, *default: Any) -> Any:
    if is_open(key) and key not in as_map(found):
        raise UndecidedError
    if as_known_text(key) in as_map(found):
        return found[as_known_text(key)]
    if default:
        return default[0]
    raise EvaluationError("lookup finds no such key")


def _element(values: Any, index: Any) -> Any:
    if not as_list(values):
        raise EvaluationError("element of an empty list")
    return values[as_whole(index) % len(values)]


def _flatten(values: Any) -> list[Any]:
    made: list[Any] = []
    stack = [iter(as_list(values))]
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
        made.update(as_map(value) if value is not None else {})
    return made


def _slice(values: Any, start: Any, end: Any) -> list[Any]:
    if not 0 <= as_whole(start) <= as_whole(end) <= len(as_list(values)):
        raise EvaluationError("slice is out of bounds")
    return list(values[as_whole(start) : as_whole(end)])


def _range(*bounds: Any) -> list[Any]:
    numbers = [as_whole(bound) for bound in bounds]
    start, stop = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    step = numbers[2] if len(numbers) > 2 else (1 if start <= stop else -1)
    if step == 0 or len(range(start, stop, step)) > 1024:  # Terraform's own limit
        raise EvaluationError("range makes too many numbers")
    return list(range(start, stop, step))


def _setproduct(*values: Any) -> list[Any]:
    if math.prod(len(as_list(value)) for value in values) > MAX_ITEMS:
        raise EvaluationError("setproduct makes too many elements")
    return [list(row) for row in itertools.product(*values)]


def _replace(text: Any, old: Any, new: Any) -> str:
    subject, wanted, other = as_known_text(text), as_known_text(old), as_known_text(new)
    if len(wanted) > 1 and wanted[0] == wanted[-1] == "/":
        return _replaced(subject, wanted[1:-1], other)
    grown = subject.count(wanted) * max(0, len(other) - len(wanted)) + len(subject)
    if grown > MAX_TEXT:
        raise EvaluationError("a text that is too long")
    return subject.replace(wanted, other)


def _join(separator: Any, *lists: Any) -> str:
    return join_texts([value for values in lists for value in as_list(values)], as_known_text(separator))


def _split(separator: Any, text: Any) -> list[Any]:
    subject, between = as_known_text(text), as_known_text(separator)
    return _bounded(subject.split(between) if between else list(subject))


_HARMLESS = re.compile(r"(?:[^()|{}*+?\\]|\\[\w.\-/])*(?:[+](?:[^()|{}*+?\\]|\\[\w.\-/])*)?")
"""A regular expression without groups and with one repetition at most: it takes time with the square of a text at
worst."""


def _replaced(text: str, pattern: str, other: str) -> str:
    """``replace`` with a regular expression. One that might run for long is not run, whoever wrote it."""
    if len(text) > 1024 or not _HARMLESS.fullmatch(pattern) or "$" in other or not pattern.isascii():
        raise UndecidedError
    try:
        return re.sub(pattern, lambda _: other, text, flags=re.ASCII)
    except re.error as error:
        raise EvaluationError("replace with what is no regular expression") from error


def _substr(text: Any, offset: Any, length: Any) -> str:
    start, size, subject = as_whole(offset), as_whole(length), as_known_text(text)
    start = start + len(subject) if start < 0 else start
    return subject[start:] if size < 0 else subject[start : start + size]


def _index(values: Any, wanted: Any) -> int:
    try:
        return as_list(values).index(wanted)
    except ValueError:
        raise EvaluationError("index finds no such element") from None


def _zipmap(keys: Any, values: Any) -> dict[str, Any]:
    if len(as_list(keys)) != len(as_list(values)):
        raise EvaluationError("zipmap needs lists of one length")
    return {as_known_text(key): value for key, value in zip(keys, values, strict=True)}


def _transpose(value: Any) -> dict[str, Any]:
    made: dict[str, list[str]] = {}
    for key, names in as_map(value).items():
        for name in as_list(names):
            made.setdefault(as_known_text(name), []).append(key)
    return {key: sorted(made[key]) for key in sorted(made)}


def _jsondecode(text: Any) -> Any:
    if isinstance(text, Document):
        return text.value
    try:
        return json.loads(as_known_text(text))
    except (ValueError, RecursionError) as error:
        raise EvaluationError("jsondecode of what is no JSON") from error


def _yamldecode(text: Any) -> Any:
    from segrego.errors import InputError
    from segrego.loading import load

    try:
        return load(as_known_text(text).encode(), "yamldecode").value
    except (InputError, UnicodeEncodeError) as error:
        raise EvaluationError("yamldecode of what cannot be read") from error


def _base64decode(text: Any) -> str:
    try:
        return base64.b64decode(as_known_text(text), validate=True).decode()
    except ValueError as error:
        raise EvaluationError("base64decode of what is no text") from error


def _sort(values: Any) -> list[Any]:
    return sorted(as_known_text(value) for value in as_list(values))


def _title(text: Any) -> str:
    return re.sub(r"(^|\s)(\S)", lambda match: match[1] + match[2].upper(), as_known_text(text))


def _distinct(values: Any) -> list[Any]:
    return list({identity(value): value for value in as_list(values)}.values())


def _sets(operate: Callable[[set[str], set[str]], set[str]]) -> Callable[..., Keys]:
    def function(*values: Any) -> Keys:
        found = {identity(value): value for group in values for value in as_list(group)}
        sets = [{identity(value) for value in group} for group in values]
        kept = sets[0]
        for other in sets[1:]:
            kept = operate(kept, other)
        return ordered(found[key] for key in kept)

    return function


def _one(values: Any) -> Any:
    if len(as_list(values)) > 1:
        raise EvaluationError("one of several elements")
    return values[0] if values else None


def _length(value: Any) -> int:
    if not isinstance(value, dict | list | str):
        raise EvaluationError(f"{kind_of(value)} has no length")
    return len(value)


def _contains(values: Any, wanted: Any) -> bool:
    if wanted in as_list(values):
        return True
    if any(map(is_open, values)):
        raise UndecidedError
    return False


def _tomap(value: Any) -> dict[str, Any]:
    return dict(as_map(value))


def _compact(values: Any) -> list[Any]:
    return [value for value in as_list(values) if value is not None and value != ""]


def _sum(values: Any) -> float:
    return sum(as_number(value) for value in as_list(values))


def _chunklist(values: Any, size: Any) -> list[Any]:
    if as_whole(size) < 1:
        raise EvaluationError("chunklist needs a positive size")
    return [list(values[at : at + as_whole(size)]) for at in range(0, len(as_list(values)), as_whole(size))]


def _digest(name: str) -> Callable[[Any], str]:
    return lambda text: hashlib.new(name, as_known_text(text).encode(), usedforsecurity=False).hexdigest()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": lambda value: abs(as_number(value)),
    "alltrue": lambda values: all(as_bool(value) for value in as_list(values)),
    "anytrue": lambda values: any(as_bool(value) for value in as_list(values)),
    "base64decode": _base64decode,
    "base64encode": lambda text: base64.b64encode(as_known_text(text).encode()).decode(),
    "basename": lambda text: as_known_text(text).rstrip("/").rpartition("/")[2],
    "ceil": lambda value: math.ceil(as_number(value)),
    "chomp": lambda text: as_known_text(text).rstrip("\r\n"),
    "chunklist": _chunklist,
    "coalesce": _coalesce,
    "coalescelist": _coalescelist,
    "compact": _compact,
    "concat": lambda *values: _bounded([item for value in values for item in as_list(value)]),
    "contains": _contains,
    "dirname": lambda text: as_known_text(text).rpartition("/")[0] or ".",
    "distinct": _distinct,
    "element": _element,
    "endswith": lambda text, end: as_known_text(text).endswith(as_known_text(end)),
    "flatten": _flatten,
    "floor": lambda value: math.floor(as_number(value)),
    "format": _format,
    "formatlist": _formatlist,
    "index": _index,
    "join": lambda separator, *lists: join_texts(
        [v for values in lists for v in as_list(values)], as_known_text(separator)
    ),
    "jsondecode": _jsondecode,
    "jsonencode": encode,
    "keys": lambda value: sorted(as_map(value)),
    "length": _length,
    "lookup": _lookup,
    "lower": lambda text: as_known_text(text).lower(),
    "max": lambda *values: max(map(as_number, values)),
    "md5": _digest("md5"),
    "merge": _merge,
    "min": lambda *values: min(map(as_number, values)),
    "nonsensitive": lambda value: value,
    "one": _one,
    "parseint": lambda text, base: int(as_known_text(text), as_whole(base)),
    "range": _range,
    "replace": _replace,
    "reverse": lambda values: list(reversed(as_list(values))),
    "sensitive": lambda value: value,
    "setintersection": _sets(set.intersection),
    "setproduct": _setproduct,
    "setsubtract": _sets(set.difference),
    "setunion": _sets(set.union),
    "sha1": _digest("sha1"),
    "sha256": _digest("sha256"),
    "slice": _slice,
    "sort": _sort,
    "split": _split,
    "startswith": lambda text, start: as_known_text(text).startswith(as_known_text(start)),
    "strcontains": lambda text, part: as_known_text(part) in as_known_text(text),
    "strrev": lambda text: as_known_text(text)[::-1],
    "substr": _substr,
    "sum": _sum,
    "title": _title,
    "tobool": lambda value: None if value is None else as_bool(value),
    "tolist": lambda value: list(as_list(value)),
    "tomap": _tomap,
    "tonumber": lambda value: None if value is None else as_number(value),
    "toset": lambda values: ordered(as_list(values)),
    "tostring": lambda value: None if value is None else as_known_text(value),
    "transpose": _transpose,
    "trim": lambda text, characters: as_known_text(text).strip(as_known_text(characters)),
    "trimprefix": lambda text, prefix: as_known_text(text).removeprefix(as_known_text(prefix)),
    "trimspace": lambda text: as_known_text(text).strip(),
    "trimsuffix": lambda text, suffix: as_known_text(text).removesuffix(as_known_text(suffix)),
    "upper": lambda text: as_known_text(text).upper(),
    "values": lambda value: [value[key] for key in sorted(as_map(value))],
    "yamldecode": _yamldecode,
    "zipmap": _zipmap,
}
"""By name. A function that is not here makes an unknown value."""
