"""What ``segrego.yaml`` may hold, as ``docs/configuration.md`` explains it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from segrego.inventory import Location, Severity, Thresholds

__all__ = [
    "Config",
    "DataDomain",
    "Declarations",
    "DeclaredClass",
    "DeclaredException",
    "Environment",
    "HostingWorkload",
    "Hours",
    "Issuer",
    "Owner",
    "Purpose",
    "Runtime",
    "RuntimeAgent",
    "RuntimeOperation",
    "Selector",
    "Subject",
]

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone, as in RFC 3339: without one an approval would end at a moment that depends on the reader."""
AccountId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}\Z")]
Name = Annotated[str, msgspec.Meta(min_length=1)]
_SOME = msgspec.Meta(min_length=1)


class _Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every part of the file."""


class Selector(_Model, frozen=True, kw_only=True):
    """Which workloads, roles, resources or accounts an entry means: any of its patterns on the name, the ARN or id, the
    account, or tags (all of the given tags). In patterns ``*`` is any text and ``?`` one character; all else is
    literal and compared with case, but for the keys of tags."""

    names: tuple[Name, ...] = ()
    arns: tuple[Name, ...] = ()
    accounts: tuple[AccountId, ...] = ()
    tags: dict[Name, str] = {}


class Environment(Selector, frozen=True, kw_only=True):
    """An environment and what belongs to it."""

    name: Name


class DataDomain(Selector, frozen=True, kw_only=True):
    """A data domain, what belongs to it, and how sensitive its data is."""

    name: Name
    sensitivity: Name | None = None


class Purpose(Selector, frozen=True, kw_only=True):
    """What agents are for. ``retrieval`` is the purpose that rules know."""

    purpose: Name


class Owner(Selector, frozen=True, kw_only=True):
    """Who answers for workloads and roles."""

    owner: Name


class DeclaredClass(Selector, frozen=True, kw_only=True):
    """Agents that do truly the same task, and may share a role until ``expires``. ``approved`` is the fingerprint of
    what was approved, as the inventory document shows it."""

    name: Name
    justification: Name
    approver: Name
    expires: Moment
    approved: Name | None = None


class HostingWorkload(Selector, frozen=True, kw_only=True):
    """Workloads that run several agents in one process, under one role: no template tells."""

    agents: tuple[Name, ...]


class DeclaredException(_Model, frozen=True, kw_only=True):
    """An approved deviation of one subject from one rule, until ``expires``."""

    rule: Name
    subject: Name
    reason: Name
    owner: Name
    expires: Moment


class Issuer(_Model, frozen=True, kw_only=True):
    """Who signs tokens for ``use``, and with what. ``keys`` is the path of a JSON Web Key Set, relative to the working
    directory. An issuer serves one use alone: whoever proves agents cannot approve their calls. ``longest_seconds`` is
    how long its grants or approvals may last from ``iat`` to ``exp``; of grants an hour, where nothing is said."""

    issuer: Name
    use: Literal["proof", "grant", "approval"]
    algorithms: Annotated[tuple[Literal["ES256", "ES384", "ES512", "EdDSA", "PS256", "RS256"], ...], _SOME]
    audience: Name
    keys: Name
    skew_seconds: Annotated[int, msgspec.Meta(ge=0, le=300)] = 30
    longest_seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)] | None = None


class Subject(_Model, frozen=True, kw_only=True):
    """What an issuer calls an agent in the ``sub`` claim of its proofs."""

    issuer: Name
    subject: Name


class Hours(_Model, frozen=True, kw_only=True):
    """When an agent may act: minutes of the day in UTC, and days from Monday (1) to Sunday (7)."""

    days: tuple[Annotated[int, msgspec.Meta(ge=1, le=7)], ...] = (1, 2, 3, 4, 5, 6, 7)
    start: Annotated[int, msgspec.Meta(ge=0, le=1439)] = 0
    end: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 1440


class RuntimeAgent(Selector, frozen=True, kw_only=True):
    """How agents prove themselves, and how much they may do. ``calls`` is the limit within ``window_seconds``."""

    subjects: tuple[Subject, ...] = ()
    grant_required: bool = False
    calls: Annotated[int, msgspec.Meta(ge=1)] | None = None
    window_seconds: Annotated[int, msgspec.Meta(ge=1)] = 60
    hours: Hours | None = None


class RuntimeOperation(_Model, frozen=True, kw_only=True):
    """What no template tells of operations: ``tool`` and ``operation`` are patterns. ``arguments`` may be shown to the
    policy and written into records in clear; ``external`` sends data outside."""

    tool: Name
    operation: Name = "*"
    access: Literal["read", "write", "execute", "administer"] | None = None
    approval: bool | None = None
    arguments: tuple[Name, ...] = ()
    external: bool = False


class Runtime(_Model, frozen=True, kw_only=True):
    """What the decision before a tool call needs beyond the inventory (docs/runtime.md)."""

    issuers: tuple[Issuer, ...] = ()
    agents: tuple[RuntimeAgent, ...] = ()
    operations: tuple[RuntimeOperation, ...] = ()
    sensitive_domains: tuple[Name, ...] = ()


class Declarations(_Model, frozen=True, kw_only=True):
    """The whole file. Everything is optional."""

    version: int = 1
    fail_on: Severity | None = None
    thresholds: Thresholds | None = None
    select: tuple[Name, ...] = ()
    ignore: tuple[Name, ...] = ()
    severities: dict[Name, Severity] = {}
    environments: tuple[Environment, ...] = ()
    data_domains: tuple[DataDomain, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    owners: tuple[Owner, ...] = ()
    agent_classes: tuple[DeclaredClass, ...] = ()
    hosting: tuple[HostingWorkload, ...] = ()
    exceptions: tuple[DeclaredException, ...] = ()
    runtime: Runtime = Runtime()


def _nowhere(_: str) -> int | None:
    return None


class Config(Declarations, frozen=True, kw_only=True):
    """What is declared, and where: ``file`` as the user named it, null where there is none; ``line`` gives the line of
    a path such as ``$.environments[0].names[1]``."""

    file: str | None = None
    line: Callable[[str], int | None] = _nowhere

    def location(self, path: str) -> Location | None:
        """The place of a path, for what the report says about it."""
        return Location(source=self.file, file=self.file, line=self.line(path)) if self.file else None

    def where(self, path: str) -> str | None:
        """``file:line`` of a path, for messages."""
        line = self.line(path)
        return f"{self.file}:{line}" if line else self.file
