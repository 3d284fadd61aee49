"""Service control policies: which accounts they stand above."""

from __future__ import annotations

import json
from typing import Any

from configs import Scan

from segrego.inventory import Account, Inventory

DENY = '{"Statement": [{"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}]}'
POLICY = f"""
resource "aws_organizations_policy" "tables" {{
  name    = "no-tables"
  content = {json.dumps(DENY)}
}}
"""


def levels(found: Inventory) -> dict[str, list[list[str]]]:
    return {
        account.id: [[id.rpartition("#")[2] for id in level] for level in account.service_control or ()]
        for account in found.accounts
    }


def test_a_policy_on_an_account(scan: Scan) -> None:
    found = scan(
        POLICY
        + """
resource "aws_organizations_policy_attachment" "a" {
  for_each  = toset(["111122223333", "444455556666"])
  policy_id = aws_organizations_policy.tables.id
  target_id = each.value
}
resource "awscc_organizations_policy" "b" {
  name       = "b"
  type       = "SERVICE_CONTROL_POLICY"
  content    = jsonencode({ Statement = [{ Effect = "Deny", Action = "*", Resource = "*" }] })
  target_ids = ["111122223333"]
}
resource "aws_organizations_policy" "tags" {
  name    = "tags"
  type    = "TAG_POLICY"
  content = "{}"
}
resource "aws_organizations_policy_attachment" "tags" {
  policy_id = aws_organizations_policy.tags.id
  target_id = "111122223333"
}
"""
    )
    one = ["FullAWSAccess", "aws_organizations_policy.tables"]
    assert levels(found) == {"111122223333": [[*one, "awscc_organizations_policy.b"]], "444455556666": [one]}
    assert found.gaps[1:] == ()


def test_a_target_that_is_not_resolved_is_a_gap(scan: Scan) -> None:
    found = scan(
        POLICY
        + """
variable "target" {}
resource "aws_organizations_policy_attachment" "a" {
  policy_id = aws_organizations_policy.tables.id
  target_id = var.target
}
"""
    )
    assert levels(found) == {}
    gap = next(gap for gap in found.gaps if gap.code == "unresolved_reference")
    assert (gap.subject, gap.facts) == ("infra#aws_organizations_policy.tables", ("service_control",))
    assert "var.target" in gap.message


def kept(kind: str, label: str, **attributes: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": label, "provider": "p", "instances": [{"attributes": attributes}]}


def test_levels_above_an_account_in_a_state(scan: Scan) -> None:
    resources = [
        kept("aws_organizations_organization", "o", id="o-1", master_account_id="999999999999", roots=[{"id": "r-1"}]),
        kept("aws_organizations_organizational_unit", "u", id="ou-1", parent_id="r-1"),
        kept("aws_organizations_account", "a", id="111122223333", name="agents", parent_id="ou-1"),
        kept("aws_organizations_account", "m", id="999999999999", name="pays", parent_id="r-1"),
        kept("aws_organizations_policy", "one", id="p-1", name="one", content=DENY),
        kept("aws_organizations_policy", "two", id="p-2", name="two", content=DENY),
        kept("aws_organizations_policy_attachment", "one", policy_id="p-1", target_id="r-1"),
        kept("aws_organizations_policy_attachment", "two", policy_id="p-2", target_id="ou-1"),
    ]
    state = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "resources": resources}
    found = scan({"terraform.tfstate": json.dumps(state)})
    root, unit = ["FullAWSAccess", "aws_organizations_policy.one"], ["FullAWSAccess", "aws_organizations_policy.two"]
    assert levels(found) == {"111122223333": [root, unit], "999999999999": [root]}
    assert {(account.id, account.name, account.management) for account in found.accounts} == {
        ("111122223333", "agents", False),
        ("999999999999", "pays", True),
    }


def test_several_roots_limit_one_account_together(scan: Scan) -> None:
    attached = (
        POLICY
        + """
resource "aws_organizations_policy_attachment" "a" {
  policy_id = aws_organizations_policy.tables.id
  target_id = "111122223333"
}
"""
    )
    found = scan({"one/main.tf": attached, "two/main.tf": attached})
    (account,) = found.accounts
    assert isinstance(account, Account)
    assert account.service_control == (
        ("infra/one#FullAWSAccess", "infra/one#aws_organizations_policy.tables"),
        ("infra/two#FullAWSAccess", "infra/two#aws_organizations_policy.tables"),
    )
