# ruff: noqa: E501 - templates stand as people write them
"""What templates say beside roles: sessions, callers, code, credentials, resource policies, telemetry."""

from __future__ import annotations

import json

import pytest
from cfn_scan import agent, gaps, read, role, template, tool, workload

from segrego.inventory import Condition, Inventory, PolicyEngine, Use

HEAD = "Parameters: {Open: {Type: String}, Key: {Type: String, NoEcho: true}, Plain: {Type: String, Default: abc123}, Seconds: {Type: Number, Default: 600}}"


def scanned(text: str, **more: str) -> Inventory:
    return read({"t.yaml": template(role("Own") + text, HEAD), **more})


def agentcore(kind: str, **properties: object) -> str:
    role_name = {"Runtime": "RoleArn", "Gateway": "RoleArn", "Harness": "ExecutionRoleArn"}[kind]
    given = {role_name: {"Fn::GetAtt": ["Own", "Arn"]}, **properties}
    return f"X: {json.dumps({'Type': f'AWS::BedrockAgentCore::{kind}', 'Properties': given})}\n"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("900", 900), ("'900'", 900), ("!Ref Seconds", 600), ("!Ref Open", None), ("!If [No, 1, 2]", None)],
)
def test_idle_time_of_a_classic_agent(value: str, expected: int | None) -> None:
    inventory = scanned(agent("A", "!GetAtt Own.Arn") + f"    IdleSessionTTLInSeconds: {value}\n")
    assert workload(inventory, "A").idle_timeout_seconds == expected
    hidden = {fact for gap in inventory.gaps for fact in gap.facts if gap.subject == "t.yaml#A"}
    assert hidden == (set() if expected else {"sessions"})


def test_sessions_of_runtimes_and_harnesses() -> None:
    lifecycle = {"IdleRuntimeSessionTimeout": 300, "MaxLifetime": 3600}
    runtime = workload(scanned(agentcore("Runtime", LifecycleConfiguration=lifecycle)), "X")
    harness = workload(
        scanned(
            agentcore("Harness", Environment={"AgentCoreRuntimeEnvironment": {"LifecycleConfiguration": lifecycle}})
        ),
        "X",
    )
    for found in (runtime, harness):
        assert (found.idle_timeout_seconds, found.max_lifetime_seconds) == (300, 3600)
    assert workload(scanned(agentcore("Runtime")), "X").max_lifetime_seconds is None


@pytest.mark.parametrize(
    ("kind", "properties", "expected"),
    [
        ("Runtime", {}, "iam"),
        ("Runtime", {"AuthorizerConfiguration": {"CustomJWTAuthorizer": {"DiscoveryUrl": "u"}}}, "jwt"),
        ("Harness", {"AuthorizerConfiguration": {"CustomJWTAuthorizer": {"DiscoveryUrl": "u"}}}, "jwt"),
        ("Gateway", {"AuthorizerType": "NONE"}, "none"),
        ("Gateway", {"AuthorizerType": "AWS_IAM"}, "iam"),
        ("Gateway", {"AuthorizerType": "CUSTOM_JWT"}, "jwt"),
        ("Gateway", {"AuthorizerType": "AUTHENTICATE_ONLY"}, None),
        ("Gateway", {"AuthorizerType": {"Ref": "Open"}}, None),
    ],
)
def test_who_may_call(kind: str, properties: dict[str, object], expected: str | None) -> None:
    assert workload(scanned(agentcore(kind, **properties)), "X").inbound == expected


def test_the_policy_engine_of_a_gateway() -> None:
    text = agentcore(
        "Gateway", PolicyEngineConfiguration={"Arn": {"Fn::GetAtt": ["E", "PolicyEngineArn"]}, "Mode": "ENFORCE"}
    )
    engine = "arn:aws:bedrock-agentcore:${AWS::Region}:${AWS::AccountId}:policy-engine/${E}"
    found = workload(
        scanned(text + "E: {Type: AWS::BedrockAgentCore::PolicyEngine, Properties: {Name: e}}"), "X"
    ).policy_engine
    assert found == PolicyEngine(target=engine, mode="ENFORCE")
    assert workload(
        scanned(agentcore("Gateway", PolicyEngineConfiguration={"Arn": "arn:x", "Mode": {"Ref": "Open"}})), "X"
    ).policy_engine == PolicyEngine(target="arn:x", mode="LOG_ONLY")
    assert workload(scanned(agentcore("Gateway")), "X").policy_engine is None


VARIABLES = {
    "AWS_SECRET_ACCESS_KEY": "hunter2",
    "OPENAI_API_KEY": {"Ref": "Plain"},
    "BY_PARAMETER_API_KEY": {"Ref": "Key"},
    "JOINED_API_KEY": {"Fn::Sub": "Bearer ${Key}"},
    "STORED_API_KEY": "{{resolve:secretsmanager:keys:SecretString:k}}",
    "GIVEN_API_KEY": {"Ref": "Open"},
    "MADE_API_KEY": {"Ref": "Api"},
    "NAMED_API_KEY": "arn:aws:secretsmanager:eu-west-1:1:secret:k",
    "NO_API_KEY": "",
    "API_KEY_SECRET_NAME": "hunter2",
    "TABLE": "hunter2",
}


@pytest.mark.parametrize("kind", ["Lambda", "Runtime", "Harness"])
def test_variables_by_name_and_the_keys_that_stand_in_them(kind: str) -> None:
    if kind == "Lambda":
        properties = {"Role": {"Fn::GetAtt": ["Own", "Arn"]}, "Environment": {"Variables": VARIABLES}}
        text = f"X: {json.dumps({'Type': 'AWS::Lambda::Function', 'Properties': properties})}\n"
    else:
        text = agentcore(kind, EnvironmentVariables=VARIABLES)
    inventory = scanned(text + "Api: {Type: AWS::ApiGateway::ApiKey}")
    assert workload(inventory, "X").variables == tuple(sorted(VARIABLES))
    found = {c.name: (c.kind, c.holder, c.rotation) for c in inventory.credentials}
    expected = ("AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "BY_PARAMETER_API_KEY", "JOINED_API_KEY")
    assert found == dict.fromkeys(expected, ("static_key", "t.yaml#X", "disabled"))
    assert "hunter2" not in repr(inventory)
    assert "abc123" not in repr(inventory)


def test_secrets_and_their_rotation() -> None:
    text = """
Still: {Type: AWS::SecretsManager::Secret, Properties: {Name: still, SecretString: hunter2}}
Monthly: {Type: AWS::SecretsManager::Secret}
Daily: {Type: AWS::SecretsManager::Secret}
Cron: {Type: AWS::SecretsManager::Secret}
RM: {Type: AWS::SecretsManager::RotationSchedule, Properties: {SecretId: !Ref Monthly, RotationRules: {AutomaticallyAfterDays: 30}}}
RD: {Type: AWS::SecretsManager::RotationSchedule, Properties: {SecretId: !Ref Daily, RotationRules: {ScheduleExpression: rate(48 hours)}}}
RC: {Type: AWS::SecretsManager::RotationSchedule, Properties: {SecretId: !Ref Cron, RotationRules: {ScheduleExpression: "cron(0 8 1 * ? *)"}}}
RX: {Type: AWS::SecretsManager::RotationSchedule, Properties: {SecretId: !Ref Open, RotationRules: {AutomaticallyAfterDays: 1}}}
"""
    inventory = scanned(text)
    found = {c.id.rpartition("#")[2]: (c.kind, c.name, c.rotation, c.rotation_days) for c in inventory.credentials}
    assert found == {
        "Still": ("secret", "still", "disabled", None),
        "Monthly": ("secret", "Monthly", "enabled", 30),
        "Daily": ("secret", "Daily", "enabled", 2),
        "Cron": ("secret", "Cron", "enabled", None),
    }
    assert gaps(inventory, "unresolved_reference") == ["t.yaml"]
    assert "hunter2" not in repr(inventory)


def test_credential_providers_of_targets() -> None:
    target = """
%s:
  Type: AWS::BedrockAgentCore::GatewayTarget
  Properties:
    GatewayIdentifier: !Ref X
    Name: %s
    TargetConfiguration: {Mcp: {OpenApiSchema: {InlinePayload: '{"paths": {}}'}}}
    CredentialProviderConfigurations:
      - {CredentialProviderType: %s, CredentialProvider: {%sCredentialProvider: {ProviderArn: %s}}}
"""
    literal = "arn:aws:bedrock-agentcore:eu-west-1:111111111111:token-vault/default/oauth2credentialprovider/partner"
    text = (
        agentcore("Gateway")
        + "Keys: {Type: AWS::BedrockAgentCore::ApiKeyCredentialProvider, Properties: {Name: keys, ApiKey: hunter2}}\n"
        + "Login: {Type: AWS::BedrockAgentCore::OAuth2CredentialProvider, Properties: {Name: login, CredentialProviderVendor: GithubOauth2, Oauth2ProviderConfigInput: {GithubOauth2ProviderConfig: {ClientId: c, ClientSecret: hunter2}}}}\n"
        + target % ("One", "one", "API_KEY", "ApiKey", "!GetAtt Keys.CredentialProviderArn")
        + target % ("Two", "two", "OAUTH", "Oauth", "!Ref Login")
        + target % ("Three", "three", "OAUTH", "Oauth", literal)
        + target % ("Four", "four", "API_KEY", "ApiKey", "!Ref Open")
    )
    inventory = scanned(text)
    assert {t.name: t.credentials for t in inventory.tools} == {
        "one": ("t.yaml#Keys",),
        "two": ("t.yaml#Login",),
        "three": (literal,),
        "four": ("t.yaml#${Open}",),
    }
    found = {c.id: (c.kind, c.name) for c in inventory.credentials}
    assert found == {
        "t.yaml#Keys": ("api_key", "keys"),
        "t.yaml#Login": ("oauth2", "login"),
        literal: ("oauth2", "partner"),
        "t.yaml#${Open}": ("api_key", "${Open}"),
    }
    assert "hunter2" not in repr(inventory)


CODE = [
    ("AWS::Lambda::Function", {"Code": {"S3Bucket": "b", "S3Key": "k/f.zip"}}, "arn:aws:s3:::b/k/f.zip"),
    ("AWS::Lambda::Function", {"Code": {"S3Bucket": {"Ref": "Bucket"}, "S3Key": "f.zip"}}, "arn:aws:s3:::${Bucket}/f.zip"),
    ("AWS::Lambda::Function", {"Code": {"ImageUri": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/team/tool:v1"}}, "arn:aws:ecr:eu-west-1:111111111111:repository/team/tool"),
    ("AWS::Lambda::Function", {"Code": {"ImageUri": {"Fn::Sub": "${Repo.RepositoryUri}@sha256:abc"}}}, "arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/${Repo}"),
    ("AWS::Lambda::Function", {"Code": {"ImageUri": {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/tool"}}}, "arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/tool"),
    ("AWS::Lambda::Function", {"Code": {"ZipFile": "pass"}}, None),
    ("AWS::BedrockAgentCore::Runtime", {"AgentRuntimeArtifact": {"ContainerConfiguration": {"ContainerUri": "public.ecr.aws/x/y:1"}}}, "public.ecr.aws/x/y"),
    ("AWS::BedrockAgentCore::Runtime", {"AgentRuntimeArtifact": {"CodeConfiguration": {"Code": {"S3": {"Bucket": "b", "Prefix": "agents/a.zip"}}}}}, "arn:aws:s3:::b/agents/a.zip"),
    ("AWS::BedrockAgentCore::Harness", {"EnvironmentArtifact": {"ContainerConfiguration": {"ContainerUri": {"Ref": "Open"}}}}, "${Open}"),
    ("AWS::BedrockAgentCore::Harness", {"Skills": [{"S3": {"Uri": "s3://skills/a/"}}]}, "arn:aws:s3:::skills/a/"),
    ("AWS::BedrockAgentCore::Harness", {"Skills": [{"Git": {"Url": "https://git.example.com/s"}}]}, "https://git.example.com/s"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "properties", "expected"), CODE)
def test_what_a_program_is_made_of(kind: str, properties: dict[str, object], expected: str | None) -> None:
    extra = "Repo: {Type: AWS::ECR::Repository}\nBucket: {Type: AWS::S3::Bucket}\n"
    inventory = scanned(f"X: {json.dumps({'Type': kind, 'Properties': properties})}\n{extra}")
    found = [use.target for use in workload(inventory, "X").uses if use.relation == "code"]
    assert found == ([expected] if expected else [])


def test_code_that_sam_uploads_is_not_one_object_for_all() -> None:
    text = "".join(
        f"F{i}: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: ., Handler: a.b, Runtime: python3.13}}}}\n"
        for i in range(2)
    )
    image = "G: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}, Metadata: {Dockerfile: D}}\n"
    inventory = read({"t.yaml": template(text + image, "Transform: AWS::Serverless-2016-10-31")})
    assert [w.uses for w in inventory.workloads] == [(), (), ()]
    assert [len(w.bindings) for w in inventory.workloads] == [1, 1, 1]


def test_an_application_of_the_repository_is_a_stack_that_is_not_there() -> None:
    text = "S: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: 'arn:aws:serverlessrepo:us-east-1:1:applications/x', SemanticVersion: 1.0.0}}}"
    inventory = read({"t.yaml": template(text, "Transform: AWS::Serverless-2016-10-31")})
    assert gaps(inventory, "not_collected") == ["t.yaml"]
    assert gaps(inventory, "unsupported") == []


def test_implicit_roles_of_state_machines_and_nested_applications() -> None:
    text = """
M: {Type: AWS::Serverless::StateMachine, Properties: {Definition: {StartAt: A, States: {A: {Type: Pass, End: true}}}, Policies: [LambdaInvokePolicy: {FunctionName: !Ref F}]}}
F: {Type: AWS::Serverless::Function, Properties: {CodeUri: ., Handler: a.b, Runtime: python3.13, Role: !GetAtt MRole.Arn}}
N: {Type: AWS::Serverless::Application, Properties: {Location: ./nested.yaml, Parameters: {R: !GetAtt MRole.Arn}}}
"""
    files = {
        "t.yaml": template(text, "Transform: AWS::Serverless-2016-10-31"),
        "nested.yaml": template(agent("A", "!Ref R"), "Parameters: {R: {Type: String}}"),
    }
    inventory = read(files)
    assert {w.id: w.bindings[0].role for w in inventory.workloads} == dict.fromkeys(
        ("t.yaml#M", "t.yaml#F", "nested.yaml#A"), "t.yaml#MRole"
    )


RESOURCE_POLICIES = """
F: {Type: AWS::Lambda::Function, Properties: {FunctionName: named, Role: !GetAtt Own.Arn}}
B: {Type: AWS::S3::Bucket}
S: {Type: AWS::SecretsManager::Secret}
Q: {Type: AWS::SQS::Queue}
T: {Type: AWS::SNS::Topic}
X: {Type: AWS::BedrockAgentCore::Runtime, Properties: {RoleArn: !GetAtt Own.Arn}}
K: {Type: AWS::Bedrock::KnowledgeBase, Properties: {RoleArn: !GetAtt Own.Arn}}
PB: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B, PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: !Sub "${B.Arn}/*"}]}}}
PS: {Type: AWS::SecretsManager::ResourcePolicy, Properties: {SecretId: !Ref S, ResourcePolicy: {Statement: [{Effect: Deny, NotPrincipal: {AWS: "arn:aws:iam::111111111111:root"}, Action: "secretsmanager:*", Resource: "*"}]}}}
PQ: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Q, "https://sqs.eu-west-1.amazonaws.com/1/other"], PolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: sns.amazonaws.com}, Action: "sqs:SendMessage"}]}}}
PT: {Type: AWS::SNS::TopicPolicy, Properties: {Topics: [!Ref T], PolicyDocument: '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sns:Publish"}]}'}}
R: {Type: AWS::ECR::Repository, Properties: {RepositoryPolicyText: {Statement: [{Effect: Allow, Principal: {AWS: "111111111111"}, Action: "ecr:PutImage"}]}}}
PX: {Type: AWS::BedrockAgentCore::ResourcePolicy, Properties: {ResourceArn: !GetAtt X.AgentRuntimeArn, Policy: '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "bedrock-agentcore:InvokeAgentRuntime", "Resource": "*"}]}'}}
PK: {Type: AWS::Bedrock::KnowledgeBasePolicy, Properties: {KnowledgeBaseId: !Ref K, PolicyDocument: {Statement: []}}}
Bad: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B, PolicyDocument: {Statement: [{Effect: Allow}]}}}
P1: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F, Action: "lambda:InvokeFunction", Principal: bedrock.amazonaws.com, SourceAccount: !Ref AWS::AccountId, SourceArn: "arn:aws:bedrock:eu-west-1:1:agent/A"}}
P2: {Type: AWS::Lambda::Permission, Properties: {FunctionName: named, Action: "lambda:InvokeFunctionUrl", Principal: "*", FunctionUrlAuthType: NONE}}
P3: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !GetAtt F.Arn, Action: "lambda:InvokeFunction", Principal: "111111111111"}}
P4: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref F, Action: "lambda:InvokeFunction"}}
"""


def test_resource_policies() -> None:
    inventory = scanned(RESOURCE_POLICIES)
    found = {p.id.rpartition("#")[2]: p for p in inventory.resource_policies}
    resources = {name: p.resource.rpartition("#")[2] for name, p in found.items()}
    assert resources == {
        "PB": "B", "PS": "S", "PQ/1": "Q", "PQ/2": "https://sqs.eu-west-1.amazonaws.com/1/other", "PT": "T", "R": "R", "PX": "X",
        "PK": "K", "Bad": "B", "P1": "F", "P2": "F", "P3": "F", "P4": "F",
    }  # fmt: skip
    assert found["PB"].statements[0].resources == ("arn:aws:s3:::${B}/*",)
    assert found["PS"].statements[0].not_principals[0].value == "arn:aws:iam::111111111111:root"
    assert found["PQ/1"].statements == found["PQ/2"].statements
    assert found["PT"].statements[0].principals[0].value == "*"
    assert [p.id.rpartition("#")[2] for p in inventory.resource_policies if not p.read] == ["Bad", "P4"]
    assert gaps(inventory, "unreadable_policy") == ["t.yaml#Bad", "t.yaml#P4"]
    (permission,) = found["P1"].statements
    assert (permission.actions, permission.principals[0].type) == (("lambda:invokefunction",), "Service")
    assert permission.conditions == (
        Condition(operator="ArnLike", key="aws:sourcearn", values=("arn:aws:bedrock:eu-west-1:1:agent/A",)),
        Condition(operator="StringEquals", key="aws:sourceaccount", values=("${AWS::AccountId}",)),
    )
    assert found["P2"].statements[0].principals[0].type == "*"
    assert (found["P3"].statements[0].principals[0].type, found["P3"].location and found["P3"].location.address) == (
        "AWS",
        "P3",
    )


TRAILS = """
Trail:
  Type: AWS::CloudTrail::Trail
  Properties:
    IsLogging: true
    S3BucketName: b
    EventSelectors: [{DataResources: [{Type: "AWS::Lambda::Function", Values: ["arn:aws:lambda"]}]}, {ReadWriteType: WriteOnly, DataResources: [{Type: "AWS::S3::Object"}]}]
    AdvancedEventSelectors:
      - FieldSelectors: [{Field: eventCategory, Equals: [Data]}, {Field: resources.type, Equals: ["AWS::Bedrock::AgentAlias"]}]
      - FieldSelectors: [{Field: eventCategory, Equals: [Management]}]
      - FieldSelectors: [{Field: eventCategory, Equals: [Data]}, {Field: resources.type, Equals: ["AWS::Bedrock::KnowledgeBase"]}, {Field: readOnly, Equals: ["false"]}]
Lake: {Type: AWS::CloudTrail::EventDataStore, Properties: {AdvancedEventSelectors: [{FieldSelectors: [{Field: eventCategory, Equals: [Data]}, {Field: resources.type, Equals: ["AWS::BedrockAgentCore::Runtime"]}]}]}}
Off: {Type: AWS::CloudTrail::Trail, Properties: {IsLogging: false, S3BucketName: b, AdvancedEventSelectors: [{FieldSelectors: [{Field: eventCategory, Equals: [Data]}, {Field: resources.type, Equals: ["AWS::Bedrock::FlowAlias"]}]}]}}
"""


def test_telemetry() -> None:
    (found,) = scanned(TRAILS).telemetry
    assert (found.id, found.account, found.region, found.invocation_logging) == ("t.yaml", None, None, None)
    assert found.data_events == ("AWS::Bedrock::AgentAlias", "AWS::BedrockAgentCore::Runtime", "AWS::Lambda::Function")
    assert scanned("").telemetry == ()


def test_telemetry_of_a_known_account_and_what_is_open() -> None:
    manifest = json.dumps(
        {
            "artifacts": {
                "T": {
                    "type": "aws:cloudformation:stack",
                    "environment": "aws://111111111111/eu-west-1",
                    "properties": {"templateFile": "t.yaml"},
                }
            }
        }
    )
    (found,) = scanned(TRAILS, **{"manifest.json": manifest}).telemetry
    assert (found.id, found.account, found.region) == ("111111111111/eu-west-1", "111111111111", "eu-west-1")
    inventory = scanned("Trail: {Type: AWS::CloudTrail::Trail, Properties: {AdvancedEventSelectors: !Ref Open}}")
    assert [gap.facts for gap in inventory.gaps if gap.code == "unresolved_reference"] == [("telemetry",)]


def test_what_else_is_used() -> None:
    text = """
K:
  Type: AWS::Bedrock::KnowledgeBase
  Properties:
    RoleArn: !GetAtt Own.Arn
    KnowledgeBaseConfiguration: {SqlKnowledgeBaseConfiguration: {RedshiftConfiguration: {QueryEngineConfiguration: {ProvisionedConfiguration: {ClusterIdentifier: !Ref C, AuthConfiguration: {UsernamePasswordSecretArn: !Ref S}}}}}}
D: {Type: AWS::Bedrock::DataSource, Properties: {KnowledgeBaseId: !Ref K, VectorIngestionConfiguration: {CustomTransformationConfiguration: {Transformations: [{TransformationFunction: {TransformationLambdaConfiguration: {LambdaArn: !GetAtt F.Arn}}}]}}}}
C: {Type: AWS::Redshift::Cluster}
S: {Type: AWS::SecretsManager::Secret}
F: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Own.Arn}}
B: {Type: AWS::S3::Bucket}
W: {Type: AWS::BedrockAgentCore::BrowserCustom, Properties: {Name: w, RecordingConfig: {S3Location: {Bucket: !Ref B}}}}
I: {Type: AWS::BedrockAgentCore::CodeInterpreterCustom, Properties: {Name: i}}
M: {Type: AWS::BedrockAgentCore::Memory, Properties: {Name: m, MemoryStrategies: [{CustomMemoryStrategy: {Configuration: {SelfManagedConfiguration: {InvocationConfiguration: {TopicArn: !Ref T, PayloadDeliveryBucketName: !Ref B}}}}}]}}
T: {Type: AWS::SNS::Topic}
G: {Type: AWS::BedrockAgentCore::Gateway, Properties: {Name: g, RoleArn: !GetAtt Own.Arn}}
GT: {Type: AWS::BedrockAgentCore::GatewayTarget, Properties: {GatewayIdentifier: !Ref G, Name: kb, TargetConfiguration: {Mcp: {Connector: {Source: {ConnectorId: bedrock-knowledge-bases}, Enabled: [Retrieve], Configurations: [{ParameterValues: {knowledgeBaseId: !Ref K}}]}}}}}
H:
  Type: AWS::BedrockAgentCore::Harness
  Properties:
    HarnessName: h
    ExecutionRoleArn: !GetAtt Own.Arn
    Hooks: [{BeforeToolCall: {Name: check, Target: {Lambda: {Arn: !GetAtt F.Arn}}}}]
    Tools:
      - {Type: agentcore_browser, Name: web, Config: {AgentCoreBrowser: {BrowserArn: !GetAtt W.BrowserArn}}}
      - {Type: agentcore_code_interpreter, Name: run, Config: {AgentCoreCodeInterpreter: {CodeInterpreterArn: !GetAtt I.CodeInterpreterArn}}}
      - {Type: agentcore_gateway, Name: gate, Config: {AgentCoreGateway: {GatewayArn: !GetAtt G.GatewayArn, OutboundAuth: {Oauth: {ProviderArn: !Ref Open}}}}}
A:
  Type: AWS::Bedrock::Agent
  Properties:
    AgentName: a
    AgentResourceRoleArn: !GetAtt Own.Arn
    CustomOrchestration: {Executor: {Lambda: !GetAtt F.Arn}}
    PromptOverrideConfiguration: {OverrideLambda: !GetAtt F.Arn}
"""
    inventory = scanned(text)
    used = {
        name: {(u.relation, u.target.rpartition("#")[2]) for u in workload(inventory, name).uses} for name in "KWMGHA"
    }
    assert used == {
        "K": {("data", "C"), ("data", "S"), ("function", "F")},
        "W": {("data", "B")},
        "M": {("data", "T"), ("data", "B")},
        "G": {("knowledge_base", "K")},
        "H": {("function", "F"), ("browser", "W"), ("code_interpreter", "I"), ("gateway", "G")},
        "A": {("function", "F")},
    }
    assert Use(relation="knowledge_base", target="t.yaml#K") in workload(inventory, "G").uses
    assert tool(inventory, "H/gate").credentials == ("t.yaml#${Open}",)
    assert [(o.name) for o in tool(inventory, "GT").operations] == ["Retrieve"]


TARGETS = [
    ("{Mcp: {SmithyModel: {InlinePayload: '{}'}}}", "smithy", None, None),
    ("{Mcp: {ApiGateway: {RestApiId: api1, Stage: s, ApiGatewayToolConfiguration: {ToolFilters: [{FilterPath: /a, Methods: [GET]}], ToolOverrides: [{Name: readA, Path: /a, Method: GET}]}}}}", "api_gateway", "api1", ("readA",)),
    ("{Mcp: {ApiGateway: {RestApiId: api1, Stage: s, ApiGatewayToolConfiguration: {ToolFilters: [{FilterPath: /*, Methods: [GET]}]}}}}", "api_gateway", "api1", None),
    ("{Http: {Passthrough: {Endpoint: 'https://u:p@x.example.com/mcp?k=s', ProtocolType: MCP}}}", "mcp_server", "https://x.example.com/mcp", None),
    ("{Http: {Passthrough: {Endpoint: 'https://x.example.com', ProtocolType: A2A}}}", "other", "https://x.example.com", None),
    ("{Inference: {Provider: {Endpoint: 'https://llm.example.com'}}}", "other", "https://llm.example.com", None),
    ("{Mcp: {Connector: {Source: {ConnectorId: web-search}}}}", "other", "web-search", None),
    ("{Mcp: {McpServer: {Endpoint: 'https://m.example.com', McpToolSchema: {InlinePayload: '{\"tools\": [{\"name\": \"t\"}]}'}}}}", "mcp_server", "https://m.example.com", ("t",)),
    ("!Ref Open", "other", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("configuration", "kind", "runs", "operations"), TARGETS)
def test_targets_of_gateways(
    configuration: str, kind: str, runs: str | None, operations: tuple[str, ...] | None
) -> None:
    text = (
        agentcore("Gateway")
        + f"T: {{Type: AWS::BedrockAgentCore::GatewayTarget, Properties: {{GatewayIdentifier: !Ref X, Name: t, TargetConfiguration: {configuration}}}}}\n"
    )
    found = tool(scanned(text), "T")
    assert (found.kind, found.target) == (kind, runs)
    assert (tuple(o.name for o in found.operations) if found.operations_read else None) == operations
