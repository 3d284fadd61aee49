"""The rules as the catalog describes them: generated from the annotations of the Rego files."""

from __future__ import annotations

import json

import msgspec

from segrego.errors import EngineMissingError
from segrego.findings import RuleInfo
from segrego.policy import rego_dir

__all__ = ["load_rules"]


def load_rules() -> tuple[RuleInfo, ...]:
    """Every rule's entry, sorted by slug.

    Raises :class:`~segrego.errors.EngineMissingError` where the installation lacks the catalog.
    """
    path = rego_dir() / "segrego/catalog/data.json"
    try:
        entries = json.loads(path.read_bytes())["rules"]
    except (OSError, ValueError, KeyError) as error:
        raise EngineMissingError(
            "the catalog of rules cannot be read", where=str(path), hint="Install segrego again."
        ) from error
    return tuple(msgspec.convert(entry | {"slug": slug}, RuleInfo) for slug, entry in sorted(entries.items()))
