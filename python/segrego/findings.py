"""The report: what the policies said about one inventory.

Everything here but ``fingerprint``, the words of ``message``, ``names``, ``engine`` and the order comes from the
policy's entry point (``data.segrego.posture.report``); ``schemas/report.json`` is generated from here.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from segrego.inventory import Fact, Location, Severity, WorkloadKind

__all__ = [
    "SEVERITIES",
    "VERSION",
    "EngineInfo",
    "Finding",
    "HeldException",
    "PolicyInfo",
    "Report",
    "ReportWarning",
    "ReportedGap",
    "RuleInfo",
    "SubjectKind",
    "Summary",
]

VERSION = 1

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""Worst first."""


SubjectKind = Literal[
    "role",
    "workload",
    "tool",
    "policy",
    "resource",
    "credential",
    "telemetry",
    "account",
    "agent_class",
    "exception",
    "inventory",
]
"""What a finding is about; ``inventory`` where its subject is the whole, or nothing that the inventory lists."""


class _Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every part of the report."""


class HeldException(_Model, frozen=True, kw_only=True):
    """The exception that keeps a finding from failing the verdict: why, who answers for it, and until when."""

    reason: str
    owner: str
    expires_at_ns: int


class Finding(_Model, frozen=True, kw_only=True):
    """One deviation, about one group.

    ``message`` is one sentence about this very finding, without its full stop: the rule's headline with the finding's
    own facts in it.
    ``subject`` is the ARN, or the address in the source, of what the finding is about; ``subject_id`` its id in the
    inventory, unique where addresses repeat. ``evidence`` holds facts, by rule (``docs/rules.md``). ``locations``
    begins with the subject's own. ``fingerprint`` stays the same between runs as long as rule and subject do
    (SHA-256, hex). ``exception`` is what excepts it, where ``status`` is ``excepted``.
    """

    rule: str
    title: str
    message: str
    category: str
    severity: Severity
    status: Literal["open", "excepted"]
    exception: HeldException | None = None
    subject: str
    subject_id: str
    subject_kind: SubjectKind
    fingerprint: str = ""
    evidence: dict[str, Any]
    locations: tuple[Location, ...]
    remediation: str
    controls: dict[str, tuple[str, ...]]


class ReportedGap(_Model, frozen=True, kw_only=True):
    """A gap of the inventory, with the rules that it keeps from clearing anything."""

    code: str
    subject: str
    facts: tuple[Fact, ...]
    message: str
    location: Location | None
    rules: tuple[str, ...]


class ReportWarning(_Model, frozen=True, kw_only=True):
    """What fails nothing and yet should be mended: ``unused_exception`` (it matches no finding), ``unknown_rule`` (an
    exception or a setting names a rule that there is not)."""

    code: str
    message: str
    location: Location | None


class Summary(_Model, frozen=True, kw_only=True):
    """Counts. ``findings`` counts open findings by severity; ``workloads`` by kind; ``rules_without_facts`` are
    selected rules that had nothing to judge (no environments are known, say), which is no failure but no assurance
    either."""

    workloads: dict[WorkloadKind, int]
    agents: int
    roles: int
    shared_roles: int
    findings: dict[Severity, int]
    excepted: int
    gaps: int
    rules: int
    rules_without_facts: tuple[str, ...]


class PolicyInfo(_Model, frozen=True, kw_only=True):
    """Which policy judged: ``revision`` is the SHA-256 of the policy's content, as the engine that ran it says, and
    ``user_revision`` that of the user's own rules (null: there were none)."""

    revision: str
    user_revision: str | None = None


class EngineInfo(_Model, frozen=True, kw_only=True):
    """Which engine ran: ``embedded``, ``opa`` or ``server``, and its version where it tells."""

    name: str
    version: str | None = None


class Report(_Model, frozen=True, kw_only=True):
    """The whole report. ``verdict``: ``fail`` (an open finding at or above ``fail_on``), else ``indeterminate`` (a
    gap keeps a selected rule from clearing something), else ``pass``. ``rules`` are the slugs of the rules that judged.
    ``names`` says what people call the ids that findings mention; where two of a kind are called alike, the name says
    which."""

    version: int = VERSION
    verdict: Literal["pass", "fail", "indeterminate"]
    fail_on: Severity
    findings: tuple[Finding, ...]
    gaps: tuple[ReportedGap, ...]
    warnings: tuple[ReportWarning, ...] = ()
    rules: tuple[str, ...] = ()
    names: dict[str, str] = {}
    summary: Summary
    policy: PolicyInfo
    engine: EngineInfo


class RuleInfo(_Model, frozen=True, kw_only=True):
    """A rule's entry in the catalog, generated from the annotations of its Rego file. ``controls`` maps frameworks to
    ids; ``origin`` is the file of a user's own rule, and null for one that segrego ships."""

    slug: str
    title: str
    headline: str
    description: str
    severity: Severity
    category: str
    requires: tuple[Fact, ...]
    remediation: str
    controls: dict[str, tuple[str, ...]]
    example: str
    origin: str | None = None
