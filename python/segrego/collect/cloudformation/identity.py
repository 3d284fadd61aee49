"""Expressions that may or may not stand for one role.

Two agents on equal expressions of one stack share a role, whichever it is. Two on different expressions that only the
deployment resolves are neither known to share one nor to be apart: that is a gap, and names both.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from segrego.collect.cloudformation.draft import Draft
from segrego.collect.cloudformation.names import arn_account, arn_key
from segrego.collect.cloudformation.requirements import exclude_each_other
from segrego.collect.cloudformation.roles import Roles
from segrego.inventory import DeploymentCondition

__all__ = ["say_ambiguous"]

_APART = frozenset({"lambda_function", "principal"})
"""Kinds whose roles are compared with nothing: they are shared by tools, if at all."""
_MAX_NAMED = 10
_MAX_COMPARED = 1000
_TOKEN = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class _Held:
    """A role that something holds: its id, its ARN or expression, all that it may be (null: not known), its holder, and
    under which conditions its holders are deployed."""

    id: str
    text: str
    options: frozenset[str] | None
    holder: str
    open: bool
    only_if: list[tuple[DeploymentCondition, ...]]


def say_ambiguous(draft: Draft, roles: Roles) -> None:
    """Add a gap for each group of roles that may be one."""
    held = list(_held(draft, roles))
    for group in _groups(held, _pairs(held)):
        named = ", ".join(f"{role.text} (of {role.holder})" for role in group[:_MAX_NAMED])
        more = f" and {len(group) - _MAX_NAMED} more" if len(group) > _MAX_NAMED else ""
        message = (
            f"whether {named}{more} are one role or several is known only at deployment: give their parameters with "
            "--parameters, or collect the account with `segrego collect aws`"
        )
        location = draft.roles[group[0].id].location
        if location is not None:
            draft.gap_at("ambiguous_role", group[0].id, ("bindings",), message, location)


def _held(draft: Draft, roles: Roles) -> Iterator[_Held]:
    seen: dict[str, list[tuple[DeploymentCondition, ...]]] = {}
    for workload in draft.workloads.values():
        for binding in workload.bindings if workload.kind not in _APART else ():
            if binding.role in seen:
                seen[binding.role].append(workload.only_if)
            else:
                seen[binding.role] = [workload.only_if]
                role = draft.roles[binding.role]
                text = role.id.rpartition("#")[2] if role.identity == "unresolved" else role.arn or role.id
                options = roles.options.get(role.id)
                yield _Held(role.id, text, options, workload.name, role.identity == "unresolved", seen[role.id])


def _pairs(held: list[_Held]) -> Iterator[tuple[_Held, _Held]]:
    """Pairs that may be one role. Roles of which the name is known are compared with those of the same name alone."""
    by_id = {role.id: role for role in held}
    by_name: dict[str, list[_Held]] = defaultdict(list)
    nameless: list[_Held] = []
    for role in held:
        if role.open and role.options is None and "${" in _name(role.text):
            nameless.append(role)
        else:
            by_name[_name(role.text)].append(role)
    for role in held:
        for name in role.options or ():
            if name in by_id and name != role.id and not _never_together(role, by_id[name]):
                yield role, by_id[name]
        if not role.open:
            continue
        name = _name(role.text)
        others = by_name.get(name, []) if "${" not in name else []
        for other in (*others[:_MAX_COMPARED], *nameless[:_MAX_COMPARED]):
            if other is not role and _may_equal(role, other) and not _never_together(role, other):
                yield role, other


def _never_together(role: _Held, other: _Held) -> bool:
    return all(exclude_each_other(one, another) for one, another in product(role.only_if, other.only_if))


def _may_equal(role: _Held, other: _Held) -> bool:
    if role.options is not None and other.options is not None:
        return bool(role.options & other.options)
    keys = arn_key(role.text), arn_key(other.text)
    if keys[0] is None or keys[1] is None:
        return _may_match(role.text, other.text)
    return _may_match(arn_account(role.text), arn_account(other.text)) and _may_match(keys[0][1], keys[1][1])


def _may_match(one: str, other: str) -> bool:
    """Whether two texts may come to the same, by what they begin and end with."""
    left, right = _TOKEN.split(one), _TOKEN.split(other)
    if len(left) == len(right) == 1:
        return one == other
    return _fits(left[0], right[0], str.startswith) and _fits(left[-1], right[-1], str.endswith)


def _fits(one: str, other: str, holds: Callable[[str, str], bool]) -> bool:
    return holds(one, other) or holds(other, one)


def _name(text: str) -> str:
    """What a role's ARN or expression says of its name: what follows the last slash."""
    return _TOKEN.sub("${}", text).rpartition("/")[2]


def _groups(held: Iterable[_Held], pairs: Iterable[tuple[_Held, _Held]]) -> list[list[_Held]]:
    """What hangs together, in the order of the templates."""
    leader: dict[str, str] = {}

    def first(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    for one, other in pairs:
        leader[first(other.id)] = first(one.id)
    groups: dict[str, list[_Held]] = defaultdict(list)
    for role in held:
        if role.id in leader:
            groups[first(role.id)].append(role)
    return [group for group in groups.values() if len(group) > 1]
