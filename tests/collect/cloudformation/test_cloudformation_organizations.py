# ruff: noqa: E501 - templates stand as people write them
"""Service control policies in templates, and what they do to a judgement."""

from __future__ import annotations

from cfn_scan import read, template

from segrego.facts import derive, merge
from segrego.inventory import Account, Inventory

POLICY = """
NoTables:
  Type: AWS::Organizations::Policy
  Properties:
    Name: no-tables
    Type: SERVICE_CONTROL_POLICY
    TargetIds: %s
    Content: {Version: "2012-10-17", Statement: [{Effect: Deny, Action: "dynamodb:*", Resource: "*"}]}
"""


def test_a_policy_on_an_account() -> None:
    text = template(
        POLICY
        % '["111122223333", r-abcd, !Ref Unit]'
        + "Unit: {Type: AWS::Organizations::OrganizationalUnit, Properties: {Name: u, ParentId: r-abcd}}\n"
        "Tags: {Type: AWS::Organizations::Policy, Properties: {Name: t, Type: TAG_POLICY, TargetIds: ['444455556666'], Content: {}}}"
    )
    found = read({"t.yaml": text})
    (account,) = found.accounts
    assert (account.id, account.service_control) == ("111122223333", (("t.yaml#FullAWSAccess", "t.yaml#NoTables"),))
    assert {policy.id: policy.kind for policy in found.policies} == {
        "t.yaml#FullAWSAccess": "service_control",
        "t.yaml#NoTables": "service_control",
    }
    assert [gap for gap in found.gaps if "service_control" in gap.facts] == []


def test_a_target_that_only_the_deployment_knows_is_a_gap() -> None:
    found = read({"t.yaml": template(POLICY % '["111122223333", !Ref Late]', "Parameters: {Late: {Type: String}}")})
    assert [account.id for account in found.accounts] == ["111122223333"]
    assert [gap.subject for gap in found.gaps if "service_control" in gap.facts] == ["t.yaml#NoTables"]


def test_several_stacks_limit_one_account_together() -> None:
    text = template(POLICY % '["111122223333"]')
    (account,) = read({"a.yaml": text, "b.yaml": text}).accounts
    assert account.service_control == (
        ("a.yaml#FullAWSAccess", "a.yaml#NoTables"),
        ("b.yaml#FullAWSAccess", "b.yaml#NoTables"),
    )


def test_what_aws_tells_of_an_account_comes_before_a_file() -> None:
    told = Account(id="111122223333", name="agents", organization="o-1", service_control=())
    file = read({"t.yaml": template(POLICY % '["111122223333"]')})
    for parts in ([Inventory(accounts=(told,)), file], [file, Inventory(accounts=(told,))]):
        assert derive(merge(parts)).accounts == (told,)
