"""What the targets of AgentCore gateways call: functions, APIs, MCP servers, other agents.

Source: the CloudFormation schema of ``AWS::BedrockAgentCore::GatewayTarget``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from segrego.collect.cloudformation.draft import Draft
from segrego.collect.cloudformation.operations import Operations, from_openapi, from_tool_list
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.targets import at, target, without_secrets
from segrego.collect.cloudformation.template import Seq
from segrego.collect.cloudformation.text import as_text
from segrego.inventory import Operation

__all__ = ["Called", "ToolKind", "gateway_target"]

ToolKind = Literal["lambda", "return_control", "builtin", "mcp_server", "openapi", "smithy", "api_gateway", "other"]


@dataclass(frozen=True, slots=True)
class Called:
    """What a tool calls; fields as in :class:`segrego.inventory.Tool` (``operations`` null: they were not read)."""

    kind: ToolKind
    target: str | None
    operations: Operations


def gateway_target(draft: Draft, scope: Scope, configuration: Any) -> Called:
    """What a target calls, by its resolved ``TargetConfiguration``."""
    mcp, http, inference = (at(configuration, form) for form in ("Mcp", "Http", "Inference"))
    if mcp is not None:
        return _mcp(draft, scope, mcp)
    if (runtime := at(http, "AgentcoreRuntime")) is not None:
        schema = from_openapi(at(runtime, "Schema", "Source", "InlinePayload"))
        return Called("other", target(draft, scope, at(runtime, "Arn")), schema)
    if (passed := at(http, "Passthrough")) is not None:
        kind: ToolKind = "mcp_server" if at(passed, "ProtocolType") == "MCP" else "other"
        return Called(kind, _url(at(passed, "Endpoint")), from_openapi(at(passed, "Schema", "Source", "InlinePayload")))
    if (provider := at(inference, "Provider")) is not None:
        return Called("other", _url(at(provider, "Endpoint")), None)
    return _connector(at(http, "Connector") or at(inference, "Connector"))


def _mcp(draft: Draft, scope: Scope, mcp: Any) -> Called:
    if (function := at(mcp, "Lambda")) is not None:
        tools = from_tool_list(at(function, "ToolSchema", "InlinePayload"))
        return Called("lambda", target(draft, scope, at(function, "LambdaArn")), tools)
    if (schema := at(mcp, "OpenApiSchema")) is not None:
        return Called("openapi", None, from_openapi(at(schema, "InlinePayload")))
    if at(mcp, "SmithyModel") is not None:
        return Called("smithy", None, None)
    if (server := at(mcp, "McpServer")) is not None:
        return Called(
            "mcp_server", _url(at(server, "Endpoint")), from_tool_list(at(server, "McpToolSchema", "InlinePayload"))
        )
    if (gateway := at(mcp, "ApiGateway")) is not None:
        return Called("api_gateway", target(draft, scope, at(gateway, "RestApiId")), _overridden(gateway))
    return _connector(at(mcp, "Connector"))


def _connector(connector: Any) -> Called:
    """A connector that AWS runs: what it can do is what is enabled of it, if that is listed."""
    identifier = as_text(at(connector, "Source", "ConnectorId"))
    names = at(connector, "Enabled")
    texts = [as_text(name) for name in names] if isinstance(names, Seq) else []
    operations = tuple(Operation(name=str(text)) for text in texts if text is not None)
    return Called("other", str(identifier) if identifier is not None else None, operations or None)


def _overridden(gateway: Any) -> Operations:
    """The operations that an API's target names; one whose filters pass paths by pattern does not name them."""
    tools = at(gateway, "ApiGatewayToolConfiguration", "ToolOverrides")
    filters = at(gateway, "ApiGatewayToolConfiguration", "ToolFilters")
    named = [
        (as_text(at(tool, "Name")), as_text(at(tool, "Method")), as_text(at(tool, "Path")))
        for tool in (tools if isinstance(tools, Seq) else ())
    ]
    passed = {
        (as_text(at(entry, "FilterPath")), as_text(method))
        for entry in (filters if isinstance(filters, Seq) else ())
        for method in at(entry, "Methods") or ()
    }
    if not passed or not passed <= {(path, method) for _, method, path in named}:
        return None
    return tuple(Operation(name=str(name), method=str(method)) for name, method, _ in named if name is not None)


def _url(value: Any) -> str | None:
    text = as_text(value)
    return None if text is None else without_secrets(text)
