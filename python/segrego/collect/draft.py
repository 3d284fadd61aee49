"""What a file source finds, as it is found: entities that several resources add to, and gaps said once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from segrego.inventory import (
    Account,
    Credential,
    Fact,
    Gap,
    Inventory,
    Location,
    Policy,
    Resource,
    ResourcePolicy,
    Role,
    Source,
    Tag,
    Telemetry,
    Tool,
    TrustStatement,
    Workload,
)

__all__ = ["EVERYTHING", "Draft", "GapCode", "RoleDraft"]

GapCode = Literal[
    "ambiguous_role",
    "not_collected",
    "unread_policy",
    "unreadable_file",
    "unreadable_policy",
    "unresolved_reference",
    "unresolved_role",
    "unsupported",
]
_FACTS: tuple[Fact, ...] = get_args(Fact)
EVERYTHING: tuple[Fact, ...] = (
    "workloads",
    "bindings",
    "tools",
    "uses",
    "code",
    "trust",
    "policies",
    "boundary",
    "resource_policies",
    "credentials",
    "telemetry",
)
"""What a file that cannot be read may hold."""


@dataclass(slots=True)
class RoleDraft:
    """A role while its policies are still being gathered; fields as in :class:`segrego.inventory.Role`."""

    id: str
    name: str | None = None
    arn: str | None = None
    account: str | None = None
    identity: Literal["known", "by_default", "unresolved"] = "known"
    unread: set[Fact] = field(default_factory=set)
    trust: tuple[TrustStatement, ...] = ()
    policies: dict[str, None] = field(default_factory=dict)
    boundary: str | None = None
    max_session_seconds: int | None = None
    tags: tuple[Tag, ...] = ()
    location: Location | None = None

    def finished(self) -> Role:
        """The role as it stands in the document."""
        return Role(
            id=self.id,
            name=self.name,
            arn=self.arn,
            account=self.account,
            identity=self.identity,
            unread=tuple(fact for fact in _FACTS if fact in self.unread),
            trust=self.trust,
            policies=tuple(self.policies),
            boundary=self.boundary,
            max_session_seconds=self.max_session_seconds,
            tags=self.tags,
            location=self.location,
        )


class Draft:
    """What one scan gives, before it is an inventory."""

    def __init__(self) -> None:
        self.workloads: dict[str, Workload] = {}
        self.roles: dict[str, RoleDraft] = {}
        self.policies: dict[str, Policy] = {}
        self.tools: dict[str, Tool] = {}
        self.resources: dict[str, Resource] = {}
        self.resource_policies: dict[str, ResourcePolicy] = {}
        self.credentials: dict[str, Credential] = {}
        self.telemetry: dict[str, Telemetry] = {}
        self.accounts: dict[str, Account] = {}
        self._gaps: dict[Gap, None] = {}

    def gap_at(self, code: GapCode, subject: str, facts: Iterable[Fact], message: str, location: Location) -> None:
        """Say what could not be read; the same gap is said once."""
        self._gaps[Gap(code=code, subject=subject, facts=tuple(facts), message=message, location=location)] = None

    def inventory(self, sources: Sequence[Source]) -> Inventory:
        """The document of what was found."""
        return Inventory(
            sources=tuple(sources),
            workloads=tuple(self.workloads.values()),
            roles=tuple(role.finished() for role in self.roles.values()),
            policies=tuple(self.policies.values()),
            tools=tuple(self.tools.values()),
            resources=tuple(self.resources.values()),
            resource_policies=tuple(self.resource_policies.values()),
            credentials=tuple(self.credentials.values()),
            telemetry=tuple(self.telemetry.values()),
            accounts=tuple(self.accounts.values()),
            gaps=tuple(self._gaps),
        )
