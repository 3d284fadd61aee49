"""What workloads are configured to use: models, knowledge bases, guardrails, collaborators, data, a flow's nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from segrego.collect.cloudformation.code import code_of
from segrego.collect.cloudformation.draft import Draft, id_of
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.targets import at, target
from segrego.collect.cloudformation.template import Map, Seq, decode, line_of
from segrego.collect.cloudformation.text import as_text
from segrego.collect.cloudformation.tools import Tools
from segrego.errors import InputError
from segrego.inventory import Fact, Relation, Use

__all__ = ["Uses"]

_BASE: Relation = "knowledge_base"

_REDSHIFT = (
    "KnowledgeBaseConfiguration",
    "SqlKnowledgeBaseConfiguration",
    "RedshiftConfiguration",
    "QueryEngineConfiguration",
)
_SELF_MANAGED = ("CustomMemoryStrategy", "Configuration", "SelfManagedConfiguration", "InvocationConfiguration")
_HOOKS = ("AfterInvocation", "AfterToolCall", "BeforeInvocation", "BeforeToolCall")
_DIRECT: dict[str, tuple[tuple[Relation, tuple[str, ...]], ...]] = {
    "AWS::Bedrock::Agent": (
        ("model", ("FoundationModel",)),
        ("guardrail", ("GuardrailConfiguration", "GuardrailIdentifier")),
        ("function", ("CustomOrchestration", "Executor", "Lambda")),
        ("function", ("PromptOverrideConfiguration", "OverrideLambda")),
    ),
    "AWS::Bedrock::KnowledgeBase": (
        ("model", ("KnowledgeBaseConfiguration", "VectorKnowledgeBaseConfiguration", "EmbeddingModelArn")),
        ("data", ("StorageConfiguration", "OpensearchServerlessConfiguration", "CollectionArn")),
        ("data", ("StorageConfiguration", "OpensearchManagedClusterConfiguration", "DomainArn")),
        ("data", ("StorageConfiguration", "RdsConfiguration", "ResourceArn")),
        ("data", ("StorageConfiguration", "RdsConfiguration", "CredentialsSecretArn")),
        ("data", ("StorageConfiguration", "PineconeConfiguration", "CredentialsSecretArn")),
        ("data", ("StorageConfiguration", "MongoDbAtlasConfiguration", "CredentialsSecretArn")),
        ("data", ("StorageConfiguration", "NeptuneAnalyticsConfiguration", "GraphArn")),
        ("data", ("StorageConfiguration", "S3VectorsConfiguration", "VectorBucketArn")),
        ("data", ("StorageConfiguration", "S3VectorsConfiguration", "IndexArn")),
        ("data", ("KnowledgeBaseConfiguration", "KendraKnowledgeBaseConfiguration", "KendraIndexArn")),
        ("model", ("KnowledgeBaseConfiguration", "ManagedKnowledgeBaseConfiguration", "EmbeddingModelArn")),
        ("data", (*_REDSHIFT, "ServerlessConfiguration", "WorkgroupArn")),
        ("data", (*_REDSHIFT, "ServerlessConfiguration", "AuthConfiguration", "UsernamePasswordSecretArn")),
        ("data", (*_REDSHIFT, "ProvisionedConfiguration", "ClusterIdentifier")),
        ("data", (*_REDSHIFT, "ProvisionedConfiguration", "AuthConfiguration", "UsernamePasswordSecretArn")),
    ),
    "AWS::BedrockAgentCore::BrowserCustom": (("data", ("RecordingConfig", "S3Location", "Bucket")),),
    "AWS::BedrockAgentCore::Harness": (
        ("model", ("Model", "BedrockModelConfig", "ModelId")),
        ("memory", ("Memory", "AgentCoreMemoryConfiguration", "Arn")),
    ),
}
_LISTS: dict[str, tuple[tuple[Relation, str, tuple[str, ...]], ...]] = {
    "AWS::Bedrock::Agent": (
        ("knowledge_base", "KnowledgeBases", ("KnowledgeBaseId",)),
        ("collaborator", "AgentCollaborators", ("AgentDescriptor", "AliasArn")),
    ),
    "AWS::BedrockAgentCore::Gateway": (("function", "InterceptorConfigurations", ("Interceptor", "Lambda", "Arn")),),
    "AWS::BedrockAgentCore::Harness": (
        *(("function", "Hooks", (point, "Target", "Lambda", "Arn")) for point in _HOOKS),
        *(("data", "Hooks", (point, "Target", "Sns", "Arn")) for point in _HOOKS),
        ("browser", "Tools", ("Config", "AgentCoreBrowser", "BrowserArn")),
        ("code_interpreter", "Tools", ("Config", "AgentCoreCodeInterpreter", "CodeInterpreterArn")),
        ("gateway", "Tools", ("Config", "AgentCoreGateway", "GatewayArn")),
    ),
    "AWS::BedrockAgentCore::Memory": (
        ("data", "MemoryStrategies", (*_SELF_MANAGED, "TopicArn")),
        ("data", "MemoryStrategies", (*_SELF_MANAGED, "PayloadDeliveryBucketName")),
    ),
}
_SOURCES = (
    ("DataSourceConfiguration", "S3Configuration", "BucketArn"),
    ("DataSourceConfiguration", "ConfluenceConfiguration", "SourceConfiguration", "CredentialsSecretArn"),
    ("DataSourceConfiguration", "SalesforceConfiguration", "SourceConfiguration", "CredentialsSecretArn"),
    ("DataSourceConfiguration", "SharePointConfiguration", "SourceConfiguration", "CredentialsSecretArn"),
)
_TRANSFORMATIONS = ("VectorIngestionConfiguration", "CustomTransformationConfiguration", "Transformations")
_NODE_USES: tuple[tuple[Relation, tuple[str, ...]], ...] = (
    ("collaborator", ("Agent", "AgentAliasArn")),
    ("knowledge_base", ("KnowledgeBase", "KnowledgeBaseId")),
    ("model", ("KnowledgeBase", "ModelId")),
    ("guardrail", ("KnowledgeBase", "GuardrailConfiguration", "GuardrailIdentifier")),
    ("prompt", ("Prompt", "SourceConfiguration", "Resource", "PromptArn")),
    ("model", ("Prompt", "SourceConfiguration", "Inline", "ModelId")),
    ("guardrail", ("Prompt", "GuardrailConfiguration", "GuardrailIdentifier")),
    ("data", ("Storage", "ServiceConfiguration", "S3", "BucketName")),
    ("data", ("Retrieval", "ServiceConfiguration", "S3", "BucketName")),
    (
        "model",
        ("KnowledgeBase", "RerankingConfiguration", "BedrockRerankingConfiguration", "ModelConfiguration", "ModelArn"),
    ),
)


class Uses:
    """Adds uses to the workloads of a draft, and the tools that the nodes of flows are."""

    def __init__(self, draft: Draft, tools: Tools) -> None:
        self._draft = draft
        self._tools = tools

    def collect(self) -> None:
        """The uses of every workload of the scan."""
        for scope in self._draft.scan.scopes.values():
            for logical in scope.resources:
                kind = scope.type(logical)
                owner = id_of(scope, logical)
                if owner in self._draft.workloads:
                    self._add(owner, code_of(scope, logical))
                    self._draft.say_open(scope, owner, ("code",), scope.location(logical))
                if kind in _DIRECT or kind in _LISTS:
                    self._add(owner, self._declared(scope, logical, kind))
                elif kind == "AWS::Bedrock::Flow":
                    self._add(owner, list(self._nodes(scope, logical, self._definition(scope, logical))))
                elif kind == "AWS::Bedrock::DataSource":
                    self._data_source(scope, logical)
                elif kind == "AWS::BedrockAgentCore::GatewayTarget":
                    self._connector(scope, logical)
                else:
                    continue
                facts: tuple[Fact, ...] = ("tools", "uses") if kind == "AWS::Bedrock::Flow" else ("uses",)
                self._draft.say_open(scope, owner, facts, scope.location(logical))

    def _add(self, owner: str, found: list[Use]) -> None:
        workload = self._draft.workloads.get(owner)
        if workload is not None:
            self._draft.workloads[owner] = replace(workload, uses=tuple(dict.fromkeys((*workload.uses, *found))))

    def _use(self, scope: Scope, relation: Relation, value: Any) -> list[Use]:
        text = as_text(value)
        options = text.options if text is not None and text.options else (value,)
        found = [target(self._draft, scope, option) for option in options]
        return [Use(relation=relation, target=each) for each in found if each is not None]

    def _declared(self, scope: Scope, logical: str, kind: str) -> list[Use]:
        found = []
        for relation, path in _DIRECT.get(kind, ()):
            found += self._use(scope, relation, scope.property(logical, *path))
        for relation, name, path in _LISTS.get(kind, ()):
            entries = scope.property(logical, name)
            for entry in entries if isinstance(entries, Seq) else [entries] if entries is not None else ():
                # an entry that is not resolved stands by its expression
                found += self._use(scope, relation, at(entry, *path) if isinstance(entry, Map) else entry)
        return found

    def _data_source(self, scope: Scope, logical: str) -> None:
        owner = target(self._draft, scope, scope.property(logical, "KnowledgeBaseId"))
        found = []
        for path in _SOURCES:
            found += self._use(scope, "data", scope.property(logical, *path))
        steps = scope.property(logical, *_TRANSFORMATIONS)
        for step in steps if isinstance(steps, Seq) else ():
            path = ("TransformationFunction", "TransformationLambdaConfiguration", "LambdaArn")
            found += self._use(scope, "function", at(step, *path))
        if owner is not None:
            self._add(owner, found)

    def _connector(self, scope: Scope, logical: str) -> None:
        """The knowledge bases that a gateway's connector is configured with."""
        gateway = target(self._draft, scope, scope.property(logical, "GatewayIdentifier"))
        configurations = scope.property(logical, "TargetConfiguration", "Mcp", "Connector", "Configurations")
        found = [use for value in _under(configurations, "knowledgebaseid") for use in self._use(scope, _BASE, value)]
        if gateway is not None:
            self._add(gateway, found)

    def _definition(self, scope: Scope, logical: str) -> Map | None:
        """A flow's definition: in the template, or as a JSON text with placeholders. One in S3 is a gap."""
        definition = scope.property(logical, "Definition")
        text = scope.text(logical, "DefinitionString")
        if definition is None and text is not None:
            given = scope.property(logical, "DefinitionSubstitutions")
            substitutions = given if isinstance(given, Map) else Map(0)
            try:
                definition = _with_substitutions(decode(str(text), scope.name), substitutions)
            except InputError:
                definition = None
        if isinstance(definition, Map):
            return definition
        message = "the definition is not in the template, so what its nodes call is not known: write it there"
        self._draft.gap_at("not_collected", id_of(scope, logical), ("tools", "uses"), message, scope.location(logical))
        return None

    def _nodes(self, scope: Scope, logical: str, definition: Any) -> Iterator[Use]:
        nodes = _get(definition, "Nodes")
        for index, node in enumerate(nodes if isinstance(nodes, Seq) else ()):
            configuration = _get(node, "Configuration")
            for relation, path in _NODE_USES:
                yield from self._use(scope, relation, _at_any_case(configuration, path))
            function = _at_any_case(configuration, ("LambdaFunction", "LambdaArn"))
            if function is not None:
                name = str(as_text(_get(node, "Name")) or f"Node{index + 1}")
                self._tools.add_function(scope, logical, name, function, line_of(node))
            yield from self._nodes(scope, logical, _at_any_case(configuration, ("Loop", "Definition")))


def _under(node: Any, name: str) -> Iterator[Any]:
    """The values under a key, at any depth. Connectors are configured in the service's own JSON."""
    if isinstance(node, Seq):
        for item in node:
            yield from _under(item, name)
    for key, item in node.items() if isinstance(node, Map) else ():
        if key.lower() == name:
            yield item
        else:
            yield from _under(item, name)


def _get(node: Any, name: str) -> Any:
    """A field by its CloudFormation name, or as the service's own JSON spells it (``lambdaFunction``)."""
    return node.get(name, node.get(name[:1].lower() + name[1:])) if isinstance(node, Map) else None


def _at_any_case(node: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        node = _get(node, step)
    return node


def _with_substitutions(node: Any, given: Map) -> Any:
    """The definition with ``{{key}}`` replaced as ``DefinitionSubstitutions`` says."""
    if isinstance(node, Map):
        mapping = Map(node.line)
        mapping.lines = node.lines
        mapping.update((key, _with_substitutions(item, given)) for key, item in node.items())
        return mapping
    if isinstance(node, Seq):
        sequence = Seq(node.line)
        sequence.extend(_with_substitutions(item, given) for item in node)
        return sequence
    if not isinstance(node, str):
        return node
    if (whole := re.fullmatch(r"\{\{(\w+)\}\}", node)) and whole[1] in given:
        return given[whole[1]]
    return re.sub(r"\{\{(\w+)\}\}", lambda match: str(given.get(match[1], match[0])), node)
