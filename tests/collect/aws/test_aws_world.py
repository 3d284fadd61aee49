"""Everything that bears a role, and what it leans on, against answers held to botocore's service models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import worlds
from fake_aws import ACCOUNT, NOW_NS, FakeAws
from worlds import AGENT, BASE, CORE, FLOW, GATEWAY, HARNESS, HELPER, IDENTITY, RUNTIME, SECRET, function, role

from segrego.collect.aws.calls import OPERATIONS
from segrego.facts import derive
from segrego.inventory import Account, Credential, Inventory, Policy, Role, ServiceAccess, Tool, Workload

Read = Callable[..., Inventory]
DAY_NS = 24 * 60 * 60 * 1_000_000_000


@pytest.fixture(scope="module")
def shared() -> dict[str, Any]:
    return {}


@pytest.fixture
def everything(shared: dict[str, Any], alone: FakeAws, read: Read) -> Inventory:
    """The whole world, collected once for all tests of this module."""
    if not shared:
        worlds.add_everything(alone)
        shared.update(found=derive(read(**worlds.EVERYTHING)), calls=alone)
    return shared["found"]


def _workload(inventory: Inventory, id_: str) -> Workload:
    return next(workload for workload in inventory.workloads if workload.id == id_)


def _bindings(inventory: Inventory, id_: str) -> list[tuple[str, str, str | None, tuple[str, ...]]]:
    return [(b.role, b.slot, b.version, b.via) for b in _workload(inventory, id_).bindings]


def _uses(inventory: Inventory, id_: str) -> set[tuple[str, str]]:
    return {(use.relation, use.target) for use in _workload(inventory, id_).uses}


def _tool(inventory: Inventory, id_: str) -> Tool:
    return next(tool for tool in inventory.tools if tool.id == id_)


def _role(inventory: Inventory, id_: str) -> Role:
    return next(each for each in inventory.roles if each.id == id_)


def test_all_of_the_world_is_read(everything: Inventory) -> None:
    assert everything.gaps == ()


def test_an_agent_holds_its_draft_role_and_that_of_every_routed_version(everything: Inventory) -> None:
    assert _bindings(everything, AGENT) == [
        (role("draft"), "draft", None, ("AgentTestAlias",)),
        (role("first"), "version", "1", ("old",)),
        (role("second"), "version", "2", ("canary", "live")),
    ]
    agent = _workload(everything, AGENT)
    assert (agent.status, agent.created_ns) == ("PREPARED", NOW_NS)
    assert agent.idle_timeout_seconds == 3600  # that of version 1, the longest
    assert [(tag.key, tag.value) for tag in agent.tags] == [("Team", "sales"), ("env", "prod")]


def test_what_an_agent_uses(everything: Inventory) -> None:
    assert _uses(everything, AGENT) == {
        ("model", "amazon.nova-lite-v1:0"),
        ("model", "amazon.nova-micro-v1:0"),
        ("guardrail", f"{worlds.BEDROCK}:guardrail/guardrail1"),
        ("function", function("orchestrate")),
        ("function", function("parse")),
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
    assert _workload(everything, BASE).created_ns == NOW_NS
    assert _uses(everything, BASE) == {
        ("model", "arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0"),
        ("model", f"{worlds.BEDROCK}:inference-profile/parser"),
        ("data", worlds.PINE),
        ("data", "arn:aws:s3:::handbook"),
        ("data", "arn:aws:s3:::images"),
        ("data", "arn:aws:s3:::scratch"),
        ("function", function("chunk")),
    }
    buckets = {(each.id, each.name) for each in everything.resources if each.kind == "AWS::S3::Bucket"}
    names = ("handbook", "images", "scratch", "results", "recordings")
    assert buckets == {(f"arn:aws:s3:::{name}", name) for name in names}


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
        ("guardrail", f"{worlds.BEDROCK}:guardrail/guardrail2"),
        ("prompt", f"{worlds.BEDROCK}:prompt/PROMPT0001:3"),
        ("model", "amazon.nova-premier-v1:0"),  # of the prompt's first variant
        ("collaborator", HELPER),  # of its second
    }
    tools = {tool.id: (tool.kind, tool.target) for tool in everything.tools if tool.owner == FLOW}
    assert tools == {
        f"{FLOW}/DRAFT/node/call": ("lambda", function("lookup")),
        f"{FLOW}/DRAFT/node/again/inner": ("lambda", function("inner")),
        f"{FLOW}/DRAFT/node/talk": ("other", f"arn:aws:lex:us-east-1:{ACCOUNT}:bot-alias/B/A"),
        f"{FLOW}/DRAFT/node/compute": ("builtin", None),
        f"{FLOW}/1/node/call": ("lambda", function("lookup")),
    }


def test_a_runtime_holds_the_role_of_every_live_and_target_version(everything: Inventory) -> None:
    assert _bindings(everything, RUNTIME) == [
        (role("runtime-1"), "version", "1", ("blue", "live")),
        (role("runtime-2"), "version", "2", ("live",)),
        (role("runtime-3"), "version", "3", ("DEFAULT",)),
    ]


def test_a_runtime_with_its_sessions_callers_code_and_variables(everything: Inventory) -> None:
    runtime = _workload(everything, RUNTIME)
    assert (runtime.idle_timeout_seconds, runtime.max_lifetime_seconds) == (900, 3600)
    assert runtime.inbound == "jwt"  # version 2 takes tokens: weaker than signed requests
    assert runtime.variables == ("MODEL_1", "MODEL_2", "MODEL_3", "TOKEN")
    assert _uses(everything, RUNTIME) == {
        ("code", f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/support"),
        ("code", "arn:aws:s3:::releases/support.zip"),
        ("workload_identity", f"{IDENTITY}/support"),
    }


def test_a_harness_with_its_tools_and_without_the_runtime_that_is_part_of_it(everything: Inventory) -> None:
    assert _bindings(everything, HARNESS) == [(role("harness"), "version", "1", ("DEFAULT",))]
    assert f"{CORE}:runtime/inner-abcdefghij" not in {workload.id for workload in everything.workloads}
    tools = {
        tool.name: (tool.kind, tool.target, tool.credentials) for tool in everything.tools if tool.owner == HARNESS
    }
    assert tools == {
        "web": ("mcp_server", "https://mcp.example/x", ()),
        "gate": ("mcp_server", GATEWAY, (worlds.OAUTH,)),
        "browse": ("builtin", None, ()),
        "confirm": ("return_control", None, ()),
    }
    assert _uses(everything, HARNESS) == {
        ("model", "gpt-x"),
        ("memory", f"{CORE}:memory/notes-abcdefghij"),
        ("function", function("check")),
        ("gateway", GATEWAY),
        ("code", "arn:aws:s3:::skills/pdf"),
    }
    harness = _workload(everything, HARNESS)
    assert (harness.idle_timeout_seconds, harness.max_lifetime_seconds, harness.inbound) == (900, 28800, "iam")
    assert harness.variables == ("TOKEN",)


def test_a_gateway_with_its_targets(everything: Inventory) -> None:
    assert _bindings(everything, GATEWAY) == [(role("gateway"), "execution", None, ())]
    owned = {tool.name: tool for tool in everything.tools if tool.owner == GATEWAY}
    api = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abc/prod"
    assert {name: (tool.kind, tool.target, [op.name for op in tool.operations]) for name, tool in owned.items()} == {
        "function": ("lambda", function("track"), ["track"]),
        "api": ("openapi", None, ["add"]),
        "server": ("mcp_server", "https://mcp.example/", []),
        "rest": ("api_gateway", api, ["GET /orders", "put_order"]),
        "wild": ("api_gateway", api, []),
        "runtime": ("other", RUNTIME, []),
        "web": ("other", "https://a.example/v1", []),
        "connector": ("other", "salesforce", []),
    }
    unread = {name for name, tool in owned.items() if not tool.operations_read}
    assert unread == {"server", "wild", "runtime", "web", "connector"}
    assert {name: tool.credentials for name, tool in owned.items() if tool.credentials} == {
        "api": (worlds.API_KEY,),
        "server": (worlds.OAUTH,),
    }
    assert _uses(everything, GATEWAY) == {
        ("function", function("intercept")),
        ("workload_identity", f"{IDENTITY}/tools"),
    }


def test_who_may_call_a_gateway_and_which_engine_decides_its_calls(everything: Inventory) -> None:
    gateway = _workload(everything, GATEWAY)
    assert gateway.inbound == "jwt"
    assert gateway.policy_engine is not None
    assert (gateway.policy_engine.target, gateway.policy_engine.mode) == (
        f"{CORE}:policy-engine/rules-abcdefghij",
        "LOG_ONLY",
    )


@pytest.mark.parametrize(
    ("authorizer", "inbound"),
    [("NONE", "none"), ("AWS_IAM", "iam"), ("CUSTOM_JWT", "jwt"), ("AUTHENTICATE_ONLY", "jwt")],
)
def test_every_authorizer_of_a_gateway(alone: FakeAws, read: Read, authorizer: str, inbound: str) -> None:
    alone.answer(worlds.CONTROL, "ListGateways", {"items": [{"gatewayId": "tools-abcdefghij", "name": "tools"}]})
    alone.answer(worlds.CONTROL, "GetGateway", {"name": "tools", "authorizerType": authorizer})
    gateway = _workload(read(), GATEWAY)
    assert (gateway.inbound, gateway.policy_engine, gateway.bindings) == (inbound, None, ())


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
        ("sync", "principal"),
        ("endpoint", "principal"),
        ("job-evaluation", "principal"),
        ("job-modelcustomization", "principal"),
        ("job-modelimport", "principal"),
        ("job-batch", "principal"),
        ("logging", "principal"),
    ],
)
def test_every_other_kind_that_bears_a_role(everything: Inventory, name: str, kind: str) -> None:
    holders = [w.kind for w in everything.workloads if role(name) in {binding.role for binding in w.bindings}]
    assert holders == [kind]


def test_what_the_other_kinds_use(everything: Inventory) -> None:
    assert _uses(everything, f"{CORE}:memory/other-abcdefghij") == {
        ("data", f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/notes")
    }
    assert _uses(everything, f"{CORE}:browser-custom/other-abcdefghij") == {("data", "arn:aws:s3:::recordings")}
    assert _uses(everything, f"{CORE}:online-evaluation-config/other-abcdefghij") == {("function", function("grade"))}
    assert _uses(everything, f"{CORE}:consent-portal/other-abcdefghij") == {("gateway", GATEWAY)}
    assert _uses(everything, f"{CORE}:ab-test/other-abcdefghij") == {("gateway", GATEWAY)}


def test_the_functions_that_are_called(everything: Inventory) -> None:
    assert _bindings(everything, function("refund")) == [
        (role("tool-refund"), "execution", None, ()),
        (role("tool-refund-9"), "version", "9", ("live",)),
    ]
    assert _workload(everything, function("refund")).variables == ("API_KEY", "STAGE")
    assert _uses(everything, function("track")) == {("code", f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/tools")}
    assert _uses(everything, function("lookup")) == {("code", f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:common:4")}


def test_resource_policies_of_workloads_endpoints_and_aliases(everything: Inventory) -> None:
    on = {policy.id: (policy.resource, policy.read) for policy in everything.resource_policies}
    functions = {tool.target for tool in everything.tools if tool.kind == "lambda"}
    assert {name: found for name, found in on.items() if ":function:" not in name} == {
        f"{BASE}/resource-policy": (BASE, True),
        f"{RUNTIME}/resource-policy": (RUNTIME, True),
        f"{RUNTIME}/runtime-endpoint/live/resource-policy": (RUNTIME, True),
    }
    assert {resource for resource, _ in on.values()} >= functions
    assert on[f"{function('refund')}:live/resource-policy"] == (function("refund"), True)
    (statement,) = next(each.statements for each in everything.resource_policies if each.resource == BASE)
    assert (statement.sid, statement.actions, statement.resources) == ("who", ("bedrock:retrieve",), (BASE,))
    assert [(who.type, who.value) for who in statement.principals] == [("Service", "bedrock.amazonaws.com")]


def test_credentials_with_their_rotation(everything: Inventory) -> None:
    found = {credential.id: credential for credential in everything.credentials}
    assert set(found) == {worlds.API_KEY, worlds.OAUTH, worlds.PAYMENT, worlds.PINE}

    def summary(credential: Credential) -> tuple[Any, ...]:
        return credential.kind, credential.name, credential.rotation, credential.rotation_days, credential.changed_ns

    assert summary(found[worlds.API_KEY]) == ("api_key", "crm", "enabled", 30, NOW_NS)
    assert summary(found[worlds.OAUTH]) == ("oauth2", "mail", "enabled", 2, NOW_NS)  # 36 hours
    # of its two secrets one is not rotated, and the other one is the older
    assert summary(found[worlds.PAYMENT]) == ("api_key", "wallet", "disabled", None, NOW_NS - 100 * DAY_NS)
    assert summary(found[worlds.PINE]) == ("secret", "pine", "enabled", None, NOW_NS)  # by a cron schedule
    assert {credential.account for credential in found.values()} == {ACCOUNT}


def test_workload_identities_are_resources(everything: Inventory) -> None:
    kind = "AWS::BedrockAgentCore::WorkloadIdentity"
    names = {resource.name for resource in everything.resources if resource.kind == kind}
    assert names == {"support", "tools", "own"}


def test_a_role_with_all_that_is_on_it(everything: Inventory) -> None:
    found = _role(everything, role("draft"))
    assert (found.account, found.unread, found.max_session_seconds) == (ACCOUNT, (), 3600)
    assert (found.created_ns, found.last_used_ns) == (NOW_NS, NOW_NS)
    assert found.policies == (worlds.MORE, f"{found.id}/inline/in", worlds.READ_ONLY)
    assert found.boundary == worlds.EDGE
    assert found.trust[0].conditions[1].key == "aws:sourcearn"
    assert [(tag.key, tag.value) for tag in found.tags] == [("owner", "sales")]
    assert found.service_access == (
        ServiceAccess(service="bedrock", last_accessed_ns=0),
        ServiceAccess(service="s3", last_accessed_ns=NOW_NS),
    )
    kinds = {policy.id: policy.kind for policy in everything.policies}
    assert kinds[worlds.READ_ONLY] == "aws_managed"
    assert kinds[worlds.MORE] == "managed"
    assert kinds[worlds.EDGE] == "boundary"
    assert all(policy.read for policy in everything.policies)


def test_roles_that_no_workload_holds_are_read_where_bedrock_or_a_workload_may_take_them(everything: Inventory) -> None:
    found = {each.id for each in everything.roles}
    assert {role("orphan"), role("ledger"), role("deep")} <= found
    unheld = {role(name) for name in ("beside", "people", "machines")}
    assert not unheld & found
    assert not [name for name in found if "aws-service-role" in name]


def test_an_organization_with_its_policies_at_each_level(everything: Inventory) -> None:
    full, team = worlds.control("p-full"), worlds.control("p-team")
    main, member = everything.accounts

    def summary(account: Account) -> tuple[Any, ...]:
        return account.id, account.name, account.organization, account.management

    assert summary(main) == (ACCOUNT, "main", worlds.ORGANIZATION, True)
    assert summary(member) == (worlds.MEMBER, "team", worlds.ORGANIZATION, False)
    assert main.service_control == ((full,), (full,))
    assert member.service_control == ((full,), (full, team), (full,))
    assert member.environment is not None
    assert (member.environment.value, member.environment.origin) == ("production", "tag")
    policies: dict[str, Policy] = {policy.id: policy for policy in everything.policies}
    assert {policies[full].kind, policies[team].kind} == {"service_control"}
    assert policies[team].statements[0].effect == "Deny"


def test_telemetry_of_each_account_and_region(everything: Inventory) -> None:
    found = {each.id: (each.invocation_logging, each.data_events) for each in everything.telemetry}
    assert found == {
        f"{ACCOUNT}/us-east-1": (True, ("AWS::Bedrock::AgentAlias", "AWS::BedrockAgentCore::Runtime")),
        f"{worlds.MEMBER}/us-east-1": (False, ()),
    }


def test_sources_are_the_accounts_and_their_regions(everything: Inventory) -> None:
    assert [source.id for source in everything.sources] == [
        f"aws:{ACCOUNT}:global",
        f"aws:{ACCOUNT}:us-east-1",
        f"aws:{worlds.MEMBER}:global",
        f"aws:{worlds.MEMBER}:us-east-1",
    ]


def test_nothing_secret_gets_in(everything: Inventory) -> None:
    document = msgspec.json.encode(everything)
    assert SECRET.encode() not in document
    assert b"secret of the server" not in document


def test_nothing_is_asked_twice_and_everything_is_asked(everything: Inventory, shared: dict[str, Any]) -> None:
    assert shared["calls"].repeated() == []
    table = {(service, operation) for service, operations in OPERATIONS.items() for operation in operations}
    assert shared["calls"].operations() == table


def test_without_asking_for_it_no_report_of_last_use_is_made(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    found = read()
    assert {each.service_access for each in found.roles} == {None}
    assert not alone.operations() & {("iam", "GenerateServiceLastAccessedDetails"), ("organizations", "ListAccounts")}


def test_the_same_world_gives_the_same_bytes(alone: FakeAws, read: Read) -> None:
    worlds.add_everything(alone)
    assert msgspec.json.encode(read()) == msgspec.json.encode(read())


def test_an_operation_that_is_not_in_the_table_is_refused(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(OPERATIONS["bedrock-agent"], "ListFlows")
    with pytest.raises(LookupError, match="ListFlows"):
        read()
