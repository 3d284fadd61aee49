"""Reading files that a configuration names: below the folder that is scanned, and nowhere else."""

from __future__ import annotations

import fnmatch
import os
import posixpath
import stat
from pathlib import Path

__all__ = ["MAX_BYTES", "Reader"]

MAX_BYTES = 1024 * 1024
"""Largest file that ``file`` and ``templatefile`` read."""

MAX_FOUND = 10_000
"""Most files that ``fileset`` looks at."""


class Reader:
    """Reads below ``root`` (null reads nothing: standard input). Paths are taken from ``base``, a folder below it."""

    def __init__(self, root: Path | None, base: str) -> None:
        self._root = None if root is None else root.resolve()
        self._base = Path(base)
        self._read: dict[str, str | None] = {}

    def text(self, path: str) -> str | None:
        """The text of a file; null if it is not there, outside, or no text."""
        if path not in self._read:
            self._read[path] = self._text(path)
        return self._read[path]

    def shown(self, path: str) -> str:
        """The path of a file as reports show it."""
        return posixpath.normpath(posixpath.join(self._base.as_posix(), path))

    def matching(self, folder: str, pattern: str) -> list[str] | None:
        """The paths below ``folder`` that match a ``fileset`` pattern; null if the folder is outside."""
        top = self._inside(folder)
        if top is None or not top.is_dir():
            return None
        found: list[str] = []
        looked_at = 0
        for where, folders, names in os.walk(top):
            folders.sort()
            for name in sorted(names):
                looked_at += 1
                if looked_at > MAX_FOUND:
                    return None
                relative = (Path(where) / name).relative_to(top)
                if _matches(relative.as_posix(), pattern):
                    found.append(relative.as_posix())
        return found

    def _text(self, path: str) -> str | None:
        file = self._inside(path)
        try:
            if file is None or not stat.S_ISREG(file.stat().st_mode) or file.stat().st_size > MAX_BYTES:
                return None
            with file.open("rb") as opened:
                data = opened.read(MAX_BYTES + 1)
            return data.decode() if len(data) <= MAX_BYTES else None
        except (OSError, UnicodeDecodeError):
            return None

    def _inside(self, path: str) -> Path | None:
        """Where a path leads once links are followed, if that is below the root."""
        if self._root is None or "\0" in path:
            return None
        try:
            found = (self._base / path).resolve()
        except (OSError, RuntimeError):  # a circle of links
            return None
        return found if found.is_relative_to(self._root) else None


def _matches(path: str, pattern: str) -> bool:
    """Whether a path matches: ``*`` stays within a folder, ``**`` does not, ``{a,b}`` is either."""
    head, brace, rest = pattern.partition("{")
    if brace and "}" in rest:
        choices, _, tail = rest.partition("}")
        return any(_matches(path, f"{head}{choice}{tail}") for choice in choices.split(",")[:64])
    return _parts_match(path.split("/"), pattern.split("/")[:32])


def _parts_match(path: list[str], pattern: list[str]) -> bool:
    reached = {0}
    for part in [*path, None]:
        for start in list(reached):
            end = start
            while end < len(pattern) and pattern[end] == "**":
                end += 1
            reached.update(range(start, end + 1))
        if part is None:
            break
        reached = {at for at in reached if at < len(pattern) and pattern[at] == "**"} | {
            at + 1
            for at in reached
            if at < len(pattern) and pattern[at] != "**" and fnmatch.fnmatchcase(part, pattern[at])
        }
    return len(pattern) in reached
