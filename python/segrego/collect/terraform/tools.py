"""Tools: the action groups of Classic agents, the targets of gateways, the tools of a harness, and their operations."""

from __future__ import annotations

from typing import Any, Literal

from segrego.collect import openapi
from segrego.collect.terraform.credentials import Credentials
from segrego.collect.terraform.draft import Draft
from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.targets import Target, Targets
from segrego.collect.terraform.values import Step, blocks, text
from segrego.errors import InputError
from segrego.inventory import Operation, Tool
from segrego.loading import load

__all__ = ["Tools"]

ToolKind = Literal["lambda", "return_control", "builtin", "mcp_server", "openapi", "smithy", "api_gateway", "other"]

MAX_SCHEMA_BYTES = 4 * 1024 * 1024
"""Larger than any API schema that Bedrock or AgentCore takes inline."""

_AWSCC_CONFIG = {
    "agentcore_gateway": "agent_core_gateway",
    "agentcore_browser": "agent_core_browser",
    "agentcore_code_interpreter": "agent_core_code_interpreter",
}
"""What ``awscc`` calls the block of a harness's tool, by the tool's type."""

_HARNESS_TOOLS: dict[str, tuple[ToolKind, str, str | None]] = {
    "agentcore_gateway": ("mcp_server", "gateway", "gateway_arn"),
    "agentcore_browser": ("builtin", "browser", "browser_arn"),
    "agentcore_code_interpreter": ("builtin", "code_interpreter", "code_interpreter_arn"),
    "remote_mcp": ("mcp_server", "", None),  # its URL is sensitive to the provider
    "inline_function": ("return_control", "", None),
}
_Read = tuple[tuple[Operation, ...], bool]


class Tools:
    """Reads the tools of one plan into a draft."""

    def __init__(self, plan: Plan, draft: Draft, targets: Targets, credentials: Credentials) -> None:
        self._credentials = credentials
        self._plan = plan
        self._draft = draft
        self._targets = targets

    def read(self) -> None:
        """Enter every tool."""
        for instance in self._plan.of_type.get("aws_bedrockagent_agent_action_group", []):
            owner = self._owner(instance, "agent_id", "agent")
            self._action_group(instance, owner, self._draft.id(instance), ())
        for instance in self._plan.of_type.get("awscc_bedrock_agent", []):
            self._embedded(instance)
        for kind in ("aws_bedrockagentcore_gateway_target", "awscc_bedrockagentcore_gateway_target"):
            for instance in self._plan.of_type.get(kind, []):
                self._gateway_target(instance)
        for kind, name in (("aws_bedrockagentcore_harness", "tool"), ("awscc_bedrockagentcore_harness", "tools")):
            for instance in self._plan.of_type.get(kind, []):
                self._say_open(instance, name)
                for index, block in enumerate(blocks(instance.value(name))):
                    self._harness_tool(instance, (name, index), block)

    def _owner(self, instance: Instance, name: str, family: str) -> str:
        found = self._targets.find(instance, name, family=family)
        if found is None or not found.resolved or found.instance is None:
            what = f"the {family} that {instance.address} belongs to is not in this {self._plan.noun}, or not resolved"
            self._gap("unresolved_reference", self._draft.id(instance), f"{what}. Plan both together.", instance)
        return found.value if found is not None else self._draft.source

    def _embedded(self, instance: Instance) -> None:
        groups = instance.value("action_groups")
        self._say_open(instance, "action_groups")
        for index, block in enumerate(blocks(groups)):
            entity = f"{self._draft.id(instance)}.action_groups[{text(block.get('action_group_name')) or index}]"
            self._action_group(instance, self._draft.id(instance), entity, ("action_groups", index))

    def _say_open(self, instance: Instance, name: str) -> None:
        if instance.is_open(name):
            message = f"{instance.address}.{name} is known only after apply. Plan again then."
            self._gap("unresolved_reference", self._draft.id(instance), message, instance)

    def _action_group(self, instance: Instance, owner: str, entity: str, at: tuple[Step, ...]) -> None:
        executor = (*at, "action_group_executor")
        kind: ToolKind = "other"
        target: Target | None = None
        if instance.text(*at, "parent_action_group_signature"):
            kind = "builtin"
        elif instance.text(*executor, "custom_control"):
            kind = "return_control"
        elif (target := self._targets.find(instance, *executor, "lambda", family="function")) is not None:
            kind = "lambda"
        operations, read = ((), True) if kind == "builtin" else self._schema(instance, entity, at)
        name = instance.text(*at, "action_group_name") or instance.address
        state = instance.text(*at, "action_group_state")
        self._enter(instance, entity, name, owner, kind, target, operations, read, enabled=state != "DISABLED")

    def _schema(self, instance: Instance, entity: str, at: tuple[Step, ...]) -> _Read:
        functions = instance.value(*at, "function_schema", "member_functions", "functions")
        if not isinstance(functions, list):
            functions = instance.value(*at, "function_schema", "functions")
        if blocks(functions):
            return tuple(_function(block) for block in blocks(functions)), True
        payload = instance.value(*at, "api_schema", "payload")
        if isinstance(payload, str) and payload:
            return self._openapi(instance, entity, payload)
        return (), self._not_read(instance, entity, "its schema is in S3, or known only after apply")

    def _openapi(self, instance: Instance, entity: str, payload: str) -> _Read:
        try:
            data = payload.encode()
            if len(data) > MAX_SCHEMA_BYTES:
                raise InputError(f"larger than {MAX_SCHEMA_BYTES // 1024**2} MiB")
            found = openapi.operations(load(data, instance.address).value)
        except (InputError, UnicodeEncodeError) as error:
            return (), self._not_read(instance, entity, f"its API schema cannot be read ({error})")
        if not found:
            return (), self._not_read(instance, entity, "its API schema has no paths")
        return found, True

    def _gateway_target(self, instance: Instance) -> None:
        entity = self._draft.id(instance)
        owner = self._owner(instance, "gateway_identifier", "gateway")
        name = instance.text("name") or instance.address
        mcp: tuple[Step, ...] = ("target_configuration", "mcp")
        shapes: tuple[tuple[str, ToolKind], ...] = (
            ("lambda", "lambda"),
            ("mcp_server", "mcp_server"),
            ("open_api_schema", "openapi"),
            ("smithy_model", "smithy"),
            ("api_gateway", "api_gateway"),
        )
        for shape, kind in shapes:
            if blocks(instance.value(*mcp, shape)):
                target, (operations, read) = self._shape(instance, entity, (*mcp, shape), kind)
                self._enter(instance, entity, name, owner, kind, target, operations, read)
                return
        read = self._not_read(instance, entity, "its target is of a kind that is not read, or known only after apply")
        self._enter(instance, entity, name, owner, "other", None, (), read)

    def _shape(
        self, instance: Instance, entity: str, at: tuple[Step, ...], kind: ToolKind
    ) -> tuple[Target | None, _Read]:
        if kind == "lambda":
            target = self._targets.find(instance, *at, "lambda_arn", family="function")
            listed = blocks(instance.value(*at, "tool_schema", "inline_payload"))
            if listed:
                return target, (tuple(_function(block) for block in listed), True)
            return target, ((), self._not_read(instance, entity, "its tool schema is in S3, or known only after apply"))
        if kind == "mcp_server":  # a server says itself what it offers, when it is asked
            return self._targets.find(instance, *at, "endpoint", family=""), ((), False)
        if kind == "api_gateway":
            overrides = blocks(instance.value(*at, "api_gateway_tool_configuration", "tool_override"))
            overrides += blocks(instance.value(*at, "api_gateway_tool_configuration", "tool_overrides"))
            target = self._targets.find(instance, *at, "rest_api_id", family="")
            return target, (tuple(map(_override, overrides)), False)
        payload = instance.value(*at, "inline_payload", "payload")
        payload = payload if isinstance(payload, str) else instance.value(*at, "inline_payload")
        if kind == "openapi" and isinstance(payload, str):
            return None, self._openapi(instance, entity, payload)
        return None, ((), self._not_read(instance, entity, f"its {kind} schema is in S3, or not read"))

    def _harness_tool(self, instance: Instance, at: tuple[Step, ...], block: Any) -> None:
        kind, family, attribute = _HARNESS_TOOLS.get(str(block.get("type")), ("other", "", None))
        name = instance.text(*at, "name") or str(block.get("type"))
        target = None
        if attribute is not None:
            form = str(block.get("type"))
            form = _AWSCC_CONFIG.get(form, form) if instance.type.startswith("awscc_") else form
            target = self._targets.find(instance, *at, "config", form, attribute, family=family)
        entity = f"{self._draft.id(instance)}.{at[0]}[{at[1]}]"
        operations = (Operation(name=name),) if kind == "return_control" else ()
        self._enter(instance, entity, name, self._draft.id(instance), kind, target, operations, kind != "mcp_server")

    def _enter(
        self,
        instance: Instance,
        entity: str,
        name: str,
        owner: str,
        kind: ToolKind,
        target: Target | None,
        operations: tuple[Operation, ...],
        read: bool,
        *,
        enabled: bool = True,
    ) -> None:
        if target is not None and not target.resolved:
            what = f"what runs {instance.address} is {target.value}"
            message = f"{what}, which this {self._plan.noun} does not resolve. Refer to it directly."
            self._gap("unresolved_reference", entity, message, instance)
        self._draft.tools[entity] = Tool(
            id=entity,
            name=name,
            owner=owner,
            kind=kind,
            target=target.value if target is not None else None,
            state="enabled" if enabled else "disabled",
            credentials=self._credentials.of_target(instance),
            operations=operations,
            operations_read=read,
            location=self._draft.location(instance.address),
        )

    def _not_read(self, instance: Instance, entity: str, why: str) -> bool:
        message = (
            f"the operations of {instance.address} are not read: {why}. Give the schema inline to have them judged."
        )
        self._gap("not_collected", entity, message, instance)
        return False

    def _gap(
        self, code: Literal["unresolved_reference", "not_collected"], subject: str, message: str, instance: Instance
    ) -> None:
        self._draft.gap(code, subject, ("tools",), message, instance.address)


def _function(block: Any) -> Operation:
    confirmation = block.get("require_confirmation") == "ENABLED"
    return Operation(name=text(block.get("name")) or "${name}", confirmation=confirmation)


def _override(block: Any) -> Operation:
    method = text(block.get("method"))
    return Operation(name=text(block.get("name")) or f"{method} {text(block.get('path'))}", method=method)
