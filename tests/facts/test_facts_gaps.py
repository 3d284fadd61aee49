"""Gaps that follow from a document, and that end with it."""

from __future__ import annotations

from msgspec.structs import replace

from segrego.facts import derive
from segrego.inventory import Gap, Inventory, Location, Policy, Role, Source, Statement, Workload

AGENT = Workload(id="a", kind="bedrock_agent", name="a")
PLACE = Location(source="t.yaml", file="t.yaml", line=7, address="Policy")


def codes(inventory: Inventory) -> list[tuple[str, str]]:
    return [(gap.code, gap.subject) for gap in derive(inventory).gaps]


def test_no_agent_at_all_is_a_gap_of_the_one_source_or_of_the_whole() -> None:
    one = Inventory(sources=(Source(id="t.yaml", kind="cloudformation"),))
    assert codes(one) == [("no_agents", "t.yaml")]
    two = replace(one, sources=(*one.sources, Source(id="u.yaml", kind="cloudformation")))
    assert codes(two) == [("no_agents", "inventory")]
    assert derive(one).gaps[0].facts == ("workloads", "bindings")


def test_what_bears_a_role_without_deciding_is_no_agent() -> None:
    for kind, expected in (
        ("lambda_function", 1),
        ("agentcore_gateway", 1),
        ("bedrock_knowledge_base", 1),
        ("bedrock_agent", 0),
        ("bedrock_flow", 0),
        ("agentcore_runtime", 0),
        ("agentcore_harness", 0),
    ):
        found = codes(Inventory(workloads=(replace(AGENT, kind=kind),)))
        assert len(found) == expected, kind


def test_a_gap_that_is_derived_goes_when_its_reason_does() -> None:
    stale = (
        Gap(code="no_agents", subject="x", facts=("workloads",), message="m"),
        Gap(code="unknown_action", subject="x", facts=("actions",), message="m"),
    )
    assert codes(Inventory(workloads=(AGENT,), gaps=stale)) == []


def test_an_unknown_action_stands_where_it_is_written() -> None:
    statement = Statement(effect="Allow", actions=("s3:getobjekt", "s3:getobject"), resources=("*",), line=12)
    policy = Policy(id="p", name="p", kind="inline", statements=(statement,), location=PLACE)
    found = derive(Inventory(workloads=(AGENT,), policies=(policy,)))
    (gap,) = found.gaps
    assert (gap.code, gap.subject, gap.facts) == ("unknown_action", "p", ("actions",))
    assert "s3:getobjekt" in gap.message
    assert gap.location == replace(PLACE, line=12)
    without_line = replace(policy, statements=(replace(statement, line=None),))
    assert derive(Inventory(workloads=(AGENT,), policies=(without_line,))).gaps[0].location == PLACE


def test_an_unknown_action_among_the_negated_is_a_gap_too() -> None:
    statement = Statement(effect="Allow", not_actions=("nosuch:thing",), resources=("*",))
    policy = Policy(id="p", name="p", kind="inline", statements=(statement,))
    assert codes(Inventory(workloads=(AGENT,), policies=(policy,))) == [("unknown_action", "p")]


def test_the_services_that_have_ended_in_policies_of_aws_are_no_gap() -> None:
    statement = Statement(effect="Allow", actions=("nosuch:thing",), resources=("*",))
    policy = Policy(id="p", name="p", kind="aws_managed", statements=(statement,))
    assert codes(Inventory(workloads=(AGENT,), policies=(policy,))) == []


def test_gaps_are_in_order_and_stand_once() -> None:
    gaps = tuple(Gap(code="unsupported", subject=subject, facts=("tools",), message="m") for subject in "bab")
    assert codes(Inventory(workloads=(AGENT,), gaps=gaps)) == [("unsupported", "a"), ("unsupported", "b")]


def test_a_stub_keeps_its_gap_while_any_fact_is_unread() -> None:
    gap = Gap(code="not_collected", subject="r", facts=("trust",), message="m")
    for unread, expected in ((("policies",), [("not_collected", "r")]), ((), [])):
        assert codes(Inventory(workloads=(AGENT,), roles=(Role(id="r", unread=unread),), gaps=(gap,))) == expected
