"""AgentCore: runtimes, harnesses, gateways, memories, browsers and whatever else of it bears a role.

Each kind is a row: how it is listed, how one is read, where the answer holds the role, and which endpoints route to
versions of it. The rows are held against botocore's service models by a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from segrego.collect.aws.found import Found, Task, tags, unknown_role
from segrego.collect.aws.gateways import gateway_parts, harness_parts
from segrego.collect.aws.session import Hides, Region
from segrego.inventory import Binding, Fact, Use, Workload, WorkloadKind

__all__ = ["KINDS", "Kind", "Versions", "workloads"]

_CONTROL = "bedrock-agentcore-control"
Parts = Callable[[Region, Found, str, str, Mapping[str, Any]], list[Use]]
"""Reads uses and tools from an answer; given region, what to add to, the workload's ARN, its id and the answer."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Endpoints that route to versions: how they are listed, what names one, which parameter asks for a version."""

    list_operation: str
    name: str
    parameter: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of workload.

    ``ids`` is the id's name in a summary and as a parameter; ``arn`` where a summary or answer has the ARN, and
    ``resource`` what the ARN is made of where a summary lacks it; ``inside`` where the answer wraps what it says;
    ``optional`` whether there are such workloads without a role.
    """

    kind: WorkloadKind
    list_operation: str
    get_operation: str
    ids: tuple[str, str]
    arn: str
    resource: str
    name: str
    role: tuple[str, ...]
    optional: bool = False
    inside: str | None = None
    list_parameters: tuple[tuple[str, str], ...] = ()
    get_parameters: tuple[tuple[str, str], ...] = ()
    versions: Versions | None = None
    parts: Parts | None = None
    service: str = _CONTROL


_CUSTOM = (("type", "CUSTOM"),)  # AWS's own browsers and interpreters bear no role
_UNDECRYPTED = (("view", "without_decryption"),)  # a memory's prompts are no fact here, and would need its key

KINDS: tuple[Kind, ...] = (
    Kind(
        kind="agentcore_runtime",
        list_operation="ListAgentRuntimes",
        get_operation="GetAgentRuntime",
        ids=("agentRuntimeId", "agentRuntimeId"),
        arn="agentRuntimeArn",
        resource="runtime",
        name="agentRuntimeName",
        role=("roleArn",),
        versions=Versions("ListAgentRuntimeEndpoints", "name", "agentRuntimeVersion"),
    ),
    Kind(
        kind="agentcore_harness",
        list_operation="ListHarnesses",
        get_operation="GetHarness",
        ids=("harnessId", "harnessId"),
        arn="arn",
        resource="harness",
        name="harnessName",
        role=("executionRoleArn",),
        inside="harness",
        versions=Versions("ListHarnessEndpoints", "endpointName", "harnessVersion"),
        parts=harness_parts,
    ),
    Kind(
        kind="agentcore_gateway",
        list_operation="ListGateways",
        get_operation="GetGateway",
        ids=("gatewayId", "gatewayIdentifier"),
        arn="gatewayArn",
        resource="gateway",
        name="name",
        role=("roleArn",),
        optional=True,
        parts=gateway_parts,
    ),
    Kind(
        kind="agentcore_memory",
        list_operation="ListMemories",
        get_operation="GetMemory",
        ids=("id", "memoryId"),
        arn="arn",
        resource="memory",
        name="name",
        role=("memoryExecutionRoleArn",),
        optional=True,
        inside="memory",
        get_parameters=_UNDECRYPTED,
    ),
    Kind(
        kind="agentcore_browser",
        list_operation="ListBrowsers",
        get_operation="GetBrowser",
        ids=("browserId", "browserId"),
        arn="browserArn",
        resource="browser-custom",
        name="name",
        role=("executionRoleArn",),
        optional=True,
        list_parameters=_CUSTOM,
    ),
    Kind(
        kind="agentcore_code_interpreter",
        list_operation="ListCodeInterpreters",
        get_operation="GetCodeInterpreter",
        ids=("codeInterpreterId", "codeInterpreterId"),
        arn="codeInterpreterArn",
        resource="code-interpreter-custom",
        name="name",
        role=("executionRoleArn",),
        optional=True,
        list_parameters=_CUSTOM,
    ),
    Kind(
        kind="agentcore_evaluation",
        list_operation="ListOnlineEvaluationConfigs",
        get_operation="GetOnlineEvaluationConfig",
        ids=("onlineEvaluationConfigId", "onlineEvaluationConfigId"),
        arn="onlineEvaluationConfigArn",
        resource="online-evaluation-config",
        name="onlineEvaluationConfigName",
        role=("evaluationExecutionRoleArn",),
        optional=True,
    ),
    Kind(
        kind="principal",
        list_operation="ListCapacityProviders",
        get_operation="GetCapacityProvider",
        ids=("capacityProviderId", "capacityProviderId"),
        arn="capacityProviderArn",
        resource="capacity-provider",
        name="name",
        role=("permissionsConfiguration", "capacityProviderOperatorRoleArn"),
        optional=True,
    ),
    Kind(
        kind="principal",
        list_operation="ListConsentPortals",
        get_operation="GetConsentPortal",
        ids=("consentPortalId", "consentPortalIdentifier"),
        arn="consentPortalArn",
        resource="consent-portal",
        name="name",
        role=("executionRoleArn",),
    ),
    Kind(
        kind="principal",
        list_operation="ListPaymentManagers",
        get_operation="GetPaymentManager",
        ids=("paymentManagerId", "paymentManagerId"),
        arn="paymentManagerArn",
        resource="payment-manager",
        name="name",
        role=("roleArn",),
    ),
    Kind(
        kind="principal",
        list_operation="ListABTests",
        get_operation="GetABTest",
        ids=("abTestId", "abTestId"),
        arn="abTestArn",
        resource="ab-test",
        name="name",
        role=("roleArn",),
        optional=True,
        service="bedrock-agentcore",
    ),
)


def workloads(region: Region, kind: Kind) -> list[Task]:
    """A task for each workload of a kind in a region."""
    hidden: tuple[Fact, ...] = ("workloads", "bindings", "tools") if kind.parts else ("workloads", "bindings")
    found = region.items(kind.service, kind.list_operation, Hides(region.source, hidden), **dict(kind.list_parameters))
    return [partial(_workload, region, kind, summary) for summary in found]


def _workload(region: Region, kind: Kind, summary: Mapping[str, Any]) -> Found:
    own_id = summary[kind.ids[0]]
    arn = summary.get(kind.arn) or region.arn("bedrock-agentcore", f"{kind.resource}/{own_id}")
    found = Found()
    latest = _read(region, kind, arn, own_id)
    routed = _routed(region, kind, arn, own_id)
    bindings: list[Binding] = []
    uses: list[Use] = []
    bodies = {version: _body_of(region, kind, arn, own_id, version, latest) for version in routed}
    for version, body in bodies.items():
        bindings += _binding(region, kind, arn, body, version, routed[version])
    if latest is not None and _version_of(kind, latest) not in routed:
        bindings += _binding(region, kind, arn, latest, None, ())
    if kind.parts is not None:
        for body in [latest, *(body for body in bodies.values() if body is not latest)]:
            uses += kind.parts(region, found, arn, own_id, body) if body is not None else []
    found.workloads.append(
        Workload(
            id=arn,
            kind=kind.kind,
            name=str((latest or {}).get(kind.name) or summary.get(kind.name) or own_id),
            arn=arn,
            account=region.account.id,
            region=region.name,
            status=(latest or summary).get("status"),
            bindings=tuple(bindings),
            uses=tuple(dict.fromkeys(uses)),
            tags=tags(region, _CONTROL, arn),
            location=region.location,
        )
    )
    return found


def _read(region: Region, kind: Kind, arn: str, own_id: str, version: str | None = None) -> Mapping[str, Any] | None:
    params = {kind.ids[1]: own_id, **dict(kind.get_parameters)}
    if version is not None and kind.versions is not None:
        params[kind.versions.parameter] = version
    hidden: tuple[Fact, ...] = ("bindings", "tools") if kind.parts else ("bindings",)
    answer = region.call(kind.service, kind.get_operation, Hides(arn, hidden), **params)
    return answer if answer is None or kind.inside is None else answer[kind.inside]


def _routed(region: Region, kind: Kind, arn: str, own_id: str) -> dict[str, tuple[str, ...]]:
    """Version to the endpoints that run it, or are about to: one under update has a live and a target version."""
    if kind.versions is None:
        return {}
    hides = Hides(arn, ("bindings",))
    endpoints = region.items(kind.service, kind.versions.list_operation, hides, **{kind.ids[1]: own_id})
    found: dict[str, set[str]] = {}
    for endpoint in endpoints:
        for version in filter(None, (endpoint.get("liveVersion"), endpoint.get("targetVersion"))):
            found.setdefault(version, set()).add(endpoint[kind.versions.name])
    return {version: tuple(sorted(found[version])) for version in sorted(found)}


def _version_of(kind: Kind, body: Mapping[str, Any]) -> str | None:
    return body.get(kind.versions.parameter) if kind.versions is not None else None


def _body_of(
    region: Region, kind: Kind, arn: str, own_id: str, version: str, latest: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    if latest is not None and _version_of(kind, latest) == version:
        return latest
    return _read(region, kind, arn, own_id, version)


def _binding(
    region: Region,
    kind: Kind,
    arn: str,
    body: Mapping[str, Any] | None,
    version: str | None,
    via: tuple[str, ...],
) -> tuple[Binding, ...]:
    if body is None:
        return ()  # its call left a gap
    role: Any = body
    for step in kind.role:
        role = role.get(step) if isinstance(role, Mapping) else None
    if not role:
        return () if kind.optional else unknown_role(region, arn, f"{kind.get_operation}'s answer")
    return (Binding(role=role, slot="execution" if version is None else "version", version=version, via=via),)
