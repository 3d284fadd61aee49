"""What a deployment must be like for a workload to be in it, read from conditions."""

from __future__ import annotations

import pytest
from cfn_scan import agent, gaps, read, role, template, workload

from segrego.inventory import DeploymentCondition

HEAD = """
Parameters:
  Stage: {Type: String, AllowedValues: [dev, test, prod]}
  Size: {Type: String, Default: small}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", AllowedValues: [/size]}
Conditions:
  Known: !Equals [!Ref Stage, prod]
  Turned: !Equals [prod, !Ref Stage]
  Not: !Not [{Condition: Known}]
  NotSmall: !Not [!Equals [!Ref Size, small]]
  Either: !Or [{Condition: Known}, !Equals [!Ref Stage, dev]]
  Neither: !Not [{Condition: Either}]
  Both: !And [{Condition: Not}, {Condition: NotSmall}]
  NotBoth: !Not [{Condition: Both}]
  Impossible: !And [{Condition: Known}, {Condition: Not}]
  OfTwo: !Equals [!Ref Stage, !Ref Size]
  NotOfTwo: !Not [!Equals [!Ref Stage, !Ref Size]]
  Here: !Equals [!Ref "AWS::Region", eu-west-1]
  Ssm: !Not [!Equals [!Ref Stored, large]]
  Ring: !Not [{Condition: Ring}]
  Wrong: {"Fn::Equals": [one]}
  Dangling: !Not [{Condition: Nowhere}]
"""


def needed(condition: str) -> dict[str, tuple[list[str], bool]]:
    text = template(role("Own") + agent("A", "!GetAtt Own.Arn") + f"  Condition: {condition}\n", HEAD)
    found = workload(read({"t.yaml": text}), "A").only_if
    return {one.parameter.partition("#")[2]: (list(one.values), one.excluded) for one in found}


@pytest.mark.parametrize(
    ("condition", "conditions"),
    [
        ("Known", {"Stage": (["prod"], False)}),
        ("Turned", {"Stage": (["prod"], False)}),
        ("Not", {"Stage": (["dev", "test"], False)}),
        ("NotSmall", {"Size": (["small"], True)}),
        ("Either", {"Stage": (["dev", "prod"], False)}),
        ("Neither", {"Stage": (["test"], False)}),
        ("Both", {"Stage": (["dev", "test"], False), "Size": (["small"], True)}),
        ("NotBoth", {}),
        ("Impossible", {"Stage": ([], False)}),
        ("Here", {"AWS::Region": (["eu-west-1"], False)}),
        ("Ssm", {"Stored": (["large"], True)}),
        ("Ring", {}),
        ("Wrong", {}),
        ("Dangling", {}),
        ("Nowhere", {}),
    ],
)
def test_values_that_are_left_to_a_parameter(condition: str, conditions: dict[str, tuple[list[str], bool]]) -> None:
    assert needed(condition) == conditions


def test_what_compares_two_parameters_is_true_or_false() -> None:
    (one, is_true), (other, is_false) = needed("OfTwo").popitem(), needed("NotOfTwo").popitem()
    assert one == other
    assert (is_true, is_false) == ((["true"], False), (["false"], False))


def test_a_nested_stack_takes_the_conditions_and_parameters_of_its_parent() -> None:
    child = template(
        role("Own") + agent("A", "!GetAtt Own.Arn") + "  Condition: Known\n",
        "Parameters:\n  Kind: {Type: String}\nConditions:\n  Known: !Equals [!Ref Kind, prod]\n",
    )
    parent = template(
        "Child:\n  Type: AWS::CloudFormation::Stack\n  Condition: NotSmall\n"
        "  Properties: {TemplateURL: child.yaml, Parameters: {Kind: !Ref Stage}}\n",
        HEAD,
    )
    inventory = read({"parent.yaml": parent, "child.yaml": child})
    assert workload(inventory, "A").only_if == (
        DeploymentCondition(parameter="parent.yaml#Size", values=("small",), excluded=True),
        DeploymentCondition(parameter="parent.yaml#Stage", values=("prod",)),
    )


@pytest.mark.parametrize(("other", "ambiguous"), [("Not", 0), ("NotSmall", 1)])
def test_expressions_of_agents_that_exclude_each_other_need_not_be_told_apart(other: str, ambiguous: int) -> None:
    head = HEAD.replace("Parameters:", "Parameters:\n  One: {Type: String}\n  Two: {Type: String}", 1)
    text = agent("A", "!Ref One") + "  Condition: Known\n" + agent("B", "!Ref Two") + f"  Condition: {other}\n"
    inventory = read({"t.yaml": template(text, head)})
    assert len(gaps(inventory, "ambiguous_role")) == ambiguous


def test_conditions_that_refer_to_each_other_many_times_are_read_in_time() -> None:
    rungs = "".join(
        f"  C{i}: !And [{{Condition: C{i + 1}}}, !Or [{{Condition: C{i + 1}}}, {{Condition: C{i + 1}}}]]\n"
        for i in range(50)
    )
    head = f"Parameters:\n  Stage: {{Type: String}}\nConditions:\n{rungs}  C50: !Equals [!Ref Stage, prod]\n"
    text = template(role("Own") + agent("A", "!GetAtt Own.Arn") + "  Condition: C0\n", head)
    (found,) = workload(read({"t.yaml": text}), "A").only_if
    assert found.values == ("prod",)
