"""A large account: no call twice, and as many calls as docs/aws.md says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import worlds
from fake_aws import FakeAws
from worlds import role

from segrego.inventory import Inventory

AGENTS = 1_000
ROLES = 100
REGION = 32
AGENT = 6
ROLE = 4


def test_a_thousand_agents_are_read_without_asking_anything_twice(
    alone: FakeAws, read: Callable[..., Inventory]
) -> None:
    agents = [{"agentId": f"AGENT{number:05}", "agentName": f"agent-{number}"} for number in range(AGENTS)]
    alone.answer("bedrock-agent", "ListAgents", {"agentSummaries": agents})
    alone.answer(
        "bedrock-agent",
        "GetAgent",
        lambda params: {"agent": {"agentResourceRoleArn": role(f"role-{int(params['agentId'][5:]) % ROLES}")}},
    )
    worlds.add_identity(alone)
    alone.answer("iam", "ListRoles", {})

    found = read()

    assert len(found.workloads) == AGENTS
    assert len(found.roles) == ROLES
    assert alone.repeated() == []
    by_role = Counter(binding.role for workload in found.workloads for binding in workload.bindings)
    assert set(by_role.values()) == {AGENTS // ROLES}
    managed = 2 * 3  # two policies and a boundary, each asked about and read
    assert len(alone.calls) == 2 + REGION + AGENT * AGENTS + ROLE * ROLES + managed


def test_forty_accounts_are_read_each_with_its_own_credentials(alone: FakeAws, read: Callable[..., Inventory]) -> None:
    accounts = tuple(f"{number:012}" for number in range(1, 41))
    agents = [{"agentId": "AGENT00001", "agentName": "agent"}]
    alone.answer("bedrock-agent", "ListAgents", {"agentSummaries": agents}, accounts=None)

    def agent(_: dict[str, str]) -> dict[str, dict[str, str]]:
        return {"agent": {"agentResourceRoleArn": f"arn:aws:iam::{alone.account}:role/own"}}

    alone.answer("bedrock-agent", "GetAgent", agent, accounts=None)

    found = read(accounts=accounts, role_name="reader", max_accounts=8)

    assert [account.id for account in found.accounts] == list(accounts)
    assert {workload.id.split(":")[4]: workload.bindings[0].role for workload in found.workloads} == {
        account: f"arn:aws:iam::{account}:role/own" for account in accounts
    }
    assert alone.repeated() == []
    assert sum(call[1] == "AssumeRole" for call in alone.calls) == len(accounts)
