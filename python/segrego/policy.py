"""Where the shipped policy is, and which one it is.

In an installed package the artefacts lie in ``segrego/_policy``; in a source checkout they are the repository's own
``rego/`` and ``bundles/``. Nowhere else is looked: a policy decides what passes, so no search path may replace it.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from segrego.errors import EngineMissingError

__all__ = [
    "OPA_VERSION",
    "capabilities_file",
    "checkout",
    "posture_dir",
    "rego_dir",
    "revision",
    "revision_mismatch",
    "schema_dir",
]

OPA_VERSION = "1.22.2"
"""The version of OPA that the policy is written for, tested with and compiled by."""

_PACKAGE = Path(__file__).resolve().parent


def checkout() -> Path | None:
    """The root of the source checkout that this package is imported from, or null in an installed package."""
    root = _PACKAGE.parent.parent
    return root if _PACKAGE.parent.name == "python" and (root / "pyproject.toml").is_file() else None


def rego_dir() -> Path:
    """The directory of the Rego sources and their data, as an OPA bundle directory.

    Raises :class:`~segrego.errors.EngineMissingError` if the installation lacks it.
    """
    return _found("rego", "rego", "segrego/posture.rego")


def posture_dir() -> Path:
    """The directory of the compiled policy: ``policy.wasm`` and ``data.json``. Errors as in :func:`rego_dir`."""
    return _found("posture", "bundles/posture", "policy.wasm")


def schema_dir() -> Path:
    """The directory of ``input.json``, the schema that ``opa check`` holds rules to. Errors as in :func:`rego_dir`."""
    return _found("schemas", "schemas", "input.json")


def capabilities_file() -> Path:
    """The builtins that rules may use, as OPA's capabilities. Errors as in :func:`rego_dir`."""
    return _found(".", "bundles", "capabilities.json") / "capabilities.json"


def revision() -> str:
    """The revision of the shipped policy: the SHA-256 of its content, hex. Errors as in :func:`rego_dir`."""
    path = rego_dir() / "segrego/policy/data.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])["revision"]
    except (OSError, msgspec.DecodeError, KeyError) as error:
        raise EngineMissingError(
            "the policy does not say its revision", where=str(path), hint="Install segrego again."
        ) from error


def revision_mismatch(theirs: str, ours: str) -> str | None:
    """What to say if the policy that judged (``theirs``, from the report) is not the one that segrego ships."""
    if theirs == ours:
        return None
    return (
        f"the engine judged by policy {_short(theirs)}, and this segrego ships {_short(ours)}: "
        "findings may differ; load the shipped policy into the engine or use the segrego that belongs to it"
    )


def _short(revision: str) -> str:
    return "".join(character for character in revision if character.isalnum())[:12] or "without a revision"


def _found(packaged: str, in_checkout: str, marker: str) -> Path:
    candidates = [_PACKAGE / "_policy" / packaged]
    if root := checkout():
        candidates.append(root / in_checkout)
    for candidate in candidates:
        if (candidate / marker).is_file():
            return candidate
    hint = "Run `make bundle`." if checkout() else "Install segrego again: the package is incomplete."
    raise EngineMissingError(f"the shipped policy lacks {marker}", where=str(candidates[-1]), hint=hint)
