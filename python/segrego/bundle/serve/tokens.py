"""Who may ask the server what. A token has the name of its holder and the scopes that it is good for; whatever is not
named is refused. Source of the header: RFC 6750."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from segrego.bundle.contents import NAMES
from segrego.errors import ConfigError

__all__ = ["ANYBODY", "CERTIFIED", "SCOPES", "Caller", "Token", "caller_of", "read_tokens"]

SCOPES = ("bundles", *NAMES, "status", "logs", "fleet", "metrics")
"""``bundles`` is all three of them; a bundle's name is that one alone."""

_SHORTEST_TOKEN = 32
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``name`` is the sidecar in whose name it may report; null: in any name."""

    name: str | None
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Token:
    """A token's SHA-256, and who shows it."""

    digest: bytes
    caller: Caller


ANYBODY = Caller(None, frozenset(SCOPES))
"""Who asks a server on loopback that knows no tokens."""

CERTIFIED = Caller(None, frozenset(NAMES))
"""Who shows a certificate to a server that knows no tokens: which sidecar it is, nothing says."""


def caller_of(tokens: Iterable[Token], authorization: str) -> Caller | None:
    """Who shows this ``Authorization`` header; null for a token that is not known. Compares with every token, whichever
    it is: how long it takes tells nothing."""
    scheme, _, shown = authorization.partition(" ")
    digest = hashlib.sha256(shown.encode("utf-8", "surrogatepass")).digest()
    matches = [token.caller for token in tokens if hmac.compare_digest(digest, token.digest)]
    return matches[0] if matches and scheme.lower() == "bearer" else None


def read_tokens(path: Path) -> tuple[Token, ...]:
    """A file's tokens: name, scopes (with commas between) and token on each line; lines that begin with # are left out.
    A name may have several tokens.

    Raises :class:`~segrego.errors.ConfigError` if there are none, for one that could be guessed or is there twice, and
    for a scope that there is not.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        raise ConfigError("the tokens cannot be read", where=str(path), hint="Write them in ASCII.") from error
    found = [
        _token(f"{path}:{number}", line.split())
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not found:
        raise ConfigError("there are no tokens", where=str(path), hint=_FORM)
    if len({token.digest for token in found}) < len(found):
        raise ConfigError("a token is there twice", where=str(path), hint="Give every holder a token of its own.")
    return tuple(found)


def _token(where: str, fields: list[str]) -> Token:
    """Errors show no field: each may be a token."""
    if len(fields) != 3 or not _NAME.fullmatch(fields[0]):
        raise ConfigError("not a name, scopes and a token", where=where, hint=_FORM)
    name, listed, token = fields
    scopes = listed.split(",")
    if not {*scopes} <= {*SCOPES}:
        raise ConfigError("a scope that there is not", where=where, hint=f"Scopes are {', '.join(SCOPES)}.")
    if len(token) < _SHORTEST_TOKEN:
        hint = f"Write at least {_SHORTEST_TOKEN} random characters: openssl rand -hex 32."
        raise ConfigError("the token is too short", where=where, hint=hint)
    expanded = frozenset(scopes) | (frozenset(NAMES) if "bundles" in scopes else frozenset())
    return Token(hashlib.sha256(token.encode()).digest(), Caller(name, expanded))


_FORM = "Write NAME SCOPE,SCOPE TOKEN on each line: orders bundles,status,logs 3f0c…."
