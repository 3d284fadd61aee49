"""Where an expression stands, and what its names mean there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from segrego.collect.terraform.syntax import Expr
from segrego.collect.terraform.terms import EvaluationError

__all__ = ["Env", "GivenNames", "Names", "Namespace"]


class Names(Protocol):
    """A module instance, as far as expressions ask it for names. ``path`` is its folder, from that of the root
    module."""

    address: str
    path: str

    def resolve(self, kind: str, name: str, expression: Expr) -> Any:
        """What ``kind.name`` means here: ``var.x``, ``local.x``, ``module.x``, ``data.T.x``, ``T.x``."""


@dataclass(slots=True)
class Env:
    """Where an expression stands. ``owner``: the address of what it is written for, of a resource or module call.
    ``key`` and ``value`` are those of ``each``, and ``defaulted`` tells whether they follow from the default of a
    variable."""

    scope: Names
    file: str
    owner: str
    key: Any = None
    value: Any = None
    names: Mapping[str, Any] = field(default_factory=dict)
    defaulted: bool = False

    def bound(self, names: Mapping[str, Any]) -> Env:
        """The same place with more names."""
        return replace(self, names={**self.names, **names})


@dataclass(frozen=True, slots=True)
class Namespace:
    """The first part of a reference, such as ``data`` or ``aws_iam_role``."""

    kind: str


class GivenNames:
    """The names that a template's file sees beside those it is given: none."""

    def __init__(self, scope: Names) -> None:
        self.address = scope.address
        self.path = scope.path

    def resolve(self, kind: str, name: str, expression: Expr) -> Any:
        """There is no such name."""
        raise EvaluationError(f"a template has no {kind}.{name}")
