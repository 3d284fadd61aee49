"""What the bodies of blocks hold: attributes, nested blocks, and those that ``dynamic`` makes."""

from __future__ import annotations

from typing import Any

from segrego.collect.terraform.environment import Env
from segrego.collect.terraform.evaluate import Evaluator
from segrego.collect.terraform.json_lines import with_lines
from segrego.collect.terraform.operators import entries
from segrego.collect.terraform.references import Attribute, Opaque
from segrego.collect.terraform.syntax import Block, Body, Expr, Literal, Name, Template
from segrego.collect.terraform.terms import Document, EvaluationError, Lined, Text, Unknown, is_open, leaves_of
from segrego.collect.terraform.values import MISSING, Missing, Resolved

__all__ = ["Bodies", "names_of", "split"]


class Bodies:
    """Evaluates the bodies of blocks."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator

    def value(self, expression: Expr, env: Env) -> Any:
        """The value of an expression; unknown where Terraform would refuse it."""
        try:
            found = self.evaluator.evaluate(expression, env)
        except EvaluationError:
            return self.evaluator.unknown(expression, env)
        is_heredoc = isinstance(expression, Literal | Template) and expression.text.startswith("<<")
        return with_lines(found, env.file, expression.line + 1) if is_heredoc and isinstance(found, str) else found

    def blocks(self, body: Body, env: Env, only: str | None = None) -> dict[str, Any]:
        """The nested blocks of a body by name, each name a list of objects."""
        found: dict[str, Any] = {}
        for block in body.blocks:
            dynamic = block.type == "dynamic" and bool(block.labels)
            name = block.labels[0] if dynamic else block.type
            if only is not None and name != only:
                continue
            made = self._dynamic(block, env) if dynamic else [self.content(block, env)]
            if isinstance(made, Unknown) or isinstance(found.get(name), Unknown):
                found[name] = made if isinstance(made, Unknown) else found[name]
            else:
                found.setdefault(name, []).extend(made)
        return found

    def content(self, block: Block, env: Env) -> Lined:
        """The attributes and blocks in a block."""
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
        for key, value in _entries(over):
            made.append(self.content(content, env.bound({name: {"key": key, "value": value}})))
            made[-1].place = (block.file, block.line)
        return made


def names_of(body: Body) -> list[str]:
    """The names of the attributes and blocks of a body."""
    names = dict.fromkeys(body.attributes)
    for block in body.blocks:
        names[block.labels[0] if block.type == "dynamic" and block.labels else block.type] = None
    return list(names)


def _entries(over: Any) -> list[tuple[Any, Any]]:
    return entries(over) if isinstance(over, dict | list) else []


def split(value: Any) -> tuple[Any, Any]:
    """What is known of a value, and the expressions of the rest, as a plan keeps the two apart."""
    if isinstance(value, Unknown) or (isinstance(value, Text) and value.leaf is not None and is_open(value)):
        return MISSING, Resolved((value.leaf,))
    if hasattr(value, "attribute"):  # a whole resource, or a module
        instance = getattr(value, "instance", None)
        return MISSING, Resolved((Attribute(instance, ""),) if instance is not None else ())
    if isinstance(value, dict):
        parts = {key: split(inner) for key, inner in value.items()}
        known = {key: part for key, (part, _) in parts.items() if not isinstance(part, Missing)}
        made = Lined(known, value.place) if isinstance(value, Lined) else known
        return made, {key: expression for key, (_, expression) in parts.items() if expression}
    if isinstance(value, list):
        if value and all(isinstance(inner, dict) for inner in value):
            pairs = [split(inner) for inner in value]
            expressions = [expression for _, expression in pairs]
            return [known for known, _ in pairs], expressions if any(expressions) else None
        if any(isinstance(inner, Unknown) or hasattr(inner, "attribute") for inner in value):
            return MISSING, Resolved(leaves_of(value) or (Opaque("", "a list"),))
        return [_without_parts(inner) for inner in value], None
    return _without_parts(value), None


def _without_parts(value: Any) -> Any:
    """A text that is made of parts as a plain one: its parts are written in it. One that stands for something keeps
    it."""
    is_made = isinstance(value, Text) and value.leaf is None and not isinstance(value, Document)
    return str(value) if is_made else value
