"""A file that keeps a sweep's answers, so that one that was interrupted goes on where it was.

It is a SQLite database: every answer is written whole or not at all, whatever ends the run. It holds what
:mod:`segrego.collect.aws.calls` keeps of answers, which has no secret in it, and never credentials; only its owner may
read it. It belongs to one account's credentials, one set of options and one version of what is kept, and is of no use
to another run or after a day: facts of yesterday and of today make no inventory.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import threading
import time
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from types import TracebackType

import msgspec

from segrego.collect.aws.calls import OPERATIONS
from segrego.collect.aws.options import AwsOptions
from segrego.errors import CollectError

__all__ = ["Checkpoint"]

_APPLICATION = 0x53454752  # "SEGR", in the header of the file
_MAX_AGE_SECONDS = 24 * 60 * 60
_TABLES = {"answers", "run"}
_SCHEMA = """
    CREATE TABLE answers (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE run (digest TEXT NOT NULL, started REAL NOT NULL);
"""
_ASIDE = frozenset(
    {"max_workers", "max_accounts", "max_attempts", "connect_timeout_seconds", "read_timeout_seconds", "poll_seconds"}
    | {"poll_timeout_seconds"}
)
"""Options that change how a run goes and not what it finds: a resumed one may have others."""


class Checkpoint:
    """The answers of one sweep in a file. Safe to share between threads; use it as a context manager.

    ``discard`` deletes the file, once the inventory is written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._is_bound = False

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    @property
    def is_bound(self) -> bool:
        """Whether a run has taken the file for its own."""
        return self._is_bound

    def bind(self, options: AwsOptions, account: str) -> Checkpoint:
        """Open the file for a run, or go on with it.

        Raises :class:`~segrego.errors.CollectError` for a file that is no checkpoint, is another run's, too old, open
        in another process, or that others could have written.
        """
        is_new = self._create()
        try:
            database = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=1)
            self._database = database
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            if is_new:
                database.executescript(f"PRAGMA application_id = {_APPLICATION}; {_SCHEMA}")
                database.execute("INSERT INTO run VALUES (?, ?)", (_digest(options, account), time.time()))
            else:
                self._check(database, _digest(options, account))
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.OperationalError as error:
            raise self._error(f"cannot be used: {error}", "Wait for the run that has it open.") from error
        except sqlite3.DatabaseError as error:
            raise self._error("is not a checkpoint", "Name another file.") from error
        self._is_bound = True
        return self

    def get(self, key: bytes) -> bytes | None:
        """The answer of an earlier run to this call."""
        with self._lock:
            found = self._open().execute("SELECT value FROM answers WHERE key = ?", (key,)).fetchone()
        return None if found is None else bytes(found[0])

    def put(self, key: bytes, value: bytes) -> None:
        """Keep an answer."""
        with self._lock:
            try:
                self._open().execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, value))
            except sqlite3.OperationalError as error:
                raise self._error(f"cannot be written: {error}", "Make room, or name another file.") from error

    def discard(self) -> None:
        """Delete the file: the run is done, and the next one asks anew."""
        self.__exit__(None, None, None)
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                Path(f"{self._path}{suffix}").unlink()

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            raise RuntimeError("the checkpoint is not bound to a run")
        return self._database

    def _create(self) -> bool:
        """Make the file for its owner alone; false, if it is there and is the owner's alone."""
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600))
        except FileExistsError:
            found = self._path.lstat()
            if not stat.S_ISREG(found.st_mode):
                raise self._error("is not a file", "Name another one.") from None
            if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
                raise self._error("is open to others", "Delete it, or name another file.") from None
            return False
        except OSError as error:
            raise self._error(f"cannot be made: {error.strerror}", "Name a file in a folder that exists.") from error
        return True

    def _check(self, database: sqlite3.Connection, digest: str) -> None:
        application = database.execute("PRAGMA application_id").fetchone()[0]
        schema = {(kind, name) for kind, name in database.execute("SELECT type, name FROM sqlite_master")}
        tables = {name for kind, name in schema if kind == "table"}
        if application != _APPLICATION or tables != _TABLES or {kind for kind, _ in schema} - {"table", "index"}:
            raise self._error("is not a checkpoint", "Name another file.")
        run = database.execute("SELECT digest, started FROM run").fetchone()
        if run is None or run[0] != digest:
            raise self._error(
                "is the checkpoint of another run",
                "Give the options and credentials that it was made with, or delete it to begin anew.",
            )
        if not 0 <= time.time() - run[1] < _MAX_AGE_SECONDS:
            raise self._error("is older than a day", "Delete it to begin anew.")

    def _error(self, message: str, hint: str) -> CollectError:
        return CollectError(f"the checkpoint {message}", where=str(self._path), hint=hint)


def _digest(options: AwsOptions, account: str) -> str:
    """What a checkpoint is bound to. Of the options only this hash is in the file."""
    chosen = {each.name: getattr(options, each.name) for each in fields(options) if each.name not in _ASIDE}
    text = msgspec.json.encode((account, chosen, OPERATIONS), order="deterministic")
    return f"sha256:{hashlib.sha256(text).hexdigest()}"
