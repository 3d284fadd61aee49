"""Everything that bears a role: Bedrock, AgentCore, Lambda functions, and whatever shares a role with one of these."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from msgspec.structs import replace

from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.attributes import Attributes
from segrego.collect.terraform.draft import Draft, tags
from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.roles import Bound, Roles
from segrego.collect.terraform.targets import Targets
from segrego.collect.terraform.values import Step, is_expression, mapping
from segrego.inventory import Binding, Use, Workload, WorkloadKind

__all__ = ["WORKLOADS", "Workloads"]

Slot = Literal["draft", "execution"]


@dataclass(frozen=True, slots=True)
class _Kind:
    kind: WorkloadKind
    role: str
    name: str
    slot: Slot = "execution"


WORKLOADS: dict[str, _Kind] = {
    "aws_bedrockagent_agent": _Kind("bedrock_agent", "agent_resource_role_arn", "agent_name", "draft"),
    "awscc_bedrock_agent": _Kind("bedrock_agent", "agent_resource_role_arn", "agent_name", "draft"),
    "aws_bedrockagent_flow": _Kind("bedrock_flow", "execution_role_arn", "name", "draft"),
    "awscc_bedrock_flow": _Kind("bedrock_flow", "execution_role_arn", "name", "draft"),
    "aws_bedrockagent_knowledge_base": _Kind("bedrock_knowledge_base", "role_arn", "name"),
    "awscc_bedrock_knowledge_base": _Kind("bedrock_knowledge_base", "role_arn", "name"),
    "aws_bedrockagentcore_agent_runtime": _Kind("agentcore_runtime", "role_arn", "agent_runtime_name"),
    "awscc_bedrockagentcore_runtime": _Kind("agentcore_runtime", "role_arn", "agent_runtime_name"),
    "aws_bedrockagentcore_harness": _Kind("agentcore_harness", "execution_role_arn", "harness_name"),
    "awscc_bedrockagentcore_harness": _Kind("agentcore_harness", "execution_role_arn", "harness_name"),
    "aws_bedrockagentcore_gateway": _Kind("agentcore_gateway", "role_arn", "name"),
    "awscc_bedrockagentcore_gateway": _Kind("agentcore_gateway", "role_arn", "name"),
    "aws_bedrockagentcore_memory": _Kind("agentcore_memory", "memory_execution_role_arn", "name"),
    "awscc_bedrockagentcore_memory": _Kind("agentcore_memory", "memory_execution_role_arn", "name"),
    "aws_bedrockagentcore_browser": _Kind("agentcore_browser", "execution_role_arn", "name"),
    "awscc_bedrockagentcore_browser_custom": _Kind("agentcore_browser", "execution_role_arn", "name"),
    "aws_bedrockagentcore_code_interpreter": _Kind("agentcore_code_interpreter", "execution_role_arn", "name"),
    "awscc_bedrockagentcore_code_interpreter_custom": _Kind("agentcore_code_interpreter", "execution_role_arn", "name"),
    "aws_bedrockagentcore_online_evaluation_config": _Kind(
        "agentcore_evaluation", "evaluation_execution_role_arn", "online_evaluation_config_name"
    ),
    "awscc_bedrockagentcore_online_evaluation_config": _Kind(
        "agentcore_evaluation", "evaluation_execution_role_arn", "online_evaluation_config_name"
    ),
    "aws_lambda_function": _Kind("lambda_function", "role", "function_name"),
    "awscc_lambda_function": _Kind("lambda_function", "role", "function_name"),
}
"""The attributes that give the role and the name, by resource type (from the providers' documentation)."""

_ALIASES = (
    ("aws_bedrockagent_agent_alias", "agent", "agent_id", "agent_alias_name", "agent_version"),
    ("awscc_bedrock_agent_alias", "agent", "agent_id", "agent_alias_name", "agent_version"),
    ("awscc_bedrock_flow_alias", "flow", "flow_arn", "name", "flow_version"),
    ("aws_bedrockagentcore_agent_runtime_endpoint", "runtime", "agent_runtime_id", "name", None),
    ("awscc_bedrockagentcore_runtime_endpoint", "runtime", "agent_runtime_id", "name", None),
    ("aws_bedrockagentcore_harness_endpoint", "harness", "harness_id", "name", None),
    ("awscc_bedrockagentcore_harness_endpoint", "harness", "harness_id", "name", None),
)
"""Aliases and endpoints: type, family and identifier of what they lead to, their name, the version they route to."""

_BEDROCK = re.compile(r"(aws|awscc)_bedrock")
_NOT_BEARERS = re.compile(r"(aws|awscc)_iam_(?!instance_profile)|awscc_bedrock_flow_version|(?!aws_|awscc_)")
_ROLE_NAME = re.compile(r"(?:.+_)?(?:role_arn|role|roles)")
_MAX_DEPTH = 8


class Workloads:
    """Reads the workloads of one plan into a draft."""

    def __init__(
        self, plan: Plan, draft: Draft, arns: Arns, roles: Roles, targets: Targets, attributes: Attributes
    ) -> None:
        self._attributes = attributes
        self._plan = plan
        self._draft = draft
        self._arns = arns
        self._roles = roles
        self._targets = targets
        self._paths: dict[int, list[tuple[Step, ...]]] = {}

    def read(self) -> None:
        """Enter every workload with its bindings. Other bearers of a role are entered where they share one."""
        for kind, described in WORKLOADS.items():
            for instance in self._plan.of_type.get(kind, []):
                bound = self._roles.resolve(instance, described.role)
                self._enter(instance, described.kind, instance.text(described.name), [bound], described.slot)
        self._read_aliases()
        others = [i for kind, found in self._plan.of_type.items() if kind not in WORKLOADS for i in found if i.managed]
        bearers = [(i, paths) for i in others if not _NOT_BEARERS.match(i.type) and (paths := self._role_paths(i))]
        held = {binding.role for workload in self._draft.workloads.values() for binding in workload.bindings}
        for instance, paths in bearers:
            is_bedrock = _BEDROCK.match(instance.type) is not None
            bounds = self._bounds(instance, paths, held, is_bedrock)
            if bounds:
                name = instance.text("name") or instance.text("family") or instance.text("job_name")
                self._enter(instance, "principal", name, bounds, "execution")

    def add_use(self, workload: str, use: Use) -> None:
        """Note what a workload uses, once."""
        found = self._draft.workloads.get(workload)
        if found is not None and use not in found.uses:
            self._draft.workloads[workload] = replace(found, uses=(*found.uses, use))

    def _enter(
        self, instance: Instance, kind: WorkloadKind, name: str | None, bounds: list[Bound | None], slot: Slot
    ) -> None:
        entity = self._draft.id(instance)
        held = {bound.role: bound.certainty for bound in bounds if bound}
        bindings = [Binding(role=role, slot=slot, certainty=certainty) for role, certainty in held.items()]
        details = self._attributes.of(instance)
        self._draft.workloads[entity] = Workload(
            id=entity,
            kind=kind,
            name=name or instance.address,
            arn=self._arns.text(instance),
            account=self._arns.account(instance),
            region=self._arns.region(instance),
            bindings=tuple(bindings),
            idle_timeout_seconds=details.idle_timeout_seconds,
            max_lifetime_seconds=details.max_lifetime_seconds,
            inbound=details.inbound,
            policy_engine=details.policy_engine,
            variables=details.variables,
            tags=tags(instance),
            location=self._draft.location(instance.address),
        )

    def _read_aliases(self) -> None:
        found: dict[str, dict[str | None, list[str]]] = {}
        for kind, family, identifier, name, version in _ALIASES:
            for instance in self._plan.of_type.get(kind, []):
                target = self._targets.find(instance, identifier, family=family)
                if target is None or target.instance is None:
                    continue
                routed = instance.text("routing_configuration", 0, version) if version else None
                alias = instance.text(name) or instance.address
                found.setdefault(target.value, {}).setdefault(routed, []).append(alias)
        for entity, versions in found.items():
            workload = self._draft.workloads[entity]
            added = []
            for version, names in versions.items():
                via = tuple(sorted(names))
                for binding in workload.bindings:
                    if binding.slot == "execution":
                        added.append(replace(binding, via=via))
                    else:
                        added += [binding, replace(binding, slot="version", version=version, via=via)]
            bindings = tuple(dict.fromkeys(added)) or workload.bindings
            self._draft.workloads[entity] = replace(workload, bindings=bindings)

    def _bounds(
        self, instance: Instance, paths: list[tuple[Step, ...]], held: set[str], is_bedrock: bool
    ) -> list[Bound | None]:
        bounds: list[Bound | None] = []
        for path in paths:
            value = instance.value(*path)
            for known in _texts(value):
                role = self._roles.known_id(known, instance)
                if role is not None and (is_bedrock or role in held):
                    bounds.append(Bound(role))
                elif is_bedrock and known.startswith("arn:"):
                    bounds.append(self._roles.resolve(instance, *path, value=known))
            if not _texts(value) and value is not None:
                for bound in self._roles.candidates(instance, *path, must_exist=not is_bedrock):
                    if is_bedrock or bound.role in held:
                        bounds.append(bound)
        return bounds

    def _role_paths(self, instance: Instance) -> list[tuple[Step, ...]]:
        """Where a resource gives a role, by the names that both providers use for such attributes."""
        expressions = mapping(instance.config.get("expressions"))
        key = id(expressions) if expressions else 0
        if key not in self._paths:
            self._paths[key] = list(_paths(expressions, 0)) if expressions else []
        found = dict.fromkeys(self._paths[key])
        found.update(dict.fromkeys(_paths(instance.values, 0)))
        return list(found)


def _paths(value: Any, depth: int) -> Iterator[tuple[Step, ...]]:
    if depth > _MAX_DEPTH:
        return
    for name, inner in mapping(value).items():
        if _ROLE_NAME.fullmatch(name) and inner not in (None, [], {}, "") and not isinstance(inner, bool | int | float):
            yield (name,)
        elif isinstance(inner, dict) and not is_expression(inner):
            yield from ((name, *rest) for rest in _paths(inner, depth + 1))
        elif isinstance(inner, list):
            many = len(inner) > 1
            for index, block in enumerate(inner):
                step: tuple[Step, ...] = (name, index) if many else (name,)
                yield from ((*step, *rest) for rest in _paths(block, depth + 1))


def _texts(value: object) -> list[str]:
    found = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else [value]
    return [text for text in found if isinstance(text, str) and text]
