"""A bundle as bytes: files, manifest and signature in one gzipped tar archive, the same bytes for the same content.

Sources: OPA, "Bundles" (file format, signing) and the verifier of OPA 1.22.2 (``v1/bundle/hash.go``, ``verify.go``).
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import posixpath
import tarfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segrego.errors import InputError

__all__ = ["MANIFEST", "MOST_BYTES", "SIGNATURES", "Bundle", "digests", "pack", "revision", "unpack"]

MANIFEST = ".manifest"
SIGNATURES = ".signatures.json"
MOST_BYTES = 256 * 1024 * 1024
"""Of an unpacked bundle: an archive that says otherwise is hostile."""
_MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds. ``files`` are paths to bytes, without manifest and signature. ``not_after_ns`` is the lease
    (nanoseconds since the epoch): what was decided on this bundle later than that is denied."""

    name: str
    roots: tuple[str, ...]
    files: Mapping[str, bytes]
    not_after_ns: int

    def manifest(self) -> bytes:
        """The bundle's ``.manifest``: revision, roots and lease."""
        content = {
            "metadata": {"name": self.name, "not_after_ns": self.not_after_ns},
            "revision": revision(self.files),
            "rego_version": 1,
            "roots": sorted(self.roots),
        }
        return _canonical(content)


def revision(files: Mapping[str, bytes]) -> str:
    """SHA-256 (hex) over every file's path and bytes, each with its length in front, in the order of the paths. Neither
    the lease nor the signature is part of it: a renewed lease is the same content."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def digests(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    """What the signature covers: name, hash and algorithm of each file, as OPA computes them. JSON is hashed by its
    content, everything else by its bytes. Raises :class:`~segrego.errors.InputError` for what is no JSON."""
    return [
        {"name": name, "hash": hashlib.sha256(_hashed(name, content)).hexdigest(), "algorithm": "SHA-256"}
        for name, content in sorted(files.items())
    ]


def pack(files: Mapping[str, bytes]) -> bytes:
    """The archive: entries by name, owned by nobody, of no time."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"/{name}")
            entry.size = len(content)
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)


def unpack(data: bytes, where: str) -> dict[str, bytes]:
    """The files of an archive, manifest and signature included. Nothing is written anywhere.

    Raises :class:`~segrego.errors.InputError` for what is no bundle, holds anything but plain files, a name twice or
    one that a file system could take for another, more than 10,000 files, or more than 256 MiB.
    """
    found: dict[str, bytes] = {}
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            raw = stream.read(MOST_BYTES + 1)  # before anything is made of it: headers can be of any size as well
        if len(raw) > MOST_BYTES:
            raise InputError(f"larger than {MOST_BYTES >> 20} MiB", where=where)
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            for member in archive:
                name = member.name.removeprefix("/")
                file = archive.extractfile(member) if member.isreg() else None
                if file is None or name in found or not _is_plain(name):
                    raise InputError(f"the entry {member.name[:200]!r} is not a plain file of its own", where=where)
                if len(found) == _MOST_FILES:
                    raise InputError(f"more than {_MOST_FILES} files", where=where)
                found[name] = file.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        raise InputError(f"not a bundle: {error}", where=where, hint="Build it with `segrego bundle build`.") from error
    return found


def _is_plain(name: str) -> bool:
    """Whether a path has one spelling only: OPA cleans paths, so ``./data.json`` would be another file to us than to
    it."""
    is_clean = name == posixpath.normpath(name) and not name.startswith(("/", "../")) and name not in (".", "..")
    return is_clean and "\\" not in name and name.isprintable()


def _hashed(name: str, content: bytes) -> bytes:
    base = name.rpartition("/")[2]
    if base != MANIFEST and not base.endswith(".json"):
        return content
    try:
        return _canonical(json.loads(content, parse_float=_Number, parse_int=_Number))
    except (ValueError, RecursionError) as error:
        raise InputError("not JSON, or nested too deeply", where=name, hint="Build the bundle again.") from error


def _canonical(value: Any) -> bytes:
    """JSON as OPA's verifier walks it: sorted keys, no white space, nothing escaped but what must be."""
    return "".join(_walk(value)).encode()


def _walk(value: Any) -> Sequence[str]:
    if isinstance(value, _Number):
        return [value.text]
    if isinstance(value, dict):
        pairs = (f"{_text(key)}:{''.join(_walk(item))}" for key, item in sorted(value.items()))
        return ["{", ",".join(pairs), "}"]
    if isinstance(value, list):
        return ["[", ",".join("".join(_walk(item)) for item in value), "]"]
    return [_text(value)]


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


class _Number:
    """A number as it is written: OPA hashes its text."""

    def __init__(self, text: str) -> None:
        self.text = text
