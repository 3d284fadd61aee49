"""Running the server: what it may listen on, tokens, TLS, and a shutdown that lets nobody wait."""

from __future__ import annotations

import gc
import resource
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segrego.bundle.sidecar import is_loopback
from segrego.errors import ConfigError, OutputError

__all__ = ["ServeSettings", "serve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """How the server runs. Anything but loopback needs TLS, and tokens or clients' certificates."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8443
    tokens: Path | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    client_ca: Path | None = None
    decision_log: Path | None = None


def serve(settings: ServeSettings) -> None:
    """Serve until a signal ends it.

    Raises :class:`~segrego.errors.ConfigError` for what would be open to strangers, and
    :class:`~segrego.errors.OutputError` where the address cannot be had.
    """
    import uvicorn

    from segrego.bundle.serve.app import Site, application
    from segrego.bundle.serve.published import Published
    from segrego.bundle.serve.received import DecisionLog
    from segrego.bundle.serve.tokens import ANYBODY, CERTIFIED, read_tokens

    _check(settings)
    tokens = read_tokens(settings.tokens) if settings.tokens else None
    decisions = DecisionLog(settings.decision_log) if settings.decision_log else None
    published = Published(settings.folder)
    unnamed = ANYBODY if settings.client_ca is None else CERTIFIED

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            """Those who wait for a bundle are answered, and come again elsewhere."""
            published.close()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        application(Site(published, tokens, unnamed, decisions)),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        **_tls(settings),
    )
    gc.enable()  # commands run without: a server lives long enough to need it
    _allow_connections()
    try:
        listening = _listening(settings)
        Server(config).run(sockets=[listening])
    finally:
        if decisions:
            decisions.close()


def _check(settings: ServeSettings) -> None:
    if not settings.folder.is_dir():
        raise ConfigError(
            "not a folder", where=str(settings.folder), hint="Name the one that bundles are published to."
        )
    if (settings.certificate is None) != (settings.certificate_key is None):
        raise ConfigError("a certificate needs its key", where="--tls-cert", hint="Give --tls-cert and --tls-key.")
    if settings.client_ca and not settings.certificate:
        raise ConfigError("clients' certificates need TLS", where="--client-ca", hint="Give --tls-cert and --tls-key.")
    is_closed = settings.certificate is not None and (settings.tokens is not None or settings.client_ca is not None)
    if not is_loopback(settings.host) and not is_closed:
        raise ConfigError(
            "it would be open to the network",
            where=settings.host,
            hint="Give --tls-cert, --tls-key, and --token-file or --client-ca; or listen on 127.0.0.1.",
        )


def _tls(settings: ServeSettings) -> dict[str, Any]:
    if settings.certificate is None:
        return {}
    for path in (settings.certificate, settings.certificate_key, settings.client_ca):
        if path is not None and not path.is_file():
            raise ConfigError("there is no such file", where=str(path), hint="Correct the path.")
    found: dict[str, Any] = {"ssl_certfile": settings.certificate, "ssl_keyfile": settings.certificate_key}
    if settings.client_ca:
        found |= {"ssl_ca_certs": str(settings.client_ca), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    return found


def _allow_connections() -> None:
    """A sidecar holds three connections: raise the number of open files to what the process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _listening(settings: ServeSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=4096)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise OutputError(f"cannot listen: {error.strerror}", where=where, hint="Choose another --port.") from error
