"""Tools: action groups of Classic agents, targets of gateways, tools of harnesses, function nodes of flows."""

from __future__ import annotations

from typing import Any, Literal

from segrego.collect.cloudformation.draft import Draft, id_of
from segrego.collect.cloudformation.operations import Operations, from_functions, from_openapi, from_tool_list
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.targets import at, target, without_secrets
from segrego.collect.cloudformation.template import Map, Seq, line_of
from segrego.collect.cloudformation.text import as_text
from segrego.inventory import Operation, Tool

__all__ = ["Tools"]

ToolKind = Literal["lambda", "return_control", "builtin", "mcp_server", "openapi", "smithy", "api_gateway", "other"]

_HARNESS_KINDS: dict[str, ToolKind] = {
    "agentcore_browser": "builtin",
    "agentcore_code_interpreter": "builtin",
    "agentcore_gateway": "mcp_server",
    "inline_function": "return_control",
    "remote_mcp": "mcp_server",
}
_HARNESS_TARGETS = (
    ("AgentCoreBrowser", "BrowserArn"),
    ("AgentCoreCodeInterpreter", "CodeInterpreterArn"),
    ("AgentCoreGateway", "GatewayArn"),
)


class Tools:
    """Reads tools into a draft. All workloads must be there."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def collect(self) -> None:
        """The tools of every template of the scan."""
        for scope in self._draft.scan.scopes.values():
            for logical in scope.resources:
                match scope.type(logical):
                    case "AWS::Bedrock::Agent":
                        self._list(scope, logical, "ActionGroups", self._action_group)
                    case "AWS::BedrockAgentCore::Harness":
                        self._list(scope, logical, "Tools", self._harness_tool)
                    case "AWS::BedrockAgentCore::GatewayTarget":
                        self._gateway_target(scope, logical)

    def add_function(self, scope: Scope, logical: str, name: str, function: Any, line: int | None) -> None:
        """The Lambda function of a flow's node. It has one operation, of which no schema is known."""
        self._add(scope, logical, name, "lambda", target(self._draft, scope, function), None, line)

    def _list(self, scope: Scope, logical: str, name: str, read: Any) -> None:
        found = scope.property(logical, name)
        place = scope.location(logical)
        subject = id_of(scope, logical)
        if found is not None and not isinstance(found, Seq):
            self._unread(scope, logical, f"{name} could not be resolved: write the list out")
        for index, entry in enumerate(found if isinstance(found, Seq) else ()):
            if isinstance(entry, Map):
                read(scope, logical, index, entry)
            else:
                self._unread(scope, logical, f"an entry of {name} could not be resolved: write it out")
        self._draft.dangling(scope, subject, ("tools",), place)

    def _unread(self, scope: Scope, logical: str, message: str) -> None:
        place = scope.location(logical)
        self._draft.gap_at("unresolved_reference", id_of(scope, logical), ("tools",), message, place)

    def _action_group(self, scope: Scope, logical: str, index: int, group: Map) -> None:
        name = str(as_text(group.get("ActionGroupName")) or f"ActionGroup{index + 1}")
        state: Literal["enabled", "disabled"] = (
            "disabled" if str(group.get("ActionGroupState", "")) == "DISABLED" else "enabled"
        )
        kind: ToolKind = "other"
        runs: str | None = None
        if "ParentActionGroupSignature" in group:
            kind = "builtin"
            operations: Operations = (Operation(name=str(group["ParentActionGroupSignature"])),)
        else:
            operations = self._schema(group)
            if at(group, "ActionGroupExecutor", "CustomControl") is not None:
                kind = "return_control"
            elif (function := at(group, "ActionGroupExecutor", "Lambda")) is not None:
                kind, runs = "lambda", target(self._draft, scope, function)
        self._add(scope, logical, name, kind, runs, operations, line_of(group), state)

    @staticmethod
    def _schema(group: Map) -> Operations:
        """From the schema in the template. One that lies in S3 is not read."""
        if "FunctionSchema" in group:
            return from_functions(group["FunctionSchema"])
        return from_openapi(at(group, "ApiSchema", "Payload"))

    def _harness_tool(self, scope: Scope, logical: str, index: int, tool: Map) -> None:
        form = str(tool.get("Type", ""))
        name = str(as_text(tool.get("Name")) or f"{form or 'tool'}{index + 1}")
        config = tool.get("Config")
        kind = _HARNESS_KINDS.get(form, "other")
        runs: str | None = None
        operations: Operations = None
        for part, arn in _HARNESS_TARGETS:
            runs = runs or target(self._draft, scope, at(config, part, arn))
        if form == "remote_mcp":
            url = as_text(at(config, "RemoteMcp", "Url"))
            runs = without_secrets(url) if url is not None else None
        elif kind in ("builtin", "return_control"):
            operations = (Operation(name=name),)
        self._add(scope, logical, name, kind, runs, operations, line_of(tool))

    def _gateway_target(self, scope: Scope, logical: str) -> None:
        place = scope.location(logical)
        gateway = target(self._draft, scope, scope.property(logical, "GatewayIdentifier"))
        if gateway not in self._draft.workloads:
            message = (
                f"its gateway {gateway or ''} is not in these templates: add the template that declares it to the scan"
            )
            self._draft.gap_at("unresolved_reference", scope.name, ("tools",), f"{logical}: {message}", place)
            return
        name = str(scope.text(logical, "Name") or logical)
        configuration = scope.property(logical, "TargetConfiguration")
        kind, runs, operations = self._target(scope, configuration)
        tool = Tool(
            id=id_of(scope, logical),
            name=name,
            owner=gateway,
            kind=kind,
            target=runs,
            operations=operations or (),
            operations_read=operations is not None,
            location=place,
        )
        self._draft.tools[tool.id] = tool
        self._draft.dangling(scope, tool.id, ("tools",), place)

    def _target(self, scope: Scope, configuration: Any) -> tuple[ToolKind, str | None, Operations]:
        mcp, draft = at(configuration, "Mcp"), self._draft
        if (function := at(mcp, "Lambda")) is not None:
            tools = at(function, "ToolSchema", "InlinePayload")
            return "lambda", target(draft, scope, at(function, "LambdaArn")), from_tool_list(tools)
        if (schema := at(mcp, "OpenApiSchema")) is not None:
            return "openapi", None, from_openapi(at(schema, "InlinePayload"))
        if at(mcp, "SmithyModel") is not None:
            return "smithy", None, None
        if (server := at(mcp, "McpServer")) is not None:
            endpoint = as_text(at(server, "Endpoint"))
            url = without_secrets(endpoint) if endpoint is not None else None
            return "mcp_server", url, from_tool_list(at(server, "McpToolSchema", "InlinePayload"))
        if (gateway := at(mcp, "ApiGateway")) is not None:
            return "api_gateway", target(draft, scope, at(gateway, "RestApiId")), None
        if (runtime := at(configuration, "Http", "AgentcoreRuntime")) is not None:
            return "other", target(draft, scope, at(runtime, "Arn")), None
        return "other", None, None

    def _add(
        self,
        scope: Scope,
        logical: str,
        name: str,
        kind: ToolKind,
        runs: str | None,
        operations: Operations,
        line: int | None,
        state: Literal["enabled", "disabled"] = "enabled",
    ) -> None:
        owner = id_of(scope, logical)
        own = tool_id = f"{owner}/{name}"
        count = 2
        while tool_id in self._draft.tools:
            tool_id, count = f"{own}#{count}", count + 1
        self._draft.tools[tool_id] = Tool(
            id=tool_id,
            name=name,
            owner=owner,
            kind=kind,
            target=runs,
            state=state,
            operations=operations or (),
            operations_read=operations is not None,
            location=scope.location(logical, line),
        )
