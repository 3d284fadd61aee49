"""What a workload says of its sessions, its callers and its environment.

Sources: the documentation of the providers ``aws`` and ``awscc``; AgentCore developer guide, "Inbound Auth" (a runtime
or harness without an authorizer takes IAM's signatures).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.references import Attribute, Resolver, label, unknown
from segrego.collect.terraform.values import MISSING, Missing, Step, at, blocks, mapping
from segrego.inventory import PolicyEngine

__all__ = ["Attributes", "Details", "variable_names"]

_RUNTIMES = ("aws_bedrockagentcore_agent_runtime", "awscc_bedrockagentcore_runtime")
_HARNESSES = {
    "aws_bedrockagentcore_harness": "agentcore_runtime_environment",
    "awscc_bedrockagentcore_harness": "agent_core_runtime_environment",
}
_GATEWAYS = ("aws_bedrockagentcore_gateway", "awscc_bedrockagentcore_gateway")
_AGENTS = ("aws_bedrockagent_agent", "awscc_bedrock_agent")
_FUNCTIONS = ("aws_lambda_function", "awscc_lambda_function")
_INBOUND: dict[str, Literal["none", "iam", "jwt"]] = {"NONE": "none", "AWS_IAM": "iam", "CUSTOM_JWT": "jwt"}


@dataclass(frozen=True, slots=True)
class Details:
    """Fields of :class:`segrego.inventory.Workload`."""

    idle_timeout_seconds: int | None = None
    max_lifetime_seconds: int | None = None
    inbound: Literal["none", "iam", "jwt"] | None = None
    policy_engine: PolicyEngine | None = None
    variables: tuple[str, ...] = ()


class Attributes:
    """Reads the details of the workloads of one plan."""

    def __init__(self, plan: Plan, resolver: Resolver, arns: Arns) -> None:
        self._plan = plan
        self._resolver = resolver
        self._arns = arns

    def of(self, instance: Instance) -> Details:
        """The details of a workload, null where they are not known."""
        idle, longest = self._sessions(instance)
        return Details(
            idle_timeout_seconds=idle,
            max_lifetime_seconds=longest,
            inbound=self._inbound(instance),
            policy_engine=self._engine(instance),
            variables=variable_names(self._plan, instance),
        )

    def _sessions(self, instance: Instance) -> tuple[int | None, int | None]:
        if instance.type in _AGENTS:
            return _number(instance.value("idle_session_ttl_in_seconds")), None
        path: tuple[Step, ...] = ()
        if instance.type in _HARNESSES:
            path = ("environment", _HARNESSES[instance.type])
        elif instance.type not in _RUNTIMES:
            return None, None
        found = (instance.value(*path, "lifecycle_configuration", name) for name in _LIFECYCLE)
        idle, longest = map(_number, found)
        return idle, longest

    def _inbound(self, instance: Instance) -> Literal["none", "iam", "jwt"] | None:
        if instance.type in _GATEWAYS:
            return _INBOUND.get(instance.text("authorizer_type") or "")
        if instance.type not in _RUNTIMES and instance.type not in _HARNESSES:
            return None
        given = instance.value("authorizer_configuration")
        if given in (None, []) or (given is MISSING and not instance.is_open("authorizer_configuration")):
            return "iam"
        return "jwt" if blocks(given) and "custom_jwt_authorizer" in blocks(given)[0] else None

    def _engine(self, instance: Instance) -> PolicyEngine | None:
        mode = instance.text("policy_engine_configuration", "mode") if instance.type in _GATEWAYS else None
        if mode not in ("ENFORCE", "LOG_ONLY"):
            return None
        arn = instance.text("policy_engine_configuration", "arn")
        leaves = unknown(self._resolver.attribute(instance, "policy_engine_configuration", "arn"))
        if arn is None and len(leaves) == 1:
            leaf = leaves[0]
            arn = self._arns.text(leaf.instance) if isinstance(leaf, Attribute) else f"${{{label(leaf)}}}"
        return PolicyEngine(target=arn or "${policy engine}", mode=mode)  # type: ignore[arg-type]


_LIFECYCLE = ("idle_runtime_session_timeout", "max_lifetime")


def variable_names(plan: Plan, instance: Instance) -> tuple[str, ...]:
    """The names of a workload's environment variables. Their values are not looked at."""
    if instance.type in _FUNCTIONS:
        path: tuple[Step, ...] = ("environment", "variables")
    elif instance.type in _RUNTIMES or instance.type in _HARNESSES:
        path = ("environment_variables",)
    else:
        return ()
    names = {*mapping(at(instance.values, path)), *mapping(at(plan.unknown.get(instance.address), path))}
    configured = at(instance.config.get("expressions"), path)
    if instance.evaluated and not isinstance(configured, Missing):
        names |= {*mapping(configured)}
    return tuple(sorted(name for name in names if isinstance(name, str)))


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    return value if type(value) is int else None
