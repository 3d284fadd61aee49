"""Groups, and the other direction of every edge: what a rule would otherwise have to search for."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from segrego.inventory import (
    AgentClass,
    Credential,
    Inventory,
    Policy,
    Role,
    RoleBinding,
    Source,
    Statement,
    Tool,
    TrustedRole,
    TrustStatement,
    TwinRoles,
    User,
    Workload,
)

__all__ = ["bound", "called_with", "connected", "described_classes", "sourced", "trusting", "twins"]


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
