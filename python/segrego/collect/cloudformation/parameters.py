"""Parameters of templates: what a file of the user gives, what the stack that nests a template hands down, defaults.

Source: CloudFormation user guide, "Parameters section reference". A parameter of a type ``AWS::SSM::Parameter::Value``
holds the name of one in Parameter Store, and has a value where the scan stores it. A secret (``NoEcho``) is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from segrego.collect.cloudformation.template import Map, Seq
from segrego.collect.cloudformation.text import Text, as_text, dynamic, split_outside, token

if TYPE_CHECKING:
    from segrego.collect.cloudformation.scope import Scope

__all__ = ["Parameters"]

_STORED_TEXT = "AWS::SSM::Parameter::Value<String>"


class Parameters:
    """The values of one template's parameters."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._values: dict[str, Any] = {}

    def value(self, name: str) -> Any:
        """The value of a declared parameter: a text, or a :class:`Seq` of texts for the types that are lists. One that
        has no value is ``${Name}``, with the values that it may take as its options."""
        if name not in self._values:
            self._values[name] = token(name)  # for stacks that hand each other's outputs around
            self._values[name] = self._read(name)
        return self._values[name]

    def plain(self) -> dict[str, str]:
        """The parameters whose values a file gives, as texts."""
        values = {name: self.value(name) for name in self._scope.parameters if name in self._scope.given}
        return {name: _written(value) for name, value in values.items()}

    def forget(self) -> None:
        """Drop what was read."""
        self._values.clear()

    def _read(self, name: str) -> Any:
        declared = self._scope.parameters[name]
        declared = declared if isinstance(declared, Map) else Map(0)
        kind = str(declared.get("Type", "String"))
        if str(declared.get("NoEcho", "")).lower() == "true":
            return _open(name, ())
        if kind.startswith("AWS::SSM::Parameter::Value<"):
            return self._stored(name, declared) or _open(name, ())
        value = self._handed_down(name)
        if value is None:
            allowed = declared.get("AllowedValues")
            choices = [text for text in map(as_text, allowed if isinstance(allowed, Seq) else ()) if text is not None]
            value = self._given(name, declared, choices)
        if not _is_list(kind) or isinstance(value, Seq):
            return value
        return _split(value)

    def _stored(self, name: str, declared: Map) -> Text | None:
        """What is stored under the name that the parameter holds, if the scan tells."""
        key = self._handed_down(name) or self._given(name, declared, [])
        value = self._scope.stored(key) if isinstance(key, Text) and declared.get("Type") == _STORED_TEXT else None
        return value.taken_by_default() if value is not None and key.by_default else value

    def _handed_down(self, name: str) -> Any:
        """What the parent hands down; null if it does not, or there is none."""
        parent = self._scope.parent
        return (
            None
            if parent is None or name not in parent.given
            else parent.scope.exported(parent.given[name], self._scope)
        )

    def _given(self, name: str, declared: Map, choices: list[Text]) -> Any:
        if name in self._scope.given:
            given = dynamic(self._scope.given[name])
            return Text(given, unresolved=given.unresolved or "${" in given)
        written = as_text(declared.get("Default"))
        default = None if written is None else dynamic(written)
        if len(choices) == 1 and default in (None, choices[0]):
            return choices[0]
        return _open(name, choices) if default is None else default.taken_by_default()


def _open(name: str, choices: tuple[Text, ...] | list[Text]) -> Text:
    return Text("${" + name + "}", unresolved=True, options=choices)


def _is_list(kind: str) -> bool:
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def _split(value: Text) -> Any:
    """The items of a list. One that is known only at deployment may hold any number of them."""
    if value.unresolved and value.startswith("${") and value.endswith("}") and value.count("${") == 1:
        return value
    result = Seq(0)
    result.extend(
        Text(item.strip(), by_default=value.by_default, unresolved="${" in item) for item in split_outside(value, ",")
    )
    return result


def _written(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, Seq) else str(value)
