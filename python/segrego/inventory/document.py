"""The whole document, its sources and its gaps."""

from __future__ import annotations

from typing import Literal

from segrego.inventory.base import Fact, Location, Model
from segrego.inventory.declared import AgentClass, PolicyException, Settings
from segrego.inventory.policies import (
    ActionPattern,
    Policy,
    ResourcePattern,
    ResourcePolicy,
    Role,
    RoleChain,
    TwinRoles,
)
from segrego.inventory.workloads import Account, Credential, Resource, SharedUse, Telemetry, Tool, Workload

__all__ = ["VERSION", "ArnHolders", "Gap", "Inventory", "Source"]


VERSION = 1
"""Version of the document. It rises when a field changes its meaning or goes; a new optional field does not raise
it."""


class Source(Model, frozen=True, kw_only=True):
    """One thing that was read: a file or an account and region. ``digest`` is ``sha256:…`` of a file's bytes.
    ``workloads`` (*derived*) are the ids of the workloads that were read there."""

    id: str
    kind: Literal["cloudformation", "terraform_plan", "terraform_state", "terraform", "aws", "document"]
    digest: str | None = None
    account: str | None = None
    region: str | None = None
    workloads: tuple[str, ...] = ()


class Gap(Model, frozen=True, kw_only=True):
    """A fact that could not be read. ``subject`` is the id of a workload, role, policy, tool or source, and ``facts``
    what is missing there. ``code`` is short and stable; ``message`` says what happened and what to do."""

    code: Literal[
        "access_denied",
        "ambiguous_role",
        "call_failed",
        "not_offered",
        "not_collected",
        "no_agents",
        "unknown_action",
        "unreadable_file",
        "unreadable_policy",
        "unread_policy",
        "unresolved_reference",
        "unresolved_role",
        "unsupported",
    ]
    subject: str
    facts: tuple[Fact, ...]
    message: str
    location: Location | None = None


class ArnHolders(Model, frozen=True, kw_only=True):
    """What bears an ARN, or the expression that stands for one, and the resource policies on it, by id: *derived*, for
    every ARN of a workload, resource or role, and for all else that a resource policy is on."""

    arn: str
    ids: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


class Inventory(Model, frozen=True, kw_only=True):
    """The whole document. ``evaluated_at_ns`` is the time that rules judge expiry by (null until an evaluation)."""

    version: int = VERSION
    evaluated_at_ns: int | None = None
    sources: tuple[Source, ...] = ()
    workloads: tuple[Workload, ...] = ()
    roles: tuple[Role, ...] = ()
    policies: tuple[Policy, ...] = ()
    tools: tuple[Tool, ...] = ()
    resources: tuple[Resource, ...] = ()
    resource_policies: tuple[ResourcePolicy, ...] = ()
    credentials: tuple[Credential, ...] = ()
    accounts: tuple[Account, ...] = ()
    telemetry: tuple[Telemetry, ...] = ()
    gaps: tuple[Gap, ...] = ()
    actions: tuple[ActionPattern, ...] = ()
    arns: tuple[ArnHolders, ...] = ()
    twin_roles: tuple[TwinRoles, ...] = ()
    resource_patterns: tuple[ResourcePattern, ...] = ()
    role_chains: tuple[RoleChain, ...] = ()
    shared_uses: tuple[SharedUse, ...] = ()
    agent_classes: tuple[AgentClass, ...] = ()
    exceptions: tuple[PolicyException, ...] = ()
    settings: Settings = Settings()
