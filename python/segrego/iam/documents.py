"""IAM policy documents in one form.

AWS's grammar lets most elements be a value or a list, and is lenient about case in some places and strict in others
(IAM JSON policy reference, "Grammar of the IAM JSON policy language"). :func:`statements`, :func:`trust_statements`
and :func:`resource_statements` turn any document that AWS would accept into the tuples of :mod:`segrego.inventory`, and
refuse the rest with :class:`~segrego.errors.PolicyDocumentError`: half a policy is worse than a gap.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, cast

from segrego.errors import PolicyDocumentError
from segrego.inventory import Condition, Principal, ResourceStatement, Statement, TrustStatement

__all__ = ["LineOf", "resource_statements", "statements", "trust_statements"]

LineOf = Callable[[Any], int | None]
"""Gives the line (from 1) at which a value of a parsed document starts, or null."""

_OPERATORS = {
    name.lower(): name
    for name in (
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
        "NumericEquals",
        "NumericNotEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateEquals",
        "DateNotEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "NotIpAddress",
        "ArnEquals",
        "ArnLike",
        "ArnNotEquals",
        "ArnNotLike",
        "Null",
    )
}
_QUALIFIERS: dict[str, Literal["ForAnyValue", "ForAllValues"]] = {
    "foranyvalue": "ForAnyValue",
    "forallvalues": "ForAllValues",
}
_OPERATOR = re.compile(r"(?:(?P<qualifier>\w+):)?(?P<name>\w+?)(?P<if_exists>ifexists)?", re.IGNORECASE)
_KNOWN_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
_MOST_BITS = 1024
"""Largest integer in a condition. Python refuses to write integers of thousands of digits, which YAML can spell."""
_ACTION = re.compile(r"\*|[A-Za-z0-9_-]+:[A-Za-z0-9_*?-]+|.*\$\{.*", re.DOTALL)


def statements(document: object, *, line_of: LineOf = lambda _: None) -> tuple[Statement, ...]:
    """The statements of an identity policy.

    ``document`` is the parsed document (a mapping) or its JSON text. Raises
    :class:`~segrego.errors.PolicyDocumentError` if any statement breaks the grammar.
    """
    result = []
    for raw in _raw_statements(document):
        if "Principal" in raw or "NotPrincipal" in raw:
            raise PolicyDocumentError("an identity policy cannot name a Principal")
        resources, not_resources = _one_of(raw, "Resource", "NotResource")
        actions, not_actions = _actions(raw)
        result.append(
            Statement(
                effect=_effect(raw),
                sid=_sid(raw),
                actions=actions,
                not_actions=not_actions,
                resources=resources,
                not_resources=not_resources,
                conditions=_conditions(raw),
                line=line_of(raw),
            )
        )
    return tuple(result)


def trust_statements(document: object, *, line_of: LineOf = lambda _: None) -> tuple[TrustStatement, ...]:
    """The statements of a role's trust policy. Input and errors as in :func:`statements`."""
    result = []
    for raw in _raw_statements(document):
        if "Resource" in raw or "NotResource" in raw:
            raise PolicyDocumentError("a trust policy cannot name a Resource")
        if ("Principal" in raw) == ("NotPrincipal" in raw):
            raise PolicyDocumentError("a trust statement needs exactly one of Principal and NotPrincipal")
        actions, not_actions = _actions(raw)
        result.append(
            TrustStatement(
                effect=_effect(raw),
                sid=_sid(raw),
                actions=actions,
                not_actions=not_actions,
                principals=_principals(raw.get("Principal")),
                not_principals=_principals(raw.get("NotPrincipal")),
                conditions=_conditions(raw),
                line=line_of(raw),
            )
        )
    return tuple(result)


def resource_statements(document: object, *, line_of: LineOf = lambda _: None) -> tuple[ResourceStatement, ...]:
    """The statements of a resource-based policy. Input and errors as in :func:`statements`."""
    result = []
    for raw in _raw_statements(document):
        if ("Principal" in raw) == ("NotPrincipal" in raw):
            raise PolicyDocumentError("a resource policy's statement needs exactly one of Principal and NotPrincipal")
        has_resources = "Resource" in raw or "NotResource" in raw
        resources, not_resources = _one_of(raw, "Resource", "NotResource") if has_resources else ((), ())
        actions, not_actions = _actions(raw)
        result.append(
            ResourceStatement(
                effect=_effect(raw),
                sid=_sid(raw),
                actions=actions,
                not_actions=not_actions,
                principals=_principals(raw.get("Principal")),
                not_principals=_principals(raw.get("NotPrincipal")),
                resources=resources,
                not_resources=not_resources,
                conditions=_conditions(raw),
                line=line_of(raw),
            )
        )
    return tuple(result)


def _raw_statements(document: object) -> list[Mapping[str, Any]]:
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise PolicyDocumentError(f"the policy document is not JSON: {error}") from error
    if not isinstance(document, Mapping):
        raise PolicyDocumentError(f"a policy document must be an object, not {_kind(document)}")
    raw = document.get("Statement")
    found = raw if isinstance(raw, list | tuple) else [raw]
    for statement in found:
        if not isinstance(statement, Mapping):
            raise PolicyDocumentError(f"Statement must hold objects, not {_kind(statement)}")
        if unknown := set(statement) - _KNOWN_ELEMENTS:
            raise PolicyDocumentError(f"unknown element {sorted(map(str, unknown))[0]!r} in a statement")
    return cast("list[Mapping[str, Any]]", list(found))


def _effect(raw: Mapping[str, Any]) -> Literal["Allow", "Deny"]:
    effect = raw.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyDocumentError(f"Effect must be Allow or Deny, not {effect!r}")
    return cast('Literal["Allow", "Deny"]', str(effect))


def _sid(raw: Mapping[str, Any]) -> str | None:
    sid = raw.get("Sid")
    return None if sid is None or sid == "" else str(sid)


def _actions(raw: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    actions, not_actions = _one_of(raw, "Action", "NotAction")
    for action in actions + not_actions:
        if not _ACTION.fullmatch(action):
            raise PolicyDocumentError(f"{action!r} is not an action")
    return tuple(dict.fromkeys(map(_lower, actions))), tuple(dict.fromkeys(map(_lower, not_actions)))


def _lower(action: str) -> str:
    """Lower case, but for the ``${…}`` of a text that is not resolved."""
    return action if "${" in action else action.lower()


def _one_of(raw: Mapping[str, Any], positive: str, negative: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if (positive in raw) == (negative in raw):
        raise PolicyDocumentError(f"a statement needs exactly one of {positive} and {negative}")
    return (_texts(raw[positive], positive), ()) if positive in raw else ((), _texts(raw[negative], negative))


def _texts(value: object, element: str) -> tuple[str, ...]:
    found = value if isinstance(value, list | tuple) else [value]
    if not found:
        raise PolicyDocumentError(f"{element} is empty")
    for item in found:
        if not isinstance(item, str):
            raise PolicyDocumentError(f"{element} must hold strings, not {_kind(item)}")
    return tuple(dict.fromkeys(str(item) for item in found))


def _principals(value: object) -> tuple[Principal, ...]:
    if value is None:
        return ()
    if value == "*":
        return (Principal(type="*", value="*"),)
    if not isinstance(value, Mapping) or not value:
        raise PolicyDocumentError("Principal must be '*' or an object of principal types")
    return tuple(
        Principal(type=str(kind), value=name) for kind, names in value.items() for name in _texts(names, "Principal")
    )


def _conditions(raw: Mapping[str, Any]) -> tuple[Condition, ...]:
    block = raw.get("Condition")
    if block is None:
        return ()
    if not isinstance(block, Mapping):
        raise PolicyDocumentError(f"Condition must be an object, not {_kind(block)}")
    return tuple(
        _condition(str(operator), str(key), values)
        for operator, keys in block.items()
        for key, values in _items(keys, str(operator))
    )


def _items(keys: object, operator: str) -> Iterable[tuple[Any, Any]]:
    if not isinstance(keys, Mapping):
        raise PolicyDocumentError(f"Condition operator {operator} must hold an object, not {_kind(keys)}")
    return keys.items()


def _condition(operator: str, key: str, values: object) -> Condition:
    match = _OPERATOR.fullmatch(operator)
    name = _OPERATORS.get(match["name"].lower()) if match else None
    qualifier = _QUALIFIERS.get((match["qualifier"] or "").lower(), "") if match else ""
    if match is None or name is None or bool(match["qualifier"]) != bool(qualifier):
        raise PolicyDocumentError(f"{operator!r} is not a condition operator")
    found = values if isinstance(values, list | tuple) else [values]
    return Condition(
        operator=name,
        key=key.lower(),
        values=tuple(_scalar(item, key) for item in found),
        if_exists=match["if_exists"] is not None,
        qualifier=cast('Literal["", "ForAnyValue", "ForAllValues"]', qualifier),
    )


def _scalar(value: object, key: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | float) or (isinstance(value, int) and value.bit_length() <= _MOST_BITS):
        return str(value)
    what = "a number of thousands of digits" if isinstance(value, int) else _kind(value)
    raise PolicyDocumentError(f"Condition key {key} must hold strings, numbers or booleans, not {what}")


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return {dict: "an object", list: "a list", str: "a string", bool: "a boolean"}.get(
        type(value), type(value).__name__
    )
