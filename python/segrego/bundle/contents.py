"""What the three bundles hold: the policy, the agents, and what is revoked. Their roots are disjoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from segrego.bundle.archive import Bundle
from segrego.policy import rego_dir

__all__ = ["NAMES", "ROOTS", "agents", "nothing_revoked", "policy", "revocations"]

NAMES = ("policy", "agents", "revocations")
ROOTS = {
    "policy": ("segrego/runtime", "segrego/runtime_lib", "segrego/runtime_rules"),
    "agents": ("segrego/agents",),
    "revocations": ("segrego/revocations",),
}
"""What each of them may say: a bundle that claims another's part is none of ours, whoever signed it."""


def policy(not_after_ns: int) -> Bundle:
    """The Rego that decides at run time, as it is shipped: not optimised (docs/runtime.md says why)."""
    root = rego_dir()
    names = {path.relative_to(root).as_posix(): path for path in root.rglob("*.rego")}
    files = {
        name: path.read_bytes()
        for name, path in names.items()
        if name.startswith("segrego/runtime") and not name.endswith("_test.rego")
    }
    return Bundle("policy", ROOTS["policy"], files, not_after_ns)


def agents(document: Mapping[str, Any], not_after_ns: int) -> Bundle:
    """What the rules need to know of each agent, as docs/runtime.md lays it out."""
    return Bundle("agents", ROOTS["agents"], {"data.json": _json({"agents": document})}, not_after_ns)


def revocations(document: Mapping[str, Any], not_after_ns: int) -> Bundle:
    """Agents, tasks and sessions that may not act any more."""
    content = _json({"revocations": document})
    return Bundle("revocations", ROOTS["revocations"], {"data.json": content}, not_after_ns)


def nothing_revoked() -> dict[str, dict[str, Any]]:
    """A revocations document that revokes nothing. Its three parts always exist: a rule that met none would be
    silent."""
    return {"agents": {}, "tasks": {}, "sessions": {}}


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps({"segrego": value}, sort_keys=True, separators=(",", ":")).encode()
