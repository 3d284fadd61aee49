"""What is probably not meant is a warning that names the line and what to do."""

from __future__ import annotations

import pytest
from config_world import WORLD, agent, declare, world
from msgspec.structs import replace

from segrego.config import Config, notices
from segrego.inventory import Inventory

NOW = 1_790_000_000_000_000_000  # 2026-09-21


def said(text: str, inventory: Inventory = WORLD) -> list[str]:
    return [str(notice) for notice in notices(declare(text), replace(inventory, evaluated_at_ns=NOW))]


def test_what_matches_and_agrees_gives_no_warning() -> None:
    text = """
environments:
  - {name: production, accounts: ["111122223333"]}
  - {name: Prod, names: [orders]}
  - {name: staging, names: [research, lab]}
data_domains:
  - {name: hr, names: [ledger], sensitivity: high}
  - {name: money, tags: {confidentiality: secret}, sensitivity: High}
  - {name: shop, names: [orders]}
purposes: [{purpose: retrieval, names: [orders]}]
owners: [{owner: a, tags: {team: money}}, {owner: A, names: [billing]}]
agent_classes:
  - {name: a, names: [orders], justification: b, approver: c, expires: 2027-01-31T00:00:00Z}
hosting: [{names: [research], agents: [a, b]}]
exceptions: [{rule: a, subject: b, reason: c, owner: d, expires: 2027-01-31T00:00:00Z}]
"""
    assert said(text) == []


def test_without_a_file_there_is_nothing_to_warn_of() -> None:
    assert notices(Config(), WORLD) == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            "environments:\n  - {name: a, names: [nobody]}",
            2,
            ["nobody in names", "workload or role or resource or account"],
        ),
        ("environments:\n  - name: a\n    names:\n      - orders\n      - 'x*'", 5, ["x* in names"]),
        ("environments:\n  - name: a\n    accounts: ['999999999999']", 3, ["999999999999 in accounts"]),
        ("data_domains:\n  - name: a\n    arns: [agent-role]", 3, ["agent-role in arns", "workload or resource"]),
        ("purposes:\n  - purpose: a\n    names: [ledger]", 3, ["ledger in names", "no workload of"]),
        ("owners:\n  - owner: a\n    tags: {team: money, stage: dev}", 3, ["team=money, stage=dev in tags"]),
        ("hosting:\n  - agents: [a]\n    names: [nobody]", 3, ["nobody"]),
    ],
)
def test_a_pattern_that_matches_nothing(text: str, line: int, words: list[str]) -> None:
    (warning,) = said(text)
    assert warning.startswith(f"segrego.yaml:{line}: ")
    assert [word for word in [*words, "matches no", "Correct it"] if word not in warning] == []


@pytest.mark.parametrize(
    ("section", "first", "second"),
    [
        ("environments", "name: a", "name: b"),
        ("purposes", "purpose: a", "purpose: b"),
        ("owners", "owner: a", "owner: b"),
        ("hosting", "agents: [a]", "agents: [b]"),
        (
            "agent_classes",
            "name: a, justification: c, approver: d, expires: 2027-01-31T00:00:00Z",
            "name: b, justification: c, approver: d, expires: 2027-01-31T00:00:00Z",
        ),
    ],
)
def test_entries_that_disagree_about_an_entity(section: str, first: str, second: str) -> None:
    (warning,) = said(f"{section}:\n  - {{{first}, names: [billing]}}\n  - {{{second}, names: ['b?lling']}}")
    assert warning.startswith("segrego.yaml:3: the ")
    assert " b is not given to billing, of which segrego.yaml:2 says a already. Narrow" in warning


def test_entries_that_disagree_about_many_entities_are_one_warning() -> None:
    agents = world(*(agent(f"agent-{number}") for number in range(5)))
    (warning,) = said("owners:\n  - {owner: a, names: ['agent-?']}\n  - {owner: b, names: ['*']}", agents)
    assert "agent-0 and 4 more" in warning


def test_the_entry_that_is_heard_is_the_one_named() -> None:
    text = "owners:\n  - {owner: a, names: [orders]}\n  - {owner: b, names: [orders]}\n  - {owner: c, names: [orders]}"
    assert [warning.partition(" already")[0][-25:] for warning in said(text)] == [
        " which segrego.yaml:2 says a"[-25:]
    ] * 2


def test_sensitivities_of_one_resource_that_disagree() -> None:
    entries = ("{name: a, names: [ledger], sensitivity: high}", "{name: b, names: ['*'], sensitivity: low}")
    (warning,) = said("data_domains:\n  - " + "\n  - ".join(entries))
    assert "the sensitivity low is not given to bucket, of which segrego.yaml:2 says high already" in warning


def test_several_domains_of_one_entity_do_not_disagree() -> None:
    assert said("data_domains: [{name: a, names: [ledger]}, {name: b, names: [ledger]}]") == []


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        ("2026-01-31T00:00:00Z", 1),
        ("2026-09-21T14:13:20Z", 1),  # this very moment
        ("2026-09-21T14:13:21Z", 0),
        ("2027-01-31T00:00:00Z", 0),
        ("0001-01-01T00:00:00+14:00", 1),
    ],
)
def test_an_approval_that_has_ended(expires: str, expected: int) -> None:
    text = (
        "agent_classes:\n  - name: a\n    names: [orders]\n    justification: b\n    approver: c\n"
        f"    expires: '{expires}'\n"
        f"exceptions:\n  - rule: r\n    subject: s\n    reason: b\n    owner: c\n    expires: '{expires}'\n"
    )
    found = said(text)
    assert len(found) == 2 * expected
    if expected:
        assert found[0].startswith("segrego.yaml:6: the approval of the class a expired at ")
        assert found[1].startswith("segrego.yaml:12: the exception of s from r expired at ")
        assert all("Have it approved anew" in warning for warning in found)
