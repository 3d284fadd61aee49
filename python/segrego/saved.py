"""Reports that were saved as JSON."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from segrego.errors import InputError
from segrego.findings import VERSION, Report
from segrego.loading import convert, load

__all__ = ["read_report"]

MAX_BYTES = 512 * 1024 * 1024
_HINT = "Give what `segrego check --format json` wrote."


def read_report(path: str) -> Report:
    """The report in a file, or on standard input for ``-``.

    Raises :class:`~segrego.errors.InputError` for what cannot be read, is of another version, or is no report.
    """
    name = "<stdin>" if path == "-" else path
    data = _bytes(path, name)
    try:
        report = msgspec.json.decode(data, type=Report)
        if report.version == VERSION:
            return report
    except msgspec.MsgspecError:
        pass  # the slower way says what is wrong, and where
    if not data.lstrip().startswith(b"{"):
        raise InputError("not a report", where=name, hint=_HINT)
    document = load(data, name)
    version = document.value.get("version") if isinstance(document.value, dict) else None
    if isinstance(version, int) and version != VERSION:
        message = f"the report is of version {version}, and this segrego reads version {VERSION}"
        raise InputError(message, where=name, hint="Check again with this segrego, or use the segrego that wrote it.")
    return convert(document, Report, name, InputError, _HINT)


def _bytes(path: str, name: str) -> bytes:
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=name, hint=_HINT) from error
    if len(data) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES >> 20} MiB", where=name, hint=_HINT)
    return data
