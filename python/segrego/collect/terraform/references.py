"""What a value that is unknown until apply is made of, by the references in ``configuration``.

Terraform writes the references of an expression, never its text: each traversal from its longest form down to the
object (``["aws_iam_role.a.arn", "aws_iam_role.a"]``), and for an index that is computed only the object and what
computes it (``["aws_iam_role.a", "each.key"]``). What a local value stands for is not written at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from segrego.collect.terraform.plan import Instance, Key, Plan, Scope, parse_key
from segrego.collect.terraform.values import MISSING, Missing, Resolved, Step, at, items, mapping

__all__ = ["Attribute", "Known", "Leaf", "Opaque", "Resolver", "label", "leaf_in", "unknown"]

T = TypeVar("T")

MAX_DEPTH = 64
MAX_LEAVES = 256

_INDEX = r'\[("(?:[^"\\]|\\.)*"|\d+)\]'
_RESOURCE = re.compile(rf"((?:data\.)?[\w-]+\.[\w-]+)(?:{_INDEX})?(?:\.([\w-]+))?.*", re.DOTALL)
_MODULE = re.compile(rf"module\.([\w-]+)(?:{_INDEX})?(?:\.([\w-]+))?.*", re.DOTALL)
_STEPS = re.compile(rf"\.([\w-]+)|{_INDEX}")
_DOCUMENT = "data.aws_iam_policy_document."


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A value that the plan knows; null where it is sensitive. It may be of any JSON type, and equals only itself."""

    value: Any = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a resource that is known only after apply; ``name`` is empty where it is not written."""

    instance: Instance
    name: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A reference that cannot be seen through, as written at ``owner``: the module instance in which it means one
    thing, or, where it varies with ``each`` or ``count``, the instance that it is written for. ``among``: what it may
    be, as far as that is known; ``only``: it can be nothing else."""

    owner: str
    text: str
    among: tuple[Leaf, ...] = field(default=(), compare=False)
    only: bool = field(default=False, compare=False)


Leaf = Known | Attribute | Opaque


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where an expression is evaluated, and for which instance of the block that holds it."""

    scope: Scope
    key: Key
    owner: str
    block: Mapping[str, Any]


def unknown(leaves: Iterable[Leaf]) -> list[Attribute | Opaque]:
    """The leaves that an unknown value can come from: one that is known cannot be it."""
    return [leaf for leaf in leaves if not isinstance(leaf, Known)]


def leaf_in(value: object) -> Attribute | Opaque | None:
    """What a known text stands for, where the configuration itself was evaluated."""
    found = getattr(value, "leaf", None)
    return found if isinstance(found, Attribute | Opaque) else None


def label(leaf: Attribute | Opaque) -> str:
    """A leaf as a person would write it."""
    if isinstance(leaf, Opaque):
        return leaf.text
    return f"{leaf.instance.address}.{leaf.name}" if leaf.name else leaf.instance.address


class Resolver:
    """Follows references through variables, module outputs and instances. Every expression is followed once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._memo: dict[tuple[int, str, Key], tuple[Leaf, ...]] = {}
        self._outputs: dict[str, tuple[Leaf, ...]] = {}

    def attribute(self, instance: Instance, *path: Step) -> tuple[Leaf, ...]:
        """The leaves of the attribute at ``path``: one :class:`Known` if it is planned, none if it is not set."""
        value = instance.value(*path)
        if value is not MISSING:
            leaf = leaf_in(value)
            return (leaf,) if leaf is not None else () if value is None else (Known(value),)
        expression = instance.expression(*path)
        if isinstance(expression, Missing) and instance.evaluated:
            return ()
        if isinstance(expression, Missing):
            if at(instance.values, path) is MISSING and (self._plan.is_state or _is_unset(instance, path)):
                return ()
            return (Opaque(instance.address, ".".join(map(str, path))),)
        return self.expression(expression, instance)

    def expression(self, expression: Mapping[str, Any], instance: Instance) -> tuple[Leaf, ...]:
        """The leaves of an expression that stands in the block of ``instance``."""
        frame = _Frame(instance.scope, instance.key, instance.address, instance.config)
        return self._expression(expression, frame, 0)

    def constant(self, expression: object, scope: Scope) -> Any:
        """The value of an expression if it is a constant, or a variable whose value is known; or else null."""
        leaves = self._expression(mapping(expression), _Frame(scope, None, scope.address, {}), 0)
        return leaves[0].value if len(leaves) == 1 and isinstance(leaves[0], Known) else None

    def _expression(self, expression: Mapping[str, Any], frame: _Frame, depth: int) -> tuple[Leaf, ...]:
        if isinstance(expression, Resolved):
            return tuple(expression.leaves)
        if "constant_value" in expression:
            return (Known(expression["constant_value"]),)
        key = (id(expression), frame.owner, frame.key)
        if key not in self._memo:
            self._memo[key] = (Opaque(frame.owner, "a reference to itself"),)  # what a cycle comes back to
            self._memo[key] = self._followed(expression, frame, depth)
        return self._memo[key]

    def _followed(self, expression: Mapping[str, Any], frame: _Frame, depth: int) -> tuple[Leaf, ...]:
        chains = list(_chains(items(expression.get("references"))))
        varying = any(chain.startswith(("each.", "count.")) for chain in chains)
        owner = frame.owner if varying else frame.scope.address
        if depth > MAX_DEPTH:
            return (Opaque(frame.owner, ", ".join(chains)),)
        selected = self._selected(chains, frame) if varying else MISSING
        is_index = not any(chain in ("each.key", "count.index") for chain in chains) and any(map(_is_whole, chains))
        leaves: dict[Leaf, None] = {}
        for chain in chains:
            if is_index and chain.startswith("each.value"):
                continue  # it only says which instance
            leaves.update(dict.fromkeys(self._reference(chain, frame, owner, selected, depth + 1)))
        if not leaves or len(leaves) > MAX_LEAVES:
            return (Opaque(owner if chains else frame.owner, ", ".join(chains[:8]) or "an expression"),)
        return tuple(leaves)

    def _reference(
        self, chain: str, frame: _Frame, owner: str, selected: Key | Missing, depth: int
    ) -> tuple[Leaf, ...]:
        head = chain.partition(".")[0].partition("[")[0]
        if head in ("path", "terraform", "count") or chain == "each.key":
            return ()
        if head == "each":
            return self._each_value(chain, frame, owner, depth)
        if head == "var":
            return self._variable(chain, frame.scope, depth)
        if head == "module":
            return self._module(chain, frame.scope, owner, selected, depth)
        if head in ("local", "self"):
            return (Opaque(owner, chain),)
        return self._resource(chain, frame.scope, owner, selected, depth)

    def _variable(self, chain: str, scope: Scope, depth: int) -> tuple[Leaf, ...]:
        name = re.split(r"[.\[]", chain, maxsplit=2)[1]
        declared = mapping(mapping(scope.config.get("variables")).get(name))
        rest = chain[len("var.") + len(name) :]
        if scope.parent is None:
            given = mapping(self._plan.variables.get(name))
            if declared.get("sensitive") is True:
                return (Known(),)
            return (Known(_inside(given.get("value", declared.get("default")), rest)),)
        argument = mapping(mapping(scope.call.get("expressions")).get(name))
        if not argument:
            return (Known(_inside(declared.get("default"), rest)),)
        leaves = self._expression(argument, _Frame(scope.parent, scope.key, scope.address, scope.call), depth)
        if declared.get("sensitive") is True:
            leaves = tuple(Known() if isinstance(leaf, Known) else leaf for leaf in leaves)
        if rest:
            return tuple(_part(leaf, rest) for leaf in leaves)
        return leaves

    def _module(self, chain: str, scope: Scope, owner: str, selected: Key | Missing, depth: int) -> tuple[Leaf, ...]:
        match = _MODULE.fullmatch(chain)
        if match is None:
            return (Opaque(owner, chain),)
        explicit = parse_key(match[2]) if match[2] else MISSING
        if isinstance(explicit, Missing) and not scope.children.get(match[1]):
            scope.child(match[1], None)  # a module that holds no resource of its own
        elif not isinstance(explicit, Missing):
            scope.child(match[1], explicit)
        child = _pick(scope.children.get(match[1], {}), explicit, selected)
        if child is None:
            return (Opaque(owner, chain),)
        if not match[3]:
            return self._all_outputs(child, depth)
        output = mapping(mapping(mapping(child.config.get("outputs")).get(match[3])).get("expression"))
        if not output:
            return (Opaque(owner, chain),)
        leaves = self._expression(output, _Frame(child, None, child.address, {}), depth)
        rest = chain[match.end(3) :]
        return tuple(_part(leaf, rest) for leaf in leaves) if rest else leaves

    def _all_outputs(self, child: Scope, depth: int) -> tuple[Leaf, ...]:
        """``module.m[each.key].out`` is written without ``.out``: any of the outputs may be meant."""
        if child.address not in self._outputs:
            self._outputs[child.address] = ()
            leaves: dict[Leaf, None] = {}
            for output in mapping(child.config.get("outputs")).values():
                expression = mapping(mapping(output).get("expression"))
                leaves.update(
                    dict.fromkeys(self._expression(expression, _Frame(child, None, child.address, {}), depth))
                )
            self._outputs[child.address] = tuple(leaves)
        return self._outputs[child.address]

    def _resource(self, chain: str, scope: Scope, owner: str, selected: Key | Missing, depth: int) -> tuple[Leaf, ...]:
        match = _RESOURCE.fullmatch(chain)
        if match is None:
            return (Opaque(owner, chain),)
        if match[1] not in scope.instances and match[1].startswith(_DOCUMENT):
            _from_configuration(scope, match[1])
        explicit = parse_key(match[2]) if match[2] else MISSING
        found = _pick(scope.instances.get(match[1], {}), explicit, selected)
        if found is None:
            return (Opaque(owner, chain),)
        name = match[3] or ""
        if not name:
            return (Attribute(found, ""),)
        value = found.value(name)
        if value is not MISSING:
            return (Known(_inside(value, chain[match.end(3) :])),)
        expression = found.expression(name)
        if isinstance(expression, Missing):
            return (Attribute(found, name),)
        return self._expression(expression, _Frame(found.scope, found.key, found.address, found.config), depth)

    def _each_value(self, chain: str, frame: _Frame, owner: str, depth: int) -> tuple[Leaf, ...]:
        """``for_each = aws_iam_role.this`` makes ``each.value`` the role of the same key."""
        over = list(_chains(items(mapping(frame.block.get("for_each_expression")).get("references"))))
        match = _RESOURCE.fullmatch(over[0]) if len(over) == 1 else None
        if match and not match[2] and not match[3] and frame.key in frame.scope.instances.get(match[1], {}):
            found = frame.scope.instances[match[1]][frame.key]
            return (Attribute(found, chain.removeprefix("each.value").lstrip(".").partition(".")[0]),)
        return (Opaque(owner, chain),)

    def _selected(self, chains: list[str], frame: _Frame) -> Key | Missing:
        """The key that ``[each.key]``, ``[each.value…]`` or ``[count.index]`` selects in this instance."""
        values = [chain for chain in chains if chain.startswith("each.value")]
        if not values or "each.key" in chains:
            return frame.key
        over = mapping(frame.block.get("for_each_expression"))
        if not over:  # toset([...]) of literals: Terraform writes no expression for it, and value and key are one
            return frame.key if values[0] == "each.value" else MISSING
        collection = self.constant(over, frame.scope)
        if isinstance(collection, list):
            return frame.key
        value = _inside(mapping(collection).get(str(frame.key)), values[0].removeprefix("each.value"))
        return value if isinstance(value, str) or type(value) is int else MISSING


def _is_unset(instance: Instance, path: tuple[Step, ...]) -> bool:
    """Whether nothing sets an attribute. Blocks that ``dynamic`` makes are planned and not in the configuration."""
    if not instance.config:
        return False
    is_written = path[0] in mapping(instance.config.get("expressions"))
    return len(path) == 1 or is_written or instance.value(path[0]) is MISSING


def _chains(references: Iterable[object]) -> Iterator[str]:
    """Each traversal in its longest form, once."""
    head = ""
    seen: set[str] = set()
    for reference in references:
        if not isinstance(reference, str) or not reference:
            continue
        if head.startswith(reference) and head[len(reference) :][:1] in ("", ".", "["):
            continue
        head = reference
        if reference not in seen:
            seen.add(reference)
            yield reference


def _is_whole(chain: str) -> bool:
    """Whether a reference is to all instances: written so where the index is computed."""
    match = _MODULE.fullmatch(chain) if chain.startswith("module.") else _RESOURCE.fullmatch(chain)
    head = chain.partition(".")[0].partition("[")[0]
    return (
        match is not None
        and head not in ("var", "local", "each", "count", "path", "terraform")
        and not match[2]
        and not match[3]
    )


def _pick(found: Mapping[Key, T], explicit: Key | Missing, selected: Key | Missing) -> T | None:
    if not isinstance(explicit, Missing):
        return found.get(explicit)
    if None in found:
        return found[None]
    if not isinstance(selected, Missing) and selected in found:
        return found[selected]
    return next(iter(found.values())) if len(found) == 1 else None


def _inside(value: Any, rest: str) -> Any:
    """The part of a known value that a traversal such as ``.a["b"]`` reaches; null if it reaches none."""
    for name, index in _STEPS.findall(rest):
        step: Step | Missing | None = name or parse_key(index)
        value = at(value, (step,)) if isinstance(step, str | int) else None
        if value is MISSING:
            return None
    return value


def _part(leaf: Leaf, rest: str) -> Leaf:
    """A part of what a leaf stands for. It is still the same resource, but another expression."""
    if isinstance(leaf, Known):
        return Known(_inside(leaf.value, rest))
    return Opaque(leaf.owner, leaf.text + rest) if isinstance(leaf, Opaque) else leaf


def _from_configuration(scope: Scope, local: str) -> None:
    """A policy document that the plan neither read nor planned to read: its statements stand in the configuration."""
    config = scope.resources.get(local)
    if config is None or "count_expression" in config or "for_each_expression" in config:
        return
    prefix = f"{scope.address}." if scope.address else ""
    _, kind, name = local.split(".", 2)
    scope.instances[local] = {
        None: Instance(f"{prefix}{local}", local, kind, name, False, None, scope, {}, None, config)
    }
