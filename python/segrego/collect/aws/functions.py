"""Lambda functions: those behind tools, and those that hold a role of something else that was found.

An answer of Lambda has the values of environment variables in it. Nothing but the fields named here is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from segrego.collect.aws.found import FunctionRef
from segrego.collect.aws.session import Account, Hides, Region
from segrego.inventory import Binding, Tag, Workload

__all__ = ["called", "list_functions", "sharing"]

Listed = Mapping[str, Mapping[str, Any]]
"""Function ARN to what ListFunctions says of it."""


def list_functions(region: Region) -> dict[str, Mapping[str, Any]]:
    """Every function of a region, as it is in ``$LATEST``."""
    hides = Hides(region.source, ("workloads", "bindings"))
    return {item["FunctionArn"]: item for item in region.items("lambda", "ListFunctions", hides)}


def called(account: Account, arn: str, refs: Iterable[FunctionRef], listed: Listed) -> Workload:
    """A function that a tool calls, with its own role and those of the versions that are called.

    A function of another account has a role that these credentials do not see: a gap.
    """
    ordered = sorted(refs)
    region = account.region(ordered[0].region)
    if ordered[0].account != account.id:
        message = f"the function is in account {ordered[0].account}: collect that account too"
        region.gap("not_collected", Hides(arn, ("bindings",)), message)
        return _workload(region, arn, ordered[0].account, {}, (), ())
    qualifiers = [ref.qualifier for ref in ordered if ref.qualifier]
    latest = listed.get(arn) or _read(region, arn, None) or {}
    bindings = [Binding(role=latest["Role"])] if latest.get("Role") else []
    bindings += _versions(region, arn, qualifiers)
    return _workload(region, arn, account.id, latest, tuple(bindings), _tags(region, arn))


def sharing(region: Region, listed: Listed, held: frozenset[str]) -> list[Workload]:
    """The functions of a region that hold a role that something else holds as well."""
    return [
        _workload(region, arn, region.account.id, listed[arn], (Binding(role=listed[arn]["Role"]),), _tags(region, arn))
        for arn in sorted(listed)
        if listed[arn].get("Role") in held
    ]


def _versions(region: Region, arn: str, qualifiers: list[str]) -> list[Binding]:
    """One binding for each version that is called, by its number or through aliases."""
    roles: dict[str, str] = {}
    via: dict[str, set[str]] = {}
    for qualifier in qualifiers:
        answer = _read(region, arn, qualifier) or {}
        if answer.get("Role"):
            version = answer.get("Version") or qualifier
            roles[version] = answer["Role"]
            via.setdefault(version, set()).update({qualifier} - {version})
    return [
        Binding(role=roles[version], slot="version", version=version, via=tuple(sorted(via[version])))
        for version in sorted(roles)
    ]


def _read(region: Region, arn: str, qualifier: str | None) -> Mapping[str, Any] | None:
    params = {"FunctionName": arn} | ({"Qualifier": qualifier} if qualifier else {})
    return region.call("lambda", "GetFunctionConfiguration", Hides(arn, ("bindings",)), **params)


def _tags(region: Region, arn: str) -> tuple[Tag, ...]:
    answer = region.call("lambda", "ListTags", Hides(arn, ("tags", "environments", "domains")), Resource=arn) or {}
    return tuple(Tag(key=key, value=str(value)) for key, value in sorted((answer.get("Tags") or {}).items()))


def _workload(
    region: Region,
    arn: str,
    account: str,
    function: Mapping[str, Any],
    bindings: tuple[Binding, ...],
    tags: tuple[Tag, ...],
) -> Workload:
    return Workload(
        id=arn,
        kind="lambda_function",
        name=arn.rpartition(":")[2],
        arn=arn,
        account=account,
        region=region.name,
        status=function.get("State"),
        bindings=bindings,
        tags=tags,
        location=region.location,
    )
