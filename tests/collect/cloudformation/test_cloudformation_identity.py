"""Expressions that may or may not be one role: neither shared nor apart, and a gap that names both."""

from __future__ import annotations

import pytest
from cfn_scan import agent, gaps, read, role, template

from segrego.inventory import Gap, Inventory

HEAD = "Parameters: {P: {Type: String}, Q: {Type: String}, N: {Type: String}, Account: {Type: String}}"


def ambiguous(inventory: Inventory) -> list[Gap]:
    return [gap for gap in inventory.gaps if gap.code == "ambiguous_role"]


def two(one: str, other: str, more: str = "") -> list[Gap]:
    return ambiguous(read({"t.yaml": template(more + agent("A", one) + agent("B", other), HEAD)}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("!Ref P", "!Ref Q"),
        ("!Ref P", "!Sub 'arn:aws:iam::${AWS::AccountId}:role/${N}'"),
        ("!Sub 'arn:aws:iam::${Account}:role/x'", "!Sub 'arn:aws:iam::${AWS::AccountId}:role/x'"),
        ("!Sub 'arn:aws:iam::${AWS::AccountId}:role/${N}-x'", "!Sub 'arn:aws:iam::${AWS::AccountId}:role/${Q}'"),
        ("!ImportValue one", "!ImportValue two"),
        ("!Ref P", "'{{resolve:ssm:/role}}'"),
        ("!Sub 'arn:aws:iam::${AWS::AccountId}:role/x'", "arn:aws:iam::111111111111:role/x"),
    ],
)
def test_expressions_that_may_be_one_role(one: str, other: str) -> None:
    (gap,) = two(one, other)
    assert gap.facts == ("bindings",)
    assert "(of A)" in gap.message
    assert "(of B)" in gap.message
    assert gap.location is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("!Ref P", "!Ref P"),
        ("!Sub 'arn:aws:iam::${AWS::AccountId}:role/x'", "!Sub 'arn:aws:iam::${AWS::AccountId}:role/y'"),
        ("!Sub 'arn:aws:iam::${AWS::AccountId}:role/${N}-x'", "!Sub 'arn:aws:iam::${AWS::AccountId}:role/${N}-y'"),
        ("!Sub 'arn:aws:iam::${AWS::AccountId}:role/a-${N}'", "!Sub 'arn:aws:iam::${AWS::AccountId}:role/b-${Q}'"),
        ("arn:aws:iam::111111111111:role/x", "arn:aws:iam::222222222222:role/x"),
        ("!Sub 'arn:aws:iam::${AWS::AccountId}:role/x'", "arn:aws:iam::111111111111:role/y"),
    ],
)
def test_expressions_that_are_one_role_or_never(one: str, other: str) -> None:
    assert two(one, other) == []


def test_an_account_that_a_parameter_gives_may_be_the_own_one() -> None:
    own = role("Own", "    RoleName: own\n")
    (gap,) = two("!Sub 'arn:aws:iam::${Account}:role/own'", "!GetAtt Own.Arn", own)
    assert "(of A)" in gap.message
    assert "(of B)" in gap.message
    assert two("!Sub 'arn:aws:iam::${AWS::AccountId}:role/own'", "!GetAtt Own.Arn", own) == []


def test_equal_parameters_of_two_templates_may_be_one_role() -> None:
    text = template(agent("A", "!Ref P"), HEAD)
    (gap,) = ambiguous(read({"a.yaml": text, "b.yaml": text}))
    assert gap.subject == "a.yaml#${P}"


def test_many_are_one_gap_that_says_how_many() -> None:
    parameters = ", ".join(f"P{i}: {{Type: String}}" for i in range(60))
    text = "".join(agent(f"A{i}", f"!Ref P{i}") for i in range(60))
    (gap,) = ambiguous(read({"t.yaml": template(text, f"Parameters: {{{parameters}}}")}))
    assert "and 50 more" in gap.message


def test_functions_and_principals_are_not_compared() -> None:
    text = "F: {Type: AWS::Lambda::Function, Properties: {Role: !Ref P}}\n" + agent("A", "!Ref Q")
    inventory = read({"t.yaml": template(text, HEAD)})
    assert ambiguous(inventory) == []
    assert gaps(inventory, "unresolved_role") == ["t.yaml#${P}", "t.yaml#${Q}"]
