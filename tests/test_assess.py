"""From an engine's answer to an ordered report."""

from __future__ import annotations

from typing import Any

import pytest

from segrego.assess import assess
from segrego.errors import EngineError
from segrego.findings import Report
from segrego.inventory import Inventory, Label, Location, Role, Tool, Workload


class Said:
    """An engine that gives one answer."""

    name = "said"

    def __init__(self, findings: list[dict[str, Any]], **changes: Any) -> None:
        self.answer = {
            "version": 1,
            "verdict": "fail",
            "fail_on": "low",
            "findings": findings,
            "gaps": [],
            "warnings": [],
            "rules": ["a_rule"],
            "summary": {
                "workloads": {}, "agents": 0, "roles": 0, "shared_roles": 0, "findings": {}, "excepted": 0, "gaps": 0,
                "rules": 1, "rules_without_facts": [],
            },
            "policy": {"revision": "r"},
        } | changes  # fmt: skip

    def version(self) -> str | None:
        return None

    def evaluate(self, document: bytes) -> dict[str, Any]:
        return self.answer


def raw(**changes: Any) -> dict[str, Any]:
    return {
        "rule": "a_rule",
        "title": "A rule",
        "message": "{agents} run under {subject}",
        "category": "isolation",
        "severity": "high",
        "status": "open",
        "exception": None,
        "subject": "Role",
        "subject_id": "f#Role",
        "subject_kind": "role",
        "evidence": {"agents": []},
        "locations": [],
        "remediation": "",
        "controls": {},
    } | changes


def workload(id_: str, name: str) -> Workload:
    return Workload(id=id_, name=name, kind="bedrock_agent")


def told(inventory: Inventory, *agents: str) -> Report:
    return assess(inventory, Said([raw(evidence={"agents": list(agents)})]))


def test_ids_in_evidence_are_said_by_name() -> None:
    inventory = Inventory(workloads=(workload("f#Orders", "orders"), workload("f#Unused", "unused")))
    report = told(inventory, "f#Orders")
    assert report.findings[0].message == "orders run under Role"
    assert report.names == {"f#Orders": "orders"}


def test_a_name_that_is_spelt_like_a_word_of_ours_stays() -> None:
    hosting = Workload(id="w", name="runtime", kind="agentcore_runtime", hosted_agents=("hosted_agent",))
    labelled = Workload(
        id="x", name="other_name", kind="bedrock_agent", environment=Label(value="pre_live", origin="tag")
    )
    inventory = Inventory(workloads=(hosting, labelled, workload("an_id", "an_id")))
    said = ["hosted_agent", "other_name", "pre_live", "an_id", "source_account"]
    report = told(inventory, *said)
    assert report.findings[0].message.startswith("hosted_agent, other_name, pre_live, an_id and source account run")
    assert set(report.names) == {"hosted_agent", "other_name", "pre_live", "an_id"}


def test_two_of_one_name_are_told_apart() -> None:
    inventory = Inventory(workloads=(workload("f#A", "orders"), workload("f#B", "orders"), workload("g#A", "billing")))
    assert told(inventory, "f#A", "f#B").findings[0].message == "orders (A) and orders (B) run under Role"
    # of the two only one is mentioned: nothing to tell apart
    assert told(inventory, "f#A", "g#A").findings[0].message == "orders and billing run under Role"


def test_where_the_end_of_the_id_is_the_same_too_all_of_it_is_said() -> None:
    inventory = Inventory(workloads=(workload("f#A", "orders"), workload("g#A", "orders")))
    assert told(inventory, "f#A", "g#A").findings[0].message == "orders (f#A) and orders (g#A) run under Role"


def test_an_agent_and_a_role_may_have_one_name() -> None:
    inventory = Inventory(workloads=(workload("f#A", "orders"),), roles=(Role(id="f#R", name="orders"),))
    report = assess(inventory, Said([raw(evidence={"agents": ["f#A"], "role": "f#R"})]))
    assert report.names == {"f#A": "orders", "f#R": "orders"}


def test_what_has_no_name_is_called_by_its_address() -> None:
    role = Role(id="f#R", location=Location(source="f", file="f", line=1, address="AgentRole"))
    inventory = Inventory(roles=(role,), tools=(Tool(id="t", name="t", owner="f#R", kind="lambda"),))
    report = assess(inventory, Said([raw(evidence={"deep": [{"er": ["f#R", "t", "elsewhere"]}]})]))
    assert report.names == {"f#R": "AgentRole"}


def test_a_subject_is_called_by_its_name_where_it_has_no_address() -> None:
    arn = "arn:aws:iam::1:role/shared"
    inventory = Inventory(roles=(Role(id=arn, name="shared"), Role(id="AgentRole", name="another")))
    live = raw(subject=arn, subject_id=arn, message="{subject} is odd")
    assert assess(inventory, Said([live])).findings[0].message == "shared is odd"
    # an address that happens to be somebody else's id
    code = raw(subject="AgentRole", subject_id="f#AgentRole", message="{subject} is odd")
    assert assess(inventory, Said([code])).findings[0].message == "AgentRole is odd"


def test_order_and_fingerprints_are_made_here() -> None:
    low, high = raw(severity="low", subject_id="f#A"), raw(subject_id="f#B")
    warnings = [{"code": "b", "message": "", "location": None}, {"code": "a", "message": "", "location": None}]
    report = assess(Inventory(), Said([low, high], warnings=warnings))
    assert [finding.severity for finding in report.findings] == ["high", "low"]
    assert [warning.code for warning in report.warnings] == ["a", "b"]
    again = assess(Inventory(), Said([high | {"evidence": {"agents": ["other"]}}, low]))
    assert [f.fingerprint for f in again.findings] == [f.fingerprint for f in report.findings]
    assert len({finding.fingerprint for finding in report.findings}) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Said([raw(), raw(evidence="text")]), ["the rule a_rule", "evidence"]),
        (Said([raw(severity="severe")]), ["the rule a_rule", "severe"]),
        (Said([], verdict="perhaps"), ["not a report", "perhaps"]),
    ],
)
def test_what_is_no_report_is_an_error(answer: Said, words: list[str]) -> None:
    with pytest.raises(EngineError) as caught:
        assess(Inventory(), answer)
    for word in words:
        assert word in str(caught.value)
