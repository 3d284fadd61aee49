"""Facts that follow from other facts: both directions of an edge, what action patterns mean, labels read off tags and
names.

:func:`merge` joins what several sources found; :func:`derive` writes the *derived* fields. Rules look these up
instead of searching for them, which is what keeps every engine linear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TypeVar

from msgspec.structs import replace

from segrego.errors import InventoryError
from segrego.facts.gaps import gaps
from segrego.facts.groups import (
    arn_holders,
    bound,
    called_with,
    connected,
    described_classes,
    shared_uses,
    sourced,
    trusting,
    twins,
)
from segrego.facts.labels import (
    TAG_KEYS,
    environment_named,
    environment_value,
    labelled_account,
    labelled_resource,
    labelled_role,
    labelled_workload,
)
from segrego.facts.patterns import resource_patterns, role_chains
from segrego.iam.actions import expand
from segrego.iam.managed import managed_policy
from segrego.inventory import (
    Account,
    Credential,
    Inventory,
    Policy,
    PolicyException,
    Resource,
    ResourcePolicy,
    ResourceStatement,
    Role,
    Statement,
    Telemetry,
    Tool,
    Workload,
)

__all__ = ["TAG_KEYS", "derive", "environment_named", "environment_value", "merge"]

Entity = TypeVar("Entity", Account, Workload, Role, Policy, Tool, Resource, ResourcePolicy, Credential, Telemetry)
Item = TypeVar("Item")


def merge(parts: Sequence[Inventory]) -> Inventory:
    """One inventory of what several sources found.

    An entity that several sources describe alike stands once, and a stub (something that a source only refers to)
    gives way to a description. Two different descriptions of one id raise :class:`~segrego.errors.InventoryError`.
    """
    if len(parts) == 1:
        return parts[0]
    return Inventory(
        sources=_distinct(part.sources for part in parts),
        workloads=_united(part.workloads for part in parts),
        roles=_united(part.roles for part in parts),
        policies=_united(part.policies for part in parts),
        tools=_united(part.tools for part in parts),
        resources=_united(part.resources for part in parts),
        resource_policies=_united(part.resource_policies for part in parts),
        credentials=_united(part.credentials for part in parts),
        accounts=_united(part.accounts for part in parts),
        telemetry=_united(part.telemetry for part in parts),
        gaps=_distinct(part.gaps for part in parts),
        agent_classes=_distinct(part.agent_classes for part in parts),
        exceptions=_distinct(part.exceptions for part in parts),
    )


def derive(inventory: Inventory) -> Inventory:
    """The same inventory with every derived field written, and in canonical order.

    Running it twice changes nothing. Raises :class:`~segrego.errors.InventoryError` for an id that is used twice or
    that nothing bears.
    """
    policies = tuple(map(_with_document, _by_id(inventory.policies)))
    workloads = tuple(map(labelled_workload, _by_id(inventory.workloads)))
    tools = _by_id(inventory.tools)
    credentials = _by_id(inventory.credentials)
    derived = replace(
        inventory,
        sources=sourced(_by_id(inventory.sources), workloads),
        workloads=connected(workloads, tools, credentials),
        roles=trusting(bound(map(labelled_role, _by_id(inventory.roles)), workloads)),
        policies=policies,
        tools=tools,
        resources=tuple(map(labelled_resource, _by_id(inventory.resources))),
        resource_policies=_by_id(inventory.resource_policies),
        credentials=called_with(credentials, tools),
        accounts=tuple(map(labelled_account, _by_id(inventory.accounts))),
        telemetry=_by_id(inventory.telemetry),
        exceptions=_lasting(inventory.exceptions),
        actions=expand(_patterns(policies, inventory.resource_policies)),
    )
    _check_references(derived)
    patterns = resource_patterns(derived)
    return replace(
        derived,
        arns=arn_holders(derived),
        twin_roles=twins(derived.roles, policies),
        resource_patterns=patterns,
        role_chains=role_chains(derived, patterns),
        shared_uses=shared_uses(workloads),
        agent_classes=described_classes(derived),
        gaps=gaps(derived),
    )


def _lasting(exceptions: Iterable[PolicyException]) -> tuple[PolicyException, ...]:
    """One exception for each rule and subject: the one that ends last. A document and a configuration repeat them, and
    a renewed one stands for what went before."""
    ordered = sorted(exceptions, key=lambda e: (e.rule, e.subject, e.expires_at_ns, e.owner, e.reason))
    return tuple({(exception.rule, exception.subject): exception for exception in ordered}.values())


def _patterns(policies: Iterable[Policy], resource_policies: Iterable[ResourcePolicy]) -> Iterable[str]:
    """Every action pattern of the document."""
    held: Iterable[Statement | ResourceStatement] = chain(
        chain.from_iterable(policy.statements for policy in policies),
        chain.from_iterable(policy.statements for policy in resource_policies),
    )
    for statement in held:
        yield from statement.actions
        yield from statement.not_actions


def _distinct(groups: Iterable[Iterable[Item]]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(groups)))


def _united(groups: Iterable[Iterable[Entity]]) -> tuple[Entity, ...]:
    found: dict[str, Entity] = {}
    for entity in chain.from_iterable(groups):
        other = found.setdefault(entity.id, entity)
        if other == entity or _is_stub(entity):
            continue
        if not _is_stub(other):
            raise InventoryError(
                f"{entity.id} is described twice, and differently",
                hint="Check the sources one at a time, or collect them again at one time.",
            )
        found[entity.id] = entity
    return tuple(found.values())


def _is_stub(entity: object) -> bool:
    if isinstance(entity, Role):
        return {"trust", "policies"} <= set(entity.unread)
    if isinstance(entity, Account):
        return entity.organization is None  # a file shows a part of an organization, and AWS all of it
    return isinstance(entity, Policy) and not entity.read


def _by_id(entities: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(sorted(entities, key=lambda entity: entity.id))  # type: ignore[attr-defined]


def _with_document(policy: Policy) -> Policy:
    if policy.kind != "aws_managed" or policy.read or policy.arn is None:
        return policy
    found = managed_policy(policy.arn)
    return policy if found is None else replace(policy, read=True, statements=found)


def _check_references(inventory: Inventory) -> None:
    for entities in (
        inventory.workloads,
        inventory.roles,
        inventory.policies,
        inventory.tools,
        inventory.resources,
        inventory.resource_policies,
        inventory.credentials,
        inventory.accounts,
        inventory.telemetry,
    ):
        counts = Counter(entity.id for entity in entities)
        if repeated := [name for name, count in counts.items() if count > 1]:
            raise InventoryError(f"the id {repeated[0]} is used twice", hint="Give every entity an id of its own.")
    names = Counter(entry.name for entry in inventory.agent_classes)
    if repeated := [name for name, count in names.items() if count > 1]:
        raise InventoryError(
            f"the agent class {repeated[0]} is declared twice", hint="Join the two entries, or rename one."
        )
    roles = {role.id for role in inventory.roles}
    policies = {policy.id for policy in inventory.policies}
    workloads = {workload.id for workload in inventory.workloads}
    for workload in inventory.workloads:
        _known("workload", workload.id, "role", roles, (binding.role for binding in workload.bindings))
    for role in inventory.roles:
        boundary = (role.boundary,) if role.boundary else ()
        _known("role", role.id, "policy", policies, role.policies + boundary)
    credentials = {credential.id for credential in inventory.credentials}
    for tool in inventory.tools:
        _known("tool", tool.id, "workload", workloads, (tool.owner,))
        _known("tool", tool.id, "credential", credentials, tool.credentials)
    for account in inventory.accounts:
        _known("account", account.id, "policy", policies, chain.from_iterable(account.service_control or ()))


def _known(kind: str, subject: str, target: str, known: set[str], wanted: Iterable[str]) -> None:
    if missing := next((name for name in wanted if name not in known), None):
        raise InventoryError(
            f"{kind} {subject} refers to {target} {missing}, which the document does not hold",
            hint=f"Add the {target}, or correct the reference.",
        )
