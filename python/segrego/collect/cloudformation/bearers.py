"""Which resource types of Bedrock, AgentCore and Lambda bear a role, and where.

Source: the CloudFormation resource schemas; a test walks all of them for properties that take a role's ARN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from segrego.inventory import WorkloadKind

__all__ = ["BEARERS", "Bearer"]


@dataclass(frozen=True, slots=True)
class Bearer:
    """A resource type that bears a role: in which property, what names it, and whether it works without one."""

    kind: WorkloadKind
    role: tuple[str, ...]
    name: str
    slot: Literal["draft", "execution"] = "execution"
    optional: bool = False


BEARERS: dict[str, Bearer] = {
    "AWS::Bedrock::Agent": Bearer("bedrock_agent", ("AgentResourceRoleArn",), "AgentName", "draft"),
    "AWS::Bedrock::Flow": Bearer("bedrock_flow", ("ExecutionRoleArn",), "Name", "draft"),
    "AWS::Bedrock::KnowledgeBase": Bearer("bedrock_knowledge_base", ("RoleArn",), "Name"),
    "AWS::BedrockAgentCore::BrowserCustom": Bearer("agentcore_browser", ("ExecutionRoleArn",), "Name", optional=True),
    "AWS::BedrockAgentCore::CapacityProvider": Bearer(
        "principal", ("PermissionsConfiguration", "CapacityProviderOperatorRoleArn"), "Name", optional=True
    ),
    "AWS::BedrockAgentCore::CodeInterpreterCustom": Bearer(
        "agentcore_code_interpreter", ("ExecutionRoleArn",), "Name", optional=True
    ),
    "AWS::BedrockAgentCore::ConsentPortal": Bearer("principal", ("ExecutionRoleArn",), "Name", optional=True),
    "AWS::BedrockAgentCore::Gateway": Bearer("agentcore_gateway", ("RoleArn",), "Name"),
    "AWS::BedrockAgentCore::Harness": Bearer("agentcore_harness", ("ExecutionRoleArn",), "HarnessName"),
    "AWS::BedrockAgentCore::Memory": Bearer("agentcore_memory", ("MemoryExecutionRoleArn",), "Name", optional=True),
    "AWS::BedrockAgentCore::OnlineEvaluationConfig": Bearer(
        "agentcore_evaluation", ("EvaluationExecutionRoleArn",), "OnlineEvaluationConfigName"
    ),
    "AWS::BedrockAgentCore::PaymentManager": Bearer("principal", ("RoleArn",), "Name", optional=True),
    "AWS::BedrockAgentCore::Runtime": Bearer("agentcore_runtime", ("RoleArn",), "AgentRuntimeName"),
    "AWS::Lambda::Function": Bearer("lambda_function", ("Role",), "FunctionName"),
    # stands only where the SAM transform failed: its role is then known only if it is written
    "AWS::Serverless::Function": Bearer("lambda_function", ("Role",), "FunctionName"),
}
