"""Classic agents and knowledge bases (boto3 ``bedrock-agent``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Literal

from segrego.collect.aws.found import Found, Task, data_uses, routes, tags, unknown_role
from segrego.collect.aws.operations import Operations, from_functions, from_openapi
from segrego.collect.aws.session import Hides, Region
from segrego.inventory import Binding, Fact, Operation, Tool, Use, Workload

__all__ = ["agent_of", "agents", "knowledge_bases"]

_SERVICE = "bedrock-agent"
_DRAFT = "DRAFT"
_AGENT_HIDES: tuple[Fact, ...] = ("bindings", "tools", "domains")


def agents(region: Region) -> list[Task]:
    """A task for each Classic agent of a region."""
    hides = Hides(region.source, ("workloads", "bindings", "tools"))
    return [partial(_agent, region, summary) for summary in region.items(_SERVICE, "ListAgents", hides)]


def knowledge_bases(region: Region) -> list[Task]:
    """A task for each knowledge base of a region."""
    hides = Hides(region.source, ("workloads", "bindings", "domains"))
    found = region.items(_SERVICE, "ListKnowledgeBases", hides)
    return [partial(_knowledge_base, region, summary) for summary in found]


def agent_of(alias_arn: str) -> str:
    """The id of the agent that an alias belongs to: ``…:agent-alias/AGENT/ALIAS`` is ``…:agent/AGENT``."""
    head, marker, rest = alias_arn.partition(":agent-alias/")
    return f"{head}:agent/{rest.partition('/')[0]}" if marker else alias_arn


def _agent(region: Region, summary: Mapping[str, Any]) -> Found:
    agent_id = summary["agentId"]
    arn = region.arn("bedrock", f"agent/{agent_id}")
    found = Found()
    answer = region.call(_SERVICE, "GetAgent", Hides(arn, _AGENT_HIDES), agentId=agent_id)
    draft = None if answer is None else answer["agent"]
    aliases = region.items(_SERVICE, "ListAgentAliases", Hides(arn, _AGENT_HIDES), agentId=agent_id)
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
            bindings=tuple(bindings),
            uses=tuple(dict.fromkeys(uses)),
            tags=tags(region, _SERVICE, arn),
            location=region.location,
        )
    )
    return found


def _version(region: Region, arn: str, agent_id: str, version: str) -> dict[str, Any] | None:
    hides = Hides(arn, _AGENT_HIDES)
    answer = region.call(_SERVICE, "GetAgentVersion", hides, agentId=agent_id, agentVersion=version)
    return None if answer is None else answer["agentVersion"]


def _bindings(
    region: Region, arn: str, version: str, body: Mapping[str, Any] | None, via: tuple[str, ...]
) -> tuple[Binding, ...]:
    if body is None:
        return ()  # its call left a gap
    role = body.get("agentResourceRoleArn")
    if not role:
        return unknown_role(region, arn, f"version {version} of the agent")
    if version == _DRAFT:
        return (Binding(role=role, slot="draft", via=via),)
    return (Binding(role=role, slot="version", version=version, via=via),)


def _uses(region: Region, found: Found, agent_id: str, version: str, body: Mapping[str, Any]) -> Iterator[Use]:
    arn = region.arn("bedrock", f"agent/{agent_id}")
    if model := body.get("foundationModel"):
        yield Use(relation="model", target=model)
    if guardrail := (body.get("guardrailConfiguration") or {}).get("guardrailIdentifier"):
        yield Use(relation="guardrail", target=guardrail)
    executor = (body.get("customOrchestration") or {}).get("executor") or {}
    override = (body.get("promptOverrideConfiguration") or {}).get("overrideLambda")
    for function in filter(None, (executor.get("lambda"), override)):
        yield Use(relation="function", target=found.function(function))
    which = {"agentId": agent_id, "agentVersion": version}
    for base in region.items(_SERVICE, "ListAgentKnowledgeBases", Hides(arn, ("tools", "domains")), **which):
        if base.get("knowledgeBaseState") != "DISABLED":
            target = region.arn("bedrock", f"knowledge-base/{base['knowledgeBaseId']}")
            yield Use(relation="knowledge_base", target=target)
    if body.get("agentCollaboration") != "DISABLED":
        for other in region.items(_SERVICE, "ListAgentCollaborators", Hides(arn, ("tools",)), **which):
            if alias := other["agentDescriptor"].get("aliasArn"):
                yield Use(relation="collaborator", target=agent_of(alias))


def _tools(region: Region, found: Found, arn: str, agent_id: str, version: str) -> Iterator[Tool]:
    which = {"agentId": agent_id, "agentVersion": version}
    hides = Hides(arn, ("tools",))
    for summary in region.items(_SERVICE, "ListAgentActionGroups", hides, **which):
        group_id = summary["actionGroupId"]
        tool_id = f"{arn}/{version}/action-group/{group_id}"
        answer = region.call(_SERVICE, "GetAgentActionGroup", hides, **which, actionGroupId=group_id)
        kind, target, operations = _action_group(found, (answer or {}).get("agentActionGroup") or {})
        yield Tool(
            id=tool_id,
            name=summary["actionGroupName"],
            owner=arn,
            kind=kind,
            target=target,
            state="disabled" if summary["actionGroupState"] == "DISABLED" else "enabled",
            operations=operations or (),
            operations_read=operations is not None,
            location=region.location,
        )


def _action_group(
    found: Found, group: Mapping[str, Any]
) -> tuple[Literal["lambda", "return_control", "builtin", "other"], str | None, Operations]:
    if signature := group.get("parentActionSignature"):
        return "builtin", None, (Operation(name=signature),)
    operations = (
        from_functions(group["functionSchema"])
        if group.get("functionSchema")
        else from_openapi((group.get("apiSchema") or {}).get("payload"))
    )
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
    hides = Hides(arn, ("bindings", "domains"))
    answer = region.call(_SERVICE, "GetKnowledgeBase", hides, knowledgeBaseId=base_id)
    body = None if answer is None else answer["knowledgeBase"]
    bindings: tuple[Binding, ...] = ()
    if body is not None:
        role = body.get("roleArn")
        bindings = (Binding(role=role),) if role else unknown_role(region, arn, "the knowledge base")
    uses = [*_stores(region, found, body or {}), *_data_sources(region, found, arn, base_id)]
    found.workloads.append(
        Workload(
            id=arn,
            kind="bedrock_knowledge_base",
            name=summary["name"],
            arn=arn,
            account=region.account.id,
            region=region.name,
            status=(body or summary).get("status"),
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
    for name, part in sorted((body.get("knowledgeBaseConfiguration") or {}).items()):
        if not isinstance(part, Mapping):
            continue
        if name in ("vectorKnowledgeBaseConfiguration", "managedKnowledgeBaseConfiguration"):
            if model := part.get("embeddingModelArn"):
                uses.append(Use(relation="model", target=model))
            uses += data_uses(region, found, part.get("supplementalDataStorageConfiguration"))
        else:
            uses += data_uses(region, found, part)
    return uses


def _data_sources(region: Region, found: Found, arn: str, base_id: str) -> Iterator[Use]:
    hides = Hides(arn, ("domains",))
    for summary in region.items(_SERVICE, "ListDataSources", hides, knowledgeBaseId=base_id):
        which = {"knowledgeBaseId": base_id, "dataSourceId": summary["dataSourceId"]}
        answer = region.call(_SERVICE, "GetDataSource", hides, **which)
        body = (answer or {}).get("dataSource") or {}
        yield from data_uses(region, found, body.get("dataSourceConfiguration"))
        ingestion = (body.get("vectorIngestionConfiguration") or {}).get("customTransformationConfiguration") or {}
        yield from data_uses(region, found, ingestion.get("intermediateStorage"))
        for step in ingestion.get("transformations") or ():
            function = (step.get("transformationFunction") or {}).get("transformationLambdaConfiguration") or {}
            if function.get("lambdaArn"):
                yield Use(relation="function", target=found.function(function["lambdaArn"]))
