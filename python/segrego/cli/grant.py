"""``segrego revoke`` and ``segrego grant``: the right to act, ended and given."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from segrego.cli.common import LeaseMinutes, OtherKeys, say, write

__all__ = ["Access", "Revocable", "complete", "grant_app", "issue", "revoke"]

grant_app = typer.Typer(no_args_is_help=True, help="Give an agent what one task needs, for minutes.")


class Revocable(StrEnum):
    """What can be revoked."""

    agent = "agent"
    task = "task"
    session = "session"


class Access(StrEnum):
    """Access classes."""

    read = "read"
    write = "write"
    execute = "execute"
    administer = "administer"


To = Annotated[str, typer.Option("--to", metavar="FOLDER|s3://BUCKET/PREFIX", help="Where sidecars read bundles.")]
BundleKey = Annotated[Path, typer.Option("--key", metavar="FILE", help="The private key that signs bundles.")]


def revoke(
    what: Annotated[Revocable, typer.Argument(metavar="agent|task|session", help="What is revoked.")],
    name: Annotated[str, typer.Argument(metavar="ID", help="Its id: of an agent, as the agents bundle has it.")],
    reason: Annotated[str, typer.Option(help="Why: for whoever asks later.")],
    to: To,
    key: BundleKey,
    also: OtherKeys = None,
    lease_minutes: LeaseMinutes = 60,
) -> None:
    """End the right of an agent, a task or a session to act: every sidecar denies it once it has the new bundle."""
    _revoke(_KINDS[what], name, reason, to, key, also, lease_minutes)


@grant_app.command()
def issue(
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The issuer's private key.")],
    issuer: Annotated[str, typer.Option(metavar="URL", help="As in runtime.issuers, with use: grant.")],
    agent: Annotated[str, typer.Option(metavar="ID", help="The agent, as the agents bundle has it.")],
    task: Annotated[str, typer.Option(metavar="ID", help="The task; each its own.")],
    tool: Annotated[list[str], typer.Option(metavar="TOOL:OPERATION", help="Repeatable; * for all operations.")],
    access: Annotated[list[Access], typer.Option(help="Repeatable.")],
    calls: Annotated[int, typer.Option(metavar="N", min=1, help="Most calls of the task.")],
    minutes: Annotated[int, typer.Option(metavar="N", min=1, max=1440, help="Until it ends.")],
    resource: Annotated[
        list[str] | None, typer.Option(metavar="ARN", help="Repeatable; may end in *. Default: any.")
    ] = None,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Only in this session. Default: any.")] = None,
    audience: Annotated[str, typer.Option(help="As in runtime.issuers.")] = "segrego",
) -> None:
    """Sign a task grant, and print it as a JWT."""
    from segrego.bundle import grants
    from segrego.bundle.signing import load_key

    granted = grants.Grant(
        issuer=issuer,
        audience=audience,
        agent=agent,
        task=task,
        tools=grants.tools_of(tool),
        access=[entry.value for entry in access],
        calls=calls,
        minutes=minutes,
        resources=resource or (),
        session=session,
    )
    write("-", grants.issue(granted, load_key(key), now_ns=time.time_ns()) + "\n")


@grant_app.command()
def complete(
    task: Annotated[str, typer.Argument(metavar="TASK", help="The task that is done.")],
    to: To,
    key: BundleKey,
    also: OtherKeys = None,
    lease_minutes: LeaseMinutes = 60,
) -> None:
    """End a task: its grants no longer hold."""
    _revoke("tasks", task, "completed", to, key, also, lease_minutes)


_Kind = Literal["agents", "tasks", "sessions"]
_KINDS: dict[Revocable, _Kind] = {
    Revocable.agent: "agents",
    Revocable.task: "tasks",
    Revocable.session: "sessions",
}


def _revoke(
    kind: _Kind, name: str, reason: str, to: str, key: Path, also: list[Path] | None, lease_minutes: int
) -> None:
    from segrego.bundle import publishing
    from segrego.bundle.archive import revision
    from segrego.bundle.signing import load_key
    from segrego.bundle.store import open_store

    now = time.time_ns()
    bundle = publishing.revoke(
        open_store(to),
        publishing.Revocation(kind, name, now, reason),
        load_key(key),
        [load_key(path) for path in also or []],
        not_after_ns=now + lease_minutes * 60_000_000_000,
    )
    say(f"{to}: {kind[:-1]} {name} is revoked in revision {revision(bundle.files)}")
