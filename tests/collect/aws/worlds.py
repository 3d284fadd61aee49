"""A small account of everything that moto lacks, as answers for :class:`fake_aws.FakeAws`."""

from __future__ import annotations

import json
from typing import Any

from fake_aws import ACCOUNT, FakeAws

BEDROCK = f"arn:aws:bedrock:us-east-1:{ACCOUNT}"
CORE = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}"
ALIAS = f"{BEDROCK}:agent-alias"
AGENT = f"{BEDROCK}:agent/AGENT00001"
HELPER = f"{BEDROCK}:agent/AGENT00002"
FLOW = f"{BEDROCK}:flow/FLOW000001"
BASE = f"{BEDROCK}:knowledge-base/BASE000001"
RUNTIME = f"{CORE}:runtime/support-abcdefghij"
HARNESS = f"{CORE}:harness/triage-abcdefghij"
GATEWAY = f"{CORE}:gateway/tools-abcdefghij"
CONTROL = "bedrock-agentcore-control"
SECRET = "hunter2-never-to-be-seen-in-any-document-of-ours"


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def function(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


def add_agent(fake: FakeAws) -> None:
    """A supervisor with a draft and two versions behind three aliases, and a helper."""
    service = "bedrock-agent"
    agents = [{"agentId": "AGENT00001", "agentName": "orders"}, {"agentId": "AGENT00002", "agentName": "helper"}]
    fake.answer(service, "ListAgents", {"agentSummaries": agents})
    fake.answer(service, "GetAgent", _agent)
    fake.answer(service, "ListAgentAliases", _aliases)
    fake.answer(service, "GetAgentVersion", _agent_version)
    fake.answer(service, "ListAgentActionGroups", _action_groups)
    fake.answer(service, "GetAgentActionGroup", _action_group)
    fake.answer(service, "ListAgentKnowledgeBases", _agent_bases)
    fake.answer(service, "ListAgentCollaborators", _collaborators)
    fake.answer(service, "ListTagsForResource", {"tags": {"env": "prod", "Team": "sales"}})


def _agent(params: dict[str, Any]) -> dict[str, Any]:
    if params["agentId"] == "AGENT00002":
        return {
            "agent": {"agentName": "helper", "agentResourceRoleArn": role("helper"), "agentCollaboration": "DISABLED"}
        }
    return {
        "agent": {
            "agentName": "orders",
            "agentStatus": "PREPARED",
            "agentResourceRoleArn": role("draft"),
            "foundationModel": "amazon.nova-lite-v1:0",
            "instruction": SECRET,
            "guardrailConfiguration": {"guardrailIdentifier": "guardrail1", "guardrailVersion": "1"},
            "agentCollaboration": "SUPERVISOR",
            "customOrchestration": {"executor": {"lambda": function("orchestrate")}},
        }
    }


def _aliases(params: dict[str, Any]) -> dict[str, Any]:
    routes = {"AgentTestAlias": "DRAFT", "live": "2", "canary": "2", "old": "1"}
    if params["agentId"] == "AGENT00002":
        routes = {"AgentTestAlias": "DRAFT"}
    return {
        "agentAliasSummaries": [
            {
                "agentAliasId": f"ALIAS0000{index}",
                "agentAliasName": name,
                "routingConfiguration": [{"agentVersion": version}],
            }
            for index, (name, version) in enumerate(routes.items())
        ]
    }


def _agent_version(params: dict[str, Any]) -> dict[str, Any]:
    names = {"1": "first", "2": "second"}
    return {"agentVersion": {"agentResourceRoleArn": role(names[params["agentVersion"]])}}


def _action_groups(params: dict[str, Any]) -> dict[str, Any]:
    names = ["refunds", "lookup", "ask", "input", "stored"] if params["agentId"] == "AGENT00001" else []
    if params["agentVersion"] == "1":
        names = ["refunds"]
    return {
        "actionGroupSummaries": [
            {
                "actionGroupId": f"GROUP{name}",
                "actionGroupName": name,
                "actionGroupState": "DISABLED" if name == "lookup" else "ENABLED",
            }
            for name in names
        ]
    }


def _action_group(params: dict[str, Any]) -> dict[str, Any]:
    schema = {
        "openapi": "3.0.0",
        "paths": {
            "/orders": {"get": {"operationId": "listOrders"}},
            "/orders/{id}": {"delete": {"x-requireConfirmation": "ENABLED"}},
        },
    }
    functions = [{"name": "refund", "requireConfirmation": "ENABLED"}, {"name": "status"}]
    groups: dict[str, dict[str, Any]] = {
        "refunds": {
            "actionGroupExecutor": {"lambda": function("refund") + ":live"},
            "functionSchema": {"functions": functions},
        },
        "lookup": {"actionGroupExecutor": {"lambda": function("lookup")}, "apiSchema": {"payload": json.dumps(schema)}},
        "ask": {"actionGroupExecutor": {"customControl": "RETURN_CONTROL"}, "functionSchema": {"functions": functions}},
        "input": {"parentActionSignature": "AMAZON.UserInput"},
        "stored": {
            "actionGroupExecutor": {"lambda": function("refund")},
            "apiSchema": {"s3": {"s3BucketName": "schemas", "s3ObjectKey": "api.json"}},
        },
    }
    return {"agentActionGroup": groups[params["actionGroupId"].removeprefix("GROUP")]}


def _agent_bases(params: dict[str, Any]) -> dict[str, Any]:
    states = {"BASE000001": "ENABLED", "BASE000009": "DISABLED"}
    if params["agentId"] == "AGENT00002":
        states = {}
    return {
        "agentKnowledgeBaseSummaries": [
            {"knowledgeBaseId": base, "knowledgeBaseState": state} for base, state in states.items()
        ]
    }


def _collaborators(params: dict[str, Any]) -> dict[str, Any]:
    return {"agentCollaboratorSummaries": [{"agentDescriptor": {"aliasArn": f"{ALIAS}/AGENT00002/ALIAS00001"}}]}


def add_knowledge_base(fake: FakeAws) -> None:
    """A knowledge base over a bucket, with a function in its ingestion."""
    service = "bedrock-agent"
    fake.answer(
        service,
        "ListKnowledgeBases",
        {"knowledgeBaseSummaries": [{"knowledgeBaseId": "BASE000001", "name": "handbook"}]},
    )
    storage = {
        "credentialsSecretArn": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:pine",
        "connectionString": "https://x.io",
    }
    model = "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"
    base = {
        "roleArn": role("base"),
        "status": "ACTIVE",
        "knowledgeBaseConfiguration": {
            "type": "VECTOR",
            "vectorKnowledgeBaseConfiguration": {"embeddingModelArn": model},
        },
        "storageConfiguration": {"type": "PINECONE", "pineconeConfiguration": storage},
    }
    fake.answer(service, "GetKnowledgeBase", {"knowledgeBase": base})
    fake.answer(service, "ListDataSources", {"dataSourceSummaries": [{"dataSourceId": "DATA000001"}]})
    step = {"transformationFunction": {"transformationLambdaConfiguration": {"lambdaArn": function("chunk")}}}
    source = {
        "dataSourceConfiguration": {"type": "S3", "s3Configuration": {"bucketArn": "arn:aws:s3:::handbook"}},
        "vectorIngestionConfiguration": {
            "customTransformationConfiguration": {
                "intermediateStorage": {"s3Location": {"uri": "s3://scratch/tmp"}},
                "transformations": [step],
            }
        },
    }
    fake.answer(service, "GetDataSource", {"dataSource": source})


def add_flow(fake: FakeAws) -> None:
    """A flow with a draft and a version, and a node of most kinds."""
    service = "bedrock-agent"
    fake.answer(service, "ListFlows", {"flowSummaries": [{"id": "FLOW000001", "name": "intake"}]})
    loop = {
        "nodes": [_node("inner", "LambdaFunction", lambdaFunction={"lambdaArn": function("inner")})],
        "connections": [],
    }
    nodes = [
        _node("call", "LambdaFunction", lambdaFunction={"lambdaArn": function("lookup")}),
        _node("ask", "Agent", agent={"agentAliasArn": f"{ALIAS}/AGENT00001/ALIAS00001"}),
        _node(
            "find", "KnowledgeBase", knowledgeBase={"knowledgeBaseId": "BASE000001", "modelId": "amazon.nova-pro-v1:0"}
        ),
        _node("keep", "Storage", storage={"serviceConfiguration": {"s3": {"bucketName": "results"}}}),
        _node(
            "say", "Prompt", prompt={"sourceConfiguration": {"resource": {"promptArn": f"{BEDROCK}:prompt/PROMPT0001"}}}
        ),
        _node("again", "Loop", loop={"definition": loop}),
    ]
    fake.answer(
        service, "GetFlow", {"executionRoleArn": role("flow"), "status": "Prepared", "definition": {"nodes": nodes}}
    )
    alias = {"name": "live", "routingConfiguration": [{"flowVersion": "1"}]}
    fake.answer(service, "ListFlowAliases", {"flowAliasSummaries": [alias]})
    fake.answer(service, "GetFlowVersion", {"executionRoleArn": role("flow-1"), "definition": {"nodes": nodes[:1]}})


def _node(name: str, kind: str, **configuration: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "configuration": configuration}


def add_runtime(fake: FakeAws) -> None:
    """A runtime whose DEFAULT endpoint runs version 3 and whose live endpoint goes from 1 to 2."""
    summary = {"agentRuntimeId": "support-abcdefghij", "agentRuntimeArn": RUNTIME, "agentRuntimeName": "support"}
    inner = {"agentRuntimeId": "inner-abcdefghij", "agentRuntimeArn": f"{CORE}:runtime/inner-abcdefghij"}
    fake.answer(CONTROL, "ListAgentRuntimes", {"agentRuntimes": [summary, inner]})
    fake.answer(CONTROL, "GetAgentRuntime", _runtime)
    endpoints = [
        {"name": "DEFAULT", "liveVersion": "3"},
        {"name": "live", "liveVersion": "1", "targetVersion": "2"},
        {"name": "blue", "liveVersion": "1"},
    ]
    fake.answer(
        CONTROL,
        "ListAgentRuntimeEndpoints",
        lambda params: {"runtimeEndpoints": endpoints if params["agentRuntimeId"].startswith("support") else []},
    )


def _runtime(params: dict[str, Any]) -> dict[str, Any]:
    if params["agentRuntimeId"].startswith("inner"):
        return {"agentRuntimeVersion": "1", "roleArn": role("harness")}
    version = params.get("agentRuntimeVersion", "3")
    return {
        "agentRuntimeVersion": version,
        "agentRuntimeName": "support",
        "roleArn": role(f"runtime-{version}"),
        "status": "READY",
        "environmentVariables": {"TOKEN": SECRET},
    }


def add_harness(fake: FakeAws) -> None:
    """A harness with a tool of each form, a memory and a hook."""
    summary = {"harnessId": "triage-abcdefghij", "harnessName": "triage", "arn": HARNESS}
    fake.answer(CONTROL, "ListHarnesses", {"harnesses": [summary]})
    tools = [
        {
            "type": "remote_mcp",
            "name": "web",
            "config": {"remoteMcp": {"url": f"https://user:{SECRET}@mcp.example/x?k={SECRET}"}},
        },
        {"type": "agentcore_gateway", "name": "gate", "config": {"agentCoreGateway": {"gatewayArn": GATEWAY}}},
        {"type": "agentcore_browser", "name": "browse"},
        {
            "type": "inline_function",
            "name": "confirm",
            "config": {"inlineFunction": {"description": "d", "inputSchema": {}}},
        },
    ]
    hook = {"beforeToolCall": {"name": "check", "target": {"lambda": {"arn": function("check")}}}}
    harness = {
        "harnessName": "triage",
        "harnessVersion": "1",
        "executionRoleArn": role("harness"),
        "model": {"bedrockModelConfig": {"modelId": "amazon.nova-pro-v1:0"}},
        "memory": {"agentCoreMemoryConfiguration": {"arn": f"{CORE}:memory/notes-abcdefghij"}},
        "environment": {"agentCoreRuntimeEnvironment": {"agentRuntimeArn": f"{CORE}:runtime/inner-abcdefghij"}},
        "environmentVariables": {"TOKEN": SECRET},
        "tools": tools,
        "hooks": [hook],
    }
    fake.answer(CONTROL, "GetHarness", {"harness": harness})
    fake.answer(CONTROL, "ListHarnessEndpoints", {"endpoints": [{"endpointName": "DEFAULT", "liveVersion": "1"}]})


def add_gateway(fake: FakeAws) -> None:
    """A gateway with targets of several forms, and an interceptor."""
    names = ["function", "api", "server", "rest", "runtime"]
    fake.answer(CONTROL, "ListGateways", {"items": [{"gatewayId": "tools-abcdefghij", "name": "tools"}]})
    hook = {"interceptor": {"lambda": {"arn": function("intercept")}}, "interceptionPoints": ["REQUEST"]}
    fake.answer(
        CONTROL, "GetGateway", {"name": "tools", "roleArn": role("gateway"), "interceptorConfigurations": [hook]}
    )
    fake.answer(CONTROL, "ListGatewayTargets", {"items": [{"targetId": f"T-{name}", "name": name} for name in names]})
    fake.answer(CONTROL, "GetGatewayTarget", _gateway_target)


def _gateway_target(params: dict[str, Any]) -> dict[str, Any]:
    tool = {"name": "track", "description": "d", "inputSchema": {"type": "object"}}
    configurations: dict[str, dict[str, Any]] = {
        "function": {"mcp": {"lambda": {"lambdaArn": function("track"), "toolSchema": {"inlinePayload": [tool]}}}},
        "api": {
            "mcp": {"openApiSchema": {"inlinePayload": "openapi: 3.0.0\npaths:\n  /a: {post: {operationId: add}}\n"}}
        },
        "server": {"mcp": {"mcpServer": {"endpoint": f"https://mcp.example/?token={SECRET}"}}},
        "rest": {
            "mcp": {
                "apiGateway": {"restApiId": "abc", "stage": "prod", "apiGatewayToolConfiguration": {"toolFilters": []}}
            }
        },
        "runtime": {"http": {"agentcoreRuntime": {"arn": RUNTIME}}},
    }
    return {"targetConfiguration": configurations[params["targetId"].removeprefix("T-")]}


_OTHERS = (
    ("Memories", "memories", "memory", "id", "arn"),
    ("Browsers", "browserSummaries", "browser-custom", "browserId", "browserArn"),
    (
        "CodeInterpreters",
        "codeInterpreterSummaries",
        "code-interpreter-custom",
        "codeInterpreterId",
        "codeInterpreterArn",
    ),
    (
        "OnlineEvaluationConfigs",
        "onlineEvaluationConfigs",
        "online-evaluation-config",
        "onlineEvaluationConfigId",
        "onlineEvaluationConfigArn",
    ),
    ("CapacityProviders", "capacityProviders", "capacity-provider", "capacityProviderId", "capacityProviderArn"),
    ("ConsentPortals", "consentPortals", "consent-portal", "consentPortalId", "consentPortalArn"),
    ("PaymentManagers", "paymentManagers", "payment-manager", "paymentManagerId", "paymentManagerArn"),
    ("ABTests", "abTests", "ab-test", "abTestId", "abTestArn"),
)


def add_others(fake: FakeAws) -> None:
    """One of every other kind that bears a role."""
    for plural, items, resource, id_name, arn_name in _OTHERS:
        summary = {id_name: "other-abcdefghij", arn_name: f"{CORE}:{resource}/other-abcdefghij"}
        fake.answer("bedrock-agentcore" if plural == "ABTests" else CONTROL, f"List{plural}", {items: [summary]})
    permissions = {"capacityProviderOperatorRoleArn": role("capacity")}
    fake.answer(CONTROL, "GetMemory", {"memory": {"name": "notes", "memoryExecutionRoleArn": role("memory")}})
    fake.answer(CONTROL, "GetBrowser", {"executionRoleArn": role("browser")})
    fake.answer(CONTROL, "GetCodeInterpreter", {"executionRoleArn": role("interpreter")})
    fake.answer(CONTROL, "GetOnlineEvaluationConfig", {"evaluationExecutionRoleArn": role("evaluation")})
    fake.answer(CONTROL, "GetCapacityProvider", {"permissionsConfiguration": permissions})
    fake.answer(CONTROL, "GetConsentPortal", {"executionRoleArn": role("portal")})
    fake.answer(CONTROL, "GetPaymentManager", {"roleArn": role("payment")})
    fake.answer("bedrock-agentcore", "GetABTest", {"roleArn": role("abtest")})
    fake.answer(CONTROL, "ListTagsForResource", {"tags": {"env": "prod"}})


def add_everything(fake: FakeAws) -> None:
    for add in (add_agent, add_knowledge_base, add_flow, add_runtime, add_harness, add_gateway, add_others):
        add(fake)
