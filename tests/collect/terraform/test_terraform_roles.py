"""Which role a workload holds, from what a plan says of it."""

from __future__ import annotations

import pytest
from configs import Scan
from plans import R, agent, codes, const, holders, plan, read, ref, refs, role

ARN = "arn:aws:iam::111122223333:role/orders"


def test_a_role_that_is_yet_to_be_made_is_known_by_reference() -> None:
    found = read(
        plan(role("orders"), agent("a", ref("aws_iam_role.this.arn")), agent("b", ref("aws_iam_role.this.arn")))
    )
    assert holders(found) == {"plan.json#aws_iam_role.this": {"a", "b"}}
    assert codes(found) == []
    (one,) = found.roles
    assert (one.name, one.identity, one.max_session_seconds) == ("orders", "known", 3600)
    assert one.arn == "arn:aws:iam::${AWS::AccountId}:role/orders"
    assert one.trust[0].principals[0].value == "bedrock.amazonaws.com"
    assert one.location is not None
    assert one.location.address == "aws_iam_role.this"


def test_ids_and_locations_name_the_full_address() -> None:
    found = read(
        plan(agent("x", const(ARN), label="this", module='module.team["a"]', values={"agent_resource_role_arn": ARN}))
    )
    (workload,) = found.workloads
    assert workload.id == 'plan.json#module.team["a"].aws_bedrockagent_agent.this'
    assert workload.location is not None
    assert (workload.location.file, workload.location.line) == ("plan.json", None)
    assert workload.location.address == 'module.team["a"].aws_bedrockagent_agent.this'
    assert found.sources[0].id == "plan.json"
    assert str(found.sources[0].digest).startswith("sha256:")


def test_a_known_arn_of_a_planned_role_is_that_role() -> None:
    known = agent("a", values={"agent_resource_role_arn": ARN})
    found = read(plan(role("orders", arn=ARN), known))
    assert holders(found) == {"plan.json#aws_iam_role.this": {"a"}}
    assert codes(found) == []


def test_a_literal_arn_is_the_planned_role_of_that_name() -> None:
    known = agent("a", values={"agent_resource_role_arn": ARN})
    assert holders(read(plan(role("orders"), known))) == {"plan.json#aws_iam_role.this": {"a"}}
    assert holders(read(plan(role("orders", path="/x/"), known))) == {ARN: {"a"}}
    twice = plan(role("orders"), role("orders", label="other"), known)
    assert holders(read(twice)) == {ARN: {"a"}}


def test_a_role_of_the_prior_state_is_that_role_with_its_policies() -> None:
    attached = R(
        "aws_iam_role_policy_attachment",
        "x",
        {"role": "orders", "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    )
    known = agent("a", values={"agent_resource_role_arn": ARN})
    found = read(plan(known, prior=(role("orders", arn=ARN), attached)))
    assert holders(found) == {"plan.json#aws_iam_role.this": {"a"}}
    assert found.roles[0].policies == ("arn:aws:iam::aws:policy/ReadOnlyAccess",)


def test_what_the_plan_deletes_is_left_out() -> None:
    gone = {"address": "aws_iam_role.this", "change": {"actions": ["delete"]}}
    found = read(plan(agent("a"), prior=(role("orders", arn=ARN),), resource_changes=[gone]))
    assert found.roles == ()


def test_a_literal_arn_outside_the_plan_is_a_stub_and_a_gap() -> None:
    found = read(plan(agent("a", values={"agent_resource_role_arn": ARN})))
    (stub,) = found.roles
    assert (stub.id, stub.identity, stub.unread) == (ARN, "known", ("trust", "policies", "boundary"))
    assert stub.account == "111122223333"
    (gap,) = found.gaps
    assert (gap.code, gap.subject) == ("not_collected", ARN)
    assert "segrego collect aws" in gap.message


def test_a_data_source_gives_its_arn() -> None:
    data = R("aws_iam_role", "x", {"name": "orders", "arn": ARN}, {"name": const("orders")}, mode="data")
    found = read(
        plan(
            agent("a", ref("data.aws_iam_role.x.arn")),
            agent("b", values={"agent_resource_role_arn": ARN}),
            prior=(data,),
        )
    )
    assert ARN in {role.id for role in found.roles}
    assert "b" in holders(found)[ARN]


def test_a_variable_of_a_module_leads_to_the_role_outside() -> None:
    calls = {"team": {"expressions": {"role_arn": ref("aws_iam_role.this.arn")}, "variables": {"role_arn": {}}}}
    found = read(
        plan(
            role("orders"),
            agent("a", ref("var.role_arn"), module="module.team"),
            agent("b", ref("aws_iam_role.this.arn")),
            calls=calls,
        )
    )
    assert holders(found) == {"plan.json#aws_iam_role.this": {"a", "b"}}


def test_outputs_lead_through_nested_modules() -> None:
    calls = {
        "roles": {"outputs": {"role_arn": {"expression": ref("module.inner.arn")}}},
        "roles.inner": {"outputs": {"arn": {"expression": ref("aws_iam_role.this.arn")}}},
    }
    found = read(
        plan(role("orders", module="module.roles.module.inner"), agent("a", ref("module.roles.role_arn")), calls=calls)
    )
    assert holders(found) == {"plan.json#module.roles.module.inner.aws_iam_role.this": {"a"}}


def test_one_module_called_three_times_makes_three_roles() -> None:
    resources = []
    for team in ("a", "b", "c"):
        module = f"module.{team}"
        resources += [role("r", module=module), agent(team, ref("aws_iam_role.this.arn"), module=module)]
    assert sorted(map(len, holders(read(plan(*resources))).values())) == [1, 1, 1]


def test_for_each_of_a_module_keeps_instances_apart() -> None:
    calls = {
        "roles": {
            "for_each_expression": ref("var.teams"),
            "outputs": {"arn": {"expression": ref("aws_iam_role.this.arn")}},
        },
    }
    resources = [role(key, module=f'module.roles["{key}"]') for key in ("a", "b")]
    resources.append(agent("x", refs('module.roles["a"].arn', 'module.roles["a"]')))
    resources.append(agent("y", refs('module.roles["b"].arn', 'module.roles["b"]')))
    each = [
        agent(f"z-{k}", refs("module.roles", "each.key"), label="z", index=k, for_each=ref("var.teams"))
        for k in ("a", "b")
    ]
    found = holders(read(plan(*resources, *each, calls=calls, root_variables={"teams": ["a", "b"]})))
    assert found == {
        'plan.json#module.roles["a"].aws_iam_role.this': {"x", "z-a"},
        'plan.json#module.roles["b"].aws_iam_role.this': {"y", "z-b"},
    }


@pytest.mark.parametrize("marker", ["each.key", "each.value"])
def test_for_each_takes_the_role_of_the_same_key(marker: str) -> None:
    roles = [role(key, index=key) for key in ("a", "b")]
    agents = [agent(key, refs("aws_iam_role.this", marker), label="this", index=key) for key in ("a", "b")]
    assert holders(read(plan(*roles, *agents))) == {
        'plan.json#aws_iam_role.this["a"]': {"a"},
        'plan.json#aws_iam_role.this["b"]': {"b"},
    }


def test_each_value_of_a_map_selects_by_its_value() -> None:
    roles = [role(key, index=key) for key in ("r1", "r2")]
    over = const({"a": "r2", "b": "r2", "c": "r1"})
    agents = [agent(k, refs("aws_iam_role.this", "each.value"), label="this", index=k, for_each=over) for k in "abc"]
    assert holders(read(plan(*roles, *agents))) == {
        'plan.json#aws_iam_role.this["r2"]': {"a", "b"},
        'plan.json#aws_iam_role.this["r1"]': {"c"},
    }


def test_for_each_over_the_roles_themselves() -> None:
    roles = [role(key, index=key) for key in ("a", "b")]
    over = refs("aws_iam_role.this")
    agents = [agent(k, refs("each.value.arn", "each.value"), label="this", index=k, for_each=over) for k in ("a", "b")]
    assert {len(names) for names in holders(read(plan(*roles, *agents))).values()} == {1}
    assert codes(read(plan(*roles, *agents))) == []


def test_count_index_selects_and_a_single_instance_needs_no_index() -> None:
    roles = [role(f"r{n}", index=n) for n in (0, 1)]
    agents = [agent(f"a{n}", refs("aws_iam_role.this", "count.index"), label="this", index=n) for n in (0, 1)]
    assert {len(names) for names in holders(read(plan(*roles, *agents))).values()} == {1}
    shared = [agent(f"a{n}", refs("aws_iam_role.this"), label="this", index=n) for n in (0, 1)]
    assert holders(read(plan(roles[0], *shared))) == {"plan.json#aws_iam_role.this[0]": {"a0", "a1"}}
    literal = agent("x", refs("aws_iam_role.this[1].arn", "aws_iam_role.this[1]", "aws_iam_role.this"))
    assert holders(read(plan(*roles, literal))) == {"plan.json#aws_iam_role.this[1]": {"x"}}


def test_an_index_that_cannot_be_decided_stays_unresolved_and_apart() -> None:
    roles = [role(key, index=key) for key in ("r1", "r2")]
    agents = [agent(k, refs("aws_iam_role.this", "local.map", "each.key"), label="this", index=k) for k in ("a", "b")]
    found = read(plan(*roles, *agents))
    assert sorted(map(len, holders(found).values())) == [1, 1]
    assert codes(found) == ["ambiguous_role", "ambiguous_role", "unresolved_role", "unresolved_role"]
    assert {b.certainty for w in found.workloads for b in w.bindings} == {"unresolved"}


def test_one_unresolved_expression_in_one_module_is_one_role() -> None:
    found = read(
        plan(agent("a", ref("local.role_arn")), agent("b", ref("local.role_arn")), agent("c", ref("local.other")))
    )
    assert holders(found) == {"plan.json#local.role_arn": {"a", "b"}, "plan.json#local.other": {"c"}}
    assert sorted((g.code, g.subject) for g in found.gaps) == [
        ("ambiguous_role", "plan.json#local.other"),
        ("ambiguous_role", "plan.json#local.role_arn"),
        ("unresolved_role", "plan.json#local.other"),
        ("unresolved_role", "plan.json#local.role_arn"),
    ]
    assert {r.identity for r in found.roles} == {"unresolved"}
    assert {r.unread for r in found.roles} == {("trust", "policies", "boundary")}


def test_an_unresolved_expression_of_another_module_instance_is_another_role() -> None:
    resources = [agent(k, ref("local.role_arn"), label="this", module=f'module.t["{k}"]') for k in ("a", "b")]
    found = holders(read(plan(*resources, calls={"t": {}})))
    assert found == {'plan.json#module.t["a"]:local.role_arn': {"a"}, 'plan.json#module.t["b"]:local.role_arn': {"b"}}


def test_an_unresolved_expression_handed_to_two_modules_is_one_role() -> None:
    calls = {name: {"expressions": {"role": ref("local.role_arn")}, "variables": {"role": {}}} for name in ("m", "n")}
    resources = [agent(k, ref("var.role"), label="this", module=f"module.{k}") for k in ("m", "n")]
    assert holders(read(plan(*resources, calls=calls))) == {"plan.json#local.role_arn": {"m", "n"}}


def test_references_of_several_roles_do_not_make_different_blocks_share() -> None:
    either = refs("var.pick", "aws_iam_role.x.arn", "aws_iam_role.x", "aws_iam_role.y.arn", "aws_iam_role.y")
    found = read(
        plan(
            role("x", label="x"),
            role("y", label="y"),
            agent("a", either),
            agent("b", either),
            root_variables={"pick": True},
        )
    )
    assert sorted(map(len, holders(found).values())) == [1, 1]
    block = [agent(f"a{n}", either, label="this", index=n) for n in (0, 1)]
    found = read(plan(role("x", label="x"), role("y", label="y"), *block, root_variables={"pick": True}))
    assert sorted(map(len, holders(found).values())) == [2]


def test_what_the_plan_knows_cannot_be_the_unknown_role() -> None:
    chosen = refs("var.create", "aws_iam_role.this[0].arn", "aws_iam_role.this[0]", "aws_iam_role.this", "var.role_arn")
    found = read(plan(role("x", index=0), agent("a", chosen), root_variables={"create": True, "role_arn": ""}))
    assert holders(found) == {"plan.json#aws_iam_role.this[0]": {"a"}}
    assert codes(found) == []


def test_another_workloads_role_attribute_is_followed() -> None:
    found = read(
        plan(
            role("x"),
            agent("a", ref("aws_iam_role.this.arn")),
            agent("b", ref("aws_bedrockagent_agent.a.agent_resource_role_arn")),
        )
    )
    assert holders(found) == {"plan.json#aws_iam_role.this": {"a", "b"}}


def test_references_in_a_circle_end() -> None:
    calls = {
        "m": {
            "expressions": {"x": ref("module.m.y")},
            "variables": {"x": {}},
            "outputs": {"y": {"expression": ref("var.x")}},
        }
    }
    found = read(plan(agent("a", ref("var.x"), module="module.m"), calls=calls))
    assert codes(found) == ["unresolved_role"]


def test_a_role_is_known_across_the_plans_of_a_scan() -> None:
    import json

    from segrego.collect.source import SourceFile
    from segrego.collect.terraform import SOURCE

    one = SourceFile("a.json", json.dumps(plan(agent("a", values={"agent_resource_role_arn": ARN}))).encode())
    two = SourceFile("b.json", json.dumps(plan(role("orders", arn=ARN))).encode())
    found = SOURCE.read([one, two])
    assert holders(found) == {"b.json#aws_iam_role.this": {"a"}}
    assert codes(found) == []


def test_account_and_region_come_from_the_provider() -> None:
    identity = R("aws_caller_identity", "me", {"account_id": "111122223333"}, mode="data", provider="aws.west")
    providers = {
        "aws": {
            "name": "aws",
            "expressions": {
                "region": const("us-east-1"),
                "assume_role": [{"role_arn": const("arn:aws:iam::999988887777:role/ci")}],
            },
        },
        "aws.west": {"name": "aws", "alias": "west", "expressions": {"region": ref("var.region")}},
    }
    found = read(
        plan(
            agent("a", provider="aws.west"),
            agent("b"),
            agent("c", values={"region": "eu-west-1"}),
            prior=(identity,),
            providers=providers,
            root_variables={"region": "us-west-2"},
        )
    )
    assert {(w.name, w.account, w.region) for w in found.workloads} == {
        ("a", "111122223333", "us-west-2"),
        ("b", "999988887777", "us-east-1"),
        ("c", "999988887777", "eu-west-1"),
    }


def test_a_state_is_read_like_a_plan() -> None:
    from plans import tree

    state = {"format_version": "1.0", "terraform_version": "1.13.4"}
    resources = [
        role("orders", arn=ARN),
        agent("a", values={"agent_resource_role_arn": ARN, "guardrail_configuration": []}),
    ]
    found = read({**state, "values": tree(resources)})
    assert holders(found) == {"plan.json#aws_iam_role.this": {"a"}}
    assert codes(found) == []


MADE_OR_GIVEN = """
variable "make" { type = bool }
variable "given" { default = %s }
resource "aws_iam_role" "made" {
  count = var.make ? 1 : 0
  name  = "made"
}
resource "aws_iam_role" "other" { name = "other" }
resource "aws_bedrockagent_agent" "a" {
  agent_name              = "a"
  agent_resource_role_arn = %s
}
"""


@pytest.mark.parametrize(
    ("default", "expression", "role"),
    [
        ('""', "var.make ? aws_iam_role.made[0].arn : var.given", "infra#aws_iam_role.made[0]"),
        ("null", "!var.make ? var.given : aws_iam_role.made[0].arn", "infra#aws_iam_role.made[0]"),
        (
            '""',
            'var.make ? (var.make == "x" ? "" : aws_iam_role.made[0].arn) : aws_iam_role.made[0].arn',
            "infra#aws_iam_role.made[0]",
        ),
        ('""', "var.make ? aws_iam_role.made[0].arn : aws_iam_role.other.arn", None),
        ('"arn:aws:iam::111122223333:role/given"', "var.make ? aws_iam_role.made[0].arn : var.given", None),
        ('""', 'replace(var.make, "x", aws_iam_role.other.arn)', None),
    ],
)
def test_a_condition_that_leaves_one_role_gives_it(scan: Scan, default: str, expression: str, role: str | None) -> None:
    found = scan(MADE_OR_GIVEN % (default, expression))
    (binding,) = next(workload for workload in found.workloads if workload.name == "a").bindings
    assert (binding.role if binding.certainty != "unresolved" else None) == role
