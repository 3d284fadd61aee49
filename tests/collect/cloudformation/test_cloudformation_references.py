# ruff: noqa: E501 - templates stand as people write them
"""How references to roles resolve, within a template and between templates."""

from __future__ import annotations

import json

import pytest
from cfn_scan import agent, certainty, gaps, policy, read, role, role_named, role_of, template, workload

HEAD = """
Parameters:
  Given: {Type: String}
  ArnByDefault: {Type: String, Default: "arn:aws:iam::111111111111:role/by-default"}
  Stage: {Type: String, Default: dev}
  Names: {Type: CommaDelimitedList, Default: "zero, one"}
  FromSsm: {Type: "AWS::SSM::Parameter::Value<String>", Default: /roles/agent}
  OwnName: {Type: String, AllowedValues: [Own]}
  OneArn: {Type: String, AllowedValues: ["arn:aws:iam::111111111111:role/only"]}
  OneOfTwo: {Type: String, AllowedValues: ["arn:aws:iam::111111111111:role/only", "arn:aws:iam::111111111111:role/other"]}
  Dynamic: {Type: String, Default: "{{resolve:ssm:/by/default}}"}
  Secret: {Type: String, NoEcho: true, Default: "arn:aws:iam::111111111111:role/hidden"}
Mappings:
  Roles:
    dev: {Arn: "arn:aws:iam::111111111111:role/mapped"}
  Regions:
    eu-west-1: {Arn: "arn:aws:iam::111111111111:role/west", Same: "arn:aws:iam::111111111111:role/same"}
    eu-central-1: {Arn: "arn:aws:iam::111111111111:role/central", Same: "arn:aws:iam::111111111111:role/same"}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsNotDev: !Not [{Condition: IsDev}]
  IsGiven: !Equals [!Ref Given, "yes"]
  Either: !Or [{Condition: IsGiven}, {Condition: IsDev}]
  Both: !And [{Condition: IsGiven}, {Condition: IsDev}]
  Loop: !Not [{Condition: Loop}]
  IsThird: !Equals [!Ref OneOfTwo, "arn:aws:iam::111111111111:role/third"]
  IsDefaulted: !Not [!Equals [!Ref ArnByDefault, ""]]
  Sure: !Or [!Equals [a, a], {Condition: IsDev}]
"""
LITERAL = "arn:aws:iam::111111111111:role"


@pytest.mark.parametrize(
    ("expression", "expected", "how"),
    [
        ("!GetAtt Own.Arn", "t.yaml#Own", "exact"),
        ("{'Fn::GetAtt': [Own, Arn]}", "t.yaml#Own", "exact"),
        ("{'Fn::GetAtt': Own.Arn}", "t.yaml#Own", "exact"),
        ("!Sub '${Own.Arn}'", "t.yaml#Own", "exact"),
        ("!Sub ['${It}', {It: !GetAtt Own.Arn}]", "t.yaml#Own", "exact"),
        ("!Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${Own}'", "t.yaml#Own", "exact"),
        ("!Join ['', ['arn:aws:iam::', !Ref AWS::AccountId, ':role/', !Ref Own]]", "t.yaml#Own", "exact"),
        (f"{LITERAL}/own/named", "t.yaml#Named", "exact"),
        ("!If [IsDev, !GetAtt Own.Arn, !GetAtt Named.Arn]", "t.yaml#Own", "by_default"),
        ("!If [IsNotDev, !GetAtt Own.Arn, !GetAtt Named.Arn]", "t.yaml#Named", "by_default"),
        ("!If [Either, !GetAtt Own.Arn, !GetAtt Named.Arn]", "t.yaml#Own", "by_default"),
        ("!If [IsGiven, !GetAtt Own.Arn, !GetAtt Own.Arn]", "t.yaml#Own", "exact"),
        ("!If [IsGiven, !GetAtt Own.Arn, !GetAtt Named.Arn]", None, "unresolved"),
        ("!If [Both, !GetAtt Own.Arn, !GetAtt Named.Arn]", None, "unresolved"),
        ("!If [Loop, !GetAtt Own.Arn, !GetAtt Named.Arn]", None, "unresolved"),
        ("!If [Nowhere, !GetAtt Own.Arn, !GetAtt Named.Arn]", None, "unresolved"),
        (f"{LITERAL}/elsewhere", f"{LITERAL}/elsewhere", "exact"),
        ("!Ref ArnByDefault", f"{LITERAL}/by-default", "by_default"),
        (f"!Sub '{LITERAL}/${{Stage}}'", f"{LITERAL}/dev", "by_default"),
        (f"!Sub '{LITERAL}/${{!Stage}}'", f"t.yaml#{LITERAL}/${{Stage}}", "unresolved"),
        (f"!Join ['/', ['{LITERAL}', !Select [1, !Ref Names]]]", f"{LITERAL}/one", "by_default"),
        ("!FindInMap [Roles, !Ref Stage, Arn]", f"{LITERAL}/mapped", "by_default"),
        ("!FindInMap [Roles, dev, Arn]", f"{LITERAL}/mapped", "exact"),
        ("!FindInMap [Regions, !Ref AWS::Region, Arn]", None, "unresolved"),
        ("!FindInMap [Regions, !Ref AWS::Region, Same]", f"{LITERAL}/same", "exact"),
        ("!FindInMap [Regions, !Ref AWS::Region, Nothing]", None, "unresolved"),
        (f"!FindInMap [Roles, prod, Arn, {{DefaultValue: '{LITERAL}/fallback'}}]", f"{LITERAL}/fallback", "exact"),
        (f"!FindInMap [Roles, dev, Arn, {{DefaultValue: '{LITERAL}/fallback'}}]", f"{LITERAL}/mapped", "exact"),
        ("{'Fn::GetAtt': [{Ref: OwnName}, Arn]}", "t.yaml#Own", "exact"),
        ("!Ref OneArn", f"{LITERAL}/only", "exact"),
        ("!Ref OneOfTwo", None, "unresolved"),
        ("!If [IsThird, !GetAtt Own.Arn, !GetAtt Named.Arn]", "t.yaml#Named", "exact"),
        ("!If [IsDefaulted, !GetAtt Own.Arn, !GetAtt Named.Arn]", "t.yaml#Own", "by_default"),
        ("!If [Sure, !GetAtt Own.Arn, !GetAtt Named.Arn]", "t.yaml#Own", "exact"),
        ("!Sub ['${R}', {R: !Base64 x}]", "t.yaml#'x'", "unresolved"),
        ("!Select [0, !GetAZs '']", None, "unresolved"),
        ("!Sub '{{resolve:ssm:/${Stage}/role}}'", "t.yaml#${resolve.ssm|/dev/role}", "unresolved"),
        ("!Ref Dynamic", "t.yaml#${resolve.ssm|/by/default}", "unresolved"),
        (f"!Sub ['{LITERAL}/${{N}}', {{N: !Length [a, b]}}]", f"{LITERAL}/2", "exact"),
        ("!Sub 'arn:aws:iam::${Given}:role/own/named'", None, "unresolved"),
        (f"!Sub ['{LITERAL}/${{N}}', {{N: !Select [1, !Split ['-', 'a-b']]}}]", f"{LITERAL}/b", "exact"),
        (f"!Sub ['{LITERAL}/${{N}}', {{N: !Select [1, !Split ['/', !GetAtt Own.Arn]]}}]", "t.yaml#Own", "exact"),
        ("!Ref Given", "t.yaml#${Given}", "unresolved"),
        ("!Sub 'arn:aws:iam::${AWS::AccountId}:role/x'", "t.yaml#arn:aws:iam::${AWS::AccountId}:role/x", "unresolved"),
        ("!Ref FromSsm", "t.yaml#${FromSsm}", "unresolved"),
        ("!Ref Secret", "t.yaml#${Secret}", "unresolved"),
        ("'{{resolve:ssm:/role}}'", "t.yaml#${resolve.ssm|/role}", "unresolved"),
        ("!ImportValue nobody-exports-this", "t.yaml#${ImportValue.nobody-exports-this}", "unresolved"),
        ("!Select [9, !Ref Names]", None, "unresolved"),
        ("not-an-arn", "t.yaml#'not-an-arn'", "unresolved"),
    ],
)
def test_role_expressions(expression: str, expected: str | None, how: str) -> None:
    named = role("Named", "    Path: /own/\n    RoleName: named\n")
    inventory = read({"t.yaml": template(role("Own") + named + agent("A", expression), HEAD)})
    assert certainty(inventory, "A") == how
    if expected is not None:
        assert role_of(inventory, "A") == expected
    identity = role_named(inventory, role_of(inventory, "A")).identity
    assert identity in {"exact": ("known",), "by_default": ("known", "by_default"), "unresolved": ("unresolved",)}[how]
    assert (how == "unresolved") == bool(gaps(inventory, "unresolved_role"))


def test_different_undecided_choices_are_different_roles() -> None:
    text = (
        role("One")
        + role("Two")
        + agent("A", "!If [IsGiven, !GetAtt One.Arn, !GetAtt Two.Arn]")
        + agent("B", "!If [IsGiven, !GetAtt One.Arn, !GetAtt Two.Arn]")
        + agent("C", "!If [IsGiven, !GetAtt Two.Arn, !GetAtt One.Arn]")
    )
    inventory = read({"t.yaml": template(text, HEAD)})
    assert role_of(inventory, "A") == role_of(inventory, "B") != role_of(inventory, "C")


def test_long_expressions_that_differ_at_the_end_are_different_roles() -> None:
    long = "x" * 400
    inventory = read({"t.yaml": template(agent("A", f"!ImportValue {long}a") + agent("B", f"!ImportValue {long}b"))})
    assert role_of(inventory, "A") != role_of(inventory, "B")


def test_equal_logical_ids_in_two_files_are_two_roles() -> None:
    text = template(role("Own") + agent("A", "!GetAtt Own.Arn") + agent("P", "!Ref Given"), HEAD)
    inventory = read({"a.yaml": text, "b.yaml": text})
    assert role_of(inventory, "a.yaml#A") == "a.yaml#Own"
    assert role_of(inventory, "b.yaml#A") == "b.yaml#Own"
    assert role_of(inventory, "a.yaml#P") != role_of(inventory, "b.yaml#P")


def test_a_literal_arn_of_another_account_is_another_role() -> None:
    text = (
        role("Own", "    RoleName: shared\n")
        + agent("A", "arn:aws:iam::111111111111:role/shared")
        + agent("B", "arn:aws:iam::222222222222:role/shared")
    )
    inventory = read({"t.yaml": template(text)})
    assert role_of(inventory, "A") == "t.yaml#Own"
    assert role_of(inventory, "B") == "arn:aws:iam::222222222222:role/shared"


def test_a_literal_arn_is_one_role_in_all_files_and_asks_to_be_collected() -> None:
    text = template(agent("A", f"{LITERAL}/team/else"))
    inventory = read({"a.yaml": text, "b.yaml": text})
    assert role_of(inventory, "a.yaml#A") == role_of(inventory, "b.yaml#A") == f"{LITERAL}/team/else"
    stub = role_named(inventory, f"{LITERAL}/team/else")
    assert (stub.name, stub.account, stub.identity) == ("else", "111111111111", "known")
    assert stub.location is not None
    assert stub.location.address is None
    (gap,) = (g for g in inventory.gaps if g.code == "not_collected")
    assert gap.facts == ("trust", "policies", "boundary")
    assert "segrego collect aws" in gap.message


def test_imports_lead_to_the_exporting_role() -> None:
    base = template(role("Own")) + (
        "Outputs:\n  R:\n    Value: !GetAtt Own.Arn\n    Export: {Name: !Sub '${AWS::Region}-agent-role'}\n"
        "  Q:\n    Value: !GetAtt Own.Arn\n    Export: {Name: !Sub '${AWS::StackName}-role'}\n"
    )
    user = template(
        agent("A", "!ImportValue {'Fn::Sub': '${AWS::Region}-agent-role'}")
        + agent("B", "!ImportValue {'Fn::Sub': '${AWS::StackName}-role'}")
    )
    inventory = read({"user.yaml": user, "base.yaml": base})
    assert (role_of(inventory, "A"), certainty(inventory, "A")) == ("base.yaml#Own", "exact")
    assert certainty(inventory, "B") == "unresolved", "a stack's own name is not the other stack's"


def test_an_export_of_two_stacks_is_not_guessed() -> None:
    base = template(role("Own")) + "Outputs:\n  R: {Value: !GetAtt Own.Arn, Export: {Name: r}}\n"
    inventory = read({"a.yaml": base, "b.yaml": base, "c.yaml": template(agent("A", "!ImportValue r"))})
    assert certainty(inventory, "A") == "unresolved"


def test_nested_stacks_hand_parameters_down_and_outputs_up() -> None:
    parent = template(
        """
Roles: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./roles.yaml}}
Agents:
  Type: AWS::CloudFormation::Stack
  Properties:
    TemplateURL: ../stacks/agents.yaml
    Parameters: {RoleArn: !GetAtt Roles.Outputs.Arn, Literal: "arn:aws:iam::111111111111:role/x"}
"""
    )
    roles = template(role("Own")) + "Outputs:\n  Arn: {Value: !GetAtt Own.Arn}\n"
    agents = template(
        agent("A", "!Ref RoleArn") + agent("B", "!Ref Literal"),
        "Parameters: {RoleArn: {Type: String, Default: ''}, Literal: {Type: String}}",
    )
    inventory = read({"stacks/parent.yaml": parent, "stacks/roles.yaml": roles, "stacks/agents.yaml": agents})
    assert (role_of(inventory, "A"), certainty(inventory, "A")) == ("stacks/roles.yaml#Own", "exact")
    assert role_of(inventory, "B") == "arn:aws:iam::111111111111:role/x"


def test_a_template_that_is_nested_twice_is_two_stacks() -> None:
    stack = "{Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml, Parameters: {R: '%s/%s'}}}"
    parent = template(f"One: {stack % (LITERAL, 'a')}\nTwo: {stack % (LITERAL, 'b')}")
    child = template(agent("A", "!Ref R"), "Parameters: {R: {Type: String, Default: 'arn:aws:iam::1:role/c'}}")
    inventory = read({"parent.yaml": parent, "child.yaml": child})
    assert {w.id: (w.location.address if w.location else None, w.bindings[0].role) for w in inventory.workloads} == {
        "child.yaml@parent.yaml/One#A": ("One.A", f"{LITERAL}/a"),
        "child.yaml@parent.yaml/Two#A": ("Two.A", f"{LITERAL}/b"),
    }


def test_dangling_references_are_gaps() -> None:
    text = agent("A", "!GetAtt Gone.Arn") + role("Own", "    ManagedPolicyArns: [!Ref GoneToo]\n")
    inventory = read({"t.yaml": template(text)})
    found = {(g.subject, g.facts) for g in inventory.gaps if g.code == "unresolved_reference"}
    assert found == {("t.yaml#A", ("bindings",)), ("t.yaml#Own", ("policies",))}


def test_a_missing_role_is_a_gap_only_where_one_is_needed() -> None:
    text = """
A: {Type: AWS::Bedrock::Agent, Properties: {AgentName: a}}
B: {Type: AWS::BedrockAgentCore::BrowserCustom, Properties: {Name: b}}
"""
    inventory = read({"t.yaml": template(text)})
    assert gaps(inventory, "unresolved_role") == ["t.yaml#A"]
    assert workload(inventory, "A").bindings == ()


def test_policies_attached_by_another_stack_by_role_name() -> None:
    roles = template(role("Own", "    RoleName: shared-name\n") + agent("A", "!GetAtt Own.Arn"))
    beside = template(
        """
P:
  Type: AWS::IAM::RolePolicy
  Properties:
    PolicyName: extra
    RoleName: shared-name
    PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}
Q:
  Type: AWS::IAM::ManagedPolicy
  Properties:
    Roles: [!Ref Unknown]
    PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}
""",
        "Parameters: {Unknown: {Type: String}}",
    )
    inventory = read({"roles.yaml": roles, "beside.yaml": beside})
    assert role_named(inventory, "Own").policies == ("beside.yaml#P/extra",)
    assert gaps(inventory, "unresolved_reference") == ["beside.yaml#Q"]


@pytest.mark.parametrize(
    ("extra", "code", "facts"),
    [
        ("    ManagedPolicyArns: ['arn:aws:iam::111111111111:policy/theirs']\n", "unread_policy", ("policies",)),
        ("    ManagedPolicyArns: !Ref Given\n", "unreadable_policy", ("policies",)),
        ("    PermissionsBoundary: !Ref Given\n", "unread_policy", ("boundary",)),
        ("    PermissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess'\n", None, ()),
        (
            "    Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Maybe}]}}]\n",
            "unreadable_policy",
            ("policies",),
        ),
        ("    Policies: [{PolicyName: p, PolicyDocument: !Ref Given}]\n", "unreadable_policy", ("policies",)),
        ("    Policies: [!If [IsDev, {PolicyName: p}, !Ref AWS::NoValue]]\n", "unreadable_policy", ("policies",)),
    ],
)
def test_what_cannot_be_read_of_a_role(extra: str, code: str | None, facts: tuple[str, ...]) -> None:
    inventory = read({"t.yaml": template(role("Own", extra) + agent("A", "!GetAtt Own.Arn"), HEAD)})
    assert [(g.code, g.subject, g.facts) for g in inventory.gaps] == ([(code, "t.yaml#Own", facts)] if code else [])
    assert role_named(inventory, "Own").unread == facts


def test_a_trust_policy_that_cannot_be_read() -> None:
    text = "Own: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: [{Effect: Allow}]}}}"
    inventory = read({"t.yaml": template(text)})
    assert [(g.code, g.facts) for g in inventory.gaps] == [("unreadable_policy", ("trust",))]
    assert role_named(inventory, "Own").unread == ("trust",)


def test_documents_as_json_text() -> None:
    document = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${B.Arn}/*"}]})
    text = role("Own", f"    Policies: [{{PolicyName: p, PolicyDocument: !Sub '{document}'}}]\n")
    inventory = read({"t.yaml": template(text + "B: {Type: AWS::S3::Bucket}")})
    assert policy(inventory, "Own/p").statements[0].resources == ("arn:aws:s3:::${B}/*",)


def test_variables_of_the_serverless_framework_are_told_from_dangling_references() -> None:
    inventory = read({"t.yaml": template(agent("A", '!Sub "arn:aws:iam::${aws:accountId}:role/${Removed}"'))})
    told = [gap.message for gap in inventory.gaps if gap.code == "unresolved_reference"]
    assert len(told) == 2
    assert "the template has no Removed: " in told[0]
    assert "aws:accountId is no reference of CloudFormation" in told[1]
    assert "serverless package" in told[1]
