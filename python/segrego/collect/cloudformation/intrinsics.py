"""The intrinsic functions of CloudFormation templates, and their conditions.

Source: CloudFormation user guide, "Intrinsic function reference", "Condition functions", "Pseudo parameters reference".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from segrego.collect.cloudformation.names import SHAPES
from segrego.collect.cloudformation.template import Map, Seq
from segrego.collect.cloudformation.text import MAX_TEXT, Text, as_text, compact, joined, split_outside, token

if TYPE_CHECKING:
    from segrego.collect.cloudformation.scope import Scope

__all__ = ["NO_VALUE", "Resolver"]

MAX_DEPTH = 64
"""Deepest chain of values, references and names that is followed."""

NO_VALUE = object()
"""What ``AWS::NoValue`` gives: the property is as if it were not written."""

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:([^}]*)\}\}")
_FIXED = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
_PSEUDO = frozenset({"AWS::AccountId", "AWS::NotificationARNs", "AWS::Region", "AWS::StackId", "AWS::StackName"})
_SAME_EVERYWHERE = ("${AWS::Region}", "${AWS::AccountId}")


class Resolver:
    """Resolves the values of one template. ``dangling`` gathers references to nothing."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.dangling: set[str] = set()
        self._decided: dict[str, tuple[bool | None, bool]] = {}
        self._given: dict[str, Any] = {}
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::Base64": self.resolve,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
            "Fn::ToJsonString": self._to_json,
        }

    def decide(self, name: str) -> tuple[bool | None, bool]:
        """Whether a condition holds with the parameters' defaults (null: undecided), and whether it took a default."""
        if name not in self._decided:
            self._decided[name] = (None, False)  # for a condition that refers to itself
            self._decided[name] = self._condition(self.scope.conditions.get(name))
        return self._decided[name]

    def _condition(self, node: Any) -> tuple[bool | None, bool]:
        if not isinstance(node, Map) or len(node) != 1 or self.scope.scan.depth > MAX_DEPTH:
            return None, False
        name, argument = next(iter(node.items()))
        self.scope.scan.depth += 1
        try:
            if name == "Condition":
                return self.decide(argument) if isinstance(argument, str) else (None, False)
            items = argument if isinstance(argument, Seq) else Seq(0)
            if name == "Fn::Equals" and len(items) == 2:
                return self._equals(items)
            if name in ("Fn::And", "Fn::Or"):
                return _combined([self._condition(item) for item in items], name == "Fn::And")
            if name == "Fn::Not" and len(items) == 1:
                value, default = self._condition(items[0])
                return None if value is None else not value, default
        finally:
            self.scope.scan.depth -= 1
        return None, False

    def _equals(self, items: Seq) -> tuple[bool | None, bool]:
        left, right = (as_text(self.resolve(item)) for item in items)
        if left is None or right is None:
            return None, False
        default = left.by_default or right.by_default
        if left.unresolved or right.unresolved:
            return (True if str(left) == str(right) else None), default
        return str(left) == str(right), default

    def forget(self) -> None:
        """Drop what was resolved before all templates were linked."""
        self._decided.clear()
        self._given.clear()

    def resolve(self, node: Any) -> Any:
        """A value with its references resolved: :class:`Text`, numbers, booleans, null, :class:`Map` and :class:`Seq`
        (with the lines of what they were), or ``NO_VALUE``. References to nothing are added to ``dangling``."""
        if isinstance(node, Text):
            return node
        if isinstance(node, str):
            return self._dynamic(node)
        if not isinstance(node, Map | Seq | list):
            return node
        if self.scope.scan.depth > MAX_DEPTH:
            return token("TooDeep")
        self.scope.scan.depth += 1
        try:
            if not isinstance(node, Map):
                return self._sequence(node)
            if len(node) == 1 and (name := next(iter(node))) in self._functions:
                return self._functions[name](node[name])
            if len(node) == 1 and name.startswith("Fn::") and "::" not in name[4:]:
                return token(name[4:], compact(node[name]))
            return self._mapping(node)
        finally:
            self.scope.scan.depth -= 1

    def _sequence(self, node: list[Any]) -> Seq:
        result = Seq(node.line if isinstance(node, Seq) else 0)
        result.extend(value for value in map(self.resolve, node) if value is not NO_VALUE)
        return result

    def _mapping(self, node: Map) -> Map:
        result = Map(node.line)
        result.lines = node.lines
        for key, item in node.items():
            value = self.resolve(item)
            if value is not NO_VALUE:
                result[key] = value
        return result

    @staticmethod
    def _dynamic(text: str) -> Text:
        """Dynamic references (``{{resolve:ssm:…}}``) are read by AWS at deployment."""
        replaced, count = _DYNAMIC.subn(lambda match: token("resolve", match[1]), text)
        return Text(replaced, unresolved=count > 0)

    def _scalar(self, node: Any) -> Text:
        value = self.resolve(node)
        text = as_text(value)
        return text if text is not None else token(compact(node))

    def _ref(self, name: Any) -> Any:
        if not isinstance(name, str):
            return token("Ref", compact(name))
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in _FIXED:
            return Text(_FIXED[name])
        if name in _PSEUDO:
            return Text("${" + name + "}", unresolved=True)
        if name in self.scope.parameters:
            return self._parameter(name)
        if name not in self.scope.resources:
            self.dangling.add(name)
            return Text("${" + name + "}", unresolved=True)
        shape = SHAPES.get(self.scope.type(name))
        found = self.scope.arn_of(name) if shape and shape.ref == "arn" else None
        return found if found is not None else self.scope.name_of(name)

    def _parameter(self, name: str) -> Any:
        if name not in self._given:
            self._given[name] = token(name)  # for stacks that nest each other
            self._given[name] = self._parameter_value(name)
        return self._given[name]

    def _parameter_value(self, name: str) -> Any:
        """What all parents hand down alike, else the default. The default of a secret (``NoEcho``) is not read, and
        that of an SSM type names a parameter."""
        declared = self.scope.parameters[name]
        handed = [(scope, given[name]) for scope, given in self.scope.parents if name in given]
        if handed:
            values = [scope.exported(node) for scope, node in handed]
            whole = len(handed) == len(self.scope.parents) and all(str(value) == str(values[0]) for value in values)
            foreign = any(value.unresolved and value.entity is None for value in values)
            return values[0] if whole and not foreign else Text("${" + name + "}", unresolved=True)
        kind = str(declared.get("Type", "")) if isinstance(declared, Map) else ""
        default = as_text(declared.get("Default")) if isinstance(declared, Map) else None
        secret = isinstance(declared, Map) and str(declared.get("NoEcho", "")).lower() == "true"
        if default is None or secret or kind.startswith("AWS::SSM::Parameter::"):
            return Text("${" + name + "}", unresolved=True)
        if kind.startswith("List<") or kind == "CommaDelimitedList":
            result = Seq(0)
            result.extend(Text(item.strip(), by_default=True) for item in default.split(","))
            return result
        return Text(default, by_default=True)

    def exported(self, node: Any) -> Text:
        """A value for another template: with the resource that it denotes."""
        text = self._scalar(node)
        return Text(text, by_default=text.by_default, unresolved=text.unresolved, entity=self.scope.denoted(text))

    def _get_att(self, argument: Any) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) < 2 or not isinstance(parts[0], str):
            return token("GetAtt", compact(argument))
        logical, attribute = parts[0], ".".join(str(self._scalar(part)) for part in parts[1:])
        if logical not in self.scope.resources:
            self.dangling.add(f"{logical}.{attribute}")
            return token(logical, attribute)
        if self.scope.type(logical) == "AWS::CloudFormation::Stack" and attribute.startswith("Outputs."):
            return self._stack_output(logical, attribute.removeprefix("Outputs."))
        shape = SHAPES.get(self.scope.type(logical))
        if shape and attribute in shape.arns:
            return self.scope.arn_of(logical)
        if shape and attribute in shape.names:
            return self.scope.name_of(logical)
        return Text("${" + f"{logical}.{attribute}" + "}", unresolved=True, entity=(self.scope.name, logical))

    def _stack_output(self, logical: str, name: str) -> Text:
        child = self.scope.child(logical)
        output = child.outputs.get(name) if child else None
        if child is None or not isinstance(output, Map) or "Value" not in output:
            return token(logical, "Outputs", name)
        value = child.exported(output["Value"])
        # a token of another template means nothing here, but for the resource that it denotes
        return value if value.entity or not value.unresolved else token(logical, "Outputs", name)

    def _import(self, argument: Any) -> Text:
        name = self._scalar(argument)
        plain = str(name)
        for same in _SAME_EVERYWHERE:
            plain = plain.replace(same, "")
        found = [] if "${" in plain else self.scope.scan.exports(str(name))
        if len(found) == 1:
            value = found[0][0].exported(found[0][1])
            if value.entity or not value.unresolved:
                return Text(
                    value,
                    by_default=value.by_default or name.by_default,
                    unresolved=value.unresolved,
                    entity=value.entity,
                )
        return token("ImportValue", name)

    def _sub(self, argument: Any) -> Text:
        template, variables = argument, Map(0)
        if isinstance(argument, Seq) and len(argument) == 2 and isinstance(argument[1], Map):
            template, variables = argument
        if not isinstance(template, str):
            return token("Sub", compact(argument))
        parts, end = [], 0
        for match in _VARIABLE.finditer(template):
            parts.append(self._dynamic(template[end : match.start()]))
            parts.append(self._variable(match, variables))
            end = match.end()
        parts.append(self._dynamic(template[end:]))
        return joined([part for part in parts if part] or [Text("")])

    def _variable(self, match: re.Match[str], variables: Map) -> Text:
        name = match[2].strip()
        if match[1]:
            return Text("${" + name + "}", unresolved=True)
        if name in variables:
            return self._scalar(variables[name])
        value = self._get_att(name) if "." in name else self._ref(name)
        text = as_text(value)
        return text if text is not None else token(name)

    def _join(self, argument: Any) -> Text:
        items = argument if isinstance(argument, Seq) and len(argument) == 2 else Seq(0)
        parts = self.resolve(items[1]) if len(items) == 2 else None
        if not isinstance(parts, Seq) or not isinstance(items[0], str):
            return token("Join", compact(argument))
        texts = [as_text(part) for part in parts]
        if any(text is None for text in texts):
            return token("Join", compact(argument))
        return joined([text for text in texts if text is not None] or [Text("")], items[0])

    def _select(self, argument: Any) -> Any:
        items = argument if isinstance(argument, Seq) and len(argument) == 2 else Seq(0)
        index = self._scalar(items[0]) if len(items) == 2 else Text("")
        values = self.resolve(items[1]) if len(items) == 2 else None
        if isinstance(values, Seq) and index.isdigit() and len(index) < 6 and int(index) < len(values):
            return values[int(index)]
        return token("Select", compact(argument))

    def _split(self, argument: Any) -> Any:
        items = argument if isinstance(argument, Seq) and len(argument) == 2 else Seq(0)
        if len(items) != 2 or not isinstance(items[0], str) or not items[0]:
            return token("Split", compact(argument))
        text = self._scalar(items[1])
        result = Seq(0)
        for part in split_outside(text, items[0]):
            result.append(Text(part, by_default=text.by_default, unresolved="${" in part))
        return result

    def _if(self, argument: Any) -> Any:
        items = argument if isinstance(argument, Seq) and len(argument) == 3 else Seq(0)
        if len(items) != 3 or not isinstance(items[0], str):
            return token("If", compact(argument))
        decision, default = self.decide(items[0])
        if decision is None:
            branches = [self.resolve(items[1]), self.resolve(items[2])]
            same = all(isinstance(b, Text) for b in branches) and branches[0] == branches[1]
            return branches[0] if same else token("If", items[0], *map(compact, items[1:]))
        value = self.resolve(items[1] if decision else items[2])
        if default and isinstance(value, Text):
            return Text(value, by_default=True, unresolved=value.unresolved, entity=value.entity)
        return value

    def _find_in_map(self, argument: Any) -> Any:
        items = argument if isinstance(argument, Seq) else Seq(0)
        keys = [self._scalar(item) for item in items[:3]]
        node: Any = self.scope.mappings
        for key in keys:
            node = node.get(str(key)) if isinstance(node, Map) else None
        if len(keys) != 3 or node is None or isinstance(node, Map):
            return token("FindInMap", *keys)
        value = self.resolve(node)
        text = as_text(value)
        return Text(text, by_default=any(key.by_default for key in keys)) if text is not None else value

    def _to_json(self, argument: Any) -> Text:
        value = self.resolve(argument)
        text = json.dumps(None if value is NO_VALUE else value)
        return Text(text, unresolved="${" in text) if len(text) <= MAX_TEXT else token("TooLong")


def _combined(parts: list[tuple[bool | None, bool]], every: bool) -> tuple[bool | None, bool]:
    """``And`` (every) or ``Or``; one undecided part leaves the whole undecided, unless another settles it."""
    default = any(part[1] for part in parts)
    values = [part[0] for part in parts]
    if (not every) in values:
        return not every, default
    return (None if None in values or not values else every), default
