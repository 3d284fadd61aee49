"""What ``Ref`` and ``GetAtt`` give for resources of known types: ARNs and names that compare equal however written.

The shapes are those of the resource reference of each service ("Return values" in the CloudFormation user guide) and of
the Service Authorization Reference ("Resource types"). A part that AWS chooses at deployment is ``${LogicalId}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ALIASES", "DATA_TYPES", "SHAPES", "Shape", "arn_account", "arn_key", "placed"]

_HERE = "${AWS::Region}:${AWS::AccountId}"
_ARN = re.compile(
    r"arn:aws[a-z-]*:(?P<service>[a-z0-9-]+):(?P<region>(?:\$\{[^}]*\}|[^:$])*):(?P<account>(?:\$\{[^}]*\}|[^:$])*):(?P<rest>.+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """``arn`` with ``{}`` for the name; ``name``: the property that names the resource, or null if AWS alone does;
    ``ref``: what ``Ref`` gives; ``arns`` and ``names``: the attributes that give the ARN, and the same as the name;
    ``made``: other attributes that are put together of the name and the place."""

    arn: str
    name: str | None = None
    ref: Literal["name", "arn"] = "name"
    arns: tuple[str, ...] = ("Arn",)
    names: tuple[str, ...] = ()
    made: Mapping[str, str] = field(default_factory=dict)


def _bedrock(kind: str, ref: Literal["name", "arn"], arn: str, *names: str) -> Shape:
    return Shape(f"arn:aws:bedrock:{_HERE}:{kind}/{{}}", None, ref, (arn,), names)


def _agentcore(kind: str, ref: Literal["name", "arn"], arn: str, *names: str) -> Shape:
    return Shape(f"arn:aws:bedrock-agentcore:{_HERE}:{kind}/{{}}", None, ref, (arn,), names)


def _provider(kind: str) -> Shape:
    arn = f"arn:aws:bedrock-agentcore:{_HERE}:token-vault/default/{kind}/{{}}"
    return Shape(arn, "Name", "arn", ("CredentialProviderArn",))


def _regional(
    service: str, kind: str, name: str | None, ref: Literal["name", "arn"] = "name", arn: str = "Arn", *names: str
) -> Shape:
    return Shape(f"arn:aws:{service}:{_HERE}:{kind}{{}}", name, ref, (arn,), names)


SHAPES: dict[str, Shape] = {
    "AWS::Bedrock::Agent": _bedrock("agent", "name", "AgentArn", "AgentId"),
    "AWS::Bedrock::AgentAlias": _bedrock("agent-alias", "name", "AgentAliasArn", "AgentAliasId"),
    "AWS::Bedrock::DataAutomationProject": _bedrock("data-automation-project", "arn", "ProjectArn"),
    "AWS::Bedrock::Flow": _bedrock("flow", "arn", "Arn", "Id"),
    "AWS::Bedrock::FlowAlias": _bedrock("flow-alias", "arn", "Arn", "Id"),
    "AWS::Bedrock::Guardrail": _bedrock("guardrail", "arn", "GuardrailArn", "GuardrailId"),
    "AWS::Bedrock::KnowledgeBase": _bedrock("knowledge-base", "name", "KnowledgeBaseArn", "KnowledgeBaseId"),
    "AWS::Bedrock::Prompt": _bedrock("prompt", "arn", "Arn", "Id"),
    "AWS::BedrockAgentCore::ApiKeyCredentialProvider": _provider("apikeycredentialprovider"),
    "AWS::BedrockAgentCore::BrowserCustom": _agentcore("browser-custom", "name", "BrowserArn", "BrowserId"),
    "AWS::BedrockAgentCore::CodeInterpreterCustom": _agentcore(
        "code-interpreter-custom", "name", "CodeInterpreterArn", "CodeInterpreterId"
    ),
    "AWS::BedrockAgentCore::Gateway": _agentcore("gateway", "name", "GatewayArn", "GatewayIdentifier"),
    "AWS::BedrockAgentCore::Harness": _agentcore("harness", "arn", "Arn", "HarnessId"),
    "AWS::BedrockAgentCore::Memory": _agentcore("memory", "arn", "MemoryArn", "MemoryId"),
    "AWS::BedrockAgentCore::OAuth2CredentialProvider": _provider("oauth2credentialprovider"),
    "AWS::BedrockAgentCore::OnlineEvaluationConfig": _agentcore(
        "online-evaluation-config", "arn", "OnlineEvaluationConfigArn", "OnlineEvaluationConfigId"
    ),
    "AWS::BedrockAgentCore::PaymentCredentialProvider": _provider("paymentcredentialprovider"),
    "AWS::BedrockAgentCore::PolicyEngine": _agentcore("policy-engine", "arn", "PolicyEngineArn", "PolicyEngineId"),
    "AWS::BedrockAgentCore::Runtime": _agentcore("runtime", "name", "AgentRuntimeArn", "AgentRuntimeId"),
    "AWS::BedrockAgentCore::WorkloadIdentity": Shape(
        f"arn:aws:bedrock-agentcore:{_HERE}:workload-identity-directory/default/workload-identity/{{}}",
        "Name",
        arns=("WorkloadIdentityArn",),
    ),
    "AWS::DynamoDB::GlobalTable": _regional("dynamodb", "table/", "TableName"),
    "AWS::DynamoDB::Table": _regional("dynamodb", "table/", "TableName"),
    "AWS::ECR::Repository": Shape(
        f"arn:aws:ecr:{_HERE}:repository/{{}}",
        "RepositoryName",
        made={"RepositoryUri": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/{}"},
    ),
    "AWS::EFS::FileSystem": _regional("elasticfilesystem", "file-system/", None, "name", "Arn", "FileSystemId"),
    "AWS::IAM::ManagedPolicy": Shape(
        "arn:aws:iam::${AWS::AccountId}:policy{}", "ManagedPolicyName", "arn", ("PolicyArn",)
    ),
    "AWS::IAM::Role": Shape("arn:aws:iam::${AWS::AccountId}:role{}", "RoleName"),
    "AWS::KMS::Key": _regional("kms", "key/", None, "name", "Arn", "KeyId"),
    "AWS::Kinesis::Stream": _regional("kinesis", "stream/", "Name"),
    "AWS::Lambda::Function": _regional("lambda", "function:", "FunctionName"),
    "AWS::Logs::LogGroup": Shape(f"arn:aws:logs:{_HERE}:log-group:{{}}:*", "LogGroupName"),
    "AWS::Neptune::DBCluster": _regional("rds", "cluster:", "DBClusterIdentifier"),
    "AWS::OpenSearchServerless::Collection": _regional("aoss", "collection/", None, "name", "Arn", "Id"),
    "AWS::OpenSearchService::Domain": _regional("es", "domain/", "DomainName", "name", "Arn"),
    "AWS::RDS::DBCluster": _regional("rds", "cluster:", "DBClusterIdentifier", "name", "DBClusterArn"),
    "AWS::RDS::DBInstance": _regional("rds", "db:", "DBInstanceIdentifier", "name", "DBInstanceArn"),
    "AWS::Redshift::Cluster": _regional("redshift", "cluster:", "ClusterIdentifier"),
    "AWS::S3::Bucket": Shape("arn:aws:s3:::{}", "BucketName"),
    "AWS::S3Vectors::VectorBucket": _regional("s3vectors", "bucket/", "VectorBucketName", "arn", "VectorBucketArn"),
    # Secrets Manager appends six characters of its own to the name
    "AWS::SecretsManager::Secret": Shape(f"arn:aws:secretsmanager:{_HERE}:secret:{{}}-??????", "Name", "arn", ("Id",)),
    "AWS::Serverless::Function": _regional("lambda", "function:", "FunctionName"),
    "AWS::SNS::Topic": _regional("sns", "", "TopicName", "arn", "TopicArn"),
    "AWS::SQS::Queue": _regional("sqs", "", "QueueName"),
    "AWS::SSM::Parameter": _regional("ssm", "parameter/", "Name"),
    "AWS::StepFunctions::StateMachine": _regional("states", "stateMachine:", "StateMachineName", "arn"),
}

ALIASES = {
    "AWS::Bedrock::AgentAlias": "AgentId",
    "AWS::Bedrock::FlowAlias": "FlowArn",
    "AWS::Bedrock::FlowVersion": "FlowArn",
    "AWS::BedrockAgentCore::HarnessEndpoint": "HarnessId",
    "AWS::BedrockAgentCore::RuntimeEndpoint": "AgentRuntimeId",
    "AWS::Bedrock::GuardrailVersion": "GuardrailIdentifier",
    "AWS::Bedrock::PromptVersion": "PromptArn",
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::Version": "FunctionName",
}
"""Types that stand for another resource, and the property that says which."""

DATA_TYPES = frozenset(
    {
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::EFS::FileSystem",
        "AWS::KMS::Key",
        "AWS::Kinesis::Stream",
        "AWS::Neptune::DBCluster",
        "AWS::OpenSearchServerless::Collection",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
        "AWS::S3::Bucket",
        "AWS::S3Vectors::VectorBucket",
        "AWS::SecretsManager::Secret",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
    }
)
"""Types that hold data, or the key to it."""


def arn_key(text: str) -> tuple[str, str] | None:
    """Service and resource part of an ARN, which name a resource within an account and region; null if it is none."""
    match = _ARN.fullmatch(text)
    return (match["service"], match["rest"]) if match else None


def arn_account(text: str) -> str:
    """The account of an ARN: digits, ``${…}``, or empty."""
    match = _ARN.fullmatch(text)
    return match["account"] if match else ""


def placed(shape: str, pseudo: Mapping[str, str]) -> str:
    """A shape with the account and region that are known."""
    for name, value in pseudo.items():
        shape = shape.replace("${" + name + "}", value)
    return shape
