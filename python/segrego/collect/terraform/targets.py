"""What a workload or tool points at: another workload, a resource, or only a text for it."""

from __future__ import annotations

from dataclasses import dataclass

from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.draft import Draft
from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.references import Attribute, Known, Leaf, Opaque, Resolver, label, unknown
from segrego.collect.terraform.values import Step

__all__ = ["FAMILIES", "Target", "Targets"]

FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "aws_bedrockagent_agent": ("agent", ("agent_id", "id", "agent_arn")),
    "awscc_bedrock_agent": ("agent", ("agent_id", "id", "agent_arn")),
    "aws_bedrockagent_agent_alias": ("alias", ("agent_alias_arn",)),
    "awscc_bedrock_agent_alias": ("alias", ("agent_alias_arn",)),
    "aws_bedrockagent_flow": ("flow", ("id", "arn")),
    "awscc_bedrock_flow": ("flow", ("id", "arn", "flow_id")),
    "aws_bedrockagent_knowledge_base": ("knowledge_base", ("id", "arn")),
    "awscc_bedrock_knowledge_base": ("knowledge_base", ("id", "knowledge_base_id", "knowledge_base_arn")),
    "aws_bedrockagentcore_agent_runtime": ("runtime", ("agent_runtime_id", "agent_runtime_arn")),
    "awscc_bedrockagentcore_runtime": ("runtime", ("agent_runtime_id", "agent_runtime_arn", "id")),
    "aws_bedrockagentcore_harness": ("harness", ("harness_id", "arn")),
    "awscc_bedrockagentcore_harness": ("harness", ("harness_id", "arn", "id")),
    "aws_bedrockagentcore_gateway": ("gateway", ("gateway_id", "gateway_arn", "gateway_url")),
    "awscc_bedrockagentcore_gateway": ("gateway", ("gateway_identifier", "gateway_arn", "id", "gateway_url")),
    "aws_bedrockagentcore_memory": ("memory", ("id", "arn")),
    "awscc_bedrockagentcore_memory": ("memory", ("memory_id", "memory_arn", "id")),
    "aws_bedrockagentcore_browser": ("browser", ("browser_id", "browser_arn")),
    "awscc_bedrockagentcore_browser_custom": ("browser", ("browser_id", "browser_arn", "id")),
    "aws_bedrockagentcore_code_interpreter": ("code_interpreter", ("code_interpreter_id", "code_interpreter_arn")),
    "awscc_bedrockagentcore_code_interpreter_custom": (
        "code_interpreter",
        ("code_interpreter_id", "code_interpreter_arn", "id"),
    ),
    "aws_lambda_function": ("function", ("arn", "qualified_arn", "invoke_arn", "function_name")),
    "awscc_lambda_function": ("function", ("arn", "function_name", "id")),
    "aws_lambda_alias": ("function_alias", ("arn", "invoke_arn")),
    "awscc_lambda_alias": ("function_alias", ("alias_arn",)),
    "awscc_lambda_version": ("function_alias", ("function_arn",)),
    "aws_s3_bucket": ("bucket", ("arn", "bucket", "id")),
    "awscc_s3_bucket": ("bucket", ("arn", "bucket_name", "id")),
    "aws_secretsmanager_secret": ("secret", ("arn", "id", "name")),
    "awscc_secretsmanager_secret": ("secret", ("id", "name")),
    "aws_sqs_queue": ("queue", ("arn", "url", "id")),
    "aws_sns_topic": ("topic", ("arn", "id")),
    "aws_ecr_repository": ("repository", ("name", "id", "arn")),
    "aws_dynamodb_table": ("table", ("arn", "name", "id")),
    "aws_kms_key": ("key", ("arn", "key_id", "id")),
    "aws_opensearch_domain": ("domain", ("domain_name", "arn")),
}
"""What can be pointed at, by resource type: its family, and the attributes that identify it. Families keep equal texts
of different things apart."""

_VIA = {"alias": ("agent", ("agent_id",)), "function_alias": ("function", ("function_name",))}
"""What stands for something else: the family of that, and the attribute that names it."""


@dataclass(frozen=True, slots=True)
class Target:
    """``value`` is an id of this document if ``instance`` is not null, or else an ARN, a name or an expression."""

    value: str
    instance: Instance | None = None
    resolved: bool = True


class Targets:
    """Finds what the attributes of one plan point at. Each identifier is indexed once."""

    def __init__(self, plan: Plan, draft: Draft, resolver: Resolver, arns: Arns) -> None:
        self._draft = draft
        self._resolver = resolver
        self._arns = arns
        self._known: dict[tuple[str, str], Instance | None] = {}
        for kind, (family, attributes) in FAMILIES.items():
            for instance in plan.of_type.get(kind, []):
                values = {instance.text(attribute) for attribute in attributes} | {arns.text(instance)}
                for value in values - {None}:
                    key = (family, str(value))
                    # Two regions may use one name: then the name says nothing.
                    self._known[key] = None if self._known.get(key, instance) is not instance else instance

    def find(self, instance: Instance, *path: Step, family: str) -> Target | None:
        """What the attribute at ``path`` points at; null if it is not set."""
        leaves = self._resolver.attribute(instance, *path)
        return self._target(leaves, family) if leaves else None

    def of_text(self, value: str, family: str) -> Target:
        """What an identifier or ARN points at."""
        found = self._named(value, family)
        return self._followed(found, family) if found is not None else Target(str(value))

    def _target(self, leaves: tuple[Leaf, ...], family: str) -> Target | None:
        found = unknown(leaves)
        if not found:
            first = leaves[0]
            value = first.value if isinstance(first, Known) else None
            return self.of_text(value, family) if isinstance(value, str) and value else None
        hits = {
            leaf.instance: None for leaf in found if isinstance(leaf, Attribute) and self._fits(leaf.instance, family)
        }
        others = [leaf for leaf in found if isinstance(leaf, Opaque) or leaf.instance not in hits]
        if len(hits) == 1 and not others:
            return self._followed(next(iter(hits)), family)
        if len(found) == 1 and isinstance(leaf := found[0], Attribute):
            is_arn = not leaf.name or leaf.name == "arn" or leaf.name.endswith("_arn")
            return Target(self._arns.text(leaf.instance) if is_arn else f"${{{label(leaf)}}}")
        return Target(f"${{{', '.join(map(label, found))}}}", resolved=False)

    def _fits(self, instance: Instance, family: str) -> bool:
        own = FAMILIES.get(instance.type, ("", ()))[0] if instance.managed else ""
        return own == family or _VIA.get(own, ("", ()))[0] == family

    def _followed(self, instance: Instance, family: str) -> Target:
        own = FAMILIES[instance.type][0]
        if own == family:
            return Target(self._draft.id(instance), instance)
        target = self.find(instance, *_VIA[own][1], family=family)
        return target if target is not None else Target(f"${{{instance.address}}}", resolved=False)

    def _named(self, value: str, family: str) -> Instance | None:
        for own in (family, *(alias for alias, (of, _) in _VIA.items() if of == family)):
            if found := self._known.get((own, value)):
                return found
        parts = value.split(":")
        if family == "function" and len(parts) >= 7 and parts[5] == "function":
            whole = ":".join(parts[:7])
            named = self._known.get((family, parts[6]))
            return self._known.get((family, whole)) or (named if self._may_be(named, parts) else None)
        if family == "bucket" and value.startswith("arn:"):
            return self._known.get((family, parts[-1].partition("/")[0]))
        return None

    def _may_be(self, instance: Instance | None, parts: list[str]) -> bool:
        """Whether a function that has no ARN yet may get this one."""
        if instance is None or self._arns.known(instance):
            return False
        region, account = self._arns.region(instance), self._arns.account(instance)
        return region in (None, parts[3]) and account in (None, parts[4])
