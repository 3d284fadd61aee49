# ruff: noqa: E501 - templates stand as people write them
"""Every kind that bears a role, and what each of them calls."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from cfn_scan import gaps, read, role, role_named, role_of, template, tool, workload

from segrego.collect.cloudformation.bearers import BEARERS
from segrego.inventory import Operation, Use

NOT_BORNE = {
    # read-only: what the flow had when the version was made
    ("AWS::Bedrock::FlowVersion", "ExecutionRoleArn"),
    # who speaks in a prompt: user or assistant
    ("AWS::Bedrock::Prompt", "Role"),
    ("AWS::Bedrock::PromptVersion", "Role"),
    # a condition on who calls
    ("AWS::BedrockAgentCore::GatewayRule", "Arn"),
}


def role_properties(schema: dict[str, Any], node: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names of all properties, of any depth, that are called a role or take a role's ARN."""
    if isinstance(node, list):
        for item in node:
            yield from role_properties(schema, item, seen)
    if not isinstance(node, dict):
        return
    if (reference := node.get("$ref")) and reference not in seen:
        target: Any = schema
        for step in reference.removeprefix("#/").split("/"):
            target = target.get(step, {})
        yield from role_properties(schema, target, seen | {reference})
    for name, value in node.get("properties", {}).items():
        if re.search("role", name, re.IGNORECASE) or "role/" in str(value.get("pattern", "")):
            yield name
        yield from role_properties(schema, value, seen)
    for name in ("items", "oneOf", "anyOf", "allOf"):
        yield from role_properties(schema, node.get(name), seen)
    yield from role_properties(schema, list(node.get("patternProperties", {}).values()), seen)


def bearing_types() -> list[tuple[str, str]]:
    schemas = resources.files("cfnlint").joinpath("data/schemas")
    types = json.loads(schemas.joinpath("providers/us-east-1.json").read_text())
    found = set()
    for name in types:
        if name.startswith("AWS::Bedrock"):
            schema = json.loads(schemas.joinpath(f"resources/{types[name]}.json").read_text())
            found |= {(name, property_) for property_ in role_properties(schema, schema)}
    return sorted(found)


def test_the_schemas_are_found() -> None:
    assert ("AWS::Bedrock::Agent", "AgentResourceRoleArn") in bearing_types()
    assert len(bearing_types()) > 10


@pytest.mark.parametrize(("kind", "property_"), bearing_types())
def test_every_role_of_every_bedrock_type_is_read(kind: str, property_: str) -> None:
    if (kind, property_) in NOT_BORNE:
        return
    assert kind in BEARERS, f"{kind} bears a role in {property_}: map it"
    assert BEARERS[kind].role[-1] == property_


@pytest.mark.parametrize("kind", sorted(BEARERS))
def test_every_bearer_holds_its_role(kind: str) -> None:
    bearer = BEARERS[kind]
    properties: Any = {"Fn::GetAtt": ["Own", "Arn"]}
    for step in reversed(bearer.role):
        properties = {step: properties}
    properties[bearer.name] = "given"
    text = template(role("Own") + f"X: {json.dumps({'Type': kind, 'Properties': properties})}")
    inventory = read({"t.yaml": text})
    found = workload(inventory, "X")
    assert (found.kind, found.name, role_of(inventory, "X")) == (bearer.kind, "given", "t.yaml#Own")
    assert [b.slot for b in found.bindings] == [bearer.slot]


AGENTCORE = (
    role("Own")
    + """
Worker:
  Type: AWS::BedrockAgentCore::Runtime
  Properties: {AgentRuntimeName: worker, RoleArn: !GetAtt Own.Arn, Tags: {env: prod}}
Prod:
  Type: AWS::BedrockAgentCore::RuntimeEndpoint
  Properties: {AgentRuntimeId: !GetAtt Worker.AgentRuntimeId, Name: prod, AgentRuntimeVersion: !GetAtt Worker.AgentRuntimeVersion}
Old:
  Type: AWS::BedrockAgentCore::RuntimeEndpoint
  Properties: {AgentRuntimeId: !Ref Worker, Name: old, AgentRuntimeVersion: "2"}
Gate:
  Type: AWS::BedrockAgentCore::Gateway
  Properties:
    Name: gate
    RoleArn: !GetAtt Own.Arn
    InterceptorConfigurations: [{Interceptor: {Lambda: {Arn: !GetAtt Fn1.Arn}}, InterceptionPoints: [REQUEST]}]
Fn1:
  Type: AWS::Lambda::Function
  Properties: {FunctionName: fn-one, Role: !GetAtt Own.Arn}
ByLambda:
  Type: AWS::BedrockAgentCore::GatewayTarget
  Properties:
    GatewayIdentifier: !Ref Gate
    Name: by-lambda
    TargetConfiguration:
      Mcp:
        Lambda:
          LambdaArn: !Sub "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:fn-one"
          ToolSchema: {InlinePayload: [{Name: look_up, Description: d, InputSchema: {Type: object}}]}
ByOpenApi:
  Type: AWS::BedrockAgentCore::GatewayTarget
  Properties:
    GatewayIdentifier: !GetAtt Gate.GatewayIdentifier
    Name: by-openapi
    TargetConfiguration:
      Mcp: {OpenApiSchema: {InlinePayload: '{"openapi": "3.0.0", "paths": {"/x": {"post": {"operationId": "makeX"}}}}'}}
ByMcp:
  Type: AWS::BedrockAgentCore::GatewayTarget
  Properties:
    GatewayIdentifier: !Ref Gate
    Name: by-mcp
    TargetConfiguration: {Mcp: {McpServer: {Endpoint: "https://user:pw@mcp.example.com/mcp?key=s3cret"}}}
ByRuntime:
  Type: AWS::BedrockAgentCore::GatewayTarget
  Properties:
    GatewayIdentifier: !Ref Gate
    Name: by-runtime
    TargetConfiguration: {Http: {AgentcoreRuntime: {Arn: !GetAtt Worker.AgentRuntimeArn}}}
Stray:
  Type: AWS::BedrockAgentCore::GatewayTarget
  Properties: {GatewayIdentifier: gw-elsewhere, Name: stray, TargetConfiguration: {}}
Desk:
  Type: AWS::BedrockAgentCore::Harness
  Properties:
    HarnessName: desk
    ExecutionRoleArn: !GetAtt Own.Arn
    Model: {BedrockModelConfig: {ModelId: amazon.nova-pro-v1:0}}
    Memory: {AgentCoreMemoryConfiguration: {Arn: !GetAtt Mem.MemoryArn}}
    Tools:
      - {Type: agentcore_gateway, Name: gate, Config: {AgentCoreGateway: {GatewayArn: !GetAtt Gate.GatewayArn}}}
      - {Type: remote_mcp, Name: far, Config: {RemoteMcp: {Url: "https://far.example.com/mcp?token=s3cret"}}}
      - {Type: inline_function, Name: here, Config: {InlineFunction: {Description: d}}}
Mem:
  Type: AWS::BedrockAgentCore::Memory
  Properties: {Name: mem}
"""
)


def test_agentcore() -> None:
    inventory = read({"t.yaml": template(AGENTCORE)})
    assert [(b.slot, b.via) for b in workload(inventory, "Worker").bindings] == [("execution", ("prod",))]
    assert [(t.key, t.value) for t in workload(inventory, "Worker").tags] == [("env", "prod")]
    assert gaps(inventory, "not_collected") == ["t.yaml#Worker"]
    assert workload(inventory, "Gate").uses == (Use(relation="function", target="t.yaml#Fn1"),)
    by_lambda = tool(inventory, "ByLambda")
    assert (by_lambda.owner, by_lambda.kind, by_lambda.target) == ("t.yaml#Gate", "lambda", "t.yaml#Fn1")
    assert by_lambda.operations == (Operation(name="look_up"),)
    assert tool(inventory, "ByOpenApi").operations == (Operation(name="makeX", method="POST"),)
    assert tool(inventory, "ByMcp").target == "https://mcp.example.com/mcp"
    assert not tool(inventory, "ByMcp").operations_read
    assert tool(inventory, "ByRuntime").target == "t.yaml#Worker"
    assert gaps(inventory, "unresolved_reference") == ["t.yaml"]
    assert set(workload(inventory, "Desk").uses) == {
        Use(relation="model", target="amazon.nova-pro-v1:0"),
        Use(relation="memory", target="t.yaml#Mem"),
        Use(relation="gateway", target="t.yaml#Gate"),
    }
    assert (tool(inventory, "Desk/gate").kind, tool(inventory, "Desk/gate").target) == ("mcp_server", "t.yaml#Gate")
    assert tool(inventory, "Desk/far").target == "https://far.example.com/mcp"
    assert tool(inventory, "Desk/here").kind == "return_control"
    assert "s3cret" not in repr(inventory)


NODES = """[
  {"name": "ask", "type": "Agent", "configuration": {"agent": {"agentAliasArn": "{{alias}}"}}},
  {"name": "look", "type": "LambdaFunction", "configuration": {"lambdaFunction": {"lambdaArn": "{{function}}"}}},
  {"name": "again", "type": "Loop", "configuration": {"loop": {"definition": {"nodes": [
    {"name": "kb", "type": "KnowledgeBase", "configuration": {"knowledgeBase": {"knowledgeBaseId": "{{kb}}"}}}]}}}}
]"""
FLOW_PARTS = (
    role("Own")
    + """
A: {Type: AWS::Bedrock::Agent, Properties: {AgentName: a, AgentResourceRoleArn: !GetAtt Own.Arn}}
Live: {Type: AWS::Bedrock::AgentAlias, Properties: {AgentId: !Ref A, AgentAliasName: live}}
F: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Own.Arn}}
KB: {Type: AWS::Bedrock::KnowledgeBase, Properties: {Name: kb, RoleArn: !GetAtt Own.Arn}}
V: {Type: AWS::Bedrock::FlowVersion, Properties: {FlowArn: !Ref Flow}}
Made: {Type: AWS::Bedrock::FlowAlias, Properties: {FlowArn: !GetAtt Flow.Arn, Name: made, RoutingConfiguration: [{FlowVersion: !GetAtt V.Version}]}}
Draft: {Type: AWS::Bedrock::FlowAlias, Properties: {FlowArn: !Ref Flow, Name: draft, RoutingConfiguration: [{FlowVersion: DRAFT}]}}
Flow:
  Type: AWS::Bedrock::Flow
  Properties:
    Name: flow
    ExecutionRoleArn: !GetAtt Own.Arn
"""
)
INLINE = """    Definition:
      Nodes:
        - {Name: ask, Type: Agent, Configuration: {Agent: {AgentAliasArn: !GetAtt Live.AgentAliasArn}}}
        - {Name: look, Type: LambdaFunction, Configuration: {LambdaFunction: {LambdaArn: !GetAtt F.Arn}}}
        - Name: again
          Type: Loop
          Configuration:
            Loop: {Definition: {Nodes: [{Name: kb, Type: KnowledgeBase, Configuration: {KnowledgeBase: {KnowledgeBaseId: !Ref KB}}}]}}
"""
STRING = f"""    DefinitionString: '{{"nodes": {" ".join(NODES.split())}}}'
    DefinitionSubstitutions: {{alias: !GetAtt Live.AgentAliasArn, function: !GetAtt F.Arn, kb: !Ref KB}}
"""


@pytest.mark.parametrize("definition", [INLINE, STRING])
def test_flow(definition: str) -> None:
    inventory = read({"t.yaml": template(FLOW_PARTS + definition)})
    flow = workload(inventory, "Flow")
    assert [(b.slot, b.via) for b in flow.bindings] == [("draft", ("draft",)), ("version", ("made",))]
    assert set(flow.uses) == {
        Use(relation="collaborator", target="t.yaml#A"),
        Use(relation="knowledge_base", target="t.yaml#KB"),
    }
    assert (tool(inventory, "Flow/look").kind, tool(inventory, "Flow/look").target) == ("lambda", "t.yaml#F")
    assert inventory.gaps == ()


def test_a_flow_whose_definition_lies_elsewhere_is_a_gap() -> None:
    elsewhere = "    DefinitionS3Location: {Bucket: b, Key: k}\n"
    inventory = read({"t.yaml": template(FLOW_PARTS + elsewhere)})
    assert [(g.code, g.subject, g.facts) for g in inventory.gaps] == [
        ("not_collected", "t.yaml#Flow", ("tools", "uses"))
    ]


def test_principals_stand_only_where_they_share() -> None:
    text = (
        role("Own")
        + role("Other")
        + """
F: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Own.Arn}}
Task: {Type: AWS::ECS::TaskDefinition, Properties: {TaskRoleArn: !GetAtt Own.Arn, ExecutionRoleArn: !GetAtt Other.Arn}}
Machine: {Type: AWS::StepFunctions::StateMachine, Properties: {RoleArn: !GetAtt Other.Arn}}
Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Own]}}
People: {Type: AWS::Cognito::IdentityPoolRoleAttachment, Properties: {IdentityPoolId: p, Roles: {authenticated: !GetAtt Own.Arn}}}
Handed: {Type: Custom::Thing, Properties: {ServiceToken: t, RoleArn: !GetAtt Own.Arn}}
Beside: {Type: AWS::IAM::Policy, Properties: {PolicyName: p, Roles: [!Ref Own], PolicyDocument: {Statement: []}}}
"""
    )
    inventory = read({"t.yaml": template(text)})
    principals = {w.id: [b.role for b in w.bindings] for w in inventory.workloads if w.kind == "principal"}
    assert principals == {f"t.yaml#{name}": ["t.yaml#Own"] for name in ("Task", "Profile", "People")}
    assert role_named(inventory, "Other").policies == ()
