# ruff: noqa: E501 - templates stand as people write them
"""Conditions that only the deployment decides: what stands in either branch is possible, and a gap says so."""

from __future__ import annotations

import pytest
from cfn_scan import agent, gaps, policy, read, role, role_named, role_of, template, tool, workload

from segrego.inventory import Use

HEAD = """
Parameters:
  Open: {Type: String}
  Stage: {Type: String, AllowedValues: [dev, prod]}
Mappings:
  Models: {eu-west-1: {Id: model-west}, eu-central-1: {Id: model-central}}
Conditions:
  C: !Equals [!Ref Open, "yes"]
  D: !Equals [!Ref Stage, prod]
  Never: !Equals [!Ref Stage, test]
  Always: !Not [{Condition: Never}]
  ByDefault: !Equals [a, b]
"""
ALLOW = "{Effect: Allow, Action: 's3:%s', Resource: '*'}"


def open_things(text: str) -> tuple[list[str], set[str]]:
    """What the gaps of a template say is open: their subjects, and all facts that they hide."""
    inventory = read({"t.yaml": template(text, HEAD)})
    found = [gap for gap in inventory.gaps if "--parameters" in gap.message and gap.code == "unresolved_reference"]
    return sorted(gap.subject.rpartition("#")[2] for gap in found), {fact for gap in found for fact in gap.facts}


def test_statements_of_both_branches_stand() -> None:
    one, two, three = (ALLOW % name for name in ("GetObject", "PutObject", "DeleteObject"))
    text = role(
        "Own", f"    Policies: [{{PolicyName: p, PolicyDocument: {{Statement: [!If [C, {one}, {two}], {three}]}}}}]\n"
    )
    inventory = read({"t.yaml": template(text, HEAD)})
    assert [s.actions for s in policy(inventory, "Own/p").statements] == [
        ("s3:getobject",),
        ("s3:putobject",),
        ("s3:deleteobject",),
    ]
    assert open_things(text) == (["Own"], {"policies"})


@pytest.mark.parametrize(
    ("policies", "names"),
    [
        ("[!If [C, {PolicyName: p, PolicyDocument: {Statement: []}}, !Ref AWS::NoValue]]", {"Own/p"}),
        (
            "!If [C, [{PolicyName: p, PolicyDocument: {Statement: []}}], [{PolicyName: q, PolicyDocument: {Statement: []}}]]",
            {"Own/p", "Own/q"},
        ),
        ("!If [C, !Ref AWS::NoValue, [{PolicyName: p, PolicyDocument: {Statement: []}}]]", {"Own/p"}),
    ],
)
def test_policies_that_may_be_there_are_taken_as_there(policies: str, names: set[str]) -> None:
    text = role("Own", f"    Policies: {policies}\n")
    inventory = read({"t.yaml": template(text, HEAD)})
    assert {p.rpartition("#")[2] for p in role_named(inventory, "Own").policies} == names
    assert open_things(text) == (["Own"], {"policies"})


def test_managed_policies_resources_and_principals_of_both_branches_stand() -> None:
    text = """
Own:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement:
        - {Effect: Allow, Action: "sts:AssumeRole", Principal: {Service: !If [C, bedrock.amazonaws.com, lambda.amazonaws.com]}}
    ManagedPolicyArns: [!If [C, "arn:aws:iam::aws:policy/AmazonS3FullAccess", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]]
    Policies:
      - PolicyName: p
        PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:*", Resource: !If [C, "*", "arn:aws:s3:::b/*"]}]}
"""
    inventory = read({"t.yaml": template(text, HEAD)})
    own = role_named(inventory, "Own")
    assert [p.value for p in own.trust[0].principals] == ["bedrock.amazonaws.com", "lambda.amazonaws.com"]
    assert {"arn:aws:iam::aws:policy/AmazonS3FullAccess", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"} < set(
        own.policies
    )
    assert policy(inventory, "Own/p").statements[0].resources == ("*", "arn:aws:s3:::b/*")
    assert open_things(text) == (["Own", "Own"], {"trust", "policies"})


def test_tools_and_uses_of_both_branches_stand() -> None:
    text = (
        role("Own")
        + """
A:
  Type: AWS::Bedrock::Agent
  Properties:
    AgentName: a
    AgentResourceRoleArn: !GetAtt Own.Arn
    FoundationModel: !FindInMap [Models, !Ref AWS::Region, Id]
    GuardrailConfiguration: !If [C, {GuardrailIdentifier: rail}, !Ref AWS::NoValue]
    KnowledgeBases: !If [C, [{KnowledgeBaseId: one}], [{KnowledgeBaseId: two}]]
    ActionGroups:
      - !If [C, {ActionGroupName: first, ParentActionGroupSignature: AMAZON.UserInput}, {ActionGroupName: second, ParentActionGroupSignature: AMAZON.CodeInterpreter}]
"""
    )
    inventory = read({"t.yaml": template(text, HEAD)})
    assert set(workload(inventory, "A").uses) == {
        Use(relation="model", target="model-west"),
        Use(relation="model", target="model-central"),
        Use(relation="guardrail", target="rail"),
        Use(relation="knowledge_base", target="one"),
        Use(relation="knowledge_base", target="two"),
    }
    assert {tool(inventory, f"A/{name}").kind for name in ("first", "second")} == {"builtin"}
    assert open_things(text)[1] == {"tools", "uses"}


def test_two_maps_of_which_one_holds_are_read_as_neither() -> None:
    text = role("Own") + (
        agent("A", "!GetAtt Own.Arn")
        + "    ActionGroups: [{ActionGroupName: g, ActionGroupExecutor: !If [C, {Lambda: one}, {CustomControl: RETURN_CONTROL}], FunctionSchema: {Functions: []}}]\n"
    )
    inventory = read({"t.yaml": template(text, HEAD)})
    assert (tool(inventory, "A/g").kind, tool(inventory, "A/g").target) == ("other", None)
    assert open_things(text) == (["A"], {"tools"})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!If [C, !GetAtt Own.Arn, !Ref AWS::NoValue]", "t.yaml#Own"),
        ("!If [Always, !GetAtt Own.Arn, !GetAtt Other.Arn]", "t.yaml#Own"),
        ("!If [Never, !GetAtt Own.Arn, !GetAtt Other.Arn]", "t.yaml#Other"),
        ("!If [C, !If [D, !GetAtt Own.Arn, !GetAtt Own.Arn], !GetAtt Own.Arn]", "t.yaml#Own"),
    ],
)
def test_a_role_that_is_the_only_one_possible_is_the_role(expression: str, expected: str) -> None:
    inventory = read({"t.yaml": template(role("Own") + role("Other") + agent("A", expression), HEAD)})
    assert role_of(inventory, "A") == expected


def test_resources_stand_unless_their_condition_can_never_hold() -> None:
    text = "".join(
        f"{name}: {{Type: AWS::Bedrock::Agent, Condition: {name}, Properties: {{AgentResourceRoleArn: !GetAtt Own.Arn}}}}\n"
        for name in ("C", "D", "Never", "Always", "ByDefault", "Nowhere")
    )
    inventory = read({"t.yaml": template(role("Own") + text, HEAD)})
    assert {w.id.rpartition("#")[2] for w in inventory.workloads} == {"C", "D", "Always", "Nowhere"}


def test_what_is_open_in_a_name_or_a_tag_hides_nothing() -> None:
    text = role("Own", "    RoleName: !If [C, one, two]\n    Tags: [{Key: k, Value: !If [C, a, b]}]\n") + (
        "A: {Type: AWS::Bedrock::Agent, Properties: {AgentName: !If [C, a, b], AgentResourceRoleArn: !GetAtt Own.Arn, Tags: {k: !If [C, a, b]}}}\n"
    )
    assert open_things(text) == ([], set())
    assert gaps(read({"t.yaml": template(text, HEAD)}), "unresolved_role") == []


def test_a_map_that_is_open_at_two_levels_gives_all_that_it_holds() -> None:
    head = HEAD.replace(
        "Mappings:",
        "Mappings:\n  Arns: {dev: {a: 'arn:aws:iam::1:role/a'}, prod: {a: 'arn:aws:iam::1:role/b', b: 'arn:aws:iam::1:role/c'}, test: {a: 'arn:aws:iam::1:role/d'}}",
    )
    text = (
        role("Own")
        + agent("A", "!FindInMap [Arns, !Ref Stage, a]")
        + agent("B", "'arn:aws:iam::1:role/b'")
        + agent("D", "'arn:aws:iam::1:role/d'")
    )
    inventory = read({"t.yaml": template(text, head)})
    (gap,) = (gap for gap in inventory.gaps if gap.code == "ambiguous_role")
    assert "role/b (of B)" in gap.message
    assert "role/d" not in gap.message, "test is no value that Stage may have"
