"""What follows from other facts, and follows again from the result without a change."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from segrego.collect.files import collect_files
from segrego.errors import InventoryError
from segrego.facts import derive
from segrego.inventory import (
    Account,
    AgentClass,
    Binding,
    Credential,
    Inventory,
    Location,
    Operation,
    Policy,
    Resource,
    Role,
    Statement,
    Tag,
    Tool,
    Use,
    User,
    Workload,
)

ROOT = Path(__file__).resolve().parents[2]


def agent(name: str, *roles: str, **fields: object) -> Workload:
    bindings = tuple(Binding(role=role, slot="draft") for role in roles)
    return Workload(id=name, kind="bedrock_agent", name=name, bindings=bindings, **fields)  # type: ignore[arg-type]


def allow(actions: tuple[str, ...], *resources: str, sid: str | None = None, line: int | None = None) -> Statement:
    return Statement(effect="Allow", actions=actions, resources=resources or ("*",), sid=sid, line=line)


def policy(name: str, *statements: Statement, **fields: object) -> Policy:
    return Policy(id=name, name=name, kind="inline", statements=statements, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["examples/organization", "examples/segregated"])
def test_deriving_again_changes_nothing(path: str) -> None:
    once = derive(collect_files([str(ROOT / path)]))
    assert derive(once) == once
    assert derive(msgspec.json.decode(msgspec.json.encode(once), type=Inventory)) == once


NAMES = ("a", "b", "c")
names = st.sampled_from(NAMES)


def some(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


def each(make: object, **fields: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    """One entity for each name, in any order."""
    entities = st.tuples(*(st.builds(make, id=st.just(name), **fields) for name in NAMES))  # type: ignore[arg-type]
    return entities.flatmap(lambda found: st.permutations(found).map(tuple))


statements = st.builds(allow, st.tuples(st.sampled_from(["s3:*", "s3:getobject", "nosuch:thing"])))
documents = st.builds(
    Inventory,
    workloads=each(
        Workload,
        kind=st.sampled_from(["bedrock_agent", "lambda_function"]),
        name=st.sampled_from(["a", "a-prod", "b-dev-prod", ""]),
        bindings=some(st.builds(Binding, role=names)),
        uses=some(st.builds(Use, relation=st.just("collaborator"), target=names)),
        tags=some(st.builds(Tag, key=st.sampled_from(["env", "TEAM", "x"]), value=names)),
        agent_class=st.none() | names,
    ),
    roles=each(Role, policies=some(names), boundary=st.none() | names),
    policies=each(Policy, name=names, kind=st.just("inline"), statements=some(statements)),
    tools=each(Tool, name=names, owner=names, kind=st.just("lambda"), target=st.none() | names),
    agent_classes=st.sets(names).map(lambda found: tuple(AgentClass(name=n, justification="j") for n in found)),
)


@given(documents)
def test_any_document_derives_once_and_for_all(inventory: Inventory) -> None:
    once = derive(inventory)
    assert derive(once) == once
    assert derive(replace(once, workloads=once.workloads[::-1], roles=once.roles[::-1])) == once


def test_both_directions_of_every_edge() -> None:
    found = derive(
        Inventory(
            workloads=(
                agent("front", "r", uses=(Use(relation="collaborator", target="back"),)),
                agent("back", "r", "s"),
                Workload(id="run", kind="lambda_function", name="run", bindings=(Binding(role="s"),)),
            ),
            roles=(Role(id="r"), Role(id="s"), Role(id="t")),
            tools=(Tool(id="tool", name="tool", owner="front", kind="lambda", target="run"),),
        )
    )
    by_id = {workload.id: workload for workload in found.workloads}
    assert (by_id["front"].tools, by_id["run"].serves) == (("tool",), ("tool",))
    assert by_id["back"].used_by == (User(relation="collaborator", workload="front"),)
    held = {
        role.id: [(binding.workload, binding.kind, binding.slot) for binding in role.bindings] for role in found.roles
    }
    assert held == {
        "r": [("back", "bedrock_agent", "draft"), ("front", "bedrock_agent", "draft")],
        "s": [("back", "bedrock_agent", "draft"), ("run", "lambda_function", "execution")],
        "t": [],
    }


def test_every_pattern_is_expanded_once() -> None:
    statements = (
        allow(("s3:getobject", "*")),
        Statement(effect="Deny", not_actions=("s3:getobject",), resources=("*",)),
    )
    found = derive(Inventory(policies=(policy("p", *statements), policy("q", statements[0]))))
    assert [(entry.pattern, entry.span) for entry in found.actions] == [("*", "all"), ("s3:getobject", "exact")]


def test_a_shipped_policy_is_filled_in_and_an_unknown_one_is_a_gap() -> None:
    known = Policy(
        id="k", name="basic", kind="aws_managed", read=False,
        arn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    )  # fmt: skip
    unknown = replace(known, id="u", arn="arn:aws:iam::aws:policy/NoSuchPolicy")
    own = replace(known, id="o", read=True, statements=(allow(("s3:getobject",)),))
    found = derive(Inventory(policies=(known, unknown, own)))
    read = {entry.id: (entry.read, len(entry.statements) > 0) for entry in found.policies}
    assert read == {"k": (True, True), "o": (True, True), "u": (False, False)}
    assert found.policies[1].statements == own.statements  # the account's own version counts
    assert [(gap.code, gap.subject) for gap in found.gaps if gap.code == "unread_policy"] == [("unread_policy", "u")]


ROLE = Role(id="r")
TWICE: list[tuple[Inventory, str]] = [
    (Inventory(workloads=(agent("a"), agent("a"))), "a is used twice"),
    (Inventory(roles=(ROLE, ROLE)), "r is used twice"),
    (Inventory(policies=(policy("p"), policy("p"))), "p is used twice"),
    (Inventory(accounts=(Account(id="1"), Account(id="1"))), "1 is used twice"),
    (Inventory(workloads=(agent("a", "gone"),)), "workload a refers to role gone"),
    (Inventory(roles=(Role(id="r", policies=("gone",)),)), "role r refers to policy gone"),
    (Inventory(roles=(Role(id="r", boundary="gone"),)), "role r refers to policy gone"),
    (Inventory(tools=(Tool(id="t", name="t", owner="gone", kind="other"),)), "tool t refers to workload gone"),
    (
        Inventory(
            workloads=(agent("a"),), tools=(Tool(id="t", name="t", owner="a", kind="other", credentials=("gone",)),)
        ),
        "tool t refers to credential gone",
    ),
    (Inventory(accounts=(Account(id="1", service_control=(("gone",),)),)), "account 1 refers to policy gone"),
]


@pytest.mark.parametrize(("inventory", "words"), TWICE, ids=[words for _, words in TWICE])
def test_an_id_twice_or_of_nothing_is_refused(inventory: Inventory, words: str) -> None:
    with pytest.raises(InventoryError, match=words) as caught:
        derive(inventory)
    assert caught.value.hint


def test_a_use_may_lead_out_of_the_document() -> None:
    found = derive(Inventory(workloads=(agent("a", uses=(Use(relation="model", target="amazon.nova-lite-v1:0"),)),)))
    assert found.workloads[0].uses[0].target == "amazon.nova-lite-v1:0"


def twins(*roles: Role, policies: tuple[Policy, ...]) -> list[tuple[str, ...]]:
    return [group.roles for group in derive(Inventory(roles=roles, policies=policies)).twin_roles]


READ = allow(("s3:getobject",), "arn:aws:s3:::a/*", sid="Read", line=3)
SEND = allow(("sqs:sendmessage", "sqs:getqueueurl"), "arn:aws:sqs:eu-west-1:1:q")


def test_roles_that_may_do_the_same_are_twins_however_it_is_written() -> None:
    again = allow(("sqs:getqueueurl", "sqs:sendmessage"), *SEND.resources, sid="Send", line=9)
    policies = (policy("p", READ, SEND), policy("q", again), policy("r", allow(READ.actions, *READ.resources)))
    assert twins(Role(id="one", policies=("p",)), Role(id="two", policies=("q", "r")), policies=policies) == [
        ("one", "two")
    ]


@pytest.mark.parametrize(
    ("other", "more"),
    [
        (Role(id="two", policies=("q",)), policy("q", allow(("s3:getobject",), "arn:aws:s3:::b/*"))),
        (Role(id="two", policies=("p",), boundary="q"), policy("q", READ)),
        (Role(id="two", policies=("p",), unread=("policies",)), policy("q")),
        (Role(id="two", policies=("p", "q")), policy("q", read=False)),
        (
            Role(id="two", policies=("p", "q")),
            policy("q", Statement(effect="Deny", actions=("s3:*",), resources=("*",))),
        ),
    ],
)
def test_roles_that_differ_or_are_not_read_whole_are_no_twins(other: Role, more: Policy) -> None:
    assert twins(Role(id="one", policies=("p",)), other, policies=(policy("p", READ), more)) == []


def test_roles_that_grant_nothing_are_no_twins() -> None:
    assert twins(Role(id="one"), Role(id="two"), policies=()) == []


def test_a_group_of_twins_has_one_digest_wherever_it_is_found() -> None:
    policies = (policy("p", READ),)
    one = derive(Inventory(roles=(Role(id="a", policies=("p",)), Role(id="b", policies=("p",))), policies=policies))
    other = derive(Inventory(roles=(Role(id="x", policies=("p",)), Role(id="y", policies=("p",))), policies=policies))
    assert one.twin_roles[0].digest == other.twin_roles[0].digest
    assert one.twin_roles[0].digest.startswith("sha256:")


def readers(**changes: object) -> Inventory:
    """Two agents of one class; ``changes`` are to the first agent, or to its tool."""
    operation = Operation(name="read", method="GET")
    tool = Tool(id="t", name="t", owner="a", kind="lambda", target="f", operations=(operation,))
    tool_fields = {name: changes.pop(name) for name in list(changes) if name in ("operations", "state", "target")}
    return Inventory(
        workloads=(
            replace(agent("a", "r", agent_class="c"), **changes),
            agent("b", "r", agent_class="c"),
            agent("other", "r"),
        ),
        roles=(ROLE,),
        tools=(replace(tool, **tool_fields),),
        agent_classes=(AgentClass(name="c", justification="same"), AgentClass(name="empty", justification="none")),
    )


def fingerprint(inventory: Inventory) -> str:
    return derive(inventory).agent_classes[0].fingerprint


def test_a_class_has_the_members_that_name_it() -> None:
    assert [entry.members for entry in derive(readers()).agent_classes] == [("a", "b"), ()]


@pytest.mark.parametrize(
    "changes",
    [
        {"uses": (Use(relation="model", target="m"),)},
        {"account": "111122223333"},
        {"tags": (Tag(key="env", value="prod"),)},
        {"tags": (Tag(key="data-domain", value="hr"),)},
        {"agent_class": None},
        {"kind": "agentcore_runtime"},
        {"target": "g"},
        {"state": "disabled"},
        {"operations": (Operation(name="read", method="POST"),)},
        {"operations": ()},
    ],
    ids=str,
)
def test_what_a_member_does_is_in_the_fingerprint(changes: dict[str, object]) -> None:
    assert fingerprint(readers(**changes)) != fingerprint(readers())


@pytest.mark.parametrize(
    "changes",
    [
        {"location": Location(source="x", file="x", line=4)},
        {"status": "PREPARED"},
        {"tags": (Tag(key="cost", value="12"),)},
        {"owner": None},
    ],
    ids=str,
)
def test_where_a_member_stands_is_not(changes: dict[str, object]) -> None:
    assert fingerprint(readers(**changes)) == fingerprint(readers())


def test_the_order_of_a_document_makes_no_difference() -> None:
    inventory = readers()
    turned = replace(inventory, workloads=inventory.workloads[::-1])
    assert derive(turned) == derive(inventory)


def test_entities_are_put_in_order() -> None:
    found = derive(
        Inventory(
            resources=(Resource(id="b", kind="k", name="b"), Resource(id="a", kind="k", name="a")),
            credentials=(Credential(id="z", kind="secret", name="z"), Credential(id="y", kind="secret", name="y")),
        )
    )
    assert [entity.id for entity in found.resources + found.credentials] == ["a", "b", "y", "z"]  # type: ignore[operator]
