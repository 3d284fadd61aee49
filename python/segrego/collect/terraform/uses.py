"""What workloads are configured to use: other agents, knowledge bases, models, guardrails, functions, data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from segrego.collect.terraform.code import CODE, Code
from segrego.collect.terraform.draft import Draft
from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.targets import Target, Targets
from segrego.collect.terraform.values import Step, blocks
from segrego.collect.terraform.workloads import Workloads
from segrego.inventory import Use

__all__ = ["Uses"]

Relation = Literal[
    "collaborator", "knowledge_base", "flow", "model", "guardrail", "data", "prompt", "memory", "function"
]
_Row = tuple[Relation, str, tuple[Step, ...]]

_GUARDRAIL: _Row = ("guardrail", "guardrail", ("guardrail_configuration", "guardrail_identifier"))
_VECTORS = "knowledge_base_configuration", "vector_knowledge_base_configuration"
_AGENT: tuple[_Row, ...] = (
    ("model", "model", ("foundation_model",)),
    _GUARDRAIL,
    ("function", "function", ("prompt_override_configuration", "override_lambda")),
    ("function", "function", ("custom_orchestration", "executor", "lambda")),
)
_KNOWLEDGE_BASE: tuple[_Row, ...] = (
    ("model", "model", (*_VECTORS, "embedding_model_arn")),
    ("data", "collection", ("storage_configuration", "opensearch_serverless_configuration", "collection_arn")),
    ("data", "domain", ("storage_configuration", "opensearch_managed_cluster_configuration", "domain_arn")),
    ("data", "database", ("storage_configuration", "rds_configuration", "resource_arn")),
    ("data", "vectors", ("storage_configuration", "s3_vectors_configuration", "vector_bucket_arn")),
    ("data", "vectors", ("storage_configuration", "s3_vectors_configuration", "index_arn")),
    ("data", "graph", ("storage_configuration", "neptune_analytics_configuration", "graph_arn")),
    ("data", "index", ("knowledge_base_configuration", "kendra_knowledge_base_configuration", "kendra_index_arn")),
)
_HARNESS: tuple[_Row, ...] = (
    ("model", "model", ("model", "bedrock_model_config", "model_id")),
    ("memory", "memory", ("memory", "agentcore_memory_configuration", "arn")),
    ("memory", "memory", ("memory", "agentcore_memory_configuration", "memory_arn")),
    ("memory", "memory", ("memory", "agent_core_memory_configuration", "arn")),
    ("model", "model", ("model", "openai_model_config", "model_id")),
    ("model", "model", ("model", "open_ai_model_config", "model_id")),
    ("model", "model", ("model", "gemini_model_config", "model_id")),
)
_ROWS: dict[str, tuple[_Row, ...]] = {
    "aws_bedrockagent_agent": _AGENT,
    "awscc_bedrock_agent": _AGENT,
    "aws_bedrockagent_knowledge_base": _KNOWLEDGE_BASE,
    "awscc_bedrock_knowledge_base": _KNOWLEDGE_BASE,
    "aws_bedrockagentcore_harness": _HARNESS,
    "awscc_bedrockagentcore_harness": _HARNESS,
}
_NODE: tuple[_Row, ...] = (
    ("collaborator", "agent", ("agent", "agent_alias_arn")),
    ("function", "function", ("lambda_function", "lambda_arn")),
    ("knowledge_base", "knowledge_base", ("knowledge_base", "knowledge_base_id")),
    ("model", "model", ("knowledge_base", "model_id")),
    ("guardrail", "guardrail", ("knowledge_base", "guardrail_configuration", "guardrail_identifier")),
    ("guardrail", "guardrail", ("prompt", "guardrail_configuration", "guardrail_identifier")),
    ("model", "model", ("prompt", "source_configuration", "inline", "model_id")),
    ("prompt", "prompt", ("prompt", "source_configuration", "resource", "prompt_arn")),
    ("data", "bucket", ("retrieval", "service_configuration", "s3", "bucket_name")),
    ("data", "bucket", ("storage", "service_configuration", "s3", "bucket_name")),
)
"""What the node of a flow calls, below its ``configuration``."""


_INTERCEPTOR: _Row = ("function", "function", ("interceptor", "lambda", "arn"))
_LISTS: tuple[tuple[str, str, _Row], ...] = (
    ("aws_bedrockagentcore_gateway", "interceptor_configuration", _INTERCEPTOR),
    ("awscc_bedrockagentcore_gateway", "interceptor_configurations", _INTERCEPTOR),
    ("awscc_bedrock_agent", "agent_collaborators", ("collaborator", "agent", ("agent_descriptor", "alias_arn"))),
    ("awscc_bedrock_agent", "knowledge_bases", ("knowledge_base", "knowledge_base", ("knowledge_base_id",))),
)
"""What the blocks of a list name."""


class Uses:
    """Adds what the workloads of one plan use. To be called when every workload is in the draft."""

    def __init__(self, plan: Plan, draft: Draft, workloads: Workloads, targets: Targets, code: Code) -> None:
        self._code = code
        self._plan = plan
        self._draft = draft
        self._workloads = workloads
        self._targets = targets

    def read(self) -> None:
        """Add every use."""
        for kind in CODE:
            for instance in self._plan.of_type.get(kind, []):
                for use in self._code.of(instance):
                    self._workloads.add_use(self._draft.id(instance), use)
        for kind, rows in _ROWS.items():
            for instance in self._plan.of_type.get(kind, []):
                self._add(instance, instance, rows)
        for kind in ("aws_bedrockagent_flow", "awscc_bedrock_flow"):
            for instance in self._plan.of_type.get(kind, []):
                self._flow(instance)
        for kind, prefix, row in _LISTS:
            for instance in self._plan.of_type.get(kind, []):
                self._each(instance, (prefix,), (row,))
        self._linked("aws_bedrockagent_agent_collaborator", "agent", "agent_id", _collaborator)
        self._linked("aws_bedrockagent_agent_knowledge_base_association", "agent", "agent_id", _association)
        for kind in ("aws_bedrockagent_data_source", "awscc_bedrock_data_source"):
            self._linked(kind, "knowledge_base", "knowledge_base_id", _bucket)

    def _flow(self, instance: Instance) -> None:
        name = "node" if instance.type == "aws_bedrockagent_flow" else "nodes"
        self._each(instance, ("definition", name), tuple((r, f, ("configuration", *path)) for r, f, path in _NODE))

    def _each(self, instance: Instance, prefix: tuple[Step, ...], rows: tuple[_Row, ...]) -> None:
        planned = instance.value(*prefix)
        for index in range(len(blocks(planned))):
            self._add(instance, instance, tuple((r, f, (*prefix, index, *path)) for r, f, path in rows))
        if instance.is_open(*prefix):
            self._unresolved(instance, ".".join(map(str, prefix)))

    def _linked(self, kind: str, family: str, owner: str, rows: Callable[[Instance], tuple[_Row, ...]]) -> None:
        for instance in self._plan.of_type.get(kind, []):
            found = self._targets.find(instance, owner, family=family)
            if found is not None and found.instance is not None:
                self._add(found.instance, instance, rows(instance))
            elif found is not None and not found.resolved:
                self._unresolved(instance, owner)

    def _add(self, owner: Instance, instance: Instance, rows: tuple[_Row, ...]) -> None:
        for relation, family, path in rows:
            target: Target | None = self._targets.find(instance, *path, family=family)
            if target is None:
                continue
            self._workloads.add_use(self._draft.id(owner), Use(relation=relation, target=target.value))
            if not target.resolved and relation in ("collaborator", "knowledge_base", "function"):
                self._unresolved(instance, ".".join(map(str, path)), self._draft.id(owner))

    def _unresolved(self, instance: Instance, what: str, subject: str | None = None) -> None:
        self._draft.gap(
            "unresolved_reference",
            subject or self._draft.source,
            ("uses",),
            f"what {instance.address}.{what} names is not resolved by this {self._plan.noun}. "
            f"Refer to the resource directly, or {self._plan.way_out}.",
            instance.address,
        )


def _collaborator(_: Instance) -> tuple[_Row, ...]:
    return (("collaborator", "agent", ("agent_descriptor", "alias_arn")),)


def _association(instance: Instance) -> tuple[_Row, ...]:
    if instance.text("knowledge_base_state") == "DISABLED":
        return ()
    return (("knowledge_base", "knowledge_base", ("knowledge_base_id",)),)


def _bucket(_: Instance) -> tuple[_Row, ...]:
    return (("data", "bucket", ("data_source_configuration", "s3_configuration", "bucket_arn")),)
