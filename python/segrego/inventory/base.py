"""What every part of the document is made of: names, labels, places."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Access", "Fact", "Label", "Location", "Model", "Relation", "Severity", "Tag", "WorkloadKind"]


WorkloadKind = Literal[
    "bedrock_agent",
    "bedrock_flow",
    "bedrock_knowledge_base",
    "bedrock_data_automation",
    "agentcore_runtime",
    "agentcore_harness",
    "agentcore_gateway",
    "agentcore_memory",
    "agentcore_browser",
    "agentcore_code_interpreter",
    "agentcore_evaluation",
    "lambda_function",
    "principal",
]
Fact = Literal[
    "workloads",
    "bindings",
    "tools",
    "uses",
    "code",
    "sessions",
    "authorization",
    "trust",
    "policies",
    "boundary",
    "service_control",
    "resource_policies",
    "actions",
    "credentials",
    "telemetry",
    "environments",
    "domains",
    "owners",
    "tags",
    "last_used",
    "service_access",
]
Severity = Literal["critical", "high", "medium", "low", "info"]
Access = Literal["read", "write", "execute", "administer"]
Relation = Literal[
    "collaborator",
    "knowledge_base",
    "flow",
    "model",
    "guardrail",
    "data",
    "prompt",
    "memory",
    "function",
    "gateway",
    "browser",
    "code_interpreter",
    "code",
    "workload_identity",
]
"""What a use is for. ``code`` is what the workload's program or image is made of: an S3 object, an ECR repository.
``workload_identity`` is the AgentCore identity under which it asks for tokens."""


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every part of the document: immutable, named fields only, unknown fields refused."""


class Tag(Model, frozen=True, kw_only=True):
    """A resource tag, as AWS has it. Keys are compared without case by segrego, kept as written here."""

    key: str
    value: str


class Location(Model, frozen=True, kw_only=True):
    """Where a fact was read. ``file`` and ``line`` (from 1) for code; ``address`` is the CloudFormation logical id or
    the Terraform address. All three are null for a fact read from an AWS API, whose ``id`` is its ARN."""

    source: str
    file: str | None = None
    line: int | None = None
    address: str | None = None


class Label(Model, frozen=True, kw_only=True):
    """A classifying value and how it is known: declared in ``segrego.yaml``, a tag, or read off the name."""

    value: str
    origin: Literal["declared", "tag", "name"]
