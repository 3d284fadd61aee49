"""``data.aws_iam_policy_document`` put together again where its JSON is known only after apply.

Actions are plain texts in nearly every plan; it is the resources that name what is yet to be made. Terraform plans such
a data source with all that it knows of each statement, and ``configuration`` has the references of the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.plan import Instance
from segrego.collect.terraform.references import Attribute, Known, Leaf, Resolver, unknown
from segrego.collect.terraform.values import MISSING, Missing, at, is_expression, items, mapping
from segrego.errors import PolicyDocumentError

__all__ = ["Documents", "Rebuilt"]

MAX_DEPTH = 16
_TYPE = "aws_iam_policy_document"
_Block = tuple[Any, Any]
"""A nested block: what is planned (missing where nothing is), and what is configured (missing likewise)."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A policy document. It is not ``exact`` where references stand for a part of it: literals beside a reference, such
    as the ``/*`` after a bucket's ARN, are not in a plan."""

    document: dict[str, Any]
    exact: bool


class Documents:
    """Policy documents of one plan, each put together once."""

    def __init__(self, resolver: Resolver, arns: Arns) -> None:
        self._resolver = resolver
        self._arns = arns
        self._made: dict[str, Rebuilt | PolicyDocumentError] = {}
        self._inexact: set[str] = set()

    def rebuild(self, leaves: tuple[Leaf, ...], depth: int = 0) -> Rebuilt:
        """The document that an unknown value with these leaves is.

        ``${…}`` stands in ``Resource``, ``Condition`` and ``Principal`` for what is not known. Raises
        :class:`~segrego.errors.PolicyDocumentError`, naming the address, for what cannot be put together.
        """
        found = unknown(leaves)
        source = found[0] if len(found) == 1 else None
        if not isinstance(source, Attribute) or source.instance.type != _TYPE or source.instance.managed:
            raise PolicyDocumentError("is known only after apply")
        instance = source.instance
        if instance.address not in self._made:
            try:
                self._made[instance.address] = self._document(instance, depth)
            except PolicyDocumentError as error:
                self._made[instance.address] = error
        made = self._made[instance.address]
        if isinstance(made, PolicyDocumentError):
            raise PolicyDocumentError(f"comes from {instance.address}, where {made.message}") from made
        return made

    def _document(self, instance: Instance, depth: int) -> Rebuilt:
        if depth > MAX_DEPTH:
            raise PolicyDocumentError("documents are nested too deeply")
        own = [self._statement(block, instance, n) for n, block in enumerate(self._blocks(instance, (), "statement"))]
        if instance.value("statement") is MISSING and not own and not instance.expression("statement"):
            raise PolicyDocumentError("statements are known only after apply")
        merged: dict[object, dict[str, Any]] = {}
        groups = [
            *self._others(instance, "source_policy_documents", "source_json", depth),
            own,
            *self._others(instance, "override_policy_documents", "override_json", depth),
        ]
        for group in groups:
            for statement in group:
                merged[statement.get("Sid") or object()] = statement  # a later statement replaces its namesake
        return Rebuilt({"Statement": list(merged.values())}, instance.address not in self._inexact)

    def _others(self, instance: Instance, name: str, single: str, depth: int) -> Iterator[list[dict[str, Any]]]:
        for attribute in (single, name):
            value = instance.value(attribute)
            leaves = self._resolver.attribute(instance, attribute) if value is MISSING else ()
            if value is not MISSING:
                known = [value] if isinstance(value, str) else items(value)
                expression = instance.expression(attribute)
                if None in known and not isinstance(expression, Missing):
                    leaves = self._resolver.expression(expression, instance)
                open_leaves = unknown(leaves)
                if known.count(None) != len(open_leaves):
                    raise PolicyDocumentError(f"{attribute} is known only after apply")
                waiting = iter(open_leaves)
                for part in known:
                    yield _parsed(part) if part is not None else self._part(next(waiting), instance, depth)
            else:
                for leaf in leaves:
                    yield _parsed(leaf.value) if isinstance(leaf, Known) else self._part(leaf, instance, depth)

    def _part(self, leaf: Leaf, instance: Instance, depth: int) -> list[dict[str, Any]]:
        part = self.rebuild((leaf,), depth + 1)
        if not part.exact:
            self._inexact.add(instance.address)
        return list(part.document["Statement"])

    def _statement(self, block: _Block, instance: Instance, index: int) -> dict[str, Any]:
        where = f"{instance.address}.statement[{index}]"
        made: dict[str, Any] = {"Effect": self._known(block, "effect", where) or "Allow"}
        if isinstance(sid := self._planned(block, "sid"), str) and sid:
            made["Sid"] = sid
        for name, element in (("actions", "Action"), ("not_actions", "NotAction")):
            if actions := self._known(block, name, where):
                made[element] = actions
        for name, element in (("resources", "Resource"), ("not_resources", "NotResource")):
            if resources := self._texts(block, name, instance, where):
                made[element] = resources
        for name, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
            if principals := self._principals(block, name, instance, where):
                made[element] = principals
        if conditions := self._conditions(block, instance, where):
            made["Condition"] = conditions
        return made

    def _principals(self, block: _Block, name: str, instance: Instance, where: str) -> Any:
        made: dict[str, list[str]] = {}
        for inner in self._blocks(instance, block, name):
            kind = self._known(inner, "type", where)
            made.setdefault(str(kind), []).extend(self._texts(inner, "identifiers", instance, where))
        return "*" if made == {"*": ["*"]} else made

    def _conditions(self, block: _Block, instance: Instance, where: str) -> dict[str, dict[str, list[str]]]:
        made: dict[str, dict[str, list[str]]] = {}
        for inner in self._blocks(instance, block, "condition"):
            test, variable = (str(self._known(inner, name, where)) for name in ("test", "variable"))
            values = self._texts(inner, "values", instance, where)
            made.setdefault(test, {}).setdefault(variable, []).extend(values)
        return made

    def _blocks(self, instance: Instance, block: _Block | tuple[()], name: str) -> list[_Block]:
        """The blocks ``name`` of a block, or of the data source. A set that is not wholly known is not planned at all,
        and its members stand in no order: then the configuration has the better account."""
        planned = at(block[0], (name,)) if block else instance.value(name)
        configured = at(block[1] if block else instance.config.get("expressions"), (name,))
        configured = [configured] if isinstance(configured, dict) and not is_expression(configured) else configured
        known = [inner for inner in items(planned) if isinstance(inner, dict)]
        expressions = items(configured)
        is_set = name != "statement"
        if planned is None or (planned == [] and not expressions):
            return []
        if known and not (is_set and expressions and not all(map(_complete, known))):
            paired = expressions if len(expressions) == len(known) and not is_set else [MISSING] * len(known)
            return list(zip(known, paired, strict=True))
        if planned is MISSING and not expressions and block and block[0] is not MISSING:
            raise PolicyDocumentError(f"{instance.address}.{name} is known only after apply")
        return [(MISSING, inner) for inner in expressions]

    def _planned(self, block: _Block, name: str) -> Any:
        value = at(block[0], (name,)) if block[0] is not MISSING else MISSING
        if value is MISSING or (isinstance(value, list) and None in value):
            value = MISSING
            expression = at(block[1], (name,)) if block[1] is not MISSING else MISSING
            if expression is MISSING and block[1] is not MISSING:
                return None
            if isinstance(expression, dict) and "constant_value" in expression:
                return expression["constant_value"]
        return value

    def _known(self, block: _Block, name: str, where: str) -> Any:
        value = self._planned(block, name)
        if value is MISSING:
            raise PolicyDocumentError(f"{name} of {where} is known only after apply")
        return value

    def _texts(self, block: _Block, name: str, instance: Instance, where: str) -> list[str]:
        value = self._planned(block, name)
        if value is not MISSING:
            return [text.replace("&{", "${") if isinstance(text, str) else text for text in items(value)]
        self._inexact.add(instance.address)
        expression = mapping(at(block[1], (name,))) if block[1] is not MISSING else {}
        if not expression:
            return [f"${{{where}.{name}}}"]
        leaves = self._resolver.expression(expression, instance)
        return self._arns.texts(leaves) or [f"${{{where}.{name}}}"]


def _complete(block: Mapping[str, Any]) -> bool:
    """Whether a planned block of a set has all of its attributes, known."""
    return not any(value is None or (isinstance(value, list) and None in value) for value in block.values()) and (
        {"type", "identifiers"} <= block.keys() or {"test", "values", "variable"} <= block.keys()
    )


def _parsed(document: object) -> list[dict[str, Any]]:
    try:
        found = mapping(json.loads(document) if isinstance(document, str) else None).get("Statement")
    except (ValueError, RecursionError) as error:
        raise PolicyDocumentError("a policy document that it includes is not JSON") from error
    statements = [found] if isinstance(found, dict) else items(found)
    if not statements or not all(isinstance(statement, dict) for statement in statements):
        raise PolicyDocumentError("a policy document that it includes holds no statements")
    return statements
