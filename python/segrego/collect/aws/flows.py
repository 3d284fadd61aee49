"""Flows, with the agents, functions, knowledge bases and data that their nodes call (boto3 ``bedrock-agent``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from segrego.collect.aws.classic import agent_of
from segrego.collect.aws.found import Found, Task, data_uses, routes, tags, unknown_role
from segrego.collect.aws.session import Hides, Region
from segrego.inventory import Binding, Fact, Tool, Use, Workload

__all__ = ["flows"]

_SERVICE = "bedrock-agent"
_DRAFT = "DRAFT"
_HIDES: tuple[Fact, ...] = ("bindings", "tools", "domains")


def flows(region: Region) -> list[Task]:
    """A task for each flow of a region."""
    hides = Hides(region.source, ("workloads", "bindings", "tools"))
    return [partial(_flow, region, summary) for summary in region.items(_SERVICE, "ListFlows", hides)]


def _flow(region: Region, summary: Mapping[str, Any]) -> Found:
    flow_id = summary["id"]
    arn = region.arn("bedrock", f"flow/{flow_id}")
    found = Found()
    draft = region.call(_SERVICE, "GetFlow", Hides(arn, _HIDES), flowIdentifier=flow_id)
    aliases = region.items(_SERVICE, "ListFlowAliases", Hides(arn, _HIDES), flowIdentifier=flow_id)
    routed = routes(aliases, "name", "flowVersion")
    bindings: list[Binding] = []
    uses: list[Use] = []
    for version in [_DRAFT, *(version for version in routed if version != _DRAFT)]:
        body = draft if version == _DRAFT else _version(region, arn, flow_id, version)
        if body is None:
            continue  # its call left a gap
        bindings += _bindings(region, arn, version, body, routed.get(version, ()))
        uses += _nodes(region, found, arn, f"{arn}/{version}/node", body.get("definition"))
    found.workloads.append(
        Workload(
            id=arn,
            kind="bedrock_flow",
            name=summary["name"],
            arn=arn,
            account=region.account.id,
            region=region.name,
            status=(draft or summary).get("status"),
            bindings=tuple(bindings),
            uses=tuple(dict.fromkeys(uses)),
            tags=tags(region, _SERVICE, arn),
            location=region.location,
        )
    )
    return found


def _version(region: Region, arn: str, flow_id: str, version: str) -> dict[str, Any] | None:
    return region.call(_SERVICE, "GetFlowVersion", Hides(arn, _HIDES), flowIdentifier=flow_id, flowVersion=version)


def _bindings(
    region: Region, arn: str, version: str, body: Mapping[str, Any], via: tuple[str, ...]
) -> tuple[Binding, ...]:
    role = body.get("executionRoleArn")
    if not role:
        return unknown_role(region, arn, f"version {version} of the flow")
    if version == _DRAFT:
        return (Binding(role=role, slot="draft", via=via),)
    return (Binding(role=role, slot="version", version=version, via=via),)


def _nodes(region: Region, found: Found, arn: str, prefix: str, definition: Mapping[str, Any] | None) -> Iterator[Use]:
    """The uses of a definition's nodes, and of the loops in it; its functions become tools."""
    for node in (definition or {}).get("nodes") or ():
        parts = node.get("configuration") or {}
        path = f"{prefix}/{node['name']}"
        function = (parts.get("lambdaFunction") or {}).get("lambdaArn")
        if function:
            found.tools.append(_tool(region, path, node["name"], arn, found.function(function)))
        if alias := (parts.get("agent") or {}).get("agentAliasArn"):
            yield Use(relation="collaborator", target=agent_of(alias))
        yield from _inference(region, parts)
        for store in ("storage", "retrieval"):
            bucket = ((parts.get(store) or {}).get("serviceConfiguration") or {}).get("s3", {}).get("bucketName")
            yield from data_uses(region, found, f"s3://{bucket}" if bucket else None)
        yield from _nodes(region, found, arn, path, (parts.get("loop") or {}).get("definition"))


def _inference(region: Region, parts: Mapping[str, Any]) -> Iterator[Use]:
    base = parts.get("knowledgeBase") or {}
    prompt = parts.get("prompt") or {}
    source = prompt.get("sourceConfiguration") or {}
    if base.get("knowledgeBaseId"):
        yield Use(relation="knowledge_base", target=region.arn("bedrock", f"knowledge-base/{base['knowledgeBaseId']}"))
    for model in (base.get("modelId"), (source.get("inline") or {}).get("modelId")):
        if model:
            yield Use(relation="model", target=model)
    for part in (base, prompt):
        if guardrail := (part.get("guardrailConfiguration") or {}).get("guardrailIdentifier"):
            yield Use(relation="guardrail", target=guardrail)
    if arn := (source.get("resource") or {}).get("promptArn"):
        yield Use(relation="prompt", target=arn)


def _tool(region: Region, tool_id: str, name: str, owner: str, target: str) -> Tool:
    """A function node. Its function takes the node's inputs and has no schema of operations."""
    return Tool(
        id=tool_id,
        name=name,
        owner=owner,
        kind="lambda",
        target=target,
        operations_read=False,
        location=region.location,
    )
