"""What a deployment must be like for a resource to be in it, so that what never exists together is known.

A condition is followed down to the values that it leaves to each parameter on its own. What that cannot tell (which
values two parameters have together) is left open: two resources that are taken to exclude each other do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from segrego.collect.cloudformation.conditions import MAX_DEPTH
from segrego.collect.cloudformation.template import Map, Seq
from segrego.collect.cloudformation.text import as_text, compact
from segrego.inventory import DeploymentCondition

if TYPE_CHECKING:
    from segrego.collect.cloudformation.scope import Scope

__all__ = ["Requirements", "exclude_each_other", "requirements"]

_PSEUDO = frozenset({"AWS::AccountId", "AWS::Region", "AWS::StackName"})


@dataclass(frozen=True, slots=True)
class _Left:
    """The values that are left to a parameter: these, or (``excluded``) all but these."""

    values: frozenset[str]
    excluded: bool = False

    def both(self, other: _Left) -> _Left:
        """What is left by this and the other."""
        if self.excluded and other.excluded:
            return _Left(self.values | other.values, True)
        if not self.excluded and not other.excluded:
            return _Left(self.values & other.values)
        kept, taken = (other, self) if self.excluded else (self, other)
        return _Left(kept.values - taken.values)

    def either(self, other: _Left) -> _Left:
        """What is left by this or the other."""
        return self.opposite().both(other.opposite()).opposite()

    def opposite(self) -> _Left:
        """All that is not left."""
        return _Left(self.values, not self.excluded)


_Lefts = dict[str, _Left]
"""By parameter; one that is not in it may have any value."""


def requirements(scope: Scope, logical: str) -> tuple[DeploymentCondition, ...]:
    """What must hold for a resource, and the stacks that nest it, to be deployed; sorted by parameter."""
    found: _Lefts = {}
    while (condition := scope.resources[logical].get("Condition")) is not None or scope.parent is not None:
        if isinstance(condition, str):
            found = _all((found, scope.requirements.named(condition, True)))
        if (parent := scope.parent) is None:
            break
        scope, logical = parent.scope, parent.logical
    return tuple(
        DeploymentCondition(parameter=name, values=tuple(sorted(left.values)), excluded=left.excluded)
        for name, left in sorted(found.items())
    )


def exclude_each_other(one: Iterable[DeploymentCondition], other: Iterable[DeploymentCondition]) -> bool:
    """Whether no deployment meets the conditions of both."""
    needed = {condition.parameter: _left(condition) for condition in one}
    met = [needed[c.parameter].both(_left(c)) for c in other if c.parameter in needed]
    return any(left == _Left(frozenset()) for left in met)


def _left(condition: DeploymentCondition) -> _Left:
    return _Left(frozenset(condition.values), condition.excluded)


class Requirements:
    """Reads the conditions of one template, each once; ``wanted`` is whether one is to hold or not to hold."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._open = 0
        self._read_so_far: dict[tuple[str, bool], _Lefts] = {}

    def named(self, name: str, wanted: bool) -> _Lefts:
        """What a condition leaves. One that refers to itself, or to nothing, leaves everything."""
        key = (name, wanted)
        if key not in self._read_so_far and self._open <= MAX_DEPTH:
            self._read_so_far[key] = {}  # for a condition that refers to itself
            self._open += 1
            self._read_so_far[key] = self._read(self._scope.conditions.get(name), wanted, 0)
            self._open -= 1
        return self._read_so_far.get(key, {})

    def forget(self) -> None:
        """Drop what was read."""
        self._read_so_far.clear()

    def _read(self, node: Any, wanted: bool, depth: int) -> _Lefts:
        if not isinstance(node, Map) or len(node) != 1 or depth > MAX_DEPTH:
            return {}
        kind, argument = next(iter(node.items()))
        if kind == "Condition" and isinstance(argument, str):
            return self.named(argument, wanted)
        items = argument if isinstance(argument, Seq) else Seq(0)
        if kind == "Fn::Equals" and len(items) == 2:
            return self._equals(items, wanted)
        if kind == "Fn::Not" and len(items) == 1:
            return self._read(items[0], not wanted, depth + 1)
        if kind in ("Fn::And", "Fn::Or") and items:
            parts = [self._read(item, wanted, depth + 1) for item in items]
            return _all(parts) if (kind == "Fn::And") == wanted else _any(parts)
        return {}

    def _equals(self, items: Seq, wanted: bool) -> _Lefts:
        sides = [self._parameter(self._scope, item) for item in items]
        texts = [as_text(self._scope.constant(item)) for item in items]
        for parameter, text in zip(sides, reversed(texts), strict=True):
            if parameter is not None and text is not None:
                left = _Left(frozenset({str(text)}), not wanted)
                return {parameter[0]: left.both(parameter[1]) if parameter[1] else left}
        expression = " = ".join(sorted(map(compact, items)))
        return {f"{self._scope.name}#{expression}": _Left(frozenset({str(wanted).lower()}))}

    @staticmethod
    def _parameter(scope: Scope, node: Any) -> tuple[str, _Left | None] | None:
        """The parameter that a reference names, as the stack writes it that it comes from, and what it may be."""
        while isinstance(node, Map) and len(node) == 1 and isinstance(name := node.get("Ref"), str):
            if name not in scope.parameters:
                return (f"{scope.name}#{name}", None) if name in _PSEUDO and name not in scope.pseudo else None
            if scope.parent is None or name not in scope.parent.given:
                return (f"{scope.name}#{name}", _allowed(scope.parameters[name])) if name not in scope.given else None
            node, scope = scope.parent.given[name], scope.parent.scope
        return None


def _allowed(declared: Any) -> _Left | None:
    if not isinstance(declared, Map) or str(declared.get("Type")).startswith("AWS::SSM::"):
        return None  # of an SSM type the names are listed, and the values compared
    allowed = declared.get("AllowedValues")
    texts = [as_text(value) for value in allowed] if isinstance(allowed, Seq) else []
    return _Left(frozenset(str(text) for text in texts)) if texts and None not in texts else None


def _all(parts: Iterable[_Lefts]) -> _Lefts:
    found: _Lefts = {}
    for part in parts:
        for name, left in part.items():
            found[name] = found[name].both(left) if name in found else left
    return found


def _any(parts: list[_Lefts]) -> _Lefts:
    names = set.intersection(*(set(part) for part in parts))
    return {name: reduce(_Left.either, (part[name] for part in parts)) for name in names}
