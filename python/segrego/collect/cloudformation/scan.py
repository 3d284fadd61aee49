"""All templates of one scan, and what ties them together: stacks that nest others, exports, names.

Every stack is a scope of its own. A template that no other nests is one stack; one that is nested is as many as there
are nested stacks of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from segrego.collect.cloudformation.assembly import Assembly
from segrego.collect.cloudformation.scope import Environment, Parent, Scope
from segrego.collect.cloudformation.template import Map
from segrego.collect.cloudformation.text import Entity, as_text

__all__ = ["MAX_STACKS", "NESTED", "Scan"]

MAX_STACKS = 2000
"""Most stacks that are made of the templates of one scan. An account may have 2,000 in a region."""

MAX_NESTED_RESOURCES = 100_000
"""Most resources of all nested stacks together. A stack may have 500."""

NESTED = "AWS::CloudFormation::Stack"
_STORED = "AWS::SSM::Parameter"

Prepare = Callable[[Scope], None]
"""Carries out what makes parts of a template that are not written in it."""

_TOKEN = re.compile(r"\$\{([^}]*)\}")
_SAME_EVERYWHERE = frozenset({"AWS::Region", "AWS::AccountId"})
"""Pseudo parameters that are equal in all stacks that hand values to each other."""


class Scan:
    """The stacks of a scan. ``scopes`` are all of them by name, once they are linked; ``used`` are files that templates
    took in."""

    def __init__(self) -> None:
        self.scopes: dict[str, Scope] = {}
        self.assembly = Assembly()
        self.depth = 0
        self._nested = 0
        self.templates: dict[str, Map] = {}
        self.used: set[str] = set()
        self._exports: dict[str, list[tuple[Scope, Any]]] | None = None
        self._stored: dict[str, list[tuple[Scope, str]]] | None = None
        self._keys: dict[tuple[str, str], set[Entity]] | None = None
        self._accounts: dict[Entity, str] = {}
        self._foreign: dict[str, tuple[str, str]] = {}

    def add(self, file: str, template: Map) -> None:
        """A template of the scan."""
        self.templates[file] = template

    def link(self, prepare: Prepare) -> None:
        """Make scopes of all stacks. ``prepare`` is called on each before its resources are looked at. Call once,
        when all templates are in."""
        alone = {file: self._scope(file, prepare, None) for file in self.templates}
        nested = {
            child
            for scope in alone.values()
            for logical in scope.of_type(NESTED)
            if (child := self._template_of(scope, logical)) and child != scope.file
        }
        made: list[Scope] = []
        reached: set[str] = set()
        # where templates nest each other in a ring, none is outermost, and the first in order is taken for it
        for file in [*(file for file in alone if file not in nested), *alone]:
            if file not in reached and file not in self.used:
                self._nest(alone[file], made, reached, prepare)
        self._name(made)

    def declared_parameters(self, file: str) -> Map:
        """The parameters that a template declares."""
        found = self.templates[file].get("Parameters")
        return found if isinstance(found, Map) else Map(0)

    def _scope(self, file: str, prepare: Prepare, parent: Parent | None) -> Scope:
        environment = self.assembly.environment_of(file)
        scope = Scope(self, file, self.templates[file], environment if parent is None else Environment(), parent)
        prepare(scope)
        scope.drop_absent()
        return scope

    def _template_of(self, scope: Scope, logical: str) -> str | None:
        metadata = scope.resources[logical].get("Metadata")
        asset = as_text(metadata.get("aws:asset:path")) if isinstance(metadata, Map) else None
        url = scope.text(logical, "TemplateURL")
        return self.assembly.find(self.templates, scope.file, asset, url)

    def _nest(self, root: Scope, made: list[Scope], reached: set[str], prepare: Prepare) -> None:
        waiting = [root]
        while waiting:
            scope = waiting.pop()
            made.append(scope)
            reached.add(scope.file)
            for logical in scope.of_type(NESTED):
                file = self._template_of(scope, logical)
                if file is None:
                    scope.leave(
                        "not_collected",
                        logical,
                        f"{logical} nests a template that is not among the files: add it to the scan",
                    )
                elif file in _files_above(scope):
                    scope.leave("unsupported", logical, f"{logical} nests {file} within itself: end the ring")
                elif len(made) + len(waiting) >= MAX_STACKS or self._nested >= MAX_NESTED_RESOURCES:
                    most = f"{MAX_STACKS} stacks, or {MAX_NESTED_RESOURCES} resources in nested ones"
                    scope.leave("unsupported", logical, f"the scan has more than {most}: scan fewer files at once")
                else:
                    given = scope.properties(logical).get("Parameters")
                    parent = Parent(scope, logical, given if isinstance(given, Map) else Map(0))
                    scope.children[logical] = child = self._scope(file, prepare, parent)
                    self._nested += len(child.resources)
                    waiting.append(child)

    def _name(self, made: Iterable[Scope]) -> None:
        """Give the stacks their names: that of the file, if it makes only one."""
        by_file: dict[str, list[Scope]] = defaultdict(list)
        for scope in made:
            by_file[scope.file].append(scope)
        for file in self.templates:
            for scope in by_file[file]:
                if len(by_file[file]) == 1:
                    scope.name = file
                elif scope.parent is not None:
                    scope.path = _path(scope)
                self.scopes[scope.name] = scope
        self._foreign.clear()
        self._exports = self._stored = None  # of what was asked before all stacks were there
        for scope in self.scopes.values():
            scope.forget()

    def exports(self, name: str) -> list[tuple[Scope, Any]]:
        """The values exported under this name, each with its scope."""
        if self._exports is None:
            self._exports = {}
            for scope in self.scopes.values():
                for output in scope.outputs.values():
                    export = output.get("Export") if isinstance(output, Map) else None
                    exported = as_text(scope.resolve(export.get("Name"))) if isinstance(export, Map) else None
                    if exported is not None:
                        self._exports.setdefault(str(exported), []).append((scope, output.get("Value")))
        return self._exports.get(name, [])

    def stored(self, name: str, reader: Scope) -> tuple[Scope, Any] | None:
        """What the one stack that writes this name into Parameter Store writes there, as it writes it. One that is in
        another account or region than the reader writes another parameter."""
        if self._stored is None:
            self._stored = {}
            for scope in self.scopes.values():
                for logical in scope.of_type(_STORED):
                    self._stored.setdefault(str(scope.name_of(logical)), []).append((scope, logical))
        found = [entity for entity in self._stored.get(name, []) if _is_same_place(entity[0], reader)]
        return (found[0][0], found[0][0].properties(found[0][1]).get("Value")) if len(found) == 1 else None

    def stacks(self, name: str, region: str | None) -> list[Scope]:
        """The stacks that are deployed under a name, in a region if one is given."""
        return [
            scope
            for scope in self.scopes.values()
            if scope.pseudo.get("AWS::StackName") == name and region in (None, scope.pseudo.get("AWS::Region"))
        ]

    def named(self, key: tuple[str, str], account: str) -> Entity | None:
        """The one resource of the scan with this name, if a literal ARN's account does not say otherwise."""
        if self._keys is None:
            self._keys = {}
            for scope in self.scopes.values():
                for found, entity in scope.keys().items():
                    self._keys.setdefault(found, set()).add(entity)
        found_here = self._keys.get(key, set())
        if "${" in key[1]:
            return None
        candidates = [entity for entity in found_here if self.same_account(entity, account, sure=len(found_here) == 1)]
        return candidates[0] if len(candidates) == 1 else None

    def same_account(self, entity: Entity, account: str, *, sure: bool = True) -> bool:
        """Whether a literal ARN with this account may denote the resource. Where the resource's account is not known,
        it is the first that is seen, if nothing else bears its name (``sure``)."""
        if not account.isdigit():
            return sure
        known = self.scopes[entity[0]].pseudo.get("AWS::AccountId")
        if known is not None:
            return known == account
        return sure and self._accounts.setdefault(entity, account) == account

    def carried(self, text: str, home: Scope, to: Scope) -> str:
        """A text of one stack as another reads it: each ``${…}`` says which stack it is of, but for its own."""

        def mark(match: re.Match[str]) -> str:
            inner = match[1]
            origin = self._foreign.get(inner, (home.name, inner))
            if inner in _SAME_EVERYWHERE or origin[0] == to.name:
                return "${" + (inner if inner in _SAME_EVERYWHERE else origin[1]) + "}"
            marked = re.sub(r"[${}:]", "|", f"{origin[0]}#{origin[1]}")
            while self._foreign.setdefault(marked, origin) != origin:
                marked += "'"
            return "${" + marked + "}"

        return _TOKEN.sub(mark, text)

    def home_of(self, scope: Scope, text: str) -> tuple[str, str]:
        """The name of the stack that an expression is of, and the expression as that stack writes it: that of its
        parts, if all are of one, else the stack that puts them together."""
        parts = [inner for inner in _TOKEN.findall(text) if inner not in _SAME_EVERYWHERE]
        homes = {self._foreign.get(inner, (scope.name, inner))[0] for inner in parts}
        if not parts and "${" in text:
            return _outermost(scope).name, text  # known to the account alone, where all nested stacks are
        if len(homes) != 1:
            return scope.name, text
        home = homes.pop()
        return home, _TOKEN.sub(lambda match: "${" + self._foreign.get(match[1], ("", match[1]))[1] + "}", text)


def _is_same_place(scope: Scope, other: Scope) -> bool:
    return all(scope.pseudo.get(name, value) == value for name in _SAME_EVERYWHERE if (value := other.pseudo.get(name)))


def _files_above(scope: Scope | None) -> set[str]:
    found = set()
    while scope is not None:
        found.add(scope.file)
        scope = scope.parent.scope if scope.parent else None
    return found


def _outermost(scope: Scope) -> Scope:
    while scope.parent is not None:
        scope = scope.parent.scope
    return scope


def _path(scope: Scope) -> tuple[str, ...]:
    steps: list[str] = []
    while scope.parent is not None:
        steps.append(scope.parent.logical)
        scope = scope.parent.scope
    return tuple(reversed(steps))
