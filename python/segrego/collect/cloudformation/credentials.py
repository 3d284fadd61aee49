"""Credentials: providers of AgentCore, secrets and their rotation, keys that stand in environment variables.

No value of a secret is kept: of a variable only its name, and whether it is written out in the template.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from msgspec.structs import replace

from segrego.collect.cloudformation.attributes import variables_of
from segrego.collect.cloudformation.draft import Draft, forget_open, id_of
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.targets import at
from segrego.collect.cloudformation.template import Map, Seq
from segrego.collect.cloudformation.text import Text, as_text
from segrego.inventory import Credential

__all__ = ["Credentials"]

_PROVIDERS: dict[str, Literal["api_key", "oauth2"]] = {
    "AWS::BedrockAgentCore::ApiKeyCredentialProvider": "api_key",
    "AWS::BedrockAgentCore::OAuth2CredentialProvider": "oauth2",
    "AWS::BedrockAgentCore::PaymentCredentialProvider": "api_key",
}
_PROVIDER_ARN = re.compile(r"arn:aws[a-z-]*:bedrock-agentcore:[^:]*:[^:]*:token-vault/.+/(\w+)credentialprovider/(.+)")
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
_TOKEN = re.compile(r"\$\{([^}]*)\}")
_RATE = re.compile(r"rate\(\s*(\d+)\s+(hour|day)s?\s*\)")


class Credentials:
    """Reads credentials into a draft. All workloads must be there."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def collect(self) -> None:
        """The credentials of every template of the scan."""
        for scope in self._draft.scan.scopes.values():
            for logical in scope.resources:
                kind = scope.type(logical)
                if kind in _PROVIDERS:
                    self._add(scope, logical, _PROVIDERS[kind])
                elif kind == "AWS::SecretsManager::Secret":
                    self._add(scope, logical, "secret")
                self._static_keys(scope, logical)
        for scope in self._draft.scan.scopes.values():
            for logical in scope.of_type("AWS::SecretsManager::RotationSchedule"):
                self._rotation(scope, logical)

    def of_target(self, scope: Scope, configurations: Any) -> tuple[str, ...]:
        """The ids of the credentials in the ``CredentialProviderConfigurations`` of a gateway's target."""
        found: dict[str, None] = {}
        for entry in configurations if isinstance(configurations, Seq) else ():
            for form in ("OauthCredentialProvider", "ApiKeyCredentialProvider"):
                arn = as_text(at(entry, "CredentialProvider", form, "ProviderArn"))
                if arn is not None:
                    found[self.provider(scope, arn, "oauth2" if form.startswith("Oauth") else "api_key")] = None
        return tuple(found)

    def provider(self, scope: Scope, arn: Text, kind: Literal["api_key", "oauth2"]) -> str:
        """The id of a credential provider by reference or ARN. One that no template declares is entered by its ARN or
        expression."""
        entity = scope.denoted(arn)
        known = self._draft.id_for(entity) if entity else None
        if known in self._draft.credentials:
            return known
        match = _PROVIDER_ARN.fullmatch(arn)
        literal = match is not None and not arn.unresolved
        home, expression = self._draft.scan.home_of(scope, arn)
        credential = Credential(
            id=str(arn) if literal else f"{home}#{expression}",
            kind=kind,
            name=match[2] if match else expression,
            arn=str(arn) if match else None,
        )
        self._draft.credentials.setdefault(credential.id, credential)
        return credential.id

    def _add(self, scope: Scope, logical: str, kind: Literal["api_key", "oauth2", "secret"]) -> None:
        arn = scope.arn_of(logical)
        name = scope.text(logical, "Name")
        credential = Credential(
            id=id_of(scope, logical),
            kind=kind,
            name=str(name) if name is not None else logical,
            arn=str(arn) if arn is not None else None,
            account=scope.pseudo.get("AWS::AccountId"),
            # what no template of the scan sets up may still be set up elsewhere, which is for a live account to say
            rotation="disabled" if kind == "secret" else None,
            location=scope.location(logical),
        )
        forget_open(scope)
        self._draft.credentials[credential.id] = credential

    def _rotation(self, scope: Scope, logical: str) -> None:
        secret = scope.text(logical, "SecretId")
        entity = scope.denoted(secret) if secret is not None else None
        known = self._draft.credentials.get(self._draft.id_for(entity)) if entity else None
        days = _days(scope.property(logical, "RotationRules"))
        forget_open(scope)
        if known is not None:
            self._draft.credentials[known.id] = replace(known, rotation="enabled", rotation_days=days)
        elif secret is None or secret.unresolved:
            message = f"{logical} rotates {secret}, a secret that is not in these templates: add its template"
            place = scope.location(logical)
            self._draft.gap_at("unresolved_reference", scope.file, ("credentials",), message, place)

    def _static_keys(self, scope: Scope, logical: str) -> None:
        workload = id_of(scope, logical)
        if workload not in self._draft.workloads:
            return
        variables = variables_of(scope, logical)
        for name in variables:
            if _STATIC_KEY.fullmatch(name) and _is_written_out(scope, variables[name]):
                credential = Credential(
                    id=f"{workload}/{name}",
                    kind="static_key",
                    name=name,
                    account=scope.pseudo.get("AWS::AccountId"),
                    holder=workload,
                    rotation="disabled",
                    location=scope.location(logical, variables.lines.get(name)),
                )
                self._draft.credentials[credential.id] = credential
        forget_open(scope)


def _is_written_out(scope: Scope, node: Any) -> bool:
    """Whether the template itself holds a value (a parameter's default counts), and not a reference that AWS follows.
    A secret parameter (``NoEcho``) is handed over as plain text as well."""
    text = as_text(scope.resolve(node))
    if text is None or text.entity:
        return False
    if text.unresolved:
        return any(_is_secret(scope, name) for name in _TOKEN.findall(text))
    return not _NO_KEY.fullmatch(text)


def _is_secret(scope: Scope, name: str) -> bool:
    declared = scope.parameters.get(name)
    return isinstance(declared, Map) and str(declared.get("NoEcho", "")).lower() == "true"


def _days(rules: Any) -> int | None:
    """The period of rotation in days; null if it is a cron expression or not known."""
    days = as_text(at(rules, "AutomaticallyAfterDays"))
    if days is not None and days.isdecimal():
        return int(days)
    match = _RATE.fullmatch(as_text(at(rules, "ScheduleExpression")) or "")
    if match is None:
        return None
    return int(match[1]) if match[2] == "day" else max(1, int(match[1]) // 24)
