"""Conditions of templates: whether one holds, as far as the template and its parameters tell.

Source: CloudFormation user guide, "Condition functions".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from segrego.collect.cloudformation.template import Map, Seq
from segrego.collect.cloudformation.text import Text, as_text

if TYPE_CHECKING:
    from segrego.collect.cloudformation.scope import Scope

__all__ = ["MAX_DEPTH", "Conditions", "Decision"]

MAX_DEPTH = 64
"""Deepest chain of values, references and names that is followed."""


@dataclass(frozen=True, slots=True)
class Decision:
    """``holds``: null where only the deployment tells. ``by_default``: true only while parameters keep defaults."""

    holds: bool | None
    by_default: bool = False


_OPEN = Decision(None)


class Conditions:
    """Decides the conditions of one template, each once."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._decided: dict[str, Decision] = {}

    def decide(self, name: str) -> Decision:
        """Whether a condition holds. One that refers to itself, or to nothing, is undecided."""
        if name not in self._decided:
            self._decided[name] = _OPEN  # for a condition that refers to itself
            self._decided[name] = self._condition(self._scope.conditions.get(name))
        return self._decided[name]

    def forget(self) -> None:
        """Drop what was decided."""
        self._decided.clear()

    def _condition(self, node: Any) -> Decision:
        if not isinstance(node, Map) or len(node) != 1 or self._scope.scan.depth > MAX_DEPTH:
            return _OPEN
        name, argument = next(iter(node.items()))
        self._scope.scan.depth += 1
        try:
            if name == "Condition":
                return self.decide(argument) if isinstance(argument, str) else _OPEN
            items = argument if isinstance(argument, Seq) else Seq(0)
            if name == "Fn::Equals" and len(items) == 2:
                return self._equals(items)
            if name in ("Fn::And", "Fn::Or"):
                return _combined([self._condition(item) for item in items], name == "Fn::And")
            if name == "Fn::Not" and len(items) == 1:
                inner = self._condition(items[0])
                return inner if inner.holds is None else Decision(not inner.holds, inner.by_default)
        finally:
            self._scope.scan.depth -= 1
        return _OPEN

    def _equals(self, items: Seq) -> Decision:
        left, right = (as_text(self._scope.resolve(item)) for item in items)
        if left is None or right is None:
            return _OPEN
        by_default = left.by_default or right.by_default
        if str(left) == str(right):
            return Decision(True, by_default)
        # what both sides may come to decides, where that is known and they never or always agree
        agree = {_same(*pair) for pair in product(left.options or (left,), right.options or (right,))}
        return Decision(agree.pop(), by_default) if len(agree) == 1 else _OPEN


def _same(left: Text, right: Text) -> bool | None:
    if str(left) == str(right):
        return True
    return None if left.unresolved or right.unresolved else False


def _combined(parts: list[Decision], every: bool) -> Decision:
    """``And`` (every) or ``Or``. One part settles the whole, for certain if it is certain itself; else one undecided
    part leaves it undecided."""
    settling = [part for part in parts if part.holds is (not every)]
    if settling:
        return Decision(not every, all(part.by_default for part in settling))
    if not parts or any(part.holds is None for part in parts):
        return _OPEN
    return Decision(every, any(part.by_default for part in parts))
