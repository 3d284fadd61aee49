"""Tools: action groups of Classic agents, targets of gateways, tools of harnesses, function nodes of flows."""

from __future__ import annotations

from typing import Any, Literal

from segrego.collect.cloudformation.credentials import Credentials
from segrego.collect.cloudformation.draft import Draft, forget_open, id_of
from segrego.collect.cloudformation.gateway_targets import Called, ToolKind, gateway_target
from segrego.collect.cloudformation.operations import Operations, from_functions, from_openapi
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.targets import at, target, without_secrets
from segrego.collect.cloudformation.template import Map, Seq, line_of
from segrego.collect.cloudformation.text import as_text
from segrego.inventory import Operation, Tool

__all__ = ["Tools"]

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
    """Reads tools into a draft. All workloads and credentials must be there."""

    def __init__(self, draft: Draft, credentials: Credentials) -> None:
        self._draft = draft
        self._credentials = credentials

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
        self._add(scope, logical, name, Called("lambda", target(self._draft, scope, function), None), line)

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
        self._draft.say_open(scope, subject, ("tools",), place)

    def _unread(self, scope: Scope, logical: str, message: str) -> None:
        place = scope.location(logical)
        self._draft.gap_at("unresolved_reference", id_of(scope, logical), ("tools",), message, place)

    def _action_group(self, scope: Scope, logical: str, index: int, group: Map) -> None:
        name = str(as_text(group.get("ActionGroupName")) or f"ActionGroup{index + 1}")
        state: Literal["enabled", "disabled"] = (
            "disabled" if str(group.get("ActionGroupState", "")) == "DISABLED" else "enabled"
        )
        self._add(scope, logical, name, self._executor(scope, group), line_of(group), state)

    def _executor(self, scope: Scope, group: Map) -> Called:
        if "ParentActionGroupSignature" in group:
            return Called("builtin", None, (Operation(name=str(group["ParentActionGroupSignature"])),))
        operations = self._schema(group)
        if at(group, "ActionGroupExecutor", "CustomControl") is not None:
            return Called("return_control", None, operations)
        function = at(group, "ActionGroupExecutor", "Lambda")
        return Called("other" if function is None else "lambda", target(self._draft, scope, function), operations)

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
        provider = as_text(at(config, "AgentCoreGateway", "OutboundAuth", "Oauth", "ProviderArn"))
        credentials = (self._credentials.provider(scope, provider, "oauth2"),) if provider is not None else ()
        self._add(scope, logical, name, Called(kind, runs, operations), line_of(tool), credentials=credentials)

    def _gateway_target(self, scope: Scope, logical: str) -> None:
        place = scope.location(logical)
        gateway = target(self._draft, scope, scope.property(logical, "GatewayIdentifier"))
        if gateway not in self._draft.workloads:
            message = (
                f"its gateway {gateway or ''} is not in these templates: add the template that declares it to the scan"
            )
            self._draft.gap_at("unresolved_reference", scope.file, ("tools",), f"{logical}: {message}", place)
            forget_open(scope)
            return
        called = gateway_target(self._draft, scope, scope.property(logical, "TargetConfiguration"))
        configurations = scope.property(logical, "CredentialProviderConfigurations")
        tool = Tool(
            id=id_of(scope, logical),
            name=str(scope.text(logical, "Name") or logical),
            owner=gateway,
            kind=called.kind,
            target=called.target,
            operations=called.operations or (),
            operations_read=called.operations is not None,
            credentials=self._credentials.of_target(scope, configurations),
            location=place,
        )
        self._draft.tools[tool.id] = tool
        self._draft.say_open(scope, tool.id, ("tools", "credentials"), place)

    def _add(
        self,
        scope: Scope,
        logical: str,
        name: str,
        called: Called,
        line: int | None,
        state: Literal["enabled", "disabled"] = "enabled",
        credentials: tuple[str, ...] = (),
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
            kind=called.kind,
            target=called.target,
            state=state,
            operations=called.operations or (),
            operations_read=called.operations is not None,
            credentials=credentials,
            location=scope.location(logical, line),
        )
