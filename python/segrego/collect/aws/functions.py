"""Lambda functions: those that something calls, and those that hold a role of something else that was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from segrego.collect.aws.caller import Hides
from segrego.collect.aws.found import FunctionRef, image_repository, resource_policy
from segrego.collect.aws.session import Region
from segrego.inventory import Binding, Fact, ResourcePolicy, Tag, Use, Workload

__all__ = ["FunctionFound", "called", "list_functions", "sharing", "unread_function"]

_HIDES: tuple[Fact, ...] = ("bindings", "code", "credentials")
Listed = Mapping[str, Mapping[str, Any]]
"""Function ARN to what ListFunctions says of it."""


@dataclass(frozen=True)
class FunctionFound:
    """A function, and the policies on it and on those of its versions and aliases that are called."""

    workload: Workload
    policies: list[ResourcePolicy] = field(default_factory=list)


def list_functions(region: Region) -> dict[str, Mapping[str, Any]]:
    """Every function of a region, as it is in ``$LATEST``."""
    hides = Hides(region.source, ("workloads", "bindings"))
    return {item["FunctionArn"]: item for item in region.items("lambda", "ListFunctions", hides)}


def called(region: Region, arn: str, refs: Iterable[FunctionRef], listed: Listed) -> FunctionFound:
    """A function that something calls, with its own role and those of the versions that are called."""
    qualifiers = sorted({ref.qualifier for ref in refs if ref.qualifier})
    latest = listed.get(arn) or _read(region, arn, None) or {}
    versions = {name: _read(region, arn, name) or {} for name in qualifiers}
    bindings = [Binding(role=latest["Role"])] if latest.get("Role") else []
    bindings += _versions(versions)
    code = [use for name, body in (("", latest), *versions.items()) for use in _code(region, arn, name, body)]
    policies = [policy for name in ("", *qualifiers) for policy in _policy(region, arn, name)]
    return FunctionFound(_workload(region, arn, (latest, *versions.values()), bindings, code), policies)


def unread_function(region: Region, arn: str, account: str) -> FunctionFound:
    """A function of an account that this run cannot read: it has a role, and nobody knows which."""
    message = f"the function is in account {account}: collect that account too"
    region.gap("not_collected", Hides(arn, (*_HIDES, "resource_policies", "tags", "environments")), message)
    return FunctionFound(
        Workload(
            id=arn,
            kind="lambda_function",
            name=arn.rpartition(":")[2],
            arn=arn,
            account=account,
            region=region.name,
            location=region.location,
        )
    )


def sharing(region: Region, listed: Listed, held: frozenset[str]) -> list[Workload]:
    """The functions of a region that hold a role that something else holds as well."""
    return [
        _workload(region, arn, (listed[arn],), [Binding(role=listed[arn]["Role"])], _code(region, arn, "", listed[arn]))
        for arn in sorted(listed)
        if listed[arn].get("Role") in held
    ]


def _versions(bodies: Mapping[str, Mapping[str, Any]]) -> list[Binding]:
    """One binding for each version that is called, by its number or through aliases."""
    roles: dict[str, str] = {}
    via: dict[str, set[str]] = {}
    for qualifier, body in bodies.items():
        if body.get("Role"):
            version = body.get("Version") or qualifier
            roles[version] = body["Role"]
            via.setdefault(version, set()).update({qualifier} - {version})
    return [
        Binding(role=roles[version], slot="version", version=version, via=tuple(sorted(via[version])))
        for version in sorted(roles)
    ]


def _read(region: Region, arn: str, qualifier: str | None) -> Mapping[str, Any] | None:
    params = {"FunctionName": arn} | ({"Qualifier": qualifier} if qualifier else {})
    return region.call("lambda", "GetFunctionConfiguration", Hides(arn, _HIDES), **params)


def _code(region: Region, arn: str, qualifier: str, body: Mapping[str, Any]) -> list[Use]:
    """The image's repository, and the layers. Lambda keeps a copy of a package, and does not tell where it came from.

    GetFunction also answers with an address that the package can be loaded from. It is asked about images alone, and
    the address is not kept.
    """
    found = [layer["Arn"] for layer in body.get("Layers") or () if layer.get("Arn")]
    if body.get("PackageType") == "Image":
        params = {"FunctionName": arn} | ({"Qualifier": qualifier} if qualifier else {})
        answer = region.call("lambda", "GetFunction", Hides(arn, ("code",)), **params) or {}
        image = (answer.get("Code") or {}).get("ImageUri")
        found += [image_repository(region, image)] if image else []
    return [Use(relation="code", target=target) for target in found]


def _policy(region: Region, arn: str, qualifier: str) -> list[ResourcePolicy]:
    """The policy that says who may invoke the function, or one of its versions and aliases; many have none."""
    params = {"FunctionName": arn} | ({"Qualifier": qualifier} if qualifier else {})
    answer = region.find("lambda", "GetPolicy", Hides(arn, ("resource_policies",)), **params).value or {}
    subject = f"{arn}:{qualifier}" if qualifier else arn
    return [resource_policy(region, subject, arn, answer["Policy"])] if answer.get("Policy") else []


def _workload(
    region: Region, arn: str, bodies: Iterable[Mapping[str, Any]], bindings: Iterable[Binding], code: Iterable[Use]
) -> Workload:
    known = list(bodies)
    hides = Hides(arn, ("credentials",))
    if any((body.get("Environment") or {}).get("Error") for body in known):
        region.gap("call_failed", hides, "Lambda cannot read the function's environment variables: check their KMS key")
    names = {name for body in known for name in (body.get("Environment") or {}).get("Variables") or ()}
    return Workload(
        id=arn,
        kind="lambda_function",
        name=arn.rpartition(":")[2],
        arn=arn,
        account=region.account.id,
        region=region.name,
        status=known[0].get("State"),
        bindings=tuple(bindings),
        uses=tuple(dict.fromkeys(code)),
        variables=tuple(sorted(names)),
        tags=_tags(region, arn),
        location=region.location,
    )


def _tags(region: Region, arn: str) -> tuple[Tag, ...]:
    hides = Hides(arn, ("tags", "environments", "domains", "owners"))
    answer = region.call("lambda", "ListTags", hides, Resource=arn) or {}
    return tuple(Tag(key=key, value=str(value)) for key, value in sorted((answer.get("Tags") or {}).items()))
