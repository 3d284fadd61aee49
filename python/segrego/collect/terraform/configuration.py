"""A root module, evaluated: the same instances, values and references that a plan gives, and the line of each.

Nothing is run and no provider is asked. What has ``count`` or ``for_each`` that cannot be told stands once, and a gap
says so. A module whose source is not in the scan is a gap.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from segrego.collect.draft import EVERYTHING
from segrego.collect.source import SourceFile
from segrego.collect.terraform.bodies import Bodies, names_of, split
from segrego.collect.terraform.conversions import ordered
from segrego.collect.terraform.draft import without_keys
from segrego.collect.terraform.environment import Env
from segrego.collect.terraform.evaluate import Evaluator
from segrego.collect.terraform.folders import Folder
from segrego.collect.terraform.instances import MAX_NESTED, Module, Resource
from segrego.collect.terraform.plan import Instance, Key, Plan, Scope
from segrego.collect.terraform.providers import Providers
from segrego.collect.terraform.reading import Reader
from segrego.collect.terraform.references import Opaque
from segrego.collect.terraform.syntax import Block, Expr, Literal
from segrego.collect.terraform.terms import EvaluationError, Lined, Text, Unknown, is_open
from segrego.collect.terraform.values import Missing
from segrego.errors import InputError
from segrego.inventory import Fact

__all__ = ["Blind", "Evaluated", "Root", "evaluate_root"]


MAX_INSTANCES = 100_000
"""Most resource instances of one root module."""

_META = frozenset({"count", "for_each", "provider", "depends_on", "lifecycle", "provisioner", "connection", "timeouts"})
_AGENT = re.compile(
    r"aws_bedrockagent_(?:agent|flow)$|aws_bedrockagentcore_(?:agent_runtime|harness)$|awscc_bedrock_(?:agent|flow)$"
    r"|awscc_bedrockagentcore_(?:runtime|harness)$"
)
_OTHER = re.compile(r"(?:aws|awscc)_(?:secretsmanager|cloudtrail|organizations|s3|sqs|sns|kms|ecr|dynamodb)_?")
_PROVIDERS = ("aws_", "awscc_")


@dataclass(frozen=True, slots=True)
class Blind:
    """Something that the configuration does not tell: why, where, and what to do."""

    message: str
    file: str
    line: int | None
    address: str | None
    facts: tuple[Fact, ...]


@dataclass(slots=True)
class Evaluated:
    """What a root module comes to. ``lines`` has the place of each block by its address without keys."""

    plan: Plan
    blind: list[Blind]
    lines: dict[str, tuple[str, int]]


def evaluate_root(folder: Folder, folders: Mapping[str, Folder]) -> Evaluated:
    """Evaluate a root module. Raises :class:`~segrego.errors.InputError` where that takes too much work."""
    return Root(folder, folders).evaluated()


class Root:
    """The evaluation of one root module."""

    def __init__(self, folder: Folder, folders: Mapping[str, Folder]) -> None:
        self.folder = folder
        self.folders = folders
        self.evaluator = Evaluator(Reader(folder.root, folder.path))
        self.bodies = Bodies(self.evaluator)
        self.providers = Providers(self.bodies)
        self.blind: dict[Blind, None] = {}
        self.lines: dict[str, tuple[str, int]] = {}
        self._resources: list[Resource] = []

    def evaluated(self) -> Evaluated:
        """All of it."""
        top = Module(self, self.folder, "", ".", Scope("", {}))
        self._walk(top)
        planned = [self._finish(resource) for resource in self._resources if _is_read(resource)]
        plan = Plan(
            file=SourceFile(self.folder.path, b""),
            root=top.plan_scope,
            planned=planned,
            variables={},
            providers=self.providers.as_configured(),
            is_state=False,
            complete=True,
            errored=False,
            noun="configuration",
        )
        for instance in planned:
            plan.of_type.setdefault(("" if instance.managed else "data.") + instance.type, []).append(instance)
        return Evaluated(plan, list(self.blind), self.lines)

    def _walk(self, module: Module) -> None:
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
                if isinstance(child, Module):
                    self._walk(child)

    def _say_uncalled(self, module: Module, name: str, block: Block) -> None:
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
        self.say(Blind(message, block.file, block.line, address, EVERYTHING))

    def say(self, blind: Blind) -> None:
        """Note what the configuration does not tell, once."""
        self.blind[blind] = None

    def instances(self, block: Block, module: Module, local: str, make: Callable[[Env, Key], Any]) -> Any:
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
        self.evaluator.tainted = False
        try:
            count = self.evaluator.evaluate(expression, here)
            number = None if is_open(count) else int(count)
        except (EvaluationError, TypeError, ValueError):
            number = None
        if number is None:
            self._say_uncounted(expression, here)
            number = 1
        if number == 0:
            self._say_left_out(expression, here)
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
        if not pairs:
            self._say_left_out(expression, here)
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
        facts = _hidden(here.owner)
        if facts:
            self.say(Blind(message, here.file, expression.line, here.owner, facts))

    def _say_left_out(self, expression: Expr, here: Env) -> None:
        """An agent that is there as soon as somebody gives a variable another value than its default."""
        if self.evaluator.tainted and _AGENT.match(without_keys(here.owner).split(".")[-2]):
            text = " ".join(expression.text.split())[:120]
            message = (
                f"{here.owner} is left out, for there is none of it while variables keep their defaults: {text}. "
                "Give the variables a *.auto.tfvars file, or plan it"
            )
            self.say(Blind(message, here.file, expression.line, here.owner, ("workloads", "bindings")))

    def resource(self, block: Block, module: Module, local: str, env: Env, key: Key) -> Resource:
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
        made = Resource(self, block, module, instance, env)
        if len(self._resources) >= MAX_INSTANCES:
            raise InputError("makes too many instances", where=f"{block.file}:{block.line}", hint="Plan it instead.")
        self._resources.append(made)
        module.plan_scope.instances.setdefault(local, {})[key] = instance
        return made

    def _finish(self, resource: Resource) -> Instance:
        """Fill an instance with all that its block says."""
        instance = resource.instance
        values: dict[str, Any] = {}
        expressions: dict[str, Any] = {}
        defaulted = set()
        for name in names_of(resource.block.body):
            if name in _META:
                continue
            self.evaluator.tainted = False
            value = resource.written(name)
            if self.evaluator.tainted:
                defaulted.add(name)
            known, expression = split(value)
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
        key = self.providers.key(resource.block, resource.scope)
        instance.config = {"expressions": expressions, "provider_config_key": key}
        return instance


def _instance_env(here: Env, key: Key, shown: Any, value: Any) -> Env:
    return replace(here, owner=f"{here.owner}[{json.dumps(key)}]", key=shown, value=value)


def _hidden(address: str) -> tuple[Fact, ...]:
    """What is not seen of a block whose instances cannot be counted: nothing, of what is no part of an inventory."""
    kind = without_keys(address).split(".")[-2]
    if kind == "module" or re.match(r"(?:aws|awscc)_(?:bedrock|iam_|lambda_|cloudformation_)", kind):
        return () if ".data." in f".{without_keys(address)}" else EVERYTHING
    return ("credentials", "resource_policies", "telemetry") if _OTHER.match(kind) else ()


def _is_read(resource: Resource) -> bool:
    return resource.instance.managed and resource.instance.type.startswith(_PROVIDERS)
