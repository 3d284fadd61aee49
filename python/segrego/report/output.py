"""Writing results: a file is replaced whole, or not at all."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from segrego.errors import OutputError

__all__ = ["write", "write_bytes"]


def write(path: str, text: str) -> None:
    """Write ``text`` to ``path`` (``-`` is standard output) in UTF-8; a terminal gets what it can show.

    The file is written beside its place and then renamed, so that nobody ever reads half of it. Raises
    :class:`~segrego.errors.OutputError`, and :class:`BrokenPipeError` for a reader that went away.
    """
    if path == "-":
        encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode(encoding, "replace"))
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    if target.exists() and not target.is_file():
        _to_special(target, text)
        return
    write_bytes(target, text.encode())


def write_bytes(target: Path, data: bytes) -> None:
    """Write a file as :func:`write` does."""
    temporary: Path | None = None
    try:
        with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    except OSError as error:
        raise _failed(str(target), error) from error
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):
                temporary.unlink()


def _to_special(target: Path, text: str) -> None:
    """A pipe or a device cannot be replaced."""
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _failed(str(target), error) from error


def _failed(path: str, error: OSError) -> OutputError:
    hint = "Make its folder first." if isinstance(error, FileNotFoundError) else "Choose another place."
    return OutputError(f"cannot be written: {error.strerror}", where=path, hint=hint)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
