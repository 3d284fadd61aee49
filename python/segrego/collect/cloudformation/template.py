"""Template text to values that know their line: YAML with CloudFormation's short tags, and JSON.

cfn-lint's decoders were tried and do not hold up on files that somebody else wrote. At 1.58 they compare every key of a
mapping with every other (20,000 keys: 4.5 s), search the tree for every alias (4,000 aliases: 6 s), turn
``2012-10-17`` into a date, and compose through PyYAML's C composer, which overflows the C stack on deep nesting and
ends the process. Here PyYAML's event parser, which does not recurse, feeds a builder that is linear and bounded; JSON,
which is not quite YAML (tabs, surrogate pairs, long keys), has a scanner on top of the standard library's for strings.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from json import decoder
from typing import Any

from segrego.errors import InputError
from segrego.loading import yaml_problem

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "Map", "Seq", "decode", "line_of"]

MAX_BYTES = 8 * 1024 * 1024
"""Largest template that is read, in bytes. CloudFormation itself takes 1 MB."""
MAX_DEPTH = 100
"""Deepest nesting of values. Templates with an inline OpenAPI schema stay below 40."""
MAX_VALUES = 300_000
"""Most values a template may hold once its YAML aliases are followed."""

_HINT = "Correct the file, or leave it out of the scan."
_JSON_SPACE = re.compile(r"[ \t\n\r]*")
_JSON_WORD = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")
_scan_string: Callable[[str, int], tuple[str, int]] = vars(decoder)["scanstring"]  # typeshed leaves it out
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}


class Map(dict[str, Any]):
    """A mapping. ``line`` (from 1) is where it starts, ``lines`` where its keys stand, ``size`` its values in all."""

    __slots__ = ("line", "lines", "size")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}
        self.size = 1


class Seq(list[Any]):
    """A sequence; fields as in :class:`Map`."""

    __slots__ = ("line", "size")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.size = 1


def line_of(value: object) -> int | None:
    """The line (from 1) at which a mapping or sequence starts; null for a scalar."""
    return value.line if isinstance(value, Map | Seq) else None


Doubled = Callable[[str, int], None]
"""Told of a key that stands twice in one mapping, and where it stands again."""


def decode(data: bytes | str, name: str, doubled: Doubled | None = None) -> Map:
    """The template as a mapping. Of a key that stands twice in one mapping the last counts, as for CloudFormation, and
    ``doubled`` is told; without it that is an error.

    Raises :class:`~segrego.errors.InputError`, naming file and line, for anything that is not one well-formed, bounded
    document whose top is a mapping.
    """
    if len(data) > MAX_BYTES:
        raise InputError(
            f"{len(data)} bytes are more than a template may have ({MAX_BYTES})",
            where=name,
            hint="CloudFormation takes templates of up to 1 MB: split it into nested stacks.",
        )
    text = _text(data, name)
    builder = _Builder(name, doubled)
    if text.lstrip()[:1] in ("{", "["):
        _feed_json(text, builder)
    else:
        _feed_yaml(text, builder)
    if not isinstance(builder.root, Map):
        raise InputError("the top of a template must be a mapping", where=name, hint=_HINT)
    return builder.root


def _text(data: bytes | str, name: str) -> str:
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(f"byte {error.start} is not UTF-8", where=f"{name}:{line}", hint=_HINT) from error
    if (position := text.find("\0")) >= 0:
        line = text.count("\n", 0, position) + 1
        raise InputError("a NUL character stands in the text", where=f"{name}:{line}", hint=_HINT)
    return text


class _Builder:
    """Puts values together from the events of either syntax, without recursion."""

    def __init__(self, name: str, doubled: Doubled | None) -> None:
        self.name = name
        self.root: Any = None
        self._doubled = doubled
        self._open: list[Map | Seq] = []
        self._keys: list[tuple[str, int] | None] = []

    def error(self, message: str, line: int) -> InputError:
        return InputError(message, where=f"{self.name}:{line}", hint=_HINT)

    @property
    def wants_key(self) -> bool:
        """Whether the next scalar is the key of the mapping that is open."""
        return bool(self._open) and isinstance(self._open[-1], Map) and self._keys[-1] is None

    @property
    def inner(self) -> Map | Seq | None:
        return self._open[-1] if self._open else None

    def key(self, key: object, line: int) -> None:
        if not isinstance(key, str | int | float) or isinstance(key, bool):
            raise self.error("a key must be text", line)
        mapping = self._open[-1]
        text = str(key)
        if isinstance(mapping, Map) and text in mapping:
            if self._doubled is None:
                raise self.error(f"the key {text!r} stands twice in one mapping", line)
            self._doubled(text, line)
        self._keys[-1] = (text, line)

    def open(self, value: Map | Seq) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} deep", value.line)
        if self.wants_key:
            raise self.error("a key must be text", value.line)
        self._open.append(value)
        self._keys.append(None)

    def close(self) -> Map | Seq:
        self._keys.pop()
        return self._open.pop()

    def add(self, value: Any, line: int) -> None:
        """A finished value: into the innermost open one, or as the root."""
        if not self._open:
            self.root = value
            return
        parent = self._open[-1]
        parent.size += value.size if isinstance(value, Map | Seq) else 1
        if parent.size > MAX_VALUES:
            raise self.error(f"more than {MAX_VALUES} values once aliases are followed", line)
        if isinstance(parent, Seq):
            parent.append(value)
            return
        key = self._keys[-1]
        assert key is not None
        parent[key[0]] = value
        parent.lines[key[0]] = key[1]
        self._keys[-1] = None


def _feed_json(text: str, builder: _Builder) -> None:
    """One JSON value. Commas and brackets are checked by the state that ``expect`` names."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    position, expect = 0, "value"
    while expect != "end":
        position = _skip(text, position)
        line = bisect_right(starts, position)
        char = text[position : position + 1]
        if expect in ("value", "first") and char in ("{", "["):
            builder.open(Map(line) if char == "{" else Seq(line))
            position, expect = position + 1, "first"
        elif char in ("}", "]") and char and expect in ("first", "comma"):
            _close_json(builder, char, line)
            position, expect = position + 1, "comma" if builder.inner is not None else "end"
        elif expect == "comma" and char == ",":
            position, expect = position + 1, "value"
        elif expect in ("value", "first"):
            position, value = _json_scalar(text, position, builder, line)
            if builder.wants_key:
                position, expect = _json_key(text, position, builder, value, line), "value"
            else:
                builder.add(value, line)
                expect = "comma" if builder.inner is not None else "end"
        else:
            raise builder.error(f"not valid JSON: expected ',' or the end of the object, not {char!r}", line)
    if (position := _skip(text, position)) != len(text):
        raise builder.error("not valid JSON: text after the end of the document", bisect_right(starts, position))


def _skip(text: str, position: int) -> int:
    match = _JSON_SPACE.match(text, position)
    assert match is not None
    return match.end()


def _close_json(builder: _Builder, char: str, line: int) -> None:
    inner = builder.inner
    if inner is None or isinstance(inner, Map) != (char == "}") or (isinstance(inner, Map) and not builder.wants_key):
        raise builder.error(f"not valid JSON: unexpected {char!r}", line)
    closed = builder.close()
    builder.add(closed, line)


def _json_scalar(text: str, position: int, builder: _Builder, line: int) -> tuple[int, object]:
    if text[position : position + 1] == '"':
        try:
            value, end = _scan_string(text, position + 1)
        except ValueError as error:
            raise builder.error(f"not valid JSON: {getattr(error, 'msg', error)}", line) from error
        return end, value
    match = _JSON_WORD.match(text, position)
    if match is None or builder.wants_key:
        raise builder.error(f"not valid JSON: unexpected {text[position : position + 1]!r}", line)
    word = match.group()
    return match.end(), _WORDS[word] if word in _WORDS else _number(word)


def _json_key(text: str, position: int, builder: _Builder, key: object, line: int) -> int:
    builder.key(key, line)
    position = _skip(text, position)
    if text[position : position + 1] != ":":
        raise builder.error("not valid JSON: expected ':' after a key", line)
    return position + 1


def _number(word: str) -> object:
    """A number that prints as it was written; else its text, as an account id that begins with 0 must stay."""
    try:
        value = float(word) if re.search("[.eE]", word) else int(word)
    except ValueError:
        return word
    return value if str(value) == word else word


def _feed_yaml(text: str, builder: _Builder) -> None:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    reader = None
    try:
        reader = loader(text)
        _YamlFeeder(reader, builder).run()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise builder.error(f"not valid YAML: {yaml_problem(error)}", line) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise builder.error(f"not valid YAML: {error.reason}", line) from error
    finally:
        if reader is not None:
            reader.dispose()


class _YamlFeeder:
    """Turns YAML events into values: aliases, merge keys, CloudFormation's tags."""

    def __init__(self, reader: Any, builder: _Builder) -> None:
        self._reader = reader
        self._builder = builder
        self._anchors: dict[str, Any] = {}
        self._open: list[tuple[str | None, str | None, int]] = []
        self._documents = 0

    def run(self) -> None:
        import yaml

        while (event := self._reader.get_event()) is not None:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    raise self._builder.error("a second YAML document begins here", line)
            elif isinstance(event, yaml.AliasEvent):
                self._put(self._alias(event.anchor, line), None, None, line)
            elif isinstance(event, yaml.ScalarEvent):
                # a key is text, whatever else `on` or `200` would mean
                as_text = self._builder.wants_key or _short(event.tag)
                value = event.value if as_text else self._scalar(event)
                self._put(value, event.anchor, event.tag, line)
            elif isinstance(event, yaml.CollectionStartEvent):
                # anchored under a value that is not there yet, so that an alias inside itself is known as one
                self._builder.open(Map(line) if isinstance(event, yaml.MappingStartEvent) else Seq(line))
                self._open.append((event.anchor, event.tag, line))
                self._anchors[event.anchor or ""] = _OPEN
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, tag, start = self._open.pop()
                self._put(self._merged(self._builder.close()), anchor, tag, start)

    def _alias(self, anchor: str | None, line: int) -> Any:
        value = self._anchors.get(anchor, _NONE) if anchor else _NONE
        if value is _OPEN:
            raise self._builder.error("an alias contains itself", line)
        if value is _NONE:
            raise self._builder.error(f"the alias {anchor!r} has no anchor", line)
        return value

    def _put(self, value: Any, anchor: str | None, tag: str | None, line: int) -> None:
        value = _tagged(value, tag, line)
        if anchor:
            self._anchors[anchor] = value
        if self._builder.wants_key:
            self._builder.key(value, line)
        else:
            self._builder.add(value, line)

    def _scalar(self, event: Any) -> object:
        """As YAML 1.1 resolves it, but dates and numbers in other notations stay the text that they are."""
        import yaml

        tag = event.tag or self._reader.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag == "tag:yaml.org,2002:null":
            return None
        if tag == "tag:yaml.org,2002:bool":
            return event.value.lower() in ("true", "yes", "on")
        if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
            return _number(event.value)
        return event.value

    def _merged(self, value: Map | Seq) -> Map | Seq:
        """The mapping with its merge key (``<<``) carried out, as the AWS CLI's ``package`` does before it deploys."""
        if not isinstance(value, Map) or "<<" not in value:
            return value
        sources = value.pop("<<")
        line = value.lines.pop("<<")
        for source in sources if isinstance(sources, Seq) else [sources]:
            if not isinstance(source, Map):
                raise self._builder.error("a merge key must name mappings", line)
            for key, item in source.items():
                value.setdefault(key, item)
                value.lines.setdefault(key, source.lines[key])
        return value


_OPEN, _NONE = object(), object()


def _short(tag: str | None) -> bool:
    return tag is not None and tag.startswith("!") and len(tag) > 1


def _tagged(value: Any, tag: str | None, line: int) -> Any:
    """``!Ref X`` in its long form."""
    if tag is None or not _short(tag):
        return value
    name = tag[1:]
    if name == "GetAtt" and isinstance(value, str):
        logical, _, attribute = value.partition(".")
        value = [logical, attribute]
    long = Map(line)
    key = name if name in ("Ref", "Condition") else f"Fn::{name}"
    long[key] = value
    long.lines[key] = line
    long.size += value.size if isinstance(value, Map | Seq) else 1
    return long
