"""The table as a person reads it, at several widths, of evidence that no rule has yet."""

from __future__ import annotations

from typing import Any

import pytest
from reports import HOSTILE, agent, excepted, finding, gap, grant, hostile, place, report, rule, warning
from rich.cells import cell_len

from segrego.findings import Report
from segrego.report import RenderOptions, render

WIDTHS = (60, 80, 100, 140)


def table(
    found: Report, width: int | None = 100, headline: str = "{agents} run under {subject}", **options: Any
) -> str:
    return render("table", found, [rule(headline=headline)], RenderOptions(width=width, **options))


def shown(evidence: dict[str, Any], names: dict[str, str] | None = None, width: int = 100) -> list[str]:
    """The lines below the sentence, for a rule whose sentence says nothing."""
    text = table(report(finding(evidence=evidence, message="Odd"), names=names or {}), width, headline="odd")
    lines = text.split("\n\n")[0].splitlines()
    return [line.strip() for line in lines[2:]]


def test_a_finding_is_told_in_full() -> None:
    gains = [
        {
            "agent": "infra/stack.yaml#orders",
            "grants": [grant(resources=["arn:b"], policy="p", file="infra/stack.yaml")],
        },
        {"agent": "infra/stack.yaml#billing", "grants": []},
    ]
    evidence = {"agents": [agent("orders", 20), agent("billing", 30)], "gains": gains, "certainty": "exact"}
    names = {"infra/stack.yaml#orders": "orders", "infra/stack.yaml#billing": "billing"}
    assert table(report(finding(evidence=evidence), names=names)).splitlines() == [
        "AgentRole  role  infra/stack.yaml:12",
        "  HIGH      orders and billing run under AgentRole. shared_execution_role",
        "            orders   Bedrock agent, draft  line 20",
        "            billing  Bedrock agent, draft  line 30",
        "            orders gains:",
        "              - write, read: s3:putobject, s3:getobject on arn:b under a condition (policy p, line",
        "                41)",
        "            billing gains nothing that is not needed anyway",
        "",
        "FAIL  1 high",
        "2 agents among 2 workloads, 1 role of which 1 shared; 2 rules, policy ffffffffffff, engine embedded",
        "(wasmtime 1.0)",
        "Next: give orders and billing a role each instead of AgentRole (infra/stack.yaml:12); `segrego",
        "      explain shared_execution_role` says how.",
    ]


@pytest.mark.parametrize(
    ("listed", "in_all", "line"),
    [
        (5, 5, "… and 1 more: --format json shows them"),
        (8, 30, "… and 26 more, 4 of them in --format json"),
        (2, 12, "… and 10 more"),
        (4, None, None),
    ],
)
def test_what_is_not_shown_is_counted(listed: int, in_all: int | None, line: str | None) -> None:
    grants = [grant(actions=[f"s3:get{number}"]) for number in range(listed)]
    counted = {"grants": grants} | ({} if in_all is None else {"grants_in_all": in_all})
    for lines in (shown(counted), shown({"gains": [{"agent": "orders", **counted}]})):
        assert [text for text in lines if text.startswith("…")] == ([line] if line else [])
        assert not any("in all" in text for text in lines)


def test_those_who_gain_another_number_are_told_apart() -> None:
    gains = [{"agent": name, "grants": [grant()], "grants_in_all": number} for name, number in (("a", 2), ("b", 3))]
    assert [text for text in shown({"gains": gains}) if text.endswith("gains:")] == ["a gains:", "b gains:"]


def test_where_no_terminal_decides_the_next_step_is_one_line() -> None:
    assert table(report(finding()), None).splitlines()[-1] == (
        "Next: give orders and billing a role each instead of AgentRole (infra/stack.yaml:12); "
        "`segrego explain shared_execution_role` says how."
    )


def test_findings_of_one_subject_stand_together_and_the_worst_subject_first() -> None:
    found = report(
        finding(subject="A", subject_id="a", severity="medium"),
        finding(subject="B", subject_id="b", severity="critical"),
        finding(subject="A", subject_id="a", severity="high", rule="trust_not_pinned"),
        excepted(subject="C", subject_id="c", severity="critical"),
    )
    text = table(found)
    assert [line.split()[0] for line in text.splitlines() if "  role  " in line] == ["B", "A", "C"]
    first_of_a = text.split("A  role")[1]
    assert first_of_a.index("HIGH") < first_of_a.index("MEDIUM")


def test_an_excepted_finding_says_why_and_until_when() -> None:
    text = table(report(excepted()))
    assert "  EXCEPTED  " in text
    assert "migration until spring (platform, until 2030-03-17T17:46:40Z)" in text
    assert text.rstrip().endswith("in CI.")


def test_a_place_in_another_file_is_told_with_its_file_and_one_without_lines_by_its_address() -> None:
    here, there = agent("here", 3), agent("there", 4, file="other/stack.yaml")
    unplaced = agent("plan", None) | {"address": 'module.a["b"].c'}
    lines = table(report(finding(evidence={"agents": [here, there, unplaced]}))).splitlines()
    assert [line.split()[-1] for line in lines[2:5]] == ["3", "other/stack.yaml:4", 'module.a["b"].c']


def test_a_subject_that_is_defined_nowhere_does_not_borrow_anothers_place() -> None:
    source = finding(
        subject="infra/stack.yaml", subject_kind="inventory", locations=(place(line=20, address="Orders"),)
    )
    lines = table(report(source), None).splitlines()
    assert lines[0] == "infra/stack.yaml  inventory"
    assert lines[2].endswith("infra/stack.yaml:20")
    assert "instead of infra/stack.yaml; `segrego" in lines[-1]


@pytest.mark.parametrize(
    ("evidence", "lines"),
    [
        ({"days": 120, "rotated": False, "threshold": None}, ["days: 120", "rotated: no"]),
        ({"last_used_ns": 0, "created_ns": 1_700_000_000_000_000_000},
         ["created: 2023-11-14T22:13:20Z", "last used: never"]),
        ({"workloads": ["f#A", "f#B", "c"]}, ["workloads: orders, billing and c"]),
        ({"kinds": ["bedrock_agent", "lambda_function"]}, ["kinds: Bedrock agent and Lambda function"]),
        ({"names": ["my_agent"], "unpinned": ["workload_arn"]}, ["names: my_agent", "unpinned: workload arn"]),
        ({"nothing": [], "no_text": ""}, []),
        ({"principals": [{"type": "AWS", "value": "*"}]}, ["principals: type: AWS, value: *"]),
        ({"differences": [{"field": "tools", "members": ["f#A"], "values": [1, 2]}]},
         ["differences: tools (members: orders, values: 1 and 2)"]),
        ({"statements": [{"sid": None, "line": 7}, {"sid": "Allow", "line": 9}]},
         ["statements:", "- line 7", "- sid: Allow, line 9"]),
        ({"limits": {"idle_seconds": 60, "b": None}}, ["limits: idle seconds: 60"]),
        ({"path": ["f#A", "r"]}, ["path: orders → r"]),
        ({"escalation_path": [{"action": "iam:passrole", "resource": "f#A"}, {"name": "x" * 60}]},
         ["escalation path:", "- iam:passrole on orders", f"→ {'x' * 60}"]),
        ({"paths": [["a", "b"], ["c", "d"]]}, ["paths:", "- a → b", "- c → d"]),
        ({"grants": [{"actions": ["a:b"], "resources": ["*"], "role": "R"}]}, ["- a:b on * (role: R)"]),
        ({"wide": [{"actions": ["a:b", "a:c", "a:d", "a:e"]}]}, ["wide: a:b, a:c, a:d and 1 more"]),
        ({"rewrites": [{"actions": ["s3:putobject"], "target": "f#A", "kind": "s3_object", "answer": "allowed"}]},
         ["rewrites: s3:putobject on orders (answer: allowed, kind: s3_object)"]),
        ({"differences": [{"aspect": "tools", "members": [{"id": "f#A", "values": ["x"]}, {"id": "f#B"}]}]},
         ["differences: tools (members: orders (values: x) and billing)"]),
        ({"openings": [{"principal": "*", "kind": "anybody", "limits": [], "sid": None, "line": 4}]},
         ["openings: * (kind: anybody), line 4"]),
        ({"paths": [{"role": "R1", "agents": ["f#A"], "answer": "allowed"}, {"role": "R2", "agents": ["f#B"]}]},
         ["paths:", "- R1 (agents: orders, answer: allowed)", "- R2 (agents: billing)"]),
        ({"last_accessed_ns": {"s3": 0, "sqs": 1_700_000_000_000_000_000}},
         ["last accessed: s3: never, sqs: 2023-11-14T22:13:20Z"]),
        ({"reached": [{"workload": "f#A", "path": ["f#B", "f#A"], "more": ["administer"], "conditional": False}]},
         ["reached: orders (more: administer, path: billing → orders)"]),
        ({"paths": [{"way": "pass a role", "takes": "its rights", "steps": [
            {"action": "iam:passrole", "resource": "*", "policy": "p", "file": None, "line": 3},
            {"action": "lambda:createfunction", "resource": "f#A", "policy": "p", "file": None, "line": 4}]}]},
         ["paths:", "- takes: its rights, way: pass a role", "→ iam:passrole on * (policy p, line 3)",
          "→ lambda:createfunction on orders (policy p, line 4)"]),
        ({"attribution": {"agents": 2, "grants": 6}}, ["attribution: agents: 2, grants: 6"]),
        ({"agents": [{"id": "f#A", "name": "orders", "kind": "bedrock_agent", "slot": "draft", "status": "FAILED"}]},
         ["orders  status: FAILED"]),
        ({"members": [{"id": "f#A", "name": "orders", "kind": "bedrock_agent", "environment": "production",
                       "environment_origin": "tag", "sensitivities": ["pii"]}]},
         ["orders  production, sensitivities: pii"]),
        ({"agents": [{"id": "f#A", "name": "orders", "file": None, "line": None}]}, ["orders"]),
        ({"others": [{"id": "f#A", "name": "orders", "age_days": 3}]}, ["orders  age days: 3"]),
        ({"nested": [["a"], {"deep": {"er": [1]}}]}, ["nested: a and deep: er: 1"]),
    ],
)  # fmt: skip
def test_evidence_of_any_shape_is_shown(evidence: dict[str, Any], lines: list[str]) -> None:
    assert shown(evidence, {"f#A": "orders", "f#B": "billing", "my_agent": "my_agent"}) == lines


def test_what_the_sentence_says_is_not_said_again() -> None:
    evidence = {"domains": ["hr", "finance"], "many": list("abcdefgh"), "other": 1}
    text = table(report(finding(evidence=evidence)), headline="{domains} and {many} share {subject}")
    assert "domains:" not in text
    assert "many: a, b" in text
    assert "other: 1" in text


def test_long_lists_end_with_their_number() -> None:
    lines = shown({"rows": [{"field": f"f{number}", "value": number} for number in range(9)]})
    assert lines[-1] == "… and 5 more: --format json shows them"
    assert len(lines) == 1 + 4 + 1


@pytest.mark.parametrize("width", WIDTHS)
def test_lines_fit_and_paths_break_at_their_separators(width: int) -> None:
    path = "deployments/organization/platform/agents/support/template-of-the-support-desk.yaml"
    arn = "arn:aws:bedrock-agentcore:eu-central-1:111122223333:workload-identity-directory/default/workload-identity/*"
    evidence = {"agents": [agent("an-agent-of-some-length", 20, file=path)], "resource": arn}
    found = report(finding(evidence=evidence, locations=(place(path, 3),), subject="ARoleWithALongLogicalName"))
    text = table(found, width)
    lines = text.splitlines()
    assert all(cell_len(line) <= width for line in lines)
    whole = "".join(line.strip() for line in lines)
    assert arn in whole
    for line in lines:
        word = line.split()[-1] if line.split() else ""
        assert not word.startswith("arn:aws") or word[-1] in "/,:-*"


def test_wide_characters_keep_the_columns() -> None:
    members = [agent("注文エージェント", 20), agent("b", 30)]
    lines = table(report(finding(evidence={"agents": members}))).splitlines()
    assert {cell_len(line.partition("Bedrock")[0]) for line in lines[2:4]} == {12 + 16 + 2}


def test_gaps_are_grouped_and_those_that_blind_come_first() -> None:
    gaps = [gap(message="quiet", rules=()), *(gap(subject=f"s{n}") for n in range(3))]
    text = table(report(gaps=tuple(gaps)))
    assert "4 gaps: what could not be read or judged" in text
    assert text.index("(and 2 more like it)") < text.index("quiet")
    assert text.splitlines()[-1] == "Next: iam:GetRole was denied: allow it."


def test_gaps_beyond_the_first_are_counted() -> None:
    text = table(report(gaps=tuple(gap(message=f"m{n}") for n in range(12))))
    assert "… and 4 gaps more: --format json shows them" in text


def test_warnings_are_shown_and_are_the_next_step_where_nothing_else_is() -> None:
    text = table(report(warnings=(warning(),)))
    assert "  WARNING   the exception of a_rule for AgentRole matches no finding  segrego.yaml:4" in text
    assert "PASS  no findings, 1 warning" in text
    assert text.splitlines()[-1].startswith("Next: correct segrego.yaml:4: ")


def test_the_next_step_is_the_shared_role_where_there_is_one() -> None:
    first = finding(rule="trust_not_pinned", severity="critical", subject="Other", message="Odd")
    assert table(report(first), None).splitlines()[-1].startswith("Next: start with Other (infra/stack.yaml:12); ")
    assert "a role each instead of AgentRole" in table(report(first, finding()), None).splitlines()[-1]


def test_quiet_is_findings_alone() -> None:
    text = table(report(finding(), gaps=(gap(),), warnings=(warning(),)), quiet=True)
    assert "gap" not in text
    assert "WARNING" not in text
    assert "Next" not in text


def test_colour_is_for_those_who_want_it() -> None:
    assert "\x1b[" in table(report(finding()), color=True)
    assert "\x1b" not in table(report(finding()))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("color", [True, False])
def test_hostile_names_reach_no_terminal(width: int, color: bool) -> None:
    text = table(hostile(), width, color=color)
    assert "\x1b[31mred" not in text
    assert not set(text) & {"\x07", "\u202e", "\r", "\t"}
    assert color or "\x1b" not in text
    assert "[x](http://evil" in table(hostile(), 1000)  # brackets are no markup of rich


def test_an_engine_that_says_no_version_and_rules_of_the_users_own() -> None:
    from msgspec.structs import replace

    base = report()
    found = replace(
        base, engine=replace(base.engine, version=None), policy=replace(base.policy, user_revision="e" * 64)
    )
    assert "policy ffffffffffff with own rules eeeeeeeeeeee, engine embedded\n" in table(found, 200)


def test_rules_without_labels_are_named() -> None:
    from msgspec.structs import replace

    base = report()
    without = replace(base.summary, rules_without_facts=("role_shared_across_environments",))
    assert "Nothing to judge for role_shared_across_environments" in table(replace(base, summary=without))


def test_the_hostile_name_is_hostile() -> None:
    assert {"\x1b", "\n", "|", "`", "<", "\u202e", "@", "\\"} <= set(HOSTILE)
