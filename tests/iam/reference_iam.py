"""A second evaluator of IAM policies, to hold the Rego against: a plain transcription of the flow chart of the IAM user
guide ("How AWS enforcement code logic evaluates requests to allow or deny access" and "Cross-account policy evaluation
logic") for one request whose every context value is known. It shares nothing with segrego: policies are AWS's JSON, a
pattern is matched character by character, and there are no levels but yes and no.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """All that a request depends on. ``context`` holds the keys of the request (lower case), each with its one value;
    ``levels`` the service control policies at each level of the organization; ``on_resource`` the statements' documents
    of the resource's own policies."""

    role_arn: str
    role_account: str
    resource_account: str
    identity: tuple[Json, ...]
    boundary: Json | None = None
    levels: tuple[tuple[Json, ...], ...] = ()
    on_resource: tuple[Json, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)


def is_allowed(world: World, action: str, resource: str) -> bool:
    """The flow chart, from its top to its end."""
    request = (action, resource)
    own = [statement for document in world.identity for statement in _listed(document["Statement"])]
    bound = [] if world.boundary is None else _listed(world.boundary["Statement"])
    levels = [[s for document in level for s in _listed(document["Statement"])] for level in world.levels]
    theirs = [s for document in world.on_resource for s in _listed(document["Statement"])]

    # 1. An explicit deny in any policy ends it.
    everywhere = [*own, *bound, *(s for level in levels for s in level)]
    if any(s["Effect"] == "Deny" and _applies(s, world, *request) for s in everywhere):
        return False
    if any(s["Effect"] == "Deny" and _names(s, world) != "nobody" and _applies(s, world, *request) for s in theirs):
        return False
    # 2. Every level of service control must allow.
    if not all(_some_allow(level, world, *request) for level in levels):
        return False
    # 3. The boundary must allow; it grants nothing.
    if world.boundary is not None and not _some_allow(bound, world, *request):
        return False
    # 4. The resource's policy and the identity's.
    named = {_names(s, world) for s in theirs if s["Effect"] == "Allow" and _applies(s, world, *request)}
    by_identity = _some_allow(own, world, *request)
    if world.role_account != world.resource_account:
        return by_identity and bool(named & {"role", "account"})
    if action.startswith("kms:"):
        return "role" in named or (by_identity and "account" in named)
    return by_identity or "role" in named


def _some_allow(statements: Iterable[Json], world: World, action: str, resource: str) -> bool:
    return any(s["Effect"] == "Allow" and _applies(s, world, action, resource) for s in statements)


def _applies(statement: Json, world: World, action: str, resource: str) -> bool:
    if "Action" in statement:
        acts = any(glob(pattern.lower(), action.lower()) for pattern in _listed(statement["Action"]))
    else:
        acts = not any(glob(pattern.lower(), action.lower()) for pattern in _listed(statement["NotAction"]))
    if "Resource" in statement:
        on = any(_resource_matches(pattern, world, resource) for pattern in _listed(statement["Resource"]))
    else:
        on = not any(_resource_matches(pattern, world, resource) for pattern in _listed(statement["NotResource"]))
    return acts and on and _conditions_hold(statement.get("Condition", {}), world)


def _resource_matches(pattern: str, world: World, resource: str) -> bool:
    pieces = _with_variables(pattern, world)
    return pieces is not None and _glob(pieces, resource)


def _conditions_hold(block: Json, world: World) -> bool:
    return all(
        _condition_holds(operator, world.context.get(key.lower()), _listed(values), world)
        for operator, keys in block.items()
        for key, values in keys.items()
    )


def _condition_holds(operator: str, value: str | None, wanted: list[str], world: World) -> bool:
    if operator == "Null":
        return any((value is None) == (text.lower() == "true") for text in wanted)
    qualifier, _, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    negated = "Not" in name
    if value is None:
        if rest.endswith("IfExists") or qualifier == "ForAllValues":
            return True
        return negated and qualifier == ""
    found = any(_equal(name.replace("Not", ""), text, value, world) for text in wanted)
    return found != negated


def _equal(operator: str, wanted: str, value: str, world: World) -> bool:
    pieces = _with_variables(wanted, world)
    if pieces is None:
        return False
    plain = "".join(text for text, _ in pieces)
    if operator == "StringEquals":
        return plain == value
    if operator == "StringEqualsIgnoreCase":
        return plain.lower() == value.lower()
    if operator in {"StringLike", "ArnLike", "ArnEquals"}:
        return _glob(pieces, value)
    if operator == "Bool":
        return plain.lower() == value.lower()
    assert operator == "IpAddress", operator
    return ipaddress.ip_address(value) in ipaddress.ip_network(plain)


def _names(statement: Json, world: World) -> str:
    """Whom a statement of a resource's policy names: this ``role`` (or everyone), its ``account``, or ``nobody``."""
    principals = statement["Principal"]
    if principals == "*":
        return "role"
    values = _listed(principals.get("AWS", []))
    if "*" in values or world.role_arn in values:
        return "role"
    if world.role_account in values or f"arn:aws:iam::{world.role_account}:root" in values:
        return "account"
    return "nobody"


Pieces = list[tuple[str, bool]]
"""Characters, each with whether it is a wildcard."""


def _with_variables(pattern: str, world: World) -> Pieces | None:
    """The characters of a pattern; none where a variable in it has no value."""
    result: Pieces = []
    for variable, character in re.findall(r"\$\{([^}]*)\}|(.)", pattern, re.DOTALL):
        if character:
            result.append((character, character in "*?"))
            continue
        key, _, default = (part.strip() for part in variable.partition(","))
        value = key if key in {"*", "?", "$"} else world.context.get(key.lower(), default.strip("'") or None)
        if value is None:
            return None
        result += [(text, False) for text in value]
    return result


def glob(pattern: str, text: str) -> bool:
    """``*`` is any text, ``?`` one character, and nothing else is special."""
    return _glob([(character, character in "*?") for character in pattern], text)


def _glob(pattern: Pieces, text: str) -> bool:
    """Which beginnings of the text are matched, one piece of the pattern after the other."""
    ends = {0}
    for character, is_wildcard in pattern:
        if is_wildcard and character == "*":
            ends = set(range(min(ends), len(text) + 1)) if ends else set()
        else:
            ends = {end + 1 for end in ends if end < len(text) and (is_wildcard or text[end] == character)}
    return len(text) in ends


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
