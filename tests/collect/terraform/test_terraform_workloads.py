"""Workloads, their slots, tools and uses, from what a plan says of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from plans import R, agent, codes, const, holders, plan, read, ref, refs, role, tree

from segrego.collect.source import SourceFile
from segrego.collect.terraform import SOURCE
from segrego.inventory import Inventory, Tool, Workload

ARN = "arn:aws:iam::111122223333:role/orders"
LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:pay"


def by_name(found: Inventory) -> dict[str, Workload]:
    return {workload.name: workload for workload in found.workloads}


def uses(found: Inventory, name: str) -> set[tuple[str, str]]:
    return {(use.relation, use.target) for use in by_name(found)[name].uses}


@pytest.mark.parametrize(
    ("kind", "attribute", "expected"),
    [
        ("aws_bedrockagent_agent", "agent_resource_role_arn", "bedrock_agent"),
        ("awscc_bedrock_agent", "agent_resource_role_arn", "bedrock_agent"),
        ("aws_bedrockagent_flow", "execution_role_arn", "bedrock_flow"),
        ("awscc_bedrock_flow", "execution_role_arn", "bedrock_flow"),
        ("aws_bedrockagent_knowledge_base", "role_arn", "bedrock_knowledge_base"),
        ("aws_bedrockagentcore_agent_runtime", "role_arn", "agentcore_runtime"),
        ("awscc_bedrockagentcore_runtime", "role_arn", "agentcore_runtime"),
        ("aws_bedrockagentcore_harness", "execution_role_arn", "agentcore_harness"),
        ("aws_bedrockagentcore_gateway", "role_arn", "agentcore_gateway"),
        ("awscc_bedrockagentcore_gateway", "role_arn", "agentcore_gateway"),
        ("aws_bedrockagentcore_memory", "memory_execution_role_arn", "agentcore_memory"),
        ("aws_bedrockagentcore_browser", "execution_role_arn", "agentcore_browser"),
        ("awscc_bedrockagentcore_browser_custom", "execution_role_arn", "agentcore_browser"),
        ("aws_bedrockagentcore_code_interpreter", "execution_role_arn", "agentcore_code_interpreter"),
        ("aws_bedrockagentcore_online_evaluation_config", "evaluation_execution_role_arn", "agentcore_evaluation"),
        ("aws_lambda_function", "role", "lambda_function"),
        ("awscc_lambda_function", "role", "lambda_function"),
        ("aws_bedrock_custom_model", "role_arn", "principal"),
        ("awscc_bedrockagentcore_payment_manager", "role_arn", "principal"),
    ],
)
def test_every_kind_bears_its_role(kind: str, attribute: str, expected: str) -> None:
    found = read(plan(role("r"), R(kind, "w", {}, {attribute: ref("aws_iam_role.this.arn")})))
    (workload,) = found.workloads
    assert (workload.kind, workload.bindings[0].role) == (expected, "plan.json#aws_iam_role.this")
    assert workload.bindings[0].slot == ("draft" if expected in ("bedrock_agent", "bedrock_flow") else "execution")


def test_a_kind_without_a_role_is_a_workload_without_bindings() -> None:
    found = read(plan(R("aws_bedrockagentcore_browser", "b", {"name": "b", "execution_role_arn": None})))
    assert by_name(found)["b"].bindings == ()
    assert codes(found) == []


def test_other_bearers_appear_only_where_they_share_a_role() -> None:
    found = read(
        plan(
            role("shared"),
            role("own", label="own"),
            agent("a", ref("aws_iam_role.this.arn")),
            R("aws_ecs_task_definition", "t", {"family": "web"}, {"task_role_arn": ref("aws_iam_role.this.arn")}),
            R("aws_ecs_task_definition", "u", {"family": "alone"}, {"task_role_arn": ref("aws_iam_role.own.arn")}),
            R("aws_iam_instance_profile", "p", {"name": "profile", "role": "shared"}),
            R("aws_cognito_identity_pool_roles_attachment", "c", {}, {"roles": ref("aws_iam_role.this.arn")}),
            R(
                "aws_scheduler_schedule",
                "s",
                {"name": "nightly", "target": [{}]},
                {"target": [{"role_arn": ref("aws_iam_role.this.arn")}]},
            ),
        )
    )
    assert holders(found)["plan.json#aws_iam_role.this"] == {
        "a",
        "web",
        "profile",
        "aws_cognito_identity_pool_roles_attachment.c",
        "nightly",
    }
    assert {w.name for w in found.workloads if w.kind == "principal"} >= {"web", "nightly"}
    assert "alone" not in by_name(found)


def test_aliases_are_versions_and_endpoints_are_named() -> None:
    found = read(
        plan(
            role("r"),
            agent("a", ref("aws_iam_role.this.arn")),
            R(
                "aws_bedrockagent_agent_alias",
                "l",
                {"agent_alias_name": "live", "routing_configuration": [{"agent_version": "3"}]},
                {"agent_id": ref("aws_bedrockagent_agent.a.agent_id")},
            ),
            R(
                "aws_bedrockagent_agent_alias",
                "n",
                {"agent_alias_name": "next"},
                {"agent_id": ref("aws_bedrockagent_agent.a.agent_id")},
            ),
            R(
                "aws_bedrockagentcore_agent_runtime",
                "r",
                {"agent_runtime_name": "rt"},
                {"role_arn": ref("aws_iam_role.this.arn")},
            ),
            R(
                "aws_bedrockagentcore_agent_runtime_endpoint",
                "e",
                {"name": "prod"},
                {"agent_runtime_id": ref("aws_bedrockagentcore_agent_runtime.r.agent_runtime_id")},
            ),
        )
    )
    assert {(b.slot, b.version, b.via) for b in by_name(found)["a"].bindings} == {
        ("draft", None, ()),
        ("version", "3", ("live",)),
        ("version", None, ("next",)),
    }
    assert {(b.slot, b.via) for b in by_name(found)["rt"].bindings} == {("execution", ("prod",))}


def test_tags_with_the_providers_defaults_and_names() -> None:
    found = read(plan(agent("a", values={"tags": {"team": "x"}, "tags_all": {"team": "x", "env": "prod"}})))
    assert [(tag.key, tag.value) for tag in by_name(found)["a"].tags] == [("env", "prod"), ("team", "x")]


def action_group(values: dict[str, Any], **expr: Any) -> R:
    made = {"agent_id": ref("aws_bedrockagent_agent.a.agent_id"), **expr}
    return R("aws_bedrockagent_agent_action_group", "g", {"action_group_name": "g", **values}, made)


def one_tool(*resources: R) -> tuple[Tool, list[str]]:
    found = read(plan(agent("a"), *resources))
    (tool,) = found.tools
    assert tool.owner == "plan.json#aws_bedrockagent_agent.a"
    return tool, codes(found)


def test_an_action_group_runs_the_function_that_it_refers_to() -> None:
    functions = {"member_functions": [{"functions": [{"name": "pay", "parameters": []}, {"name": "refund"}]}]}
    group = action_group(
        {"action_group_executor": [{}], "function_schema": [functions], "action_group_state": "DISABLED"},
        action_group_executor=[{"lambda": ref("aws_lambda_function.f.arn")}],
    )
    tool, gaps = one_tool(R("aws_lambda_function", "f", {"function_name": "pay", "role": ARN}), group)
    assert (tool.kind, tool.target, tool.state) == ("lambda", "plan.json#aws_lambda_function.f", "disabled")
    assert [operation.name for operation in tool.operations] == ["pay", "refund"]
    assert gaps == ["not_collected"]  # the function's role


@pytest.mark.parametrize("arn", [LAMBDA, f"{LAMBDA}:live"])
def test_a_literal_function_arn_is_the_planned_function(arn: str) -> None:
    group = action_group(
        {"action_group_executor": [{"lambda": arn}], "function_schema": [{"functions": [{"name": "x"}]}]}
    )
    tool, _ = one_tool(R("aws_lambda_function", "f", {"function_name": "pay"}), group)
    assert tool.target == "plan.json#aws_lambda_function.f"
    elsewhere, _ = one_tool(group)
    assert elsewhere.target == arn


def test_a_function_alias_is_its_function() -> None:
    group = action_group(
        {"function_schema": [{"functions": [{"name": "x"}]}]},
        action_group_executor=[{"lambda": ref("aws_lambda_alias.l.arn")}],
    )
    tool, _ = one_tool(
        R("aws_lambda_function", "f", {"function_name": "pay"}),
        R("aws_lambda_alias", "l", {"name": "live", "function_name": "pay"}),
        group,
    )
    assert tool.target == "plan.json#aws_lambda_function.f"


def test_operations_of_an_inline_api_schema() -> None:
    schema = """
openapi: 3.0.0
paths:
  /orders:
    get: {operationId: listOrders}
    post: {x-requireConfirmation: ENABLED}
    parameters: []
"""
    tool, gaps = one_tool(
        action_group(
            {"action_group_executor": [{"custom_control": "RETURN_CONTROL"}], "api_schema": [{"payload": schema}]}
        )
    )
    assert (tool.kind, tool.target, gaps) == ("return_control", None, [])
    assert [(o.name, o.method, o.confirmation) for o in tool.operations] == [
        ("listOrders", "GET", False),
        ("POST /orders", "POST", True),
    ]


@pytest.mark.parametrize(
    "schema", [[{"payload": None, "s3": [{"s3_bucket_name": "b"}]}], [{"payload": "{"}], [{"payload": "a: &a [*a]"}]]
)
def test_operations_that_cannot_be_read_are_a_gap(schema: Any) -> None:
    tool, gaps = one_tool(action_group({"action_group_executor": [{"lambda": LAMBDA}], "api_schema": schema}))
    assert (tool.operations, tool.operations_read, gaps) == ((), False, ["not_collected"])


def test_a_dynamic_block_with_an_unknown_function_is_a_gap() -> None:
    schema = [{"functions": [{"name": "x"}]}]
    tool, gaps = one_tool(
        action_group({"action_group_executor": [{"custom_control": None}], "function_schema": schema})
    )
    assert (tool.kind, gaps) == ("lambda", ["unresolved_reference"])


def test_interceptors_of_a_gateway_are_used() -> None:
    gateway = R(
        "aws_bedrockagentcore_gateway",
        "g",
        {"name": "g", "interceptor_configuration": [{"interceptor": [{"lambda": [{}]}]}]},
        {"interceptor_configuration": [{"interceptor": [{"lambda": [{"arn": ref("aws_lambda_function.f.arn")}]}]}]},
    )
    found = read(plan(gateway, R("aws_lambda_function", "f", {"function_name": "f"})))
    assert uses(found, "g") == {("function", "plan.json#aws_lambda_function.f")}
    unknown = R("aws_bedrockagentcore_gateway", "g", {"name": "g"}, {"interceptor_configuration": [{}]})
    assert codes(read(plan(unknown))) == ["unresolved_reference"]


def test_builtin_action_groups_have_no_schema() -> None:
    tool, gaps = one_tool(action_group({"parent_action_group_signature": "AMAZON.UserInput"}))
    assert (tool.kind, tool.operations_read, gaps) == ("builtin", True, [])


def test_a_group_of_an_agent_outside_the_plan_is_a_gap() -> None:
    found = read(
        plan(
            R(
                "aws_bedrockagent_agent_action_group",
                "g",
                {"agent_id": "GGRRAED6JP", "parent_action_group_signature": "AMAZON.UserInput"},
            )
        )
    )
    assert found.tools[0].owner == "GGRRAED6JP"
    assert codes(found) == ["unresolved_reference"]


def test_the_awscc_agent_embeds_groups_collaborators_and_knowledge_bases() -> None:
    found = read(
        plan(
            R(
                "awscc_bedrock_agent",
                "a",
                {
                    "agent_name": "a",
                    "action_groups": [
                        {
                            "action_group_name": "g",
                            "action_group_executor": {"lambda": LAMBDA},
                            "function_schema": {"functions": [{"name": "pay", "require_confirmation": "ENABLED"}]},
                        }
                    ],
                    "agent_collaborators": [
                        {"agent_descriptor": {"alias_arn": "arn:aws:bedrock:us-east-1:111122223333:agent-alias/B/L"}}
                    ],
                    "knowledge_bases": [{"knowledge_base_id": "KB1"}],
                },
            ),
            R("awscc_bedrock_knowledge_base", "k", {"name": "k", "knowledge_base_id": "KB1"}),
        )
    )
    (tool,) = found.tools
    assert tool.id == "plan.json#awscc_bedrock_agent.a.action_groups[g]"
    assert (tool.kind, tool.operations[0].confirmation) == ("lambda", True)
    assert uses(found, "a") == {
        ("collaborator", "arn:aws:bedrock:us-east-1:111122223333:agent-alias/B/L"),
        ("knowledge_base", "plan.json#awscc_bedrock_knowledge_base.k"),
    }


def gateway_target(shape: str, block: dict[str, Any], expr: dict[str, Any] | None = None) -> tuple[Tool, list[str]]:
    target = R(
        "aws_bedrockagentcore_gateway_target",
        "t",
        {"name": "t", "target_configuration": [{"mcp": [{shape: [block]}]}]},
        {
            "gateway_identifier": ref("aws_bedrockagentcore_gateway.g.gateway_id"),
            "target_configuration": [{"mcp": [{shape: [expr or {}]}]}],
        },
    )
    found = read(
        plan(
            R("aws_bedrockagentcore_gateway", "g", {"name": "g", "interceptor_configuration": []}),
            R("aws_lambda_function", "f", {"function_name": "f"}),
            target,
        )
    )
    (tool,) = found.tools
    assert tool.owner == "plan.json#aws_bedrockagentcore_gateway.g"
    return tool, codes(found)


def test_gateway_targets() -> None:
    tool, gaps = gateway_target(
        "lambda",
        {"tool_schema": [{"inline_payload": [{"name": "one"}, {"name": "two"}]}]},
        {"lambda_arn": ref("aws_lambda_function.f.arn")},
    )
    assert (tool.kind, tool.target, len(tool.operations), gaps) == ("lambda", "plan.json#aws_lambda_function.f", 2, [])
    tool, _ = gateway_target("mcp_server", {"endpoint": "https://example.com/mcp"})
    assert (tool.kind, tool.target, tool.operations_read) == ("mcp_server", "https://example.com/mcp", False)
    payload = json.dumps({"paths": {"/a": {"get": {}}}})
    tool, gaps = gateway_target("open_api_schema", {"inline_payload": [{"payload": payload}]})
    assert (tool.kind, tool.operations[0].name, gaps) == ("openapi", "GET /a", [])
    tool, gaps = gateway_target("smithy_model", {"s3": [{"uri": "s3://b/k"}]})
    assert (tool.kind, tool.operations_read, gaps) == ("smithy", False, ["not_collected"])


def test_harness_tools() -> None:
    config = [
        {"type": "agentcore_gateway", "name": "gw", "config": [{"agentcore_gateway": [{}]}]},
        {"type": "remote_mcp", "name": "far", "config": [{"remote_mcp": [{"url": "https://token@example.com"}]}]},
    ]
    exprs = [
        {"config": [{"agentcore_gateway": [{"gateway_arn": ref("aws_bedrockagentcore_gateway.g.gateway_arn")}]}]},
        {},
    ]
    found = read(
        plan(
            R("aws_bedrockagentcore_gateway", "g", {"name": "g", "interceptor_configuration": []}),
            R("aws_bedrockagentcore_harness", "h", {"harness_name": "h", "tool": config}, {"tool": exprs}),
        )
    )
    assert [(t.kind, t.target) for t in found.tools] == [
        ("mcp_server", "plan.json#aws_bedrockagentcore_gateway.g"),
        ("mcp_server", None),
    ]
    assert "token@" not in str(found)


def test_collaborators_knowledge_bases_models_and_guardrails() -> None:
    found = read(
        plan(
            agent("boss", values={"guardrail_configuration": [{"guardrail_identifier": "gr-1"}]}),
            agent("worker"),
            R(
                "aws_bedrockagent_agent_alias",
                "w",
                {"agent_alias_name": "live"},
                {"agent_id": ref("aws_bedrockagent_agent.worker.agent_id")},
            ),
            R(
                "aws_bedrockagent_agent_collaborator",
                "c",
                {"agent_descriptor": [{}]},
                {
                    "agent_id": ref("aws_bedrockagent_agent.boss.agent_id"),
                    "agent_descriptor": [{"alias_arn": ref("aws_bedrockagent_agent_alias.w.agent_alias_arn")}],
                },
            ),
            R("aws_bedrockagent_knowledge_base", "k", {"name": "k"}),
            R(
                "aws_bedrockagent_agent_knowledge_base_association",
                "x",
                {"knowledge_base_state": "ENABLED"},
                {
                    "agent_id": ref("aws_bedrockagent_agent.boss.id"),
                    "knowledge_base_id": ref("aws_bedrockagent_knowledge_base.k.id"),
                },
            ),
            R("aws_s3_bucket", "b", {"bucket": "docs"}),
            R(
                "aws_bedrockagent_data_source",
                "d",
                {"data_source_configuration": [{"s3_configuration": [{}]}]},
                {
                    "knowledge_base_id": ref("aws_bedrockagent_knowledge_base.k.id"),
                    "data_source_configuration": [{"s3_configuration": [{"bucket_arn": ref("aws_s3_bucket.b.arn")}]}],
                },
            ),
        )
    )
    assert uses(found, "boss") == {
        ("model", "amazon.nova-pro-v1:0"),
        ("guardrail", "gr-1"),
        ("collaborator", "plan.json#aws_bedrockagent_agent.worker"),
        ("knowledge_base", "plan.json#aws_bedrockagent_knowledge_base.k"),
    }
    assert uses(found, "k") == {("data", "plan.json#aws_s3_bucket.b")}
    assert codes(found) == []


def test_the_nodes_of_a_flow() -> None:
    nodes = [
        {"name": "a", "configuration": [{"agent": [{}]}]},
        {"name": "b", "configuration": [{"lambda_function": [{"lambda_arn": LAMBDA}]}]},
    ]
    exprs = [
        {"configuration": [{"agent": [{"agent_alias_arn": ref("aws_bedrockagent_agent_alias.w.agent_alias_arn")}]}]},
        {},
    ]
    found = read(
        plan(
            agent("worker"),
            R(
                "aws_bedrockagent_agent_alias",
                "w",
                {"agent_alias_name": "live"},
                {"agent_id": ref("aws_bedrockagent_agent.worker.agent_id")},
            ),
            R("aws_lambda_function", "f", {"function_name": "pay"}),
            R(
                "aws_bedrockagent_flow",
                "f",
                {"name": "flow", "definition": [{"node": nodes}]},
                {"definition": [{"node": exprs}]},
            ),
        )
    )
    assert uses(found, "flow") == {
        ("collaborator", "plan.json#aws_bedrockagent_agent.worker"),
        ("function", "plan.json#aws_lambda_function.f"),
    }


def test_resources_have_the_cloudformation_type_name() -> None:
    found = read(
        plan(
            R("aws_s3_bucket", "b", {"bucket": "docs", "tags_all": {"data-domain": "orders"}}),
            R(
                "aws_dynamodb_table",
                "t",
                {"name": "orders", "arn": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},
            ),
            R("awscc_s3_bucket", "c", {"bucket_name": "more"}),
        )
    )
    assert {(r.kind, r.name, r.arn, r.account) for r in found.resources} == {
        ("AWS::S3::Bucket", "docs", "arn:aws:s3:::docs", None),
        ("AWS::DynamoDB::Table", "orders", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders", "111122223333"),
        ("AWS::S3::Bucket", "more", "arn:aws:s3:::more", None),
    }


def test_environment_values_and_prompts_are_never_read() -> None:
    secret = "hunter2-hunter2"
    found = read(
        plan(
            agent("a", values={"instruction": secret}),
            R("aws_lambda_function", "f", {"function_name": "f", "environment": [{"variables": {"PASSWORD": secret}}]}),
            R("aws_ssm_parameter", "s", {"name": "p", "value": secret}),
            R(
                "aws_bedrockagentcore_agent_runtime",
                "r",
                {"agent_runtime_name": "r", "environment_variables": {"X": secret}},
            ),
            root_variables={"password": secret},
        )
    )
    assert secret not in str(found)


@pytest.mark.parametrize(
    "more", [{"errored": True}, {"complete": False}, {"deferred_changes": [{"reason": "unknown"}]}]
)
def test_a_plan_that_is_not_whole_is_a_gap(more: dict[str, Any]) -> None:
    found = read(plan(agent("a", values={"agent_resource_role_arn": None}), **more))
    assert [(g.code, g.subject) for g in found.gaps] == [("not_collected", "plan.json")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe{\x00",
        b'{"format_version": "1.2", "planned_values": ',
        b'{"format_version": "2.0", "planned_values": {}}',
        b'{"planned_values": {}}',
        b'{"format_version": 1, "planned_values": {}}',
        b'{"format_version": "1.0", "planned_values": []}',
        b'{"format_version": "1.0", "planned_values": {"root_module": []}}',
        b'{"format_version": "1.0", "planned_values": {"root_module": {"resources": {}}}}',
        b'{"format_version": "1.0", "planned_values": {"root_module": {"resources": [1]}}}',
        b'{"format_version": "1.0", "planned_values": {"root_module": {"child_modules": [{"address": "x"}]}}}',
        b'{"format_version": "1.0", "planned_values": {"root_module": {"child_modules": [{"address": "module.a[]"}]}}}',
        b'{"format_version": "1.0", "planned_values": ' + b'{"root_module":' * 100_000,
        b'{"format_version": "1.0", "planned_values": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_file_that_cannot_be_read_is_a_gap(data: bytes) -> None:
    found = SOURCE.read([SourceFile("bad.json", data), SourceFile("good.json", json.dumps(plan(agent("a"))).encode())])
    assert [(g.code, g.subject) for g in found.gaps if g.subject == "bad.json"] == [("unreadable_file", "bad.json")]
    assert [s.id for s in found.sources] == ["bad.json", "good.json"]
    assert [w.name for w in found.workloads] == ["a"]


def spoil(value: Any, junk: Any) -> list[Any]:
    """The document with each of its parts in turn replaced by junk."""
    if isinstance(value, dict):
        return [{**value, key: other} for key, inner in value.items() for other in [junk, *spoil(inner, junk)]]
    if isinstance(value, list):
        return [
            [*value[:n], other, *value[n + 1 :]]
            for n, inner in enumerate(value)
            for other in [junk, *spoil(inner, junk)]
        ]
    return []


@pytest.mark.parametrize(
    "junk",
    [None, 7, "x", [], [[]], {}, {"references": 1}, {"references": [None, "module.", "a", "var.", "data.x"]}, True],
)
def test_wrong_types_anywhere_are_never_an_exception(junk: Any) -> None:
    calls = {
        "m": {
            "expressions": {"r": ref("aws_iam_role.this.arn")},
            "variables": {"r": {}},
            "outputs": {"o": {"expression": ref("var.r")}},
        }
    }
    data = R(
        "aws_iam_policy_document",
        "d",
        {
            "statement": [
                {
                    "actions": ["s3:*"],
                    "condition": [{"test": "Bool", "variable": "a:b", "values": ["x"]}],
                    "principals": [{"type": "AWS", "identifiers": ["*"]}],
                }
            ]
        },
        {"statement": [{"resources": ref("aws_s3_bucket.b.arn")}]},
        mode="data",
    )
    whole = plan(
        role("r", managed_policy_arns=["a"], inline_policy=[{"name": "n", "policy": "{}"}], tags={"a": "b"}),
        agent("a", ref("module.m.o"), module="", index="k", for_each=refs("var.x")),
        R(
            "aws_bedrockagent_agent_alias",
            "l",
            {"routing_configuration": [{"agent_version": "1"}]},
            {"agent_id": ref('aws_bedrockagent_agent.a["k"].agent_id')},
        ),
        action_group(
            {
                "action_group_executor": [{"lambda": LAMBDA}],
                "function_schema": [{"member_functions": [{"functions": [{"name": "f"}]}]}],
            }
        ),
        data,
        R(
            "aws_iam_role_policy",
            "p",
            {},
            {"role": ref("aws_iam_role.this.id"), "policy": ref("data.aws_iam_policy_document.d.json")},
        ),
        R(
            "awscc_bedrock_agent",
            "x",
            {"action_groups": [{"api_schema": {"payload": "a"}}], "tags": [{"key": "k", "value": "v"}]},
        ),
        agent("in", ref("var.r"), module="module.m"),
        prior=(R("aws_caller_identity", "me", {"account_id": "111122223333"}, mode="data"),),
        calls=calls,
    )
    for document in spoil(whole, junk):
        read(document)


def test_claims_looks_at_the_bytes() -> None:
    assert SOURCE.claims(SourceFile("p.json", b"\xef\xbb\xbf" + json.dumps(plan(agent("a"))).encode()))
    assert SOURCE.claims(
        SourceFile("s.json", json.dumps({"format_version": "1.0", "values": tree([agent("a")])}).encode())
    )
    assert SOURCE.claims(SourceFile("cut.json", b'{"format_version":"1.2","planned_values":{'))
    assert not SOURCE.claims(SourceFile("t.json", b'{"Resources": {}}'))
    assert not SOURCE.claims(SourceFile("t.yaml", b"format_version: 1"))
    assert SOURCE.kind == "terraform_plan"


def test_the_same_bytes_give_the_same_inventory() -> None:
    document = plan(role("r"), agent("a", ref("aws_iam_role.this.arn")), agent("b", const(ARN)))
    assert read(document) == read(json.loads(json.dumps(document)))
