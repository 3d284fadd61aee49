"""One template with everything that a team writes, read as a whole."""

from __future__ import annotations

import pytest
from cfn_scan import STACKS, gaps, policy, read, role_named, role_of, tool, workload

from segrego.inventory import Inventory, Operation, Use

FILE = "infra/support.yaml"
DESK = f"{FILE}#DeskRole"


@pytest.fixture(scope="module")
def stack() -> Inventory:
    return read({FILE: (STACKS / "support.yaml").read_bytes()})


def test_only_resources_are_workloads(stack: Inventory) -> None:
    found = {(w.id.partition("#")[2], w.kind) for w in stack.workloads}
    assert found == {
        ("FirstLine", "bedrock_agent"),
        ("SecondLine", "bedrock_agent"),
        ("Partner", "bedrock_agent"),
        ("PartnerToo", "bedrock_agent"),
        ("Answers", "bedrock_knowledge_base"),
        ("LookUp", "lambda_function"),
        ("Batch", "principal"),
    }


def test_locations_are_the_lines_of_logical_ids(stack: Inventory) -> None:
    lines = (STACKS / "support.yaml").read_text().splitlines()
    for entity in (*stack.workloads, *stack.resources, role_named(stack, "DeskRole"), policy(stack, "Fence")):
        assert entity.location is not None
        assert entity.location.file == FILE
        assert lines[(entity.location.line or 0) - 1] == f"  {entity.location.address}:"


def test_the_role_that_is_meant_by_reference_or_name(stack: Inventory) -> None:
    assert role_of(stack, "FirstLine") == role_of(stack, "Answers") == role_of(stack, "Batch") == DESK
    assert workload(stack, "FirstLine").bindings[0].certainty == "exact"
    assert role_of(stack, "SecondLine") == DESK
    assert {b.certainty for b in workload(stack, "SecondLine").bindings} == {"by_default"}


def test_slots(stack: Inventory) -> None:
    assert [(b.slot, b.version, b.via) for b in workload(stack, "FirstLine").bindings] == [("draft", None, ())]
    assert [(b.slot, b.version, b.via) for b in workload(stack, "SecondLine").bindings] == [
        ("draft", None, ()),
        ("version", None, ("live",)),
    ]
    assert [(b.slot, b.via) for b in workload(stack, "Answers").bindings] == [("execution", ())]


def test_an_alias_to_an_earlier_version_is_a_gap(stack: Inventory) -> None:
    (gap,) = (g for g in stack.gaps if g.code == "not_collected" and g.subject == f"{FILE}#SecondLine")
    assert gap.facts == ("bindings",)
    assert "version 3" in gap.message


def test_an_unresolved_role_is_one_role_for_all_who_hold_it(stack: Inventory) -> None:
    assert role_of(stack, "Partner") == role_of(stack, "PartnerToo") == f"{FILE}#${{PartnerRoleArn}}"
    stub = role_named(stack, "${PartnerRoleArn}")
    assert (stub.identity, stub.name, stub.arn) == ("unresolved", None, None)
    assert stub.unread == ("trust", "policies", "boundary")
    assert workload(stack, "Partner").bindings[0].certainty == "unresolved"
    assert gaps(stack, "unresolved_role") == [stub.id]


def test_role(stack: Inventory) -> None:
    role = role_named(stack, "DeskRole")
    assert (role.name, role.max_session_seconds) == ("desk-role", 7200)
    assert role.arn == "arn:aws:iam::${AWS::AccountId}:role/desk-role"
    assert [(t.key, t.value) for t in role.tags] == [("team", "support")]
    assert role.boundary == f"{FILE}#Fence"
    assert set(role.policies) == {
        f"{FILE}#ReadTickets",
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        f"{FILE}#DeskRole/models",
        f"{FILE}#Beside/beside",
    }
    assert role.unread == ()
    (trust,) = role.trust
    assert [c.values for c in trust.conditions] == [("${AWS::AccountId}",)]
    assert role_named(stack, "LookUpRole").arn == "arn:aws:iam::${AWS::AccountId}:role/functions/look-up"


def test_policies(stack: Inventory) -> None:
    (models,) = policy(stack, "DeskRole/models").statements
    assert models.resources == ("arn:aws:bedrock:*::foundation-model/dev",)
    (read_tickets,) = policy(stack, "ReadTickets").statements
    assert read_tickets.resources == ("arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/tickets-dev",)
    (beside,) = policy(stack, "Beside/beside").statements
    assert beside.resources == ("arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${LookUp}:live",)
    managed = policy(stack, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    assert (managed.kind, managed.read, managed.statements) == ("aws_managed", False, ())
    assert gaps(stack, "unread_policy") == []


def test_statements_know_their_line(stack: Inventory) -> None:
    lines = (STACKS / "support.yaml").read_text().splitlines()
    line = policy(stack, "ReadTickets").statements[0].line
    assert line is not None
    assert lines[line - 1].strip() == "- Sid: Read"


def test_action_groups(stack: Inventory) -> None:
    tickets = tool(stack, "FirstLine/TicketAgent")
    assert (tickets.owner, tickets.kind, tickets.target) == (f"{FILE}#FirstLine", "lambda", f"{FILE}#LookUp")
    assert tickets.operations == (Operation(name="find"), Operation(name="close", confirmation=True))
    orders = tool(stack, "FirstLine/Orders")
    assert (orders.kind, orders.target, orders.state) == ("return_control", None, "disabled")
    assert orders.operations == (
        Operation(name="getOrder", method="GET"),
        Operation(name="DELETE /orders/{id}", method="DELETE", confirmation=True),
    )
    ask = tool(stack, "FirstLine/ask")
    assert (ask.kind, ask.operations) == ("builtin", (Operation(name="AMAZON.UserInput"),))
    remote = tool(stack, "FirstLine/remote")
    assert remote.target == "arn:aws:lambda:eu-west-1:123456789012:function:elsewhere"
    assert not remote.operations_read


def test_uses(stack: Inventory) -> None:
    assert set(workload(stack, "FirstLine").uses) == {
        Use(relation="model", target="amazon.nova-lite-v1:0"),
        Use(relation="guardrail", target="arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:guardrail/${Rail}"),
        Use(relation="knowledge_base", target=f"{FILE}#Answers"),
        Use(relation="collaborator", target=f"{FILE}#SecondLine"),
    }
    assert workload(stack, "Answers").uses == (Use(relation="data", target=f"{FILE}#AnswerBucket"),)


def test_resources(stack: Inventory) -> None:
    found = {r.id.partition("#")[2]: r for r in stack.resources}
    assert set(found) == {"Tickets", "AnswerBucket"}
    assert found["AnswerBucket"].arn == "arn:aws:s3:::answers-dev"
    assert [(t.key, t.value) for t in found["Tickets"].tags] == [("data-domain", "support")]


def test_no_value_of_a_variable_is_read(stack: Inventory) -> None:
    assert "hunter2" not in repr(stack)


def test_nothing_dangles(stack: Inventory) -> None:
    assert gaps(stack, "unresolved_reference") == []
    assert stack.sources[0].digest is not None
    assert stack.sources[0].digest.startswith("sha256:")
