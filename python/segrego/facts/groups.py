"""Groups, and the other direction of every edge: what a rule would otherwise have to search for."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import msgspec
from msgspec.structs import replace

from segrego.inventory import (
    AgentClass,
    ArnHolders,
    Inventory,
    Policy,
    Resource,
    Role,
    RoleBinding,
    Statement,
    Tool,
    TwinRoles,
    User,
    Workload,
)

__all__ = ["arn_holders", "bound", "connected", "described_classes", "twins"]


def bound(roles: Iterable[Role], workloads: Iterable[Workload]) -> tuple[Role, ...]:
    """The roles, each with the bindings that hold it: workloads point at roles, and rules read from the role."""
    held: dict[str, list[RoleBinding]] = defaultdict(list)
    for workload in workloads:
        for binding in workload.bindings:
            held[binding.role].append(
                RoleBinding(
                    workload=workload.id,
                    kind=workload.kind,
                    slot=binding.slot,
                    version=binding.version,
                    via=binding.via,
                    certainty=binding.certainty,
                )
            )
    return tuple(replace(role, bindings=tuple(held.get(role.id, ()))) for role in roles)


def arn_holders(inventory: Inventory) -> tuple[ArnHolders, ...]:
    """By ARN what bears it and which resource policies are on it. Usually one thing bears it; where sources overlap more
    do, so no rule can key anything by ARN."""
    ids: dict[str, list[str]] = defaultdict(list)
    policies: dict[str, list[str]] = defaultdict(list)
    arns: dict[str, str] = {}
    for entity in chain[Workload | Resource | Role](inventory.workloads, inventory.resources, inventory.roles):
        if entity.arn is not None:
            ids[entity.arn].append(entity.id)
            arns[entity.id] = entity.arn
    for policy in inventory.resource_policies:
        policies[arns.get(policy.resource, policy.resource)].append(policy.id)
    return tuple(
        ArnHolders(arn=arn, ids=tuple(ids.get(arn, ())), policies=tuple(policies.get(arn, ())))
        for arn in sorted(ids.keys() | policies.keys())
    )


def connected(workloads: Sequence[Workload], tools: Iterable[Tool]) -> tuple[Workload, ...]:
    """The workloads, each with the tools that it owns and runs, and with the workloads that use it."""
    owned: dict[str, list[str]] = defaultdict(list)
    served: dict[str, list[str]] = defaultdict(list)
    for tool in tools:
        owned[tool.owner].append(tool.id)
        served[tool.target or ""].append(tool.id)
    users: dict[str, list[User]] = defaultdict(list)
    for workload in workloads:
        for use in workload.uses:
            users[use.target].append(User(relation=use.relation, workload=workload.id))
    return tuple(
        replace(
            each,
            tools=tuple(owned.get(each.id, ())),
            serves=tuple(served.get(each.id, ())),
            used_by=tuple(users.get(each.id, ())),
        )
        for each in workloads
    )


def twins(roles: Iterable[Role], policies: Iterable[Policy]) -> tuple[TwinRoles, ...]:
    """Groups of roles whose policies and boundary hold the same statements, however they are cut and ordered."""
    by_id = {policy.id: policy for policy in policies}
    contents = {name: frozenset(map(_content, policy.statements)) for name, policy in by_id.items()}
    groups: dict[tuple[frozenset[bytes], frozenset[bytes] | None], list[str]] = defaultdict(list)
    for role in roles:
        held = [*role.policies, *([role.boundary] if role.boundary else [])]
        if role.unread or not all(by_id[name].read for name in held):
            continue
        granted = frozenset[bytes]().union(*(contents[name] for name in role.policies))
        if granted:
            groups[granted, contents[role.boundary] if role.boundary else None].append(role.id)
    found = (TwinRoles(digest=_digest(key), roles=tuple(ids)) for key, ids in groups.items() if len(ids) > 1)
    return tuple(sorted(found, key=lambda group: group.digest))


def _content(statement: Statement) -> bytes:
    """What a statement grants or denies, without its name, its place and its order."""
    parts = (
        statement.effect,
        sorted(statement.actions),
        sorted(statement.not_actions),
        sorted(statement.resources),
        sorted(statement.not_resources),
        sorted(map(msgspec.json.encode, statement.conditions)),
    )
    return msgspec.json.encode(parts)


def _digest(key: tuple[frozenset[bytes], frozenset[bytes] | None]) -> str:
    granted, boundary = key
    text = msgspec.json.encode((sorted(granted), None if boundary is None else sorted(boundary)))
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def described_classes(inventory: Inventory) -> tuple[AgentClass, ...]:
    """The agent classes with their members, and with the fingerprint of what the members are."""
    members: dict[str, list[Workload]] = defaultdict(list)
    for workload in inventory.workloads:
        if workload.agent_class is not None:
            members[workload.agent_class].append(workload)
    tools = {tool.id: tool for tool in inventory.tools} if members else {}
    return tuple(
        replace(
            entry,
            members=tuple(workload.id for workload in members[entry.name]),
            fingerprint=_fingerprint(members[entry.name], tools),
        )
        for entry in inventory.agent_classes
    )


def _fingerprint(members: Iterable[Workload], tools: Mapping[str, Tool]) -> str:
    """Of all that makes members equivalent: places and tags may change without a new approval, what agents do may
    not."""
    described = [
        (
            workload.id,
            workload.kind,
            workload.account,
            workload.environment and workload.environment.value,
            sorted(label.value for label in workload.domains),
            sorted((use.relation, use.target) for use in workload.uses),
            sorted({binding.role for binding in workload.bindings}),
            sorted(_tool_content(tools[name]) for name in workload.tools),
        )
        for workload in members
    ]
    return f"sha256:{hashlib.sha256(msgspec.json.encode(described)).hexdigest()}"


def _tool_content(tool: Tool) -> bytes:
    operations = sorted(msgspec.json.encode(operation) for operation in tool.operations)
    return msgspec.json.encode((tool.name, tool.kind, tool.target, tool.state, operations))
