"""The kinds of AgentCore and Bedrock that bear a role, beside agents, flows and knowledge bases: one row each.

The rows are held against botocore's service models by a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from segrego.collect.aws import parts
from segrego.collect.aws.found import Found
from segrego.collect.aws.session import Region
from segrego.inventory import Use, WorkloadKind

__all__ = ["KINDS", "Kind", "Versions"]

_CONTROL = "bedrock-agentcore-control"
Parts = Callable[[Region, Found, str, str, Mapping[str, Any]], list[Use]]
"""Reads uses and tools from an answer; given region, what to add to, the workload's ARN, its id and the answer."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Endpoints that route to versions: how they are listed, what names one, which parameter asks for a version, and
    where a summary has the ARN of one that can have a resource policy."""

    list_operation: str
    name: str
    parameter: str
    arn: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of workload.

    ``ids`` is the id's name in a summary and as a parameter; ``arn`` where a summary has the ARN, and ``resource`` what
    the ARN is made of where a summary lacks it; ``inside`` where the answer wraps what it says; ``created`` what it
    calls its creation; ``optional`` whether there are such workloads without a role. ``has_policy`` and ``has_tags``
    say whether AWS keeps a resource policy and tags on it. Without a ``get_operation`` the summary tells everything.
    """

    kind: WorkloadKind
    list_operation: str
    get_operation: str | None
    ids: tuple[str, str]
    arn: str
    role: tuple[str, ...]
    name: str = "name"
    resource: str = ""
    optional: bool = False
    inside: str | None = None
    created: str = "createdAt"
    list_parameters: tuple[tuple[str, str], ...] = ()
    get_parameters: tuple[tuple[str, str], ...] = ()
    versions: Versions | None = None
    parts: Parts | None = None
    has_policy: bool = False
    has_tags: bool = True
    service: str = _CONTROL


_CUSTOM = (("type", "CUSTOM"),)  # AWS's own browsers and interpreters bear no role
_UNDECRYPTED = (("view", "without_decryption"),)  # a memory's prompts are no fact here, and would need its key


def _job(name: str, get_operation: str | None, created: str, status: str = "InProgress") -> Kind:
    return Kind(
        kind="principal",
        list_operation=f"List{name}Jobs",
        get_operation=get_operation,
        ids=("jobArn", "jobIdentifier"),
        arn="jobArn",
        name="jobName",
        role=("roleArn",),
        created=created,
        list_parameters=(("statusEquals", status),),
        has_tags=False,
        service="bedrock",
    )


KINDS: tuple[Kind, ...] = (
    Kind(
        kind="agentcore_runtime",
        list_operation="ListAgentRuntimes",
        get_operation="GetAgentRuntime",
        ids=("agentRuntimeId", "agentRuntimeId"),
        arn="agentRuntimeArn",
        name="agentRuntimeName",
        role=("roleArn",),
        versions=Versions("ListAgentRuntimeEndpoints", "name", "agentRuntimeVersion", "agentRuntimeEndpointArn"),
        parts=parts.runtime_parts,
        has_policy=True,
    ),
    Kind(
        kind="agentcore_harness",
        list_operation="ListHarnesses",
        get_operation="GetHarness",
        ids=("harnessId", "harnessId"),
        arn="arn",
        name="harnessName",
        role=("executionRoleArn",),
        inside="harness",
        versions=Versions("ListHarnessEndpoints", "endpointName", "harnessVersion"),
        parts=parts.harness_parts,
    ),
    Kind(
        kind="agentcore_gateway",
        list_operation="ListGateways",
        get_operation="GetGateway",
        ids=("gatewayId", "gatewayIdentifier"),
        arn="gatewayArn",
        resource="gateway",
        role=("roleArn",),
        optional=True,
        parts=parts.gateway_parts,
        has_policy=True,
    ),
    Kind(
        kind="agentcore_memory",
        list_operation="ListMemories",
        get_operation="GetMemory",
        ids=("id", "memoryId"),
        arn="arn",
        resource="memory",
        role=("memoryExecutionRoleArn",),
        optional=True,
        inside="memory",
        get_parameters=_UNDECRYPTED,
        parts=parts.memory_parts,
    ),
    Kind(
        kind="agentcore_browser",
        list_operation="ListBrowsers",
        get_operation="GetBrowser",
        ids=("browserId", "browserId"),
        arn="browserArn",
        role=("executionRoleArn",),
        optional=True,
        list_parameters=_CUSTOM,
        parts=parts.sandbox_parts,
    ),
    Kind(
        kind="agentcore_code_interpreter",
        list_operation="ListCodeInterpreters",
        get_operation="GetCodeInterpreter",
        ids=("codeInterpreterId", "codeInterpreterId"),
        arn="codeInterpreterArn",
        role=("executionRoleArn",),
        optional=True,
        list_parameters=_CUSTOM,
        parts=parts.sandbox_parts,
    ),
    Kind(
        kind="agentcore_evaluation",
        list_operation="ListOnlineEvaluationConfigs",
        get_operation="GetOnlineEvaluationConfig",
        ids=("onlineEvaluationConfigId", "onlineEvaluationConfigId"),
        arn="onlineEvaluationConfigArn",
        name="onlineEvaluationConfigName",
        role=("evaluationExecutionRoleArn",),
        optional=True,
        parts=parts.evaluation_parts,
    ),
    Kind(
        kind="principal",
        list_operation="ListCapacityProviders",
        get_operation="GetCapacityProvider",
        ids=("capacityProviderId", "capacityProviderId"),
        arn="capacityProviderArn",
        role=("permissionsConfiguration", "capacityProviderOperatorRoleArn"),
    ),
    Kind(
        kind="principal",
        list_operation="ListConsentPortals",
        get_operation="GetConsentPortal",
        ids=("consentPortalId", "consentPortalIdentifier"),
        arn="consentPortalArn",
        role=("executionRoleArn",),
        parts=parts.portal_parts,
    ),
    Kind(
        kind="principal",
        list_operation="ListPaymentManagers",
        get_operation="GetPaymentManager",
        ids=("paymentManagerId", "paymentManagerId"),
        arn="paymentManagerArn",
        role=("roleArn",),
        parts=parts.identity_parts,
    ),
    Kind(
        kind="principal",
        list_operation="ListABTests",
        get_operation="GetABTest",
        ids=("abTestId", "abTestId"),
        arn="abTestArn",
        role=("roleArn",),
        optional=True,
        parts=parts.ab_test_parts,
        service="bedrock-agentcore",
    ),
    Kind(
        kind="principal",
        list_operation="ListMarketplaceModelEndpoints",
        get_operation="GetMarketplaceModelEndpoint",
        ids=("endpointArn", "endpointArn"),
        arn="endpointArn",
        role=("endpointConfig", "sageMaker", "executionRole"),
        inside="marketplaceModelEndpoint",
        has_tags=False,
        service="bedrock",
    ),
    _job("Evaluation", "GetEvaluationJob", "creationTime"),
    _job("ModelCustomization", "GetModelCustomizationJob", "creationTime"),
    _job("ModelImport", "GetModelImportJob", "creationTime"),
    *(
        _job("ModelInvocation", None, "submitTime", status)
        for status in ("Submitted", "Validating", "Scheduled", "InProgress", "Stopping")
    ),
)
"""A job that ended holds its role no longer, so jobs are listed by the states in which they are under way."""
