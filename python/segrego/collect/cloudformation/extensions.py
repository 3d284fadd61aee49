"""``Fn::ForEach`` and ``AWS::Include`` carried out: what makes parts of a template that are not written in it.

Source: CloudFormation user guide, "Fn::ForEach" (AWS::LanguageExtensions) and "AWS::Include transform". cfn-lint
carries out ``Fn::ForEach`` too, but where a collection is not known it goes on with values that it makes up, which for
a linter is right and here would be agents that nobody has; and it brings sympy, at 80 MB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.template import MAX_VALUES, Map, Seq, decode
from segrego.collect.cloudformation.text import as_text
from segrego.errors import InputError

__all__ = ["Expansion", "Snippets", "expand", "wants_expansion"]

_LOOP = "Fn::ForEach::"
_TRANSFORM = "Fn::Transform"
_INCLUDE = "AWS::Include"
_SECTIONS = ("Mappings", "Conditions", "Resources", "Outputs")


class Snippets(Mapping[str, Map]):
    """Files that templates may include, parsed when one does. A look-up raises
    :class:`~segrego.errors.InputError` for a file that cannot be parsed."""

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}
        self._parsed: dict[str, Map] = {}

    def add(self, name: str, data: bytes) -> None:
        """A file by its name."""
        self._data[name] = data

    def __getitem__(self, name: str) -> Map:
        if name not in self._parsed:
            self._parsed[name] = decode(self._data[name], name)
        return self._parsed[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __contains__(self, name: object) -> bool:
        return name in self._data


@dataclass
class Expansion:
    """A template with its loops and includes carried out. ``left`` is what was not: line and why. ``origins`` are the
    files and lines of resources that came from another file."""

    template: Map
    left: list[tuple[int | None, str]] = field(default_factory=list)
    origins: dict[str, tuple[str, int | None]] = field(default_factory=dict)


def wants_expansion(template: Map) -> bool:
    """Whether a template holds a loop or an include. Cheap: looks at keys, and builds nothing."""
    stack: list[Any] = [template]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if not isinstance(node, Map | Seq) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Map):
            if any(key == _TRANSFORM or key.startswith(_LOOP) for key in node) or node.get("Name") == _INCLUDE:
                return True
            stack.extend(node.values())
        else:
            stack.extend(node)
    return False


def expand(scope: Scope, snippets: Mapping[str, Map]) -> Expansion:
    """The template of a scope, whose parameters and maps tell what loops run over. ``snippets`` are the files that may
    be included, by name."""
    return _Expander(scope, snippets).run()


class _TooManyError(Exception):
    """The loops make more than a template may hold."""


class _Expander:
    def __init__(self, scope: Scope, snippets: Mapping[str, Map]) -> None:
        self._scope = scope
        self._snippets = snippets
        self._made = 0
        self._result = Expansion(Map(scope.template.line))

    def run(self) -> Expansion:
        template = self._result.template
        template.lines = dict(self._scope.template.lines)
        template.update(self._scope.template)
        for include in _includes(template.get("Transform")):
            if not self._merge_sections(template, include):
                self._leave(include.line, "the file that AWS::Include takes in is not there: add it to the scan")
        try:
            for name in _SECTIONS:
                if isinstance(template.get(name), Map):
                    template[name] = self._walk(template[name], {}, top=name == "Resources")
        except _TooManyError:
            self._leave(template.line, f"its loops make more than {MAX_VALUES} values: split the template")
        return self._result

    def _walk(self, node: Any, names: Mapping[str, str], *, top: bool = False) -> Any:
        self._made += 1
        if self._made > MAX_VALUES:
            raise _TooManyError
        if isinstance(node, str):
            return _named(node, names)
        if isinstance(node, Seq):
            sequence = Seq(node.line)
            sequence.extend(self._walk(item, names) for item in node)
            return sequence
        if not isinstance(node, Map):
            return node
        if len(node) == 1 and isinstance(name := node.get("Ref"), str) and name in names:
            return names[name]
        return self._mapping(node, names, top=top)

    def _mapping(self, node: Map, names: Mapping[str, str], *, top: bool) -> Map:
        mapping = Map(node.line)
        for key, item in node.items():
            line = node.lines.get(key, node.line)
            if key.startswith(_LOOP):
                self._loop(mapping, key, item, line, names, top=top)
            elif key == _TRANSFORM and isinstance(item, Map) and item.get("Name") == _INCLUDE:
                if not self._merge(mapping, item, line if top else None):
                    self._put(mapping, key, item, line)  # what reads it says what it hides
            else:
                self._put(mapping, _named(key, names), self._walk(item, names), line)
        return mapping

    def _put(self, mapping: Map, key: str, value: Any, line: int) -> None:
        if key in mapping:
            self._leave(line, f"{key} would stand twice: give what the loop makes names of their own")
        mapping[key] = value
        mapping.lines[key] = line

    def _leave(self, line: int | None, why: str) -> None:
        self._result.left.append((line, why))

    def _loop(self, mapping: Map, key: str, item: Any, line: int, names: Mapping[str, str], *, top: bool) -> None:
        if not isinstance(item, Seq) or len(item) != 3 or not isinstance(item[0], str) or not isinstance(item[2], Map):
            self._leave(line, f"{key} is not [identifier, collection, output]: correct it")
            return
        values = self._scope.resolve(self._walk(item[1], names))
        texts = [as_text(value) for value in values] if isinstance(values, Seq) else [None]
        if any(text is None or text.unresolved for text in texts):
            self._leave(line, f"what {key} runs over is known only at deployment: give its parameter a value")
            return
        for text in texts:
            made = self._mapping(item[2], {**names, item[0]: str(text)}, top=top)
            for name, value in made.items():
                self._put(mapping, name, value, made.lines[name])

    def _merge(self, mapping: Map, include: Map, line: int | None) -> bool:
        """Put the content of an included file beside what stands there. Whether it is in the scan."""
        parameters = include.get("Parameters")
        location = as_text(self._scope.resolve(parameters.get("Location"))) if isinstance(parameters, Map) else None
        file = self._scope.scan.assembly.find(self._snippets, self._scope.file, None, location)
        try:
            snippet = self._snippets[file] if file is not None else None
        except InputError:
            snippet = None
        if file is None or snippet is None:
            return False
        self._scope.scan.used.add(file)
        for key, value in snippet.items():
            mapping.setdefault(key, value)
            mapping.lines.setdefault(key, include.line)
            if line is not None:
                self._result.origins[key] = (file, snippet.lines.get(key))
        return True

    def _merge_sections(self, template: Map, include: Map) -> bool:
        """Put the sections of an included file into those of the template."""
        found = Map(include.line)
        if not self._merge(found, include, None):
            return False
        for name, section in found.items():
            own = template.get(name)
            merged = Map(own.line if isinstance(own, Map) else include.line)
            for part in (own, section):
                if isinstance(part, Map):
                    merged.update({key: item for key, item in part.items() if key not in merged})
                    merged.lines.update({key: line for key, line in part.lines.items() if key not in merged.lines})
            template[name] = merged if isinstance(section, Map) else section
        return True


def _includes(transform: Any) -> list[Map]:
    declared = transform if isinstance(transform, Seq) else [transform]
    return [entry for entry in declared if isinstance(entry, Map) and entry.get("Name") == _INCLUDE]


def _named(text: str, names: Mapping[str, str]) -> str:
    """``${Name}`` and ``&{Name}`` replaced by the value that the loop has now; the second leaves letters and digits."""
    for name, value in names.items():
        text = text.replace("${" + name + "}", value)
        text = text.replace("&{" + name + "}", re.sub(r"[^0-9A-Za-z]", "", value))
    return text
