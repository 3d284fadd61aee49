"""What roles may do, from what a plan says of their policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from plans import R, agent, codes, const, plan, read, ref, refs, role, trust

from segrego.inventory import Inventory, Policy, Role

ARN = "arn:aws:iam::111122223333:role/orders"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def text(action: str = "s3:GetObject", resource: str = "*") -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}}
    )


def only(found: Inventory) -> tuple[Role, dict[str, Policy]]:
    (one,) = found.roles
    return one, {policy.id: policy for policy in found.policies}


def document(name: str, statement: dict[str, Any], exprs: dict[str, Any] | None = None, **more: Any) -> R:
    """A data source that is read only after apply: what it knows is planned, and the rest is absent."""
    values = {"statement": [statement], "source_policy_documents": None, "override_policy_documents": None, **more}
    return R("aws_iam_policy_document", name, values, {"statement": [exprs or {}]}, mode="data")


STATEMENT = {"actions": ["s3:GetObject"], "condition": [], "effect": None, "not_actions": None, "not_principals": [],
             "not_resources": None, "principals": [], "sid": "Read"}  # fmt: skip


def test_inline_attached_and_embedded_policies_are_held() -> None:
    found = read(
        plan(
            role(
                "orders",
                inline_policy=[{"name": "own", "policy": text("s3:PutObject")}],
                managed_policy_arns=[READ_ONLY],
            ),
            R("aws_iam_role_policy", "p", {"name": "p", "role": "orders", "policy": text()}),
            R("aws_iam_policy", "m", {"name": "m", "policy": text("dynamodb:Query")}),
            R("aws_iam_role_policy_attachment", "m", {"role": "orders"}, {"policy_arn": ref("aws_iam_policy.m.arn")}),
        )
    )
    one, policies = only(found)
    assert set(one.policies) == {
        "plan.json#aws_iam_role.this.inline_policy[own]",
        "plan.json#aws_iam_role_policy.p",
        "plan.json#aws_iam_policy.m",
        READ_ONLY,
    }
    assert policies["plan.json#aws_iam_policy.m"].kind == "managed"
    assert policies["plan.json#aws_iam_policy.m"].statements[0].actions == ("dynamodb:query",)
    assert (policies[READ_ONLY].kind, policies[READ_ONLY].read) == ("aws_managed", False)
    assert codes(found) == []
    assert one.unread == ()


def test_an_attachment_finds_its_role_by_reference() -> None:
    named_later = R("aws_iam_role", "this", {"assume_role_policy": trust()}, {"name_prefix": const("x-")})
    by_id = R("aws_iam_role_policy", "p", {"name": "p", "policy": text()}, {"role": ref("aws_iam_role.this.id")})
    one, _ = only(read(plan(named_later, by_id)))
    assert one.policies == ("plan.json#aws_iam_role_policy.p",)


def test_attachments_of_several_roles_and_exclusive_ones() -> None:
    found = read(
        plan(
            role("a", label="a"),
            role("b", label="b"),
            R("aws_iam_policy_attachment", "x", {"roles": ["a", "b"], "policy_arn": READ_ONLY}),
            R(
                "aws_iam_role_policy_attachments_exclusive",
                "y",
                {"role_name": "b", "policy_arns": ["arn:aws:iam::aws:policy/A"]},
            ),
            R("aws_iam_role_policies_exclusive", "z", {"role_name": "a", "policy_names": ["elsewhere"]}),
        )
    )
    held = {r.name: r.policies for r in found.roles}
    assert held == {"a": (READ_ONLY,), "b": (READ_ONLY, "arn:aws:iam::aws:policy/A")}
    assert codes(found) == ["unread_policy"]
    assert {r.name: r.unread for r in found.roles}["a"] == ("policies",)


def test_a_managed_policy_outside_the_plan_is_a_gap() -> None:
    arn = "arn:aws:iam::111122223333:policy/team"
    found = read(plan(role("a"), R("aws_iam_role_policy_attachment", "x", {"role": "a", "policy_arn": arn})))
    one, policies = only(found)
    assert (policies[arn].kind, policies[arn].read) == ("managed", False)
    assert one.unread == ("policies",)
    assert [(g.code, g.subject, g.facts) for g in found.gaps] == [("unread_policy", one.id, ("policies",))]


def test_a_policy_attached_to_a_role_that_a_workload_names_by_arn() -> None:
    found = read(
        plan(
            agent("a", values={"agent_resource_role_arn": ARN}),
            R("aws_iam_role_policy_attachment", "x", {"role": "orders", "policy_arn": READ_ONLY}),
        )
    )
    one, _ = only(found)
    assert (one.id, one.policies) == (ARN, (READ_ONLY,))


def test_an_attachment_to_a_role_that_cannot_be_told_is_a_gap_on_the_source() -> None:
    found = read(plan(role("a"), R("aws_iam_role_policy", "p", {"policy": text()}, {"role": ref("local.role")})))
    assert [(g.code, g.subject, g.facts) for g in found.gaps] == [("unresolved_reference", "plan.json", ("policies",))]


def test_an_encoded_policy_with_unknown_parts_cannot_be_read() -> None:
    hidden = R("aws_iam_role_policy", "p", {"name": "p", "role": "a"}, {"policy": ref("aws_s3_bucket.b.arn")})
    found = read(plan(role("a"), hidden, R("aws_s3_bucket", "b", {"bucket": "b"})))
    one, policies = only(found)
    assert policies["plan.json#aws_iam_role_policy.p"].read is False
    assert one.unread == ("policies",)
    (gap,) = found.gaps
    assert (gap.code, gap.subject, gap.facts) == ("unreadable_policy", one.id, ("policies",))
    assert "aws_iam_role_policy.p" in gap.message


def test_a_trust_policy_with_unknown_parts_cannot_be_read() -> None:
    hidden = R("aws_iam_role", "this", {"name": "a"}, {"assume_role_policy": ref("aws_bedrockagent_agent.x.agent_arn")})
    found = read(plan(hidden))
    assert found.roles[0].unread == ("trust",)
    assert [(g.code, g.facts) for g in found.gaps] == [("unreadable_policy", ("trust",))]


@pytest.mark.parametrize("broken", ["{", "[]", '{"Statement": [{"Effect": "Maybe"}]}', "[" * 100_000])
def test_a_policy_that_aws_would_refuse_is_a_gap(broken: str) -> None:
    found = read(
        plan(role("a", assume_role_policy=broken), R("aws_iam_role_policy", "p", {"role": "a", "policy": broken}))
    )
    assert codes(found) == ["unreadable_policy", "unreadable_policy"]
    assert found.roles[0].unread == ("trust", "policies")


def test_a_document_is_put_together_from_what_is_planned_and_references() -> None:
    both = refs("aws_s3_bucket.b.arn", "aws_s3_bucket.b", "aws_lambda_function.f.arn", "aws_lambda_function.f")
    found = read(
        plan(
            role("a"),
            R("aws_s3_bucket", "b", {"bucket": "orders"}),
            R("aws_lambda_function", "f", {"function_name": "pay", "role": ARN}),
            document("d", STATEMENT, {"actions": const(["s3:GetObject"]), "resources": both}),
            R("aws_iam_role_policy", "p", {"role": "a"}, {"policy": ref("data.aws_iam_policy_document.d.json")}),
        )
    )
    policy = next(p for p in found.policies if p.id == "plan.json#aws_iam_role_policy.p")
    (statement,) = policy.statements
    assert (statement.sid, statement.effect, statement.actions) == ("Read", "Allow", ("s3:getobject",))
    assert statement.resources == (
        "arn:aws:s3:::orders",
        "arn:aws:s3:::orders/*",
        "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:pay",
    )
    assert ("unresolved_reference", policy.id) in [(g.code, g.subject) for g in found.gaps]
    function = next(w for w in found.workloads if w.kind == "lambda_function")
    assert function.arn == statement.resources[2]


def test_a_document_read_late_but_wholly_known_is_exact() -> None:
    found = read(
        plan(
            role("a"),
            document("d", {**STATEMENT, "resources": ["arn:aws:s3:::b/&{aws:username}"]}),
            R("aws_iam_role_policy", "p", {"role": "a"}, {"policy": ref("data.aws_iam_policy_document.d.json")}),
        )
    )
    assert found.policies[0].statements[0].resources == ("arn:aws:s3:::b/${aws:username}",)
    assert codes(found) == []


def test_a_document_of_configuration_alone_with_principals_and_conditions() -> None:
    statement = {
        "sid": const("Assume"),
        "actions": const(["sts:AssumeRole"]),
        "principals": [{"type": const("Service"), "identifiers": const(["bedrock.amazonaws.com"])}],
        "condition": [
            {
                "test": const("ArnLike"),
                "variable": const("AWS:SourceArn"),
                "values": ref("aws_bedrockagent_agent.a.agent_arn"),
            }
        ],
    }
    data = R("aws_iam_policy_document", "t", {}, {"statement": [statement]}, mode="data")
    trusted = R(
        "aws_iam_role", "this", {"name": "a"}, {"assume_role_policy": ref("data.aws_iam_policy_document.t.json")}
    )
    found = read(plan(trusted, agent("a", ref("aws_iam_role.this.arn")), only_configured=(data,)))
    (one,) = found.roles[0].trust
    assert (one.sid, one.principals[0].value) == ("Assume", "bedrock.amazonaws.com")
    (condition,) = one.conditions
    assert (condition.operator, condition.key) == ("ArnLike", "aws:sourcearn")
    assert condition.values == (
        "arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/${aws_bedrockagent_agent.a.agent_id}",
    )
    assert [(g.code, g.facts) for g in found.gaps] == [("unresolved_reference", ("trust",))]


def test_unknown_actions_make_a_document_unreadable() -> None:
    unknown = {key: value for key, value in STATEMENT.items() if key != "actions"}
    found = read(
        plan(
            role("a"),
            document("d", {**unknown, "resources": ["*"]}, {"actions": ref("local.actions")}),
            R("aws_iam_role_policy", "p", {"role": "a"}, {"policy": ref("data.aws_iam_policy_document.d.json")}),
        )
    )
    assert codes(found) == ["unreadable_policy"]
    assert "data.aws_iam_policy_document.d" in found.gaps[0].message


def test_source_documents_are_joined_and_overridden_by_sid() -> None:
    base = {"Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                          {"Sid": "Keep", "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}]}  # fmt: skip
    outer = document(
        "outer", {**STATEMENT, "resources": ["arn:aws:s3:::b"]}, source_policy_documents=[json.dumps(base), None]
    )
    outer.expr["source_policy_documents"] = refs("local.base", "data.aws_iam_policy_document.inner.json")
    outer.expr["source_policy_documents"] = ref("data.aws_iam_policy_document.inner.json")
    inner = document("inner", {**STATEMENT, "sid": "Inner", "resources": ["arn:aws:s3:::c"]})
    found = read(
        plan(
            role("a"), outer, inner,
            R("aws_iam_role_policy", "p", {"role": "a"}, {"policy": ref("data.aws_iam_policy_document.outer.json")}),
        )
    )  # fmt: skip
    (policy,) = found.policies
    assert {(s.sid, s.effect, s.resources) for s in policy.statements} == {
        ("Read", "Allow", ("arn:aws:s3:::b",)),
        ("Keep", "Deny", ("*",)),
        ("Inner", "Allow", ("arn:aws:s3:::c",)),
    }


def test_a_document_through_a_module_variable() -> None:
    calls = {"r": {"expressions": {"policy": ref("data.aws_iam_policy_document.d.json")}, "variables": {"policy": {}}}}
    inside = R("aws_iam_role_policy", "p", {"role": "a"}, {"policy": ref("var.policy")}, module="module.r")
    found = read(
        plan(role("a", module="module.r"), inside, document("d", {**STATEMENT, "resources": ["*"]}), calls=calls)
    )
    assert found.policies[0].statements[0].resources == ("*",)


@pytest.mark.parametrize(
    ("boundary", "kind", "unread"),
    [
        ("arn:aws:iam::111122223333:policy/limit", "boundary", ("boundary",)),
        ("arn:aws:iam::aws:policy/PowerUserAccess", "aws_managed", ()),
    ],
)
def test_a_boundary_by_its_arn(boundary: str, kind: str, unread: tuple[str, ...]) -> None:
    found = read(plan(role("a", permissions_boundary=boundary)))
    one, policies = only(found)
    assert (one.boundary, policies[boundary].kind, one.unread) == (boundary, kind, unread)


def test_a_boundary_that_the_plan_makes() -> None:
    limited = role("a")
    limited.expr["permissions_boundary"] = ref("aws_iam_policy.limit.arn")
    found = read(plan(limited, R("aws_iam_policy", "limit", {"name": "limit", "policy": text()})))
    assert found.roles[0].boundary == "plan.json#aws_iam_policy.limit"
    assert codes(found) == []
    literal = plan(
        role("a", permissions_boundary="arn:aws:iam::111122223333:policy/limit"),
        R("aws_iam_policy", "limit", {"name": "limit", "policy": text()}),
    )
    assert read(literal).roles[0].boundary == "plan.json#aws_iam_policy.limit"


def test_the_awscc_twins() -> None:
    found = read(
        plan(
            R(
                "awscc_iam_role",
                "r",
                {
                    "role_name": "a",
                    "assume_role_policy_document": trust(),
                    "policies": [{"policy_name": "own", "policy_document": text()}],
                    "managed_policy_arns": [READ_ONLY],
                    "tags": [{"key": "team", "value": "x"}],
                },
            ),
            R("awscc_iam_role_policy", "p", {"role_name": "a", "policy_name": "p", "policy_document": text()}),
            R("awscc_iam_managed_policy", "m", {"managed_policy_name": "m", "policy_document": text(), "roles": ["a"]}),
        )
    )
    one, _ = only(found)
    assert len(one.policies) == 4
    assert [(tag.key, tag.value) for tag in one.tags] == [("team", "x")]
    assert codes(found) == []


def test_sensitive_values_are_not_copied_out() -> None:
    secret = role("a", inline_policy=[{"name": "p", "policy": text("s3:SecretAction")}], tags={"team": "hidden"})
    secret.sensitive = {"inline_policy": [{"policy": True}], "tags": True}
    found = read(plan(secret))
    assert "secretaction" not in str(found).lower()
    assert "hidden" not in str(found)
    assert codes(found) == ["unreadable_policy"]
