"""``segrego bundle serve`` and ``segrego bundle fleet``."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from segrego.cli.common import NoColor, Shape, say, table, write
from segrego.errors import ConfigError, InputError

__all__ = ["fleet", "serve"]


def serve(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What bundles are published to.")],
    host: Annotated[str, typer.Option(help="Anything but loopback needs TLS and tokens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8443,
    token_file: Annotated[Path | None, typer.Option(metavar="FILE", help="NAME SCOPES TOKEN, one a line.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="The server's certificate, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its key.")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Clients need a certificate signed by one of these.")
    ] = None,
    decision_log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take sidecars' decisions, and write them there.")
    ] = None,
) -> None:
    """Serve bundles to sidecars, and take what they report. Ends on SIGTERM or SIGINT."""
    from segrego.bundle.serve.run import ServeSettings
    from segrego.bundle.serve.run import serve as run

    settings = ServeSettings(
        folder=folder,
        host=host,
        port=port,
        tokens=token_file,
        certificate=tls_cert,
        certificate_key=tls_key,
        client_ca=client_ca,
        decision_log=decision_log,
    )
    say(f"{folder}: served at {'https' if tls_cert else 'http'}://{host}:{port}")
    run(settings)


def fleet(
    url: Annotated[str, typer.Argument(metavar="URL", help="Of `segrego bundle serve`.")],
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The token alone; it needs the scope fleet.")
    ] = None,
    ca: Annotated[Path | None, typer.Option(metavar="FILE", help="What the server's certificate is signed by.")] = None,
    cert: Annotated[Path | None, typer.Option(metavar="FILE", help="A client certificate with its key, PEM.")] = None,
    format_: Annotated[Shape, typer.Option("--format", "-f", help="What is printed.")] = Shape.table,
    no_color: NoColor = False,
) -> None:
    """Say which revision each sidecar runs. Exit code 1: some run another one than is published."""
    found = _asked(url, token_file, ca, cert)
    behind = [sidecar for sidecar in found["sidecars"] if _is_behind(sidecar, found["revisions"])]
    if format_ is Shape.json:
        write("-", json.dumps(found, indent=2) + "\n")
    else:
        rows = [_row(sidecar, found["revisions"]) for sidecar in found["sidecars"]]
        title = f"{len(rows)} sidecars, {len(behind)} behind"
        table(title, ("sidecar", "seen", "policy", "agents", "revocations", "problem"), rows, no_color=no_color)
    if behind:
        raise typer.Exit(1)


def _asked(url: str, token_file: Path | None, ca: Path | None, cert: Path | None) -> dict[str, Any]:
    import ssl
    import urllib.error
    import urllib.request
    from urllib.parse import urlsplit

    from segrego.bundle.sidecar import is_loopback

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError("not a server's URL", where=url, hint="Give https://HOST:PORT.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigError("the token would cross the network in clear", where=url, hint="Use https.")
    request = urllib.request.Request(f"{url.rstrip('/')}/fleet")  # noqa: S310 - the scheme is one of two
    try:
        if token_file:
            token = token_file.read_text(encoding="ascii").split("\n", 1)[0].strip()
            request.add_header("Authorization", f"Bearer {token}")
        context = ssl.create_default_context(cafile=str(ca) if ca else None)
        if cert:
            context.load_cert_chain(cert)
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise InputError(
            f"it answers {error.code}", where=url, hint="Give a token with the scope fleet by --token-file."
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be asked: {error}", where=url, hint="Correct the URL or the files.") from error
    return found


def _is_behind(sidecar: dict[str, Any], revisions: dict[str, str | None]) -> bool:
    held = sidecar["bundles"]
    return any(held.get(name, {}).get("revision") != revision for name, revision in revisions.items())


def _row(sidecar: dict[str, Any], revisions: dict[str, str | None]) -> tuple[str, ...]:
    held = sidecar["bundles"]
    cells = [_revision(held.get(name, {}).get("revision"), revisions[name]) for name in revisions]
    problems = [f"{name}: {state['message']}" for name, state in held.items() if state.get("message")]
    seconds = max(0, (time.time_ns() - sidecar["seen_ns"]) // 1_000_000_000)
    name = sidecar["labels"].get("sidecar")
    return (f"{name} {sidecar['id']}" if name else sidecar["id"], f"{seconds} s ago", *cells, "; ".join(problems))


def _revision(held: str | None, published: str | None) -> str:
    short = held[:12] if held else "none"
    return short if held == published else f"{short} (behind)"
