"""The seam between what reads files and what understands them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from segrego.inventory import Inventory

__all__ = ["FileSource", "Given", "Moment", "SourceFile"]

Moment = Literal["planned", "prior"]
"""Which side of a change a plan is read for: what will be there, or what is there before."""


@dataclass(frozen=True, slots=True)
class Given:
    """Makes a file one that the user gives a source beside what it reads (``--parameters``). ``source``: the kind of
    the source that takes it. ``target``: the input file that it is for (empty: whatever it fits). ``section``: the part
    of it that counts (empty: its default)."""

    source: str
    target: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file in a scan. ``name`` is the path as reports show it: POSIX, relative to the working directory where it
    lies below it, ``<stdin>`` for standard input. ``named`` is true if the user gave this very path, not a folder
    above it. ``given`` is set for a file that is no input of its own: only the source that it is given to sees it.
    ``root`` is the folder that is scanned, below which a source may read further files that this one names (null: it
    may read none). ``moment`` is for files that tell of two."""

    name: str
    data: bytes
    named: bool = False
    given: Given | None = None
    root: Path | None = None
    moment: Moment = "planned"

    @property
    def suffix(self) -> str:
        """The file extension with its dot, lower case; empty for standard input."""
        base = self.name.rpartition("/")[2]
        return ("." + base.rpartition(".")[2]).lower() if "." in base.lstrip(".") else ""


class FileSource(Protocol):
    """A kind of file that segrego understands. One module each; register it in ``segrego.collect.FILE_SOURCES``."""

    @property
    def kind(self) -> str:
        """The name of the source, as in :class:`segrego.inventory.Source`."""

    def claims(self, file: SourceFile) -> bool:
        """Whether the file looks like one of this kind. Cheap: looks at the bytes, and does not parse."""

    def read(self, files: Sequence[SourceFile]) -> Inventory:
        """All claimed files of one scan, together, so that references across files resolve.

        A file that cannot be parsed is a gap (``unreadable_file``) on its source; nothing is raised for it.
        """
