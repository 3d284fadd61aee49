"""What the grants of roles name: resource patterns, and the roles that may be assumed from one another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from segrego.facts.naming import NameIndex, is_local, names_of
from segrego.inventory import Inventory, Policy, ResourcePattern, Role, RoleChain, Statement

__all__ = ["resource_patterns", "role_chains"]

Key = tuple[str | None, str]
"""A pattern, and the file that it means something in (null: anywhere)."""

_ASSUME = "sts:assumerole"
_EVERYTHING = "*"
_ROLE_ARN = re.compile(r"arn:[^:*?]+:iam::[0-9]{12}:role/[^*?$]+")


def resource_patterns(inventory: Inventory) -> tuple[ResourcePattern, ...]:
    """Every resource pattern that roles are granted and that names something, sorted."""
    held = {name for role in inventory.roles for name in role.policies}
    keys = {
        _key(policy, pattern)
        for policy in inventory.policies
        if policy.id in held
        for statement in _allowing(policy)
        for pattern in _resources(statement)
    }
    index = NameIndex(names_of(inventory))
    found = {key: groups for key in keys if (groups := index.find(key[1], key[0]))}
    return tuple(
        ResourcePattern(pattern=pattern, file=file, groups=found[file, pattern])
        for file, pattern in sorted(found, key=_order)
    )


def role_chains(inventory: Inventory, patterns: Iterable[ResourcePattern]) -> tuple[RoleChain, ...]:
    """Who is named or granted to assume which role, sorted by that role."""
    chains = _named_by_trust(inventory.roles)
    named = {
        (entry.file, entry.pattern): [
            thing.id for group in entry.groups for thing in group.names if thing.kind == "role"
        ]
        for entry in patterns
    }
    granted = _assumable(inventory)
    outside: dict[str, set[str]] = defaultdict(set)
    for role in inventory.roles:
        for key in {key for held in role.policies for key in granted.get(held, ())}:
            found = named.get(key, [])
            for target in found:
                if target in chains:
                    chains[target].add(role.id)
            if not found and _ROLE_ARN.fullmatch(key[1]):
                outside[key[1]].add(role.id)
    chains |= {arn: roles for arn, roles in outside.items() if len(roles) > 1}
    return tuple(RoleChain(role=role, assumers=tuple(sorted(chains[role] - {role}))) for role in sorted(chains))


def _named_by_trust(roles: Iterable[Role]) -> dict[str, set[str]]:
    """Every role that other roles may be let into, with those that its trust names."""
    by_arn: dict[str, list[Role]] = defaultdict(list)
    for role in roles:
        by_arn[role.arn or role.id].append(role)
    found: dict[str, set[str]] = {}
    for role in filter(_is_open, roles):
        trusted = [principal.value for statement in role.trust for principal in statement.principals]
        found[role.id] = {
            other.id for value in trusted for other in by_arn.get(value, ()) if _share_names(value, role, other)
        }
    return found


def _share_names(text: str, one: Role, other: Role) -> bool:
    """Whether a text means the same where two roles are declared."""
    return not is_local(text) or (one.location and one.location.file) == (other.location and other.location.file)


def _assumable(inventory: Inventory) -> Mapping[str, set[Key]]:
    """Policy id to the patterns on which it grants ``sts:AssumeRole``."""
    assuming = {
        entry.pattern
        for entry in inventory.actions
        if entry.span == "all" or any(action.name == _ASSUME for action in entry.matches)
    }
    found: dict[str, set[Key]] = defaultdict(set)
    for policy in inventory.policies:
        for statement in _allowing(policy):
            if _grants(statement, assuming):
                found[policy.id] |= {_key(policy, text) for text in _resources(statement) if text != _EVERYTHING}
    return found


def _grants(statement: Statement, assuming: set[str]) -> bool:
    if statement.not_actions:
        return assuming.isdisjoint(statement.not_actions)
    return not assuming.isdisjoint(statement.actions)


def _is_open(role: Role) -> bool:
    """Whether another role may be let in at all; a trust policy that was not read may let in anybody."""
    named = (principal for statement in role.trust for principal in statement.principals)
    return (
        "trust" in role.unread
        or any(principal.type in ("AWS", "*") for principal in named)
        or any(statement.not_principals for statement in role.trust)
    )


def _allowing(policy: Policy) -> Iterator[Statement]:
    return (statement for statement in policy.statements if statement.effect == "Allow")


def _resources(statement: Statement) -> tuple[str, ...]:
    return statement.resources or (_EVERYTHING,)


def _key(policy: Policy, pattern: str) -> Key:
    file = policy.location.file if policy.location and is_local(pattern) else None
    return file, pattern


def _order(key: Key) -> tuple[str, str]:
    return key[0] or "", key[1]
