"""ARNs of what is planned: the known one, or else one made of known names and ``${…}`` for the rest.

An ARN text made here is equal wherever it is made, so that a policy's resource can be compared with the thing it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.references import Attribute, Known, Leaf, Resolver, label
from segrego.collect.terraform.values import blocks, items, mapping, text

__all__ = ["ARN_ATTRIBUTES", "Arns", "has_arn_template", "made_arn", "split_arn"]

_ACCOUNT = "${AWS::AccountId}"
_REGION = "${AWS::Region}"
_ARN = re.compile(r"arn:[^:]*:[^:]*:([^:]*):([^:]*):.+", re.DOTALL)
_ROLE = re.compile(r"arn:[^:]+:iam::(\d{12}):role/.+")

_TEMPLATES: dict[str, str] = {
    "aws_iam_role": "arn:{partition}:iam::{account}:role{path}{name}",
    "aws_iam_policy": "arn:{partition}:iam::{account}:policy{path}{name}",
    "aws_lambda_function": "arn:{partition}:lambda:{region}:{account}:function:{function_name}",
    "aws_s3_bucket": "arn:{partition}:s3:::{bucket}",
    "aws_dynamodb_table": "arn:{partition}:dynamodb:{region}:{account}:table/{name}",
    "aws_sqs_queue": "arn:{partition}:sqs:{region}:{account}:{name}",
    "aws_sns_topic": "arn:{partition}:sns:{region}:{account}:{name}",
    "aws_secretsmanager_secret": "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-${suffix}",
    "aws_ssm_parameter": "arn:{partition}:ssm:{region}:{account}:parameter/{name}",
    "aws_cloudwatch_log_group": "arn:{partition}:logs:{region}:{account}:log-group:{name}",
    "aws_sfn_state_machine": "arn:{partition}:states:{region}:{account}:stateMachine:{name}",
    "aws_kms_key": "arn:{partition}:kms:{region}:{account}:key/{key_id}",
    "aws_kinesis_stream": "arn:{partition}:kinesis:{region}:{account}:stream/{name}",
    "aws_ecr_repository": "arn:{partition}:ecr:{region}:{account}:repository/{name}",
    "aws_opensearch_domain": "arn:{partition}:es:{region}:{account}:domain/{domain_name}",
    "aws_opensearchserverless_collection": "arn:{partition}:aoss:{region}:{account}:collection/{id}",
    "aws_bedrock_guardrail": "arn:{partition}:bedrock:{region}:{account}:guardrail/{guardrail_id}",
    "aws_bedrockagent_agent": "arn:{partition}:bedrock:{region}:{account}:agent/{agent_id}",
    "aws_bedrockagent_agent_alias": (
        "arn:{partition}:bedrock:{region}:{account}:agent-alias/{agent_id}/{agent_alias_id}"
    ),
    "aws_bedrockagent_knowledge_base": "arn:{partition}:bedrock:{region}:{account}:knowledge-base/{id}",
    "aws_bedrockagent_flow": "arn:{partition}:bedrock:{region}:{account}:flow/{id}",
    "aws_bedrockagentcore_agent_runtime": (
        "arn:{partition}:bedrock-agentcore:{region}:{account}:runtime/{agent_runtime_id}"
    ),
    "aws_bedrockagentcore_harness": "arn:{partition}:bedrock-agentcore:{region}:{account}:harness/{harness_id}",
    "aws_bedrockagentcore_gateway": "arn:{partition}:bedrock-agentcore:{region}:{account}:gateway/{gateway_id}",
    "aws_bedrockagentcore_memory": "arn:{partition}:bedrock-agentcore:{region}:{account}:memory/{id}",
    "aws_bedrockagentcore_browser": "arn:{partition}:bedrock-agentcore:{region}:{account}:browser-custom/{browser_id}",
    "aws_bedrockagentcore_code_interpreter": (
        "arn:{partition}:bedrock-agentcore:{region}:{account}:code-interpreter-custom/{code_interpreter_id}"
    ),
    "aws_bedrockagentcore_api_key_credential_provider": (
        "arn:{partition}:bedrock-agentcore:{region}:{account}:token-vault/default/apikeycredentialprovider/{name}"
    ),
    "aws_bedrockagentcore_oauth2_credential_provider": (
        "arn:{partition}:bedrock-agentcore:{region}:{account}:token-vault/default/oauth2credentialprovider/{name}"
    ),
    "aws_bedrockagentcore_workload_identity": (
        "arn:{partition}:bedrock-agentcore:{region}:{account}:"
        "workload-identity-directory/default/workload-identity/{name}"
    ),
    "aws_bedrockagentcore_policy_engine": (
        "arn:{partition}:bedrock-agentcore:{region}:{account}:policy-engine/{policy_engine_id}"
    ),
}
"""AWS's ARN formats by resource type (Service Authorization Reference), each field an attribute of that type."""

_TWINS = {
    "awscc_iam_role": ("aws_iam_role", {"name": "role_name"}),
    "awscc_iam_managed_policy": ("aws_iam_policy", {"name": "managed_policy_name"}),
    "awscc_lambda_function": ("aws_lambda_function", {}),
    "awscc_s3_bucket": ("aws_s3_bucket", {"bucket": "bucket_name"}),
    "awscc_dynamodb_table": ("aws_dynamodb_table", {"name": "table_name"}),
    "awscc_sqs_queue": ("aws_sqs_queue", {"name": "queue_name"}),
    "awscc_sns_topic": ("aws_sns_topic", {"name": "topic_name"}),
    "awscc_secretsmanager_secret": ("aws_secretsmanager_secret", {}),
    "awscc_bedrock_agent": ("aws_bedrockagent_agent", {}),
    "awscc_bedrock_knowledge_base": ("aws_bedrockagent_knowledge_base", {"id": "knowledge_base_id"}),
    "awscc_bedrock_flow": ("aws_bedrockagent_flow", {}),
    "awscc_bedrockagentcore_runtime": ("aws_bedrockagentcore_agent_runtime", {}),
    "awscc_bedrockagentcore_gateway": ("aws_bedrockagentcore_gateway", {"gateway_id": "gateway_identifier"}),
    "awscc_bedrockagentcore_memory": ("aws_bedrockagentcore_memory", {"id": "memory_id"}),
    "awscc_bedrockagentcore_harness": ("aws_bedrockagentcore_harness", {}),
    "awscc_bedrockagentcore_browser_custom": ("aws_bedrockagentcore_browser", {}),
    "awscc_bedrockagentcore_code_interpreter_custom": ("aws_bedrockagentcore_code_interpreter", {}),
    "awscc_bedrockagentcore_api_key_credential_provider": ("aws_bedrockagentcore_api_key_credential_provider", {}),
    "awscc_bedrockagentcore_o_auth_2_credential_provider": ("aws_bedrockagentcore_oauth2_credential_provider", {}),
    "awscc_bedrockagentcore_workload_identity": ("aws_bedrockagentcore_workload_identity", {}),
    "awscc_bedrockagentcore_policy_engine": ("aws_bedrockagentcore_policy_engine", {}),
    "awscc_bedrock_agent_alias": ("aws_bedrockagent_agent_alias", {}),
    "awscc_bedrock_guardrail": ("aws_bedrock_guardrail", {}),
    "awscc_ecr_repository": ("aws_ecr_repository", {"name": "repository_name"}),
    "awscc_kms_key": ("aws_kms_key", {}),
    "awscc_ssm_parameter": ("aws_ssm_parameter", {}),
    "awscc_kinesis_stream": ("aws_kinesis_stream", {}),
    "awscc_opensearchserverless_collection": ("aws_opensearchserverless_collection", {}),
}
ARN_ATTRIBUTES = (
    "arn", "agent_arn", "agent_alias_arn", "agent_runtime_arn", "gateway_arn", "memory_arn", "browser_arn",
    "code_interpreter_arn", "policy_arn", "guardrail_arn", "knowledge_base_arn", "online_evaluation_config_arn",
    "topic_arn", "collection_arn",
    "credential_provider_arn", "policy_engine_arn", "workload_identity_arn", "harness_arn",
)  # fmt: skip
_FIELD = re.compile(r"(?<!\$)\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class _Provider:
    account: str | None = None
    region: str | None = None


def split_arn(arn: str | None) -> tuple[str | None, str | None]:
    """Account and region of an ARN, null where it has none or they are not known."""
    match = _ARN.fullmatch(arn or "")
    account, region = (match[2], match[1]) if match else ("", "")
    return (account if account.isdigit() else None), (region if region and "${" not in region else None)


def has_arn_template(kind: str) -> bool:
    """Whether ARNs of this resource type can be made from other attributes."""
    return _TWINS.get(kind, (kind, {}))[0] in _TEMPLATES


def made_arn(
    kind: str, address: str, text_of: Callable[[str], str | None], region: str | None, account: str | None
) -> str:
    """The ARN that a resource of a type will have, with ``${…}`` for what is not known. ``text_of`` gives an
    attribute."""
    twin, renamed = _TWINS.get(kind, (kind, {}))
    template = _TEMPLATES.get(twin)
    if template is None:
        return f"${{{address}.arn}}"
    fixed = {
        "partition": _partition(region),
        "region": region or _REGION,
        "account": account or _ACCOUNT,
        "path": text_of("path") or "/",
    }

    def field(match: re.Match[str]) -> str:
        name = renamed.get(match[1], match[1])
        return fixed.get(match[1]) or text_of(name) or f"${{{address}.{name}}}"

    return _FIELD.sub(field, template).replace(":parameter//", ":parameter/")


class Arns:
    """ARNs, accounts and regions of the instances of one plan."""

    def __init__(self, plan: Plan, resolver: Resolver) -> None:
        self._plan = plan
        self._resolver = resolver
        self._accounts: dict[str, set[str]] = {}
        for identity in plan.of_type.get("data.aws_caller_identity", []):
            if account := identity.text("account_id"):
                self._accounts.setdefault(_provider_key(identity), set()).add(account)
        self._providers: dict[str, _Provider] = {}
        self._known: dict[Instance, str | None] = {}
        self._texts: dict[Instance, str] = {}

    def known(self, instance: Instance) -> str | None:
        """The ARN that the plan knows."""
        if instance not in self._known:
            names = (name for name in ARN_ATTRIBUTES if name in instance.values)
            arns = (arn for name in names if (arn := instance.text(name)) and arn.startswith("arn:"))
            self._known[instance] = next(arns, None)
        return self._known[instance]

    def text(self, instance: Instance) -> str:
        """The ARN, with ``${…}`` for what is not known."""
        if instance not in self._texts:
            self._texts[instance] = self._made(instance)
        return self._texts[instance]

    def _made(self, instance: Instance) -> str:
        if known := self.known(instance):
            return known
        if not instance.managed:
            return f"${{{instance.address}.arn}}"
        region, account = self.region(instance), self.account(instance)
        return made_arn(instance.type, instance.address, instance.text, region, account)

    def account(self, instance: Instance) -> str | None:
        """The account, from the ARN or from the provider that the resource belongs to."""
        return split_arn(self.known(instance))[0] or self._provider(instance).account

    def region(self, instance: Instance) -> str | None:
        """The region: the resource's own, that of its ARN, or the provider's."""
        return instance.text("region") or split_arn(self.known(instance))[1] or self._provider(instance).region

    def texts(self, leaves: tuple[Leaf, ...]) -> list[str]:
        """What an unknown list of ARNs may hold, as far as its references tell. A bucket stands for its objects too."""
        found: dict[str, None] = {}
        for leaf in leaves:
            if isinstance(leaf, Known):
                values = leaf.value if isinstance(leaf.value, list) else [leaf.value]
                found.update(
                    (str(v), None) for v in values if isinstance(v, str) and (v == "*" or v.startswith("arn:"))
                )
            elif isinstance(leaf, Attribute):
                arn = self.text(leaf.instance)
                found[arn] = None
                if leaf.instance.type in ("aws_s3_bucket", "awscc_s3_bucket"):
                    found[f"{arn}/*"] = None
            else:
                found[f"${{{label(leaf)}}}"] = None
        return list(found)

    def _provider(self, instance: Instance) -> _Provider:
        key = _provider_key(instance)
        if key not in self._providers:
            self._providers[key] = self._read_provider(key)
        return self._providers[key]

    def _read_provider(self, key: str) -> _Provider:
        config = mapping(self._plan.providers.get(key))
        expressions = mapping(config.get("expressions"))
        accounts = set(self._accounts.get(key, ()))
        for role in blocks(expressions.get("assume_role")):
            match = _ROLE.fullmatch(str(self._constant(role.get("role_arn"), config)))
            accounts |= {match[1]} if match else set()
        allowed = items(self._constant(expressions.get("allowed_account_ids"), config))
        accounts |= {account for account in allowed if isinstance(account, str)} if not accounts else set()
        return _Provider(
            account=accounts.pop() if len(accounts) == 1 else None,
            region=text(self._constant(expressions.get("region"), config)),
        )

    def _constant(self, expression: object, config: Mapping[str, Any]) -> Any:
        """A provider's argument. One that is made in a module that is called twice has no single value."""
        scope = self._plan.root
        for name in (text(config.get("module_address")) or "").removeprefix("module.").split(".module."):
            found = list(scope.children.get(name, {}).values())
            if name and len(found) != 1:
                return None
            scope = found[0] if name else scope
        return self._resolver.constant(expression, scope)


def _provider_key(instance: Instance) -> str:
    return str(instance.config.get("provider_config_key", ""))


def _partition(region: str | None) -> str:
    if region and region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region and region.startswith("us-gov-") else "aws"
