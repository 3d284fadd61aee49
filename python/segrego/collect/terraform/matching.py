"""Which configuration a plan or state is of, so that nothing is judged twice.

A plan is exact, and says no lines; the configuration beside it says lines, and is not exact. Where both are of one root
module, the plan is judged, and the configuration only tells where in it each address stands. What only one of the two
declares is a gap: the plan is older than the configuration, or younger.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segrego.collect.terraform.draft import without_keys
from segrego.collect.terraform.folders import Folder
from segrego.collect.terraform.plan import Plan
from segrego.collect.terraform.values import items, mapping, text

__all__ = ["Lines", "declared_in", "declared_lines", "differences", "find"]

Lines = Mapping[str, tuple[str, int | None]]
"""The file and line of each block, by its address without keys."""

MAX_NESTED = 16
_SHARE = 0.5
"""How much of a plan the configuration must declare to be taken for its own."""


def declared_lines(folder: Folder, folders: Mapping[str, Folder]) -> dict[str, tuple[str, int | None]]:
    """The place of every resource and module call that a root module declares, however deep."""
    found: dict[str, tuple[str, int | None]] = {}
    stack: list[tuple[Folder, str, int]] = [(folder, "", 0)]
    while stack:
        here, prefix, depth = stack.pop()
        for local, block in here.resources.items():
            found[prefix + local] = (block.file, block.line)
        for name, block in here.calls.items():
            found[f"{prefix}module.{name}"] = (block.file, block.line)
            target = folders.get(here.called(block) or "")
            if target is not None and depth < MAX_NESTED and len(found) < 100_000:
                stack.append((target, f"{prefix}module.{name}.", depth + 1))
    return found


def declared_in(plan: Plan) -> set[str]:
    """The managed resources that a plan's configuration declares, or that a state holds, by address without keys."""
    if not plan.root.config:
        return {without_keys(instance.address) for instance in plan.planned if instance.managed}
    found: set[str] = set()
    stack: list[tuple[Any, str, int]] = [(plan.root.config, "", 0)]
    while stack:
        config, prefix, depth = stack.pop()
        for raw in map(mapping, items(config.get("resources"))):
            if (address := text(raw.get("address"))) and raw.get("mode", "managed") == "managed":
                found.add(prefix + address)
        if depth < MAX_NESTED:
            for name, call in mapping(config.get("module_calls")).items():
                stack.append((mapping(mapping(call).get("module")), f"{prefix}module.{name}.", depth + 1))
    return found


def find(plan: Plan, candidates: Mapping[str, Lines]) -> str | None:
    """The root module, by its folder, that a plan or state is of; null if none of the scan is."""
    wanted = declared_in(plan)
    best = max(candidates, key=lambda path: (_shared(wanted, candidates[path]), path), default=None)
    return best if best is not None and wanted and _shared(wanted, candidates[best]) >= _SHARE else None


def differences(plan: Plan, lines: Lines) -> tuple[list[str], list[str]]:
    """What only the configuration declares, and what only the plan does."""
    wanted = declared_in(plan)
    managed = {address for address in lines if _is_managed(address)}
    return sorted(managed - wanted), sorted(wanted - managed)


def _shared(wanted: set[str], lines: Lines) -> float:
    return len(wanted & lines.keys()) / max(1, len(wanted))


def _is_managed(address: str) -> bool:
    steps = address.split(".")
    while len(steps) > 2 and steps[0] == "module":
        steps = steps[2:]
    return steps[0] not in ("module", "data")
