"""Instances of resources and of modules: what references in expressions lead to."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from segrego.collect.terraform.computed import computed
from segrego.collect.terraform.constraints import conformed
from segrego.collect.terraform.environment import Env
from segrego.collect.terraform.folders import Folder
from segrego.collect.terraform.plan import Instance, Key, Scope
from segrego.collect.terraform.references import Attribute, Opaque
from segrego.collect.terraform.syntax import Block, Body, Expr, Literal
from segrego.collect.terraform.terms import Text, Unknown, is_open
from segrego.collect.terraform.values import MISSING

if TYPE_CHECKING:
    from segrego.collect.terraform.configuration import Root

__all__ = ["MAX_NESTED", "Module", "Resource"]

MAX_NESTED = 16
"""Deepest nesting of module calls."""

_NAMES = frozenset({"bucket", "bucket_name", "function_name", "id", "name", "role_name"})
"""Attributes that other resources refer to a resource by. Names may be equal where the resources are not."""


@dataclass(slots=True, eq=False)
class Resource:
    """An instance of a resource or data source; its attributes are worked out when they are asked for."""

    root: Root
    block: Block
    scope: Module
    instance: Instance
    env: Env

    def attribute(self, name: str) -> Any:
        """The value of an attribute, set or computed; unknown where only an apply can tell. A name keeps what it
        names."""
        unknown = Unknown(Attribute(self.instance, name))
        value = self.root.evaluator.once((self, name), lambda: self._attribute(name, unknown), lambda: unknown)
        if name in _NAMES and self.instance.managed and isinstance(value, str) and getattr(value, "leaf", None) is None:
            return Text(value, Attribute(self.instance, name))
        return value

    def _attribute(self, name: str, unknown: Unknown) -> Any:
        written = self.written(name)
        if written is not MISSING and written is not None:
            return written
        return self.root.evaluator.apart(lambda: computed(self, name, unknown))

    def written(self, name: str) -> Any:
        """What the block says of an attribute; missing where it says nothing."""
        unknown = Unknown(Attribute(self.instance, name))
        return self.root.evaluator.once((self, name, "written"), lambda: self._written(name), lambda: unknown)

    def _written(self, name: str) -> Any:
        body = self.block.body
        if name in body.attributes:
            return self.root.bodies.value(body.attributes[name], self.env)
        found = self.root.bodies.blocks(body, self.env, only=name)
        return found.get(name, MISSING)

    def render(self, text: str, names: Mapping[str, Any]) -> Any:
        """A template that stands in the block, and sees these names alone."""
        name, line = f"{self.instance.address}.template", self.block.line
        return self.root.evaluator.render(text, name, names, self.env, Literal(line, name, None))

    def provider(self) -> Mapping[str, Any]:
        """The arguments of the provider that the resource belongs to, as far as they are known."""
        return self.root.providers.arguments(self.root.providers.key(self.block, self.scope))


@dataclass(slots=True, eq=False)
class Module:
    """An instance of a module."""

    root: Root
    folder: Folder
    address: str
    path: str
    plan_scope: Scope
    parent: Module | None = None
    call: Block | None = None
    env: Env | None = None
    depth: int = 0

    def attribute(self, name: str) -> Any:
        """An output."""
        block = self.folder.outputs.get(name)
        unknown = Unknown(Opaque(self.parent.address if self.parent else "", f"{self.address}.{name}"))
        if block is None or "value" not in block.body.attributes:
            return unknown
        env = Env(self, block.file, self.address)
        make = partial(self.root.evaluator.evaluate, block.body.attributes["value"], env)
        return self.root.evaluator.once((self, "output", name), make, lambda: unknown)

    def resolve(self, kind: str, name: str, expression: Expr) -> Any:
        """What a name means in this module instance."""
        once = self.root.evaluator.once

        def unknown() -> Unknown:
            return Unknown(Opaque(self.address, f"{kind}.{name}"))

        if kind == "var":
            return once((self, "var", name), lambda: self._variable(name, unknown), unknown)
        if kind == "local":
            if name not in self.folder.locals:
                return unknown()
            value, file = self.folder.locals[name]
            env = Env(self, file, self.address)
            return once((self, "local", name), lambda: self.root.evaluator.evaluate(value, env), unknown)
        if kind == "module":
            return once((self, "module", name), lambda: self._call(name, unknown), unknown)
        local = f"{kind}.{name}"
        return once((self, "resource", local), lambda: self._resources(local, unknown), unknown)

    def _variable(self, name: str, unknown: Callable[[], Any]) -> Any:
        block = self.folder.variables.get(name)
        body = block.body if block is not None else Body()
        value, exact = self._argument(name)
        nullable = not isinstance(body.attributes.get("nullable"), Literal) or _is_true(body.attributes["nullable"])
        if value is MISSING or (value is None and not nullable):
            if "default" not in body.attributes or block is None:
                return unknown()
            value = self.root.evaluator.evaluate(body.attributes["default"], Env(self, block.file, self.address))
            exact = self.parent is not None
        if _is_true(body.attributes.get("sensitive")) and not is_open(value):
            return unknown()
        self.root.evaluator.tainted = self.root.evaluator.tainted or not exact
        return conformed(value, body.attributes.get("type"), partial(self._default, block))

    def _default(self, block: Block | None, expression: Expr) -> Any:
        file = block.file if block is not None else self.folder.path
        return self.root.evaluator.evaluate(expression, Env(self, file, self.address))

    def _argument(self, name: str) -> tuple[Any, bool]:
        evaluator = self.root.evaluator
        if self.parent is None:
            if name not in self.folder.given:
                return MISSING, True
            expression, exact = self.folder.given[name]
            return evaluator.evaluate(expression, Env(self, self.folder.path, "")), exact
        assert self.call is not None
        assert self.env is not None
        if name in self.call.body.attributes:
            return evaluator.evaluate(self.call.body.attributes[name], self.env), True
        return MISSING, True

    def _call(self, name: str, unknown: Callable[[], Any]) -> Any:
        block = self.folder.calls.get(name)
        target = self.folder.called(block) if block is not None else None
        folder = self.root.folders.get(target or "")
        if block is None:
            return unknown()
        if folder is None or self.is_within(folder):  # what it would make is not known, but how many may be
            return self.root.instances(block, self, f"module.{name}", lambda env, _: self._elsewhere(env))
        return self.root.instances(block, self, f"module.{name}", partial(self._child, name, block, folder))

    def is_within(self, folder: Folder) -> bool:
        """Whether this is an instance of a folder, or called below one, or too deep to call any: Terraform refuses
        modules that call themselves."""
        above: Module | None = self
        while above is not None:
            if above.folder is folder:
                return True
            above = above.parent
        return self.depth >= MAX_NESTED

    def _elsewhere(self, env: Env) -> Unknown:
        return Unknown(Opaque(self.address, env.owner.removeprefix(f"{self.address}.")))

    def _child(self, name: str, block: Block, folder: Folder, env: Env, key: Key) -> Module:
        scope = self.plan_scope.child(name, key)
        assert scope is not None
        path = posixpath.relpath(folder.path, self.root.folder.path)
        return Module(self.root, folder, env.owner, path, scope, self, block, env, self.depth + 1)

    def _resources(self, local: str, unknown: Callable[[], Any]) -> Any:
        block = self.folder.resources.get(local)
        if block is None:
            return unknown()
        return self.root.instances(
            block, self, local, lambda env, key: self.root.resource(block, self, local, env, key)
        )


def _is_true(expression: Expr | None) -> bool:
    """Whether an argument is written as ``true``."""
    return isinstance(expression, Literal) and expression.value is True
