# ruff: noqa: E501 - templates stand as people write them
"""Input that nobody thought of: the decoder takes it or names what is wrong, and a scan gives an inventory."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from cfn_scan import read
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from segrego.collect.cloudformation import SOURCE
from segrego.collect.cloudformation.parameter_files import read_parameters
from segrego.collect.cloudformation.template import Map, decode
from segrego.collect.source import SourceFile
from segrego.errors import InputError

settings.register_profile("parsers", max_examples=150, deadline=None, derandomize=True, database=None)
settings.load_profile("parsers")

NAMES = st.sampled_from(
    ["A", "B", "C", "Own", "Stack", "P", "Q", "L", "AWS::Region", "AWS::NoValue", "Gone", "", "${A}"]
)
TEXTS = st.one_of(
    NAMES,
    st.text(max_size=12),
    st.sampled_from(
        ["${A}", "${A.Arn}", "${!x}", "${", "{{resolve:ssm:${P}}}", "arn:aws:iam::${Q}:role/${P}", "arn:aws:iam::1:role/x", "*"]
    ),
)  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-9, 99), st.floats(allow_nan=False, width=16), TEXTS)


def functions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Intrinsic functions, well and badly formed."""
    lists = st.lists(inner, max_size=4)
    arguments: dict[str, st.SearchStrategy[Any]] = {
        "Ref": st.one_of(NAMES, inner),
        "Fn::GetAtt": st.one_of(
            st.builds(lambda n, a: [n, a], NAMES, st.sampled_from(["Arn", "Outputs.O", "X"])), inner
        ),
        "Fn::Sub": st.one_of(TEXTS, st.builds(lambda t, v: [t, {"A": v}], TEXTS, inner), inner),
        "Fn::Join": st.one_of(st.builds(lambda items: [",", items], lists), inner),
        "Fn::Select": st.one_of(st.builds(lambda i, items: [i, items], st.integers(-1, 3), lists), inner),
        "Fn::Split": st.one_of(st.builds(lambda text: [",", text], inner), inner),
        "Fn::If": st.one_of(st.builds(lambda c, a, b: [c, a, b], NAMES, inner, inner), inner),
        "Fn::FindInMap": st.one_of(st.builds(lambda a, b: ["M", a, b, {"DefaultValue": "d"}], inner, inner), lists),
        "Fn::ImportValue": inner,
        "Fn::Base64": inner,
        "Fn::Length": lists,
        "Fn::ToJsonString": inner,
        "Fn::GetAZs": inner,
        "Fn::Transform": st.just({"Name": "AWS::Include", "Parameters": {"Location": "part.yaml"}}),
    }
    return st.one_of(*(st.builds(lambda a, n=name: {n: a}, value) for name, value in arguments.items()))


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        functions(inner),
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "Resource", "Principal", "k", "Fn::ForEach::X"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=8,
)
KINDS = {
    "AWS::Bedrock::Agent": ["AgentResourceRoleArn", "ActionGroups", "AgentName", "KnowledgeBases", "IdleSessionTTLInSeconds"],
    "AWS::Bedrock::Flow": ["ExecutionRoleArn", "Definition", "DefinitionString", "DefinitionSubstitutions"],
    "AWS::Bedrock::AgentAlias": ["AgentId", "RoutingConfiguration"],
    "AWS::BedrockAgentCore::Runtime": ["RoleArn", "AgentRuntimeArtifact", "EnvironmentVariables", "AuthorizerConfiguration"],
    "AWS::BedrockAgentCore::GatewayTarget": ["GatewayIdentifier", "TargetConfiguration", "CredentialProviderConfigurations"],
    "AWS::BedrockAgentCore::Harness": ["ExecutionRoleArn", "Tools", "Hooks", "Skills"],
    "AWS::CloudFormation::Stack": ["TemplateURL", "Parameters"],
    "AWS::CloudTrail::Trail": ["EventSelectors", "AdvancedEventSelectors", "IsLogging"],
    "AWS::IAM::ManagedPolicy": ["Roles", "PolicyDocument", "ManagedPolicyName"],
    "AWS::IAM::Policy": ["Roles", "PolicyDocument"],
    "AWS::IAM::Role": ["RoleName", "Path", "AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns", "PermissionsBoundary", "Tags"],
    "AWS::Lambda::Alias": ["FunctionName"],
    "AWS::Lambda::Function": ["Role", "FunctionName", "Environment", "Code"],
    "AWS::Lambda::Permission": ["FunctionName", "Action", "Principal", "SourceArn"],
    "AWS::S3::Bucket": ["BucketName"],
    "AWS::S3::BucketPolicy": ["Bucket", "PolicyDocument"],
    "AWS::SecretsManager::RotationSchedule": ["SecretId", "RotationRules"],
}  # fmt: skip


def resource(kind: str) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(st.sampled_from(KINDS[kind]), VALUES, max_size=5)
    made = {"Type": st.just(kind), "Properties": st.one_of(properties, properties, VALUES)}
    return st.fixed_dictionaries(made, optional={"Condition": NAMES, "Metadata": VALUES})


TEMPLATES = st.fixed_dictionaries(
    {
        "AWSTemplateFormatVersion": st.just("2010-09-09"),
        "Parameters": st.fixed_dictionaries(
            {
                "P": st.fixed_dictionaries(
                    {"Type": st.just("String")},
                    optional={"Default": TEXTS, "AllowedValues": st.lists(TEXTS, max_size=3)},
                )
            },
            optional={"Q": VALUES, "L": st.just({"Type": "CommaDelimitedList", "Default": "a,b"})},
        ),
        "Conditions": st.dictionaries(
            NAMES, st.one_of(VALUES, st.builds(lambda a, b: {"Fn::Equals": [a, b]}, VALUES, VALUES)), max_size=3
        ),
        "Resources": st.dictionaries(
            st.sampled_from(["A", "B", "C", "Own", "Stack"]),
            st.sampled_from(sorted(KINDS)).flatmap(resource),
            max_size=5,
        ),
        "Outputs": st.dictionaries(
            st.sampled_from(["O", "X"]),
            st.fixed_dictionaries({"Value": VALUES}, optional={"Export": st.fixed_dictionaries({"Name": VALUES})}),
            max_size=2,
        ),
    },
    optional={"Mappings": VALUES, "Transform": st.one_of(st.just("AWS::LanguageExtensions"), VALUES)},
)


def says_where(holds: Callable[[], bool], name: str) -> bool:
    """Whether it holds, or else the error begins with the file's name."""
    try:
        return holds()
    except InputError as error:
        return str(error).startswith(name)


@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
)
def test_the_decoder_takes_bytes_or_says_what_is_wrong(data: bytes) -> None:
    assert says_where(lambda: isinstance(decode(data, "f"), Map), "f")
    SOURCE.claims(SourceFile("f.yaml", data))


YAML_TEXT = st.lists(
    st.sampled_from(["a", "b", ":", ": ", "- ", "\n", "  ", "&x ", "*x", "<<: ", "!Ref ", "!GetAtt ", "!Sub ", "[", "]", "{", "}", ",", '"', "'", "|\n", "#", "? ", "---\n", "\t", "1", "~"]),
    max_size=40,
).map("".join)  # fmt: skip


@given(YAML_TEXT)
def test_the_decoder_takes_what_looks_like_yaml(text: str) -> None:
    assert says_where(lambda: isinstance(decode(text, "f"), Map), "f")


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=10)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=8), JSON_VALUES, max_size=5), st.sampled_from([None, 1]))
def test_json_is_read_as_the_standard_library_reads_it(value: dict[str, Any], indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    if "\\u0000" not in text:
        assert decode(text, "f") == json.loads(text)


@given(st.dictionaries(st.text("abcXYZ", min_size=1, max_size=8), JSON_VALUES, min_size=1, max_size=5))
def test_yaml_with_quoted_texts_is_read_as_it_was_written(value: dict[str, Any]) -> None:
    text = yaml.safe_dump(value, default_style='"', allow_unicode=False, width=1000)
    assume("<<" not in text)  # a merge key here, however it is quoted
    expected = json.loads(json.dumps(value), parse_int=str)
    found = decode(text, "f")
    assert json.loads(json.dumps(found), parse_int=str) == expected


@given(TEMPLATES, TEMPLATES)
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_scan_of_any_templates_gives_the_same_inventory_twice(one: dict[str, Any], two: dict[str, Any]) -> None:
    files = {"one.json": json.dumps(one), "two.json": json.dumps(two), "part.yaml": "A: {Type: AWS::S3::Bucket}"}
    assert read(files) == read(files)


@given(TEMPLATES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_role_that_is_written_is_bound_or_a_gap(template: dict[str, Any]) -> None:
    inventory = read({"t.json": json.dumps(template)})
    said = {gap.subject for gap in inventory.gaps if "bindings" in gap.facts}
    for workload in inventory.workloads:
        if workload.kind in ("bedrock_agent", "bedrock_flow", "agentcore_runtime"):
            assert workload.bindings or workload.id in said or "t.json" in said


@given(
    st.sampled_from(["a.json", "a.yaml", "a.toml"]),
    st.one_of(JSON_VALUES.map(json.dumps), st.text(max_size=60)),
    st.sampled_from(["", "prod"]),
)
def test_files_of_parameters(name: str, text: str, environment: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    assert says_where(lambda: isinstance(dict(read_parameters(data, name, environment).values), dict), name)


@pytest.mark.parametrize("size", [10_000_000])
def test_a_policy_of_ten_megabytes(size: int) -> None:
    action = '"s3:GetObject", ' * (size // 16)
    text = f'{{"Resources": {{"R": {{"Type": "AWS::IAM::Role", "Properties": {{"Policies": [{{"PolicyDocument": {{"Statement": {{"Action": [{action}"s3:*"]}}}}}}]}}}}}}}}'
    (gap,) = read({"t.json": text}).gaps
    assert (gap.code, gap.subject) == ("unreadable_file", "t.json")
