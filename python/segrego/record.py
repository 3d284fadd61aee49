"""The record: what an agent was about to do is on disk before it does it.

A record file is JSON lines, one record each, every record with the hash of the one before it. Records are appended and
synchronised (``fdatasync``) under a lock; nothing is ever rewritten. ``segrego.audit`` verifies the chain.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import hmac
import os
import re
import stat
import threading
import weakref
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from segrego.errors import OutputError

__all__ = ["GENESIS", "Record", "Recorder", "chained"]

_NO_CALL = "No call runs until it can be."
GENESIS = "0" * 64
"""What stands for the hash of the record before the first."""

_CONTROLS = re.compile("[\x7f-\x9f\u2028\u2029]")


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One line. ``event`` is ``decision`` (before the tool runs) or ``outcome`` (after it); an outcome names its
    decision's ``call``. ``arguments`` are masked. ``previous`` and ``hash`` are lower-case hex: SHA-256, or HMAC-
    SHA-256 where the file is kept with a key, over the record's canonical JSON without ``hash``. Times are
    nanoseconds since the epoch.
    """

    number: int
    event: Literal["decision", "outcome"]
    time_ns: int
    call: str
    agent: str
    session: str
    verdict: str | None = None
    reasons: tuple[dict[str, Any], ...] = ()
    decision_id: str | None = None
    source: str | None = None
    access: str | None = None
    domain: str | None = None
    task: str | None = None
    proof_id: str | None = None
    role: str | None = None
    flow: dict[str, Any] | None = None
    tool: str | None = None
    operation: str | None = None
    arguments: dict[str, Any] = {}
    arguments_digest: str | None = None
    resource: str | None = None
    callers: tuple[str, ...] = ()
    revisions: dict[str, str | None] = {}
    traceparent: str | None = None
    outcome: Literal["ran", "failed", "not run", "handed on"] | None = None
    error: str | None = None
    previous: str = GENESIS
    hash: str = ""


class Recorder:
    """Appends records to a file. Threads and processes may share it, also across a fork: the chain goes on from
    whatever stands last."""

    def __init__(self, path: Path, *, key: bytes | None = None) -> None:
        """Open or make ``path`` (mode 0600). Raises :class:`~segrego.errors.OutputError` if it cannot be written, is no
        plain file, or may be written by others than its owner: they could make a chain of their own."""
        self._path = path
        self._key = key
        self._lock = threading.Lock()
        self._file = -1
        try:
            self._open()
        except OSError as error:
            raise _failed(path, error) from error
        _after_fork()
        _open_recorders.add(self)

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        self._file = os.open(self._path, flags, 0o600)
        self._end = -1
        self._last = (0, GENESIS)
        found = os.fstat(self._file)
        problem = None
        if not stat.S_ISREG(found.st_mode):
            problem = "it is no plain file"
        elif found.st_mode & 0o022 or found.st_uid not in (os.geteuid(), 0):
            problem = "others may write to it: chmod 600"
        if problem:
            os.close(self._file)
            self._file = -1
            raise OSError(errno.EPERM, problem)

    def reopen(self) -> None:
        """Open the file anew, in a forked process: a lock on one open file would be of both sides of the fork."""
        self._lock = threading.Lock()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            with suppress(OSError):  # then each record says that it is closed, and denies
                self._open()

    def append(self, record: Record) -> Record:
        """The record as it stands on disk now: with its number and hashes.

        Raises :class:`~segrego.errors.OutputError`; then the record may not be counted on, and the call must not run.
        """
        with self._lock:
            try:
                return self._append(record)
            except OSError as error:
                raise _failed(self._path, error) from error
            except (TypeError, ValueError, OverflowError) as error:
                raise OutputError("a record has no JSON form", where=str(self._path), hint=_NO_CALL) from error

    def close(self) -> None:
        """Close the file. Further records fail."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    def _append(self, record: Record) -> Record:
        if self._file < 0:
            raise OSError(errno.EBADF, "it is closed")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            if os.fstat(self._file).st_nlink == 0:
                raise OSError(errno.ENOENT, "the file was removed")
            return self._append_alone(record)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _append_alone(self, record: Record) -> Record:
        end = os.fstat(self._file).st_size
        if end != self._end:
            self._last = self._read_last(end)
        number, previous = self._last
        made = chained(msgspec.structs.replace(record, number=number + 1), previous, self._key)
        line = _line(made)
        written = os.write(self._file, line)
        if written != len(line):
            os.ftruncate(self._file, end)
            raise OSError(errno.ENOSPC, "the disk is full")
        os.fdatasync(self._file)
        self._end = end + len(line)
        self._last = (made.number, made.hash)
        return made

    def _read_last(self, end: int) -> tuple[int, str]:
        """Number and hash of the last record. A last line that is cut off (a crash) is left where it is, and ended."""
        if end == 0:
            return 0, GENESIS
        start, tail = end, b""
        while start > 0 and tail.count(b"\n") < 2:
            step = min(start, 65_536)
            start -= step
            tail = os.pread(self._file, step, start) + tail
        if not tail.endswith(b"\n"):
            os.write(self._file, b"\n")
        lines = [line for line in tail.split(b"\n") if line]
        for line in reversed(lines):
            try:
                last = msgspec.json.decode(line, type=Record)
            except msgspec.DecodeError:
                continue
            return last.number, last.hash
        raise OSError(errno.EIO, "the file holds no record of ours")


def _line(record: Record) -> bytes:
    """One line, whatever reads it: names may hold characters that end a line elsewhere, or command a terminal."""
    line = msgspec.json.encode(record)
    if not line.isascii() or b"\x7f" in line:
        line = _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", line.decode()).encode()
    return line + b"\n"


_open_recorders: weakref.WeakSet[Recorder] = weakref.WeakSet()


@cache
def _after_fork() -> None:
    """From now on, a forked process opens every recorder's file anew. Once is enough."""
    os.register_at_fork(after_in_child=_reopen_all)


def _reopen_all() -> None:
    for recorder in tuple(_open_recorders):
        recorder.reopen()


def chained(record: Record, previous: str, key: bytes | None) -> Record:
    """The record with the hash of the one before it, and its own."""
    linked = msgspec.structs.replace(record, previous=previous, hash="")
    text = msgspec.json.encode(linked, order="deterministic")
    value = hmac.new(key, text, hashlib.sha256).hexdigest() if key else hashlib.sha256(text).hexdigest()
    return msgspec.structs.replace(linked, hash=value)


def _failed(path: Path, error: OSError) -> OutputError:
    return OutputError(f"the record cannot be written: {error.strerror}", where=str(path), hint=_NO_CALL)
