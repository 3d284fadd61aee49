"""The compiled module, kept between processes.

Compiling the policy's Wasm takes a quarter of a second, loading the result two milliseconds. What is kept is *native
code that will be run*, so it is taken only from a directory that is the user's and that nobody else can enter, and only
from a file that nobody else can write; anything else is left alone and the policy compiled afresh. The digest in
front catches a damaged file. It is no defence against the user's own account, which could as well replace Python.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from segrego.errors import EngineError

if TYPE_CHECKING:
    import wasmtime

__all__ = ["default_directory", "load"]

_DIGEST_BYTES = hashlib.sha256().digest_size
_SUFFIX = ".module"
_KEPT = 4
"""Modules of other versions that stay, so that two installations can take turns without growing the directory."""
_MAX_BYTES = 256 * 1024 * 1024


def default_directory() -> Path | None:
    """The user's directory for compiled modules (XDG on Linux, ``~/Library/Caches`` on macOS); null if unknown."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    if Path(named).is_absolute():
        return Path(named) / "segrego" / "compiled"
    try:
        home = Path.home()
    except RuntimeError:  # no HOME and no entry for the user: there is no place to keep anything
        return None
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "segrego" / "compiled"


def load(engine: wasmtime.Engine, wasm: bytes, directory: Path | None, *, where: str) -> wasmtime.Module:
    """The module for ``wasm``: from ``directory`` if it holds one that fits, else compiled and put there.

    Raises :class:`~segrego.errors.EngineError` if ``wasm`` is not a module.
    """
    from importlib.metadata import version

    import wasmtime

    name = _key(wasm, version("wasmtime")) + _SUFFIX
    kept = _read(directory, name) if directory else None
    if kept is not None:
        # compiled for another processor, or by a wasmtime with other settings
        with contextlib.suppress(wasmtime.WasmtimeError):
            return wasmtime.Module.deserialize(engine, kept)
    try:
        module = wasmtime.Module(engine, wasm)
    except wasmtime.WasmtimeError as error:
        raise EngineError("the compiled policy is damaged", where=where, hint="Install segrego again.") from error
    if directory:
        _write(directory, name, bytes(module.serialize()))
    return module


def _key(wasm: bytes, version: str) -> str:
    facts = "\0".join([version, sys.platform, platform.machine(), "epoch"])
    return hashlib.sha256(wasm + b"\0" + facts.encode()).hexdigest()


@contextlib.contextmanager
def _private(directory: Path) -> Iterator[int | None]:
    """A descriptor of the directory if it is the user's alone, else null. All later steps go through the descriptor."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        found = os.fstat(descriptor)
        yield descriptor if found.st_uid == os.geteuid() and not found.st_mode & 0o077 else None
    finally:
        os.close(descriptor)


def _read(directory: Path, name: str) -> bytes | None:
    with _private(directory) as parent:
        if parent is None:
            return None
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
        except OSError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
                return None
            content = file.read(_MAX_BYTES)
    digest, module = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return module if hashlib.sha256(module).digest() == digest else None


def _write(directory: Path, name: str, module: bytes) -> None:
    # A cache that cannot be written (a read-only home, a full disk) costs time on the next run, and nothing else.
    with contextlib.suppress(OSError):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _private(directory) as parent:
            if parent is None:
                return
            temporary = f".{name}.{os.getpid()}.{os.urandom(4).hex()}"
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(hashlib.sha256(module).digest() + module)
                os.replace(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
            except OSError:
                os.unlink(temporary, dir_fd=parent)
                raise
            _prune(parent, name)


def _prune(parent: int, name: str) -> None:
    others = [entry for entry in os.listdir(parent) if entry.endswith(_SUFFIX) and entry != name]
    ages = {entry: os.stat(entry, dir_fd=parent, follow_symlinks=False).st_mtime for entry in others}
    for entry in sorted(others, key=lambda entry: ages[entry], reverse=True)[_KEPT - 1 :]:
        os.unlink(entry, dir_fd=parent)
