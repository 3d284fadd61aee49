"""The inventory document itself, JSON or YAML, as `segrego collect` writes it or a person does."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from segrego.collect.draft import EVERYTHING
from segrego.collect.source import SourceFile
from segrego.errors import InputError, InventoryError
from segrego.facts import merge
from segrego.inventory import VERSION, Gap, Inventory, Location, Source
from segrego.loading import Document, convert, load

__all__ = ["SOURCE", "encode", "parse"]

_MARK = re.compile(rb"""(?m)^\s{0,2}["']?(?:workloads|roles)["']?\s*:|[{,]\s*"(?:workloads|roles)"\s*:\s*\[""")
_WORKLOADS = re.compile(rb"""(?m)^\s{0,2}["']?workloads["']?\s*:|[{,]\s*"workloads"\s*:\s*\[""")
_OTHERS = (b'"planned_values"', b'"terraform_version"', b"AWSTemplateFormatVersion", b'{"Resources":')
_OTHERS_SPELT = {
    b'"tree-': re.compile(rb'"version"\s*:\s*"tree-'),
    b"Resources": re.compile(rb"""(?m)^\s{0,4}["']?Resources["']?\s*:"""),
}
"""What only other sources' files hold; the expressions behind a text that is found much sooner, or is not there."""
_HINT = "docs/inventory.md says what each field means."


def encode(inventory: Inventory) -> bytes:
    """The document as canonical JSON: two spaces, fields in the model's order, a final newline."""
    return msgspec.json.format(msgspec.json.encode(inventory), indent=2) + b"\n"


def parse(data: bytes, name: str) -> Inventory:
    """The inventory in a document's bytes.

    Raises :class:`~segrego.errors.InputError` for bytes that are no document, and
    :class:`~segrego.errors.InventoryError` for one that breaks the schema, with the path of the field.
    """
    return _canonical(data) or _checked(load(data, name), name)


def _canonical(data: bytes) -> Inventory | None:
    """A document exactly as :func:`encode` writes it, or the same without white space. It holds no key twice, or
    encoding it again would differ; any other takes the slower way, which says what is wrong and where."""
    try:
        inventory = msgspec.json.decode(data, type=Inventory)
    except msgspec.MsgspecError:
        return None
    written = encode(inventory) if data.startswith(b"{\n") else msgspec.json.encode(inventory)
    return inventory if inventory.version == VERSION and written == data else None


def _checked(document: Document, name: str) -> Inventory:
    version = document.value.get("version", VERSION) if isinstance(document.value, dict) else VERSION
    if version != VERSION:
        raise InventoryError(
            f"the document is of version {version!r}, and this segrego reads version {VERSION}",
            where=name,
            hint="Collect it again with this segrego, or use the segrego that wrote it.",
        )
    return convert(document, Inventory, name, InventoryError, _HINT)


class _DocumentSource:
    kind = "document"

    def claims(self, file: SourceFile) -> bool:
        """A document names workloads or roles at its top, and is nothing that another source reads. Much in a folder
        has roles at its top: there it must name workloads."""
        mark = _MARK if file.named else _WORKLOADS
        return bool(mark.search(file.data)) and not _is_anothers(file.data)

    def read(self, files: Sequence[SourceFile]) -> Inventory:
        """Unlike templates a document has no half: one that the user names and that breaks the schema raises, and one
        that was found in a folder is a gap. One that names no source, as people write them, is its own."""
        return merge([_read(file) for file in files])


def _is_anothers(data: bytes) -> bool:
    return any(text in data for text in _OTHERS) or any(
        text in data and spelling.search(data) for text, spelling in _OTHERS_SPELT.items()
    )


def _read(file: SourceFile) -> Inventory:
    try:
        return _sourced(parse(file.data, file.name), file)
    except InputError as error:
        if file.named:
            raise
        place = Location(source=file.name, file=file.name)
        message = f"not an inventory document: {error.message}. Name it on the command line once it is one"
        gap = Gap(code="unreadable_file", subject=file.name, facts=EVERYTHING, message=message, location=place)
        return _sourced(Inventory(gaps=(gap,)), file)


def _sourced(inventory: Inventory, file: SourceFile) -> Inventory:
    digest = f"sha256:{hashlib.sha256(file.data).hexdigest()}"
    own = Source(id=file.name, kind="document", digest=digest)
    return inventory if inventory.sources else replace(inventory, sources=(own,))


SOURCE = _DocumentSource()
