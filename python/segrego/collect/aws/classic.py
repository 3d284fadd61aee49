"""Classic agents and knowledge bases (boto3 ``bedrock-agent``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Literal

from segrego.collect.aws.caller import Hides
from segrego.collect.aws.found import (
    WORKLOAD,
    Found,
    Task,
    data_uses,
    resource_policy,
    routes,
    tags,
    unknown_role,
    version_binding,
)
from segrego.collect.aws.operations import from_functions, operations_of
from segrego.collect.aws.session import Region
from segrego.inventory import Binding, Fact, Operation, Tool, Use, Workload

__all__ = ["agent_of", "agents", "guardrail", "knowledge_bases"]

_SERVICE = "bedrock-agent"
_DRAFT = "DRAFT"
_LISTED: tuple[Fact, ...] = ("workloads", *WORKLOAD, "environments", "owners", "tags")


def agents(region: Region) -> list[Task]:
    """A task for each Classic agent of a region."""
    return [
        partial(_agent, region, summary)
        for summary in region.items(_SERVICE, "ListAgents", Hides(region.source, _LISTED))
    ]


def knowledge_bases(region: Region) -> list[Task]:
    """A task for each knowledge base of a region."""
    found = region.items(_SERVICE, "ListKnowledgeBases", Hides(region.source, (*_LISTED, "resource_policies")))
    return [partial(_knowledge_base, region, summary) for summary in found]


def agent_of(alias_arn: str) -> str:
    """The id of the agent that an alias belongs to: ``…:agent-alias/AGENT/ALIAS`` is ``…:agent/AGENT``."""
    head, marker, rest = alias_arn.partition(":agent-alias/")
    return f"{head}:agent/{rest.partition('/')[0]}" if marker else alias_arn


def guardrail(region: Region, configuration: Mapping[str, Any] | None) -> Iterator[Use]:
    """The guardrail that a configuration names, by its ARN."""
    if name := (configuration or {}).get("guardrailIdentifier"):
        yield Use(
            relation="guardrail",
            target=name if name.startswith("arn:") else region.arn("bedrock", f"guardrail/{name}"),
        )


def _agent(region: Region, summary: Mapping[str, Any]) -> Found:
    agent_id = summary["agentId"]
    arn = region.arn("bedrock", f"agent/{agent_id}")
    found = Found()
    answer = region.call(_SERVICE, "GetAgent", Hides(arn, WORKLOAD), agentId=agent_id)
    draft = None if answer is None else answer["agent"]
    aliases = region.items(_SERVICE, "ListAgentAliases", Hides(arn, WORKLOAD), agentId=agent_id)
    routed = routes(aliases, "agentAliasName", "agentVersion")
    bodies = {_DRAFT: draft} | {
        version: _version(region, arn, agent_id, version) for version in routed if version != _DRAFT
    }
    bindings: list[Binding] = []
    uses: list[Use] = []
    for version, body in bodies.items():
        bindings += _bindings(region, arn, version, body, routed.get(version, ()))
        uses += _uses(region, found, agent_id, version, body or {})
        found.tools += _tools(region, found, arn, agent_id, version)
    found.workloads.append(
        Workload(
            id=arn,
            kind="bedrock_agent",
            name=summary["agentName"],
            arn=arn,
            account=region.account.id,
            region=region.name,
            status=(draft or summary).get("agentStatus"),
            created_ns=(draft or {}).get("createdAt"),
            bindings=tuple(bindings),
            uses=tuple(dict.fromkeys(uses)),
            idle_timeout_seconds=_idle_timeout(bodies.values()),
            tags=tags(region, _SERVICE, arn),
            location=region.location,
        )
    )
    return found


def _version(region: Region, arn: str, agent_id: str, version: str) -> dict[str, Any] | None:
    hides = Hides(arn, WORKLOAD)
    answer = region.call(_SERVICE, "GetAgentVersion", hides, agentId=agent_id, agentVersion=version)
    return None if answer is None else answer["agentVersion"]


def _idle_timeout(bodies: Iterable[Mapping[str, Any] | None]) -> int | None:
    """The longest that any version lets a session be idle; null if one of them is not known."""
    found = [(body or {}).get("idleSessionTTLInSeconds") for body in bodies]
    return None if None in found else max(value for value in found if value is not None)


def _bindings(
    region: Region, arn: str, version: str, body: Mapping[str, Any] | None, via: tuple[str, ...]
) -> tuple[Binding, ...]:
    if body is None:
        return ()  # its call left a gap
    role = body.get("agentResourceRoleArn")
    if not role:
        return unknown_role(region, arn, f"version {version} of the agent")
    return (version_binding(role, version, via),)


def _uses(region: Region, found: Found, agent_id: str, version: str, body: Mapping[str, Any]) -> Iterator[Use]:
    arn = region.arn("bedrock", f"agent/{agent_id}")
    override = body.get("promptOverrideConfiguration") or {}
    models = [
        body.get("foundationModel"),
        *(part.get("foundationModel") for part in override.get("promptConfigurations") or ()),
    ]
    for model in filter(None, models):
        yield Use(relation="model", target=model)
    yield from guardrail(region, body.get("guardrailConfiguration"))
    executor = (body.get("customOrchestration") or {}).get("executor") or {}
    for function in filter(None, (executor.get("lambda"), override.get("overrideLambda"))):
        yield Use(relation="function", target=found.function(function))
    which = {"agentId": agent_id, "agentVersion": version}
    hides = Hides(arn, ("tools", "uses", "domains"))
    for base in region.items(_SERVICE, "ListAgentKnowledgeBases", hides, **which):
        if base.get("knowledgeBaseState") != "DISABLED":
            target = region.arn("bedrock", f"knowledge-base/{base['knowledgeBaseId']}")
            yield Use(relation="knowledge_base", target=target)
    if body.get("agentCollaboration") != "DISABLED":
        for other in region.items(_SERVICE, "ListAgentCollaborators", hides, **which):
            if alias := (other.get("agentDescriptor") or {}).get("aliasArn"):
                yield Use(relation="collaborator", target=agent_of(alias))


def _tools(region: Region, found: Found, arn: str, agent_id: str, version: str) -> Iterator[Tool]:
    which = {"agentId": agent_id, "agentVersion": version}
    hides = Hides(arn, ("tools",))
    for summary in region.items(_SERVICE, "ListAgentActionGroups", hides, **which):
        group_id = summary["actionGroupId"]
        answer = region.call(_SERVICE, "GetAgentActionGroup", hides, **which, actionGroupId=group_id)
        kind, target, operations = _action_group(found, (answer or {}).get("agentActionGroup") or {})
        yield Tool(
            id=f"{arn}/{version}/action-group/{group_id}",
            name=summary["actionGroupName"],
            owner=arn,
            kind=kind,
            target=target,
            state="disabled" if summary.get("actionGroupState") == "DISABLED" else "enabled",
            operations=operations or (),
            operations_read=operations is not None,
            location=region.location,
        )


def _action_group(
    found: Found, group: Mapping[str, Any]
) -> tuple[Literal["lambda", "return_control", "builtin", "other"], str | None, tuple[Operation, ...] | None]:
    if signature := group.get("parentActionSignature"):
        return "builtin", None, (Operation(name=signature),)
    functions = (group.get("functionSchema") or {}).get("functions")
    schema = (group.get("apiSchema") or {}).get("payload")
    operations = operations_of(schema if functions is None else from_functions(functions))
    executor = group.get("actionGroupExecutor") or {}
    if executor.get("customControl"):
        return "return_control", None, operations
    if function := executor.get("lambda"):
        return "lambda", found.function(function), operations
    return "other", None, operations


def _knowledge_base(region: Region, summary: Mapping[str, Any]) -> Found:
    base_id = summary["knowledgeBaseId"]
    arn = region.arn("bedrock", f"knowledge-base/{base_id}")
    found = Found()
    hides = Hides(arn, ("bindings", "uses", "credentials", "domains"))
    answer = region.call(_SERVICE, "GetKnowledgeBase", hides, knowledgeBaseId=base_id)
    body = None if answer is None else answer["knowledgeBase"]
    bindings: tuple[Binding, ...] = ()
    if body is not None:
        role = body.get("roleArn")
        bindings = (Binding(role=role),) if role else unknown_role(region, arn, "the knowledge base")
    uses = [*_stores(region, found, body or {}), *_data_sources(region, found, arn, base_id)]
    policy = region.find(_SERVICE, "GetResourcePolicy", Hides(arn, ("resource_policies",)), resourceArn=arn).value
    if policy and policy.get("policy"):
        found.resource_policies.append(resource_policy(region, arn, arn, policy["policy"]))
    found.workloads.append(
        Workload(
            id=arn,
            kind="bedrock_knowledge_base",
            name=summary["name"],
            arn=arn,
            account=region.account.id,
            region=region.name,
            status=(body or summary).get("status"),
            created_ns=(body or {}).get("createdAt"),
            bindings=bindings,
            uses=tuple(dict.fromkeys(uses)),
            tags=tags(region, _SERVICE, arn),
            location=region.location,
        )
    )
    return found


def _stores(region: Region, found: Found, body: Mapping[str, Any]) -> list[Use]:
    """The embedding model, and what the knowledge base stores and queries."""
    uses = data_uses(region, found, body.get("storageConfiguration"))
    for _, part in sorted((body.get("knowledgeBaseConfiguration") or {}).items()):
        if isinstance(part, list):
            uses += data_uses(region, found, part)
            continue
        if model := part.get("embeddingModelArn"):
            uses.append(Use(relation="model", target=model))
        uses += data_uses(region, found, part.get("supplementalDataStorageConfiguration"))
    return uses


def _data_sources(region: Region, found: Found, arn: str, base_id: str) -> Iterator[Use]:
    hides = Hides(arn, ("uses", "credentials", "domains"))
    for summary in region.items(_SERVICE, "ListDataSources", hides, knowledgeBaseId=base_id):
        which = {"knowledgeBaseId": base_id, "dataSourceId": summary["dataSourceId"]}
        answer = region.call(_SERVICE, "GetDataSource", hides, **which)
        body = (answer or {}).get("dataSource") or {}
        yield from data_uses(region, found, body.get("dataSourceConfiguration"))
        ingestion = body.get("vectorIngestionConfiguration") or {}
        for part in ("contextEnrichmentConfiguration", "parsingConfiguration"):
            yield from (Use(relation="model", target=model) for model in ingestion.get(part) or ())
        custom = ingestion.get("customTransformationConfiguration") or {}
        yield from data_uses(region, found, custom.get("intermediateStorage"))
        for function in custom.get("transformations") or ():
            yield Use(relation="function", target=found.function(function))
