"""What sidecars report: which revisions they run, and what they decided."""

from __future__ import annotations

import fcntl
import os
import threading
import time
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any

import msgspec

from segrego.errors import InputError, OutputError

__all__ = ["SIDECAR", "DecisionLog", "Fleet", "ForeignReportError", "inflated"]

SIDECAR = "sidecar"
"""The label by which a sidecar says which one it is: the name that its token has at the server."""

_MOST_SIDECARS = 20_000
_MOST_INFLATED = 64 * 1024 * 1024


class ForeignReportError(InputError):
    """A report in the name of another sidecar than the one whose token came with it."""


class Fleet:
    """The last status of each sidecar, by its name and the id that OPA gives itself. A report is what a sidecar says of
    itself."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def take(self, body: bytes, sender: str | None = None) -> None:
        """Take up a status report; ``sender`` is the one sidecar that it may be of. Raises
        :class:`~segrego.errors.InputError` for anything else."""
        try:
            said = msgspec.json.decode(body, type=_Status)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise InputError(f"not a status report: {error}") from error
        if not (name := said.labels.get("id")):
            raise InputError("the status report names no sidecar")
        _check_sender(said.labels, sender)
        key = said.labels.get(SIDECAR, ""), name
        report = {
            "id": name,
            "labels": said.labels,
            "seen_ns": time.time_ns(),
            "bundles": {
                bundle: {"revision": state.active_revision, "code": state.code, "message": state.message}
                for bundle, state in (said.bundles or {}).items()
            },
        }
        with self._lock:
            self._known.pop(key, None)
            self._known[key] = report
            while len(self._known) > _MOST_SIDECARS:
                self._known.popitem(last=False)

    def known(self) -> list[dict[str, Any]]:
        """Every sidecar with its revisions, and when it was last heard of (nanoseconds since the epoch)."""
        with self._lock:
            return [self._known[key] for key in sorted(self._known)]


def _check_sender(labels: object, sender: str | None) -> None:
    named = labels.get(SIDECAR) if isinstance(labels, dict) else None
    if sender is not None and named != sender:
        raise ForeignReportError(f"the token is of the sidecar {sender}, and the report of another")


class _State(msgspec.Struct, frozen=True):
    active_revision: str | None = None
    code: str | None = None
    message: str | None = None


class _Status(msgspec.Struct, frozen=True):
    labels: dict[str, str]
    bundles: dict[str, _State] | None = None


class DecisionLog:
    """A file of decisions, one event a line. What was acknowledged is on disk."""

    def __init__(self, path: Path) -> None:
        """Open or make the file (mode 0600). Raises :class:`~segrego.errors.OutputError`."""
        self._path = path
        self._lock = threading.Lock()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise self._failed(error) from error

    def append(self, body: bytes, *, is_gzip: bool, sender: str | None = None) -> int:
        """Write the events of an upload; how many there were. ``sender`` is the one sidecar that they may be of. An
        upload that is sent again is written again: events are told apart by their decision id.

        Raises :class:`~segrego.errors.InputError` for what is no upload, and :class:`~segrego.errors.OutputError` where
        the file cannot be written: then OPA keeps the events, and sends them again.
        """
        content = inflated(body) if is_gzip else body
        try:
            events = msgspec.json.decode(content, type=list[dict[str, Any]])
        except (msgspec.MsgspecError, RecursionError) as error:
            raise InputError(f"not a list of decisions: {error}") from error
        if not all(isinstance(event.get("decision_id"), str) for event in events):
            raise InputError("a decision has no id")
        for event in events:
            _check_sender(event.get("labels"), sender)
        lines = b"".join(msgspec.json.encode(event) + b"\n" for event in events)
        with self._lock:
            try:
                self._write(lines)
            except OSError as error:
                raise self._failed(error) from error
        return len(events)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, lines: bytes) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            end = self._whole()
            if os.write(self._file, lines) != len(lines):
                os.ftruncate(self._file, end)
                raise OSError(28, "the disk is full")
            os.fdatasync(self._file)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _whole(self) -> int:
        """The size of the file once a line at its end that was cut off, when this server was killed while it wrote, is
        taken away. It was not acknowledged, so OPA sends it again."""
        start = size = os.fstat(self._file).st_size
        tail = b""
        while start > 0 and b"\n" not in tail:
            step = min(start, 65_536 if tail else 1)
            start -= step
            tail = os.pread(self._file, step, start)
        whole = start + tail.rfind(b"\n") + 1
        if whole < size:
            os.ftruncate(self._file, whole)
        return whole

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(f"cannot be written: {error.strerror}", where=str(self._path), hint="Make room there.")


def inflated(body: bytes, most: int = _MOST_INFLATED) -> bytes:
    """What a gzip body holds. Raises :class:`~segrego.errors.InputError` for more than ``most`` bytes, before they are
    made, and for what is not one whole gzip member."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        content = inflater.decompress(body, most + 1)
    except zlib.error as error:
        raise InputError("not gzip") from error
    if len(content) > most:
        raise InputError(f"more than {most} bytes once it is unpacked")
    if not inflater.eof or inflater.unused_data:
        raise InputError("not one whole gzip member")
    return content
