"""Signatures of bundles: one JSON Web Signature over the hashes of all files.

Keys are JWK or PEM files. Several may verify while one signs, so that a key can be rotated. The JOSE library is
joserfc. OPA 1.22.2 refuses more than one signature (``v1/bundle/verify.go``), and knows no EdDSA for bundles
(``v1/keys/keys.go``).
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segrego.bundle.archive import SIGNATURES, digests
from segrego.errors import ConfigError, InputError, OutputError

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

    Asymmetric = ECKey | RSAKey

__all__ = ["ALGORITHMS", "SCOPE", "SigningKey", "load_key", "new_key", "public_pem", "signed", "verified", "write_key"]

ALGORITHMS = ("ES256", "RS256")
SCOPE = "segrego"
"""Stands in every signature and every sidecar's configuration: a key that signs other bundles as well signs none of
these."""

_MOST_BYTES = 64 * 1024
"""Of a key's file."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key and the algorithm that it is for. ``key_id`` names it in signatures and in sidecars' configurations."""

    key_id: str
    algorithm: str
    key: Asymmetric

    @property
    def is_private(self) -> bool:
        """Whether it can sign."""
        return bool(self.key.is_private)


def new_key(key_id: str, algorithm: str) -> SigningKey:
    """A new private key. Raises :class:`~segrego.errors.ConfigError` for an algorithm that OPA does not verify."""
    from joserfc.jwk import ECKey, RSAKey

    _check(algorithm, key_id)
    made: Asymmetric = ECKey.generate_key("P-256") if algorithm == "ES256" else RSAKey.generate_key(3072)
    return SigningKey(key_id, algorithm, made)


def load_key(path: Path, *, key_id: str | None = None) -> SigningKey:
    """A key from a PEM file (PKCS #8 or SPKI) or a JWK. Without ``key_id`` a JWK's own ``kid`` names it, else the
    RFC 7638 thumbprint.

    Raises :class:`~segrego.errors.ConfigError`, also for a private key in a file that anybody may read, or that others
    may write. Nothing of the key is in its message.
    """
    from joserfc.errors import JoseError

    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_MOST_BYTES)
    except OSError as error:
        raise ConfigError(
            f"cannot read the key: {error.strerror}", where=str(path), hint="Correct the path."
        ) from error
    try:
        key = _from_jwk(data) if data.lstrip().startswith(b"{") else _from_pem(data)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            "not a PEM or JWK key", where=str(path), hint="Make one with `segrego bundle keygen`."
        ) from error
    if key.is_private and stat.S_ISREG(mode) and mode & 0o026:
        hint = f"chmod 600 {path}; if it was so for long, make another one and let sidecars take both for a while."
        raise ConfigError("others may use the private key", where=str(path), hint=hint)
    return SigningKey(key_id or key.kid or key.thumbprint(), _algorithm(key, path), key)


def write_key(path: Path, key: SigningKey) -> tuple[Path, Path]:
    """Write a private key (PKCS #8 PEM, mode 0600), and beside it the public one: ``.pub`` as PEM for those who verify
    bundles, ``.jwks.json`` as a JSON Web Key Set for issuers in ``segrego.yaml``. Gives the paths of these two.

    Raises :class:`~segrego.errors.OutputError`; a file that is there already is never replaced.
    """
    public, key_set = path.with_name(f"{path.name}.pub"), path.with_name(f"{path.name}.jwks.json")
    described = {**key.key.as_dict(private=False), "kid": key.key.thumbprint(), "alg": key.algorithm, "use": "sig"}
    contents = {
        path: (key.key.as_pem(private=True), 0o600),
        public: (key.key.as_pem(private=False), 0o644),
        key_set: (json.dumps({"keys": [described]}, indent=2).encode() + b"\n", 0o644),
    }
    for file in contents:
        if file.exists() or file.is_symlink():
            raise OutputError("the file is there already", where=str(file), hint="Choose another --output.")
    for file, (content, mode) in contents.items():
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(content)
        except OSError as error:
            raise OutputError(f"cannot be written: {error.strerror}", where=str(file)) from error
    return public, key_set


def public_pem(key: SigningKey) -> str:
    """The public key as PEM, as OPA's configuration takes it."""
    return str(key.key.as_pem(private=False).decode())


def signed(files: Mapping[str, bytes], key: SigningKey) -> dict[str, bytes]:
    """The files with their ``.signatures.json``."""
    from joserfc import jws

    payload = {"files": digests(files), "scope": SCOPE}
    header = {"alg": key.algorithm, "kid": key.key_id}
    token = jws.serialize_compact(header, json.dumps(payload).encode(), key.key, algorithms=[key.algorithm])
    return {**files, SIGNATURES: json.dumps({"signatures": [token]}).encode()}


def verified(files: Mapping[str, bytes], keys: Sequence[SigningKey], where: str) -> dict[str, bytes]:
    """The files that the signature covers, if it covers exactly them and one of the keys made it.

    Raises :class:`~segrego.errors.InputError` that says what is wrong.
    """
    from joserfc import jws
    from joserfc.errors import JoseError

    token = _one_token(files, where)
    try:
        header = jws.extract_compact(token.encode()).headers()
        key = next((key for key in keys if key.key_id == header.get("kid")), None)
        if key is None:
            raise InputError(f"signed with the key {header.get('kid')!r}, which is none of the given ones", where=where)
        content = jws.deserialize_compact(token, key.key, algorithms=[key.algorithm]).payload
        claims: dict[str, Any] = json.loads(content)
    except (JoseError, ValueError) as error:
        raise InputError("the signature does not hold", where=where, hint="Build and sign the bundle again.") from error
    covered = {name: content for name, content in files.items() if name != SIGNATURES}
    if claims.get("scope") != SCOPE:
        raise InputError("the signature is for something else than segrego's bundles", where=where)
    if claims.get("files") != digests(covered):
        raise InputError("the signature covers other files or other content", where=where, hint="Do not use it.")
    return covered


def _one_token(files: Mapping[str, bytes], where: str) -> str:
    try:
        tokens = json.loads(files[SIGNATURES])["signatures"]
    except (KeyError, ValueError, TypeError) as error:
        raise InputError("the bundle is not signed", where=where, hint="Sign it with `segrego bundle sign`.") from error
    if not isinstance(tokens, list) or len(tokens) != 1 or not isinstance(tokens[0], str):
        raise InputError("the bundle must have exactly one signature", where=where, hint="Sign it again.")
    return tokens[0]


def _from_pem(data: bytes) -> Asymmetric:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from joserfc.jwk import ECKey, RSAKey

    if b"PRIVATE KEY" in data:
        found: object = serialization.load_pem_private_key(data, password=None)
    else:
        found = serialization.load_pem_public_key(data)
    if isinstance(found, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return ECKey.import_key(data)
    if isinstance(found, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return RSAKey.import_key(data)
    raise ValueError("a key of another type")


def _from_jwk(data: bytes) -> Asymmetric:
    from joserfc.jwk import ECKey, RSAKey

    described = json.loads(data)
    kinds: dict[str, type[ECKey | RSAKey]] = {"EC": ECKey, "RSA": RSAKey}
    return kinds[described["kty"]].import_key(described)


def _algorithm(key: Asymmetric, path: Path) -> str:
    curve = str(key.as_dict(private=False)["crv"]) if key.key_type != "RSA" else None
    found = {("EC", "P-256"): "ES256", ("RSA", None): "RS256"}.get((key.key_type, curve))
    if found is None:
        raise ConfigError(
            f"a {key.key_type} key{f' on {curve}' if curve else ''} is not one that bundles are signed with",
            where=str(path),
            hint="Use P-256 (ES256) or RSA (RS256).",
        )
    return found


def _check(algorithm: str, where: str) -> None:
    if algorithm not in ALGORITHMS:
        raise ConfigError(
            f"{algorithm!r} is no algorithm for bundles", where=where, hint=f"Use {', '.join(ALGORITHMS)}."
        )
