"""What a template says of a workload beside its role: how long its sessions live, who may call it, its variables.

Source: the CloudFormation resource schemas.
"""

from __future__ import annotations

from typing import Any, Literal, cast

from msgspec.structs import replace

from segrego.collect.cloudformation.draft import Draft
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.targets import at, target
from segrego.collect.cloudformation.template import Map
from segrego.collect.cloudformation.text import as_text
from segrego.inventory import Fact, PolicyEngine, Workload

__all__ = ["described", "variables_of"]

_LIFECYCLE = ("Environment", "AgentCoreRuntimeEnvironment", "LifecycleConfiguration")
_IDLE: dict[str, tuple[str, ...]] = {
    "AWS::Bedrock::Agent": ("IdleSessionTTLInSeconds",),
    "AWS::BedrockAgentCore::Harness": (*_LIFECYCLE, "IdleRuntimeSessionTimeout"),
    "AWS::BedrockAgentCore::Runtime": ("LifecycleConfiguration", "IdleRuntimeSessionTimeout"),
}
_LIFETIME: dict[str, tuple[str, ...]] = {
    "AWS::BedrockAgentCore::Harness": (*_LIFECYCLE, "MaxLifetime"),
    "AWS::BedrockAgentCore::Runtime": ("LifecycleConfiguration", "MaxLifetime"),
}
_AUTHORIZER_TYPES: dict[str, Literal["none", "iam", "jwt"]] = {"NONE": "none", "AWS_IAM": "iam", "CUSTOM_JWT": "jwt"}
"""``AUTHENTICATE_ONLY`` of a gateway is none of these: who may call is decided elsewhere."""
_VARIABLES: dict[str, tuple[str, ...]] = {
    "AWS::BedrockAgentCore::Harness": ("EnvironmentVariables",),
    "AWS::BedrockAgentCore::Runtime": ("EnvironmentVariables",),
    "AWS::Lambda::Function": ("Environment", "Variables"),
    "AWS::Serverless::Function": ("Environment", "Variables"),
}


def described(draft: Draft, scope: Scope, logical: str, workload: Workload) -> Workload:
    """The workload with what its resource says. What cannot be resolved is a gap, and stays null."""
    kind = scope.type(logical)
    idle = _seconds(draft, scope, logical, _IDLE.get(kind))
    lifetime = _seconds(draft, scope, logical, _LIFETIME.get(kind))
    inbound = _inbound(scope, logical, kind)
    engine = _policy_engine(draft, scope, logical) if kind == "AWS::BedrockAgentCore::Gateway" else None
    _say_open(draft, scope, logical, ("authorization",))
    variables = tuple(sorted(variables_of(scope, logical)))
    _say_open(draft, scope, logical, ("credentials",))
    return replace(
        workload,
        idle_timeout_seconds=idle,
        max_lifetime_seconds=lifetime,
        inbound=inbound,
        policy_engine=engine,
        variables=variables,
    )


def variables_of(scope: Scope, logical: str) -> Map:
    """The environment variables of a workload as written. Only their names may leave this source."""
    path = _VARIABLES.get(scope.type(logical))
    node: Any = scope.properties(logical) if path else None
    for step in path or ():
        node = node.get(step) if isinstance(node, Map) else None
        if isinstance(node, Map) and len(node) == 1 and next(iter(node)).startswith("Fn::"):
            node = scope.resolve(node)
    return node if isinstance(node, Map) else Map(0)


def _say_open(draft: Draft, scope: Scope, logical: str, facts: tuple[Fact, ...]) -> None:
    place = scope.location(logical)
    draft.say_open(scope, f"{scope.name}#{logical}", facts, place)


def _seconds(draft: Draft, scope: Scope, logical: str, path: tuple[str, ...] | None) -> int | None:
    """A number of seconds; null where it is not written, and AWS's default counts."""
    if path is None:
        return None
    text = scope.text(logical, *path)
    if text is not None and text.isdecimal():
        scope.take_undecided()
        return int(text)
    if text is not None:
        message = (
            f"{'.'.join(path)} is {text}, which is known only at deployment: give its parameters with --parameters"
        )
        place = scope.location(logical)
        draft.gap_at("unresolved_reference", f"{scope.name}#{logical}", ("sessions",), message, place)
    _say_open(draft, scope, logical, ("sessions",))
    return None


def _inbound(scope: Scope, logical: str, kind: str) -> Literal["none", "iam", "jwt"] | None:
    """Who may call. A runtime or harness without an authorizer takes IAM's signatures (AgentCore developer guide,
    "Inbound Auth")."""
    if kind in ("AWS::BedrockAgentCore::Runtime", "AWS::BedrockAgentCore::Harness"):
        configuration = scope.property(logical, "AuthorizerConfiguration")
        if configuration is None:
            return "iam"
        return "jwt" if at(configuration, "CustomJWTAuthorizer") is not None else None
    if kind != "AWS::BedrockAgentCore::Gateway":
        return None
    return _AUTHORIZER_TYPES.get(str(scope.text(logical, "AuthorizerType")))


def _policy_engine(draft: Draft, scope: Scope, logical: str) -> PolicyEngine | None:
    configuration = scope.property(logical, "PolicyEngineConfiguration")
    engine = target(draft, scope, at(configuration, "Arn"))
    mode = as_text(at(configuration, "Mode"))
    if engine is None:
        return None
    # a mode that is not known enforces nothing for certain
    known = str(mode) if mode in ("ENFORCE", "LOG_ONLY") else "LOG_ONLY"
    return PolicyEngine(target=engine, mode=cast('Literal["ENFORCE", "LOG_ONLY"]', known))
