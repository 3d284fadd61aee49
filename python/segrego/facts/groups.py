"""Groups, and the other direction of every edge: what a rule would otherwise have to search for."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import msgspec
from msgspec.structs import replace

from segrego.inventory import (
    AgentClass,
    ArnHolders,
    Credential,
    Inventory,
    Policy,
    Resource,
    Role,
    RoleBinding,
    SharedUse,
    Source,
    Statement,
    Tool,
    TrustedRole,
    TrustStatement,
    TwinRoles,
    User,
    Workload,
)

__all__ = [
    "arn_holders",
    "bound",
    "called_with",
    "connected",
    "described_classes",
    "shared_uses",
    "sourced",
    "trusting",
    "twins",
]

Content = tuple[frozenset[bytes], frozenset[bytes] | None]
"""The statements of a role, and those of its boundary."""


_SESSION = re.compile(r"(arn:[^:]+):sts:(:(?:\d{12}|\$\{[^}]*\})):assumed-role/([^/]+)/.*", re.DOTALL)
"""A session of a role, as a principal; the role's ARN is then known if it has no path."""


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


def trusting(roles: Iterable[Role]) -> tuple[Role, ...]:
    """The roles, each with the roles of the document that its trust policy names as principals, by ARN or by one of
    their sessions."""
    known = tuple(roles)
    by_arn: dict[str, list[str]] = defaultdict(list)
    for role in known:
        if role.arn:
            by_arn[role.arn].append(role.id)
    return tuple(
        replace(
            each,
            trusted_roles=tuple(
                TrustedRole(principal=named, role=role)
                for named in sorted({name for statement in each.trust for name in _named(statement)})
                for role in by_arn.get(_SESSION.sub(r"\1:iam:\2:role/\3", named), ())
            ),
        )
        for each in known
    )


def _named(statement: TrustStatement) -> Iterable[str]:
    """Everybody whom a statement lets in or narrows itself to by name."""
    if statement.effect == "Allow":
        yield from (principal.value for principal in statement.principals if principal.type == "AWS")
        for condition in statement.conditions:
            if condition.key == "aws:principalarn":
                yield from condition.values


def sourced(sources: Iterable[Source], workloads: Iterable[Workload]) -> tuple[Source, ...]:
    """The sources, each with the workloads that were read there."""
    read: dict[str, list[str]] = defaultdict(list)
    for workload in workloads:
        if workload.location is not None:
            read[workload.location.source].append(workload.id)
    return tuple(replace(source, workloads=tuple(read.get(source.id, ()))) for source in sources)


def arn_holders(inventory: Inventory) -> tuple[ArnHolders, ...]:
    """By ARN what bears it and which resource policies are on it. Usually one thing bears it; where sources overlap
    more do, so no rule can key anything by ARN."""
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


def connected(
    workloads: Sequence[Workload], tools: Iterable[Tool], credentials: Iterable[Credential]
) -> tuple[Workload, ...]:
    """The workloads, each with the tools that it owns and runs, the credentials that it holds, and the workloads that
    use it."""
    owned: dict[str, list[str]] = defaultdict(list)
    served: dict[str, list[str]] = defaultdict(list)
    for tool in tools:
        owned[tool.owner].append(tool.id)
        served[tool.target or ""].append(tool.id)
    held: dict[str, list[str]] = defaultdict(list)
    for credential in credentials:
        held[credential.holder or ""].append(credential.id)
    users: dict[str, list[User]] = defaultdict(list)
    for workload in workloads:
        for use in workload.uses:
            users[use.target].append(User(relation=use.relation, workload=workload.id))
    return tuple(
        replace(
            each,
            tools=tuple(owned.get(each.id, ())),
            serves=tuple(served.get(each.id, ())),
            credentials=tuple(held.get(each.id, ())),
            used_by=tuple(users.get(each.id, ())),
        )
        for each in workloads
    )


def shared_uses(workloads: Sequence[Workload]) -> tuple[SharedUse, ...]:
    """What two and more workloads use and no workload is, sorted by its id or name."""
    known = {workload.id for workload in workloads}
    users: dict[str, list[User]] = defaultdict(list)
    for workload in workloads:
        for use in workload.uses:
            if use.relation != "model" and use.target not in known:
                users[use.target].append(User(relation=use.relation, workload=workload.id))
    return tuple(
        SharedUse(target=target, users=tuple(users[target]))
        for target in sorted(users)
        if len({user.workload for user in users[target]}) > 1
    )


def called_with(credentials: Iterable[Credential], tools: Iterable[Tool]) -> tuple[Credential, ...]:
    """The credentials, each with the tools that are called with it."""
    calling: dict[str, list[str]] = defaultdict(list)
    for tool in tools:
        for credential in tool.credentials:
            calling[credential].append(tool.id)
    return tuple(replace(each, tools=tuple(calling.get(each.id, ()))) for each in credentials)


def twins(roles: Iterable[Role], policies: Iterable[Policy]) -> tuple[TwinRoles, ...]:
    """Groups of roles whose policies and boundary hold the same statements, however they are cut and ordered."""
    by_id = {policy.id: policy for policy in policies}
    alike: dict[frozenset[str], list[Role]] = defaultdict(list)
    for role in roles:
        held = [*role.policies, *([role.boundary] if role.boundary else [])]
        if not role.unread and all(by_id[name].read for name in held):
            alike[_resources(role, by_id)].append(role)
    groups: dict[Content, list[str]] = defaultdict(list)
    for role in chain.from_iterable(group for group in alike.values() if len(group) > 1):
        content = _content(role, by_id)
        if content[0]:
            groups[content].append(role.id)
    found = (TwinRoles(digest=_digest(content), roles=tuple(ids)) for content, ids in groups.items() if len(ids) > 1)
    return tuple(sorted(found, key=lambda group: group.digest))


def _resources(role: Role, policies: Mapping[str, Policy]) -> frozenset[str]:
    """What twins have in common, and few others: most roles need no closer look."""
    return frozenset(
        resource
        for name in role.policies
        for statement in policies[name].statements
        for resource in statement.resources
    )


def _content(role: Role, policies: Mapping[str, Policy]) -> Content:
    """What a role is granted and denied, and the same of its boundary (null: it has none)."""
    granted = _statements(statement for name in role.policies for statement in policies[name].statements)
    return granted, _statements(policies[role.boundary].statements) if role.boundary else None


def _statements(statements: Iterable[Statement]) -> frozenset[bytes]:
    """Statements without names, places and order. Those that differ by their actions alone are one."""
    actions: dict[bytes, set[str]] = defaultdict(set)
    for statement in statements:
        rest = (
            statement.effect,
            sorted(statement.not_actions),
            sorted(statement.resources),
            sorted(statement.not_resources),
            sorted(map(msgspec.json.encode, statement.conditions)),
        )
        actions[msgspec.json.encode(rest)].update(statement.actions)
    return frozenset(msgspec.json.encode((rest, sorted(named))) for rest, named in actions.items())


def _digest(content: Content) -> str:
    granted, boundary = content
    text = msgspec.json.encode((sorted(granted), None if boundary is None else sorted(boundary)))
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def described_classes(inventory: Inventory) -> tuple[AgentClass, ...]:
    """The agent classes with their members, and with the fingerprint of what the members are."""
    members: dict[str, list[Workload]] = defaultdict(list)
    for workload in inventory.workloads:
        if workload.agent_class is not None:
            members[workload.agent_class].append(workload)
    tools = {tool.id: tool for tool in inventory.tools} if members else {}
    roles = {role.id: role for role in inventory.roles} if members else {}
    policies = {policy.id: policy for policy in inventory.policies} if members else {}
    grants = {
        binding.role: _digest(_content(roles[binding.role], policies))
        for group in members.values()
        for workload in group
        for binding in workload.bindings
    }
    return tuple(
        replace(
            entry,
            members=tuple(workload.id for workload in members[entry.name]),
            fingerprint=_fingerprint(members[entry.name], tools, grants),
        )
        for entry in inventory.agent_classes
    )


def _fingerprint(members: Iterable[Workload], tools: Mapping[str, Tool], grants: Mapping[str, str]) -> str:
    """Of all that makes members equivalent: places and tags may change without a new approval, what agents do and may
    do may not. ``grants`` has the digest of what each role may do."""
    described = [
        (
            workload.id,
            workload.kind,
            workload.account,
            workload.environment and workload.environment.value,
            sorted(label.value for label in workload.domains),
            sorted((use.relation, use.target) for use in workload.uses),
            sorted({(binding.role, grants[binding.role]) for binding in workload.bindings}),
            sorted(_tool_content(tools[name]) for name in workload.tools),
        )
        for workload in members
    ]
    return f"sha256:{hashlib.sha256(msgspec.json.encode(described)).hexdigest()}"


def _tool_content(tool: Tool) -> bytes:
    operations = sorted(msgspec.json.encode(operation) for operation in tool.operations)
    return msgspec.json.encode((tool.name, tool.kind, tool.target, tool.state, operations))
