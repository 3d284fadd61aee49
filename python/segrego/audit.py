"""Reading records: whether they are whole, what a session did, and who acted under a role.

A chain tells an edit, a gap, and a record that was taken out. What it cannot tell by itself is a cut at its end: for
that compare the last number and hash with those of an earlier verification, or give the decisions of OPA's log, which
name those that the record lacks.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from segrego.errors import InputError
from segrego.inventory import Inventory
from segrego.record import GENESIS, Record, chained

__all__ = ["Actor", "Holder", "Problem", "Verification", "actors", "decision_ids", "holders", "read", "trace", "verify"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and on which line (from 1)."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Verification:
    """``last`` is number and hash of the last good record. ``unfinished`` are calls that were allowed and have no
    outcome: the process ended while they ran."""

    records: int
    last: tuple[int, str]
    problems: tuple[Problem, ...]
    unfinished: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Actor:
    """An agent that acted under a role: how many calls it made, and when first and last (nanoseconds)."""

    agent: str
    allowed: int
    denied: int
    first_ns: int
    last_ns: int


@dataclass(frozen=True, slots=True)
class Holder:
    """A workload that a role is bound to: its id, name and kind, and the slot that the role is in."""

    agent: str
    name: str
    kind: str
    slot: str


def read(path: Path) -> Iterator[tuple[int, Record | None]]:
    """Line numbers with their records; null for a line that is none.

    Raises :class:`~segrego.errors.InputError` if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield number, msgspec.json.decode(line, type=Record)
                except msgspec.MsgspecError:
                    yield number, None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), hint="Correct the path.") from error


def verify(
    path: Path, *, key: bytes | None = None, decisions: Iterable[str] = (), known: tuple[int, str] | None = None
) -> Verification:
    """Follow the chain. ``decisions`` are ids from OPA's decision log: one that no record has is a problem. ``known``
    is what ``last`` was at an earlier verification: if that record is gone, the file was cut or made anew."""
    problems: list[Problem] = []
    is_known = known is None or known == (0, GENESIS)
    previous, number, count, line = GENESIS, 0, 0, 0
    pending: dict[str, None] = {}
    missing = dict.fromkeys(decisions)
    for line, record in read(path):
        if record is None:
            problems.append(Problem(line, "not a record: the line was edited, or cut off by a crash"))
            continue
        count += 1
        problems += [Problem(line, what) for what in _wrong(record, previous, number, key)]
        previous, number = record.hash, record.number
        is_known = is_known or known == (number, previous)
        missing.pop(record.decision_id or "", None)
        if record.event == "outcome":
            pending.pop(record.call, None)
        elif record.verdict == "allow":
            pending[record.call] = None
    problems += [Problem(line, f"the decision {name} of OPA's log has no record") for name in missing]
    if not is_known and known is not None:
        problems.append(Problem(line, f"record {known[0]} is not the one that an earlier verification saw"))
    return Verification(count, (number, previous), tuple(problems), tuple(pending))


def _wrong(record: Record, previous: str, number: int, key: bytes | None) -> Iterator[str]:
    if record.number != number + 1:
        yield f"record {number + 1} is missing: the next is {record.number}"
    if not hmac.compare_digest(record.previous, previous):
        yield "it does not follow the record before it"
    if not hmac.compare_digest(record.hash, chained(record, record.previous, key).hash):
        yield "its content is not what was written"


def decision_ids(path: Path) -> list[str]:
    """The ids of the decisions on tool calls in a decision log of OPA (JSON lines, one event each). A last line that
    has no end is being written, or was cut off before it was acknowledged, and is left out.

    Raises :class:`~segrego.errors.InputError` if the file cannot be read, or a line of it is no event.
    """
    found: list[str] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    event = msgspec.json.decode(line, type=_Event)
                except msgspec.MsgspecError as error:
                    if not line.endswith(b"\n"):
                        break
                    hint = "Give OPA's decision log as JSON lines."
                    raise InputError("not a decision", where=f"{path}:{number}", hint=hint) from error
                if event.path.strip("/") == _DECISION:
                    found.append(event.decision_id)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), hint="Correct the path.") from error
    return found


class _Event(msgspec.Struct, frozen=True):
    decision_id: str
    path: str = ""


_DECISION = "segrego/runtime/decision"


def trace(paths: Iterable[Path], session: str) -> list[tuple[Record, Record | None]]:
    """A session's calls in order, each with its outcome (null: denied, or none was written)."""
    found = [record for path in paths for _, record in read(path) if record is not None and record.session == session]
    outcomes = {record.call: record for record in found if record.event == "outcome"}
    decided = sorted((record for record in found if record.event == "decision"), key=lambda record: record.time_ns)
    return [(record, outcomes.get(record.call)) for record in decided]


def actors(paths: Iterable[Path], role: str) -> list[Actor]:
    """Which agents acted under a role, by its ARN as the process saw it or by its name."""
    found: dict[str, list[Record]] = {}
    for path in paths:
        for _, record in read(path):
            if record is not None and record.event == "decision" and _is_role(record.role, role):
                found.setdefault(record.agent, []).append(record)
    return [_actor(agent, records) for agent, records in sorted(found.items())]


def holders(inventory: Inventory, role: str) -> list[Holder]:
    """Which workloads can act under a role by an inventory with its derived fields, whether or not they did."""
    names = {workload.id: workload.name for workload in inventory.workloads}
    found = [
        Holder(binding.workload, names.get(binding.workload) or binding.workload, binding.kind, binding.slot)
        for entry in inventory.roles
        if entry.id == role or _is_role(entry.arn, role)
        for binding in entry.bindings
    ]
    return sorted(set(found), key=lambda holder: (holder.agent, holder.slot))


def _actor(agent: str, records: list[Record]) -> Actor:
    times = [record.time_ns for record in records]
    allowed = sum(record.verdict == "allow" for record in records)
    return Actor(agent, allowed, len(records) - allowed, min(times), max(times))


def _is_role(held: str | None, role: str) -> bool:
    """An assumed-role session is of the role that its ARN names; a path in the role's own ARN is not part of that."""
    if held is None:
        return False
    wanted = role.rpartition("/")[2]
    parts = held.split(":", 5)[-1].split("/")
    name = parts[1] if parts[0] == "assumed-role" and len(parts) > 1 else parts[-1]
    account = role.split(":")[4] if role.count(":") >= 5 else None
    return name == wanted and (account is None or held.split(":")[4:5] == [account])
