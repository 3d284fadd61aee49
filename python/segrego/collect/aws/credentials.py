"""Credentials that tools and knowledge bases use: AgentCore's credential providers, and secrets. Never a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Literal

from msgspec.structs import replace

from segrego.collect.aws.caller import Hides
from segrego.collect.aws.session import Account, Region
from segrego.collect.aws.sweep import Sweep
from segrego.inventory import Credential

__all__ = ["Provider", "list_providers", "provider_credentials", "secret_credentials"]

_CONTROL = "bedrock-agentcore-control"
_PROVIDERS: tuple[tuple[Literal["api_key", "oauth2"], str, str], ...] = (
    ("api_key", "ListApiKeyCredentialProviders", "GetApiKeyCredentialProvider"),
    ("oauth2", "ListOauth2CredentialProviders", "GetOauth2CredentialProvider"),
    ("api_key", "ListPaymentCredentialProviders", "GetPaymentCredentialProvider"),
)
_SECRET_OF = {
    "GetApiKeyCredentialProvider": "apiKeySecretArn",
    "GetOauth2CredentialProvider": "clientSecretArn",
}
_SECRET = re.compile(r"arn:[^:]+:secretsmanager:(?P<region>[^:]+):(?P<account>\d{12}):secret:(?P<name>.+)")
_RATE = re.compile(r"rate\((\d+) (hour|day)s?\)")
_HOURS = {"hour": 1, "day": 24}
Provider = tuple[Credential, tuple[str, ...]]
"""A credential provider, and the ARNs of the secrets behind it."""


def list_providers(region: Region) -> list[Provider]:
    """The credential providers of a region."""
    found = []
    hides = Hides(region.source, ("credentials",))
    for kind, list_operation, get_operation in _PROVIDERS:
        for summary in region.items(_CONTROL, list_operation, hides):
            arn = summary["credentialProviderArn"]
            body = region.call(_CONTROL, get_operation, Hides(arn, ("credentials",)), name=summary["name"]) or {}
            credential = Credential(
                id=arn,
                kind=kind,
                name=summary["name"],
                arn=arn,
                account=region.account.id,
                created_ns=summary.get("createdTime"),
                location=region.location,
            )
            found.append((credential, _secrets_of(get_operation, body)))
    return found


def provider_credentials(sweep: Sweep, listed: Iterable[Provider], used: Iterable[str]) -> list[Credential]:
    """The providers with what is known of their secrets, and those that are used and were not listed."""
    providers = {credential.id: (credential, secrets) for credential, secrets in listed}
    for arn in sorted(set(used) - set(providers)):
        account = arn.split(":")[4]
        if sweep.account(account) is None:
            message = f"the credential provider is in account {account}: collect that account too"
            sweep.base.gap("not_collected", Hides(arn, ("credentials",)), message)
        else:
            message = "the credential provider is not among those of the regions that were read: read its region too"
            sweep.base.gap("not_collected", Hides(arn, ("credentials",)), message)
        kind: Literal["api_key", "oauth2"] = "oauth2" if "/oauth2credentialprovider/" in arn else "api_key"
        credential = Credential(id=arn, kind=kind, name=arn.rpartition("/")[2], arn=arn, account=account)
        providers[arn] = (credential, ())
    tasks = [partial(_with_secrets, sweep, *providers[arn]) for arn in sorted(providers)]
    return sweep.run(tasks)


def secret_credentials(sweep: Sweep, secrets: Iterable[str]) -> list[Credential]:
    """The secrets that knowledge bases and the like use, as credentials of their own."""
    return sweep.run([partial(_secret, sweep, arn) for arn in sorted(set(secrets))])


def _secrets_of(operation: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    if name := _SECRET_OF.get(operation):
        found = (body.get(name) or {}).get("secretArn")
        return (found,) if found else ()
    return tuple(body.get("providerConfigurationOutput") or ())


def _with_secrets(sweep: Sweep, credential: Credential, secrets: Iterable[str]) -> Credential:
    """A provider that stands on several secrets is as old as the oldest, and rotated only if all of them are."""
    found = [_described(sweep, arn, credential.id) for arn in secrets]
    if not found or None in found:
        return credential
    known = [body for body in found if body is not None]
    return _rotated(credential, known)


def _secret(sweep: Sweep, arn: str) -> Credential:
    match = _SECRET.fullmatch(arn)
    account = match["account"] if match else None
    plain = Credential(id=arn, kind="secret", name=match["name"] if match else arn, arn=arn, account=account)
    body = _described(sweep, arn, arn)
    if body is None:
        return plain
    owner = sweep.account(account or "") or sweep.base
    location = owner.region(match["region"]).location if match else owner.location
    named = Credential(
        id=arn, kind="secret", name=body.get("Name") or plain.name, arn=arn, account=account, location=location
    )
    return _rotated(named, [body])


def _described(sweep: Sweep, arn: str, subject: str) -> Mapping[str, Any] | None:
    match = _SECRET.fullmatch(arn)
    hides = Hides(subject, ("credentials",))
    if match is None:
        sweep.base.gap("unresolved_reference", hides, f"{arn} is not the ARN of a secret: check it in the console")
        return None
    owner: Account | None = sweep.account(match["account"])
    if owner is None:
        message = f"its secret is in account {match['account']}: collect that account too"
        sweep.base.gap("not_collected", hides, message)
        return None
    return owner.region(match["region"]).call("secretsmanager", "DescribeSecret", hides, SecretId=arn)


def _rotated(credential: Credential, bodies: list[Mapping[str, Any]]) -> Credential:
    enabled = all(body.get("RotationEnabled") for body in bodies)
    periods = [_period(body.get("RotationRules") or {}) for body in bodies] if enabled else []
    changed = [body.get("LastChangedDate") or body.get("LastRotatedDate") or body.get("CreatedDate") for body in bodies]
    created = [body.get("CreatedDate") for body in bodies]
    return replace(
        credential,
        rotation="enabled" if enabled else "disabled",
        rotation_days=None if not periods or None in periods else max(days for days in periods if days is not None),
        created_ns=credential.created_ns or _oldest(created),
        changed_ns=_oldest(changed),
    )


def _oldest(moments: Iterable[int | None]) -> int | None:
    known = list(moments)
    return None if None in known else min((moment for moment in known if moment is not None), default=None)


def _period(rules: Mapping[str, Any]) -> int | None:
    """Days between rotations, rounded up. A cron schedule tells times, not a period: null."""
    if rules.get("AutomaticallyAfterDays"):
        return int(rules["AutomaticallyAfterDays"])
    match = _RATE.fullmatch(rules.get("ScheduleExpression") or "")
    return None if match is None else -(-int(match[1]) * _HOURS[match[2]] // 24)
