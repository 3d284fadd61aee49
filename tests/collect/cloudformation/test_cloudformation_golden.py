"""Folders of templates with what a person read in them: who shares, what stays unknown, how trust is pinned.

An agent, a function or a role is called by its address: the logical id, with the nested stacks before it that lead to
it; a role that no template declares by its ARN or expression. ``arn`` under ``trust`` is ``none``, ``service-wildcard``
(anything of the service), ``kind-wildcard`` (any resource of a kind) or ``exact``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfn_scan import gaps

from segrego.collect.cloudformation import SOURCE
from segrego.collect.source import SourceFile
from segrego.facts import derive
from segrego.inventory import Inventory, Role, Workload

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("cfn-*/expected.yaml"))
BESIDE = ("expected.yaml", "inventory.json", "report.json")
AGENTS = ("bedrock_agent", "bedrock_flow", "agentcore_runtime", "agentcore_harness")


def scan(case: str) -> Inventory:
    """The inventory of what a person wrote in a case: what is generated beside it, and what is expected, is no part."""
    written = [path for path in sorted((GOLDEN / case).rglob("*")) if path.is_file() and path.name not in BESIDE]
    files = [SourceFile(path.relative_to(GOLDEN / case).as_posix(), path.read_bytes()) for path in written]
    return derive(SOURCE.read([file for file in files if SOURCE.claims(file)]))


def address(entity: Workload | Role) -> str:
    if isinstance(entity, Role) and entity.identity == "unresolved":
        return entity.id.rpartition("#")[2]
    place = entity.location
    return place.address if place is not None and place.address else entity.id


def sharing(inventory: Inventory, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    workloads = {workload.id: workload for workload in inventory.workloads}
    found = []
    for role in inventory.roles:
        members = {
            address(workloads[binding.workload])
            for binding in role.bindings
            if binding.kind in kinds and (binding.kind != "lambda_function" or workloads[binding.workload].serves)
        }
        if len(members) > 1:
            found.append({"role": address(role), "agents": sorted(members)})
    return sorted(found, key=lambda group: group["role"])


def unresolved(inventory: Inventory) -> list[str]:
    return sorted(
        address(workload)
        for workload in inventory.workloads
        if not workload.bindings or any(binding.certainty == "unresolved" for binding in workload.bindings)
    )


def pinning(role: Role) -> dict[str, Any]:
    conditions = [condition for statement in role.trust for condition in statement.conditions]
    arns = [value for condition in conditions if condition.key == "aws:sourcearn" for value in condition.values]
    kind = "none"
    for value in arns:
        resource = re.sub(r"\$\{[^}]*\}", "x", value).split(":", 5)[5]
        kind = "service-wildcard" if resource == "*" else "kind-wildcard" if resource.endswith("*") else "exact"
    return {"account": any(condition.key == "aws:sourceaccount" for condition in conditions), "arn": kind}


@pytest.mark.parametrize("case", CASES)
def test_what_a_person_read_is_found(case: str) -> None:
    expected = yaml.safe_load((GOLDEN / case / "expected.yaml").read_text())
    inventory = scan(case)
    assert sharing(inventory, AGENTS) == sorted(expected["groups"], key=lambda group: str(group["role"]))
    assert sharing(inventory, ("lambda_function",)) == expected["lambda_groups"]
    assert unresolved(inventory) == expected["unresolved"]
    assert sorted({gap.code for gap in inventory.gaps}) == expected["gaps"]
    roles = {address(role): role for role in inventory.roles}
    assert {name: pinning(roles[name]) for name in expected["trust"]} == expected["trust"]


def test_there_are_cases() -> None:
    assert len(CASES) >= 18


def test_what_is_shared_by_default_says_so() -> None:
    found = {b.certainty for w in scan("cfn-shared-by-default").workloads for b in w.bindings}
    assert found == {"by_default"}


def test_policies_of_another_stack_are_the_roles() -> None:
    (role,) = (role for role in scan("cfn-policy-of-another-stack").roles if role.name == "research-agent")
    assert sorted(policy.rpartition("#")[2] for policy in role.policies) == ["ByImport/models", "ByName/data"]


def test_a_policy_that_is_attached_from_either_side_stands_once() -> None:
    inventory = scan("cfn-managed-policy-shared")
    (policy,) = (policy for policy in inventory.policies if policy.kind == "managed")
    assert {role.policies for role in inventory.roles} == {(policy.id,)}


def test_stacks_of_a_cloud_assembly_know_their_account_and_region() -> None:
    inventory = scan("cfn-cdk")
    places = {address(workload): (workload.account, workload.region) for workload in inventory.workloads}
    home, partner = ("111122223333", "eu-central-1"), ("444455556666", "eu-central-1")
    assert places == {"Search": home, "ByName": home, "Nested": home, "Partner": partner}
    roles = {address(role): (role.arn, role.account) for role in inventory.roles}
    assert roles == {
        "SharedRole1A2B": ("arn:aws:iam::111122223333:role/agents", "111122223333"),
        "PartnerRole": ("arn:aws:iam::444455556666:role/agents", "444455556666"),
    }
    sources = {source.id.rpartition("/")[2]: (source.account, source.region) for source in inventory.sources}
    assert sources["Partner.template.json"] == partner
    assert "tree.json" not in sources


def test_the_gap_of_an_ambiguous_role_names_both() -> None:
    inventory = scan("cfn-undecided-condition")
    (gap,) = (gap for gap in inventory.gaps if gap.code == "ambiguous_role")
    assert all(name in gap.message for name in ("(of home)", "(of anywhere)"))
    assert gaps(scan("cfn-nested-unknown-role"), "ambiguous_role") == []
