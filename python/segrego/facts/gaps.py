"""Gaps that follow from the rest of the document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from segrego.inventory import ActionPattern, Fact, Gap, Inventory, Policy, Source

__all__ = ["gaps"]

_AGENT_KINDS = frozenset({"bedrock_agent", "bedrock_flow", "agentcore_runtime", "agentcore_harness"})
_STUB_GAPS = frozenset({"not_collected", "unread_policy"})
"""Gaps that end when another source describes their subject."""
_DERIVED_GAPS = frozenset({"no_agents", "unknown_action"})
_NO_AGENTS_HIDES: tuple[Fact, ...] = ("workloads", "bindings")


def gaps(inventory: Inventory) -> tuple[Gap, ...]:
    """The gaps that sources found and that still stand, and those that follow from what they found."""
    read = {policy.id for policy in inventory.policies if policy.read}
    read |= {role.id for role in inventory.roles if not role.unread}
    kept = (
        gap
        for gap in inventory.gaps
        if gap.code not in _DERIVED_GAPS and not (gap.code in _STUB_GAPS and gap.subject in read)
    )
    found = {*kept, *_unread_managed(inventory.policies), *_unknown_actions(inventory.policies, inventory.actions)}
    if not any(workload.kind in _AGENT_KINDS for workload in inventory.workloads):
        found.add(_no_agents(inventory.sources))
    return tuple(sorted(found, key=lambda gap: (gap.code, gap.subject, gap.message)))


def _unread_managed(policies: Iterable[Policy]) -> Iterable[Gap]:
    for policy in policies:
        if policy.kind == "aws_managed" and not policy.read:
            yield Gap(
                code="unread_policy",
                subject=policy.id,
                facts=("policies",),
                message=f"the AWS-managed policy {policy.name} is not in the copy that segrego has: "
                "read it from the account with `segrego collect aws`",
                location=policy.location,
            )


def _unknown_actions(policies: Iterable[Policy], actions: Iterable[ActionPattern]) -> Iterable[Gap]:
    """AWS's own policies keep actions of services that have ended; in anybody else's an unknown action is a blind
    spot."""
    unknown = {pattern.pattern for pattern in actions if pattern.span == "unknown"}
    for policy in policies:
        if policy.kind == "aws_managed":
            continue
        for statement in policy.statements:
            for pattern in sorted(unknown & {*statement.actions, *statement.not_actions}):
                location = policy.location and replace(policy.location, line=statement.line or policy.location.line)
                yield Gap(
                    code="unknown_action",
                    subject=policy.id,
                    facts=("actions",),
                    message=f"AWS's action table has no {pattern}: correct its spelling, or take it out",
                    location=location,
                )


def _no_agents(sources: Sequence[Source]) -> Gap:
    return Gap(
        code="no_agents",
        subject=sources[0].id if len(sources) == 1 else "inventory",
        facts=_NO_AGENTS_HIDES,
        message="no Bedrock agent, flow, AgentCore runtime or harness was found: "
        "check that the path holds the templates that define them",
    )
