"""The catalog, as `segrego rules` and `segrego explain` show it."""

from __future__ import annotations

import json

import pytest
from reports import FRAMEWORKS, rule
from rich.cells import cell_len

from segrego.report.rules import list_as_json, render_list, render_rule, rule_as_json

RULES = [
    rule(),
    rule("own_rule", severity="low", category="own", title="A title that is " + "long " * 12, origin="x.rego"),
]


@pytest.mark.parametrize("width", [50, 80, 140])
def test_the_list_fits_and_says_which_are_the_users_own(width: int) -> None:
    text = render_list(RULES, color=False, width=width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert "(yours)" in " ".join(text.split())
    assert text.index("shared_execution_role") < text.index("own_rule")


def test_a_rule_in_full() -> None:
    text = render_rule(rule(), FRAMEWORKS, color=False, width=80)
    for part in (
        "Agents share an execution role\nshared_execution_role · high · isolation\n",
        "A role that several agents hold.",
        "A case that fails\n  Resources: {}",
        "Fix\n  Give every agent a role of its own.",
        "Needs\n  workloads, bindings (a gap",
        "Controls\n  OWASP Non-Human Identities Top 10, 2025 owasp-nhi-2025\n    NHI9 NHI Reuse",
    ):
        assert part in text


def test_a_rule_of_the_users_own_may_leave_out_example_and_controls() -> None:
    text = render_rule(rule(example="", controls={}, requires=(), origin="mine/x.rego"), {}, color=False, width=80)
    assert "mine/x.rego" in text
    assert not any(heading in text for heading in ("A case that fails", "Controls", "Needs"))


def test_json_of_the_list_is_the_policys_own_form() -> None:
    found = json.loads(list_as_json(RULES))["rules"]
    assert set(found) == {"shared_execution_role", "own_rule"}
    assert found["own_rule"]["severity"] == "low"


def test_json_of_a_rule_has_titles() -> None:
    found = json.loads(rule_as_json(rule(controls={"owasp-nhi-2025": ("NHI9", "NHI77"), "mine": ("1",)}), FRAMEWORKS))
    assert found["slug"] == "shared_execution_role"
    assert found["controls"] == {
        "mine": [{"id": "1", "title": None}],
        "owasp-nhi-2025": [{"id": "NHI9", "title": "NHI Reuse"}, {"id": "NHI77", "title": None}],
    }
