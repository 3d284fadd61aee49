"""AWS-managed policies come from the copy that is shipped."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from segrego.iam.actions import expand
from segrego.iam.managed import managed_policy

READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def test_a_policy_is_found_by_its_arn() -> None:
    found = managed_policy(BASIC)
    assert found is not None
    assert {action for statement in found for action in statement.actions} == {
        "logs:createloggroup",
        "logs:createlogstream",
        "logs:putlogevents",
    }


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_partitions_have_the_same_policies(partition: str) -> None:
    assert managed_policy(READ_ONLY.replace("arn:aws:", f"arn:{partition}:")) == managed_policy(READ_ONLY)
    assert managed_policy(READ_ONLY) is not None


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAcces",
        "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",  # its path is missing
        "arn:aws:iam::111122223333:policy/AmazonS3ReadOnlyAccess",
        "arn:aws:iam::aws:policy/",
        "AmazonS3ReadOnlyAccess",
        'arn:aws:iam::aws:policy/x","document":{}',
        "arn:aws:iam::aws:policy/x\n",
        "",
    ],
)
def test_anything_else_is_not_found(arn: str) -> None:
    assert managed_policy(arn) is None


def test_every_policy_of_the_copy_is_read() -> None:
    lines = (
        resources.files("segrego.iam").joinpath("aws_managed_policies.jsonl").read_text(encoding="utf-8").splitlines()
    )
    arns = [json.loads(line)["arn"] for line in lines]
    assert len(arns) == len(set(arns)) > 500
    assert [arn for arn in arns if not managed_policy(arn)] == []


def test_the_policies_of_agents_name_actions_that_there_are() -> None:
    found = [
        managed_policy(f"arn:aws:iam::aws:policy/{name}")
        for name in ("AmazonBedrockFullAccess", "AmazonBedrockReadOnly")
    ]
    actions = [action for policy in found for statement in policy or () for action in statement.actions]
    assert len(actions) > 20
    assert [entry.pattern for entry in expand(actions) if entry.span == "unknown"] == []
