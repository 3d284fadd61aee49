# ruff: noqa: E501 - templates stand as people write them
"""Files that nobody wrote in good faith, or at all: bounded time, one gap that names file and line, and the rest is read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cfn_scan import agent, gaps, read, role, role_of, template, workload

from segrego.collect.cloudformation import SOURCE
from segrego.collect.cloudformation.template import MAX_BYTES, decode
from segrego.collect.files import collect_files
from segrego.collect.source import SourceFile
from segrego.errors import InputError

GOOD = template(role("Own") + agent("A", "!GetAtt Own.Arn"))
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 120


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (BOMB, 7, "aliases"),
        ("Resources: &a\n  A: *a\n", 2, "contains itself"),
        ("Resources:\n  A: " + "[" * 100_000, 2, "nested"),
        ("Resources:\n  A: " + "- " * 5000, 2, "not allowed|nested"),
        ('{"Resources": ' + '{"a":' * 100_000, 1, "nested"),
        (b"Resources:\n  A: \xff\xfe", 2, "UTF-8"),
        ("Resources:\n  A: b\0c", 2, "NUL"),
        ("Resources:\n  A: [1", 3, "not valid YAML"),
        ('{"Resources": {},\n}', 2, "not valid JSON"),
        ("Resources: []", 1, "mapping"),
        ("Resources:\n  A: {Properties: {}}", 2, "no Type"),
        ("Resources:\n  A/B: {Type: AWS::S3::Bucket}", 2, "logical id"),
        ("A: 1\n---\nB: 2", 2, "second"),
        ("", None, "mapping"),
        (b"Resources: " + b"x" * MAX_BYTES, None, "bytes"),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)), 2, "UTF-8"),
    ],
)
def test_an_unreadable_file_is_a_gap_and_the_rest_is_read(data: str | bytes, line: int | None, says: str) -> None:
    inventory = read({"bad.yaml": data, "good.yaml": GOOD})
    (gap,) = inventory.gaps
    assert (gap.code, gap.subject) == ("unreadable_file", "bad.yaml")
    assert any(word in gap.message for word in says.split("|"))
    assert gap.location is not None
    assert (gap.location.file, gap.location.line) == ("bad.yaml", line)
    assert {"workloads", "bindings", "trust", "policies"} <= set(gap.facts)
    assert role_of(inventory, "A") == "good.yaml#Own"
    assert {s.id for s in inventory.sources} == {"bad.yaml", "good.yaml"}


@pytest.mark.parametrize(
    "text",
    [
        template(role("Own"))
        + "\n  A: {Type: AWS::Bedrock::Agent, Properties: {AgentName: a}}\n  "
        + agent("A", "!GetAtt Own.Arn").replace("\n", "\n  "),
        json.dumps(
            {
                "Resources": {
                    "B": {"Type": "AWS::S3::Bucket"},
                    "Own": {"Type": "AWS::IAM::Role"},
                    "A": {
                        "Type": "AWS::Bedrock::Agent",
                        "Properties": {"AgentResourceRoleArn": {"Fn::GetAtt": ["Own", "Arn"]}},
                    },
                }
            },
            indent=1,
        ).replace('"B"', '"A"'),
    ],
)
def test_of_a_key_that_stands_twice_the_last_counts_and_a_gap_says_so(text: str) -> None:
    inventory = read({"t.yaml": text})
    assert role_of(inventory, "A") == "t.yaml#Own"
    (gap,) = (gap for gap in inventory.gaps if gap.code == "unsupported")
    assert "'A' stands twice" in gap.message
    assert gap.location is not None
    assert text.splitlines()[(gap.location.line or 0) - 1].strip().startswith(("A:", '"A"'))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_a_template_in_utf_16_is_a_gap(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding.endswith("be") else ""
    (tmp_path / "wide.yaml").write_bytes((mark + GOOD).encode(encoding))
    (tmp_path / "good.yaml").write_text(GOOD)
    inventory = collect_files([str(tmp_path)])
    assert [Path(name).name for name in gaps(inventory, "unreadable_file")] == ["wide.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        '{"Res\\u006furces": {"A": {"Ty\\u0070e": "AWS:\\u003aBedrock::Agent"}}}',
        "? !!str Resources\n: {A: {Type: AWS::Bedrock::Agent}}\n",
    ],
)
def test_a_template_in_disguise_is_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.json").write_text(text)
    assert [w.kind for w in collect_files([str(tmp_path)]).workloads] == ["bedrock_agent"]


def test_what_only_looks_like_a_template_is_left_alone_and_what_needs_a_build_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "notes.yaml").write_text("title: Resources\ntext: AWS::Bedrock::Agent\n")
    (tmp_path / "serverless.yml").write_text(
        "service: s\nprovider: {name: aws}\nresources: {Resources: {A: {Type: AWS::Bedrock::Agent}}}\n"
    )
    build = tmp_path / ".aws-sam/build"
    build.mkdir(parents=True)
    (build / "template.yaml").write_text(GOOD)
    inventory = collect_files([str(tmp_path)])
    assert [(Path(g.subject).name, "serverless package" in g.message) for g in inventory.gaps] == [
        ("serverless.yml", True)
    ]
    assert [Path(s.id).name for s in inventory.sources] == ["good.yaml", "serverless.yml"]


def test_a_named_file_that_is_only_a_part_of_a_template_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text("A: {Type: AWS::S3::Bucket}\n")
    with pytest.raises(InputError, match=r"part.yaml: no template, and none takes it in"):
        collect_files([str(tmp_path / "part.yaml")])


def test_links_that_lead_in_circles_are_gaps_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "one.yaml").symlink_to("two.yaml")
    (tmp_path / "two.yaml").symlink_to("one.yaml")
    (tmp_path / "again.yaml").symlink_to("good.yaml")
    (tmp_path / "here").symlink_to(".")
    inventory = collect_files([str(tmp_path)])
    assert [Path(name).name for name in gaps(inventory, "unreadable_file")] == ["one.yaml", "two.yaml"]
    assert [w.name for w in inventory.workloads] == ["A"]


def test_a_50_megabyte_file() -> None:
    data = b"Resources:\n" + b"  A: {Type: AWS::S3::Bucket}\n" * (50 * 1024 * 1024 // 29)
    assert SOURCE.claims(SourceFile(name="big.yaml", data=data))
    assert gaps(read({"big.yaml": data}), "unreadable_file") == ["big.yaml"]


@pytest.mark.parametrize("count", [100_000])
def test_wide_templates_are_linear(count: int) -> None:
    assert len(decode("".join(f"K{i}: 1\n" for i in range(count)), "f")) == count
    assert len(decode(json.dumps({f"K{i}": 1 for i in range(count)}), "f")) == count
    assert len(decode("a: &a {b: 1}\nR:\n" + "  - *a\n" * count, "f")["R"]) == count


def test_cycles_end() -> None:
    text = """
F: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Sub "${G}-f", Role: !Sub "${F.Arn}"}}
G: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Sub "${F}-g", Role: !ImportValue loop}}
S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml, Parameters: {P: !Ref P, Q: !GetAtt S.Outputs.O}}}
A: {Type: AWS::Bedrock::Agent, Properties: {AgentName: a, AgentResourceRoleArn: !Ref P}}
B: {Type: AWS::Bedrock::Agent, Properties: {AgentName: b, AgentResourceRoleArn: !If [C, !Ref Q, !Ref P]}}
V: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref W, Name: v}}
W: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref V, Name: w}}
"""
    head = (
        "Parameters: {P: {Type: String}, Q: {Type: String}}\n"
        "Conditions: {C: !Not [{Condition: D}], D: !And [{Condition: C}, {Condition: D}]}\n"
        "Outputs: {O: {Value: !ImportValue loop, Export: {Name: loop}}}"
    )
    inventory = read({"t.yaml": template(text, head), "u.yaml": template(text.replace("t.yaml", "u.yaml"), head)})
    assert workload(inventory, "t.yaml#A").bindings[0].certainty == "unresolved"


def test_stacks_that_nest_each_other_end() -> None:
    def stack(other: str) -> str:
        nested = f"S: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {other}, Parameters: {{R: !Ref R}}}}}}\n"
        return template(nested + agent("A", "!Ref R"), "Parameters: {R: {Type: String}}")

    inventory = read({"a.yaml": stack("b.yaml"), "b.yaml": stack("a.yaml")})
    assert {b.certainty for w in inventory.workloads for b in w.bindings} == {"unresolved"}


def test_long_chains_and_growing_texts_end() -> None:
    chain = "".join(
        f"F{i}: {{Type: AWS::Lambda::Function, Properties: {{FunctionName: !Sub '${{F{i + 1}}}${{F{i + 1}}}', Role: !Ref F{i + 1}}}}}\n"
        for i in range(499)
    )
    conditions = "Conditions:\n" + "".join(f"  C{i}: !Not [{{Condition: C{i + 1}}}]\n" for i in range(499))
    last = "F499: {Type: AWS::Lambda::Function, Properties: {FunctionName: x, Role: !If [C0, a, b]}}\n"
    inventory = read({"t.yaml": template(chain + last, conditions)})
    assert len(inventory.workloads) == 500


def test_deep_values_end() -> None:
    deep = "!Sub ['${x}', {x: " * 40 + "a" + "}]" * 40
    inventory = read({"t.yaml": template(agent("A", deep))})
    assert workload(inventory, "A").bindings[0].certainty == "unresolved"


@pytest.mark.parametrize(
    "expression",
    ["{'Fn::Sub': []}", "{'Fn::Join': [1]}", "{'Fn::Select': x}", "{'Fn::Split': ['', a]}", "{'Fn::If': [a]}", "{Ref: [a]}",
     "{'Fn::GetAtt': [A]}", "{'Fn::FindInMap': [a, b, c]}", "{'Fn::ImportValue': {a: b}}", "{'Fn::Nonsense': 1}", "[a, b]",
     "{a: b}", "12", "true", "null", "''", "{'Fn::Sub': '${'}", "{'Fn::Sub': '${}'}", "{Ref: AWS::NoValue}"],
)  # fmt: skip
def test_malformed_roles_are_gaps(expression: str) -> None:
    inventory = read({"t.yaml": template(agent("A", expression))})
    assert gaps(inventory, "unresolved_role"), "a role that cannot be read never passes in silence"


@pytest.mark.parametrize("kind", ["AWS::Bedrock::Agent", "AWS::Bedrock::Flow", "AWS::BedrockAgentCore::GatewayTarget",
                                  "AWS::BedrockAgentCore::Harness", "AWS::Bedrock::AgentAlias", "AWS::Bedrock::DataSource",
                                  "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::S3::Bucket", "AWS::CloudFormation::Stack"])  # fmt: skip
@pytest.mark.parametrize("value", ["1", "[1, [2]]", "{a: {b: []}}", "x", "null", "true"])
def test_properties_of_the_wrong_type(kind: str, value: str) -> None:
    names = ("ActionGroups", "Tools", "Definition", "TargetConfiguration", "RoutingConfiguration", "Policies", "Roles",
             "ManagedPolicyArns", "PolicyDocument", "AssumeRolePolicyDocument", "Tags", "AgentId", "BucketName", "Parameters",
             "AgentCollaborators", "KnowledgeBases", "DataSourceConfiguration", "TemplateURL", "GatewayIdentifier")  # fmt: skip
    properties = ", ".join(f"{name}: {value}" for name in names)
    read(
        {
            "t.yaml": template(
                f"X: {{Type: '{kind}', Properties: {{{properties}}}}}\nY: {{Type: '{kind}', Properties: {value}}}"
            )
        }
    )


def test_growth_is_linear() -> None:
    def seconds(stacks: int) -> float:
        text = template("".join(role(f"R{i}") + agent(f"A{i}", f"!GetAtt R{i}.Arn") for i in range(50)))
        files = [SourceFile(name=f"s{n}.yaml", data=text.encode()) for n in range(stacks)]
        start = time.process_time()  # of this process alone, whatever else the machine does
        assert len(SOURCE.read(files).workloads) == 50 * stacks
        return time.process_time() - start

    seconds(2)
    small, large = min(seconds(4) for _ in range(3)), min(seconds(16) for _ in range(3))
    assert large < 9 * small  # four times the input: 16 times the time if it grew with the square


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("t.yaml", GOOD, True),
        ("t.json", '{"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}', True),
        ("t.template", "AWSTemplateFormatVersion: 1\nResources: {}", True),
        ("<stdin>", GOOD, True),
        ("plan.json", '{"format_version": "1.2", "planned_values": {"resources": [{"type": "aws_s3_bucket"}]}}', False),
        ("inventory.json", '{"version": 1, "resources": [{"kind": "AWS::S3::Bucket"}]}', False),
        ("policy.json", '{"Statement": [{"Resource": "AWS::x"}]}', False),
        ("main.py", GOOD, False),
        ("part.yaml", "A: {Type: AWS::S3::Bucket}", True),
        ("flow.yaml", "{Outputs: {}, Resources: {A: {Type: AWS::S3::Bucket}}}", True),
        ("key.yaml", "? Resources\n: A: {Type: AWS::S3::Bucket}", True),
        ("tag.yaml", "!!str Resources:\n  A: {Type: AWS::S3::Bucket}", True),
        ("escaped.yaml", '"\\x52esources":\n  A: {Type: "\\u0041WS::Bedrock::Agent"}', True),
        ("escaped.json", '{"Res\\u006furces": {"A": {"Ty\\u0070e": "AWS:\\u003aBedrock::Agent"}}}', True),
        ("cdk.out/manifest.json", '{"version": "1", "artifacts": {"A": {"type": "cdk:tree"}}}', True),
        ("manifest.json", '{"name": "web app", "icons": []}', False),
        ("cdk.out/tree.json", '{"version": "tree-0.1", "tree": {"Resources": {"Type": "AWS::S3::Bucket"}}}', False),
        ("values.yaml", "image: x\nresources: {}", False),
    ],
)
def test_claims(name: str, text: str, expected: bool) -> None:
    assert SOURCE.claims(SourceFile(name=name, data=text.encode())) is expected
