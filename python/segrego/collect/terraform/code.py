"""What the program of a workload is made of: an object in S3, an image in ECR.

Source: the providers' documentation, and the form of image addresses in the Amazon ECR user guide.
"""

from __future__ import annotations

import re

from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.plan import Instance
from segrego.collect.terraform.references import Attribute, Resolver, label, unknown
from segrego.collect.terraform.values import Step
from segrego.inventory import Use

__all__ = ["CODE", "Code"]

_ARTIFACT = ("agent_runtime_artifact",)
_S3 = (*_ARTIFACT, "code_configuration", "code", "s3")
_IMAGE_OF_RUNTIME = (*_ARTIFACT, "container_configuration", "container_uri")
_IMAGE_OF_HARNESS = ("environment_artifact", "container_configuration", "container_uri")
CODE: dict[str, tuple[tuple[tuple[Step, ...], tuple[Step, ...]] | None, tuple[Step, ...]]] = {
    "aws_bedrockagentcore_agent_runtime": (((*_S3, "bucket"), (*_S3, "prefix")), _IMAGE_OF_RUNTIME),
    "awscc_bedrockagentcore_runtime": (((*_S3, "bucket"), (*_S3, "prefix")), _IMAGE_OF_RUNTIME),
    "aws_bedrockagentcore_harness": (None, _IMAGE_OF_HARNESS),
    "awscc_bedrockagentcore_harness": (None, _IMAGE_OF_HARNESS),
    "aws_lambda_function": ((("s3_bucket",), ("s3_key",)), ("image_uri",)),
    "awscc_lambda_function": ((("code", "s3_bucket"), ("code", "s3_key")), ("code", "image_uri")),
}
"""By resource type: bucket and key of an object, and the address of an image. A package on disk is no use of
anything."""

_PART = r"(?:\$\{[^}]*\}|[^/:@$])+"
_IMAGE = re.compile(
    rf"(?P<account>\d{{12}}|\$\{{[^}}]*\}})\.dkr\.ecr(?:-fips)?\.(?P<region>\$\{{[^}}]*\}}|[a-z0-9-]+)\.[a-z0-9.-]+"
    rf"/(?P<repository>{_PART}(?:/{_PART})*)"
)
_TAG = re.compile(r"(:(?:\$\{[^}]*\}|[^/@:${}])+)?(@sha256:.*)?$")


class Code:
    """Finds what workloads of one plan are made of."""

    def __init__(self, resolver: Resolver, arns: Arns) -> None:
        self._resolver = resolver
        self._arns = arns

    def of(self, instance: Instance) -> list[Use]:
        """The uses with the relation ``code``: ARNs, or else addresses and expressions."""
        objects, image = CODE[instance.type]
        found = []
        if objects is not None and (bucket := self._named(instance, objects[0])) is not None:
            key = instance.text(*objects[1])
            found.append(f"arn:aws:s3:::{bucket}/{key or '*'}")
        if (address := self._image(instance, image)) is not None:
            found.append(address)
        return [Use(relation="code", target=target) for target in found]

    def _named(self, instance: Instance, path: tuple[Step, ...]) -> str | None:
        """The name of a bucket, from its ARN where it is made in the same plan."""
        leaves = self._resolver.attribute(instance, *path)
        for leaf in unknown(leaves):
            if isinstance(leaf, Attribute) and leaf.instance.type in ("aws_s3_bucket", "awscc_s3_bucket"):
                return self._arns.text(leaf.instance).rpartition(":::")[2]
            return f"${{{label(leaf)}}}"
        return instance.text(*path)

    def _image(self, instance: Instance, path: tuple[Step, ...]) -> str | None:
        """The repository of an image. Terraform does not write the tag around a reference to one."""
        leaves = self._resolver.attribute(instance, *path)
        for leaf in unknown(leaves):
            if isinstance(leaf, Attribute) and leaf.instance.type in ("aws_ecr_repository", "awscc_ecr_repository"):
                return self._arns.text(leaf.instance)
        if (found := unknown(leaves)) and not instance.text(*path):
            return f"${{{', '.join(map(label, found))}}}"
        text = instance.text(*path)
        return _repository(text) if text is not None else None


def _repository(image: str) -> str:
    """The ARN of an image's ECR repository; else the address, less tag and digest, of an image from elsewhere."""
    address = _TAG.sub("", image)
    match = _IMAGE.fullmatch(address)
    if match is None:
        return address
    return f"arn:aws:ecr:{match['region']}:{match['account']}:repository/{match['repository']}"
