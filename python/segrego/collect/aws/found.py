"""What one task finds, and what several readers share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from segrego.collect.aws.caller import Hides
from segrego.collect.aws.session import Account, Region
from segrego.errors import PolicyDocumentError
from segrego.iam.documents import resource_statements
from segrego.inventory import Binding, Fact, Resource, ResourcePolicy, Tag, Tool, Use, Workload

__all__ = [
    "WORKLOAD",
    "Found",
    "FunctionRef",
    "Task",
    "code_uses",
    "data_uses",
    "image_repository",
    "resource_policy",
    "routes",
    "tags",
    "unknown_role",
    "version_binding",
]

WORKLOAD: tuple[Fact, ...] = (
    "bindings",
    "tools",
    "uses",
    "code",
    "sessions",
    "authorization",
    "credentials",
    "domains",
)
"""What the description of a workload tells. Without it nobody knows these."""

_FUNCTION = re.compile(
    r"(arn:[^:]+:lambda:(?P<region>[^:]+):(?P<account>\d{12}):function:[^:]+)(?::(?P<qualifier>[^:]+))?"
)
_SECRET = re.compile(r"arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:.+")
_IMAGE = re.compile(r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[^.]+)\.[a-z.-]+/(?P<name>[^:@]+)(?:[:@].*)?")


@dataclass(frozen=True, slots=True, order=True)
class FunctionRef:
    """A Lambda function that is called: ``arn`` is the function's own, ``qualifier`` a version, an alias or empty."""

    arn: str
    account: str
    region: str
    qualifier: str


@dataclass
class Found:
    """What was found, in the order of finding.

    ``inner`` are ARNs of workloads that are a part of another one, ``providers`` and ``secrets`` the credentials that
    are used, by ARN, and ``logging`` region to whether model invocations are logged.
    """

    workloads: list[Workload] = field(default_factory=list)
    tools: list[Tool] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    resource_policies: list[ResourcePolicy] = field(default_factory=list)
    functions: set[FunctionRef] = field(default_factory=set)
    providers: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    inner: set[str] = field(default_factory=set)
    logging: dict[str, bool | None] = field(default_factory=dict)

    def function(self, arn: str) -> str:
        """The id that a called function has as a workload, for an ARN that may name a version or an alias too."""
        match = _FUNCTION.fullmatch(arn)
        if match is None:
            return arn
        qualifier = match["qualifier"] or ""
        plain = "" if qualifier == "$LATEST" else qualifier
        self.functions.add(FunctionRef(match[1], match["account"], match["region"], plain))
        return match[1]

    def provider(self, arn: str | None) -> tuple[str, ...]:
        """The credentials of a tool that is called with this credential provider, if with any."""
        if not arn:
            return ()
        self.providers.add(arn)
        return (arn,)

    def add(self, other: Found) -> None:
        """Take up what another task found."""
        self.workloads += other.workloads
        self.tools += other.tools
        self.resources += other.resources
        self.resource_policies += other.resource_policies
        self.functions |= other.functions
        self.providers |= other.providers
        self.secrets |= other.secrets
        self.inner |= other.inner
        self.logging |= other.logging


Task = Callable[[], Found]


def tags(region: Region, service: str, arn: str) -> tuple[Tag, ...]:
    """The tags of a Bedrock or AgentCore resource, by key."""
    hides = Hides(arn, ("tags", "environments", "domains", "owners"))
    answer = region.call(service, "ListTagsForResource", hides, resourceArn=arn) or {}
    return tuple(Tag(key=key, value=str(value)) for key, value in sorted((answer.get("tags") or {}).items()))


def routes(aliases: Iterable[Mapping[str, Any]], name: str, version: str) -> dict[str, tuple[str, ...]]:
    """Version to the names of the aliases that route to it, both sorted. An alias may route to several versions."""
    found: dict[str, set[str]] = {}
    for alias in aliases:
        for route in alias.get("routingConfiguration") or ():
            if route.get(version):
                found.setdefault(route[version], set()).add(alias[name])
    return {key: tuple(sorted(found[key])) for key in sorted(found)}


def version_binding(role: str, version: str, via: tuple[str, ...]) -> Binding:
    """The binding of a Classic agent or flow: its working draft, or a version that aliases route to."""
    if version == "DRAFT":
        return Binding(role=role, slot="draft", via=via)
    return Binding(role=role, slot="version", version=version, via=via)


def unknown_role(region: Region, arn: str, what: str) -> tuple[Binding, ...]:
    """No binding, and a gap: AWS answered, and the answer holds no role where every such workload has one."""
    region.gap("unresolved_role", Hides(arn, ("bindings",)), f"{what} gives no role: check it in the console")
    return ()


def data_uses(region: Region, found: Found, addresses: Iterable[str] | None) -> list[Use]:
    """The data that a configuration names (the form ``addresses`` of an answer).

    Buckets are resources of the inventory, and secrets are credentials of it too.
    """
    uses = []
    for address in addresses or ():
        target = address
        if address.startswith("s3://"):
            name = address.removeprefix("s3://")
            target = f"arn:{region.account.partition}:s3:::{name}"
            found.resources.append(
                Resource(id=target, kind="AWS::S3::Bucket", name=name, arn=target, location=region.location)
            )
        elif _SECRET.fullmatch(address):
            found.secrets.add(address)
        uses.append(Use(relation="data", target=target))
    return uses


def code_uses(region: Region, artifact: Mapping[str, Any] | None) -> list[Use]:
    """What a runtime's program is made of: an image's repository, or an object in S3."""
    given = artifact or {}
    image = (given.get("containerConfiguration") or {}).get("containerUri")
    package = ((given.get("codeConfiguration") or {}).get("code") or {}).get("s3") or {}
    found = [image_repository(region, image)] if image else []
    if package.get("bucket"):
        found.append(f"arn:{region.account.partition}:s3:::{package['bucket']}/{package.get('prefix', '')}")
    return [Use(relation="code", target=target) for target in found]


def image_repository(region: Region, image: str) -> str:
    """The ARN of the ECR repository that an image is in; an image that is elsewhere without its tag and digest."""
    match = _IMAGE.fullmatch(image)
    if match is None:
        return re.sub(r"(@[^/]+|:[^/:]+)$", "", image)
    return f"arn:{region.account.partition}:ecr:{match['region']}:{match['account']}:repository/{match['name']}"


def resource_policy(account: Account | Region, subject: str, resource: str, document: object) -> ResourcePolicy:
    """The policy on a resource (``subject`` is what it stands on); unread, with a gap, if it breaks the grammar."""
    try:
        found = resource_statements(document)
    except PolicyDocumentError as error:
        hides = Hides(resource, ("resource_policies",))
        account.gap("unreadable_policy", hides, f"{error.message}: correct the resource policy of {subject}")
        found = None
    return ResourcePolicy(
        id=f"{subject}/resource-policy",
        resource=resource,
        read=found is not None,
        statements=found or (),
        location=account.location,
    )
