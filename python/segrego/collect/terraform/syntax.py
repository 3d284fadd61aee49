"""The syntax of HCL2 as plain nodes, from the trees of ``tree-sitter-hcl`` or from Terraform's JSON syntax.

``tree-sitter-hcl`` was chosen over ``python-hcl2`` by trying both on 4,600 public files: it is eight times faster, it
takes templates in heredocs apart, and deep nesting does not exhaust its stack. It is lenient where HCL is strict (two
attributes on one line), and it groups chains of conditionals to the left, which :func:`_conditional` puts right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "Attr",
    "Binary",
    "Block",
    "Body",
    "Call",
    "Conditional",
    "Expr",
    "For",
    "Index",
    "Literal",
    "Name",
    "Object",
    "Repeat",
    "Splat",
    "Template",
    "Tuple",
    "Unary",
]


@dataclass(slots=True, eq=False)
class Expr:
    """An expression: its line (from 1), and its text as it is written."""

    line: int
    text: str


@dataclass(slots=True, eq=False)
class Literal(Expr):
    """A number, a truth value, null, or a text without parts."""

    value: Any


@dataclass(slots=True, eq=False)
class Template(Expr):
    """A text with parts. ``parts`` are texts, interpolations, and the directives ``if`` and ``for``."""

    parts: tuple[Any, ...]


@dataclass(slots=True, eq=False)
class Repeat(Expr):
    """The directive ``%{ for … }`` of a template."""

    key: str | None
    value: str
    over: Expr
    body: Template


@dataclass(slots=True, eq=False)
class Name(Expr):
    """The first name of a traversal."""

    name: str


@dataclass(slots=True, eq=False)
class Attr(Expr):
    """``of.name``."""

    of: Expr
    name: str


@dataclass(slots=True, eq=False)
class Index(Expr):
    """``of[key]``."""

    of: Expr
    key: Expr


@dataclass(slots=True, eq=False)
class Splat(Expr):
    """``of[*].rest``; ``rest`` starts at the name that stands for each element."""

    of: Expr
    rest: Expr


@dataclass(slots=True, eq=False)
class Call(Expr):
    """A function call; ``spread`` where the last argument is followed by ``...``."""

    name: str
    arguments: tuple[Expr, ...]
    spread: bool


@dataclass(slots=True, eq=False)
class Conditional(Expr):
    """``test ? yes : no``."""

    test: Expr
    yes: Expr
    no: Expr


@dataclass(slots=True, eq=False)
class Binary(Expr):
    """An operation of two operands."""

    operator: str
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Unary(Expr):
    """``!operand`` or ``-operand``."""

    operator: str
    operand: Expr


@dataclass(slots=True, eq=False)
class Tuple(Expr):
    """``[…]``."""

    items: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Object(Expr):
    """``{…}``."""

    pairs: tuple[tuple[Expr, Expr], ...]


@dataclass(slots=True, eq=False)
class For(Expr):
    """A ``for`` expression; ``key_result`` where it makes an object, ``grouped`` where it ends in ``...``."""

    key: str | None
    value: str
    over: Expr
    key_result: Expr | None
    result: Expr
    condition: Expr | None
    grouped: bool


@dataclass(slots=True, eq=False)
class Body:
    """Attributes by name, and blocks in their order."""

    attributes: dict[str, Expr] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def of(self, kind: str) -> Iterator[Block]:
        """The blocks of a type."""
        return (block for block in self.blocks if block.type == kind)


@dataclass(slots=True, eq=False)
class Block:
    """A block with its labels, and the file and line where it starts."""

    type: str
    labels: tuple[str, ...]
    body: Body
    file: str
    line: int
