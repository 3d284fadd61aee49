"""Resource-based policies: who else may reach a function, a bucket, a secret, a queue, a topic, an image, an agent.

Source: the providers' documentation; Lambda's ``AddPermission`` for the statement that a permission becomes.
"""

from __future__ import annotations

import re

from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.draft import Draft
from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.policies import Policies
from segrego.collect.terraform.references import Attribute, Resolver, label, unknown
from segrego.collect.terraform.targets import Targets
from segrego.collect.terraform.values import MISSING
from segrego.errors import PolicyDocumentError
from segrego.iam.documents import resource_statements
from segrego.inventory import Condition, Principal, ResourcePolicy, ResourceStatement

__all__ = ["ResourcePolicies"]

_DOCUMENTS: dict[str, tuple[str, str | None, str]] = {
    "aws_s3_bucket_policy": ("policy", "bucket", "bucket"),
    "awscc_s3_bucket_policy": ("policy_document", "bucket", "bucket"),
    "aws_secretsmanager_secret_policy": ("policy", "secret_arn", "secret"),
    "awscc_secretsmanager_resource_policy": ("resource_policy", "secret_id", "secret"),
    "aws_sqs_queue_policy": ("policy", "queue_url", "queue"),
    "aws_sns_topic_policy": ("policy", "arn", "topic"),
    "aws_ecr_repository_policy": ("policy", "repository", "repository"),
    "aws_dynamodb_resource_policy": ("policy", "resource_arn", "table"),
    "aws_kms_key_policy": ("policy", "key_id", "key"),
    "aws_opensearch_domain_policy": ("access_policies", "domain_name", "domain"),
    "aws_bedrockagentcore_resource_policy": ("policy", "resource_arn", "agentcore"),
    "awscc_bedrockagentcore_resource_policy": ("policy", "resource_arn", "agentcore"),
    "awscc_bedrock_resource_policy": ("policy_document", "resource_arn", "bedrock"),
    "awscc_bedrock_knowledge_base_policy": ("policy_document", "knowledge_base_id", "knowledge_base"),
    "aws_s3_bucket": ("policy", None, ""),
    "aws_sqs_queue": ("policy", None, ""),
    "aws_sns_topic": ("policy", None, ""),
    "aws_kms_key": ("policy", None, ""),
    "awscc_kms_key": ("key_policy", None, ""),
    "aws_secretsmanager_secret": ("policy", None, ""),
    "aws_opensearch_domain": ("access_policies", None, ""),
}
"""The attribute with the document, the one that names what it is for (null: the resource itself), and its family."""

_PERMISSIONS = ("aws_lambda_permission", "awscc_lambda_permission")
_CONDITIONS = (
    ("source_arn", "ArnLike", "aws:sourcearn"),
    ("source_account", "StringEquals", "aws:sourceaccount"),
    ("principal_org_id", "StringEquals", "aws:principalorgid"),
    ("event_source_token", "StringEquals", "lambda:eventsourcetoken"),
    ("function_url_auth_type", "StringEquals", "lambda:functionurlauthtype"),
)
_SERVICE = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|amazon\.com)")


class ResourcePolicies:
    """Reads the resource-based policies of one plan into a draft. All workloads and resources must be there."""

    def __init__(
        self, plan: Plan, draft: Draft, resolver: Resolver, arns: Arns, targets: Targets, policies: Policies
    ) -> None:
        self._plan = plan
        self._draft = draft
        self._resolver = resolver
        self._arns = arns
        self._targets = targets
        self._policies = policies

    def read(self) -> None:
        """Enter every policy."""
        for kind, (name, of, family) in _DOCUMENTS.items():
            for instance in self._plan.of_type.get(kind, []):
                if instance.value(name) not in (None, "", MISSING) or instance.is_open(name):
                    self._document(instance, name, of, family)
        for kind in _PERMISSIONS:
            for instance in self._plan.of_type.get(kind, []):
                self._permission(instance)

    def _document(self, instance: Instance, name: str, of: str | None, family: str) -> None:
        if of is None and not self._resolver.attribute(instance, name):
            return  # nobody sets it: AWS's default
        owner = self._owner(instance, of, family) if of is not None else self._draft.id(instance)
        found: tuple[ResourceStatement, ...] | None = None
        try:
            document, exact, line_of = self._policies.document(instance, name)
            found = resource_statements(document, line_of=line_of)
        except PolicyDocumentError as error:
            self._unreadable(instance, f"the policy {instance.address}.{name} cannot be read: {error.message}")
        else:
            if not exact:
                self._unreadable(instance, f"{instance.address}.{name} names things that are known only after apply")
        self._add(instance, owner, found)

    def _owner(self, instance: Instance, of: str, family: str) -> str:
        found = self._targets.find(instance, of, family=family)
        if found is not None and found.instance is not None:
            return found.value
        for leaf in unknown(self._resolver.attribute(instance, of)):
            return self._of_leaf(leaf) if isinstance(leaf, Attribute) else f"${{{label(leaf)}}}"
        return found.value if found is not None else self._draft.id(instance)

    def _of_leaf(self, leaf: Attribute) -> str:
        entity = self._draft.id(leaf.instance)
        known = entity in self._draft.workloads or entity in self._draft.resources
        return entity if known else self._arns.text(leaf.instance)

    def _permission(self, instance: Instance) -> None:
        """A permission as the statement that Lambda makes of it."""
        action, principal = instance.text("action"), instance.text("principal")
        found: tuple[ResourceStatement, ...] | None = None
        if action is None or principal is None:
            self._unreadable(instance, f"action and principal of {instance.address} are not known")
        else:
            conditions = [
                Condition(operator=operator, key=key, values=tuple(self._texts(instance, name)))
                for name, operator, key in _CONDITIONS
                if self._texts(instance, name)
            ]
            found = (
                ResourceStatement(
                    effect="Allow",
                    sid=instance.text("statement_id") or instance.name,
                    actions=(action.lower() if "${" not in action else action,),
                    principals=(_principal(principal),),
                    conditions=tuple(conditions),
                    line=instance.line,
                ),
            )
        self._add(instance, self._owner(instance, "function_name", "function"), found)

    def _texts(self, instance: Instance, name: str) -> list[str]:
        leaves = unknown(self._resolver.attribute(instance, name))
        if leaves:
            return self._arns.texts(tuple(leaves))
        text = instance.text(name)
        return [text] if text is not None else []

    def _add(self, instance: Instance, owner: str, statements: tuple[ResourceStatement, ...] | None) -> None:
        entity = self._draft.id(instance)
        self._draft.resource_policies[entity] = ResourcePolicy(
            id=entity,
            resource=owner,
            read=statements is not None,
            statements=statements or (),
            location=self._draft.location(instance.address),
        )

    def _unreadable(self, instance: Instance, what: str) -> None:
        self._draft.gap(
            "unreadable_policy",
            self._draft.id(instance),
            ("resource_policies",),
            f"{what.rstrip('.')}. Use aws_iam_policy_document for it, "
            "or collect the account with `segrego collect aws`.",
            instance.address,
        )


def _principal(value: str) -> Principal:
    if value == "*":
        return Principal(type="*", value="*")
    return Principal(type="Service" if _SERVICE.fullmatch(value) else "AWS", value=value)
