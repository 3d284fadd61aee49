"""What people declare, and how findings become a verdict."""

from __future__ import annotations

from segrego.inventory.base import Location, Model, Severity

__all__ = ["AgentClass", "PolicyException", "Settings", "SeverityOverride", "Thresholds"]


class AgentClass(Model, frozen=True, kw_only=True):
    """Agents declared to do the same task, and who approved that. ``members`` are workload ids: *derived* from
    patterns. ``fingerprint`` (*derived*) is the SHA-256 of what the members are: their tools, operations, models, data
    and roles, and what these grant; ``approved`` is the fingerprint that was approved (null: none was written down).
    ``overlaps`` are the ids of workloads that the class's patterns mean too, but that an earlier class took."""

    name: str
    members: tuple[str, ...] = ()
    justification: str
    approver: str | None = None
    expires_at_ns: int | None = None
    approved: str | None = None
    fingerprint: str = ""
    overlaps: tuple[str, ...] = ()
    location: Location | None = None


class PolicyException(Model, frozen=True, kw_only=True):
    """An approved, expiring deviation: findings of ``rule`` on ``subject`` (an id or address, exact) do not fail the
    verdict until then. Of several for one rule and subject, :func:`segrego.facts.derive` keeps the one that ends
    last."""

    rule: str
    subject: str
    reason: str
    owner: str
    expires_at_ns: int
    location: Location | None = None


class SeverityOverride(Model, frozen=True, kw_only=True):
    """The severity that a user's configuration gives to every finding of a rule."""

    rule: str
    severity: Severity


class Thresholds(Model, frozen=True, kw_only=True):
    """What rules measure by. ``unused_days``: a grant or role that was not used for longer is unused.
    ``rotation_days``: the oldest that a credential may be. ``session_seconds``: the longest session of a role, and
    ``idle_seconds`` and ``lifetime_seconds`` the longest that an idle and any agent session may live (by default an
    hour, and AgentCore's own default of eight). ``boundary_environments``: environments whose
    agents need a permissions boundary (``*``: all)."""

    unused_days: int = 90
    rotation_days: int = 90
    session_seconds: int = 3600
    idle_seconds: int = 3600
    lifetime_seconds: int = 28800
    boundary_environments: tuple[str, ...] = ()


class Settings(Model, frozen=True, kw_only=True):
    """How findings become a verdict. Empty ``select`` means every rule."""

    fail_on: Severity = "low"
    thresholds: Thresholds = Thresholds()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: tuple[SeverityOverride, ...] = ()
