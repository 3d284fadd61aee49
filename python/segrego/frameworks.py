"""The security frameworks whose controls rules cite: their titles, and where they are published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from segrego.errors import EngineMissingError, InputError
from segrego.loading import load
from segrego.policy import rego_dir

__all__ = ["Framework", "load_frameworks"]


class Framework(msgspec.Struct, frozen=True, kw_only=True):
    """One framework: ``controls`` maps ids to titles, in the framework's own order."""

    id: str
    title: str
    controls: dict[str, str]
    url: str | None = None


def load_frameworks() -> dict[str, Framework]:
    """Every framework, by id, from the policy's own data.

    Raises :class:`~segrego.errors.EngineMissingError` where the installation lacks it.
    """
    path = rego_dir() / "segrego/frameworks/data.yaml"
    try:
        entries: Mapping[str, Any] = load(path.read_bytes(), str(path)).value
        return {name: msgspec.convert({**entry, "id": name}, Framework) for name, entry in entries.items()}
    except (OSError, InputError, AttributeError, TypeError, msgspec.ValidationError) as error:
        raise EngineMissingError(
            "the frameworks cannot be read", where=str(path), hint="Install segrego again."
        ) from error
