"""Bundles in a store: verified before they are published, and changed without a loss."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from segrego.bundle.archive import MANIFEST, SIGNATURES, Bundle, pack, revision, unpack
from segrego.bundle.contents import ROOTS, nothing_revoked, revocations
from segrego.bundle.signing import SigningKey, signed, verified
from segrego.bundle.store import Store
from segrego.errors import ConfigError, InputError

__all__ = ["Kind", "Revocation", "opened", "packed", "publish", "renew", "resigned", "revoke", "revoked"]

Kind = Literal["agents", "tasks", "sessions"]


@dataclass(frozen=True, slots=True)
class Revocation:
    """What is revoked, when (nanoseconds since the epoch) and why."""

    kind: Kind
    id: str
    at_ns: int
    reason: str


def packed(bundle: Bundle, key: SigningKey | None) -> bytes:
    """A bundle's archive; without a key it is unsigned, and a sidecar that is configured by segrego refuses it.

    Raises :class:`~segrego.errors.ConfigError` for a key that cannot sign.
    """
    files = {**bundle.files, MANIFEST: bundle.manifest()}
    if key is None:
        return pack(files)
    if not key.is_private:
        raise ConfigError("a public key cannot sign", where=key.key_id, hint="Give the private key.")
    return pack(signed(files, key))


def opened(data: bytes, keys: Sequence[SigningKey], where: str) -> Bundle:
    """The bundle in an archive, if one of the keys signed it. Its lease may have ended.

    Raises :class:`~segrego.errors.InputError` for everything else.
    """
    return _described(verified(unpack(data, where), keys, where), where)


def resigned(
    data: bytes, key: SigningKey, also: Sequence[SigningKey], where: str, *, not_after_ns: int | None
) -> Bundle:
    """The bundle in an archive that is unsigned, or signed by one of the keys, with a new lease if one is given.

    Raises :class:`~segrego.errors.InputError`.
    """
    files = unpack(data, where)
    held = opened(data, [key, *also], where) if SIGNATURES in files else _described(files, where)
    return held if not_after_ns is None else replace(held, not_after_ns=not_after_ns)


def _described(files: dict[str, bytes], where: str) -> Bundle:
    manifest = files.pop(MANIFEST, b"")
    try:
        said = json.loads(manifest)
        metadata = said["metadata"]
        bundle = Bundle(metadata["name"], tuple(said["roots"]), files, metadata["not_after_ns"])
        is_ours = sorted(bundle.roots) == sorted(ROOTS.get(bundle.name, ())) and _holds_its_kind(bundle)
        is_sound = is_ours and isinstance(bundle.not_after_ns, int) and said["revision"] == revision(files)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError("its manifest is none of segrego's", where=where, hint="Build the bundle again.") from error
    if not is_sound:
        raise InputError("its manifest contradicts its content", where=where, hint="Build the bundle again.")
    return bundle


def _holds_its_kind(bundle: Bundle) -> bool:
    """Rules are in the policy alone: what an inventory or a revocation gives is data."""
    if bundle.name == "policy":
        return all(name.endswith(".rego") for name in bundle.files)
    return bundle.files.keys() == {"data.json"}


def publish(store: Store, data: bytes, keys: Sequence[SigningKey], where: str, *, now_ns: int) -> Bundle | None:
    """Publish a bundle that one of the keys signed and whose lease holds. Null, and nothing done, for revocations that
    lack some of those that are published: a build knows none, and must not end them.

    Raises :class:`~segrego.errors.InputError`, :class:`~segrego.errors.OutputError`.
    """
    bundle = opened(data, keys, where)
    if bundle.not_after_ns <= now_ns:
        raise InputError("its lease has ended", where=where, hint="Sign it again with `segrego bundle sign`.")

    def replaced(present: bytes | None) -> bytes | None:
        if present is None or bundle.name != "revocations":
            return data
        theirs = revoked(opened(present, keys, f"{store.where}: revocations"))
        ours = revoked(bundle)
        return None if any(theirs[kind].keys() - ours[kind].keys() for kind in theirs) else data

    return bundle if store.change(bundle.name, replaced) else None


def renew(store: Store, name: str, key: SigningKey, also: Sequence[SigningKey], *, not_after_ns: int) -> Bundle:
    """Give a published bundle a new lease and a new signature. Its content stays. ``also`` are further keys that may
    have signed what is there.

    Raises :class:`~segrego.errors.InputError` where there is none, or none of the keys signed it.
    """
    made: list[Bundle] = []

    def renewed(present: bytes | None) -> bytes:
        if present is None:
            raise InputError(f"there is no bundle {name}", where=store.where, hint="Publish it first.")
        held = opened(present, [key, *also], f"{store.where}: {name}")
        made.append(replace(held, not_after_ns=not_after_ns))
        return packed(made[-1], key)

    store.change(name, renewed)
    return made[-1]


def revoke(
    store: Store, entry: Revocation, key: SigningKey, also: Sequence[SigningKey], *, not_after_ns: int
) -> Bundle:
    """Add a revocation to those that are published. One that is there already keeps its time and reason.

    Raises :class:`~segrego.errors.InputError` where what is published cannot be verified: adding to it would sign it.
    """
    made: list[Bundle] = []

    def added(present: bytes | None) -> bytes:
        document = nothing_revoked()
        if present is not None:
            document = revoked(opened(present, [key, *also], f"{store.where}: revocations"))
        document[entry.kind].setdefault(entry.id, {"at_ns": entry.at_ns, "reason": entry.reason})
        made.append(revocations(document, not_after_ns))
        return packed(made[-1], key)

    store.change("revocations", added)
    return made[-1]


def revoked(bundle: Bundle) -> dict[str, dict[str, Any]]:
    """The document in a revocations bundle. Raises :class:`~segrego.errors.InputError` if it holds none."""
    try:
        found: Mapping[str, Any] = json.loads(bundle.files["data.json"])["segrego"]["revocations"]
        return {kind: dict(found[kind]) for kind in nothing_revoked()}
    except (ValueError, TypeError, KeyError) as error:
        raise InputError("it holds no revocations", where=bundle.name, hint="Publish a new one.") from error
