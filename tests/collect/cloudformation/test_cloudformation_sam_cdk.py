# ruff: noqa: E501 - templates stand as people write them
"""SAM templates and the CDK's output."""

from __future__ import annotations

import json
import socket
import time

import pytest
from cfn_scan import agent, gaps, policy, read, role_named, role_of, template, tool, workload

from segrego.collect.cloudformation import SOURCE
from segrego.collect.source import SourceFile

SAM = "Transform: AWS::Serverless-2016-10-31"
FUNCTION = """
Orders:
  Type: AWS::Serverless::Function
  Properties:
    CodeUri: src/
    Handler: app.handler
    Runtime: python3.12
    Policies:
      - DynamoDBReadPolicy: {TableName: !Ref Table}
      - AmazonS3ReadOnlyAccess
      - Statement:
          - Effect: Allow
            Action: ses:SendEmail
            Resource: "*"
Table: {Type: AWS::DynamoDB::Table}
"""


@pytest.fixture(autouse=True)
def _no_network_and_no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_implicit_roles_and_policy_templates() -> None:
    agents = agent("A", "!GetAtt OrdersRole.Arn") + (
        "    ActionGroups:\n"
        "      - {ActionGroupName: orders, ActionGroupExecutor: {Lambda: !GetAtt Orders.Arn}, FunctionSchema: {Functions: []}}\n"
    )
    text = template(FUNCTION + agents, SAM)
    inventory = read({"t.yaml": text})
    lines = text.splitlines()
    function = workload(inventory, "Orders")
    assert (function.kind, role_of(inventory, "Orders")) == ("lambda_function", "t.yaml#OrdersRole")
    assert role_of(inventory, "A") == "t.yaml#OrdersRole"
    assert tool(inventory, "A/orders").target == function.id
    role = role_named(inventory, "OrdersRole")
    assert function.location is not None
    assert role.location is not None
    assert role.location.line == function.location.line == lines.index("  Orders:") + 1
    assert {
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
    } < set(role.policies)
    statements = [s for p in inventory.policies if p.kind == "inline" for s in p.statements]
    table = "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Table}"
    assert any("dynamodb:getitem" in s.actions and table in s.resources for s in statements)
    (written,) = (s for s in statements if s.actions == ("ses:sendemail",))
    assert written.line is not None
    assert lines[written.line - 1].strip() == "- Effect: Allow"
    assert gaps(inventory, "unsupported") == gaps(inventory, "unresolved_reference") == []


def test_globals_and_connectors() -> None:
    text = """
Own:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
One: {Type: AWS::Serverless::Function, Properties: {CodeUri: ., Handler: a.b}}
Two:
  Type: AWS::Serverless::Function
  Properties: {CodeUri: ., Handler: a.b, Role: !GetAtt Own.Arn}
  Connectors:
    Queue: {Properties: {Destination: {Id: Jobs}, Permissions: [Write]}}
Jobs: {Type: AWS::SQS::Queue}
"""
    head = SAM + "\nGlobals: {Function: {Runtime: python3.12, Tags: {team: ops}}}"
    inventory = read({"t.yaml": template(text, head)})
    assert role_of(inventory, "One") == "t.yaml#OneRole"
    assert role_of(inventory, "Two") == "t.yaml#Own"
    assert ("team", "ops") in {(t.key, t.value) for t in workload(inventory, "One").tags}
    connector = policy(inventory, "TwoQueuePolicy")
    assert connector.id in role_named(inventory, "Own").policies
    assert any("sqs:sendmessage" in s.actions for s in connector.statements)


def test_what_sam_refuses_is_a_gap_and_the_rest_is_read() -> None:
    broken = "Broken:\n  Type: AWS::Serverless::Function\n  Properties: {CodeUri: 7, Handler: a.b, Events: 3}\n"
    inventory = read({"t.yaml": template(FUNCTION + broken, SAM)})
    assert role_of(inventory, "Orders") == "t.yaml#OrdersRole"
    (gap,) = (g for g in inventory.gaps if g.code == "unsupported")
    assert gap.location is not None
    assert gap.location.address == "Broken"
    assert gaps(inventory, "unresolved_role") == ["t.yaml#Broken"]


def test_what_sam_refuses_of_what_it_made_is_the_resource_that_it_was_made_for() -> None:
    broken = "Broken:\n  Type: AWS::Serverless::Function\n  Properties: {CodeUri: ., Handler: a.b, Runtime: python3.13, Events: {E: {Type: S3, Properties: {Bucket: !Ref Nowhere}}}}\n"
    inventory = read({"t.yaml": template(FUNCTION + broken, SAM)})
    assert role_of(inventory, "Orders") == "t.yaml#OrdersRole"
    assert [gap.location.address for gap in inventory.gaps if gap.code == "unsupported" and gap.location] == ["Broken"]


@pytest.mark.parametrize("globals_", ["3", "{Function: [1]}", "{Function: {Nonsense: 1}}"])
def test_a_template_that_sam_cannot_take_is_a_gap(globals_: str) -> None:
    inventory = read({"t.yaml": template(FUNCTION, f"{SAM}\nGlobals: {globals_}")})
    assert gaps(inventory, "unsupported") == ["t.yaml"]
    assert workload(inventory, "Orders").bindings == ()
    assert gaps(inventory, "unresolved_role") == ["t.yaml#Orders"]


@pytest.mark.parametrize(
    "text",
    [
        template("A: {Type: AWS::S3::Bucket}", "Transform: [My::Macro]"),
        template(
            "A: {Type: AWS::S3::Bucket}\nFn::ForEach::X: [N, !Ref Names, {'R${N}': {Type: AWS::S3::Bucket}}]",
            "Parameters: {Names: {Type: CommaDelimitedList}}",
        ),
        template("A: {Type: AWS::S3::Bucket}\nFn::ForEach::X: [N, {'R${N}': {Type: AWS::S3::Bucket}}]"),
        template("A: {Type: AWS::S3::Bucket}\nFn::ForEach::X: [N, [a], {A: {Type: AWS::S3::Bucket}}]"),
        template("A: {Type: AWS::S3::Bucket, Properties: {Fn::Transform: {Name: Mine}, Tags: []}}"),
        template("A: {Type: My::Org::Thing::MODULE}"),
        template("A: {Type: AWS::CloudFormation::StackSet}"),
        template("A: {Type: Custom::BedrockAgent, Properties: {ServiceToken: t}}"),
        template("A: {Type: Custom::AgentCoreRuntime, Properties: {ServiceToken: t}}"),
        template(
            'A: {Type: Custom::AWS, Properties: {Create: {"Fn::Join": ["", [\'{"service":"bedrock-agent","action":"createAgent","parameters":{}}\']]}}}'
        ),
        template("A: {Type: AWS::S3::Bucket}\nFn::Transform: {Name: AWS::Include, Parameters: {Location: x}}"),
    ],
)
def test_what_makes_resources_that_are_not_in_the_file_is_a_gap(text: str) -> None:
    (gap,) = read({"t.yaml": text}).gaps
    assert (gap.code, gap.subject) == ("unsupported", "t.yaml")
    assert "workloads" in gap.facts
    assert gap.location is not None
    assert gap.location.line is not None


@pytest.mark.parametrize(
    "text",
    [
        "A: {Type: Custom::S3AutoDeleteObjects, Properties: {ServiceToken: t}}",
        "A: {Type: Custom::BedrockModelAccess, Properties: {ServiceToken: t}}",
        'A: {Type: Custom::AWS, Properties: {Create: \'{"service":"bedrock-agent","action":"startIngestionJob"}\'}}',
        "A: {Type: AWS::CloudFormation::CustomResource, Properties: {ServiceToken: t}}",
    ],
)
def test_other_custom_resources_hide_no_agent(text: str) -> None:
    assert read({"t.yaml": template(text)}).gaps == ()


def test_cdk_output() -> None:
    role_arn = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/AmazonBedrockReadOnly"]]}
    trust = {
        "Statement": [
            {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}}
        ]
    }
    base = {
        "Resources": {
            "RoleA1B2": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": [role_arn]},
            },
            "RoleDefaultPolicy": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyName": "RoleDefaultPolicy",
                    "Roles": [{"Ref": "RoleA1B2"}],
                    "PolicyDocument": {"Statement": [{"Action": "s3:GetObject", "Effect": "Allow", "Resource": "*"}]},
                },
            },
            "Inner": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::URLSuffix"}, "/x"]]}},
                "Metadata": {"aws:asset:path": "Inner.nested.template.json", "aws:asset:property": "TemplateURL"},
            },
        },
        "Outputs": {
            "E": {
                "Value": {"Fn::GetAtt": ["RoleA1B2", "Arn"]},
                "Export": {"Name": "Base:ExportsOutputFnGetAttRoleA1B2Arn"},
            }
        },
        "Parameters": {"BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk/version"}},
    }
    user = {
        "Resources": {
            "Agent1": {
                "Type": "AWS::Bedrock::Agent",
                "Properties": {
                    "AgentName": "a",
                    "AgentResourceRoleArn": {"Fn::ImportValue": "Base:ExportsOutputFnGetAttRoleA1B2Arn"},
                },
                "Metadata": {"aws:cdk:path": "User/Agent"},
            }
        }
    }
    files = {
        "cdk.out/tree.json": json.dumps(
            {
                "version": "tree-0.1",
                "tree": {"Resources": {}, "attributes": {"aws:cdk:cloudformation:type": "AWS::Bedrock::Agent"}},
            }
        ),
        "cdk.out/Base.template.json": json.dumps(base, indent=1),
        "cdk.out/User.template.json": json.dumps(user, indent=1),
    }
    claimed = {n: t for n, t in files.items() if SOURCE.claims(SourceFile(name=n, data=t.encode()))}
    assert set(claimed) == {"cdk.out/Base.template.json", "cdk.out/User.template.json"}
    inventory = read(claimed)
    assert role_of(inventory, "Agent1") == "cdk.out/Base.template.json#RoleA1B2"
    role = role_named(inventory, "RoleA1B2")
    assert set(role.policies) == {
        "arn:aws:iam::aws:policy/AmazonBedrockReadOnly",
        "cdk.out/Base.template.json#RoleDefaultPolicy/RoleDefaultPolicy",
    }
    found = workload(inventory, "Agent1").location
    assert found is not None
    assert files["cdk.out/User.template.json"].splitlines()[(found.line or 0) - 1].strip() == '"Agent1": {'


def test_many_api_events_cost_little_and_the_implicit_api_stays() -> None:
    events = ", ".join(f"E{i}: {{Type: Api, Properties: {{Path: /p{i}, Method: get}}}}" for i in range(1000))
    text = f"""
Many:
  Type: AWS::Serverless::Function
  Properties:
    CodeUri: .
    Handler: a.b
    Runtime: python3.12
    Events: {{{events}, Q: {{Type: SQS, Properties: {{Queue: !GetAtt Jobs.Arn}}}}}}
    Policies: [{{Statement: [{{Effect: Allow, Action: "execute-api:Invoke", Resource: !Sub "${{ServerlessRestApi}}/*"}}]}}]
Jobs: {{Type: AWS::SQS::Queue}}
"""
    start = time.monotonic()
    inventory = read({"t.yaml": template(text, SAM)})
    assert time.monotonic() - start < 60
    assert inventory.gaps == ()
    queue = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
    assert queue in role_named(inventory, "ManyRole").policies


def test_globals_that_multiply_are_refused() -> None:
    functions = "".join(
        f"F{i}: {{Type: AWS::Serverless::Function, Properties: {{Handler: a.b}}}}\n" for i in range(200)
    )
    tags = ", ".join(f"T{i}: x" for i in range(10_000))
    inventory = read({"t.yaml": template(functions, f"{SAM}\nGlobals: {{Function: {{Tags: {{{tags}}}}}}}")})
    assert gaps(inventory, "unsupported") == ["t.yaml"]
