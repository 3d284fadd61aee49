"""Configurations of the sidecar: OPA on loopback or a Unix socket, closed but for the one decision.

Sources: OPA, "Configuration Reference", "Security" (``system.authz``), "Decision Logs" (masking), and OPA 1.22.2's
``v1/server/authorizer``: query parameters are in ``input.params`` and not part of ``input.path``, so that
``?explain=full`` would get past a rule on the path alone.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from segrego.bundle.contents import NAMES
from segrego.bundle.signing import SCOPE, SigningKey, public_pem
from segrego.bundle.store import file_name
from segrego.errors import ConfigError
from segrego.policy import OPA_VERSION

__all__ = ["Kind", "SidecarSettings", "arguments", "authorization", "configuration", "is_loopback", "mask"]

Kind = Literal["opa", "compose", "kubernetes", "ecs"]
_MOST_BYTES = 2 * 1024 * 1024
"""Of a question: a larger one is refused before it is parsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SidecarSettings:
    """What differs between sidecars.

    ``url`` is where bundles are read from, ``keys`` those that may have signed them, ``token`` the one that the
    enforcement point shows. ``folder`` is where the sidecar finds its files; ``socket`` the path of a Unix socket
    instead of ``port`` on loopback. ``server_token``: the bundle server wants a bearer token, which the sidecar has in
    its environment as ``SEGREGO_BUNDLES_TOKEN``. ``reports``: status and decision logs go to the bundle server.
    ``image``, ``service`` (the agent's container or deployment) are for containers. ``name`` is in whose name it
    reports, as its token has it at the server; null: the service's.
    """

    kind: Kind
    url: str
    keys: Sequence[SigningKey]
    token: str
    folder: str = "."
    port: int = 8181
    socket: str | None = None
    server_token: bool = False
    server_ca: bytes | None = None
    s3_region: str | None = None
    reports: bool = False
    image: str = f"openpolicyagent/opa:{OPA_VERSION}-static"
    service: str = "agent"
    name: str | None = None


def configuration(settings: SidecarSettings) -> dict[str, Any]:
    """OPA's configuration. Every bundle has a ``signing`` block: without one, OPA takes an unsigned bundle.

    Raises :class:`~segrego.errors.ConfigError` for a URL that would fetch bundles in clear over a network.
    """
    found: dict[str, Any] = {
        "services": {"segrego": _service(settings)},
        "keys": {key.key_id: {"algorithm": key.algorithm, "key": public_pem(key)} for key in settings.keys},
        "bundles": {name: _bundle(name) for name in NAMES},
        "caching": {
            "inter_query_builtin_value_cache": {"named": {"io_jwt": {"disabled": False, "max_num_entries": 10_000}}}
        },
        "server": {"decoding": {"max_length": _MOST_BYTES, "gzip": {"max_length": _MOST_BYTES}}},
        "labels": {"app": "segrego", "sidecar": settings.name or settings.service},
        "decision_logs": {"console": True},
    }
    if settings.reports:
        reporting = {"buffer_type": "size", "min_delay_seconds": 1, "max_delay_seconds": 2}
        found["decision_logs"] = {"service": "segrego", "reporting": reporting}
        found["status"] = {"service": "segrego"}
    return found


def _bundle(name: str) -> dict[str, Any]:
    return {
        "service": "segrego",
        "resource": file_name(name),
        "signing": {"scope": SCOPE},
        "polling": {"min_delay_seconds": 2, "max_delay_seconds": 5, "long_polling_timeout_seconds": 30},
    }


def _service(settings: SidecarSettings) -> dict[str, Any]:
    parts = urlsplit(settings.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ConfigError(f"{settings.url!r} is not a server's URL", where="--url", hint="Give https://HOST/PATH.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigError("bundles would cross the network in clear", where=settings.url, hint="Use https.")
    service: dict[str, Any] = {"url": settings.url.rstrip("/"), "response_header_timeout_seconds": 40}
    if settings.server_token:
        service["credentials"] = {"bearer": {"token": "${SEGREGO_BUNDLES_TOKEN}"}}
    if settings.server_ca:
        service["tls"] = {"ca_cert": f"{settings.folder}/ca.pem"}
    if settings.s3_region:
        if settings.server_token:
            raise ConfigError("S3 takes no bearer token", where="--s3-region", hint="Leave --server-token out.")
        service["credentials"] = {"s3_signing": _aws_credentials(settings.kind, settings.s3_region)}
    return service


def _aws_credentials(kind: Kind, region: str) -> dict[str, Any]:
    """Where a sidecar of each kind has them from: its environment, the service account's role, the task's role."""
    if kind == "kubernetes":
        return {"web_identity_credentials": {"aws_region": region}}
    if kind == "ecs":
        return {"metadata_credentials": {"aws_region": region}}
    return {"environment_credentials": {}}


def is_loopback(host: str) -> bool:
    """Whether a host name or address is the machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def arguments(settings: SidecarSettings) -> list[str]:
    """The arguments of ``opa``."""
    folder = settings.folder
    where = ["--addr", f"127.0.0.1:{settings.port}"]
    if settings.socket:
        where = ["--addr", f"unix://{settings.socket}", "--unix-socket-perm", "600"]
    return [
        *("run", "--server", *where),
        *("--config-file", f"{folder}/opa.yaml"),
        *("--authentication=token", "--authorization=basic"),
        *("--optimize-store-for-read-speed", "--skip-version-check", "--log-level=error"),
        *(f"{folder}/authz.rego", f"{folder}/mask.rego"),
    ]


def authorization(token: str) -> str:
    """``system.authz``: who may ask what. It holds the token's SHA-256, never the token."""
    return _AUTHORIZATION.replace("DIGEST", hashlib.sha256(token.encode()).hexdigest())


def mask() -> str:
    """``system.log.mask``: what of a question is logged."""
    return _MASK


_AUTHORIZATION = """\
# Who may ask the sidecar what: whoever has the token, one decision. Everything else is refused.
package system.authz

default allow := false

allow if {
	input.method == "POST"
	input.path == ["v1", "data", "segrego", "runtime", "decision"]
	count(input.params) == 0
	crypto.sha256(input.identity) == "DIGEST"
}

# Whether it runs, and whether it has its bundles.
allow if {
	input.method == "GET"
	input.path == ["health"]
	object.keys(input.params) - {"bundles"} == set()
}
"""

_MASK = """\
# What of a question is logged: names and digests. Tokens, arguments and whatever nobody has heard of are not.
package system.log

mask contains {"op": "upsert", "path": "/input", "value": kept}

# Whatever keeps the above from being known, nothing is logged rather than all.
mask contains "/input" if not kept

# Reasons repeat what a call said. Of one that was not understood, they only name the fields that were not.
mask contains {"op": "upsert", "path": "/result/reasons", "value": malformed} if count(malformed) > 0

malformed := [reason | some reason in input.result.reasons; reason.rule == "malformed_call"]

kept := object.union(
	scalars(input.input, ["version", "agent", "role", "task", "time_ns", "traceparent"]),
	{
		"session": part("session", ["id"]),
		"flow": part("flow", ["id", "version", "node"]),
		"tool": part("tool", ["name", "operation", "arguments_digest"]),
		"resource": part("resource", ["arn", "account", "domain", "environment"]),
		"callers": [name | name := input.input.callers[_].agent; is_string(name)],
	},
) if is_object(input.input)

part(name, keys) := scalars(object.get(input.input, name, null), keys)

scalars(value, keys) := {key: inner |
	is_object(value)
	some key in keys
	inner := value[key]
	type_name(inner) in {"string", "number", "null"}
}
"""
