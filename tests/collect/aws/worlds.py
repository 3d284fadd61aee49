"""A small account of everything that bears a role, as answers for :class:`fake_aws.FakeAws`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from fake_aws import ACCOUNT, NOW, FakeAws

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
IDENTITY = f"{CORE}:workload-identity-directory/default/workload-identity"
VAULT = f"{CORE}:token-vault/default"
API_KEY = f"{VAULT}/apikeycredentialprovider/crm"
OAUTH = f"{VAULT}/oauth2credentialprovider/mail"
PAYMENT = f"{VAULT}/paymentcredentialprovider/wallet"
PINE = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:pine-AbCdEf"
CONTROL = "bedrock-agentcore-control"
SECRET = "hunter2-never-to-be-seen-in-any-document-of-ours"
ORGANIZATION = "o-exampleorg"
MEMBER = "222222222222"
ROOT, UNIT = "r-root", "ou-root-team"
MORE = f"arn:aws:iam::{ACCOUNT}:policy/more"
EDGE = f"arn:aws:iam::{ACCOUNT}:policy/edge"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def function(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


def secret(name: str) -> str:
    return f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:{name}-AbCdEf"


def policy(action: str, effect: str = "Allow", **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": f"arn:aws:s3:::{action.rpartition(':')[2].lower()}/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | more]})


def grant(principal: str, action: str, **more: Any) -> str:
    statement = {"Sid": "who", "Effect": "Allow", "Principal": {"Service": principal}, "Action": action}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | more]})


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
    prompts = [
        {"promptType": "PRE_PROCESSING", "foundationModel": "amazon.nova-micro-v1:0", "basePromptTemplate": SECRET}
    ]
    return {
        "agent": {
            "agentName": "orders",
            "agentStatus": "PREPARED",
            "agentResourceRoleArn": role("draft"),
            "foundationModel": "amazon.nova-lite-v1:0",
            "idleSessionTTLInSeconds": 600,
            "createdAt": NOW,
            "instruction": SECRET,
            "guardrailConfiguration": {"guardrailIdentifier": "guardrail1", "guardrailVersion": "1"},
            "agentCollaboration": "SUPERVISOR",
            "customOrchestration": {"executor": {"lambda": function("orchestrate")}},
            "promptOverrideConfiguration": {"overrideLambda": function("parse"), "promptConfigurations": prompts},
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
    idle = {"1": 3600, "2": 600}[params["agentVersion"]]
    return {
        "agentVersion": {"agentResourceRoleArn": role(names[params["agentVersion"]]), "idleSessionTTLInSeconds": idle}
    }


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
            "/orders": {"get": {"operationId": "listOrders", "description": SECRET}},
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
    """A knowledge base over a bucket, with a function and a model in its ingestion."""
    service = "bedrock-agent"
    bases = [{"knowledgeBaseId": "BASE000001", "name": "handbook"}]
    fake.answer(service, "ListKnowledgeBases", {"knowledgeBaseSummaries": bases})
    storage = {"credentialsSecretArn": PINE, "connectionString": f"https://x.io/?key={SECRET}"}
    model = "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"
    extra = {"storageLocations": [{"type": "S3", "s3Location": {"uri": "s3://images/of/pages"}}]}
    vector = {"embeddingModelArn": model, "supplementalDataStorageConfiguration": extra}
    base = {
        "roleArn": role("base"),
        "status": "ACTIVE",
        "createdAt": NOW,
        "knowledgeBaseConfiguration": {"type": "VECTOR", "vectorKnowledgeBaseConfiguration": vector},
        "storageConfiguration": {"type": "PINECONE", "pineconeConfiguration": storage},
    }
    fake.answer(service, "GetKnowledgeBase", {"knowledgeBase": base})
    document = grant("bedrock.amazonaws.com", "bedrock:Retrieve", Resource=BASE)
    fake.answer(service, "GetResourcePolicy", {"policy": document})
    fake.answer(service, "ListDataSources", {"dataSourceSummaries": [{"dataSourceId": "DATA000001"}]})
    step = {"transformationFunction": {"transformationLambdaConfiguration": {"lambdaArn": function("chunk")}}}
    parsing = {
        "parsingStrategy": "BEDROCK_FOUNDATION_MODEL",
        "bedrockFoundationModelConfiguration": {
            "modelArn": f"{BEDROCK}:inference-profile/parser",
            "parsingPrompt": {"parsingPromptText": SECRET},
        },
    }
    source = {
        "dataSourceConfiguration": {"type": "S3", "s3Configuration": {"bucketArn": "arn:aws:s3:::handbook"}},
        "vectorIngestionConfiguration": {
            "parsingConfiguration": parsing,
            "customTransformationConfiguration": {
                "intermediateStorage": {"s3Location": {"uri": "s3://scratch/tmp"}},
                "transformations": [step],
            },
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
    prompt = {"sourceConfiguration": {"resource": {"promptArn": f"{BEDROCK}:prompt/PROMPT0001:3"}}}
    nodes = [
        _node("call", "LambdaFunction", lambdaFunction={"lambdaArn": function("lookup")}),
        _node("ask", "Agent", agent={"agentAliasArn": f"{ALIAS}/AGENT00001/ALIAS00001"}),
        _node(
            "find", "KnowledgeBase", knowledgeBase={"knowledgeBaseId": "BASE000001", "modelId": "amazon.nova-pro-v1:0"}
        ),
        _node("keep", "Storage", storage={"serviceConfiguration": {"s3": {"bucketName": "results"}}}),
        _node("say", "Prompt", prompt=prompt | {"guardrailConfiguration": {"guardrailIdentifier": "guardrail2"}}),
        _node("again", "Loop", loop={"definition": loop}),
        _node(
            "talk", "Lex", lex={"botAliasArn": f"arn:aws:lex:us-east-1:{ACCOUNT}:bot-alias/B/A", "localeId": "en_US"}
        ),
        _node("compute", "InlineCode", inlineCode={"code": f"key = '{SECRET}'", "language": "Python_3"}),
    ]
    fake.answer(
        service, "GetFlow", {"executionRoleArn": role("flow"), "status": "Prepared", "definition": {"nodes": nodes}}
    )
    alias = {"name": "live", "routingConfiguration": [{"flowVersion": "1"}]}
    fake.answer(service, "ListFlowAliases", {"flowAliasSummaries": [alias]})
    fake.answer(service, "GetFlowVersion", {"executionRoleArn": role("flow-1"), "definition": {"nodes": nodes[:1]}})
    text = {"text": {"text": SECRET}}
    variants = [
        {"name": "a", "templateType": "TEXT", "templateConfiguration": text, "modelId": "amazon.nova-premier-v1:0"},
        {
            "name": "b",
            "templateType": "TEXT",
            "templateConfiguration": text,
            "genAiResource": {"agent": {"agentIdentifier": f"{ALIAS}/AGENT00002/ALIAS00001"}},
        },
    ]
    fake.answer(service, "GetPrompt", {"variants": variants})


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
    for endpoint in endpoints:
        endpoint["agentRuntimeEndpointArn"] = f"{RUNTIME}/runtime-endpoint/{endpoint['name']}"
    fake.answer(
        CONTROL,
        "ListAgentRuntimeEndpoints",
        lambda params: {"runtimeEndpoints": endpoints if params["agentRuntimeId"].startswith("support") else []},
    )
    fake.answer(CONTROL, "GetResourcePolicy", _resource_policy)


def _resource_policy(params: dict[str, Any]) -> dict[str, Any]:
    arn = params["resourceArn"]
    if arn in (RUNTIME, f"{RUNTIME}/runtime-endpoint/live"):
        return {"policy": grant("events.amazonaws.com", "bedrock-agentcore:InvokeAgentRuntime", Resource=arn)}
    return {}


def _runtime(params: dict[str, Any]) -> dict[str, Any]:
    if params["agentRuntimeId"].startswith("inner"):
        return {"agentRuntimeVersion": "1", "roleArn": role("harness")}
    version = params.get("agentRuntimeVersion", "3")
    image = {"containerConfiguration": {"containerUri": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/team/support:7"}}
    package = {"bucket": "releases", "prefix": "support.zip"}
    code = {"codeConfiguration": {"code": {"s3": package}, "runtime": "PYTHON_3_13", "entryPoint": ["main.py"]}}
    return {
        "agentRuntimeVersion": version,
        "agentRuntimeName": "support",
        "roleArn": role(f"runtime-{version}"),
        "status": "READY",
        "createdAt": NOW,
        "environmentVariables": {"TOKEN": SECRET, f"MODEL_{version}": "x"},
        "lifecycleConfiguration": {"idleRuntimeSessionTimeout": 300 * int(version), "maxLifetime": 3600},
        "agentRuntimeArtifact": code if version == "1" else image,
        "workloadIdentityDetails": {"workloadIdentityArn": f"{IDENTITY}/support"},
        **({"authorizerConfiguration": JWT} if version == "2" else {}),
    }


JWT = {"customJWTAuthorizer": {"discoveryUrl": f"https://idp.example/.well-known/openid-configuration?{SECRET}"}}


def add_harness(fake: FakeAws) -> None:
    """A harness with a tool of each form, a memory, a hook, a skill and a model of another provider."""
    summary = {"harnessId": "triage-abcdefghij", "harnessName": "triage", "arn": HARNESS}
    fake.answer(CONTROL, "ListHarnesses", {"harnesses": [summary]})
    gateway = {"gatewayArn": GATEWAY, "outboundAuth": {"oauth": {"providerArn": OAUTH, "scopes": []}}}
    inline = {"description": SECRET, "inputSchema": {"const": SECRET}}
    tools = [
        {
            "type": "remote_mcp",
            "name": "web",
            "config": {
                "remoteMcp": {"url": f"https://user:{SECRET}@mcp.example/x?k={SECRET}", "headers": {"x-key": SECRET}}
            },
        },
        {"type": "agentcore_gateway", "name": "gate", "config": {"agentCoreGateway": gateway}},
        {"type": "agentcore_browser", "name": "browse"},
        {"type": "inline_function", "name": "confirm", "config": {"inlineFunction": inline}},
    ]
    hook = {"beforeToolCall": {"name": "check", "target": {"lambda": {"arn": function("check")}}}}
    environment = {
        "agentRuntimeArn": f"{CORE}:runtime/inner-abcdefghij",
        "lifecycleConfiguration": {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28800},
    }
    harness = {
        "harnessName": "triage",
        "harnessVersion": "1",
        "executionRoleArn": role("harness"),
        "model": {"openAiModelConfig": {"modelId": "gpt-x", "apiKeyArn": API_KEY}},
        "memory": {"agentCoreMemoryConfiguration": {"arn": f"{CORE}:memory/notes-abcdefghij"}},
        "environment": {"agentCoreRuntimeEnvironment": environment},
        "environmentVariables": {"TOKEN": SECRET},
        "systemPrompt": [{"text": SECRET}],
        "tools": tools,
        "hooks": [hook],
        "skills": [{"s3": {"uri": "s3://skills/pdf"}}],
    }
    fake.answer(CONTROL, "GetHarness", {"harness": harness})
    fake.answer(CONTROL, "ListHarnessEndpoints", {"endpoints": [{"endpointName": "DEFAULT", "liveVersion": "1"}]})


def add_gateway(fake: FakeAws) -> None:
    """A gateway with targets of several forms, an interceptor and a policy engine."""
    names = ["function", "api", "server", "rest", "wild", "runtime", "web", "connector"]
    fake.answer(CONTROL, "ListGateways", {"items": [{"gatewayId": "tools-abcdefghij", "name": "tools"}]})
    hook = {"interceptor": {"lambda": {"arn": function("intercept")}}, "interceptionPoints": ["REQUEST"]}
    gateway = {
        "name": "tools",
        "roleArn": role("gateway"),
        "authorizerType": "CUSTOM_JWT",
        "authorizerConfiguration": JWT,
        "interceptorConfigurations": [hook],
        "policyEngineConfiguration": {"arn": f"{CORE}:policy-engine/rules-abcdefghij", "mode": "LOG_ONLY"},
        "workloadIdentityDetails": {"workloadIdentityArn": f"{IDENTITY}/tools"},
    }
    fake.answer(CONTROL, "GetGateway", gateway)
    fake.answer(CONTROL, "ListGatewayTargets", {"items": [{"targetId": f"T-{name}", "name": name} for name in names]})
    fake.answer(CONTROL, "GetGatewayTarget", _gateway_target)


def _gateway_target(params: dict[str, Any]) -> dict[str, Any]:
    name = params["targetId"].removeprefix("T-")
    tool = {"name": "track", "description": SECRET, "inputSchema": {"type": "object"}}
    schema = "openapi: 3.0.0\npaths:\n  /a: {post: {operationId: add}}\n"
    override = {"name": "put_order", "path": "/orders", "method": "PUT"}
    opened = {
        "toolOverrides": [override],
        "toolFilters": [{"filterPath": "/orders", "methods": ["GET", "PUT"]}],
    }
    wild = {"toolFilters": [{"filterPath": "/*", "methods": ["GET"]}]}
    configurations: dict[str, dict[str, Any]] = {
        "function": {"mcp": {"lambda": {"lambdaArn": function("track"), "toolSchema": {"inlinePayload": [tool]}}}},
        "api": {"mcp": {"openApiSchema": {"inlinePayload": schema}}},
        "server": {"mcp": {"mcpServer": {"endpoint": f"https://mcp.example/?token={SECRET}"}}},
        "rest": {"mcp": {"apiGateway": {"restApiId": "abc", "stage": "prod", "apiGatewayToolConfiguration": opened}}},
        "wild": {"mcp": {"apiGateway": {"restApiId": "abc", "stage": "prod", "apiGatewayToolConfiguration": wild}}},
        "runtime": {"http": {"agentcoreRuntime": {"arn": RUNTIME}}},
        "web": {"http": {"passthrough": {"endpoint": f"https://a.example/v1?k={SECRET}", "protocolType": "CUSTOM"}}},
        "connector": {"mcp": {"connector": {"source": {"connectorId": "salesforce"}}}},
    }
    keys: dict[str, list[dict[str, Any]]] = {
        "api": [_provider("API_KEY", "apiKeyCredentialProvider", API_KEY, credentialPrefix=SECRET)],
        "server": [_provider("OAUTH", "oauthCredentialProvider", OAUTH, scopes=["mail"])],
        "function": [{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
    }
    return {
        "targetConfiguration": configurations[name],
        "credentialProviderConfigurations": keys.get(name, [{"credentialProviderType": "GATEWAY_IAM_ROLE"}]),
    }


def _provider(kind: str, member: str, arn: str, **more: Any) -> dict[str, Any]:
    return {"credentialProviderType": kind, "credentialProvider": {member: {"providerArn": arn, **more}}}


def add_credentials(fake: FakeAws) -> None:
    """A credential provider of each kind, and the secrets behind them."""
    kinds = (("ApiKey", API_KEY, "crm"), ("Oauth2", OAUTH, "mail"), ("Payment", PAYMENT, "wallet"))
    for kind, arn, name in kinds:
        item = {"name": name, "credentialProviderArn": arn, "createdTime": NOW}
        fake.answer(CONTROL, f"List{kind}CredentialProviders", {"credentialProviders": [item]})
    fake.answer(CONTROL, "GetApiKeyCredentialProvider", {"apiKeySecretArn": {"secretArn": secret("crm")}})
    fake.answer(CONTROL, "GetOauth2CredentialProvider", {"clientSecretArn": {"secretArn": secret("mail")}})
    coinbase = {
        "apiKeyId": SECRET,
        "apiKeySecretArn": {"secretArn": secret("wallet-key")},
        "walletSecretArn": {"secretArn": secret("wallet")},
    }
    fake.answer(
        CONTROL,
        "GetPaymentCredentialProvider",
        {"providerConfigurationOutput": {"coinbaseCdpConfiguration": coinbase}},
    )
    fake.answer("secretsmanager", "DescribeSecret", _secret)
    identities = [{"name": name, "workloadIdentityArn": f"{IDENTITY}/{name}"} for name in ("support", "tools", "own")]
    fake.answer(CONTROL, "ListWorkloadIdentities", {"workloadIdentities": identities})


def _secret(params: dict[str, Any]) -> dict[str, Any]:
    name = params["SecretId"].rpartition(":")[2].removesuffix("-AbCdEf")
    rules: dict[str, dict[str, Any]] = {
        "crm": {"AutomaticallyAfterDays": 30},
        "mail": {"ScheduleExpression": "rate(36 hours)"},
        "pine": {"ScheduleExpression": "cron(0 16 1 * ? *)"},
        "wallet": {"AutomaticallyAfterDays": 7},
    }
    found = {"ARN": params["SecretId"], "Name": name, "CreatedDate": NOW, "LastChangedDate": NOW, "Description": SECRET}
    if name == "wallet":
        found["LastChangedDate"] = NOW - timedelta(days=100)
    return found | ({"RotationEnabled": True, "RotationRules": rules[name]} if name in rules else {})


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
    """One of every other kind of AgentCore that bears a role."""
    for plural, items, resource, id_name, arn_name in _OTHERS:
        summary = {id_name: "other-abcdefghij", arn_name: f"{CORE}:{resource}/other-abcdefghij"}
        fake.answer("bedrock-agentcore" if plural == "ABTests" else CONTROL, f"List{plural}", {items: [summary]})
    permissions = {"capacityProviderOperatorRoleArn": role("capacity")}
    stream = {
        "resources": [
            {
                "kinesis": {
                    "dataStreamArn": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/notes",
                    "contentConfigurations": [{}],
                }
            }
        ]
    }
    memory = {"name": "notes", "memoryExecutionRoleArn": role("memory"), "streamDeliveryResources": stream}
    fake.answer(CONTROL, "GetMemory", {"memory": memory})
    recording = {"enabled": True, "s3Location": {"bucket": "recordings", "prefix": "x"}}
    fake.answer(CONTROL, "GetBrowser", {"executionRoleArn": role("browser"), "recording": recording})
    fake.answer(CONTROL, "GetCodeInterpreter", {"executionRoleArn": role("interpreter")})
    evaluators = [{"evaluatorId": "Builtin.Helpfulness"}, {"evaluatorId": "own-abcdefghij"}]
    evaluation = {"evaluationExecutionRoleArn": role("evaluation"), "evaluators": evaluators}
    fake.answer(CONTROL, "GetOnlineEvaluationConfig", evaluation)
    coded = {"codeBased": {"lambdaConfig": {"lambdaArn": function("grade")}}}
    fake.answer(CONTROL, "GetEvaluator", {"evaluatorConfig": coded})
    fake.answer(CONTROL, "GetCapacityProvider", {"permissionsConfiguration": permissions})
    sources = [{"identifier": "tools-abcdefghij", "type": "agentcore-gateway"}]
    fake.answer(CONTROL, "GetConsentPortal", {"executionRoleArn": role("portal"), "sources": sources})
    fake.answer(CONTROL, "GetPaymentManager", {"roleArn": role("payment")})
    fake.answer("bedrock-agentcore", "GetABTest", {"roleArn": role("abtest"), "gatewayArn": GATEWAY})
    fake.answer(CONTROL, "ListRegistries", {"registries": [{"registryId": "registry-abcdefghij", "name": "all"}]})
    records = [
        {"recordId": "rec-abcdefghij", "recordArn": f"{CORE}:registry/registry-abcdefghij/record/rec", "name": "mcp"}
    ]
    fake.answer(CONTROL, "ListRegistryRecords", {"registryRecords": records})
    iam = {"credentialProviderType": "IAM", "credentialProvider": {"iamCredentialProvider": {"roleArn": role("sync")}}}
    source = {"url": f"https://mcp.example/?{SECRET}", "credentialProviderConfigurations": [iam]}
    fake.answer(CONTROL, "GetRegistryRecord", {"synchronizationConfiguration": {"fromUrl": source}})
    fake.answer(CONTROL, "ListTagsForResource", {"tags": {"env": "prod"}})


def add_bedrock(fake: FakeAws) -> None:
    """What of Bedrock itself bears a role: a model endpoint, jobs under way, and the log of invocations."""
    endpoint = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/model"
    fake.answer("bedrock", "ListMarketplaceModelEndpoints", {"marketplaceModelEndpoints": [{"endpointArn": endpoint}]})
    sage_maker = {"executionRole": role("endpoint")}
    detail = {"endpointArn": endpoint, "endpointConfig": {"sageMaker": sage_maker}}
    fake.answer("bedrock", "GetMarketplaceModelEndpoint", {"marketplaceModelEndpoint": detail})
    for name, items in (
        ("Evaluation", "job"),
        ("ModelCustomization", "modelCustomizationJob"),
        ("ModelImport", "modelImportJob"),
    ):
        arn = f"{BEDROCK}:{name.lower()}-job/abcdefghij12"
        fake.answer("bedrock", f"List{name}Jobs", {f"{items}Summaries": [{"jobArn": arn, "jobName": name}]})
        fake.answer("bedrock", f"Get{name}Job", {"jobArn": arn, "roleArn": role(f"job-{name.lower()}")})

    def invocations(params: dict[str, Any]) -> dict[str, Any]:
        job = {
            "jobArn": f"{BEDROCK}:model-invocation-job/abcdefghij12",
            "jobName": "batch",
            "roleArn": role("job-batch"),
        }
        return {"invocationJobSummaries": [job] if params["statusEquals"] == "InProgress" else []}

    fake.answer("bedrock", "ListModelInvocationJobs", invocations)
    logging = {
        "cloudWatchConfig": {"logGroupName": "models", "roleArn": role("logging")},
        "textDataDeliveryEnabled": True,
    }
    fake.answer("bedrock", "GetModelInvocationLoggingConfiguration", {"loggingConfig": logging})


def add_functions(fake: FakeAws) -> None:
    """The functions that everything calls: each with a role of its own, one as an image, one behind an alias."""
    names = ["orchestrate", "parse", "refund", "lookup", "chunk", "inner", "check", "track", "intercept", "grade"]
    fake.answer("lambda", "ListFunctions", {"Functions": [_function(name) for name in names if name != "refund"]})
    fake.answer("lambda", "GetFunctionConfiguration", _function_of)
    image = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/tools@sha256:00"
    fake.answer("lambda", "GetFunction", {"Code": {"ImageUri": image, "Location": f"https://s3/?{SECRET}"}})
    fake.answer("lambda", "ListTags", {"Tags": {"env": "prod"}})
    fake.answer("lambda", "GetPolicy", _function_policy)


def _function(name: str) -> dict[str, Any]:
    layers = [{"Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:common:4"}] if name == "lookup" else []
    return {
        "FunctionName": name,
        "FunctionArn": function(name),
        "Role": role(f"tool-{name}"),
        "State": "Active",
        "Version": "$LATEST",
        "PackageType": "Image" if name == "track" else "Zip",
        "Environment": {"Variables": {"API_KEY": SECRET, "STAGE": "prod"}},
        "Layers": layers,
    }


def _function_of(params: dict[str, Any]) -> dict[str, Any]:
    name = params["FunctionName"].rpartition(":")[2]
    if params.get("Qualifier"):
        return _function(name) | {"Version": "9", "Role": role("tool-refund-9")}
    return _function(name)


def _function_policy(params: dict[str, Any]) -> dict[str, Any]:
    document = grant("bedrock.amazonaws.com", "lambda:InvokeFunction", Resource=params["FunctionName"])
    return {"Policy": document}


def add_identity(fake: FakeAws) -> None:
    """IAM: every role that is asked for, with policies of each kind and a boundary."""
    fake.answer("iam", "GetRole", lambda params: {"Role": _role(params["RoleName"])})
    fake.answer("iam", "ListRolePolicies", {"PolicyNames": ["in"]})
    fake.answer("iam", "GetRolePolicy", _inline_policy)
    fake.answer("iam", "ListRoles", {"Roles": [_listed(name, trust) for name, trust in UNHELD.items()]})
    attached = [{"PolicyArn": arn, "PolicyName": arn.rpartition("/")[2]} for arn in (MORE, READ_ONLY)]
    fake.answer("iam", "ListAttachedRolePolicies", lambda params: {"AttachedPolicies": attached})
    fake.answer("iam", "GetPolicy", lambda params: {"Policy": {"Arn": params["PolicyArn"], "DefaultVersionId": "v2"}})
    fake.answer("iam", "GetPolicyVersion", {"PolicyVersion": {"Document": policy("s3:ListBucket"), "VersionId": "v2"}})
    fake.answer(
        "iam", "GenerateServiceLastAccessedDetails", lambda params: {"JobId": params["Arn"][-36:].rjust(36, "0")}
    )
    used = [
        {"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "LastAuthenticated": NOW},
        {"ServiceName": "Amazon Bedrock", "ServiceNamespace": "bedrock"},
    ]
    fake.answer("iam", "GetServiceLastAccessedDetails", {"JobStatus": "COMPLETED", "ServicesLastAccessed": used})


UNHELD: dict[str, dict[str, Any]] = {
    "orphan": {"Service": "bedrock.amazonaws.com"},
    "ledger": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "deep": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/ledger"},
    "beside": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "people": {"Federated": "arn:aws:iam::aws:saml-provider/x"},
    "machines": {"Service": "ec2.amazonaws.com"},
    "aws-service-role/bedrock-agentcore.amazonaws.com/linked": {"Service": "bedrock-agentcore.amazonaws.com"},
}
"""Roles that no workload holds, and whom they trust. The lookup function may assume the ledger, and the ledger the deep
one; the rest is nobody's."""


def _listed(name: str, trusted: dict[str, Any]) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return {"RoleName": name.rpartition("/")[2], "Arn": role(name), "AssumeRolePolicyDocument": document, "Path": "/"}


def _inline_policy(params: dict[str, Any]) -> dict[str, Any]:
    name = params["RoleName"]
    document = policy("s3:GetObject")
    if name == "tool-lookup":
        document = policy("sts:Assume*", Resource=role("led*"))
    return {"RoleName": name, "PolicyName": "in", "PolicyDocument": document}


def _role(name: str) -> dict[str, Any]:
    trusted = "bedrock-agentcore.amazonaws.com" if name.startswith("runtime") else "bedrock.amazonaws.com"
    if name.startswith("tool"):
        trusted = "lambda.amazonaws.com"
    source = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnEquals": {"aws:SourceArn": AGENT}}
    return {
        "RoleName": name,
        "Arn": role(name),
        "Path": "/",
        "CreateDate": NOW,
        "MaxSessionDuration": 3600,
        "Description": SECRET,
        "AssumeRolePolicyDocument": grant(trusted, "sts:AssumeRole", Condition=source),
        "PermissionsBoundary": {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": EDGE},
        "RoleLastUsed": {"LastUsedDate": NOW, "Region": "us-east-1"},
        "Tags": [{"Key": "owner", "Value": "sales"}],
    }


def add_trails(fake: FakeAws) -> None:
    """A trail that records agents, and an event data store that records the rest of them."""
    trail = {"Name": "all", "TrailARN": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/all", "HomeRegion": "us-east-1"}
    fake.answer("cloudtrail", "DescribeTrails", {"trailList": [trail]})
    fake.answer("cloudtrail", "GetTrailStatus", {"IsLogging": True})
    fake.answer("cloudtrail", "GetEventSelectors", {"AdvancedEventSelectors": [selector("AWS::Bedrock::AgentAlias")]})
    store = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:eventdatastore/one"
    fake.answer("cloudtrail", "ListEventDataStores", {"EventDataStores": [{"EventDataStoreArn": store}]})
    selectors = [selector("AWS::BedrockAgentCore::Runtime")]
    fake.answer("cloudtrail", "GetEventDataStore", {"Status": "ENABLED", "AdvancedEventSelectors": selectors})


def selector(kind: str, **more: list[str]) -> dict[str, Any]:
    """An advanced event selector of data events of a type, narrowed by further fields."""
    fields = [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": [kind]}]
    return {"FieldSelectors": fields + [{"Field": name, "Equals": values} for name, values in more.items()]}


def add_organization(fake: FakeAws) -> None:
    """An organization of two accounts, the second of them in a unit, with a policy at each level."""
    accounts = [{"Id": ACCOUNT, "Name": "main", "Status": "ACTIVE"}, {"Id": MEMBER, "Name": "team", "Status": "ACTIVE"}]
    closed = {"Id": "333333333333", "Name": "gone", "Status": "SUSPENDED"}
    fake.answer("organizations", "ListAccounts", {"Accounts": [*accounts, closed]})
    described = {"Id": ORGANIZATION, "MasterAccountId": ACCOUNT, "MasterAccountEmail": "a@example.com"}
    fake.answer("organizations", "DescribeOrganization", {"Organization": described})
    kinds = [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
    fake.answer("organizations", "ListRoots", {"Roots": [{"Id": ROOT, "PolicyTypes": kinds}]})
    parents = {ACCOUNT: (ROOT, "ROOT"), MEMBER: (UNIT, "ORGANIZATIONAL_UNIT"), UNIT: (ROOT, "ROOT")}

    def parent(params: dict[str, Any]) -> dict[str, Any]:
        name, kind = parents[params["ChildId"]]
        return {"Parents": [{"Id": name, "Type": kind}]}

    fake.answer("organizations", "ListParents", parent)
    policies = [{"Id": name, "Arn": control(name), "Name": name} for name in ("p-full", "p-team")]
    fake.answer("organizations", "ListPolicies", {"Policies": policies})
    targets = {"p-full": [ROOT, UNIT, ACCOUNT, MEMBER], "p-team": [UNIT]}
    fake.answer(
        "organizations",
        "ListTargetsForPolicy",
        lambda params: {"Targets": [{"TargetId": name} for name in targets[params["PolicyId"]]]},
    )
    documents = {"p-full": policy("s3:*", Resource="*"), "p-team": policy("iam:*", "Deny", Resource="*")}
    fake.answer(
        "organizations", "DescribePolicy", lambda params: {"Policy": {"Content": documents[params["PolicyId"]]}}
    )
    fake.answer("organizations", "ListTagsForResource", {"Tags": [{"Key": "environment", "Value": "production"}]})


def control(name: str) -> str:
    return f"arn:aws:organizations::{ACCOUNT}:policy/{ORGANIZATION}/service_control_policy/{name}"


def add_regions(fake: FakeAws) -> None:
    fake.answer("account", "ListRegions", {"Regions": [{"RegionName": "us-east-1"}]}, accounts=None)


def add_everything(fake: FakeAws) -> None:
    for add in (
        add_agent,
        add_knowledge_base,
        add_flow,
        add_runtime,
        add_harness,
        add_gateway,
        add_credentials,
        add_others,
        add_bedrock,
        add_functions,
        add_identity,
        add_trails,
        add_organization,
        add_regions,
    ):
        add(fake)


EVERYTHING: dict[str, Any] = {
    "organization": True,
    "role_name": "segrego",
    "all_regions": True,
    "last_accessed": True,
}
"""The options with which every call is made."""
