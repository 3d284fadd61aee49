"""The one sentence of a finding."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from segrego.inventory import WorkloadKind
from segrego.wording import KINDS, dated, fields, fill, joined

NAMES = {"f#Orders": "orders", "f#Billing": "billing", "my_agent": "my_agent"}


@pytest.mark.parametrize(
    ("headline", "evidence", "sentence"),
    [
        ("{agents} run under {subject}", {"agents": [{"id": "f#Orders", "name": "o"}, {"name": "b"}]},
         "orders and b run under Role"),
        ("tools of {agents} differ", {"agents": ["f#Orders", "f#Billing", "f#Orders"]},
         "Tools of orders and billing differ"),
        ("{agent} is odd", {"agent": "f#Orders"}, "orders is odd"),
        ("{kinds} share it", {"kinds": ["bedrock_agent", "agentcore_gateway"]},
         "Bedrock agent and AgentCore gateway share it"),
        ("{names} share it", {"names": ["my_agent", "Other_Agent"]}, "my_agent and Other_Agent share it"),
        ("{unpinned} is missing", {"unpinned": ["workload_arn", "x_1"]}, "workload arn and x_1 is missing"),
        ("{subject} was last used at {last_used_ns}", {"last_used_ns": 0}, "Role was last used at never"),
        ("it ended at {end_ns}", {"end_ns": 1_700_000_000_123_456_789}, "It ended at 2023-11-14T22:13:20Z"),
        ("the exception of {rule}", {"rule": "a_rule"}, "The exception of a_rule"),
        ("{subject} lasts {seconds} s", {"seconds": 43200}, "Role lasts 43200 s"),
        ("pinned: {pinned}, owner: {owner}, tags: {tags}", {"pinned": True, "owner": None, "tags": []},
         "Pinned: yes, owner: none, tags: none"),
        ("{subject} is {missing}", {}, "Role is {missing}"),
        ("{subject} is shared", {"certainty": "by_default"}, "Role is shared, by default"),
        ("{subject} is shared", {"certainty": "unresolved"}, "Role is shared, by the same expression"),
        ("{subject} is shared", {"certainty": "exact"}, "Role is shared"),
        ("{principals} may", {"principals": [{"type": "AWS", "value": "*"}, {"a": 1, "b": ["x"]}]}, "* and 1, x may"),
        ("{many}", {"many": list("abcdefghij")}, "a, b, c, d, e, f and 4 more"),
        ("{deep}", {"deep": [["f#Orders", ["x"]], {"id": "f#Billing"}]}, "orders, x and billing"),
        ("", {}, ""),
    ],
)  # fmt: skip
def test_a_headline_with_the_findings_own_facts(headline: str, evidence: dict[str, Any], sentence: str) -> None:
    assert fill(headline, "Role", evidence, NAMES) == sentence


def test_values_can_be_marked_and_the_rules_words_stay() -> None:
    marked = fill("{agents} hold {subject} since {n}", "R", {"agents": ["f#Orders", "x"], "n": 3}, NAMES, quote=repr)
    assert marked == "'orders' and 'x' hold 'R' since 3"


def test_a_value_that_looks_like_a_field_is_not_filled_again() -> None:
    assert fill("{subject} and {other}", "{other}", {"other": "{subject}"}, {}) == "{other} and {subject}"


def test_fields_of_a_headline() -> None:
    assert fields("{agents} run under {subject}") == {"agents", "subject"}


def test_every_kind_of_workload_has_its_name() -> None:
    assert set(KINDS) == set(get_args(WorkloadKind))


def test_times() -> None:
    assert dated(1) == "1970-01-01T00:00:00Z"
    assert dated(2**63 - 1).startswith("2262-")
    assert dated(10**30) == str(10**30)


def test_joining() -> None:
    assert [joined(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
