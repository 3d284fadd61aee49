"""Reading JSON and YAML that somebody else wrote: bounded, duplicate keys refused, errors with file and line."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from segrego.errors import InputError, suggestion

__all__ = ["Document", "convert", "load", "yaml_problem"]

T = TypeVar("T")

MAX_NODES = 20_000_000
"""Most values a document may hold once its YAML aliases are followed: a bomb of nested aliases ends here."""

MAX_DEPTH = 200
"""Deepest nesting of a YAML document."""

MAX_JSON_LINES = 1_000_000
"""Longest JSON text, in characters, of which errors tell the line: what people write is shorter."""

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)


class Document(msgspec.Struct, frozen=True):
    """A parsed document. ``line(path)`` gives the line (from 1) of a msgspec error path such as ``$.roles[0].name``:
    that of the key, or of the item; null where positions are not known."""

    value: Any
    line: Callable[[str], int | None]


def load(data: bytes, name: str) -> Document:
    """Parse JSON (by its first character) or YAML.

    Raises :class:`~segrego.errors.InputError`, naming file and line, for anything that is not one well-formed
    document.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start} is not UTF-8", where=name, hint="Give a JSON or YAML text file in UTF-8."
        ) from error
    return _load_json(text, name) if text.lstrip()[:1] in ("{", "[") else _load_yaml(text, name)


def convert(document: Document, model: type[T], name: str, error_type: type[InputError], hint: str) -> T:
    """The document as ``model``; a field that is unknown or of the wrong type raises ``error_type`` with its path
    and line, and names the field that was probably meant."""
    try:
        return msgspec.convert(document.value, model)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at ")
        path = place.split("`")[-2] if place else "$"  # "`$.roles[0]`", or "`key` in `$.tags`"
        if unknown := _UNKNOWN_FIELD.fullmatch(message):
            hint = suggestion(unknown[1], _fields(model, path), hint)
        line = document.line(f"{path}.{unknown[1]}" if unknown else path)
        where = f"{name}:{line}" if line else name
        at = f" at {path}" if path != "$" else ""
        raise error_type(f"{message[:1].lower()}{message[1:]}{at}", where=where, hint=hint) from error


def _fields(model: Any, path: str) -> list[str]:
    """The fields that a model has at a path; none where it is no object there."""
    from msgspec import inspect

    kind: Any = inspect.type_info(model)
    for key, _ in _STEP.findall(path):
        for option in getattr(kind, "types", (kind,)):
            if isinstance(option, inspect.StructType) and key:
                kind = next((field.type for field in option.fields if field.encode_name == key), None)
            elif isinstance(option, inspect.VarTupleType | inspect.ListType):
                kind = option.item_type
    options = getattr(kind, "types", (kind,))
    return [field.encode_name for o in options if isinstance(o, inspect.StructType) for field in o.fields]


def yaml_problem(error: Any) -> str:
    """What PyYAML's ``MarkedYAMLError`` says, with the line where the thing that did not end began."""
    problem = str(error.problem or error.context or "unknown error")
    begun = error.context_mark.line + 1 if error.context_mark and error.problem else None
    if begun is None or (error.problem_mark and error.problem_mark.line + 1 == begun):
        return problem
    return f"{problem} {error.context or 'in what'} that begins in line {begun}"


def _load_json(text: str, name: str) -> Document:
    try:
        return Document(json.loads(text, object_pairs_hook=_unique), _JsonLines(text))
    except json.JSONDecodeError as error:
        raise InputError(
            f"not valid JSON: {error.msg}", where=f"{name}:{error.lineno}", hint="Correct the syntax there."
        ) from error
    except _DuplicateKeyError as error:
        raise InputError(
            f"the key {error.args[0]!r} stands twice in one object", where=name, hint="Keep one of the two."
        ) from error
    except ValueError as error:  # an integer of thousands of digits
        raise InputError(f"not valid JSON: {error}", where=name, hint="Correct the value.") from error
    except RecursionError as error:
        raise InputError("nested too deeply to be read", where=name, hint="Check what made this file.") from error


class _DuplicateKeyError(ValueError):
    pass


class _JsonLines:
    """Lines of a JSON text of moderate size, found when they are first asked for. JSON is YAML, but for long keys."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, path: str) -> int | None:
        return None if self._root is None else _line(self._root, path)

    @cached_property
    def _root(self) -> Any:
        import yaml

        if len(self._text) > MAX_JSON_LINES:
            return None
        loader_type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            _check_depth(yaml.parse(self._text, Loader=loader_type), "")
            return yaml.compose(self._text, Loader=loader_type)
        except (yaml.YAMLError, InputError):
            return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise _DuplicateKeyError(counts.most_common(1)[0][0])
    return found


def _load_yaml(text: str, name: str) -> Document:
    import yaml

    loader_type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader = loader_type(text)
    try:
        _check_depth(yaml.parse(text, Loader=loader_type), name)
        node = loader.get_single_node()
        if node is None:
            raise InputError("the file is empty", where=name, hint="Give a document with content.")
        _check(node, name)
        return Document(loader.construct_document(node), lambda path: _line(node, path))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        raise InputError(
            f"not valid YAML: {yaml_problem(error)}", where=where, hint="Correct the syntax there."
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"not valid YAML: {error}", where=name, hint="Correct the file.") from error
    except RecursionError as error:
        raise InputError("nested too deeply to be read", where=name, hint="Check what made this file.") from error
    finally:
        loader.dispose()


def _check_depth(events: Iterable[Any], name: str) -> None:
    """Refuse what is nested too deeply before it is composed: PyYAML's C composer recurses, and crashes the process."""
    depth = 0
    for event in events:
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if depth > MAX_DEPTH:
            raise InputError(
                "nested too deeply to be read",
                where=f"{name}:{event.start_mark.line + 1}",
                hint="Check what made this file.",
            )


def _check(root: Any, name: str) -> None:
    """Refuse duplicate keys, aliases that contain themselves, and aliases that multiply without bound."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, done = stack.pop()
        children = _children(node)
        if done:
            open_nodes.discard(id(node))
            sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children)
            if sizes[id(node)] > MAX_NODES:
                raise _at(node, name, f"more than {MAX_NODES} values once aliases are followed", "Remove the aliases.")
        elif id(node) in open_nodes:
            raise _at(node, name, "an alias contains itself", "Remove the alias.")
        elif id(node) not in sizes:
            _refuse_duplicates(node, name)
            open_nodes.add(id(node))
            stack.append((node, True))
            stack.extend((child, False) for child in children if id(child) not in sizes)


def _children(node: Any) -> list[Any]:
    if node.id == "mapping":
        return [part for pair in node.value for part in pair]
    return list(node.value) if node.id == "sequence" else []


def _refuse_duplicates(node: Any, name: str) -> None:
    if node.id != "mapping":
        return
    seen: set[str] = set()
    for key, _ in node.value:
        if key.id == "scalar" and key.value in seen:
            raise _at(key, name, f"the key {key.value!r} stands twice in one mapping", "Keep one of the two.")
        seen.add(key.value if key.id == "scalar" else "")


def _at(node: Any, name: str, message: str, hint: str) -> InputError:
    return InputError(message, where=f"{name}:{node.start_mark.line + 1}", hint=hint)


def _line(node: Any, path: str) -> int | None:
    """The line of the key or item at a msgspec path, or of the nearest one above it."""
    line = int(node.start_mark.line) + 1
    for key, index in _STEP.findall(path):
        if index and node.id == "sequence" and index.isdigit() and int(index) < len(node.value):
            node = node.value[int(index)]
            line = int(node.start_mark.line) + 1
        elif key and node.id == "mapping" and (pair := next((p for p in node.value if p[0].value == key), None)):
            line = int(pair[0].start_mark.line) + 1
            node = pair[1]
        else:
            break
    return line
