"""``segrego audit``: what agents did, and whether the record of it is whole."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segrego.cli.common import NoColor, Shape, say, table, write
from segrego.errors import ConfigError

if TYPE_CHECKING:
    from segrego.audit import Actor, Holder, Verification
    from segrego.record import Record

__all__ = ["app", "trace", "verify", "who"]

app = typer.Typer(no_args_is_help=True, help="Read the records of enforcement points.")

EXIT_BROKEN = 1


Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Records of enforcement points.")]
Decisions = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="OPA's decision log as JSON lines, joined by the decision's id."),
]
Format = Annotated[Shape, typer.Option("--format", "-f", help="What is printed.")]


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The record of an enforcement point.")],
    decisions: Decisions = None,
    key_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The key that the record is kept with, if it is.")
    ] = None,
    known: Annotated[
        str | None, typer.Option(metavar="NUMBER:HASH", help="What an earlier verification printed as last.")
    ] = None,
    format_: Format = Shape.table,
) -> None:
    """Follow the chain of a record: edits, gaps, and records that were taken out; and decisions of OPA's log that were
    never recorded. Exit code 1: it is not whole."""
    from segrego import audit

    ids = [name for path in decisions or [] for name in audit.decision_ids(path)]
    found = audit.verify(file, key=_key(key_file), decisions=ids, known=_known(known))
    write("-", _json(found) if format_ is Shape.json else _verification(file, found))
    if found.problems:
        raise typer.Exit(EXIT_BROKEN)


@app.command()
def trace(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="The session's id.")],
    files: Files,
    decisions: Decisions = None,
    format_: Format = Shape.table,
    no_color: NoColor = False,
) -> None:
    """Show a session's calls in order: agent, prompt flow, tool, decision and what came of it; and, with OPA's log,
    whether the decision is in it."""
    from segrego import audit

    _warn(files)
    calls = audit.trace(files, session)
    logged = None if decisions is None else {name for path in decisions for name in audit.decision_ids(path)}
    if format_ is Shape.json:
        write("-", _json([_joined(decided, outcome, logged) for decided, outcome in calls]))
        return
    columns: tuple[str, ...] = ("time", "agent", "flow", "tool", "verdict", "why", "outcome", "decision")
    rows = [_call(*call) for call in calls]
    if logged is not None:
        columns = (*columns, "logged")
        rows = [(*row, _logged(decided, logged)) for row, (decided, _) in zip(rows, calls, strict=True)]
    table(f"session {session}", columns, rows, no_color=no_color)


@app.command()
def who(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="Its ARN or its name.")],
    files: Files,
    inventory: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Also say who could, by this inventory or template. Repeatable."),
    ] = None,
    format_: Format = Shape.table,
    no_color: NoColor = False,
) -> None:
    """Say which agents acted under a role, how often and when; and which could have."""
    from segrego import audit

    _warn(files)
    found = audit.actors(files, role)
    could = _could(role, inventory) if inventory else None
    if format_ is Shape.json:
        write("-", _json({"acted": found, "could": could}))
        return
    columns = ("agent", "allowed", "not allowed", "first", "last")
    table(f"acted under {role}", columns, [_actor(actor) for actor in found], no_color=no_color)
    if could is not None:
        rows = [(holder.name, holder.kind, holder.slot, holder.agent) for holder in could]
        table(f"could act under {role}", ("name", "kind", "slot", "agent"), rows, no_color=no_color)


def _could(role: str, paths: list[str]) -> list[Holder]:
    from segrego import audit
    from segrego.collect.files import collect_files
    from segrego.facts import derive

    inventory = derive(collect_files(paths, ()))
    if inventory.gaps:
        say(f"warning: {len(inventory.gaps)} gaps in the inventory: there may be more who could")
    return audit.holders(inventory, role)


def _warn(files: list[Path]) -> None:
    """Say what could not be read: it may be what is looked for."""
    from segrego import audit

    for path in files:
        if broken := sum(record is None for _, record in audit.read(path)):
            say(f"warning: {path}: {broken} lines are no records and are left out; `segrego audit verify` names them")


def _joined(decided: Record, outcome: Record | None, logged: set[str] | None) -> dict[str, Any]:
    found: dict[str, Any] = {"decision": decided, "outcome": outcome}
    return found if logged is None else found | {"logged": _logged(decided, logged)}


def _logged(decided: Record, logged: set[str]) -> str:
    """Whether OPA's log has the decision. One that the enforcement point took itself is in none."""
    if decided.decision_id is None:
        return "not OPA's"
    return "yes" if decided.decision_id in logged else "no"


def _call(decided: Record, outcome: Record | None) -> tuple[str, ...]:
    flow = "/".join(str(part) for part in (decided.flow or {}).values() if part)
    rules = ", ".join(sorted({str(reason.get("rule")) for reason in decided.reasons}))
    ended = "" if outcome is None else f"{outcome.outcome}{f' ({outcome.error})' if outcome.error else ''}"
    if outcome is None and decided.verdict == "allow":
        ended = "unknown"
    return (
        _time(decided.time_ns),
        decided.agent,
        flow,
        f"{decided.tool}.{decided.operation}",
        decided.verdict or "",
        rules,
        ended,
        decided.decision_id or "",
    )


def _actor(actor: Actor) -> tuple[str, ...]:
    return (actor.agent, str(actor.allowed), str(actor.denied), _time(actor.first_ns), _time(actor.last_ns))


def _verification(file: Path, found: Verification) -> str:
    state = "NOT WHOLE" if found.problems else "whole"
    lines = [f"{file}: {found.records} records, {state}"]
    lines += [f"  line {problem.line}: {problem.what}" for problem in found.problems]
    lines += [f"  the call {call} was allowed and has no outcome" for call in found.unfinished]
    return "\n".join([*lines, f"last: {found.last[0]}:{found.last[1]}", ""])


def _json(value: Any) -> str:
    import msgspec

    return json.dumps(msgspec.to_builtins(value), indent=2) + "\n"


def _time(nanoseconds: int) -> str:
    try:
        return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return f"{nanoseconds} ns"


def _key(path: Path | None) -> bytes | None:
    """The bytes of the file; a line's end at its end is none of them."""
    if path is None:
        return None
    try:
        key = path.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path), hint="Correct the path.") from error
    if not key:
        raise ConfigError("the key is empty", where=str(path), hint="Give the key that the record is kept with.")
    return key


def _known(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,18}:[0-9a-f]{64}", text):
        raise ConfigError(f"{text!r} is not NUMBER:HASH", where="--known", hint="Give what was printed as last.")
    number, _, value = text.partition(":")
    return int(number), value
