"""What the rows of :mod:`segrego.collect.aws.kinds` describe, read; and what of AgentCore fits no row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from segrego.collect.aws.caller import Hides
from segrego.collect.aws.found import WORKLOAD, Found, Task, resource_policy, tags, unknown_role
from segrego.collect.aws.kinds import Kind
from segrego.collect.aws.parts import session_facts
from segrego.collect.aws.session import Region
from segrego.inventory import Binding, Fact, Resource, Workload

__all__ = ["invocation_logging", "registry_records", "workload_identities", "workloads"]

_CONTROL = "bedrock-agentcore-control"
_DELIVERIES = ("text", "image", "embedding", "video", "audio")
Body = Mapping[str, Any] | None


def workloads(kind: Kind, region: Region) -> list[Task]:
    """A task for each workload of a kind in a region."""
    hidden: tuple[Fact, ...] = ("workloads", *WORKLOAD, "resource_policies", "environments", "owners", "tags")
    found = region.items(kind.service, kind.list_operation, Hides(region.source, hidden), **dict(kind.list_parameters))
    return [partial(_workload, region, kind, summary) for summary in found]


def registry_records(region: Region) -> list[Task]:
    """A task for each record of AgentCore's registries. One that is synchronized from a URL may bear a role."""
    hides = Hides(region.source, ("workloads", "bindings"))
    return [
        partial(_record, region, registry["registryId"], summary)
        for registry in region.items(_CONTROL, "ListRegistries", hides)
        for summary in region.items(_CONTROL, "ListRegistryRecords", hides, registryId=registry["registryId"])
    ]


def workload_identities(region: Region) -> list[Task]:
    """The workload identities of a region, as resources."""
    hides = Hides(region.source, ("uses", "credentials"))
    found = Found()
    for item in region.items(_CONTROL, "ListWorkloadIdentities", hides):
        arn = item["workloadIdentityArn"]
        kind = "AWS::BedrockAgentCore::WorkloadIdentity"
        found.resources.append(
            Resource(id=arn, kind=kind, name=item["name"], arn=arn, account=region.account.id, location=region.location)
        )
    return [lambda: found]


def invocation_logging(region: Region) -> list[Task]:
    """Whether the region logs model invocations, and who writes the log."""
    found = Found()
    hides = Hides(region.source, ("telemetry", "workloads", "bindings"))
    answer = region.call("bedrock", "GetModelInvocationLoggingConfiguration", hides)
    found.logging[region.name] = None if answer is None else _is_logging(answer.get("loggingConfig") or {})
    role = (((answer or {}).get("loggingConfig") or {}).get("cloudWatchConfig") or {}).get("roleArn")
    if role:
        found.workloads.append(
            Workload(
                id=f"{region.source}:model-invocation-logging",
                kind="principal",
                name="model invocation logging",
                account=region.account.id,
                region=region.name,
                bindings=(Binding(role=role),),
                location=region.location,
            )
        )
    return [lambda: found]


def _is_logging(configuration: Mapping[str, Any]) -> bool:
    """It has a place to log to, and is not told to leave every kind of data out (left unsaid, data is logged)."""
    delivered = [configuration.get(f"{name}DataDeliveryEnabled") for name in _DELIVERIES]
    has_place = bool(configuration.get("cloudWatchConfig") or configuration.get("s3Config"))
    return has_place and any(value is not False for value in delivered)


def _workload(region: Region, kind: Kind, summary: Mapping[str, Any]) -> Found:
    own_id = summary[kind.ids[0]]
    arn = summary.get(kind.arn) or region.arn("bedrock-agentcore", f"{kind.resource}/{own_id}")
    found = Found()
    latest = _read(region, kind, arn, own_id) if kind.get_operation else summary
    routed = _routed(region, kind, found, arn, own_id)
    bodies: dict[str, Body] = {version: _body_of(region, kind, arn, own_id, version, latest) for version in routed}
    bindings = [
        binding
        for version, body in bodies.items()
        for binding in _binding(region, kind, arn, body, version, routed[version])
    ]
    if latest is None or _version_of(kind, latest) not in routed:
        bindings += _binding(region, kind, arn, latest, None, ())
    read = [latest, *(body for body in bodies.values() if body is not latest)]
    uses = [
        use for body in read if body is not None and kind.parts for use in kind.parts(region, found, arn, own_id, body)
    ]
    if kind.has_policy:
        _resource_policy(region, found, arn, arn)
    found.workloads.append(
        Workload(
            id=arn,
            kind=kind.kind,
            name=str((latest or {}).get(kind.name) or summary.get(kind.name) or own_id),
            arn=arn,
            account=region.account.id,
            region=region.name,
            status=(latest or summary).get("status"),
            created_ns=(latest or {}).get(kind.created),
            bindings=tuple(bindings),
            uses=tuple(dict.fromkeys(uses)),
            tags=tags(region, _CONTROL, arn) if kind.has_tags else (),
            location=region.location,
            **session_facts(kind.kind, _live(latest, bodies)),
        )
    )
    return found


def _live(latest: Body, bodies: Mapping[str, Body]) -> list[Body]:
    """What runs: the versions that endpoints route to, or the latest one where there is no endpoint."""
    return list(bodies.values()) or [latest]


def _read(region: Region, kind: Kind, arn: str, own_id: str, version: str | None = None) -> Body:
    params = {kind.ids[1]: own_id, **dict(kind.get_parameters)}
    if version is not None and kind.versions is not None:
        params[kind.versions.parameter] = version
    hides = Hides(arn, WORKLOAD if kind.parts else ("bindings",))
    answer = region.call(kind.service, str(kind.get_operation), hides, **params)
    return answer if answer is None or kind.inside is None else answer.get(kind.inside) or {}


def _routed(region: Region, kind: Kind, found: Found, arn: str, own_id: str) -> dict[str, tuple[str, ...]]:
    """Version to the endpoints that run it, or are about to: one under update has a live and a target version."""
    if kind.versions is None:
        return {}
    hides = Hides(arn, (*WORKLOAD, "resource_policies"))
    endpoints = region.items(kind.service, kind.versions.list_operation, hides, **{kind.ids[1]: own_id})
    routes: dict[str, set[str]] = {}
    for endpoint in endpoints:
        for version in filter(None, (endpoint.get("liveVersion"), endpoint.get("targetVersion"))):
            routes.setdefault(version, set()).add(endpoint[kind.versions.name])
        if kind.versions.arn is not None and endpoint.get(kind.versions.arn):
            _resource_policy(region, found, endpoint[kind.versions.arn], arn)
    return {version: tuple(sorted(routes[version])) for version in sorted(routes)}


def _resource_policy(region: Region, found: Found, subject: str, resource: str) -> None:
    """The policy on a workload, or on one of its endpoints; most have none."""
    hides = Hides(resource, ("resource_policies",))
    answer = region.find(_CONTROL, "GetResourcePolicy", hides, resourceArn=subject).value
    if answer and answer.get("policy"):
        found.resource_policies.append(resource_policy(region, subject, resource, answer["policy"]))


def _version_of(kind: Kind, body: Mapping[str, Any]) -> str | None:
    return body.get(kind.versions.parameter) if kind.versions is not None else None


def _body_of(region: Region, kind: Kind, arn: str, own_id: str, version: str, latest: Body) -> Body:
    if latest is not None and _version_of(kind, latest) == version:
        return latest
    return _read(region, kind, arn, own_id, version)


def _binding(
    region: Region, kind: Kind, arn: str, body: Body, version: str | None, via: tuple[str, ...]
) -> tuple[Binding, ...]:
    if body is None:
        return ()  # its call left a gap
    role: Any = body
    for step in kind.role:
        role = role.get(step) if isinstance(role, Mapping) else None
    if not role:
        return () if kind.optional else unknown_role(region, arn, f"{kind.get_operation}'s answer")
    return (Binding(role=role, slot="execution" if version is None else "version", version=version, via=via),)


def _record(region: Region, registry: str, summary: Mapping[str, Any]) -> Found:
    arn = summary["recordArn"]
    found = Found()
    hides = Hides(arn, ("workloads", "bindings"))
    which = {"registryId": registry, "recordId": summary["recordId"]}
    body = region.call(_CONTROL, "GetRegistryRecord", hides, **which) or {}
    roles = sorted(set(_record_roles(body)))
    if roles:
        found.workloads.append(
            Workload(
                id=arn,
                kind="principal",
                name=summary["name"],
                arn=arn,
                account=region.account.id,
                region=region.name,
                status=body.get("status"),
                created_ns=body.get("createdAt"),
                bindings=tuple(Binding(role=role) for role in roles),
                location=region.location,
            )
        )
    return found


def _record_roles(body: Mapping[str, Any]) -> Iterable[str]:
    source = (body.get("synchronizationConfiguration") or {}).get("fromUrl") or {}
    for configuration in source.get("credentialProviderConfigurations") or ():
        provider = (configuration.get("credentialProvider") or {}).get("iamCredentialProvider") or {}
        if provider.get("roleArn"):
            yield provider["roleArn"]
