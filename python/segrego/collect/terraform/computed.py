"""Attributes that a configuration does not write and that follow from what it writes: ARNs, ids, and some data
sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from segrego.collect.terraform.arns import ARN_ATTRIBUTES, has_arn_template, made_arn, split_arn
from segrego.collect.terraform.environment import Env
from segrego.collect.terraform.plan import Instance
from segrego.collect.terraform.references import Attribute
from segrego.collect.terraform.statements import policy_document
from segrego.collect.terraform.syntax import Block
from segrego.collect.terraform.terms import Text, Unknown
from segrego.collect.terraform.values import MISSING
from segrego.iam.managed import managed_policy

__all__ = ["computed"]

_IDS = {
    "aws_iam_role": "name",
    "awscc_iam_role": "role_name",
    "aws_iam_policy": "arn",
    "aws_s3_bucket": "bucket",
    "awscc_s3_bucket": "bucket_name",
    "aws_lambda_function": "function_name",
    "awscc_lambda_function": "function_name",
    "aws_dynamodb_table": "name",
    "aws_cloudwatch_log_group": "name",
    "aws_secretsmanager_secret": "arn",
    "aws_ssm_parameter": "name",
    "aws_sns_topic": "arn",
    "aws_ecr_repository": "name",
}
"""What the ``id`` of a resource is, from the providers' documentation."""

_AWS_MANAGED = (
    "arn:aws:iam::aws:policy/",
    "arn:aws:iam::aws:policy/service-role/",
    "arn:aws:iam::aws:policy/aws-service-role/",
    "arn:aws:iam::aws:policy/job-function/",
)


class _Resource(Protocol):
    """A resource instance under evaluation."""

    instance: Instance
    block: Block
    env: Env

    def attribute(self, name: str) -> Any:
        """The value of an attribute."""

    def written(self, name: str) -> Any:
        """What the block says of an attribute."""

    def provider(self) -> Mapping[str, Any]:
        """The arguments of its provider."""

    def render(self, text: str, names: Mapping[str, Any]) -> Any:
        """A template that sees these names."""


def computed(resource: _Resource, name: str, unknown: Unknown) -> Any:
    """The value of an attribute that the block does not write; ``unknown`` where nobody can tell."""
    instance: Instance = resource.instance
    if not instance.managed and instance.type in _SOURCES:
        return _SOURCES[instance.type](resource, name, unknown)
    if name in ("id", "identifier") and instance.type in _IDS:
        return resource.attribute(_IDS[instance.type])
    if name in ARN_ATTRIBUTES and has_arn_template(instance.type):
        return _arn(resource, name)
    if name == "repository_url" and instance.type == "aws_ecr_repository":
        return _repository_url(resource, unknown)
    return unknown


def _repository_url(resource: _Resource, unknown: Unknown) -> Any:
    """The address of a repository's images (Amazon ECR user guide)."""
    name, provider = _text(resource, "name"), resource.provider()
    account, region = _account(provider) or "${AWS::AccountId}", provider.get("region") or "${AWS::Region}"
    return Text(f"{account}.dkr.ecr.{region}.amazonaws.com/{name}") if name is not None else unknown


def _arn(resource: _Resource, name: str) -> Text:
    """An ARN as :class:`segrego.collect.terraform.arns.Arns` makes it. That of a data source stands for itself: another
    data source, or a literal, may name the same thing."""
    instance: Instance = resource.instance
    provider = resource.provider()
    region = _text(resource, "region") or provider.get("region")
    text = made_arn(instance.type, instance.address, lambda part: _text(resource, part), region, _account(provider))
    return Text(text, Attribute(instance, name) if instance.managed else None)


def _text(resource: _Resource, name: str) -> str | None:
    value = resource.written(name)
    if not isinstance(value, str) or not value or (isinstance(value, Text) and value.leaf is not None):
        return None
    return str(value)


def _account(provider: Mapping[str, Any]) -> str | None:
    if account := split_arn(provider.get("assume_role"))[0]:
        return account
    allowed = provider.get("allowed_account_ids") or []
    return allowed[0] if len(allowed) == 1 else None


def _caller(resource: _Resource, name: str, unknown: Unknown) -> Any:
    if name in ("account_id", "id"):
        return _account(resource.provider()) or Text("${AWS::AccountId}")
    return unknown


def _region(resource: _Resource, name: str, unknown: Unknown) -> Any:
    if name in ("name", "id", "region"):
        return _text(resource, "region") or resource.provider().get("region") or Text("${AWS::Region}")
    return unknown


def _partition(resource: _Resource, name: str, unknown: Unknown) -> Any:
    region = resource.provider().get("region") or ""
    china = region.startswith("cn-")
    if name in ("partition", "id"):
        return "aws-cn" if china else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return ("amazonaws.com.cn" if china else "amazonaws.com") if name == "dns_suffix" else unknown


def _document(resource: _Resource, name: str, unknown: Unknown) -> Any:
    if name not in ("json", "minified_json"):
        return unknown
    body = resource.block.body
    names = dict.fromkeys([*body.attributes, *(b.labels[0] if b.type == "dynamic" else b.type for b in body.blocks)])
    values = {key: resource.written(key) for key in names}
    place = (resource.block.file, resource.block.line)
    return policy_document({key: value for key, value in values.items() if value is not MISSING}, place)


def _policy(resource: _Resource, name: str, unknown: Unknown) -> Any:
    arn = _text(resource, "arn")
    if arn is None and (known := _text(resource, "name")):
        made = (prefix + known for prefix in _AWS_MANAGED)
        arn = next((found for found in made if managed_policy(found) is not None), None)
    return arn if name in ("arn", "id") and arn is not None else unknown


def _template(resource: _Resource, name: str, unknown: Unknown) -> Any:
    text, names = resource.written("template"), resource.written("vars")
    if name != "rendered" or not isinstance(text, str):
        return unknown
    return resource.render(str(text), names if isinstance(names, dict) else {})


def _named(resource: _Resource, name: str, unknown: Unknown) -> Any:
    key = _IDS.get(resource.instance.type, "name")
    if name == "arn" and _text(resource, "arn"):
        return _text(resource, "arn")
    if name in ARN_ATTRIBUTES and _text(resource, key) is not None:
        return _arn(resource, name)
    if name == "id" and key != "arn" and _text(resource, key) is not None:
        return resource.written(key)
    return unknown


_SOURCES = {
    "aws_caller_identity": _caller,
    "aws_region": _region,
    "aws_partition": _partition,
    "aws_iam_policy_document": _document,
    "aws_iam_policy": _policy,
    "template_file": _template,
    "aws_iam_role": _named,
    "aws_s3_bucket": _named,
    "aws_lambda_function": _named,
    "aws_dynamodb_table": _named,
    "aws_sqs_queue": _named,
    "aws_sns_topic": _named,
    "aws_ecr_repository": _named,
}
"""Data sources of which something can be told without asking AWS."""
