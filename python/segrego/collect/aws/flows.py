"""Flows, with the agents, functions, knowledge bases and data that their nodes call (boto3 ``bedrock-agent``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Literal

from segrego.collect.aws.caller import Hides
from segrego.collect.aws.classic import agent_of, guardrail
from segrego.collect.aws.found import WORKLOAD, Found, Task, data_uses, routes, tags, unknown_role, version_binding
from segrego.collect.aws.session import Region
from segrego.inventory import Binding, Operation, Tool, Use, Workload

__all__ = ["flows"]

_SERVICE = "bedrock-agent"
_DRAFT = "DRAFT"


def flows(region: Region) -> list[Task]:
    """A task for each flow of a region."""
    hides = Hides(region.source, ("workloads", *WORKLOAD, "environments", "owners", "tags"))
    return [partial(_flow, region, summary) for summary in region.items(_SERVICE, "ListFlows", hides)]


def _flow(region: Region, summary: Mapping[str, Any]) -> Found:
    flow_id = summary["id"]
    arn = region.arn("bedrock", f"flow/{flow_id}")
    found = Found()
    draft = region.call(_SERVICE, "GetFlow", Hides(arn, WORKLOAD), flowIdentifier=flow_id)
    aliases = region.items(_SERVICE, "ListFlowAliases", Hides(arn, WORKLOAD), flowIdentifier=flow_id)
    routed = routes(aliases, "name", "flowVersion")
    bindings: list[Binding] = []
    uses: list[Use] = []
    for version in [_DRAFT, *(version for version in routed if version != _DRAFT)]:
        body = draft if version == _DRAFT else _version(region, arn, flow_id, version)
        if body is None:
            continue  # its call left a gap
        role = body.get("executionRoleArn")
        bindings += (
            (version_binding(role, version, routed.get(version, ())),)
            if role
            else unknown_role(region, arn, f"version {version} of the flow")
        )
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
            created_ns=(draft or {}).get("createdAt"),
            bindings=tuple(bindings),
            uses=tuple(dict.fromkeys(uses)),
            tags=tags(region, _SERVICE, arn),
            location=region.location,
        )
    )
    return found


def _version(region: Region, arn: str, flow_id: str, version: str) -> dict[str, Any] | None:
    return region.call(_SERVICE, "GetFlowVersion", Hides(arn, WORKLOAD), flowIdentifier=flow_id, flowVersion=version)


def _nodes(
    region: Region, found: Found, arn: str, prefix: str, nodes: Iterable[Mapping[str, Any]] | None
) -> Iterator[Use]:
    """The uses of nodes, and of the loops among them; what runs for a node becomes a tool."""
    for node in nodes or ():
        path = f"{prefix}/{node['name']}"
        found.tools += _tools(region, found, path, node, arn)
        if alias := (node.get("agent") or {}).get("agentAliasArn"):
            yield Use(relation="collaborator", target=agent_of(alias))
        yield from _inference(region, found, arn, node)
        for store in ("storage", "retrieval"):
            bucket = (((node.get(store) or {}).get("serviceConfiguration") or {}).get("s3") or {}).get("bucketName")
            yield from data_uses(region, found, [f"s3://{bucket}"] if bucket else ())
        yield from _nodes(region, found, arn, path, node.get("nodes"))


def _inference(region: Region, found: Found, arn: str, node: Mapping[str, Any]) -> Iterator[Use]:
    base = node.get("knowledgeBase") or {}
    prompt = node.get("prompt") or {}
    source = prompt.get("sourceConfiguration") or {}
    if base.get("knowledgeBaseId"):
        yield Use(relation="knowledge_base", target=region.arn("bedrock", f"knowledge-base/{base['knowledgeBaseId']}"))
    models = [
        base.get("modelId"),
        (source.get("inline") or {}).get("modelId"),
        *(base.get("rerankingConfiguration") or ()),
    ]
    for model in filter(None, models):
        yield Use(relation="model", target=model)
    for part in (base, prompt):
        yield from guardrail(region, part.get("guardrailConfiguration"))
    if managed := (source.get("resource") or {}).get("promptArn"):
        yield from _prompt(region, arn, managed)


def _prompt(region: Region, arn: str, prompt: str) -> Iterator[Use]:
    """A managed prompt, with the models and agents that its variants run on. ``…:prompt/ID:VERSION`` is a version."""
    yield Use(relation="prompt", target=prompt)
    parts = prompt.split(":")
    which = {"promptIdentifier": ":".join(parts[:6])} | ({"promptVersion": parts[6]} if len(parts) > 6 else {})
    answer = region.call(_SERVICE, "GetPrompt", Hides(arn, ("uses",)), **which) or {}
    for variant in answer.get("variants") or ():
        if variant.get("modelId"):
            yield Use(relation="model", target=variant["modelId"])
        if alias := ((variant.get("genAiResource") or {}).get("agent") or {}).get("agentIdentifier"):
            yield Use(relation="collaborator", target=agent_of(alias))


def _tools(region: Region, found: Found, tool_id: str, node: Mapping[str, Any], owner: str) -> Iterator[Tool]:
    """What runs for a node: a function takes the node's inputs and has no schema of operations."""
    kind: Literal["lambda", "builtin", "other"]
    operations: tuple[Operation, ...] = ()
    if function := (node.get("lambdaFunction") or {}).get("lambdaArn"):
        kind, target = "lambda", found.function(function)
    elif bot := (node.get("lex") or {}).get("botAliasArn"):
        kind, target = "other", bot
    elif node.get("inlineCode"):
        kind, target, operations = "builtin", None, (Operation(name="InlineCode"),)
    else:
        return
    yield Tool(
        id=tool_id,
        name=node["name"],
        owner=owner,
        kind=kind,
        target=target,
        operations=operations,
        operations_read=bool(operations),
        location=region.location,
    )
