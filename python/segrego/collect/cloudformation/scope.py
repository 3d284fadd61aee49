"""Templates as scopes: what is declared where, and how references in it resolve.

A part that is known only at deployment becomes ``${Name}``: a parameter without default, a pseudo parameter, an
attribute that AWS chooses. ``AWS::Partition`` is taken for ``aws``. Two texts from one template that are equal stand
for the same value. Text of another template arrives by nested stacks and imports with the resource it denotes attached,
and with its ``${…}`` naming the template that they come from, since equal names in two templates are two things.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from segrego.collect.cloudformation.conditions import MAX_DEPTH, Conditions, Decision
from segrego.collect.cloudformation.intrinsics import NO_VALUE, Resolver
from segrego.collect.cloudformation.names import ALIASES, SHAPES, arn_account, arn_key, placed
from segrego.collect.cloudformation.parameters import Parameters
from segrego.collect.cloudformation.requirements import Requirements
from segrego.collect.cloudformation.template import Map, Seq
from segrego.collect.cloudformation.text import Entity, Text, as_text
from segrego.collect.draft import GapCode
from segrego.inventory import Location

if TYPE_CHECKING:
    from segrego.collect.cloudformation.scan import Scan

__all__ = ["Environment", "Left", "Parent", "Scope"]


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a stack is deployed, as far as a cloud assembly or a parameter file tells: its name, its account and
    region, and the values of its parameters."""

    stack: str | None = None
    account: str | None = None
    region: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parent:
    """The stack that nests a template: its scope, the logical id of the nested stack there, and the parameters that it
    hands down."""

    scope: Scope
    logical: str
    given: Map


@dataclass(frozen=True, slots=True)
class Left:
    """Something of a template that is not carried out: the code of the gap, where it stands, and why."""

    code: GapCode
    logical: str | None
    line: int | None
    why: str


class Scope:
    """One stack: a template with its parameters, conditions and resources, and how references in it resolve.

    ``name`` is that of the file, and tells apart the stacks that are made of one file. ``path`` is how a person tells
    them apart: the logical ids of the nested stacks that lead to it. ``origins`` are the files and lines of resources
    that were taken in from other files, and ``left`` what of the template is not carried out.
    """

    def __init__(
        self,
        scan: Scan,
        file: str,
        template: Map,
        environment: Environment,
        parent: Parent | None = None,
    ) -> None:
        self.scan = scan
        self.file = file
        self.name: str = f"{file}@{parent.scope.name}/{parent.logical}" if parent else file
        self.path: tuple[str, ...] = ()
        self.parent = parent
        self.children: dict[str, Scope] = {}
        self.environment = environment
        self.given = environment.given if parent is None else {}
        self.pseudo = _pseudo(environment, parent)
        self.origins: dict[str, tuple[str, int | None]] = {}
        self.left: list[Left] = []
        self._named: dict[str, Text] = {}
        self._stored: dict[str, Text | None] = {}
        self._keys: dict[tuple[str, str], Entity] | None = None
        self._resolver = Resolver(self)
        self._conditions = Conditions(self)
        self._parameters = Parameters(self)
        self.requirements = Requirements(self)
        self.adopt(template)

    def adopt(self, template: Map) -> None:
        """Read these sections from now on."""
        self.template = template
        self.parameters = _section(template, "Parameters")
        self.conditions = _section(template, "Conditions")
        self.mappings = _section(template, "Mappings")
        self.outputs = _section(template, "Outputs")
        declared = _section(template, "Resources")
        self.lines = declared.lines
        self.resources = {k: v for k, v in declared.items() if isinstance(v, Map) and isinstance(v.get("Type"), str)}
        self.forget()

    def drop_absent(self) -> None:
        """Leave out the resources whose condition does not hold, whatever defaults are changed."""
        for logical, resource in list(self.resources.items()):
            condition = resource.get("Condition")
            if isinstance(condition, str) and self.decide(condition) == Decision(False):
                del self.resources[logical]

    def leave(self, code: GapCode, logical: str | None, why: str, line: int | None = None) -> None:
        """Say what is not carried out, and why."""
        self.left.append(Left(code, logical, line or (self.lines.get(logical) if logical else None), why))

    @property
    def plain_parameters(self) -> dict[str, str]:
        """The parameters that a file of the user gives."""
        return self._parameters.plain()

    def parameter(self, name: str) -> Any:
        """The value of a declared parameter, as :meth:`Parameters.value` gives it."""
        return self._parameters.value(name)

    def decide(self, condition: str) -> Decision:
        """Whether a condition holds."""
        with self._resolver.aside():
            return self._conditions.decide(condition)

    def constant(self, node: Any) -> Text | None:
        """A value that is the same in every deployment; null for any other."""
        with self._resolver.aside():
            text = as_text(self.resolve(node))
        return None if text is None or text.unresolved or text.by_default else text

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
        """One property, resolved; null if it is not there. An expression on the way to it that cannot be resolved is
        among the undecided."""
        node: Any = self.properties(logical)
        for index, step in enumerate(path):
            if isinstance(node, Map) and len(node) == 1 and next(iter(node)).startswith("Fn::"):
                node = self.resolve(node)
                if isinstance(node, str):
                    self._resolver.undecided.add(f"the value of {'.'.join(path[:index])}")
            node = node.get(step) if isinstance(node, Map) else None
        value = self.resolve(node)
        return None if value is NO_VALUE else value

    def text(self, logical: str, *path: str) -> Text | None:
        """One property as text; null if it is not there or is no scalar."""
        return as_text(self.property(logical, *path))

    def _aside(self, logical: str, *path: str) -> Text | None:
        """As :meth:`text`, for what names a resource: whatever is open there hides no fact of who refers to it."""
        with self._resolver.aside():
            return self.text(logical, *path)

    def name_of(self, logical: str) -> Text:
        """The name of a resource: its name property, or ``${LogicalId}`` where AWS gives the name. It denotes the
        resource for certain, even where a parameter's default is part of the name."""
        entity = (self.name, logical)
        own = Text("${" + logical + "}", unresolved=True, entity=entity)
        if logical not in self._named:
            self._named[logical] = own  # for a name that refers to itself
            shape = SHAPES.get(self.type(logical))
            given = self._aside(logical, shape.name) if shape and shape.name else None
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
            resource = (self._aside(logical, "Path") or "/") + name
        elif kind == "AWS::Bedrock::AgentAlias":
            resource = f"{self._aside(logical, 'AgentId') or '${' + logical + '.AgentId}'}/{name}"
        elif kind == "AWS::SSM::Parameter":
            resource = name.removeprefix("/")
        arn = placed(shape.arn, self.pseudo).replace("{}", resource)
        return Text(arn, unresolved="${" in arn, entity=(self.name, logical))

    def attribute(self, logical: str, name: str) -> Text | None:
        """An attribute that is put together of the resource's name and place; null for all others."""
        shape = SHAPES.get(self.type(logical))
        if shape is None or name not in shape.made:
            return None
        made = placed(shape.made[name], self.pseudo).replace("{}", self.name_of(logical))
        return Text(made, unresolved="${" in made, entity=(self.name, logical))

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
            entity = self._by_key(key, account, text.within)
            if entity is None and key[0] == "lambda":
                entity = self._by_key((key[0], key[1].rpartition(":")[0]), account, text.within)
        return self.scan_target(entity)

    def _by_key(self, key: tuple[str, str], account: str, within: frozenset[Entity]) -> Entity | None:
        foreign = [entity for entity in within if entity[0] != self.name]
        for scope, logical in foreign:  # whose name another stack hands over, and may be that of something else here
            if self.scan.scopes[scope].keys().get(key) == (scope, logical):
                return (scope, logical)
        if foreign:
            return None
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
        file, own = self.origins.get(logical, (self.file, self.lines.get(logical)))
        address = ".".join((*self.path, logical))
        return Location(source=self.file, file=file, line=line or own, address=address)

    def resolve(self, node: Any) -> Any:
        """A value as :meth:`Resolver.resolve` gives it."""
        return self._resolver.resolve(node)

    def stored(self, name: str) -> Text | None:
        """What a parameter in Parameter Store holds; null where not one stack of the scan, and one alone, stores it."""
        if "${" in name or self.scan.depth > MAX_DEPTH:
            return None
        if name not in self._stored:
            self._stored[name] = None  # for parameters that hold each other
            self.scan.depth += 1
            found = self.scan.stored(name, self)
            value = found[0].exported(found[1], self) if found is not None else None
            self.scan.depth -= 1
            self._stored[name] = value if isinstance(value, Text) else None
        return self._stored[name]

    def output(self, name: str, to: Scope) -> Any:
        """An output of this stack for another; null if there is none of that name."""
        output = self.outputs.get(name)
        return self.exported(output["Value"], to) if isinstance(output, Map) and "Value" in output else None

    def exported(self, node: Any, to: Scope) -> Any:
        """A value for another stack, a :class:`Text` or a :class:`Seq` of them: with the resource that each denotes,
        and its expressions marked as this stack's."""
        with self._resolver.aside() as (dangling, undecided):
            value = self.resolve(node)
        to.note_open(dangling, undecided)
        if isinstance(value, Seq):
            result = Seq(value.line)
            result.extend(self._sent(item, to) for item in value)
            return result
        return None if value is NO_VALUE else self._sent(value, to)

    def _sent(self, value: Any, to: Scope) -> Text:
        text = as_text(value)
        if text is None:
            return Text(self.scan.carried("${value}", self, to), unresolved=True)
        entity = self.denoted(text)
        sent = str(text) if entity else self.scan.carried(text, self, to)
        options = [self._sent(option, to) for option in text.options]
        unresolved = text.unresolved or "${" in sent
        by_default, within = text.by_default, text.within
        return Text(sent, by_default=by_default, unresolved=unresolved, entity=entity, options=options, within=within)

    def forget(self) -> None:
        """Drop what was resolved so far."""
        self._conditions.forget()
        self._parameters.forget()
        self.requirements.forget()
        self.take_dangling()
        self.take_undecided()
        self._named.clear()
        self._stored.clear()
        self._keys = None

    def note_open(self, dangling: Iterable[str], undecided: Iterable[str]) -> None:
        """Take over what is open in a value that another stack hands over."""
        self._resolver.dangling.update(dangling)
        self._resolver.undecided.update(undecided)

    def take_dangling(self) -> list[str]:
        """The references to nothing since the last call, sorted."""
        return _taken(self._resolver.dangling)

    def take_undecided(self) -> list[str]:
        """What left several things possible since the last call, sorted."""
        return _taken(self._resolver.undecided)


def _taken(names: set[str]) -> list[str]:
    found = sorted(names)
    names.clear()
    return found


def _pseudo(environment: Environment, parent: Parent | None) -> dict[str, str]:
    """The pseudo parameters that are known. A nested stack is where its parent is; AWS makes its name."""
    if parent is not None:
        return {name: value for name, value in parent.scope.pseudo.items() if name != "AWS::StackName"}
    known = {
        "AWS::AccountId": environment.account,
        "AWS::Region": environment.region,
        "AWS::StackName": environment.stack,
    }
    return {name: value for name, value in known.items() if value is not None}


def _section(template: Map, name: str) -> Map:
    found = template.get(name)
    return found if isinstance(found, Map) else Map(1)
