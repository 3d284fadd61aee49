"""The rules of isolation and of agent classes from end to end: for each a world in which it has something to say, and
the same world put right, in which none of them has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from segrego.assess import assess, prepare
from segrego.config import Config
from segrego.evaluate import Engine, EngineOptions, engine
from segrego.findings import Finding
from segrego.inventory import (
    AgentClass,
    Binding,
    Inventory,
    Label,
    Policy,
    Principal,
    Resource,
    Role,
    Source,
    Statement,
    Tool,
    TrustStatement,
    Use,
    Workload,
)

NOW = 1_800_000_000_000_000_000
HOME, AWAY = "111122223333", "444455556666"
CATEGORIES = {"isolation", "agent-class"}


def role_arn(name: str, account: str = HOME) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{HOME}:function:{name}"


def label(value: str) -> Label:
    return Label(value=value, origin="declared")


def agent(name: str, role: str, slot: Any = "draft", account: str = HOME, **extra: Any) -> Workload:
    version = {"version": "1", "via": ("live",)} if slot == "version" else {}
    return Workload(
        id=name,
        kind="bedrock_agent",
        name=name,
        account=account,
        arn=f"arn:aws:bedrock:us-east-1:{account}:agent/{name.upper()}",
        bindings=(Binding(role=role_arn(role), slot=slot, **version),),
        **extra,
    )


def function(name: str, **extra: Any) -> Workload:
    binding = Binding(role=role_arn(extra.pop("role", name)))
    return Workload(
        id=name, kind="lambda_function", name=name, arn=function_arn(name), account=HOME, bindings=(binding,), **extra
    )


def tool(owner: str, target: str) -> Tool:
    return Tool(id=f"{owner}/{target}", name=target, owner=owner, kind="lambda", target=target)


def allow(*actions: str, on: str = "*") -> Statement:
    return Statement(effect="Allow", actions=actions, resources=(on,))


def trusting(principal: str, kind: str = "Service") -> tuple[TrustStatement, ...]:
    principals = (Principal(type=kind, value=principal),)
    return (TrustStatement(effect="Allow", actions=("sts:assumerole",), principals=principals),)


def world(
    workloads: tuple[Workload, ...],
    grants: dict[str, tuple[Statement, ...]],
    tools: tuple[Tool, ...] = (),
    classes: tuple[AgentClass, ...] = (),
    resources: tuple[Resource, ...] = (),
) -> Inventory:
    """Every role that is held or granted anything, with a policy each. ``ledger-*`` trust the account."""
    held = {binding.role for workload in workloads for binding in workload.bindings} | set(map(role_arn, grants))
    return Inventory(
        sources=(Source(id="world", kind="document"),),
        workloads=workloads,
        roles=tuple(
            Role(
                id=arn,
                arn=arn,
                account=HOME,
                policies=(f"{arn}/policy",),
                trust=trusting(f"arn:aws:iam::{HOME}:root", "AWS")
                if "/ledger" in arn
                else trusting("bedrock.amazonaws.com"),
            )
            for arn in sorted(held)
        ),
        policies=tuple(
            Policy(
                id=f"{arn}/policy",
                name="policy",
                kind="inline",
                statements=(allow("bedrock:invokemodel"), *grants.get(arn.partition("role/")[2], ())),
            )
            for arn in sorted(held)
        ),
        tools=tools,
        resources=resources,
        agent_classes=classes,
    )


def bucket(name: str, sensitivity: str) -> Resource:
    return Resource(
        id=name, kind="AWS::S3::Bucket", name=name, arn=f"arn:aws:s3:::{name}", sensitivity=label(sensitivity)
    )


def data(name: str) -> tuple[Use, ...]:
    return (Use(relation="data", target=name),)


def interpreters(*roles: str) -> tuple[Workload, ...]:
    return tuple(
        Workload(
            id=f"interpreter-{number}",
            kind="agentcore_code_interpreter",
            name=f"interpreter-{number}",
            bindings=(Binding(role=role_arn(role)),),
        )
        for number, role in enumerate(roles)
    )


def memory(name: str, *users: str) -> tuple[Workload, ...]:
    use = Use(relation="memory", target=f"arn:aws:bedrock-agentcore:us-east-1:{HOME}:memory/{name}")
    return tuple(agent(user, user, uses=(use,)) for user in users)


REMEMBER = (allow("bedrock-agentcore:createevent"),)
PRODUCTION, TEST = {"environment": label("production")}, {"environment": label("test")}
REFUND = allow("lambda:updatefunctioncode", on=function_arn("refund"))
LEDGER = (allow("sts:assumerole", on=role_arn("ledger-access")),)
TABLE = (allow("dynamodb:putitem", on=f"arn:aws:dynamodb:us-east-1:{HOME}:table/orders"),)
ELSEWHERE = (allow("dynamodb:putitem", on=f"arn:aws:dynamodb:us-east-1:{HOME}:table/returns"),)


def twins(name: str, **extra: Any) -> AgentClass:
    return AgentClass(name=name, justification="one task", approver="alice", expires_at_ns=NOW + 1, **extra)


BASE = Use(relation="knowledge_base", target="handbook")
HANDBOOK = Workload(id="handbook", kind="bedrock_knowledge_base", name="handbook")

CASES: dict[str, tuple[str, Inventory, Inventory]] = {
    "shared_execution_role": (
        role_arn("both"),
        world((agent("a", "both"), agent("b", "both")), {"both": TABLE}),
        world((agent("a", "a"), agent("b", "b")), {"a": TABLE}),
    ),
    "role_shared_across_accounts": (
        role_arn("one"),
        world((agent("a", "one", account=AWAY),), {}),
        world((agent("a", "one"),), {}),
    ),
    "role_shared_across_sensitivities": (
        role_arn("both"),
        world(
            (agent("a", "both", uses=data("faq")), agent("b", "both", uses=data("pay"))), {},
            resources=(bucket("faq", "public"), bucket("pay", "restricted")),
        ),
        world(
            (agent("a", "a", uses=data("faq")), agent("b", "b", uses=data("pay"))), {},
            resources=(bucket("faq", "public"), bucket("pay", "restricted")),
        ),
    ),
    "shared_service_role": (
        role_arn("runner"),
        world((*interpreters("runner", "runner"), agent("a", "a"), agent("b", "b")), {"runner": TABLE}),
        world((*interpreters("one", "two"), agent("a", "a"), agent("b", "b")), {"one": TABLE}),
    ),
    "draft_shares_live_role": (
        role_arn("live"),
        world((agent("a", "live", "version"), agent("b", "live")), {}),
        world((agent("a", "live", "version"), agent("b", "trial")), {}),
    ),
    "role_shared_by_chaining": (
        role_arn("ledger-access"),
        world((agent("a", "a"), agent("b", "b")), {"a": LEDGER, "b": LEDGER, "ledger-access": TABLE}),
        world((agent("a", "a"), agent("b", "b")), {"a": LEDGER, "ledger-access": TABLE}),
    ),
    "cloned_roles": (
        role_arn("a"),
        world((agent("a", "a"), agent("b", "b")), {"a": TABLE, "b": TABLE}),
        world((agent("a", "a"), agent("b", "b")), {"a": TABLE, "b": ELSEWHERE}),
    ),
    "agent_can_rewrite_others": (
        role_arn("a"),
        world((agent("a", "a"), agent("b", "b"), function("refund")), {"a": (REFUND,)}, (tool("b", "refund"),)),
        world((agent("a", "a"), agent("b", "b"), function("refund")), {"a": (REFUND,)}, (tool("a", "refund"),)),
    ),
    "agents_share_runtime": (
        "a",
        world((agent("a", "a", hosted_agents=("planner", "writer")),), {}),
        world((agent("a", "a", hosted_agents=("planner",)),), {}),
    ),
    "tool_shared_across_environments": (
        "refund",
        world(
            (agent("a", "a", **PRODUCTION), agent("b", "b", **TEST), function("refund")), {},
            (tool("a", "refund"), tool("b", "refund")),
        ),
        world(
            (agent("a", "a", **TEST), agent("b", "b", **TEST), function("refund")), {},
            (tool("a", "refund"), tool("b", "refund")),
        ),
    ),
    "memory_shared_by_agents": (
        f"arn:aws:bedrock-agentcore:us-east-1:{HOME}:memory/desk",
        world(memory("desk", "a", "b"), {"a": REMEMBER}),
        world((*memory("desk", "a"), *memory("shelf", "b")), {"a": REMEMBER}),
    ),
    "data_path_shared_across_environments": (
        "handbook",
        world((agent("a", "a", uses=(BASE,), **PRODUCTION), agent("b", "b", uses=(BASE,), **TEST), HANDBOOK), {}),
        world((agent("a", "a", uses=(BASE,), **TEST), agent("b", "b", uses=(BASE,), **TEST), HANDBOOK), {}),
    ),
    "class_not_equivalent": (
        "agent class twins",
        world(
            (agent("a", "a", agent_class="twins", **TEST), agent("b", "b", agent_class="twins", **PRODUCTION)), {},
            classes=(twins("twins"),),
        ),
        world((agent("a", "a"), agent("b", "b")), {}),
    ),
    "class_not_approved": (
        "agent class twins",
        world(
            (agent("a", "a", agent_class="twins"), agent("b", "b", agent_class="twins")), {},
            classes=(replace(twins("twins"), expires_at_ns=NOW),),
        ),
        world((agent("a", "a"), agent("b", "b")), {}),
    ),
    "class_changed_since_approval": (
        "agent class twins",
        world(
            (agent("a", "a", agent_class="twins"), agent("b", "b", agent_class="twins")), {},
            classes=(twins("twins", approved="sha256:old"),),
        ),
        world((agent("a", "a"), agent("b", "b")), {}),
    ),
    "class_membership_unclear": (
        "agent class twins",
        world((agent("a", "a", agent_class="twins"),), {}, classes=(twins("twins"),)),
        world((agent("a", "a"),), {}),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def engines(opa: Path) -> list[Engine]:
    return [engine(EngineOptions(name="embedded")), engine(EngineOptions(name="opa", opa_path=opa))]


def found(engines: list[Engine], inventory: Inventory) -> list[Finding]:
    """The findings of isolation and agent classes, which both engines must agree on."""
    prepared = prepare(inventory, Config(), evaluated_at_ns=NOW)
    reports = [assess(prepared, one).findings for one in engines]
    assert reports[0] == reports[1]
    return [finding for finding in reports[0] if finding.category in CATEGORIES]


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_finds_its_case_and_nothing_in_the_same_put_right(engines: list[Engine], rule: str) -> None:
    subject, broken, sound = CASES[rule]
    assert (rule, subject) in [(finding.rule, finding.subject_id) for finding in found(engines, broken)]
    assert found(engines, sound) == []


def test_a_sound_class_excuses_sharing_until_its_roles_are_widened(engines: list[Engine]) -> None:
    members = (agent("a", "both", agent_class="twins"), agent("b", "both", agent_class="twins"))
    unwritten = world(members, {"both": TABLE}, classes=(twins("twins"),))
    (first,) = found(engines, unwritten)
    assert (first.rule, first.severity) == ("class_not_approved", "low")
    approved = twins("twins", approved=first.evidence["fingerprint"])
    assert found(engines, replace(unwritten, agent_classes=(approved,))) == []
    widened = world(members, {"both": (*TABLE, allow("s3:putobject"))}, classes=(approved,))
    assert {finding.rule for finding in found(engines, widened)} == {
        "class_changed_since_approval", "shared_execution_role",
    }  # fmt: skip


def test_one_finding_for_a_group_however_large(engines: list[Engine]) -> None:
    many = world(tuple(agent(f"agent-{number}", "all") for number in range(12)), {"all": TABLE})
    (finding,) = found(engines, many)
    assert finding.rule == "shared_execution_role"
    assert len(finding.evidence["agents"]) == len(finding.evidence["gains"]) == 12
