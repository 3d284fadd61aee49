"""The report: what the policies said about one inventory.

Everything here but ``fingerprint``, ``engine`` and the order comes from the policy's entry point
(``data.segrego.posture.report``); ``schemas/report.json`` is generated from here.
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
    "PolicyInfo",
    "Report",
    "ReportedGap",
    "RuleInfo",
    "Summary",
]

VERSION = 1

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")
"""Worst first."""


class _Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every part of the report."""


class Finding(_Model, frozen=True, kw_only=True):
    """One deviation, about one group.

    ``message`` is one sentence about this very finding, without its full stop: the rule's headline with the finding's
    own facts in it.
    ``subject`` is the ARN, or the address in the source, of what the finding is about; ``subject_id`` its id in the
    inventory, unique where addresses repeat. ``evidence`` holds facts, by rule (``docs/rules.md``). ``locations``
    begins with the subject's own. ``fingerprint`` stays the same between runs as long as rule and subject do
    (SHA-256, hex).
    """

    rule: str
    title: str
    message: str
    category: str
    severity: Severity
    status: Literal["open", "excepted"]
    subject: str
    subject_id: str
    subject_kind: Literal["role", "workload", "tool", "agent_class", "credential", "policy", "exception", "inventory"]
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
    """Which policy judged: ``revision`` is the SHA-256 of the policy's content, as the engine that ran it says."""

    revision: str


class EngineInfo(_Model, frozen=True, kw_only=True):
    """Which engine ran: ``embedded``, ``opa`` or ``server``, and its version where it tells."""

    name: str
    version: str | None = None


class Report(_Model, frozen=True, kw_only=True):
    """The whole report. ``verdict``: ``fail`` (an open finding at or above ``fail_on``), else ``indeterminate`` (a
    gap keeps a selected rule from clearing something), else ``pass``."""

    version: int = VERSION
    verdict: Literal["pass", "fail", "indeterminate"]
    fail_on: Severity
    findings: tuple[Finding, ...]
    gaps: tuple[ReportedGap, ...]
    summary: Summary
    policy: PolicyInfo
    engine: EngineInfo


class RuleInfo(_Model, frozen=True, kw_only=True):
    """A rule's entry in the catalog, generated from the annotations of its Rego file."""

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
