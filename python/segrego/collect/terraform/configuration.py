"""A root module, evaluated: the same instances, values and references that a plan gives, and the line of each.

Nothing is run and no provider is asked. What has ``count`` or ``for_each`` that cannot be told stands once, and a gap
says so. A module whose source is not in the scan is a gap.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from segrego.collect.source import SourceFile
from segrego.collect.terraform.computed import computed
from segrego.collect.terraform.draft import without_keys
from segrego.collect.terraform.evaluate import Env, Evaluator
from segrego.collect.terraform.folders import Folder
from segrego.collect.terraform.functions import ordered
from segrego.collect.terraform.plan import Instance, Key, Plan, Scope
from segrego.collect.terraform.reading import Reader
from segrego.collect.terraform.references import Attribute, Opaque
from segrego.collect.terraform.syntax import Attr, Block, Body, Call, Expr, Literal, Name, Object, Tuple
from segrego.collect.terraform.terms import EvaluationError, Keys, Lined, Text, Unknown, is_open, leaves_of
from segrego.collect.terraform.values import MISSING, Missing, Resolved
from segrego.errors import InputError

__all__ = ["Blind", "Evaluated", "evaluate_root"]

MAX_NESTED = 16
"""Deepest nesting of module calls."""

MAX_INSTANCES = 100_000
"""Most resource instances of one root module."""

_META = frozenset({"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "timeouts"})
_CALL_META = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})
_PROVIDERS = ("aws_", "awscc_")
_NAMES = frozenset({"bucket", "bucket_name", "function_name", "id", "name", "role_name"})
"""Attributes that other resources refer to a resource by. Names may be equal where the resources are not."""


@dataclass(frozen=True, slots=True)
class Blind:
    """Something that the configuration does not tell: why, where, and what to do."""

    message: str
    file: str
    line: int | None
    address: str | None
    is_module: bool = False


@dataclass(slots=True)
class Evaluated:
    """What a root module comes to. ``lines`` has the place of each block by its address without keys."""

    plan: Plan
    blind: list[Blind]
    lines: dict[str, tuple[str, int]]


def evaluate_root(folder: Folder, folders: Mapping[str, Folder]) -> Evaluated:
    """Evaluate a root module. Raises :class:`~segrego.errors.InputError` where that takes too much work."""
    return _Root(folder, folders).evaluated()


@dataclass(slots=True, eq=False)
class _Resource:
    """An instance of a resource or data source; its attributes are worked out when they are asked for."""

    root: _Root
    block: Block
    scope: _Module
    instance: Instance
    env: Env

    def attribute(self, name: str) -> Any:
        """The value of an attribute, set or computed; unknown where only an apply can tell. A name keeps what it
        names."""
        unknown = Unknown(Attribute(self.instance, name))
        value = self.root.evaluator.once((id(self), name), lambda: self._attribute(name, unknown), lambda: unknown)
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
        return self.root.evaluator.once((id(self), name, "written"), lambda: self._written(name), lambda: unknown)

    def _written(self, name: str) -> Any:
        body = self.block.body
        if name in body.attributes:
            return self.root.value(body.attributes[name], self.env)
        found = self.root.blocks(body, self.env, only=name)
        return found.get(name, MISSING)

    def provider(self) -> Mapping[str, Any]:
        """The arguments of the provider that the resource belongs to, as far as they are known."""
        return self.root.provider(self.root.provider_key(self.block, self.scope))


@dataclass(slots=True, eq=False)
class _Module:
    """An instance of a module."""

    root: _Root
    folder: Folder
    address: str
    path: str
    plan_scope: Scope
    parent: _Module | None = None
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
        return self.root.evaluator.once((id(self), "output", name), make, lambda: unknown)

    def resolve(self, kind: str, name: str, expression: Expr) -> Any:
        """What a name means in this module instance."""
        once = self.root.evaluator.once

        def unknown() -> Unknown:
            return Unknown(Opaque(self.address, f"{kind}.{name}"))

        if kind == "var":
            return once((id(self), "var", name), lambda: self._variable(name, unknown), unknown)
        if kind == "local":
            if name not in self.folder.locals:
                return unknown()
            value, file = self.folder.locals[name]
            env = Env(self, file, self.address)
            return once((id(self), "local", name), lambda: self.root.evaluator.evaluate(value, env), unknown)
        if kind == "module":
            return once((id(self), "module", name), lambda: self._call(name, unknown), unknown)
        local = f"{kind}.{name}"
        return once((id(self), "resource", local), lambda: self._resources(local, unknown), unknown)

    def _variable(self, name: str, unknown: Callable[[], Any]) -> Any:
        block = self.folder.variables.get(name)
        body = block.body if block is not None else Body()
        if self.root.is_true(body.attributes.get("sensitive")) and self.parent is None:
            return unknown()
        value, exact = self._argument(name)
        nullable = not isinstance(body.attributes.get("nullable"), Literal) or self.root.is_true(
            body.attributes["nullable"]
        )
        if value is MISSING or (value is None and not nullable):
            if "default" not in body.attributes or block is None:
                return unknown()
            value = self.root.evaluator.evaluate(body.attributes["default"], Env(self, block.file, self.address))
            exact = self.parent is not None
        self.root.evaluator.tainted = self.root.evaluator.tainted or not exact
        return _conformed(value, body.attributes.get("type"), self, 0)

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
        above: _Module | None = self
        while above is not None:
            if above.folder is folder:
                return True
            above = above.parent
        return self.depth >= MAX_NESTED

    def _elsewhere(self, env: Env) -> Unknown:
        return Unknown(Opaque(self.address, env.owner.removeprefix(f"{self.address}.")))

    def _child(self, name: str, block: Block, folder: Folder, env: Env, key: Key) -> _Module:
        scope = self.plan_scope.child(name, key)
        assert scope is not None
        path = posixpath.relpath(folder.path, self.root.folder.path)
        return _Module(self.root, folder, env.owner, path, scope, self, block, env, self.depth + 1)

    def _resources(self, local: str, unknown: Callable[[], Any]) -> Any:
        block = self.folder.resources.get(local)
        if block is None:
            return unknown()
        return self.root.instances(
            block, self, local, lambda env, key: self.root.resource(block, self, local, env, key)
        )


class _Root:
    """The evaluation of one root module."""

    def __init__(self, folder: Folder, folders: Mapping[str, Folder]) -> None:
        self.folder = folder
        self.folders = folders
        self.evaluator = Evaluator(Reader(folder.root), folder.path)
        self.blind: dict[Blind, None] = {}
        self.lines: dict[str, tuple[str, int]] = {}
        self._providers: dict[str, tuple[Block, _Module]] = {}
        self._provider_values: dict[str, Mapping[str, Any]] = {}
        self._resources: list[_Resource] = []

    def evaluated(self) -> Evaluated:
        top = _Module(self, self.folder, "", ".", Scope("", {}))
        self._walk(top)
        planned = [self._finish(resource) for resource in self._resources if _is_read(resource)]
        plan = Plan(
            file=SourceFile(self.folder.path, b""),
            root=top.plan_scope,
            planned=planned,
            variables={},
            providers={key: _as_configured(self.provider(key)) for key in self._providers},
            is_state=False,
            complete=True,
            errored=False,
            noun="configuration",
        )
        for instance in planned:
            plan.of_type.setdefault(("" if instance.managed else "data.") + instance.type, []).append(instance)
        return Evaluated(plan, list(self.blind), self.lines)

    def _walk(self, module: _Module) -> None:
        """Work out every instance of a module instance, and of those that it calls."""
        prefix = without_keys(module.address)
        for local, block in module.folder.resources.items():
            self.lines.setdefault(f"{prefix}.{local}".lstrip("."), (block.file, block.line))
            kind, _, label = local.rpartition(".")
            module.resolve(kind, label, Literal(block.line, local, None))
        for name, block in module.folder.calls.items():
            address = f"{prefix}.module.{name}".lstrip(".")
            self.lines.setdefault(address, (block.file, block.line))
            found = module.resolve("module", name, Literal(block.line, name, None))
            called = [*found.values()] if isinstance(found, dict) else found if isinstance(found, list) else [found]
            if any(isinstance(child, Unknown) for child in called):
                self._say_uncalled(module, name, block)
            for child in called:
                if isinstance(child, _Module):
                    self._walk(child)

    def _say_uncalled(self, module: _Module, name: str, block: Block) -> None:
        source = block.body.attributes.get("source")
        text = source.value if isinstance(source, Literal) else "…"
        address = f"{module.address}.module.{name}".lstrip(".")
        target = self.folders.get(module.folder.called(block) or "")
        if target is not None:
            message = f"{address} calls a module that calls it, or is nested more than {MAX_NESTED} deep"
        elif module.folder.called(block) is not None:
            message = (
                f"the folder {text} of {address} is not among the files that were read. Scan a folder that holds both"
            )
        else:
            message = (
                f"the source {text} of {address} is not in this folder, and is not fetched. "
                "Plan it, and give the output of `terraform show -json`"
            )
        self.say(Blind(message, block.file, block.line, address, is_module=True))

    def say(self, blind: Blind) -> None:
        """Note what the configuration does not tell, once."""
        self.blind[blind] = None

    def instances(self, block: Block, module: _Module, local: str, make: Callable[[Env, Key], Any]) -> Any:
        """The one instance of a block, or a list or map of them by ``count`` or ``for_each``."""
        attributes = block.body.attributes
        address = f"{module.address}.{local}".lstrip(".")
        here = Env(module, block.file, address)
        if "count" in attributes:
            return self.evaluator.apart(lambda: self._counted(attributes["count"], here, make))
        if "for_each" in attributes:
            return self.evaluator.apart(lambda: self._for_each(attributes["for_each"], here, make))
        return make(here, None)

    def _counted(self, expression: Expr, here: Env, make: Callable[[Env, Key], Any]) -> Any:
        try:
            count = self.evaluator.evaluate(expression, here)
            number = None if is_open(count) else int(count)
        except (EvaluationError, TypeError, ValueError):
            number = None
        if number is None:
            self._say_uncounted(expression, here)
            number = 1
        if number > MAX_INSTANCES:
            raise InputError(
                "makes too many instances", where=f"{here.file}:{expression.line}", hint="Plan it instead."
            )
        return [make(_instance_env(here, index, index, index), index) for index in range(number)]

    def _for_each(self, expression: Expr, here: Env, make: Callable[[Env, Key], Any]) -> Any:
        self.evaluator.tainted = False
        try:
            over = self.evaluator.evaluate(expression, here)
        except EvaluationError:
            over = None
        here = replace(here, defaulted=self.evaluator.tainted)
        pairs: dict[str, tuple[Any, Any]] = {}
        if isinstance(over, dict):
            pairs = {str(key): (key, value) for key, value in over.items()}
        elif isinstance(over, list):  # Keys, or a list that Terraform would refuse
            pairs = {str(value): (value, value) for value in ordered(over) if isinstance(value, str)}
        if not isinstance(over, dict | list) or any(
            isinstance(value, Unknown) for value in over if isinstance(over, list)
        ):
            self._say_uncounted(expression, here)
            owner = f'{here.owner}["${{each.key}}"]'
            key = Text("${each.key}", Opaque(owner, "each.key"))
            pairs["${each.key}"] = (key, Unknown(Opaque(owner, "each.value")))
        return Lined(
            {name: make(_instance_env(here, name, key, value), name) for name, (key, value) in pairs.items()},
            (here.file, expression.line),
        )

    def _say_uncounted(self, expression: Expr, here: Env) -> None:
        text = " ".join(expression.text.split())[:120]
        message = (
            f"how many there are of {here.owner} depends on {text}, which this configuration does not tell: "
            "one is read. Give the variables a *.auto.tfvars file, or plan it"
        )
        self.say(Blind(message, here.file, expression.line, here.owner))

    def resource(self, block: Block, module: _Module, local: str, env: Env, key: Key) -> _Resource:
        """A new instance of a resource or data source."""
        managed = not local.startswith("data.")
        kind, name = local.removeprefix("data.").split(".", 1)
        instance = Instance(
            address=env.owner,
            local=local,
            type=kind,
            name=name,
            managed=managed,
            key=key,
            scope=module.plan_scope,
            values={},
            sensitive=None,
            config={},
            file=block.file,
            line=block.line,
            evaluated=True,
        )
        made = _Resource(self, block, module, instance, env)
        if len(self._resources) >= MAX_INSTANCES:
            raise InputError("makes too many instances", where=f"{block.file}:{block.line}", hint="Plan it instead.")
        self._resources.append(made)
        module.plan_scope.instances.setdefault(local, {})[key] = instance
        return made

    def _finish(self, resource: _Resource) -> Instance:
        """Fill an instance with all that its block says."""
        instance = resource.instance
        values: dict[str, Any] = {}
        expressions: dict[str, Any] = {}
        defaulted = set()
        for name in self._names(resource.block.body):
            self.evaluator.tainted = False
            value = resource.written(name)
            if self.evaluator.tainted:
                defaulted.add(name)
            known, expression = _split(value)
            if not isinstance(known, Missing):
                values[name] = known
            if expression:
                expressions[name] = expression
        provider = resource.provider()
        default_tags = provider.get("default_tags")
        if (
            isinstance(default_tags, dict)
            and isinstance(values.get("tags", {}), dict)
            and instance.type.startswith("aws_")
        ):
            values["tags_all"] = {**default_tags, **values.get("tags", {})}
        instance.values = values
        instance.defaulted = frozenset(defaulted)
        key = self.provider_key(resource.block, resource.scope)
        instance.config = {"expressions": expressions, "provider_config_key": key}
        return instance

    def _names(self, body: Body) -> list[str]:
        names = dict.fromkeys(body.attributes)
        for block in body.blocks:
            names[block.labels[0] if block.type == "dynamic" and block.labels else block.type] = None
        return [name for name in names if name not in _META]

    def value(self, expression: Expr, env: Env) -> Any:
        """The value of an expression; unknown where Terraform would refuse it."""
        try:
            return self.evaluator.evaluate(expression, env)
        except EvaluationError:
            return self.evaluator.unknown(expression, env)

    def blocks(self, body: Body, env: Env, only: str | None = None) -> dict[str, Any]:
        """The nested blocks of a body by name, each name a list of objects."""
        found: dict[str, Any] = {}
        for block in body.blocks:
            dynamic = block.type == "dynamic" and bool(block.labels)
            name = block.labels[0] if dynamic else block.type
            if only is not None and name != only:
                continue
            made = self._dynamic(block, env) if dynamic else [self._content(block, env)]
            if isinstance(made, Unknown) or isinstance(found.get(name), Unknown):
                found[name] = made if isinstance(made, Unknown) else found[name]
            else:
                found.setdefault(name, []).extend(made)
        return found

    def _content(self, block: Block, env: Env) -> Lined:
        values = {name: self.value(expression, env) for name, expression in block.body.attributes.items()}
        return Lined({**values, **self.blocks(block.body, env)}, (block.file, block.line))

    def _dynamic(self, block: Block, env: Env) -> Any:
        over_expression = block.body.attributes.get("for_each")
        content = next(block.body.of("content"), None)
        if over_expression is None or content is None:
            return []
        over = self.value(over_expression, env)
        if isinstance(over, Unknown):
            return over
        iterator = block.body.attributes.get("iterator")
        name = iterator.name if isinstance(iterator, Name) else block.labels[0]
        made = []
        for key, value in _pairs(over):
            made.append(self._content(content, env.bound({name: {"key": key, "value": value}})))
            made[-1].place = (block.file, block.line)
        return made

    def is_true(self, expression: Expr | None) -> bool:
        """Whether an argument is written as ``true``."""
        return isinstance(expression, Literal) and expression.value is True

    def provider_key(self, block: Block, module: _Module) -> str:
        """The provider configuration of a resource: ``aws``, or ``aws.west``, with the module that holds it."""
        given = block.body.attributes.get("provider")
        kind = block.labels[0].partition("_")[0]
        return self._provider_named(_provider_name(given) or kind, module)

    def _provider_named(self, name: str, module: _Module) -> str:
        for block in module.folder.providers:
            alias = block.body.attributes.get("alias")
            own = block.labels[0] + (f".{alias.value}" if isinstance(alias, Literal) else "")
            if own == name:
                key = f"{module.address}:{name}" if module.address else name
                self._providers.setdefault(key, (block, module))
                return key
        if module.parent is None or module.call is None:
            return name
        handed = module.call.body.attributes.get("providers")
        for inner, outer in handed.pairs if isinstance(handed, Object) else ():
            if (inner.value if isinstance(inner, Literal) else _provider_name(inner)) == name:
                return self._provider_named(_provider_name(outer) or name, module.parent)
        return self._provider_named(name, module.parent)

    def provider(self, key: str) -> Mapping[str, Any]:
        """The known arguments of a provider configuration."""
        if key not in self._providers:
            return {}
        if key not in self._provider_values:
            self._provider_values[key] = {}  # a provider that depends on its own resources
            block, module = self._providers[key]
            self._provider_values[key] = self.evaluator.apart(
                lambda: _provider_arguments(self._content(block, Env(module, block.file, module.address)))
            )
        return self._provider_values[key]


def _instance_env(here: Env, key: Key, shown: Any, value: Any) -> Env:
    return replace(here, owner=f"{here.owner}[{json.dumps(key)}]", key=shown, value=value)


def _is_read(resource: _Resource) -> bool:
    return resource.instance.managed and resource.instance.type.startswith(_PROVIDERS)


def _pairs(over: Any) -> list[tuple[Any, Any]]:
    if isinstance(over, dict):
        return sorted(over.items(), key=lambda pair: str(pair[0]))
    if isinstance(over, Keys):
        return [(value, value) for value in over]
    return list(enumerate(over)) if isinstance(over, list) else []


def _provider_name(expression: Expr | None) -> str | None:
    if isinstance(expression, Attr) and isinstance(expression.of, Name):
        return f"{expression.of.name}.{expression.name}"
    if isinstance(expression, Name):
        return expression.name
    return expression.value if isinstance(expression, Literal) and isinstance(expression.value, str) else None


def _provider_arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(region := values.get("region"), str) and "${" not in region:
        found["region"] = region
    accounts = values.get("allowed_account_ids")
    if isinstance(accounts, list) and not any(map(is_open, accounts)):
        found["allowed_account_ids"] = [str(account) for account in accounts]
    for block in values.get("assume_role") or []:
        arn = block.get("role_arn") if isinstance(block, dict) else None
        if isinstance(arn, str) and "${" not in arn:
            found["assume_role"] = arn
    for block in values.get("default_tags") or []:
        tags = block.get("tags") if isinstance(block, dict) else None
        if isinstance(tags, dict):
            found["default_tags"] = {key: value for key, value in tags.items() if isinstance(value, str)}
    return found


def _as_configured(arguments: Mapping[str, Any]) -> dict[str, Any]:
    expressions: dict[str, Any] = {
        name: {"constant_value": arguments[name]} for name in ("region", "allowed_account_ids") if name in arguments
    }
    if "assume_role" in arguments:
        expressions["assume_role"] = [{"role_arn": {"constant_value": arguments["assume_role"]}}]
    return {"expressions": expressions}


def _split(value: Any) -> tuple[Any, Any]:
    """What is known of a value, and the expressions of the rest, as a plan keeps the two apart."""
    if isinstance(value, Unknown) or (isinstance(value, Text) and value.leaf is not None and is_open(value)):
        return MISSING, Resolved((value.leaf,))
    if isinstance(value, _Resource | _Module):
        return MISSING, Resolved((Attribute(value.instance, ""),) if isinstance(value, _Resource) else ())
    if isinstance(value, dict):
        parts = {key: _split(inner) for key, inner in value.items()}
        known = {key: part for key, (part, _) in parts.items() if not isinstance(part, Missing)}
        made = Lined(known, value.place) if isinstance(value, Lined) else known
        return made, {key: expression for key, (_, expression) in parts.items() if expression}
    if isinstance(value, list):
        if value and all(isinstance(inner, dict) for inner in value):
            pairs = [_split(inner) for inner in value]
            expressions = [expression for _, expression in pairs]
            return [known for known, _ in pairs], expressions if any(expressions) else None
        if any(isinstance(inner, Unknown | _Resource | _Module) for inner in value):
            return MISSING, Resolved(leaves_of(value) or (Opaque("", "a list"),))
        return value, None
    return value, None


def _conformed(value: Any, constraint: Expr | None, module: _Module, depth: int) -> Any:
    """A value in the type of its variable: ``optional`` attributes get their defaults, sets their order."""
    if constraint is None or isinstance(value, Unknown) or value is None or depth > 32:
        return value
    if isinstance(constraint, Name):
        return (
            str(value).lower()
            if constraint.name == "string" and isinstance(value, bool)
            else _as_string(value, constraint.name)
        )
    if not isinstance(constraint, Call) or not constraint.arguments:
        return value
    inner = constraint.arguments[0]
    if constraint.name == "object" and isinstance(inner, Object) and isinstance(value, dict):
        return _conformed_object(value, inner, module, depth)
    if constraint.name == "map" and isinstance(value, dict):
        made = {key: _conformed(part, inner, module, depth + 1) for key, part in value.items()}
        return Lined(made, value.place) if isinstance(value, Lined) else made
    if constraint.name in ("list", "set") and isinstance(value, list):
        parts = [_conformed(part, inner, module, depth + 1) for part in value]
        if constraint.name == "set" and not any(isinstance(part, Unknown) for part in parts):
            return ordered(parts)
        return parts
    if constraint.name == "tuple" and isinstance(inner, Tuple) and isinstance(value, list):
        return [_conformed(part, kind, module, depth + 1) for part, kind in zip(value, inner.items, strict=False)]
    return value


def _as_string(value: Any, kind: str) -> Any:
    if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _conformed_object(value: dict[str, Any], shape: Object, module: _Module, depth: int) -> Any:
    made: dict[str, Any] = {}
    for key, kind in shape.pairs:
        name = key.value if isinstance(key, Literal) else key.text
        optional = isinstance(kind, Call) and kind.name == "optional" and bool(kind.arguments)
        wanted = kind.arguments[0] if optional and isinstance(kind, Call) else kind
        part = value.get(name)
        if part is None and optional and isinstance(kind, Call) and len(kind.arguments) > 1:
            part = module.root.evaluator.evaluate(kind.arguments[1], Env(module, module.folder.path, module.address))
        made[name] = _conformed(part, wanted, module, depth + 1)
    return Lined(made, value.place) if isinstance(value, Lined) else made
