"""Task grants: signed tokens that say what an agent may do for one task, and until when. docs/runtime.md lists what is
in one; a sidecar verifies it by the keys in the agents bundle, and nothing is sent there for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from segrego.bundle.signing import SigningKey
from segrego.errors import ConfigError

__all__ = ["Grant", "issue", "tools_of"]

_ACCESS = ("read", "write", "execute", "administer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What is granted. ``tools`` are tools with their operations (``*``: all of a tool), ``resources`` ARNs of which a
    ``*`` at the end covers what follows (none: any), ``calls`` the budget, ``session`` the one session that may use it
    (null: any)."""

    issuer: str
    audience: str
    agent: str
    task: str
    tools: Mapping[str, Sequence[str]]
    access: Sequence[str]
    calls: int
    minutes: int
    resources: Sequence[str] = ()
    session: str | None = None


def issue(grant: Grant, key: SigningKey, *, now_ns: int) -> str:
    """The grant as a JWT. Raises :class:`~segrego.errors.ConfigError` for what would grant nothing, or cannot be
    signed."""
    from joserfc import jwt

    _check(grant, key)
    now = now_ns // 1_000_000_000
    claims = {
        "iss": grant.issuer,
        "aud": grant.audience,
        "sub": grant.agent,
        "jti": str(uuid.uuid4()),
        "iat": now,
        "exp": now + 60 * grant.minutes,
        "task": grant.task,
        "session": grant.session,
        "tools": {tool: sorted(operations) for tool, operations in grant.tools.items()},
        "resources": sorted(grant.resources),
        "access": [access for access in _ACCESS if access in grant.access],
        "calls": grant.calls,
    }
    header = {"alg": key.algorithm, "kid": key.key_id, "typ": "JWT"}
    return str(jwt.encode(header, claims, key.key, algorithms=[key.algorithm]))


def tools_of(texts: Iterable[str]) -> dict[str, list[str]]:
    """``TOOL:OPERATION`` texts as tools with their operations. A tool's name may hold a colon; an operation's cannot.

    Raises :class:`~segrego.errors.ConfigError` for a text without both.
    """
    found: dict[str, list[str]] = {}
    for text in texts:
        tool, _, operation = text.rpartition(":")
        if not tool or not operation:
            raise ConfigError(f"{text!r} is not TOOL:OPERATION", where="--tool", hint="Write * for all operations.")
        found.setdefault(tool, []).append(operation)
    return found


def _check(grant: Grant, key: SigningKey) -> None:
    if not key.is_private:
        raise ConfigError("a public key cannot sign", where=key.key_id, hint="Give the private key.")
    if unknown := sorted({*grant.access} - {*_ACCESS}):
        raise ConfigError(f"{unknown[0]!r} is no access", where="--access", hint=f"Use {', '.join(_ACCESS)}.")
    if not grant.tools or not grant.access or not grant.agent or not grant.task:
        raise ConfigError("the grant grants nothing", where=grant.task, hint="Name agent, task, tools and access.")
    for arn in grant.resources:
        if "*" in arn[:-1] or "?" in arn:
            raise ConfigError(f"{arn!r} has a wildcard within", where="--resource", hint="Only a * at the end counts.")
