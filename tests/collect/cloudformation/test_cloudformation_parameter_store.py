# ruff: noqa: E501 - templates stand as people write them
"""What one stack stores in Parameter Store, and another reads there."""

from __future__ import annotations

import json

import pytest
from cfn_scan import agent, certainty, gaps, read, role, role_of, template

STORE = template(
    role("Own")
    + "Stored: {Type: AWS::SSM::Parameter, Properties: {Name: /a/role, Type: String, Value: !GetAtt Own.Arn}}\n"
)


@pytest.mark.parametrize(
    ("reference", "sureness"),
    [
        ('"{{resolve:ssm:/a/role}}"', "exact"),
        ('!Sub "{{resolve:ssm:${Prefix}/role}}"', "by_default"),
        ('!Join ["", ["{{resolve:ssm:/a", "/role}}"]]', "exact"),
        ('"{{resolve:ssm:/a/role:3}}"', "by_default"),
        ("!Ref Key", "by_default"),
    ],
)
def test_a_role_that_another_stack_stores(reference: str, sureness: str) -> None:
    head = 'Parameters:\n  Prefix: {Type: String, Default: /a}\n  Key: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a/role}\n'
    inventory = read({"store.yaml": STORE, "t.yaml": template(agent("A", reference), head)})
    assert role_of(inventory, "A") == "store.yaml#Own"
    assert certainty(inventory, "A") == sureness
    assert gaps(inventory, "unresolved_role") == []


@pytest.mark.parametrize(
    "reference",
    [
        '"{{resolve:ssm:/b/role}}"',
        '"{{resolve:ssm-secure:/a/role}}"',
        '"{{resolve:secretsmanager:/a/role}}"',
        '!Sub "{{resolve:ssm:${Prefix}/role}}"',
        "!Ref Key",
    ],
)
def test_what_no_stack_is_known_to_store_stays_unknown(reference: str) -> None:
    head = 'Parameters:\n  Prefix: {Type: String}\n  Key: {Type: "AWS::SSM::Parameter::Value<List<String>>", Default: /a/role}\n'
    inventory = read({"store.yaml": STORE, "t.yaml": template(agent("A", reference), head)})
    assert certainty(inventory, "A") == "unresolved"
    assert len(gaps(inventory, "unresolved_role")) == 1


def test_what_two_stacks_store_is_not_told_apart() -> None:
    files = {"store.yaml": STORE, "other.yaml": STORE, "t.yaml": template(agent("A", '"{{resolve:ssm:/a/role}}"'))}
    assert certainty(read(files), "A") == "unresolved"


@pytest.mark.parametrize(("account", "sureness"), [("111111111111", "exact"), ("222222222222", "unresolved")])
def test_another_account_has_parameters_of_its_own(account: str, sureness: str) -> None:
    def artifact(file: str, account: str) -> dict[str, object]:
        return {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/eu-west-1",
            "properties": {"templateFile": file},
        }

    artifacts = {"Store": artifact("store.yaml", "111111111111"), "Agents": artifact("t.yaml", account)}
    files = {
        "cdk.out/manifest.json": json.dumps({"version": "48.0.0", "artifacts": artifacts}),
        "cdk.out/store.yaml": STORE,
        "cdk.out/t.yaml": template(agent("A", '"{{resolve:ssm:/a/role}}"')),
    }
    assert certainty(read(files), "A") == sureness


def test_parameters_that_hold_each_other_end() -> None:
    ring = template(
        "One: {Type: AWS::SSM::Parameter, Properties: {Name: /one, Type: String, Value: '{{resolve:ssm:/two}}'}}\n"
        "Two: {Type: AWS::SSM::Parameter, Properties: {Name: /two, Type: String, Value: '{{resolve:ssm:/one}}'}}\n"
        + agent("A", '"{{resolve:ssm:/one}}"')
    )
    assert certainty(read({"t.yaml": ring}), "A") == "unresolved"


def test_parameters_that_hold_each_other_many_times_are_read_in_time() -> None:
    rungs = "".join(
        f"P{i}: {{Type: AWS::SSM::Parameter, Properties: {{Name: /p{i}, Type: String, Value: '{{{{resolve:ssm:/p{i + 1}}}}}{{{{resolve:ssm:/p{i + 1}}}}}'}}}}\n"
        for i in range(50)
    )
    last = "P50: {Type: AWS::SSM::Parameter, Properties: {Name: /p50, Type: String, Value: x}}\n"
    assert (
        certainty(read({"t.yaml": template(rungs + last + agent("A", '"{{resolve:ssm:/p0}}"'))}), "A") == "unresolved"
    )


def test_an_arn_may_be_made_of_a_name_that_another_stack_hands_down() -> None:
    parent = template(
        role("Own")
        + "Child:\n  Type: AWS::CloudFormation::Stack\n  Properties: {TemplateURL: child.yaml, Parameters: {Name: !Ref Own}}\n"
    )
    child = template(
        agent("A", '!Sub "arn:aws:iam::${AWS::AccountId}:role/${Name}"') + agent("B", "!GetAtt Own.Arn") + role("Own"),
        "Parameters:\n  Name: {Type: String}\n",
    )
    inventory = read({"parent.yaml": parent, "child.yaml": child})
    assert role_of(inventory, "A") == "parent.yaml#Own"
    assert role_of(inventory, "B") == "child.yaml#Own"
