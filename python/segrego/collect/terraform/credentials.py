"""Secrets that stand for somebody: AgentCore's credential providers, Secrets Manager's secrets, and keys that stand in
the environment of a workload. Names only, never a value."""

from __future__ import annotations

import re

from msgspec.structs import replace

from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.attributes import variable_names
from segrego.collect.terraform.draft import Draft
from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.references import Attribute, Resolver, label, unknown
from segrego.collect.terraform.targets import Targets
from segrego.collect.terraform.values import MISSING, Step, at, blocks, mapping
from segrego.inventory import Credential

__all__ = ["Credentials"]

_KINDS = {
    "aws_bedrockagentcore_api_key_credential_provider": "api_key",
    "awscc_bedrockagentcore_api_key_credential_provider": "api_key",
    "aws_bedrockagentcore_oauth2_credential_provider": "oauth2",
    "awscc_bedrockagentcore_o_auth_2_credential_provider": "oauth2",
    "aws_secretsmanager_secret": "secret",
    "awscc_secretsmanager_secret": "secret",
}
_ROTATIONS = ("aws_secretsmanager_secret_rotation", "awscc_secretsmanager_rotation_schedule")
_PROVIDERS: tuple[tuple[str, str], ...] = (("api_key", "api_key"), ("oauth", "oauth2"))
_STATIC_KEY = re.compile(
    r"AWS_SECRET_ACCESS_KEY|AWS_ACCESS_KEY_ID|(.*_)?(API_?KEYS?|APIKEYS?|SECRET_?KEY|ACCESS_?KEY|CLIENT_SECRET|"
    r"PRIVATE_KEY|PASSWORD|AUTH_TOKEN|ACCESS_TOKEN|API_TOKEN|BEARER_TOKEN|GITHUB_TOKEN|SLACK_TOKEN)",
    re.IGNORECASE,
)
"""Names of variables that plainly hold a long-lived key."""

_NO_KEY = re.compile(
    r"arn:.*|/.*|https?://.*|(none|null|true|false|changeme|todo|x+|\*+|-+)?", re.IGNORECASE | re.DOTALL
)
"""Values that are the name or address of a key, or none."""


class Credentials:
    """Reads the credentials of one plan into a draft. To be called when every workload is there, before tools."""

    def __init__(self, plan: Plan, draft: Draft, resolver: Resolver, arns: Arns, targets: Targets) -> None:
        self._plan = plan
        self._draft = draft
        self._resolver = resolver
        self._arns = arns
        self._targets = targets

    def read(self) -> None:
        """Enter every credential."""
        for kind, credential in _KINDS.items():
            for instance in self._plan.of_type.get(kind, []):
                self._enter(instance, credential)
        for kind in _ROTATIONS:
            for instance in self._plan.of_type.get(kind, []):
                self._rotation(instance)
        for kind in _HOLDERS:
            for instance in self._plan.of_type.get(kind, []):
                self._static_keys(instance)

    def of_target(self, instance: Instance) -> tuple[str, ...]:
        """The credentials that a gateway calls a target with."""
        found: list[str] = []
        for name in ("credential_provider_configuration", "credential_provider_configurations"):
            for index, block in enumerate(blocks(instance.value(name))):
                for part, kind in _PROVIDERS:
                    if blocks(block.get(part)):
                        found += self._referred(instance, (name, index, part, "provider_arn"), kind)
        return tuple(dict.fromkeys(found))

    def _referred(self, instance: Instance, path: tuple[Step, ...], kind: str) -> list[str]:
        for leaf in unknown(self._resolver.attribute(instance, *path)):
            if isinstance(leaf, Attribute) and leaf.instance.type in _KINDS:
                return [self._draft.id(leaf.instance)]
            return [self._stub(f"${{{label(leaf)}}}", kind, instance)]
        arn = instance.text(*path)
        return [self._stub(arn, kind, instance)] if arn is not None else []

    def _stub(self, arn: str, kind: str, instance: Instance) -> str:
        """A provider that is not made here: it is known by its ARN or expression."""
        known = next((entry.id for entry in self._draft.credentials.values() if entry.arn == arn), None)
        if known is not None:
            return known
        entity = arn if arn.startswith("arn:") else f"{self._draft.source}#{arn}"
        self._draft.credentials.setdefault(
            entity,
            Credential(
                id=entity,
                kind="api_key" if kind == "api_key" else "oauth2",
                name=arn.rpartition("/")[2],
                arn=arn if arn.startswith("arn:") else None,
                location=self._draft.location(instance.address),
            ),
        )
        return entity

    def _enter(self, instance: Instance, kind: str) -> None:
        entity = self._draft.id(instance)
        self._draft.credentials[entity] = Credential(
            id=entity,
            kind=kind,  # type: ignore[arg-type]
            name=instance.text("name") or instance.address,
            arn=instance.text("credential_provider_arn") or self._arns.text(instance),
            account=self._arns.account(instance),
            rotation="disabled" if kind == "secret" else None,
            location=self._draft.location(instance.address),
        )

    def _rotation(self, instance: Instance) -> None:
        found = self._targets.find(instance, "secret_id", family="secret")
        if found is None or found.instance is None:
            if found is not None and not found.resolved:
                message = f"which secret {instance.address} rotates is not resolved. Refer to its resource directly."
                self._draft.gap("unresolved_reference", self._draft.source, ("credentials",), message, instance.address)
            return
        entity = self._draft.id(found.instance)
        days = instance.value("rotation_rules", "automatically_after_days")
        entry = self._draft.credentials[entity]
        self._draft.credentials[entity] = replace(
            entry, rotation="enabled", rotation_days=days if type(days) is int else None
        )

    def _static_keys(self, instance: Instance) -> None:
        holder = self._draft.id(instance)
        values = mapping(at(instance.values, _HOLDERS[instance.type]))
        for name in variable_names(self._plan, instance):
            if _STATIC_KEY.fullmatch(name) and self._stands_there(instance, name, values.get(name, MISSING)):
                self._draft.credentials[f"{holder}/{name}"] = Credential(
                    id=f"{holder}/{name}",
                    kind="static_key",
                    name=name,
                    account=self._arns.account(instance),
                    holder=holder,
                    rotation="disabled",
                    location=self._draft.location(instance.address),
                )

    def _stands_there(self, instance: Instance, name: str, value: object) -> bool:
        """Whether the variable holds a value, and not what points at one. A variable that is handed over is plain text
        there as well; what another resource makes is judged by its type."""
        if isinstance(value, str):
            return not _NO_KEY.fullmatch(value)
        leaves = unknown(self._resolver.attribute(instance, *_HOLDERS[instance.type], name))
        return any(not isinstance(leaf, Attribute) or not _points(leaf) for leaf in leaves)


_HOLDERS: dict[str, tuple[Step, ...]] = {
    "aws_lambda_function": ("environment", "variables"),
    "awscc_lambda_function": ("environment", "variables"),
    "aws_bedrockagentcore_agent_runtime": ("environment_variables",),
    "awscc_bedrockagentcore_runtime": ("environment_variables",),
    "aws_bedrockagentcore_harness": ("environment_variables",),
    "awscc_bedrockagentcore_harness": ("environment_variables",),
}


def _points(leaf: Attribute) -> bool:
    """Whether an attribute is a name or address of a thing, and not the secret itself."""
    return leaf.name in ("", "id", "name", "arn") or leaf.name.endswith(("_arn", "_id", "_name", "_url"))
