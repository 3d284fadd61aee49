"""Facts that follow from other facts: both directions of an edge, what action patterns mean, labels read off tags and
names.

:func:`merge` joins what several sources found; :func:`derive` writes the *derived* fields. Rules look these up
instead of searching for them, which is what keeps every engine linear.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TypeVar

from msgspec.structs import replace

from segrego.errors import InventoryError
from segrego.iam.actions import expand
from segrego.iam.managed import managed_policy
from segrego.inventory import (
    ActionPattern,
    Fact,
    Gap,
    Inventory,
    Label,
    Policy,
    Resource,
    Role,
    RoleBinding,
    Source,
    Tag,
    Tool,
    Workload,
)

__all__ = ["derive", "environment_named", "merge"]

Entity = TypeVar("Entity", Workload, Role, Policy, Tool, Resource)
Labelled = TypeVar("Labelled", Workload, Role, Resource)
Item = TypeVar("Item")

ENVIRONMENT_TAGS = ("environment", "env", "stage")
OWNER_TAGS = ("owner", "team")
PURPOSE_TAGS = ("purpose",)
DOMAIN_TAGS = ("data-domain", "data_domain", "datadomain")
SENSITIVITY_TAGS = ("data-classification", "data_classification", "dataclassification", "sensitivity")

_ENVIRONMENT_WORDS = {
    "production": ("production", "prod", "prd"),
    "staging": ("staging", "stage", "stg", "preprod", "uat"),
    "development": ("development", "dev", "sandbox"),
    "test": ("test", "tst", "qa"),
}
_ENVIRONMENT_OF = {word: name for name, words in _ENVIRONMENT_WORDS.items() for word in words}
_AGENT_KINDS = frozenset({"bedrock_agent", "bedrock_flow", "agentcore_runtime", "agentcore_harness"})
_STUB_GAPS = frozenset({"not_collected", "unread_policy"})
"""Gaps that end when another source describes their subject."""
_DERIVED_GAPS = frozenset({"no_agents", "unknown_action"})
_NO_AGENTS_HIDES: tuple[Fact, ...] = ("workloads", "bindings")


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
    roles = _bound(inventory.roles, inventory.workloads)
    actions = expand(chain.from_iterable(s.actions + s.not_actions for p in policies for s in p.statements))
    derived = replace(
        inventory,
        sources=_by_id(inventory.sources),
        workloads=_tooled(map(_labelled_workload, _by_id(inventory.workloads)), _by_id(inventory.tools)),
        roles=roles,
        policies=policies,
        tools=_by_id(inventory.tools),
        resources=tuple(map(_labelled_resource, _by_id(inventory.resources))),
        actions=actions,
    )
    _check_references(derived)
    return replace(derived, gaps=_gaps(derived))


def environment_named(name: str) -> str | None:
    """The environment that a name tells (``orders-prod`` is production); null if it tells none, or more than one."""
    found = {_ENVIRONMENT_OF[word] for word in re.findall(r"[a-z]+", name.lower()) if word in _ENVIRONMENT_OF}
    return found.pop() if len(found) == 1 else None


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


def _is_stub(entity: Workload | Role | Policy | Tool | Resource) -> bool:
    if isinstance(entity, Role):
        return {"trust", "policies"} <= set(entity.unread)
    return isinstance(entity, Policy) and not entity.read


def _by_id(entities: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(sorted(entities, key=lambda entity: entity.id))  # type: ignore[attr-defined]


def _with_document(policy: Policy) -> Policy:
    if policy.kind != "aws_managed" or policy.read or policy.arn is None:
        return policy
    found = managed_policy(policy.arn)
    return policy if found is None else replace(policy, read=True, statements=found)


def _bound(roles: Iterable[Role], workloads: Iterable[Workload]) -> tuple[Role, ...]:
    """The roles, each with the bindings that hold it: workloads point at roles, and rules read from the role."""
    held: dict[str, list[RoleBinding]] = defaultdict(list)
    for workload in _by_id(workloads):
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
    return tuple(
        replace(_labelled(role, role.name or ""), bindings=tuple(held.get(role.id, ()))) for role in _by_id(roles)
    )


def _tooled(workloads: Iterable[Workload], tools: Iterable[Tool]) -> tuple[Workload, ...]:
    owned: dict[str, list[str]] = defaultdict(list)
    served: dict[str, list[str]] = defaultdict(list)
    for tool in tools:
        owned[tool.owner].append(tool.id)
        served[tool.target or ""].append(tool.id)
    return tuple(
        replace(each, tools=tuple(owned.get(each.id, ())), serves=tuple(served.get(each.id, ()))) for each in workloads
    )


def _labelled_workload(workload: Workload) -> Workload:
    labelled = _labelled(workload, workload.name)
    return replace(
        labelled,
        purpose=workload.purpose or _tagged(workload.tags, PURPOSE_TAGS),
        domains=workload.domains or _tagged_all(workload.tags, DOMAIN_TAGS),
    )


def _labelled_resource(resource: Resource) -> Resource:
    return replace(
        resource,
        environment=resource.environment or _environment(resource.tags, resource.name),
        domains=resource.domains or _tagged_all(resource.tags, DOMAIN_TAGS),
        sensitivity=resource.sensitivity or _tagged(resource.tags, SENSITIVITY_TAGS),
    )


def _labelled(entity: Labelled, name: str) -> Labelled:
    return replace(
        entity,
        environment=entity.environment or _environment(entity.tags, name),
        **({} if isinstance(entity, Resource) else {"owner": entity.owner or _tagged(entity.tags, OWNER_TAGS)}),
    )


def _environment(tags: Iterable[Tag], name: str) -> Label | None:
    """From a tag, else from the name. Spellings of one environment are one value, so that they compare equal."""
    if tagged := _tagged(tags, ENVIRONMENT_TAGS):
        return replace(tagged, value=_ENVIRONMENT_OF.get(tagged.value.lower(), tagged.value.lower()))
    named = environment_named(name)
    return Label(value=named, origin="name") if named else None


def _tagged(tags: Iterable[Tag], keys: Sequence[str]) -> Label | None:
    return next(iter(_tagged_all(tags, keys)), None)


def _tagged_all(tags: Iterable[Tag], keys: Sequence[str]) -> tuple[Label, ...]:
    """A label for each tag under one of the keys. A value that is not resolved says nothing."""
    values = (tag.value.strip() for tag in tags if tag.key.lower() in keys)
    return tuple(Label(value=value.lower(), origin="tag") for value in values if value and "${" not in value)


def _check_references(inventory: Inventory) -> None:
    for entities in (inventory.workloads, inventory.roles, inventory.policies, inventory.tools, inventory.resources):
        counts = Counter(entity.id for entity in entities)
        if repeated := [name for name, count in counts.items() if count > 1]:
            raise InventoryError(f"the id {repeated[0]} is used twice", hint="Give every entity an id of its own.")
    roles = {role.id for role in inventory.roles}
    policies = {policy.id for policy in inventory.policies}
    workloads = {workload.id for workload in inventory.workloads}
    for workload in inventory.workloads:
        _known("workload", workload.id, "role", roles, (binding.role for binding in workload.bindings))
    for role in inventory.roles:
        boundary = (role.boundary,) if role.boundary else ()
        _known("role", role.id, "policy", policies, role.policies + boundary)
    for tool in inventory.tools:
        _known("tool", tool.id, "workload", workloads, (tool.owner,))


def _known(kind: str, subject: str, target: str, known: set[str], wanted: Iterable[str]) -> None:
    if missing := next((name for name in wanted if name not in known), None):
        raise InventoryError(
            f"{kind} {subject} refers to {target} {missing}, which the document does not hold",
            hint=f"Add the {target}, or correct the reference.",
        )


def _gaps(inventory: Inventory) -> tuple[Gap, ...]:
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
