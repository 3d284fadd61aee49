"""Groups that rules look up: twins, agent classes, and what several workloads use."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from segrego.config import apply, load_config
from segrego.errors import InventoryError
from segrego.facts import derive
from segrego.inventory import (
    AgentClass,
    Binding,
    Inventory,
    Policy,
    Role,
    SharedUse,
    Statement,
    Tool,
    Use,
    User,
    Workload,
)

READ = Statement(effect="Allow", actions=("s3:getobject",), resources=("arn:aws:s3:::b/*",))
WRITE = Statement(effect="Allow", actions=("s3:putobject",), resources=("arn:aws:s3:::b/*",))


def holding(**statements: tuple[Statement, ...]) -> Inventory:
    return Inventory(
        roles=tuple(Role(id=name, policies=(f"{name}-policy",)) for name in statements),
        policies=tuple(
            Policy(id=f"{name}-policy", name=name, kind="inline", statements=held) for name, held in statements.items()
        ),
    )


def test_roles_are_twins_however_their_statements_are_cut_and_ordered() -> None:
    both = Statement(
        effect="Allow", sid="Both", actions=("s3:putobject", "s3:getobject"), resources=("arn:aws:s3:::b/*",), line=7
    )
    found = derive(holding(a=(READ, WRITE), b=(WRITE, READ), c=(both,), d=(READ,)))
    assert [group.roles for group in found.twin_roles] == [("a", "b", "c")]


def test_statements_under_other_conditions_effects_or_resources_make_no_twins() -> None:
    elsewhere = Statement(effect="Allow", actions=("s3:getobject",), resources=("arn:aws:s3:::c/*",))
    denied = Statement(effect="Deny", actions=("s3:getobject",), resources=("arn:aws:s3:::b/*",))
    excepted = Statement(effect="Allow", not_actions=("s3:getobject",), resources=("arn:aws:s3:::b/*",))
    assert derive(holding(a=(READ,), b=(elsewhere,), c=(denied,), d=(excepted,))).twin_roles == ()


def twins(**extra: Any) -> Inventory:
    return Inventory(
        workloads=tuple(
            Workload(id=name, kind="bedrock_agent", name=name, agent_class="twins", bindings=(Binding(role="shared"),))
            for name in ("a", "b")
        ),
        roles=(Role(id="shared", policies=("p",)),),
        agent_classes=(AgentClass(name="twins", justification="same task"),),
        **({"policies": (Policy(id="p", name="p", kind="inline", statements=(READ,)),)} | extra),
    )


def fingerprint(inventory: Inventory) -> str:
    return derive(inventory).agent_classes[0].fingerprint


def test_a_fingerprint_changes_with_what_members_do_and_may_do() -> None:
    base = fingerprint(twins())
    tool = Tool(id="t", name="t", owner="a", kind="lambda", target="f")
    wider = Policy(id="p", name="p", kind="inline", statements=(READ, WRITE))
    assert base == fingerprint(twins())
    assert len({base, fingerprint(twins(tools=(tool,))), fingerprint(twins(policies=(wider,)))}) == 3


def test_a_class_is_declared_once() -> None:
    again = AgentClass(name="twins", justification="another")
    with pytest.raises(InventoryError, match="agent class twins is declared twice"):
        derive(Inventory(agent_classes=(again, again)))


def test_what_two_classes_mean_belongs_to_the_first_and_overlaps_the_second(tmp_path: Path) -> None:
    path = tmp_path / "segrego.yaml"
    year = datetime.date(2030, 1, 1).isoformat()
    entries = "\n".join(
        f"  - {{name: {name}, names: ['{pattern}'], justification: j, approver: alice, expires: {year}T00:00:00Z}}"
        for name, pattern in (("refunds", "refunds-*"), ("europe", "*-eu"))
    )
    path.write_text(f"agent_classes:\n{entries}\n", encoding="utf-8")
    agents = tuple(
        Workload(id=name, kind="bedrock_agent", name=name) for name in ("refunds-eu", "refunds-us", "orders-eu")
    )
    found = derive(apply(load_config(path), Inventory(workloads=agents)))
    assert {entry.name: (entry.members, entry.overlaps) for entry in found.agent_classes} == {
        "refunds": (("refunds-eu", "refunds-us"), ()),
        "europe": (("orders-eu",), ("refunds-eu",)),
    }


def test_what_several_use_and_is_no_workload_stands_with_its_users() -> None:
    memory, model = Use(relation="memory", target="arn:memory"), Use(relation="model", target="nova")
    agents = [
        Workload(
            id=name, kind="agentcore_harness", name=name, uses=(memory, model, Use(relation="browser", target="b"))
        )
        for name in ("one", "two")
    ]
    browser = Workload(id="b", kind="agentcore_browser", name="b")
    alone = Workload(id="three", kind="agentcore_harness", name="three", uses=(Use(relation="data", target="own"),))
    found = derive(Inventory(workloads=(*agents, browser, alone)))
    users = tuple(User(relation="memory", workload=name) for name in ("one", "two"))
    assert found.shared_uses == (SharedUse(target="arn:memory", users=users),)
