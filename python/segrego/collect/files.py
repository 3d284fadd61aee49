"""From paths to one inventory: walks folders, gives every file to the source that claims it, and joins the results."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import cast

from segrego.collect.source import FileSource, Given, Moment, SourceFile
from segrego.errors import InputError
from segrego.facts import merge
from segrego.inventory import Fact, Gap, Inventory, Location, Source
from segrego.loading import load

__all__ = ["FILE_SOURCES", "collect_files"]

FILE_SOURCES = (
    "segrego.collect.document",
    "segrego.collect.terraform",
    "segrego.collect.cloudformation",
)
"""Modules with a ``SOURCE``, asked in this order whether a file is theirs."""

MAX_BYTES = 512 * 1024 * 1024
"""Largest file that is read. The largest known Terraform plans are under 300 MB."""

SUFFIXES = frozenset({".json", ".yaml", ".yml", ".template", ".tf", ".tofu", ".tfvars", ".tfstate"})
"""What is looked at inside a folder. A file named on the command line may be called anything."""

SKIPPED_FOLDERS = frozenset({".aws-sam", ".git", ".terraform", ".tox", ".venv", "__pycache__", "node_modules", "venv"})
_HIDES_ALL: tuple[Fact, ...] = ("workloads", "bindings", "tools", "trust", "policies")
_KINDS = "a CloudFormation, SAM or CDK template, a Terraform configuration, plan (as JSON) or state, or an inventory"


@dataclass
class _Scan:
    moment: Moment = "planned"
    files: list[SourceFile] = field(default_factory=list)
    unread: list[Gap] = field(default_factory=list)
    looked_at: int = 0


def collect_files(paths: Sequence[str], parameters: Sequence[str] = (), *, moment: Moment = "planned") -> Inventory:
    """One inventory of everything at ``paths``: files, folders, and ``-`` for standard input. ``parameters`` are files
    with the parameters of CloudFormation templates: ``FILE``, ``TEMPLATE=FILE``, ``samconfig.toml#ENVIRONMENT``.
    ``moment`` says what a Terraform plan is read for: what it leaves behind (``planned``), or what was there before
    (``prior``).

    Raises :class:`~segrego.errors.InputError` for a path that cannot be read, a named file that no source
    understands, and where nothing at all was found. What cannot be read inside a folder is a gap.
    """
    scan = _Scan(moment)
    for path in dict.fromkeys(paths):
        _take(path, scan)
    scan.files += map(_parameters, parameters)
    inventory = merge([*_read(scan), _unread(scan)])
    _refuse_broken(scan, inventory)
    if not inventory.sources:
        raise InputError(
            f"nothing to read among {scan.looked_at} files",
            where=", ".join(paths),
            hint=f"Give the path of {_KINDS}.",
        )
    return inventory


def _take(path: str, scan: _Scan) -> None:
    if path == "-":
        data = _bounded(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>")
        scan.files.append(SourceFile("<stdin>", data, named=True, moment=scan.moment))
    elif Path(path).is_dir():
        for found in _walk(Path(path), scan):
            scan.looked_at += 1
            try:
                scan.files.append(SourceFile(_shown(found), _bytes(found), root=Path(path), moment=scan.moment))
            except InputError as error:
                scan.unread.append(_unreadable(_shown(found), error))
    else:
        file = Path(path)
        scan.files.append(SourceFile(_shown(file), _bytes(file), named=True, root=file.parent, moment=scan.moment))


def _walk(root: Path, scan: _Scan) -> Iterator[Path]:
    """Files below a folder, in a fixed order. Links are not followed; one that leads out of the folder is a gap."""

    def unreadable(error: OSError) -> None:
        shown = _shown(Path(error.filename))
        scan.unread.append(_unreadable(shown, InputError(f"cannot open the folder: {error.strerror}", where=shown)))

    for folder, folders, names in os.walk(root, onerror=unreadable):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        for name in sorted(names):
            path = Path(folder) / name
            if path.suffix.lower() not in SUFFIXES:
                continue
            if not path.is_symlink():
                yield path
            elif (astray := _astray(path, root)) is not None:
                shown = _shown(path)
                scan.unread.append(_unreadable(shown, InputError(astray, where=shown)))


def _astray(link: Path, root: Path) -> str | None:
    """What is wrong with a link; null for one to a file below the folder, which the walk finds by itself."""
    try:
        inside = link.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # up to Python 3.12 a circle is a RuntimeError
        return "a link that leads nowhere"
    return None if inside else "a link that leads out of the folder"


def _bytes(path: Path) -> bytes:
    shown = _shown(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError("not a regular file", where=shown, hint=f"Give the path of {_KINDS}.")
        with path.open("rb") as file:
            return _bounded(file.read(MAX_BYTES + 1), shown)
    except OSError as error:
        hint = "Correct the path." if isinstance(error, FileNotFoundError) else "Check its permissions."
        raise InputError(f"cannot be read: {error.strerror}", where=shown, hint=hint) from error


def _bounded(data: bytes, shown: str) -> bytes:
    if len(data) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES >> 20} MiB", where=shown, hint="Split the input.")
    return data


def _shown(path: Path) -> str:
    """The path as reports show it: relative to the working directory where it lies below it, with forward slashes.

    Bytes of a name that are no UTF-8 are escaped: no document could hold them.
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  # resolve() would follow links, and name another file
    here = Path.cwd()
    shown = absolute.relative_to(here) if absolute.is_relative_to(here) else path
    return shown.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _read(scan: _Scan) -> list[Inventory]:
    sources = [cast("FileSource", import_module(name).SOURCE) for name in FILE_SOURCES]
    claimed: list[list[SourceFile]] = [[] for _ in sources]
    for file in scan.files:
        mine = next((index for index, source in enumerate(sources) if _is_for(source, file)), None)
        if mine is not None:
            claimed[mine].append(file)
        elif file.named:
            raise _not_understood(file)
    return [source.read(files) for source, files in zip(sources, claimed, strict=True) if files]


def _is_for(source: FileSource, file: SourceFile) -> bool:
    return source.claims(file) if file.given is None else source.kind == file.given.source


def _parameters(text: str) -> SourceFile:
    target, _, path = ("", "", text) if Path(text).exists() else text.rpartition("=")
    name, _, section = (path, "", "") if Path(path).exists() else path.partition("#")
    given = Given("cloudformation", _shown(Path(target)) if target else "", section)
    return SourceFile(_shown(Path(name)), _bytes(Path(name)), named=True, given=given)


def _not_understood(file: SourceFile) -> InputError:
    if b"\0" in file.data:
        return InputError("a binary file", where=file.name, hint=f"Give the path of {_KINDS}.")
    try:
        load(file.data, file.name)
    except InputError as error:
        return error
    return InputError("not understood", where=file.name, hint=f"Give the path of {_KINDS}.")


def _refuse_broken(scan: _Scan, inventory: Inventory) -> None:
    """A file that the user named, and that cannot be read at all, is an error and no gap."""
    named = {file.name for file in scan.files if file.named}
    for gap in inventory.gaps:
        if gap.code == "unreadable_file" and gap.subject in named:
            line = gap.location.line if gap.location else None
            raise InputError(gap.message, where=f"{gap.subject}:{line}" if line else gap.subject)


def _unread(scan: _Scan) -> Inventory:
    return Inventory(gaps=tuple(scan.unread), sources=tuple(_source(gap.subject) for gap in scan.unread))


def _source(name: str) -> Source:
    return Source(id=name, kind="document")


def _unreadable(name: str, error: InputError) -> Gap:
    return Gap(
        code="unreadable_file",
        subject=name,
        facts=_HIDES_ALL,
        message=f"{error.message}: name it on the command line once it can be read",
        location=Location(source=name, file=name),
    )
