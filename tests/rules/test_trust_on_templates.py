"""What the trust and lifecycle rules say of templates as people write them: read by the source, judged by OPA."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from segrego.assess import assess, prepare
from segrego.collect.cloudformation import SOURCE
from segrego.collect.source import SourceFile
from segrego.config import Config
from segrego.evaluate import EngineOptions, engine
from segrego.findings import Finding
from segrego.inventory import Inventory

Judge = Callable[..., list[Finding]]

SELECTED = (
    "agent_without_owner",
    "classic_role_on_agentcore",
    "role_without_workload",
    "trust_beyond_its_service",
    "trust_chain",
    "trust_not_pinned",
    "trust_open_to_another_account",
    "trust_open_to_anybody",
    "trust_open_to_people",
    "trust_pinned_to_another",
    "unjudged_agents",
)
HEAD = """\
Parameters:
  Partner: {Type: String}
  OrdersId: {Type: String}
Resources:
  Orders:
    Type: AWS::Bedrock::Agent
    Properties: {AgentName: orders, AgentResourceRoleArn: !GetAtt Role.Arn}
  Billing:
    Type: AWS::Bedrock::Agent
    Properties: {AgentName: billing, AgentResourceRoleArn: !GetAtt BillingRole.Arn}
  BillingRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {Service: bedrock.amazonaws.com}
            Action: sts:AssumeRole
            Condition:
              ArnEquals:
                aws:SourceArn: !Sub arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/BILLING123
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
"""
PINNED = """\
- Effect: Allow
  Principal: {Service: !Sub "bedrock.${AWS::URLSuffix}"}
  Action: sts:AssumeRole
  Condition:
    StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}
    ArnLike: {"AWS:SourceArn": !Sub "arn:${AWS::Partition}:bedrock:${AWS::Region}:${AWS::AccountId}:agent/${OrdersId}"}
"""


@pytest.fixture(scope="module")
def judge(opa: Path) -> Judge:
    """Findings of a template of two agents, the trust statements of whose first role are given as text."""
    runs = engine(EngineOptions(name="opa", opa_path=opa))

    def judged(*statements: str, more: str = "") -> list[Finding]:
        text = HEAD + textwrap.indent("".join(statements), " " * 10) + textwrap.indent(more, "  ")
        file = SourceFile(name="stack.yaml", data=text.encode())
        inventory = SOURCE.read([file])
        assert isinstance(inventory, Inventory)
        prepared = prepare(inventory, Config(), evaluated_at_ns=1_800_000_000_000_000_000)
        return list(assess(replace(prepared, settings=replace(prepared.settings, select=SELECTED)), runs).findings)

    return judged


def allow(principal: str, condition: str = "{}") -> str:
    """A trust statement."""
    return f"- {{Effect: Allow, Principal: {principal}, Action: 'sts:Assume*', Condition: {condition}}}\n"


def rules(findings: list[Finding], subject: str = "Role") -> set[str]:
    """The rules that found something in the role."""
    return {finding.rule for finding in findings if finding.subject == subject}


def test_a_pinned_role_is_clean(judge: Judge) -> None:
    assert judge(PINNED) == []


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        (allow("{Service: bedrock.amazonaws.com}"), "trust_not_pinned"),
        (allow("'*'"), "trust_open_to_anybody"),
        (allow("{AWS: '*'}", "{StringEquals: {'aws:PrincipalOrgID': o-abc}}"), "trust_open_to_anybody"),
        (allow("{AWS: !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root'}"), "trust_open_to_people"),
        (allow("{AWS: !Ref AWS::AccountId}"), "trust_open_to_people"),
        (allow("{AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:user/alice'}"), "trust_open_to_people"),
        (
            allow(
                "{Federated: !Sub 'arn:aws:iam::${AWS::AccountId}:oidc-provider/token.actions.githubusercontent.com'}"
            ),
            "trust_open_to_people",
        ),
        (allow("{Service: lambda.amazonaws.com}"), "trust_beyond_its_service"),
        (allow("{AWS: !Sub 'arn:aws:iam::${Partner}:root'}", "{StringEquals: {'sts:ExternalId': x}}"),
         "trust_beyond_its_service"),
        (allow("{AWS: !GetAtt BillingRole.Arn}"), "trust_chain"),
        # the account is let in, for one role, which holds no permission to come
        (allow("{AWS: !Sub 'arn:aws:iam::${AWS::AccountId}:root'}",
               "{ArnEquals: {'aws:PrincipalArn': !GetAtt BillingRole.Arn}}"), "trust_beyond_its_service"),
    ],
)  # fmt: skip
def test_one_more_statement_is_one_finding(judge: Judge, statement: str, rule: str) -> None:
    assert rules(judge(PINNED, statement)) == {rule}


def test_a_condition_on_the_source_keeps_principals_out(judge: Judge) -> None:
    condition = "{StringEquals: {'aws:SourceAccount': !Ref AWS::AccountId}}"
    assert judge(PINNED, allow("{AWS: !GetAtt BillingRole.Arn}", condition)) == []


def test_a_deny_of_every_other_source_pins(judge: Judge) -> None:
    deny = """\
- Effect: Deny
  Principal: "*"
  Action: sts:AssumeRole
  Condition:
    ArnNotEquals: {aws:SourceArn: !Sub "arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/${OrdersId}"}
"""
    assert judge(allow("{Service: bedrock.amazonaws.com}"), deny) == []


def runtime(name: str, services: str) -> str:
    """A runtime named search, and a role of its own that trusts the services for a runtime of the given name."""
    return f"""\
Runtime:
  Type: AWS::BedrockAgentCore::Runtime
  Properties: {{AgentRuntimeName: search, RoleArn: !GetAtt RuntimeRole.Arn}}
RuntimeRole:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement:
        - Effect: Allow
          Principal: {{Service: [{services}]}}
          Action: sts:AssumeRole
          Condition:
            ArnLike:
              aws:SourceArn: !Sub arn:aws:bedrock-agentcore:${{AWS::Region}}:${{AWS::AccountId}}:runtime/{name}-*
"""


def test_a_trust_policy_copied_from_another_agent(judge: Judge) -> None:
    assert judge(PINNED, more=runtime("search", "bedrock-agentcore.amazonaws.com")) == []
    found = judge(PINNED, more=runtime("summary", "bedrock-agentcore.amazonaws.com"))
    assert rules(found, "RuntimeRole") == {"trust_pinned_to_another"}


def test_a_classic_role_that_was_carried_over(judge: Judge) -> None:
    found = judge(PINNED, more=runtime("search", "bedrock-agentcore.amazonaws.com, bedrock.amazonaws.com"))
    assert rules(found, "RuntimeRole") == {"classic_role_on_agentcore"}


def test_a_role_that_nothing_runs_under(judge: Judge) -> None:
    unused = """\
Old:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement: {Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: sts:AssumeRole}
"""
    assert rules(judge(PINNED, more=unused), "Old") == {"role_without_workload"}


def test_an_agent_whose_role_is_not_known(judge: Judge) -> None:
    unknown = """\
Ledger:
  Type: AWS::Bedrock::Agent
  Properties: {AgentName: ledger, AgentResourceRoleArn: !Ref Partner}
"""
    (found,) = judge(PINNED, more=unknown)
    assert (found.rule, found.subject) == ("unjudged_agents", "stack.yaml")
    assert [agent["name"] for agent in found.evidence["agents"]] == ["ledger"]


def test_an_agent_without_an_owner_where_owners_are_kept(judge: Judge) -> None:
    owned = """\
Ledger:
  Type: AWS::Bedrock::Agent
  Properties: {AgentName: ledger, AgentResourceRoleArn: !GetAtt LedgerRole.Arn, Tags: {owner: finance}}
LedgerRole:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement:
        - Effect: Allow
          Principal: {Service: bedrock.amazonaws.com}
          Action: sts:AssumeRole
          Condition:
            ArnEquals: {aws:SourceArn: !Sub "arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/LEDGER1234"}
"""
    (found,) = judge(PINNED, more=owned)
    assert found.rule == "agent_without_owner"
    assert [agent["name"] for agent in found.evidence["agents"]] == ["billing", "orders"]
