"""One whole plan as Terraform writes it: modules, ``for_each``, outputs, values that are known only after apply."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import holders

from segrego.collect.source import SourceFile
from segrego.collect.terraform import SOURCE
from segrego.inventory import Inventory

PLAN = Path(__file__).parent / "support_desk.json"
DESK = 'plan.json#module.identity.aws_iam_role.this["desk"]'


@pytest.fixture(scope="module")
def found() -> Inventory:
    file = SourceFile("plan.json", PLAN.read_bytes())
    assert SOURCE.claims(file)
    return SOURCE.read([file])


def test_two_instances_of_a_module_share_the_role_that_another_module_makes(found: Inventory) -> None:
    assert holders(found) == {
        DESK: {"desk-billing", "desk-returns"},
        'plan.json#module.identity.aws_iam_role.this["triage"]': {"triage"},
    }
    assert {binding.certainty for workload in found.workloads for binding in workload.bindings} == {"exact"}


def test_the_role_has_its_policy_account_and_arn(found: Inventory) -> None:
    role = next(role for role in found.roles if role.id == DESK)
    assert (role.account, role.arn) == ("111122223333", "arn:aws:iam::111122223333:role/support-desk")
    assert role.policies == ("plan.json#module.identity.aws_iam_role_policy.tickets",)
    assert role.unread == ()
    (statement,) = found.policies[0].statements
    assert statement.actions == ("dynamodb:getitem", "dynamodb:query")
    assert statement.resources == ("arn:aws:dynamodb:eu-west-1:111122223333:table/tickets",)
    (resource,) = found.resources
    assert resource.arn == statement.resources[0]


def test_only_the_text_around_a_reference_is_a_gap(found: Inventory) -> None:
    (gap,) = found.gaps
    assert (gap.code, gap.subject) == ("unresolved_reference", "plan.json#module.identity.aws_iam_role_policy.tickets")


def test_what_is_to_be_destroyed_is_left_out(found: Inventory) -> None:
    assert {role.name for role in found.roles} == {"support-desk", "support-triage"}
