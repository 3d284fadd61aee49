"""What AgentCore's gateways and harnesses call: targets, tools, functions, memories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from segrego.collect.aws.found import Found
from segrego.collect.aws.operations import Operations, from_openapi, from_tool_list, without_secrets
from segrego.collect.aws.session import Hides, Region
from segrego.inventory import Operation, Tool, Use

__all__ = ["gateway_parts", "harness_parts"]

_CONTROL = "bedrock-agentcore-control"
ToolKind = Literal["lambda", "return_control", "builtin", "mcp_server", "openapi", "smithy", "api_gateway", "other"]

_HARNESS_KINDS: dict[str, ToolKind] = {
    "agentcore_browser": "builtin",
    "agentcore_code_interpreter": "builtin",
    "agentcore_gateway": "mcp_server",
    "inline_function": "return_control",
    "remote_mcp": "mcp_server",
}
_HARNESS_TARGETS = (
    ("agentCoreBrowser", "browserArn"),
    ("agentCoreCodeInterpreter", "codeInterpreterArn"),
    ("agentCoreGateway", "gatewayArn"),
)


def gateway_parts(region: Region, found: Found, arn: str, own_id: str, body: Mapping[str, Any]) -> list[Use]:
    """A gateway's targets as tools, and the functions that look at its traffic."""
    hides = Hides(arn, ("tools",))
    for summary in region.items(_CONTROL, "ListGatewayTargets", hides, gatewayIdentifier=own_id):
        which = {"gatewayIdentifier": own_id, "targetId": summary["targetId"]}
        answer = region.call(_CONTROL, "GetGatewayTarget", hides, **which) or {}
        kind, target, operations = _target(found, answer.get("targetConfiguration") or {})
        tool_id = f"{arn}/target/{summary['targetId']}"
        found.tools.append(_tool(region, tool_id, summary["name"], arn, kind, target, operations))
    functions = [_lambda(hook.get("interceptor")) for hook in body.get("interceptorConfigurations") or ()]
    functions.append(_lambda(body.get("customTransformConfiguration")))
    return [Use(relation="function", target=found.function(function)) for function in functions if function]


def harness_parts(region: Region, found: Found, arn: str, own_id: str, body: Mapping[str, Any]) -> list[Use]:
    """A harness's model, memory, hooks, and its tools."""
    version = body.get("harnessVersion") or "latest"
    for index, tool in enumerate(body.get("tools") or (), 1):
        form = tool.get("type", "")
        name = tool.get("name") or f"{form or 'tool'}{index}"
        kind, target, operations = _harness_tool(form, name, tool.get("config") or {})
        tool_id = f"{arn}/{version}/tool/{index}"
        found.tools.append(_tool(region, tool_id, name, arn, kind, target, operations))
    # the harness makes this runtime for itself (CreateHarness takes none), and it runs under the harness's role
    runtime = ((body.get("environment") or {}).get("agentCoreRuntimeEnvironment") or {}).get("agentRuntimeArn")
    found.inner |= {runtime} if runtime else set()
    uses = []
    for model in (body.get("model") or {}).values():
        if isinstance(model, Mapping) and model.get("modelId"):
            uses.append(Use(relation="model", target=model["modelId"]))
    for memory in (body.get("memory") or {}).values():
        if isinstance(memory, Mapping) and memory.get("arn"):
            uses.append(Use(relation="memory", target=memory["arn"]))
    for hook in body.get("hooks") or ():
        for moment in hook.values():
            if function := _lambda(moment.get("target")):
                uses.append(Use(relation="function", target=found.function(function)))
    return uses


def _target(found: Found, configuration: Mapping[str, Any]) -> tuple[ToolKind, str | None, Operations]:
    mcp = configuration.get("mcp") or {}
    match next(iter(mcp.items()), (None, None)):
        case "lambda", dict(part):
            tools = (part.get("toolSchema") or {}).get("inlinePayload")
            return "lambda", found.function(part["lambdaArn"]), from_tool_list(tools)
        case "openApiSchema", dict(part):
            return "openapi", None, from_openapi(part.get("inlinePayload"))
        case "smithyModel", _:
            return "smithy", None, None
        case "mcpServer", dict(part):
            schema = (part.get("mcpToolSchema") or {}).get("inlinePayload")
            return "mcp_server", without_secrets(part["endpoint"]), from_tool_list(schema)
        case "apiGateway", dict(part):
            return "api_gateway", part["restApiId"], None
    http = configuration.get("http") or {}
    if runtime := http.get("agentcoreRuntime"):
        return "other", runtime["arn"], None
    endpoint = (http.get("passthrough") or {}).get("endpoint")
    return "other", without_secrets(endpoint) if endpoint else None, None


def _harness_tool(form: str, name: str, config: Mapping[str, Any]) -> tuple[ToolKind, str | None, Operations]:
    kind = _HARNESS_KINDS.get(form, "other")
    if form == "remote_mcp":
        url = (config.get("remoteMcp") or {}).get("url")
        return kind, without_secrets(url) if url else None, None
    targets = ((config.get(part) or {}).get(arn) for part, arn in _HARNESS_TARGETS)
    target = next(filter(None, targets), None)
    operations = (Operation(name=name),) if kind in ("builtin", "return_control") else None
    return kind, target, operations


def _lambda(node: Mapping[str, Any] | None) -> str | None:
    found = ((node or {}).get("lambda") or {}).get("arn")
    return None if found is None else str(found)


def _tool(
    region: Region, tool_id: str, name: str, owner: str, kind: ToolKind, target: str | None, operations: Operations
) -> Tool:
    return Tool(
        id=tool_id,
        name=name,
        owner=owner,
        kind=kind,
        target=target,
        operations=operations or (),
        operations_read=operations is not None,
        location=region.location,
    )
