"""What the answers about AgentCore's workloads hold beside their role: tools, uses, sessions, who may call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from segrego.collect.aws.caller import Hides
from segrego.collect.aws.found import Found, code_uses, data_uses
from segrego.collect.aws.operations import operations_of
from segrego.collect.aws.session import Region
from segrego.inventory import Operation, PolicyEngine, Relation, Tool, Use, WorkloadKind

__all__ = [
    "ab_test_parts",
    "evaluation_parts",
    "gateway_parts",
    "harness_parts",
    "identity_parts",
    "memory_parts",
    "portal_parts",
    "runtime_parts",
    "sandbox_parts",
    "session_facts",
]

_CONTROL = "bedrock-agentcore-control"
Body = Mapping[str, Any]
Inbound = Literal["none", "iam", "jwt"]
ToolKind = Literal["lambda", "return_control", "builtin", "mcp_server", "openapi", "smithy", "api_gateway", "other"]
Operations = tuple[Operation, ...] | None
Target = tuple[ToolKind, str | None, Operations]

_AUTHORIZERS: dict[str, Inbound] = {"NONE": "none", "AWS_IAM": "iam", "CUSTOM_JWT": "jwt", "AUTHENTICATE_ONLY": "jwt"}
_WEAKEST: tuple[Inbound, ...] = ("none", "jwt", "iam")
_HARNESS_KINDS: dict[str, ToolKind] = {
    "agentcore_browser": "builtin",
    "agentcore_code_interpreter": "builtin",
    "agentcore_gateway": "mcp_server",
    "inline_function": "return_control",
    "remote_mcp": "mcp_server",
}
_HARNESS_TARGETS: tuple[tuple[str, str, Relation], ...] = (
    ("agentCoreBrowser", "browserArn", "browser"),
    ("agentCoreCodeInterpreter", "codeInterpreterArn", "code_interpreter"),
    ("agentCoreGateway", "gatewayArn", "gateway"),
)


def session_facts(kind: WorkloadKind, bodies: Iterable[Body | None]) -> dict[str, Any]:
    """The fields of a workload that its live versions tell together, as arguments for it.

    Of several versions the longest session and the weakest authorization count; what one of them does not tell is not
    known of any.
    """
    known = list(bodies)
    if kind not in ("agentcore_runtime", "agentcore_harness", "agentcore_gateway") or None in known:
        return {}
    told = [body for body in known if body is not None]
    engine = told[0].get("policyEngineConfiguration") or {}
    inbound = [_inbound(kind, body) for body in told]
    variables = {name for body in told for name in body.get("environmentVariables") or ()}
    return {
        "idle_timeout_seconds": _longest(told, "idleRuntimeSessionTimeout"),
        "max_lifetime_seconds": _longest(told, "maxLifetime"),
        "inbound": None if None in inbound else min(inbound, key=_WEAKEST.index),
        "policy_engine": PolicyEngine(target=engine["arn"], mode=engine["mode"]) if engine else None,
        "variables": tuple(sorted(variables)),
    }


def _inbound(kind: WorkloadKind, body: Body) -> Inbound | None:
    """Who may call. A runtime or harness without an authorizer takes signed requests alone."""
    if kind == "agentcore_gateway":
        return _AUTHORIZERS.get(body.get("authorizerType", ""))
    return "jwt" if body.get("authorizerConfiguration") else "iam"


def _longest(bodies: Iterable[Body], name: str) -> int | None:
    found = [(_environment(body).get("lifecycleConfiguration") or {}).get(name) for body in bodies]
    return None if None in found else max(value for value in found if value is not None)


def _environment(body: Body) -> Body:
    """Where a runtime, or the one inside a harness, says how it runs."""
    return (body.get("environment") or {}).get("agentCoreRuntimeEnvironment") or body


def runtime_parts(region: Region, found: Found, arn: str, own_id: str, body: Body) -> list[Use]:
    """A runtime's code, data and workload identity."""
    return [
        *code_uses(region, body.get("agentRuntimeArtifact")),
        *data_uses(region, found, body.get("filesystemConfigurations")),
        *identity_parts(region, found, arn, own_id, body),
    ]


def identity_parts(region: Region, found: Found, arn: str, own_id: str, body: Body) -> list[Use]:
    """The identity under which a workload asks AgentCore for tokens."""
    identity = (body.get("workloadIdentityDetails") or {}).get("workloadIdentityArn")
    return [Use(relation="workload_identity", target=identity)] if identity else []


def sandbox_parts(region: Region, found: Found, arn: str, own_id: str, body: Body) -> list[Use]:
    """Where a browser's recordings go, and what file systems a browser or an interpreter has."""
    bucket = ((body.get("recording") or {}).get("s3Location") or {}).get("bucket")
    addresses = [f"s3://{bucket}"] if bucket else []
    return data_uses(region, found, [*addresses, *(body.get("filesystemConfigurations") or ())])


def memory_parts(region: Region, found: Found, arn: str, own_id: str, body: Body) -> list[Use]:
    """Where a memory sends what it holds."""
    addresses = list(body.get("streamDeliveryResources") or ())
    for strategy in body.get("strategies") or ():
        managed = (strategy.get("configuration") or {}).get("selfManagedConfiguration") or {}
        invoked = managed.get("invocationConfiguration") or {}
        addresses += [invoked["topicArn"]] if invoked.get("topicArn") else []
        addresses += (
            [f"s3://{invoked['payloadDeliveryBucketName']}"] if invoked.get("payloadDeliveryBucketName") else []
        )
    return data_uses(region, found, addresses)


def evaluation_parts(region: Region, found: Found, arn: str, own_id: str, body: Body) -> list[Use]:
    """The functions and models of an evaluation's own evaluators. AWS's bear no function."""
    uses = []
    for reference in body.get("evaluators") or ():
        name = reference.get("evaluatorId", "")
        if name.startswith("Builtin."):
            continue
        answer = region.call(_CONTROL, "GetEvaluator", Hides(arn, ("uses",)), evaluatorId=name) or {}
        configuration = answer.get("evaluatorConfig") or {}
        if function := _lambda_arn((configuration.get("codeBased") or {}).get("lambdaConfig")):
            uses.append(Use(relation="function", target=found.function(function)))
        models = [*(configuration.get("llmAsAJudge") or ()), *(configuration.get("derived") or ())]
        uses += [Use(relation="model", target=model) for model in models]
    return uses


def portal_parts(region: Region, found: Found, arn: str, own_id: str, body: Body) -> list[Use]:
    """The gateways that a consent portal asks consent for."""
    return [
        Use(relation="gateway", target=_arn_of(region, "gateway", source["identifier"]))
        for source in body.get("sources") or ()
        if source.get("identifier")
    ]


def ab_test_parts(region: Region, found: Found, arn: str, own_id: str, body: Body) -> list[Use]:
    """The gateway whose traffic a test splits."""
    return [Use(relation="gateway", target=body["gatewayArn"])] if body.get("gatewayArn") else []


def gateway_parts(region: Region, found: Found, arn: str, own_id: str, body: Body) -> list[Use]:
    """A gateway's targets as tools, and the functions that look at its traffic."""
    hides = Hides(arn, ("tools", "credentials"))
    for summary in region.items(_CONTROL, "ListGatewayTargets", hides, gatewayIdentifier=own_id):
        which = {"gatewayIdentifier": own_id, "targetId": summary["targetId"]}
        answer = region.call(_CONTROL, "GetGatewayTarget", hides, **which) or {}
        target = _target(region, found, answer.get("targetConfiguration") or {})
        credentials = [
            credential
            for configuration in answer.get("credentialProviderConfigurations") or ()
            for provider in (configuration.get("credentialProvider") or {}).values()
            for credential in found.provider(provider.get("providerArn"))
        ]
        tool_id = f"{arn}/target/{summary['targetId']}"
        found.tools.append(_tool(region, tool_id, summary["name"], arn, target, credentials))
    functions = [_lambda(hook.get("interceptor")) for hook in body.get("interceptorConfigurations") or ()]
    functions.append(_lambda(body.get("customTransformConfiguration")))
    uses = [Use(relation="function", target=found.function(function)) for function in functions if function]
    return uses + identity_parts(region, found, arn, own_id, body)


def harness_parts(region: Region, found: Found, arn: str, own_id: str, body: Body) -> list[Use]:
    """A harness's model, memory, code, hooks, and its tools."""
    version = body.get("harnessVersion") or "latest"
    uses = []
    for index, tool in enumerate(body.get("tools") or (), 1):
        form = tool.get("type", "")
        name = tool.get("name") or f"{form or 'tool'}{index}"
        configuration = tool.get("config") or {}
        oauth = ((configuration.get("agentCoreGateway") or {}).get("outboundAuth") or {}).get("oauth") or {}
        target = _harness_tool(form, name, configuration)
        credentials = found.provider(oauth.get("providerArn"))
        found.tools.append(_tool(region, f"{arn}/{version}/tool/{index}", name, arn, target, credentials))
        uses += [
            Use(relation=relation, target=configuration[part][member])
            for part, member, relation in _HARNESS_TARGETS
            if (configuration.get(part) or {}).get(member)
        ]
    environment = _environment(body)
    # the harness makes this runtime for itself (CreateHarness takes none), and it runs under the harness's role
    found.inner |= {environment["agentRuntimeArn"]} if environment.get("agentRuntimeArn") else set()
    return [
        *uses,
        *_harness_uses(region, found, body),
        *code_uses(region, body.get("environmentArtifact")),
        *data_uses(region, found, environment.get("filesystemConfigurations")),
    ]


def _harness_uses(region: Region, found: Found, body: Body) -> Iterable[Use]:
    for model in (body.get("model") or {}).values():
        if model.get("modelId"):
            yield Use(relation="model", target=model["modelId"])
        found.provider(model.get("apiKeyArn"))
    for memory in (body.get("memory") or {}).values():
        if memory.get("arn"):
            yield Use(relation="memory", target=memory["arn"])
    for hook in body.get("hooks") or ():
        for moment in hook.values():
            if function := _lambda(moment.get("target")):
                yield Use(relation="function", target=found.function(function))
    for skill in body.get("skills") or ():
        if uri := (skill.get("s3") or {}).get("uri"):
            yield Use(relation="code", target=uri.replace("s3://", f"arn:{region.account.partition}:s3:::", 1))
        found.provider(((skill.get("git") or {}).get("auth") or {}).get("credentialArn"))


def _target(region: Region, found: Found, configuration: Body) -> Target:
    """What a gateway's target runs. Its ARN where AWS runs it, its address without secrets where somebody else does."""
    mcp = configuration.get("mcp") or {}
    http = configuration.get("http") or {}
    inference = configuration.get("inference") or {}
    match next(((name, part) for name, part in (*mcp.items(), *http.items(), *inference.items())), (None, None)):
        case "lambda", dict(part):
            tools = (part.get("toolSchema") or {}).get("inlinePayload")
            return "lambda", found.function(part["lambdaArn"]), operations_of(tools)
        case "openApiSchema", dict(part):
            return "openapi", None, operations_of(part.get("inlinePayload"))
        case "smithyModel", _:
            return "smithy", None, None
        case "mcpServer", dict(part):
            return "mcp_server", part["endpoint"], operations_of((part.get("mcpToolSchema") or {}).get("inlinePayload"))
        case "apiGateway", dict(part):
            api = f"arn:{region.account.partition}:execute-api:{region.name}:{region.account.id}:{part['restApiId']}"
            return "api_gateway", f"{api}/{part['stage']}", operations_of(part.get("apiGatewayToolConfiguration"))
        case "agentcoreRuntime", dict(part):
            return "other", part["arn"], None
        case "passthrough", dict(part):
            schema = ((part.get("schema") or {}).get("source") or {}).get("inlinePayload")
            return "other", part["endpoint"], operations_of(schema)
        case _, dict(part):
            return "other", part.get("endpoint") or (part.get("source") or {}).get("connectorId"), None
    return "other", None, None


def _harness_tool(form: str, name: str, configuration: Body) -> Target:
    kind = _HARNESS_KINDS.get(form, "other")
    if form == "remote_mcp":
        return kind, (configuration.get("remoteMcp") or {}).get("url"), None
    targets = ((configuration.get(part) or {}).get(arn) for part, arn, _ in _HARNESS_TARGETS)
    operations = (Operation(name=name),) if kind in ("builtin", "return_control") else None
    return kind, next(filter(None, targets), None), operations


def _lambda(node: Body | None) -> str | None:
    return _lambda_arn((node or {}).get("lambda"))


def _lambda_arn(node: Body | None) -> str | None:
    found = (node or {}).get("arn") or (node or {}).get("lambdaArn")
    return None if found is None else str(found)


def _arn_of(region: Region, resource: str, name: str) -> str:
    return name if name.startswith("arn:") else region.arn("bedrock-agentcore", f"{resource}/{name}")


def _tool(region: Region, tool_id: str, name: str, owner: str, target: Target, credentials: Iterable[str]) -> Tool:
    kind, runs, operations = target
    return Tool(
        id=tool_id,
        name=name,
        owner=owner,
        kind=kind,
        target=runs,
        operations=operations or (),
        operations_read=operations is not None,
        credentials=tuple(sorted(set(credentials))),
        location=region.location,
    )
