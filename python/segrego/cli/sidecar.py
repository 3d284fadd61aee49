"""``segrego bundle sidecar``."""

from __future__ import annotations

import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from segrego.cli.common import say
from segrego.errors import ConfigError, OutputError

__all__ = ["SidecarKind", "sidecar"]


class SidecarKind(StrEnum):
    """Where a sidecar runs."""

    opa = "opa"
    compose = "compose"
    kubernetes = "kubernetes"
    ecs = "ecs"


def sidecar(
    url: Annotated[str, typer.Option(metavar="URL", help="Where bundles are published, as the sidecar reaches it.")],
    key: Annotated[
        list[Path], typer.Option("--key", metavar="PUB", help="A public key of those who sign bundles. Repeatable.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="A folder. It is made if need be.")],
    kind: Annotated[SidecarKind, typer.Option(help="Where it runs.")] = SidecarKind.opa,
    port: Annotated[int, typer.Option(min=1, max=65535, help="On loopback.")] = 8181,
    socket: Annotated[str | None, typer.Option(metavar="PATH", help="A Unix socket instead; kind opa alone.")] = None,
    server_token: Annotated[
        bool, typer.Option("--server-token", help="The bundle server wants the token in SEGREGO_BUNDLES_TOKEN.")
    ] = False,
    server_ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Certificates that the bundle server's is signed by.")
    ] = None,
    s3_region: Annotated[
        str | None, typer.Option(metavar="REGION", help="The URL is of an S3 bucket there: requests are signed.")
    ] = None,
    reports: Annotated[
        bool, typer.Option("--reports", help="Send status and decisions to the server (`segrego bundle serve`).")
    ] = False,
    image: Annotated[str | None, typer.Option(help="OPA's container image.")] = None,
    service: Annotated[str, typer.Option(help="The agent's service, container or deployment.")] = "agent",
    name: Annotated[
        str | None, typer.Option(help="Who reports: as its token is named at the server. Default: the service.")
    ] = None,
) -> None:
    """Write a sidecar's configuration: signed bundles alone, and one question, for the holder of a token."""
    from segrego.bundle.deployment import FOLDERS, files
    from segrego.bundle.sidecar import SidecarSettings
    from segrego.bundle.signing import load_key
    from segrego.report.output import write_bytes

    if socket and kind is not SidecarKind.opa:
        raise ConfigError("a socket needs a folder that both containers see", where="--socket", hint="Use loopback.")
    token = _token(output / "token")
    settings = SidecarSettings(
        kind=kind.value,
        url=url,
        keys=[load_key(path) for path in key],
        token=token,
        folder=FOLDERS[kind.value],
        port=port,
        socket=socket,
        server_token=server_token,
        server_ca=_certificates(server_ca),
        s3_region=s3_region,
        reports=reports,
        service=service,
        name=name,
        **({"image": image} if image else {}),
    )
    made = files(settings)
    try:
        output.mkdir(parents=True, exist_ok=True)
        (output / "token").touch(mode=0o600)
    except OSError as error:
        raise OutputError(f"cannot be made: {error.strerror}", where=str(output), hint="Choose another -o.") from error
    for name, content in made.items():
        write_bytes(output / name, content)
    if kind is SidecarKind.opa:
        (output / "run.sh").chmod(0o755)
    say(f"{output}: {', '.join(sorted(made))}. Keep token secret: the enforcement point shows it to the sidecar.")


def _token(path: Path) -> str:
    """The token that is there already, so that writing a configuration anew locks nobody out; else a new one."""
    try:
        found = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return secrets.token_urlsafe(32)
    except (OSError, ValueError) as error:
        raise ConfigError("not a token", where=str(path), hint="Take it away, and a new one is made.") from error
    if len(found) < 32:
        raise ConfigError("the token is too short", where=str(path), hint="Take it away, and a new one is made.")
    return found


def _certificates(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path), hint="Correct the path.") from error
