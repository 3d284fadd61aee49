"""What resource patterns name, and who may come to assume which role."""

from __future__ import annotations

import time
from typing import Any

import pytest

from segrego.facts import derive
from segrego.inventory import (
    Inventory,
    Location,
    NamedThing,
    Policy,
    Principal,
    Resource,
    ResourcePattern,
    Role,
    RoleChain,
    Statement,
    TrustStatement,
    Use,
    Workload,
)

ACCOUNT = "111122223333"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:refund"
AGENT = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:agent/ORDERS"
RUNTIME = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:runtime/desk-1"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t"
PROMPT = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:prompt/GREET"


def place(file: str) -> Location:
    return Location(source=file, file=file, line=1)


def allow(*resources: str, actions: tuple[str, ...] = ("s3:getobject",), **extra: Any) -> Statement:
    return Statement(effect="Allow", actions=actions, resources=resources, **extra)


def policy(name: str, *statements: Statement, **extra: Any) -> Policy:
    return Policy(id=name, name=name, kind=extra.pop("kind", "inline"), statements=statements, **extra)


def trusting(*values: str, kind: str = "AWS") -> tuple[TrustStatement, ...]:
    principals = tuple(Principal(type=kind, value=value) for value in values)
    return (TrustStatement(effect="Allow", actions=("sts:assumerole",), principals=principals),)


WORLD = Inventory(
    workloads=(
        Workload(id="orders", kind="bedrock_agent", name="orders", arn=AGENT, uses=(
            Use(relation="prompt", target=f"{PROMPT}:3"),
            Use(relation="guardrail", target=f"arn:aws:bedrock:us-east-1:{ACCOUNT}:guardrail/g1"),
            Use(relation="model", target="amazon.nova-pro-v1:0"),
        )),
        Workload(id="refund", kind="lambda_function", name="refund", arn=FUNCTION, uses=(
            Use(relation="code", target="arn:aws:s3:::artifacts/tools/refund.zip"),
        )),
        Workload(id="desk", kind="agentcore_runtime", name="desk", arn=RUNTIME, uses=(
            Use(relation="code", target=f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/agents/desk:v3"),
        )),
        Workload(id="nowhere", kind="agentcore_runtime", name="nowhere"),
    ),
    resources=(
        Resource(id="table", kind="AWS::DynamoDB::Table", name="t", arn=TABLE),
        Resource(id="bucket", kind="AWS::S3::Bucket", name="ledger", arn="arn:aws:s3:::ledger"),
    ),
)  # fmt: skip


def things(entry: ResourcePattern) -> list[NamedThing]:
    return [thing for group in entry.groups for thing in group.names]


def named(*patterns: str, world: Inventory = WORLD, **extra: Any) -> dict[str, list[tuple[str, str]]]:
    """Pattern to the kind and id of what it names, for a role that is granted the patterns."""
    found = derive(
        Inventory(
            workloads=world.workloads,
            resources=world.resources,
            roles=(Role(id=f"arn:aws:iam::{ACCOUNT}:role/agent", policies=("p",)),),
            policies=(policy("p", allow(*patterns), **extra),),
        )
    )
    return {entry.pattern: [(thing.kind, thing.id) for thing in things(entry)] for entry in found.resource_patterns}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (FUNCTION, [("lambda_function", "refund")]),
        (f"{FUNCTION}:live", [("lambda_function", "refund")]),
        (f"{FUNCTION}:*", [("lambda_function", "refund")]),
        (f"arn:aws:lambda:*:{ACCOUNT}:function:re*", [("lambda_function", "refund")]),
        (f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:refun?", [("lambda_function", "refund")]),
        (f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:re*:live", [("lambda_function", "refund")]),
        ("arn:aws:lambda:*", [("lambda_function", "refund")]),
        (AGENT, [("bedrock_agent", "orders")]),
        (f"arn:aws:bedrock:us-east-1:{ACCOUNT}:agent-alias/ORDERS/LIVE", [("bedrock_agent", "orders")]),
        (f"arn:aws:bedrock:us-east-1:{ACCOUNT}:agent-alias/ORDERS/*", [("bedrock_agent", "orders")]),
        (f"arn:aws:bedrock:us-east-1:{ACCOUNT}:agent-alias/*", [("bedrock_agent", "orders")]),
        (f"{RUNTIME}/runtime-endpoint/DEFAULT", [("agentcore_runtime", "desk")]),
        (PROMPT, [("prompt", "orders")]),
        (f"arn:aws:bedrock:us-east-1:{ACCOUNT}:guardrail/*", [("guardrail", "orders")]),
        ("arn:aws:s3:::ledger", [("resource", "bucket")]),
        ("arn:aws:s3:::ledger/2026/*", [("resource", "bucket")]),
        ("arn:aws:s3:::led*/x", [("resource", "bucket")]),
        (f"{TABLE}/index/i", [("resource", "table")]),
        ("arn:aws:s3:::artifacts", [("s3_bucket", "refund")]),
        ("arn:aws:s3:::artifacts/tools/*", [("s3_bucket", "refund"), ("s3_object", "refund")]),
        ("arn:aws:s3:::artifacts/other/*", [("s3_bucket", "refund")]),
        (f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/agents/*", [("ecr_repository", "desk")]),
        (f"arn:aws:iam::{ACCOUNT}:role/*", [("role", f"arn:aws:iam::{ACCOUNT}:role/agent")]),
        ("arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/table}", [("resource", "table")]),
    ],
)  # fmt: skip
def test_a_pattern_names_what_it_matches_and_what_it_matches_parts_of(
    pattern: str, expected: list[tuple[str, str]]
) -> None:
    assert named(pattern) == {pattern: expected}


@pytest.mark.parametrize(
    "pattern",
    [
        f"{FUNCTION}-other",
        f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:refund",
        "arn:aws:lambda:us-east-1:444455556666:function:*",
        f"arn:aws:bedrock:us-east-1:{ACCOUNT}:agent-alias/OTHER/*",
        "arn:aws:s3:::ledger-2",
        "arn:aws:s3:::ledge",
        "arn:aws:sqs:*",
        "ledger",
        "",
    ],
)
def test_a_pattern_that_matches_nothing_is_left_out(pattern: str) -> None:
    assert named(pattern) == {}


def test_everything_names_everything_even_what_has_no_arn() -> None:
    found = named("*")["*"]
    assert found[0] == ("agentcore_runtime", "nowhere")
    assert {kind for kind, _ in found} == {
        "agentcore_runtime", "bedrock_agent", "ecr_repository", "guardrail", "lambda_function", "prompt", "resource",
        "role", "s3_bucket", "s3_object",
    }  # fmt: skip


def test_names_stand_by_the_account_that_the_arn_or_the_entity_tells() -> None:
    agents = [
        Workload(id=name, kind="agentcore_runtime", name=name, arn=arn, account=account)
        for name, arn, account in (
            ("by-arn", "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/a", None),
            ("by-field", "arn:aws:bedrock-agentcore:us-east-1:${AWS::AccountId}:runtime/b", "444455556666"),
            ("unknown", "arn:aws:bedrock-agentcore:us-east-1:${AWS::AccountId}:runtime/c", None),
        )
    ]
    found = derive(
        Inventory(workloads=tuple(agents), roles=(Role(id="r", policies=("p",)),), policies=(policy("p", allow("*")),))
    )
    groups = [(group.account, [thing.id for thing in group.names]) for group in found.resource_patterns[0].groups]
    assert groups == [(None, ["unknown", "r"]), ("111122223333", ["by-arn"]), ("444455556666", ["by-field"])]


def test_a_templates_own_name_means_something_in_its_file_alone() -> None:
    arn = "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Orders}"
    world = Inventory(
        resources=tuple(
            Resource(id=f"{file}#Orders", kind="AWS::DynamoDB::Table", name="Orders", arn=arn, location=place(file))
            for file in ("a.yaml", "b.yaml")
        )
    )
    assert named(arn, world=world, location=place("a.yaml")) == {arn: [("resource", "a.yaml#Orders")]}
    wide = "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*"
    both = [("resource", "a.yaml#Orders"), ("resource", "b.yaml#Orders")]
    assert named(wide, world=world, location=place("a.yaml")) == {wide: both}


def test_the_same_pattern_of_two_files_stands_once_for_each() -> None:
    arn = "arn:aws:s3:::${Data}"
    parts = {
        file: (
            Role(id=f"{file}#Role", policies=(f"{file}#p",), location=place(file)),
            policy(f"{file}#p", allow(arn), location=place(file)),
            Resource(id=f"{file}#Data", kind="AWS::S3::Bucket", name="Data", arn=arn, location=place(file)),
        )
        for file in ("a.yaml", "b.yaml")
    }
    found = derive(
        Inventory(
            roles=tuple(role for role, _, _ in parts.values()),
            policies=tuple(held for _, held, _ in parts.values()),
            resources=tuple(resource for _, _, resource in parts.values()),
        )
    )
    assert [(entry.file, [thing.id for thing in things(entry)]) for entry in found.resource_patterns] == [
        ("a.yaml", ["a.yaml#Data"]),
        ("b.yaml", ["b.yaml#Data"]),
    ]


def test_a_customer_managed_policy_belongs_to_the_roles_that_hold_it() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/tools"
    role = f"arn:aws:iam::{ACCOUNT}:role/agent"
    found = derive(
        Inventory(
            roles=(Role(id=role, policies=("p", "m"), boundary="b"),),
            policies=(
                policy("p", allow(f"arn:aws:iam::{ACCOUNT}:policy/*", "arn:aws:iam::aws:policy/*")),
                policy("m", kind="managed", arn=arn),
                policy("b", kind="boundary", arn=f"{arn}-boundary"),
                policy("a", kind="aws_managed", arn="arn:aws:iam::aws:policy/ReadOnlyAccess"),
            ),
        )
    )
    assert [(thing.kind, thing.id, thing.arn) for entry in found.resource_patterns for thing in things(entry)] == [
        ("policy", role, arn),
        ("policy", role, f"{arn}-boundary"),
    ]


def test_denials_boundaries_and_unheld_policies_grant_no_pattern() -> None:
    found = derive(
        Inventory(
            workloads=WORLD.workloads,
            roles=(Role(id="r", policies=("p",), boundary="b"),),
            policies=(
                policy("p", Statement(effect="Deny", actions=("*",), resources=(FUNCTION,))),
                policy("b", allow(FUNCTION), kind="boundary"),
                policy("unheld", allow(FUNCTION)),
            ),
        )
    )
    assert found.resource_patterns == ()


def test_deriving_twice_changes_nothing() -> None:
    roles = (Role(id="r", policies=("p",)),)
    found = derive(Inventory(workloads=WORLD.workloads, roles=roles, policies=(policy("p", allow(FUNCTION)),)))
    assert derive(found) == found
    assert isinstance(found.resource_patterns[0], ResourcePattern)


def test_a_hostile_pattern_costs_no_more_than_its_length() -> None:
    name = "a" * 300
    world = Inventory(resources=(Resource(id="r", kind="AWS::S3::Bucket", name=name, arn=f"arn:aws:s3:::{name}"),))
    start = time.process_time()
    pattern = f"arn:aws:s3:::{'a*' * 100}b"
    assert named(pattern, world=world) == {pattern: [("resource", "r")]}  # parts of it may end in b
    assert time.process_time() - start < 5


ROLES = {name: f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("orders", "billing", "ledger")}
ASSUME = ("sts:assumerole",)


def chains(*roles: Role, **policies: Statement) -> list[RoleChain]:
    held = tuple(policy(name, statement) for name, statement in policies.items())
    return list(derive(Inventory(roles=roles, policies=held)).role_chains)


def test_grants_of_assume_role_are_gathered_by_the_role_that_is_assumed() -> None:
    found = chains(
        Role(id=ROLES["orders"], policies=("exact",)),
        Role(id=ROLES["billing"], policies=("wide",)),
        Role(id=ROLES["ledger"], trust=trusting(f"arn:aws:iam::{ACCOUNT}:root")),
        exact=allow(ROLES["ledger"], actions=ASSUME),
        wide=allow(f"arn:aws:iam::{ACCOUNT}:role/led*", actions=("sts:*",)),
    )
    assert found == [RoleChain(role=ROLES["ledger"], assumers=(ROLES["billing"], ROLES["orders"]))]


def test_what_grants_something_else_or_everything_is_not_counted() -> None:
    found = chains(
        Role(id=ROLES["orders"], policies=("other", "everything", "denying")),
        Role(id=ROLES["ledger"], trust=trusting(f"arn:aws:iam::{ACCOUNT}:root")),
        other=allow(ROLES["ledger"], actions=("iam:passrole",)),
        everything=allow("*", actions=ASSUME),
        denying=Statement(effect="Deny", actions=ASSUME, resources=(ROLES["ledger"],)),
    )
    assert found == [RoleChain(role=ROLES["ledger"], assumers=())]


def test_everything_but_counts_unless_it_names_the_action() -> None:
    trust = trusting(f"arn:aws:iam::{ACCOUNT}:root")
    for excepted, assumers in ((("s3:*",), (ROLES["orders"],)), (("sts:*",), ())):
        found = chains(
            Role(id=ROLES["orders"], policies=("p",)),
            Role(id=ROLES["ledger"], trust=trust),
            p=Statement(effect="Allow", not_actions=excepted, resources=(ROLES["ledger"],)),
        )
        assert found == [RoleChain(role=ROLES["ledger"], assumers=assumers)]


def test_a_role_that_trust_names_may_come_without_a_grant() -> None:
    found = chains(Role(id=ROLES["orders"]), Role(id=ROLES["ledger"], trust=trusting(ROLES["orders"])))
    assert found == [RoleChain(role=ROLES["ledger"], assumers=(ROLES["orders"],))]


def test_a_role_that_trusts_services_alone_is_in_no_chain() -> None:
    found = chains(
        Role(id=ROLES["orders"], policies=("p",)),
        Role(id=ROLES["ledger"], trust=trusting("lambda.amazonaws.com", kind="Service")),
        p=allow(ROLES["ledger"], actions=ASSUME),
    )
    assert found == []


def test_a_trust_policy_that_was_not_read_may_let_anybody_in() -> None:
    found = chains(
        Role(id=ROLES["orders"], policies=("p",)),
        Role(id=ROLES["ledger"], unread=("trust",)),
        p=allow(ROLES["ledger"], actions=ASSUME),
    )
    assert found == [RoleChain(role=ROLES["ledger"], assumers=(ROLES["orders"],))]


def test_a_role_outside_the_document_stands_by_its_arn_where_two_are_granted_it() -> None:
    away = "arn:aws:iam::444455556666:role/lake"
    orders, billing = (Role(id=ROLES[name], policies=(name,)) for name in ("orders", "billing"))
    grants = {name: allow(away, actions=ASSUME) for name in ("orders", "billing")}
    assert chains(orders, billing, **grants) == [RoleChain(role=away, assumers=(ROLES["billing"], ROLES["orders"]))]
    assert chains(orders, **{"orders": grants["orders"]}) == []
    wild = {name: allow("arn:aws:iam::444455556666:role/*", actions=ASSUME) for name in ("orders", "billing")}
    assert chains(orders, billing, **wild) == []


def test_names_of_two_templates_do_not_meet_in_a_trust_policy() -> None:
    arn = "arn:aws:iam::${AWS::AccountId}:role/${Agent}"
    ledger = Role(
        id="a#Ledger", arn="arn:aws:iam::${AWS::AccountId}:role/ledger", location=place("a"), trust=trusting(arn)
    )
    agents = [Role(id=f"{file}#Agent", arn=arn, location=place(file)) for file in ("a", "b")]
    assert chains(ledger, *agents) == [RoleChain(role="a#Ledger", assumers=("a#Agent",))]
