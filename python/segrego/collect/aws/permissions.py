"""Every AWS operation that the collector calls, and the IAM action that allows it.

:class:`segrego.collect.aws.session.Caller` refuses an operation that is not in this table, so the policy that is made
of it is not too small; a test over all calls made holds that it is not too large either.
"""

from __future__ import annotations

from typing import Any

__all__ = ["OPERATIONS", "action_of", "print_policy"]

_PREFIXES = {
    "bedrock-agent": "bedrock",
    "bedrock-agentcore": "bedrock-agentcore",
    "bedrock-agentcore-control": "bedrock-agentcore",
    "iam": "iam",
    "lambda": "lambda",
    "sts": "sts",
}
"""boto3's service name to the prefix of its IAM actions (Service Authorization Reference)."""

OPERATIONS: dict[str, tuple[str, ...]] = {
    "bedrock-agent": (
        "GetAgent",
        "GetAgentActionGroup",
        "GetAgentVersion",
        "GetDataSource",
        "GetFlow",
        "GetFlowVersion",
        "GetKnowledgeBase",
        "ListAgentActionGroups",
        "ListAgentAliases",
        "ListAgentCollaborators",
        "ListAgentKnowledgeBases",
        "ListAgents",
        "ListDataSources",
        "ListFlowAliases",
        "ListFlows",
        "ListKnowledgeBases",
        "ListTagsForResource",
    ),
    "bedrock-agentcore": (
        "GetABTest",
        "ListABTests",
    ),
    "bedrock-agentcore-control": (
        "GetAgentRuntime",
        "GetBrowser",
        "GetCapacityProvider",
        "GetCodeInterpreter",
        "GetConsentPortal",
        "GetGateway",
        "GetGatewayTarget",
        "GetHarness",
        "GetMemory",
        "GetOnlineEvaluationConfig",
        "GetPaymentManager",
        "ListAgentRuntimeEndpoints",
        "ListAgentRuntimes",
        "ListBrowsers",
        "ListCapacityProviders",
        "ListCodeInterpreters",
        "ListConsentPortals",
        "ListGatewayTargets",
        "ListGateways",
        "ListHarnessEndpoints",
        "ListHarnesses",
        "ListMemories",
        "ListOnlineEvaluationConfigs",
        "ListPaymentManagers",
        "ListTagsForResource",
    ),
    "iam": (
        "GetPolicy",
        "GetPolicyVersion",
        "GetRole",
        "GetRolePolicy",
        "ListAttachedRolePolicies",
        "ListRolePolicies",
    ),
    "lambda": (
        "GetFunctionConfiguration",
        "ListFunctions",
        "ListTags",
    ),
    "sts": ("GetCallerIdentity",),
}
"""boto3's service name to the operations of it that are called, all of them read-only."""


def action_of(service: str, operation: str) -> str:
    """The IAM action that an operation needs. Raises :class:`LookupError` for one that is not in the table."""
    if operation not in OPERATIONS.get(service, ()):
        raise LookupError(f"{service}:{operation} is not in the table of permissions")
    return f"{_PREFIXES[service]}:{operation}"


def print_policy() -> dict[str, Any]:
    """The IAM policy document that allows a collection, and nothing else.

    The actions stand on every resource: most of them list, and know no other.
    """
    actions = {action_of(service, operation) for service, names in OPERATIONS.items() for operation in names}
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "SegregoCollect", "Effect": "Allow", "Action": sorted(actions), "Resource": "*"}],
    }
