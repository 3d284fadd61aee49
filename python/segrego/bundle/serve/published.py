"""The bundles in a folder as they are now, and a way to wait for the next ones."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import stat
from dataclasses import dataclass
from pathlib import Path

from segrego.bundle.archive import MANIFEST, MOST_BYTES, unpack
from segrego.bundle.contents import NAMES
from segrego.bundle.store import file_name
from segrego.errors import InputError

__all__ = ["Published", "Served"]

_PAUSE_SECONDS = 0.02
"""Between two looks at the folder: three calls of stat."""

_log = logging.getLogger("segrego.serve")

_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Served:
    """A bundle as it is served. Revision and lease are as it says itself; the server verifies no signature, which is
    for sidecars to do. What is no bundle is not served at all: a link in the folder could lead anywhere."""

    data: bytes
    etag: str
    revision: str
    not_after_ns: int


class Published:
    """The folder's bundles. Of one event loop; :meth:`watch` runs as long as the server does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamps: dict[str, _Stamp | None] = {}
        self._served: dict[str, Served] = {}
        self._changed = {name: asyncio.Event() for name in NAMES}
        self.is_closing = False

    def get(self, name: str) -> Served | None:
        """A bundle; null where there is none of that name."""
        return self._served.get(name)

    async def newer(self, name: str, etag: str, seconds: float) -> Served | None:
        """The bundle once it is another one than that with the ``etag``, or as it is after so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while not self.is_closing and (found := self.get(name)) is not None and found.etag == etag:
                    await self._changed[name].wait()
        except TimeoutError:
            pass
        return self.get(name)

    def close(self) -> None:
        """Let everybody who waits go."""
        self.is_closing = True
        for changed in self._changed.values():
            changed.set()

    async def watch(self) -> None:
        """Take up what changes in the folder."""
        while not self.is_closing:
            await self.look()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def look(self) -> None:
        """Take up what has changed since the last look."""
        for name in NAMES:
            path = self._folder / file_name(name)
            stamp = _stamp(path)
            if stamp == self._stamps.get(name):
                continue
            found = None if stamp is None else await asyncio.to_thread(_load, path)
            if found is None:
                self._served.pop(name, None)
            else:
                self._served[name] = found
            self._stamps[name] = stamp
            self._changed[name].set()
            self._changed[name] = asyncio.Event()


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None  # reading a pipe would never end
    return found.st_mtime_ns, found.st_ino, found.st_size


def _load(path: Path) -> Served | None:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        manifest = json.loads(unpack(data, str(path))[MANIFEST])
        revision, not_after_ns = str(manifest["revision"]), int(manifest["metadata"]["not_after_ns"])
    except (OSError, InputError, ValueError, TypeError, KeyError, RecursionError) as error:
        _log.error("%s is no bundle, and is not served: %s", path.name, type(error).__name__)
        return None
    return Served(data, f'"{hashlib.sha256(data).hexdigest()}"', revision, not_after_ns)
