"""What the program of a workload is made of: an object in S3, an image in ECR.

Source: the CloudFormation resource schemas, and the form of image addresses in the Amazon ECR user guide.
"""

from __future__ import annotations

import re
from typing import Any

from segrego.collect.cloudformation.sam import LOCAL
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.targets import at
from segrego.collect.cloudformation.text import as_text
from segrego.inventory import Use

__all__ = ["code_of"]

_ARTIFACT = ("AgentRuntimeArtifact",)
_OBJECTS: dict[str, tuple[tuple[tuple[str, ...], str, str], ...]] = {
    "AWS::BedrockAgentCore::Runtime": (((*_ARTIFACT, "CodeConfiguration", "Code", "S3"), "Bucket", "Prefix"),),
    "AWS::Lambda::Function": ((("Code",), "S3Bucket", "S3Key"),),
}
_IMAGES: dict[str, tuple[str, ...]] = {
    "AWS::BedrockAgentCore::Harness": ("EnvironmentArtifact", "ContainerConfiguration", "ContainerUri"),
    "AWS::BedrockAgentCore::Runtime": (*_ARTIFACT, "ContainerConfiguration", "ContainerUri"),
    "AWS::Lambda::Function": ("Code", "ImageUri"),
}
_PART = r"(?:\$\{[^}]*\}|[^/:@$])+"
_IMAGE = re.compile(
    rf"(?P<account>\d{{12}}|\$\{{[^}}]*\}})\.dkr\.ecr(?:-fips)?\.(?P<region>\$\{{[^}}]*\}}|[a-z0-9-]+)\.[a-z0-9.-]+"
    rf"/(?P<repository>{_PART}(?:/{_PART})*)(?::[^/@]+)?(?:@sha256:.+)?"
)
_S3 = re.compile(r"s3://([^/]+)/(.+)")


def code_of(scope: Scope, logical: str) -> list[Use]:
    """Of what the program of a workload is made. Code that stands in the template itself, or beside it on disk, is no
    use of anything."""
    kind = scope.type(logical)
    found: list[str] = []
    for path, bucket, key in _OBJECTS.get(kind, ()):
        holder = scope.property(logical, *path)
        name, rest = as_text(at(holder, bucket)), as_text(at(holder, key))
        if name is not None:
            found.append(f"arn:aws:s3:::{name}/{rest if rest is not None else '*'}")
    if kind in _IMAGES and (image := scope.text(logical, *_IMAGES[kind])) is not None:
        found.append(_repository(image))
    if kind == "AWS::BedrockAgentCore::Harness":
        skills = scope.property(logical, "Skills")
        for skill in skills if isinstance(skills, list) else ():
            found += _skill(skill)
    return [Use(relation="code", target=target) for target in found if LOCAL not in target]


def _repository(image: str) -> str:
    """The ARN of an image's ECR repository; else the address, less tag and digest, of an image from elsewhere."""
    match = _IMAGE.fullmatch(image)
    if match is None:
        return re.sub(r"(@sha256:.*|:[^/:{}]+)$", "", image)
    return f"arn:aws:ecr:{match['region']}:{match['account']}:repository/{match['repository']}"


def _skill(skill: Any) -> list[str]:
    match = _S3.fullmatch(as_text(at(skill, "S3", "Uri")) or "")
    git = as_text(at(skill, "Git", "Url"))
    return [f"arn:aws:s3:::{match[1]}/{match[2]}"] if match else [str(git)] if git is not None else []
