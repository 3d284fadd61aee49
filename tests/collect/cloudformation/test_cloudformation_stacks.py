"""Stacks that nest others, the CDK's cloud assembly, and what hangs between templates."""

from __future__ import annotations

import json

import pytest
from cfn_scan import agent, certainty, gaps, read, role, role_of, template, workload

from segrego.collect.cloudformation import SOURCE
from segrego.collect.source import SourceFile

LITERAL = "arn:aws:iam::111111111111:role"


def stack(url: str, parameters: str = "{}") -> str:
    return f"{{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url}, Parameters: {parameters}}}}}\n"


CHILD = template(
    agent("A", "!Ref R"), "Parameters: {R: {Type: String, Default: 'arn:aws:iam::111111111111:role/default'}}"
)


@pytest.mark.parametrize(
    "url",
    [
        "./child.yaml",
        "child.yaml",
        "https://s3.amazonaws.com/bucket/infra/child.yaml",
        "https://bucket.s3.eu-west-1.amazonaws.com/v1/child.yaml?versionId=3",
        '!Sub "https://${Bucket}.s3.${AWS::Region}.${AWS::URLSuffix}/${Prefix}infra/child.yaml"',
        '!Join ["/", [!Ref Bucket, infra, child.yaml]]',
        "s3://bucket/child.yaml",
    ],
)
def test_the_template_of_a_nested_stack_is_found_by_path_or_file_name(url: str) -> None:
    parent = template(
        "S: " + stack(url, f"{{R: '{LITERAL}/given'}}"), "Parameters: {Bucket: {Type: String}, Prefix: {Type: String}}"
    )
    other = template("B: {Type: AWS::S3::Bucket}")
    inventory = read(
        {"infra/parent.yaml": parent, "infra/child.yaml": CHILD, "other/child.yaml": other, "else/x.yaml": other}
    )
    assert (role_of(inventory, "A"), certainty(inventory, "A")) == (f"{LITERAL}/given", "exact")
    assert gaps(inventory, "not_collected") == [f"{LITERAL}/given"]


@pytest.mark.parametrize(
    "url", ["./gone.yaml", "https://s3.amazonaws.com/b/gone.yaml", "!Ref Url", "!Sub '${Url}/${Url}'", "[1]"]
)
def test_a_nested_template_that_is_not_there_is_a_gap(url: str) -> None:
    inventory = read({"parent.yaml": template("Net: " + stack(url), "Parameters: {Url: {Type: String}}")})
    (gap,) = (gap for gap in inventory.gaps if gap.code == "not_collected")
    assert (gap.subject, gap.location and gap.location.address) == ("parent.yaml", "Net")
    assert {"workloads", "bindings", "policies"} <= set(gap.facts)
    assert "Net" in gap.message


def test_two_files_that_are_as_near_are_not_guessed() -> None:
    parent = template("S: " + stack("https://s3.amazonaws.com/bucket/child.yaml"))
    inventory = read({"parent.yaml": parent, "a/child.yaml": CHILD, "b/child.yaml": CHILD})
    assert gaps(inventory, "not_collected").count("parent.yaml") == 1
    assert {w.id for w in inventory.workloads} == {"a/child.yaml#A", "b/child.yaml#A"}


def test_a_stack_within_a_stack_that_is_made_twice_is_made_twice() -> None:
    files = {
        "root.yaml": template(
            "One: "
            + stack("mid.yaml", f"{{R: '{LITERAL}/one'}}")
            + "Two: "
            + stack("mid.yaml", f"{{R: '{LITERAL}/two'}}")
        ),
        "mid.yaml": template("Leaf: " + stack("leaf.yaml", "{R: !Ref R}"), "Parameters: {R: {Type: String}}"),
        "leaf.yaml": template(
            role("Own") + agent("A", "!Ref R") + agent("B", "!GetAtt Own.Arn"), "Parameters: {R: {Type: String}}"
        ),
    }
    inventory = read(files)
    found = {w.id: w.bindings[0].role for w in inventory.workloads}
    one, two = "leaf.yaml@mid.yaml@root.yaml/One/Leaf", "leaf.yaml@mid.yaml@root.yaml/Two/Leaf"
    assert found == {
        f"{one}#A": f"{LITERAL}/one",
        f"{one}#B": f"{one}#Own",
        f"{two}#A": f"{LITERAL}/two",
        f"{two}#B": f"{two}#Own",
    }
    assert {w.location.address for w in inventory.workloads if w.location} == {
        "One.Leaf.A",
        "One.Leaf.B",
        "Two.Leaf.A",
        "Two.Leaf.B",
    }
    assert {w.location.file for w in inventory.workloads if w.location} == {"leaf.yaml"}


def test_lists_and_outputs_cross_stacks() -> None:
    files = {
        "root.yaml": template(
            "Roles: "
            + stack("roles.yaml")
            + "Agents: "
            + stack("agents.yaml", "{Arns: !Join [',', [!GetAtt Roles.Outputs.One, !GetAtt Roles.Outputs.Two]]}")
            + "Others: "
            + stack("others.yaml", f"{{Arns: ['{LITERAL}/x', '{LITERAL}/y']}}")
        ),
        "roles.yaml": template(role("One", "    RoleName: one\n") + role("Two", "    RoleName: two\n"))
        + "Outputs: {One: {Value: !GetAtt One.Arn}, Two: {Value: !GetAtt Two.Arn}}\n",
        "agents.yaml": template(agent("A", "!Select [1, !Ref Arns]"), "Parameters: {Arns: {Type: CommaDelimitedList}}"),
        "others.yaml": template(agent("B", "!Select [1, !Ref Arns]"), "Parameters: {Arns: {Type: CommaDelimitedList}}"),
    }
    inventory = read(files)
    assert role_of(inventory, "A") == "roles.yaml#Two"
    assert role_of(inventory, "B") == f"{LITERAL}/y"


def test_an_output_that_is_not_there_dangles() -> None:
    files = {
        "root.yaml": template("S: " + stack("child.yaml") + agent("P", "!GetAtt S.Outputs.Gone")),
        "child.yaml": CHILD,
    }
    inventory = read(files)
    assert gaps(inventory, "unresolved_reference") == ["root.yaml#P"]
    assert certainty(inventory, "P") == "unresolved"


def test_an_expression_that_comes_back_is_the_same_expression() -> None:
    files = {
        "root.yaml": template(
            "S: " + stack("child.yaml", "{R: !Ref R}") + agent("P", "!Ref R") + agent("Q", "!GetAtt S.Outputs.Same"),
            "Parameters: {R: {Type: String}}",
        ),
        "child.yaml": template(agent("A", "!Ref R") + agent("B", "!Sub '${R}-b'"), "Parameters: {R: {Type: String}}")
        + "Outputs: {Same: {Value: !Ref R}}\n",
    }
    inventory = read(files)
    assert role_of(inventory, "P") == role_of(inventory, "Q") == role_of(inventory, "A") == "root.yaml#${R}"
    assert role_of(inventory, "B") == "root.yaml#${R}-b"


def test_a_value_that_is_not_handed_down_is_the_default() -> None:
    files = {"root.yaml": template("S: " + stack("child.yaml", "{R: !Ref AWS::NoValue}")), "child.yaml": CHILD}
    inventory = read(files)
    assert (role_of(inventory, "A"), certainty(inventory, "A")) == (f"{LITERAL}/default", "by_default")


def test_rings_of_stacks_are_gaps_and_are_followed_once() -> None:
    def ring(other: str) -> str:
        return template("S: " + stack(other) + agent("A", f"'{LITERAL}/x'"))

    inventory = read({"a.yaml": ring("b.yaml"), "b.yaml": ring("a.yaml"), "c.yaml": template("S: " + stack("c.yaml"))})
    assert {w.id for w in inventory.workloads} == {"a.yaml#A", "b.yaml#A"}
    assert gaps(inventory, "unsupported") == ["b.yaml", "c.yaml"]


def test_stacks_that_multiply_are_bounded() -> None:
    files = {f"s{n}.yaml": template("".join(f"S{i}: " + stack(f"s{n + 1}.yaml") for i in range(4))) for n in range(12)}
    files["s12.yaml"] = template("B: {Type: AWS::S3::Bucket}")
    inventory = read(files)
    assert any("more than 2000 stacks" in gap.message for gap in inventory.gaps)


def test_a_name_that_another_account_bears_too_is_told_apart() -> None:
    files = {
        "cdk.out/manifest.json": json.dumps(
            {
                "artifacts": {
                    name: {
                        "type": "aws:cloudformation:stack",
                        "environment": f"aws://{account}/us-east-1",
                        "properties": {"templateFile": f"{name}.json"},
                    }
                    for name, account in (("One", "111111111111"), ("Two", "222222222222"), ("User", "222222222222"))
                }
            }
        ),
        "cdk.out/One.json": template(role("Own", "    RoleName: agents\n")),
        "cdk.out/Two.json": template(role("Own", "    RoleName: agents\n")),
        "cdk.out/User.json": template(
            agent("A", "!Sub 'arn:aws:iam::${AWS::AccountId}:role/agents'")
            + agent("B", "'arn:aws:iam::111111111111:role/agents'")
        ),
    }
    inventory = read(files)
    assert role_of(inventory, "A") == "cdk.out/Two.json#Own"
    assert role_of(inventory, "B") == "cdk.out/One.json#Own"


def test_the_cdk_gives_parameters_and_assets_by_their_hash() -> None:
    asset = {"source": {"path": "deep/Inner.nested.template.json", "packaging": "file"}}
    files = {
        "cdk.out/manifest.json": json.dumps(
            {
                "artifacts": {
                    "App": {
                        "type": "aws:cloudformation:stack",
                        "environment": "aws://unknown-account/unknown-region",
                        "properties": {"templateFile": "App.template.json", "parameters": {"R": f"{LITERAL}/given"}},
                    }
                }
            }
        ),
        "cdk.out/App.assets.json": json.dumps({"files": {"abc123": asset}}),
        "cdk.out/App.template.json": template(
            agent("A", "!Ref R")
            + "S: "
            + stack("!Sub 'https://s3.${AWS::URLSuffix}/cdk-${AWS::AccountId}/abc123.json'", "{R: !Ref R}"),
            "Parameters: {R: {Type: String}}",
        ),
        "cdk.out/deep/Inner.nested.template.json": template(agent("B", "!Ref R"), "Parameters: {R: {Type: String}}"),
    }
    assert all(SOURCE.claims(SourceFile(name, text.encode())) for name, text in files.items())
    inventory = read(files)
    assert role_of(inventory, "A") == role_of(inventory, "B") == f"{LITERAL}/given"
    assert (workload(inventory, "A").account, workload(inventory, "A").region) == (None, None)


def test_an_output_of_a_stack_by_its_name() -> None:
    stacks = (
        ("Base", "us-east-1", "prod-base"),
        ("Twin", "eu-west-1", "prod-base"),
        ("User", "us-east-1", "prod-user"),
    )
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://111111111111/{region}",
            "properties": {"templateFile": f"{name}.json", "stackName": stack},
        }
        for name, region, stack in stacks
    }
    base = template(role("Own")) + "Outputs: {Arn: {Value: !GetAtt Own.Arn}}\n"
    output = "{'Fn::GetStackOutput': {StackName: %s, OutputName: %s%s}}"
    agents = (
        agent("A", output % ("prod-base", "Arn", ", Region: eu-west-1"))
        + agent("B", output % ("!Join ['-', [prod, base]]", "Arn", ", Region: !Ref AWS::Region"))
        + agent("C", output % ("prod-base", "Arn", ""))
        + agent("D", output % ("gone", "Arn", ""))
        + agent("E", output % ("prod-base", "Gone", ""))
    )
    files = {
        "manifest.json": json.dumps({"artifacts": artifacts}),
        "Base.json": base,
        "Twin.json": base,
        "User.json": template(agents),
    }
    inventory = read(files)
    assert role_of(inventory, "A") == "Twin.json#Own"
    assert role_of(inventory, "B") == role_of(inventory, "C") == "Base.json#Own"
    assert certainty(inventory, "D") == certainty(inventory, "E") == "unresolved"


@pytest.mark.parametrize(
    "text", ["{", '{"artifacts": [1]}', '{"artifacts": {"A": 1, "B": {"type": "aws:cloudformation:stack"}}, "cdk": 1}']
)
def test_a_manifest_that_says_nothing_stops_nothing(text: str) -> None:
    inventory = read(
        {
            "cdk.out/manifest.json": text.replace('"artifacts"', '"aws:cloudformation:stack": 1, "artifacts"'),
            "t.yaml": template(role("Own") + agent("A", "!GetAtt Own.Arn")),
        }
    )
    assert role_of(inventory, "A") == "t.yaml#Own"
