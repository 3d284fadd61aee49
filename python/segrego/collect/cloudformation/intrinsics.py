"""The intrinsic functions of CloudFormation templates.

Source: CloudFormation user guide, "Intrinsic function reference", "Pseudo parameters reference".

Which branch of ``Fn::If`` holds may be known only at deployment. In a list, both branches then stand side by side; of
``AWS::NoValue`` and something, the something stands; a text becomes an expression that knows its options. All three are
possibilities and no facts, so the resolver gathers the conditions that left them open for whoever reads the value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from segrego.collect.cloudformation.conditions import MAX_DEPTH
from segrego.collect.cloudformation.names import SHAPES
from segrego.collect.cloudformation.template import Map, Seq
from segrego.collect.cloudformation.text import (
    MAX_TEXT,
    Text,
    as_text,
    compact,
    dynamic,
    joined,
    split_outside,
    token,
)

if TYPE_CHECKING:
    from segrego.collect.cloudformation.scope import Scope

__all__ = ["NO_VALUE", "Resolver"]

NO_VALUE = object()
"""What ``AWS::NoValue`` gives: the property is as if it were not written."""

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_FIXED = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
_PSEUDO = frozenset({"AWS::AccountId", "AWS::NotificationARNs", "AWS::Region", "AWS::StackId", "AWS::StackName"})
_CHOICES = frozenset({"Fn::If", "Fn::FindInMap"})
_SAME_EVERYWHERE = ("${AWS::Region}", "${AWS::AccountId}")


class _Either(Seq):
    """What stands where an undecided condition leaves several things possible."""


class Resolver:
    """Resolves the values of one template. ``dangling`` gathers references to nothing, and ``undecided`` the
    conditions (and maps) that left several things possible."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.dangling: set[str] = set()
        self.undecided: set[str] = set()
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::Base64": self.resolve,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::GetStackOutput": self._output_of_stack,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import,
            "Fn::Join": self._join,
            "Fn::Length": self._length,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
            "Fn::ToJsonString": self._to_json,
        }

    @contextmanager
    def aside(self) -> Iterator[tuple[set[str], set[str]]]:
        """Within this, what is open is gathered apart: in the sets that it gives."""
        kept = self.dangling, self.undecided
        self.dangling, self.undecided = set(), set()
        try:
            yield self.dangling, self.undecided
        finally:
            self.dangling, self.undecided = kept

    def resolve(self, node: Any) -> Any:
        """A value with its references resolved: :class:`Text`, numbers, booleans, null, :class:`Map` and :class:`Seq`
        (with the lines of what they were), or ``NO_VALUE``. References to nothing are added to ``dangling``."""
        value = self._resolve(node)
        return token("If", compact(node)) if isinstance(value, _Either) else value

    def dynamic(self, text: str) -> Text:
        """A text with its dynamic references resolved, as far as the scan tells what is stored."""
        return dynamic(text, self._stored)

    def _stored(self, reference: str) -> Text | None:
        """What ``ssm:<name>`` or ``ssm:<name>:<version>`` is. A version may be older than what the template stores."""
        service, _, rest = reference.partition(":")
        name, _, version = rest.partition(":")
        value = self.scope.stored(name) if service == "ssm" else None
        return value.taken_by_default() if value is not None and version else value

    def _resolve(self, node: Any) -> Any:
        if isinstance(node, Text):
            return node
        if isinstance(node, str):
            return self.dynamic(node)
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
        for item in node:
            value = self._resolve(item)
            if isinstance(value, _Either):
                result.extend(value)
            elif isinstance(value, Text) and value.options and _CHOICES.issuperset(item):
                result.extend(value.options)
            elif value is not NO_VALUE:
                result.append(value)
        return result

    def _mapping(self, node: Map) -> Map:
        result = Map(node.line)
        result.lines = node.lines
        for key, item in node.items():
            value = self.resolve(item)
            if value is not NO_VALUE:
                result[key] = value
        return result

    def _scalar(self, node: Any) -> Text:
        text = as_text(self.resolve(node))
        return text if text is not None else token(compact(node))

    def _name(self, node: Any) -> str | None:
        """The name in a reference, which AWS::LanguageExtensions lets be an expression; null if it is open."""
        if isinstance(node, str):
            return node
        text = as_text(self.resolve(node)) if isinstance(node, Map) else None
        return None if text is None or text.unresolved else str(text)

    def _ref(self, argument: Any) -> Any:
        name = self._name(argument)
        if name is None:
            return token("Ref", compact(argument))
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in _FIXED:
            return Text(_FIXED[name])
        if name in _PSEUDO:
            known = self.scope.pseudo.get(name)
            return Text("${" + name + "}", unresolved=True) if known is None else Text(known)
        if name in self.scope.parameters:
            return self.scope.parameter(name)
        if name not in self.scope.resources:
            self.dangling.add(name)
            return Text("${" + name + "}", unresolved=True)
        shape = SHAPES.get(self.scope.type(name))
        found = self.scope.arn_of(name) if shape and shape.ref == "arn" else None
        return found if found is not None else self.scope.name_of(name)

    def _get_att(self, argument: Any) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        logical = self._name(parts[0]) if isinstance(parts, list) and len(parts) > 1 else None
        if logical is None:
            return token("GetAtt", compact(argument))
        attribute = ".".join(str(self._scalar(part)) for part in parts[1:])
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
        if (shaped := self.scope.attribute(logical, attribute)) is not None:
            return shaped
        return Text("${" + f"{logical}.{attribute}" + "}", unresolved=True, entity=(self.scope.name, logical))

    def _stack_output(self, logical: str, name: str) -> Any:
        child = self.scope.children.get(logical)
        value = child.output(name, self.scope) if child else None
        if child is not None and value is None:
            self.dangling.add(f"{logical}.Outputs.{name}")
        return token(logical, "Outputs", name) if value is None else value

    def _output_of_stack(self, argument: Any) -> Any:
        """``Fn::GetStackOutput``: an output of a stack that goes by its name, which a cloud assembly tells."""
        fields = argument if isinstance(argument, Map) else Map(0)
        stack, output = self._scalar(fields.get("StackName")), self._scalar(fields.get("OutputName"))
        region = as_text(self.resolve(fields.get("Region"))) or self.scope.pseudo.get("AWS::Region")
        found = [] if stack.unresolved else self.scope.scan.stacks(stack, region)
        value = found[0].output(output, self.scope) if len(found) == 1 else None
        return token("GetStackOutput", stack, output) if value is None else value

    def _import(self, argument: Any) -> Any:
        name = self._scalar(argument)
        plain = str(name)
        for same in _SAME_EVERYWHERE:
            plain = plain.replace(same, "")
        found = [] if "${" in plain else self.scope.scan.exports(str(name))
        if len(found) == 1:
            value = found[0][0].exported(found[0][1], self.scope)
            if isinstance(value, Text):
                return value.taken_by_default() if name.by_default else value
        return token("ImportValue", name)

    def _sub(self, argument: Any) -> Text:
        template, variables = argument, Map(0)
        if isinstance(argument, Seq) and len(argument) == 2 and isinstance(argument[1], Map):
            template, variables = argument
        if not isinstance(template, str):
            return token("Sub", compact(argument))
        parts, end = [], 0
        for match in _VARIABLE.finditer(template):
            parts.append(Text(template[end : match.start()]))
            parts.append(self._variable(match, variables))
            end = match.end()
        parts.append(Text(template[end:]))
        return self.dynamic(joined([part for part in parts if part] or [Text("")]))

    def _variable(self, match: re.Match[str], variables: Map) -> Text:
        name = match[2].strip()
        if match[1]:
            return Text("${" + name + "}", unresolved=True)
        if name in variables:
            return self._scalar(variables[name])
        value = self._get_att(name) if "." in name else self._ref(name)
        text = as_text(value)
        return text if text is not None else token(name)

    def _items(self, argument: Any, *counts: int) -> Seq | None:
        return argument if isinstance(argument, Seq) and len(argument) in counts else None

    def _list(self, node: Any) -> list[Any] | None:
        """A list that is an argument: its items keep their places, so that what is open stays one item."""
        if isinstance(node, Seq):
            return [self.resolve(item) for item in node]
        value = self.resolve(node)
        return value if isinstance(value, Seq) else None

    def _join(self, argument: Any) -> Text:
        items = self._items(argument, 2)
        parts = self._list(items[1]) if items else None
        if items is None or parts is None or not isinstance(items[0], str):
            return token("Join", compact(argument))
        texts = [as_text(part) for part in parts if part is not NO_VALUE]
        if any(text is None for text in texts):
            return token("Join", compact(argument))
        return self.dynamic(joined([text for text in texts if text is not None] or [Text("")], items[0]))

    def _select(self, argument: Any) -> Any:
        items = self._items(argument, 2)
        index = self._scalar(items[0]) if items else Text("")
        values = self._list(items[1]) if items else None
        if values is not None and index.isdecimal() and len(index) < 6 and int(index) < len(values):
            return values[int(index)]
        return token("Select", compact(argument))

    def _split(self, argument: Any) -> Any:
        items = self._items(argument, 2)
        if items is None or not isinstance(items[0], str) or not items[0]:
            return token("Split", compact(argument))
        text = self._scalar(items[1])
        if text.unresolved and _VARIABLE.fullmatch(text) and text.entity is None:
            return token("Split", compact(argument))
        result = Seq(0)
        for part in split_outside(text, items[0]):
            result.append(Text(part, by_default=text.by_default, unresolved="${" in part))
        return result

    def _length(self, argument: Any) -> Text:
        values = self._list(argument)
        return token("Length", compact(argument)) if values is None else Text(str(len(values)))

    def _if(self, argument: Any) -> Any:
        items = self._items(argument, 3)
        if items is None or not isinstance(items[0], str):
            return token("If", compact(argument))
        decision = self.scope.decide(items[0])
        if decision.holds is None:
            return self._either(items)
        value = self._resolve(items[1] if decision.holds else items[2])
        return value.taken_by_default() if decision.by_default and isinstance(value, Text) else value

    def _either(self, items: Seq) -> Any:
        branches = [self._resolve(items[1]), self._resolve(items[2])]
        texts = [as_text(branch) for branch in branches]
        first, second = texts
        if first is not None and second is not None and (first, first.entity) == (second, second.entity):
            return branches[0]
        self.undecided.add(f"the condition {items[0]}")
        if NO_VALUE in branches:
            return next((branch for branch in branches if branch is not NO_VALUE), NO_VALUE)
        if first is not None and second is not None:
            return token("If", items[0], *map(compact, items[1:])).one_of([first, second])
        kinds = [type(branch) for branch in branches]
        result = Seq(items.line) if kinds == [Seq, Seq] else _Either(items.line)
        for branch in branches:
            result.extend(branch if isinstance(branch, Seq) else [branch])
        return result

    def _find_in_map(self, argument: Any) -> Any:
        items = self._items(argument, 3, 4)
        keys = [self._scalar(item) for item in items[:3]] if items else []
        if items is None or len(keys) != 3:
            return token("FindInMap", compact(argument))
        fallback = items[3].get("DefaultValue", NO_VALUE) if len(items) == 4 and isinstance(items[3], Map) else NO_VALUE
        found: list[Any] = [self.scope.mappings]
        for key in keys:
            found = [value for node in found for value in _looked_up(node, key)]
        values = [self.resolve(node) for node in found if node is not None and not isinstance(node, Map)]
        if fallback is not NO_VALUE and (not values or any(key.unresolved for key in keys)):
            values.append(self.resolve(fallback))
        return self._one_of_map(keys, values)

    def _one_of_map(self, keys: list[Text], values: list[Any]) -> Any:
        by_default = any(key.by_default for key in keys)
        if len(values) == 1 or (values and all(value == values[0] for value in values)):
            text = as_text(values[0])
            return values[0] if text is None else text.taken_by_default() if by_default else text
        texts = [text for text in map(as_text, values) if text is not None]
        if values and any(key.unresolved for key in keys):
            self.undecided.add(f"the key of the map {keys[0]}")
            if len(texts) == len(values):
                return token("FindInMap", *keys).one_of(texts)
            if all(isinstance(value, Seq) for value in values):
                result = Seq(0)
                result.extend(item for value in values for item in value)
                return result
        return token("FindInMap", *keys)

    def _to_json(self, argument: Any) -> Text:
        value = self.resolve(argument)
        text = json.dumps(None if value is NO_VALUE else value)
        return Text(text, unresolved="${" in text) if len(text) <= MAX_TEXT else token("TooLong")


def _looked_up(node: Any, key: Text) -> Iterable[Any]:
    """The values under a key of a map: all that it may be, where the key is open."""
    if not isinstance(node, Map):
        return ()
    if not key.unresolved:
        return (node[str(key)],) if str(key) in node else ()
    return [node[str(option)] for option in key.options if str(option) in node] if key.options else node.values()
