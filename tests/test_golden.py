"""Folders of sources, and what a person read in them.

``expected.yaml`` says of a case:

* ``groups``: roles that two or more agents or flows hold, with these; ``lambda_groups``: the same of tools' functions;
  ``other_groups``: of everything else that holds a role, agents among it;
* ``unresolved``: workloads of which no certain role is known;
* ``gaps``: the codes of all gaps; or ``some_gaps``: codes that must be among them;
* ``verdict``: of ``rules`` (``shared_execution_role``, where it names none);
* ``findings``: that must be among the findings of all rules, each with ``rule``, ``subject`` and perhaps ``status``,
  ``severity`` or ``certainty``; ``no_findings``: that must not be;
* ``trust``: how roles are pinned, by ``account`` and by ``arn`` (``none``, ``service-wildcard``, ``kind-wildcard``,
  ``exact``);
* ``roles``: how many roles there are.

Everything is called by its address: the logical id or Terraform address; a role that no source declares by its ARN or
expression.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

import golden
from segrego.findings import Report
from segrego.inventory import Inventory, Role, Workload

AGENTS = {"agentcore_harness", "agentcore_runtime", "bedrock_agent", "bedrock_flow"}
KEYS = {
    "findings",
    "gaps",
    "groups",
    "lambda_groups",
    "no_findings",
    "other_groups",
    "roles",
    "rules",
    "some_gaps",
    "trust",
    "unresolved",
    "verdict",
}
Groups = list[tuple[str, list[str]]]


@cache
def inventory(case: str) -> Inventory:
    return golden.inventory_of(case)


@cache
def report(case: str) -> Report:
    return golden.report_on(inventory(case))


@cache
def expected(case: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((golden.CASES / case / "expected.yaml").read_text(encoding="utf-8"))
    return found


def address(entity: Workload | Role) -> str:
    if isinstance(entity, Role) and entity.identity == "unresolved":
        return entity.id.rpartition("#")[2]
    place = entity.location
    return place.address if place is not None and place.address else entity.id


def groups(found: Inventory, kinds: set[str]) -> Groups:
    """Roles that two or more workloads of these kinds hold; of functions, those that run a tool."""
    workloads = {workload.id: workload for workload in found.workloads}
    result = []
    for role in found.roles:
        members = {
            address(workloads[binding.workload])
            for binding in role.bindings
            if binding.kind in kinds and (binding.kind != "lambda_function" or workloads[binding.workload].serves)
        }
        if len(members) > 1:
            result.append((address(role), sorted(members)))
    return sorted(result)


def written(entries: list[dict[str, Any]]) -> Groups:
    return sorted((entry["role"], sorted(entry["agents"])) for entry in entries)


def unresolved(found: Inventory) -> list[str]:
    return sorted(
        address(workload)
        for workload in found.workloads
        if not workload.bindings or any(binding.certainty == "unresolved" for binding in workload.bindings)
    )


def pinning(role: Role) -> dict[str, Any]:
    """How a role's trust names its source, at its weakest."""
    conditions = [condition for statement in role.trust for condition in statement.conditions]
    arns = [value for condition in conditions if condition.key == "aws:sourcearn" for value in condition.values]
    kinds = ["service-wildcard", "kind-wildcard", "exact"]
    found = []
    for value in arns:
        fields = re.sub(r"\$\{[^}]*\}", "x", value).split(":", 5)
        resource = fields[5] if len(fields) == 6 else "*"
        found.append(
            "service-wildcard" if "*" in resource.split("/")[0] else "kind-wildcard" if "*" in resource else "exact"
        )
    account = any(condition.key == "aws:sourceaccount" for condition in conditions)
    return {"account": account, "arn": min(found, key=kinds.index) if found else "none"}


every_case = pytest.mark.parametrize("case", golden.cases())


def test_there_are_cases_and_they_say_what_is_in_them() -> None:
    assert len([case for case in golden.cases() if case.startswith("core-")]) >= 25
    folders = {path.name for path in golden.CASES.iterdir() if path.is_dir()}
    assert folders == set(golden.cases())


@every_case
def test_what_is_expected_is_written_in_full(case: str) -> None:
    assert set(expected(case)) - KEYS == set()
    assert {"groups", "unresolved"} <= set(expected(case))
    assert len({"gaps", "some_gaps"} & set(expected(case))) == 1


@every_case
def test_who_shares_a_role(case: str) -> None:
    found = inventory(case)
    assert groups(found, AGENTS) == written(expected(case)["groups"])
    assert groups(found, {"lambda_function"}) == written(expected(case).get("lambda_groups", []))
    if "other_groups" in expected(case):
        others = {workload.kind for workload in found.workloads}
        assert groups(found, others) == written(expected(case)["other_groups"])
    if "roles" in expected(case):
        assert len(found.roles) == expected(case)["roles"]


@every_case
def test_what_stays_unknown(case: str) -> None:
    found = inventory(case)
    assert unresolved(found) == sorted(expected(case)["unresolved"])
    codes = {gap.code for gap in found.gaps}
    if "gaps" in expected(case):
        assert codes == set(expected(case)["gaps"])
    else:
        assert set(expected(case)["some_gaps"]) <= codes


@every_case
def test_how_trust_is_pinned(case: str) -> None:
    wanted = expected(case).get("trust", {})
    found = {address(role): pinning(role) for role in inventory(case).roles}
    assert {name: found.get(name) for name in wanted} == wanted


@every_case
def test_the_verdict(case: str) -> None:
    if "verdict" not in expected(case):
        return
    found = inventory(case)
    rules = tuple(expected(case).get("rules", ["shared_execution_role"]))
    selected = replace(found, settings=replace(found.settings, select=rules))
    assert golden.report_on(selected).verdict == expected(case)["verdict"]


@every_case
def test_the_findings(case: str) -> None:
    found = [
        {
            "rule": finding.rule,
            "subject": finding.subject,
            "status": finding.status,
            "severity": finding.severity,
            "certainty": finding.evidence.get("certainty"),
        }
        for finding in report(case).findings
    ]

    def is_found(wanted: dict[str, Any]) -> bool:
        return any(wanted.items() <= finding.items() for finding in found)

    assert [wanted for wanted in expected(case).get("findings", []) if not is_found(wanted)] == []
    assert [wanted for wanted in expected(case).get("no_findings", []) if is_found(wanted)] == []


@every_case
def test_what_is_generated_is_up_to_date_where_it_is_there(case: str) -> None:
    texts = golden.outputs(case)
    assert set(map(str, texts)) == {str(golden.CASES / case / name) for name in ("inventory.json", "report.json")}
    stale = [str(path) for path, text in texts.items() if path.exists() and path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make golden`, and read what changed"


def test_what_is_generated_does_not_depend_on_where_it_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    case = golden.cases()[0]
    here = golden.outputs(case)
    monkeypatch.chdir(tmp_path)
    assert golden.outputs(case) == here
    assert str(golden.ROOT) not in "".join(here.values())


def test_the_tool_names_what_is_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    folder = tmp_path / "tests/golden/a"
    folder.mkdir(parents=True)
    (folder / "expected.yaml").write_text("groups: []\n", encoding="utf-8")
    (folder / "a.yaml").write_text("roles: [{id: r}]\nworkloads: []\n", encoding="utf-8")
    monkeypatch.setattr(golden, "ROOT", tmp_path)
    monkeypatch.setattr(golden, "CASES", tmp_path / "tests/golden")
    assert golden.main(["--check"]) == 1
    assert "tests/golden/a/inventory.json, tests/golden/a/report.json: run `make golden`" in capsys.readouterr().err
    assert golden.main(["--write", "a"]) == 0
    assert golden.main(["--check"]) == 0
    (folder / "a.yaml").write_text("roles: [{id: s}]\nworkloads: []\n", encoding="utf-8")
    assert golden.main(["--check"]) == 1
    assert golden.main([]) == golden.main(["--write", "b"]) == 2
