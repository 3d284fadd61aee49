"""Resource-based policies: who else may reach a function, a bucket, a secret, a queue, a topic, an image, an agent.

Source: the CloudFormation resource schemas.
"""

from __future__ import annotations

from typing import Any

from segrego.collect.cloudformation.draft import Draft, id_of
from segrego.collect.cloudformation.policies import possible
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.targets import target
from segrego.collect.cloudformation.template import Seq, line_of
from segrego.collect.cloudformation.text import Text
from segrego.errors import PolicyDocumentError
from segrego.iam.documents import resource_statements
from segrego.inventory import Condition, Principal, ResourcePolicy, ResourceStatement

__all__ = ["ResourcePolicies"]

_POLICIES: dict[str, tuple[str, str | None]] = {
    "AWS::Bedrock::KnowledgeBasePolicy": ("PolicyDocument", "KnowledgeBaseId"),
    "AWS::Bedrock::ResourcePolicy": ("PolicyDocument", "ResourceArn"),
    "AWS::BedrockAgentCore::ResourcePolicy": ("Policy", "ResourceArn"),
    "AWS::DynamoDB::Table": ("ResourcePolicy", None),
    "AWS::ECR::Repository": ("RepositoryPolicyText", None),
    "AWS::KMS::Key": ("KeyPolicy", None),
    "AWS::OpenSearchService::Domain": ("AccessPolicies", None),
    "AWS::S3::BucketPolicy": ("PolicyDocument", "Bucket"),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy", "SecretId"),
    "AWS::SNS::TopicInlinePolicy": ("PolicyDocument", "TopicArn"),
    "AWS::SNS::TopicPolicy": ("PolicyDocument", "Topics"),
    "AWS::SQS::QueueInlinePolicy": ("PolicyDocument", "Queue"),
    "AWS::SQS::QueuePolicy": ("PolicyDocument", "Queues"),
}
"""The property that holds the document, and the one that names what it is for (null: the resource itself)."""
_PERMISSION_CONDITIONS = (
    ("SourceArn", "ArnLike", "aws:sourcearn"),
    ("SourceAccount", "StringEquals", "aws:sourceaccount"),
    ("PrincipalOrgID", "StringEquals", "aws:principalorgid"),
    ("EventSourceToken", "StringEquals", "lambda:eventsourcetoken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:functionurlauthtype"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:invokedviafunctionurl"),
)


class ResourcePolicies:
    """Reads resource-based policies into a draft. All workloads and resources must be there."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def collect(self) -> None:
        """The policies of every template of the scan."""
        for scope in self._draft.scan.scopes.values():
            for logical in scope.resources:
                kind = scope.type(logical)
                if kind == "AWS::Lambda::Permission":
                    self._permission(scope, logical)
                elif kind == "AWS::DynamoDB::Table":
                    self._document(scope, logical, scope.property(logical, "ResourcePolicy", "PolicyDocument"), None)
                elif kind in _POLICIES:
                    name, of = _POLICIES[kind]
                    self._document(scope, logical, scope.property(logical, name), of)

    def _document(self, scope: Scope, logical: str, document: Any, of: str | None) -> None:
        if document is None:
            return
        own = id_of(scope, logical)
        value = scope.property(logical, of) if of else None
        owners = value if isinstance(value, Seq) else [value]
        found: tuple[ResourceStatement, ...] | None = None
        try:
            found = resource_statements(possible(document), line_of=line_of)
        except PolicyDocumentError as error:
            self._unreadable(scope, logical, f"the policy cannot be read: {error.message}. Correct the document")
        for index, owner in enumerate(owners):
            policy = f"{own}/{index + 1}" if len(owners) > 1 else own
            self._add(scope, logical, policy, self._owner(scope, logical, owner) if of else own, found)
        self._draft.say_open(scope, own, ("resource_policies",), scope.location(logical))

    def _owner(self, scope: Scope, logical: str, value: Any, named: tuple[str, str] = ("s3", "")) -> str | None:
        found = target(self._draft, scope, value, named)
        if found is None:
            self._unreadable(scope, logical, "what the policy is for could not be resolved: write it out")
        return found

    def _add(
        self,
        scope: Scope,
        logical: str,
        policy: str,
        resource: str | None,
        statements: tuple[ResourceStatement, ...] | None,
    ) -> None:
        if resource is None:
            return
        self._draft.resource_policies[policy] = ResourcePolicy(
            id=policy,
            resource=resource,
            read=statements is not None,
            statements=statements or (),
            location=scope.location(logical),
        )

    def _permission(self, scope: Scope, logical: str) -> None:
        """``AddPermission`` as the statement that Lambda makes of it."""
        function = scope.property(logical, "FunctionName")
        action, principal = scope.text(logical, "Action"), scope.text(logical, "Principal")
        if action is None or principal is None:
            self._unreadable(scope, logical, "Action and Principal could not be resolved: write them out")
        conditions = [
            Condition(operator=operator, key=key, values=tuple(map(str, text.options or (text,))))
            for name, operator, key in _PERMISSION_CONDITIONS
            if (text := scope.text(logical, name)) is not None
        ]
        statement = ResourceStatement(
            effect="Allow",
            sid=logical,
            actions=(str(action).lower() if action and not action.unresolved else str(action or "lambda:*"),),
            principals=(_principal(principal),),
            conditions=tuple(conditions),
            line=scope.lines.get(logical),
        )
        owner = self._owner(scope, logical, function, ("lambda", "function:"))
        read = (statement,) if action is not None and principal is not None else None
        self._add(scope, logical, id_of(scope, logical), owner, read)
        self._draft.say_open(scope, id_of(scope, logical), ("resource_policies",), scope.location(logical))

    def _unreadable(self, scope: Scope, logical: str, message: str) -> None:
        place = scope.location(logical)
        self._draft.gap_at("unreadable_policy", id_of(scope, logical), ("resource_policies",), message, place)


def _principal(text: Text | None) -> Principal:
    value = str(text or "*")
    if value == "*":
        return Principal(type="*", value="*")
    is_service = value.endswith((".amazonaws.com", ".amazon.com", ".amazonaws.com.cn"))
    return Principal(type="Service" if is_service else "AWS", value=value)
