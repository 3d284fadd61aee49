# ruff: noqa: E501 - templates stand as people write them
"""Loops, includes and the other language extensions."""

from __future__ import annotations

import time

import pytest
from cfn_scan import agent, gaps, policy, read, role, role_named, role_of, template, workload

HEAD = """
Transform: AWS::LanguageExtensions
Parameters:
  Teams: {Type: CommaDelimitedList, Default: "orders, billing"}
  Unknown: {Type: CommaDelimitedList}
Mappings:
  Of: {orders: {Names: [a, b]}, billing: {Names: [c]}}
"""


def ids(text: str, head: str = HEAD) -> set[str]:
    return {w.id.rpartition("#")[2] for w in read({"t.yaml": template(text, head)}).workloads}


@pytest.mark.parametrize(
    ("collection", "expected"),
    [
        ("[one, two]", {"Aone", "Atwo"}),
        ("!Ref Teams", {"Aorders", "Abilling"}),
        ("!FindInMap [Of, orders, Names]", {"Aa", "Ab"}),
        ("!Split ['-', 'x-y']", {"Ax", "Ay"}),
        ("[]", set()),
        ("[!Ref Teams]", set()),
        ("!Ref Unknown", set()),
    ],
)
def test_what_a_loop_runs_over(collection: str, expected: set[str]) -> None:
    text = "Fn::ForEach::Loop:\n  - Name\n  - %s\n  - A${Name}: {Type: AWS::Bedrock::Agent, Properties: {AgentResourceRoleArn: x}}\n"
    assert ids(text % collection) == expected


def test_loops_within_loops() -> None:
    text = """
Fn::ForEach::Teams:
  - Team
  - !Ref Teams
  - Fn::ForEach::Names:
      - Name
      - !FindInMap [Of, !Ref Team, Names]
      - A${Team}${Name}: {Type: AWS::Bedrock::Agent, Properties: {AgentName: "${Team}/${Name}", AgentResourceRoleArn: !Ref R}}
"""
    inventory = read({"t.yaml": template(text, HEAD.replace("Parameters:", "Parameters:\n  R: {Type: String}"))})
    assert {w.name for w in inventory.workloads} == {"orders/a", "orders/b", "billing/c"}
    assert len({b.role for w in inventory.workloads for b in w.bindings}) == 1


def test_loops_over_properties_conditions_and_outputs() -> None:
    text = (
        role("Own")
        + """
P:
  Type: AWS::IAM::Policy
  Properties:
    PolicyName: p
    Roles: [!Ref Own]
    PolicyDocument:
      Statement:
        Effect: Allow
        Action: s3:GetObject
        Resource: "*"
        Fn::ForEach::Keys: [Key, [aws], {Condition: {StringEquals: {"${Key}:PrincipalTag/team": orders}}}]
A: {Type: AWS::Bedrock::Agent, Condition: Isorders, Properties: {AgentResourceRoleArn: !If [Isorders, !GetAtt Own.Arn, !Ref Teams]}}
"""
    )
    head = HEAD + 'Conditions:\n  Fn::ForEach::Is: [Team, !Ref Teams, {"Is${Team}": !Equals [!Ref Team, orders]}]\n'
    tail = 'Outputs:\n  Fn::ForEach::Out: [Team, !Ref Teams, {"Out${Team}": {Value: !GetAtt Own.Arn, Export: {Name: !Sub "role-${Team}"}}}]\n'
    user = template(agent("B", "!ImportValue role-billing"))
    inventory = read({"t.yaml": template(text, head) + tail, "u.yaml": user})
    assert policy(inventory, "P/p").statements[0].conditions[0].key == "aws:principaltag/team"
    assert role_of(inventory, "A") == role_of(inventory, "B") == "t.yaml#Own"
    assert inventory.gaps == ()


def test_a_loop_over_what_the_parent_hands_down() -> None:
    child = template(
        "Fn::ForEach::L: [N, !Ref Unknown, {'A${N}': {Type: AWS::Bedrock::Agent, Properties: {AgentResourceRoleArn: x}}}]",
        HEAD,
    )
    parent = template(
        "S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml, Parameters: {Unknown: 'x,y'}}}"
    )
    inventory = read({"parent.yaml": parent, "child.yaml": child})
    assert {w.id for w in inventory.workloads} == {"child.yaml#Ax", "child.yaml#Ay"}
    assert gaps(inventory, "unsupported") == []


def test_what_a_loop_makes_is_where_it_is_written() -> None:
    text = template(
        "Fn::ForEach::L:\n  - N\n  - [x]\n  - A${N}:\n      Type: AWS::Bedrock::Agent\n      Properties: {AgentResourceRoleArn: y}\n",
        HEAD,
    )
    place = workload(read({"t.yaml": text}), "Ax").location
    assert place is not None
    assert text.splitlines()[(place.line or 0) - 1].strip() == "- A${N}:"
    assert place.address == "Ax"


def test_loops_that_multiply_are_bounded() -> None:
    inner = "{'A${A}${B}${C}${D}': {Type: AWS::S3::Bucket}}"
    values = ", ".join(f"v{i}" for i in range(60))
    for name in "DCBA":
        inner = f"{{'Fn::ForEach::{name}': [{name}, [{values}], {inner}]}}"
    text = f"AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::LanguageExtensions\nResources: {inner}\n"
    start = time.monotonic()
    inventory = read({"t.yaml": text})
    assert time.monotonic() - start < 120
    assert set(gaps(inventory, "unsupported")) == {"t.yaml"}


def test_loops_before_sam() -> None:
    text = """
Fn::ForEach::L:
  - Name
  - [Find, Send]
  - ${Name}: {Type: AWS::Serverless::Function, Properties: {CodeUri: ., Handler: a.b, Runtime: python3.13}}
"""
    inventory = read({"t.yaml": template(text, "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]")})
    assert role_of(inventory, "Find") == "t.yaml#FindRole"
    assert role_of(inventory, "Send") == "t.yaml#SendRole"


@pytest.mark.parametrize(
    "location",
    ["./parts/roles.yaml", "s3://bucket/some/roles.yaml", "!Sub 's3://${AWS::AccountId}-code/parts/roles.yaml'"],
)
def test_an_include_of_resources(location: str) -> None:
    snippet = role("Shared") + agent("Extra", "!GetAtt Shared.Arn")
    text = template(
        agent("A", "!GetAtt Shared.Arn")
        + f"Fn::Transform: {{Name: 'AWS::Include', Parameters: {{Location: {location}}}}}\n"
    )
    inventory = read({"t.yaml": text, "parts/roles.yaml": snippet, "parts/unused.yaml": snippet})
    assert role_of(inventory, "A") == role_of(inventory, "Extra") == "t.yaml#Shared"
    place = role_named(inventory, "Shared").location
    assert place is not None
    assert (place.source, place.file, place.line) == ("t.yaml", "parts/roles.yaml", 1)
    assert {s.id for s in inventory.sources} == {"t.yaml", "parts/roles.yaml"}
    assert inventory.gaps == ()


def test_an_include_of_whole_sections() -> None:
    part = template(agent("A", "!Ref R") + role("Own"), "Parameters: {R: {Type: String}}")
    text = "Transform: {Name: 'AWS::Include', Parameters: {Location: ./part.yaml}}\n" + template(
        agent("B", "!GetAtt Own.Arn")
    )
    inventory = read({"t.yaml": text, "part.yaml": part})
    assert {w.id: w.bindings[0].role for w in inventory.workloads} == {
        "t.yaml#A": "t.yaml#${R}",
        "t.yaml#B": "t.yaml#Own",
    }
    assert gaps(inventory, "unsupported") == []
    assert gaps(read({"t.yaml": text}), "unsupported") == ["t.yaml"]


def test_an_include_in_a_property() -> None:
    document = (
        "{PolicyDocument: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: doc.yaml}}}, PolicyName: p}"
    )
    text = template(role("Own", f"    Policies: [{document}]\n"))
    snippet = "Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]\n# Type: AWS::S3::Bucket\n"
    inventory = read({"t.yaml": text, "doc.yaml": snippet})
    assert policy(inventory, "Own/p").statements[0].actions == ("s3:*",)
    missing = read({"t.yaml": text})
    assert gaps(missing, "unreadable_policy") == ["t.yaml#Own"], "a document that is not there is not an empty one"


def test_text_and_length() -> None:
    document = '{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Sub": "${B.Arn}/*"}}}'
    text = role(
        "Own",
        f"    Policies: [{{PolicyName: !Sub ['p${{N}}', {{N: !Length [a, b]}}], PolicyDocument: {{Fn::ToJsonString: {document}}}}}]\n",
    )
    inventory = read({"t.yaml": template(text + "B: {Type: AWS::S3::Bucket}", HEAD)})
    assert policy(inventory, "Own/p2").statements[0].resources == ("arn:aws:s3:::${B}/*",)
