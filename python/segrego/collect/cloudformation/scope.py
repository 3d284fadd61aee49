"""Templates as scopes: what is declared where, and how scopes reach one another.

A part that is known only at deployment becomes ``${Name}``: a parameter without default, a pseudo parameter, an
attribute that AWS chooses. ``AWS::Partition`` is taken for ``aws``. Two texts from one template that are equal stand
for the same value. Text of another template arrives by nested stacks and imports with the resource it denotes attached,
since equal logical ids in two templates are two resources.
"""

from __future__ import annotations

from typing import Any

from segrego.collect.cloudformation.intrinsics import NO_VALUE, Resolver
from segrego.collect.cloudformation.names import ALIASES, SHAPES, arn_account, arn_key
from segrego.collect.cloudformation.template import Map
from segrego.collect.cloudformation.text import Entity, Text, as_text
from segrego.inventory import Location

__all__ = ["Scan", "Scope"]


class Scan:
    """All templates of one scan, and what ties them: exports, nested stacks, names."""

    def __init__(self) -> None:
        self.scopes: dict[str, Scope] = {}
        self.depth = 0
        self._exports: dict[str, list[tuple[Scope, Any]]] | None = None
        self._keys: dict[tuple[str, str], set[Entity]] | None = None
        self._accounts: dict[Entity, str] = {}

    def add(self, name: str, template: Map) -> Scope:
        """The scope of a template."""
        self.scopes[name] = Scope(self, name, template)
        return self.scopes[name]

    def link(self) -> None:
        """Hand the parameters of nested stacks down. Call once, when all templates are in."""
        passed: dict[str, list[tuple[Scope, Map]]] = {}
        for scope in self.scopes.values():
            for logical in scope.of_type("AWS::CloudFormation::Stack"):
                child = scope.child(logical)
                if child is not None and child is not scope:
                    given = scope.properties(logical).get("Parameters")
                    passed.setdefault(child.name, []).append((scope, given if isinstance(given, Map) else Map(0)))
        for name, parents in passed.items():
            self.scopes[name].parents = parents
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

    def named(self, key: tuple[str, str], account: str) -> Entity | None:
        """The one resource of the scan with this name, if a literal ARN's account does not say otherwise."""
        if self._keys is None:
            self._keys = {}
            for scope in self.scopes.values():
                for found, entity in scope.keys().items():
                    self._keys.setdefault(found, set()).add(entity)
        found_here = self._keys.get(key, set())
        if "${" in key[1] or len(found_here) != 1:
            return None
        entity = next(iter(found_here))
        return entity if self.same_account(entity, account) else None

    def same_account(self, entity: Entity, account: str) -> bool:
        """Whether a literal ARN with this account may denote the resource, whose account is the first that is seen."""
        return not account.isdigit() or self._accounts.setdefault(entity, account) == account


class Scope:
    """One template: its parameters, conditions and resources, and how references in it resolve."""

    def __init__(self, scan: Scan, name: str, template: Map) -> None:
        self.scan = scan
        self.name = name
        self.template = template
        self.parameters = _section(template, "Parameters")
        self.conditions = _section(template, "Conditions")
        self.mappings = _section(template, "Mappings")
        self.outputs = _section(template, "Outputs")
        declared = _section(template, "Resources")
        self.lines = declared.lines
        self.resources = {k: v for k, v in declared.items() if isinstance(v, Map) and isinstance(v.get("Type"), str)}
        self.parents: list[tuple[Scope, Map]] = []
        self._named: dict[str, Text] = {}
        self._keys: dict[tuple[str, str], Entity] | None = None
        self._resolver = Resolver(self)

    def type(self, logical: str) -> str:
        """The type of a resource."""
        return str(self.resources[logical]["Type"]).strip()

    def of_type(self, *types: str) -> list[str]:
        """The logical ids of the resources of these types, in the order of the template."""
        return [logical for logical in self.resources if self.type(logical) in types]

    def properties(self, logical: str) -> Map:
        """The properties of a resource as written."""
        found = self.resources[logical].get("Properties")
        return found if isinstance(found, Map) else Map(self.lines.get(logical, 1))

    def property(self, logical: str, *path: str) -> Any:
        """One property, resolved; null if it is not there."""
        node: Any = self.properties(logical)
        for step in path:
            node = node.get(step) if isinstance(node, Map) else None
        value = self.resolve(node)
        return None if value is NO_VALUE else value

    def text(self, logical: str, *path: str) -> Text | None:
        """One property as text; null if it is not there or is no scalar."""
        return as_text(self.property(logical, *path))

    def child(self, logical: str) -> Scope | None:
        """The template of a nested stack, if it is in the scan: ``TemplateURL`` is a path before packaging. The
        CDK writes that path into the metadata."""
        metadata = self.resources[logical].get("Metadata")
        asset = metadata.get("aws:asset:path") if isinstance(metadata, Map) else None
        url = as_text(asset) or self.text(logical, "TemplateURL")
        if url is None or url.unresolved or "://" in url:
            return None
        folder = self.name.rpartition("/")[0]
        return self.scan.scopes.get(_normal(f"{folder}/{url}" if folder else url))

    def name_of(self, logical: str) -> Text:
        """The name of a resource: its name property, or ``${LogicalId}`` where AWS gives the name. It denotes the
        resource for certain, even where a parameter's default is part of the name."""
        entity = (self.name, logical)
        own = Text("${" + logical + "}", unresolved=True, entity=entity)
        if logical not in self._named:
            self._named[logical] = own  # for a name that refers to itself
            shape = SHAPES.get(self.type(logical))
            given = self.text(logical, shape.name) if shape and shape.name else None
            if given is not None:
                self._named[logical] = Text(given, unresolved=given.unresolved, entity=entity)
        return self._named[logical]

    def arn_of(self, logical: str) -> Text | None:
        """The ARN of a resource of a known type."""
        kind = self.type(logical)
        shape = SHAPES.get(kind)
        if shape is None:
            return None
        name = self.name_of(logical)
        resource = str(name)
        if kind.startswith("AWS::IAM::"):
            resource = (self.text(logical, "Path") or "/") + name
        elif kind == "AWS::Bedrock::AgentAlias":
            resource = f"{self.text(logical, 'AgentId') or '${' + logical + '.AgentId}'}/{name}"
        elif kind == "AWS::SSM::Parameter":
            resource = name.removeprefix("/")
        arn = shape.arn.replace("{}", resource)
        return Text(arn, unresolved="${" in arn, entity=(self.name, logical))

    def keys(self) -> dict[tuple[str, str], Entity]:
        """The resources of known types by service and resource part of their ARN."""
        if self._keys is None:
            self._keys = {}
            for logical in self.resources:
                arn = self.arn_of(logical)
                if arn is not None and (key := arn_key(arn)):
                    self._keys.setdefault(key, (self.name, logical))
        return self._keys

    def denoted(self, text: Text) -> Entity | None:
        """The resource that a text stands for: by reference, or by an ARN that is equal but for account and region.
        Aliases and versions lead to what they are of."""
        entity = text.entity
        if entity is None and (key := arn_key(text)):
            account = arn_account(text)
            entity = self._by_key(key, account)
            if entity is None and key[0] == "lambda":
                entity = self._by_key((key[0], key[1].rpartition(":")[0]), account)
        return self.scan_target(entity)

    def _by_key(self, key: tuple[str, str], account: str) -> Entity | None:
        own = self.keys().get(key)
        if own is not None and self.scan.same_account(own, account):
            return own
        return None if own is not None else self.scan.named(key, account)

    def scan_target(self, entity: Entity | None) -> Entity | None:
        """The entity, or what it is an alias or version of."""
        for _ in range(4):
            if entity is None:
                return None
            scope = self.scan.scopes[entity[0]]
            via = ALIASES.get(scope.type(entity[1]))
            if via is None:
                return entity
            text = scope.text(entity[1], via)
            entity = None if text is None else text.entity or scope.keys().get(arn_key(text) or ("", ""))
            if entity is None and text is not None and via == "FunctionName":
                entity = scope.keys().get(("lambda", f"function:{text}"))
        return None

    def location(self, logical: str, line: int | None = None) -> Location:
        """Where a resource stands: the line of its logical id, or of a part of it."""
        found = line or self.lines.get(logical)
        return Location(source=self.name, file=self.name, line=found, address=logical)

    def resolve(self, node: Any) -> Any:
        """A value as :meth:`Resolver.resolve` gives it."""
        return self._resolver.resolve(node)

    def exported(self, node: Any) -> Text:
        """A value for another template: with the resource that it denotes."""
        return self._resolver.exported(node)

    def forget(self) -> None:
        """Drop what was resolved before all templates were linked."""
        self._resolver.forget()
        self._named.clear()
        self._keys = None

    def take_dangling(self) -> list[str]:
        """The references to nothing since the last call, sorted."""
        found = sorted(self._resolver.dangling)
        self._resolver.dangling.clear()
        return found


def _section(template: Map, name: str) -> Map:
    found = template.get(name)
    return found if isinstance(found, Map) else Map(1)


def _normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if path.startswith("/") else "") + "/".join(parts)
