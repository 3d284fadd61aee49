"""What of a call's arguments may leave the process: names that are on the allow list in clear, all others as a mark."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

__all__ = ["Mask", "Snapshot", "digest"]

_SHORT = 32
_MOST_CLEAR = 4096
_MOST_ARGUMENTS = 256
_LONGEST_NAME = 256


class Snapshot:
    """Arguments as they are at one moment, as JSON with sorted keys and without white space. Whoever holds the
    arguments may change them afterwards: what is decided, digested and recorded is this.

    Raises :class:`ValueError` for what has no JSON form: it could be told from nothing else.
    """

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self._text = _canonical(arguments)
        self.arguments: dict[str, Any] = json.loads(self._text)

    @property
    def digest(self) -> str:
        """``sha256:…`` over the JSON."""
        return f"sha256:{hashlib.sha256(self._text).hexdigest()}"

    def is_still(self, arguments: Mapping[str, Any]) -> bool:
        """Whether the arguments are what they were."""
        try:
            return _canonical(arguments) == self._text
        except ValueError:
            return False


def digest(arguments: Mapping[str, Any]) -> str:
    """``sha256:…`` over the arguments as JSON with sorted keys and without white space. An approval names it.

    Raises :class:`ValueError` for what has no JSON form.
    """
    return Snapshot(arguments).digest


def _canonical(arguments: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(dict(arguments), sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
        return text.encode()
    except (TypeError, ValueError, AttributeError, RecursionError, RuntimeError) as error:
        raise ValueError(f"the arguments have no JSON form ({type(error).__name__})") from error


def _plain(value: Any) -> Any:
    """Dates, decimals, paths, identifiers, bytes, sets, enumerations, data classes and models by what they hold. Never
    by ``str``: two objects that look alike need not be alike."""
    if callable(reveal := getattr(value, "get_secret_value", None)):
        return [type(value).__name__, reveal()]
    if callable(dump := getattr(value, "model_dump", None)):
        return dump()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return msgspec.to_builtins(value, order="sorted", str_keys=True)


class Mask:
    """Masks arguments. Equal values get equal marks within one process, so that a trace can be followed; the key is
    random and never written, so that a mark cannot be turned back by trying values."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)

    def __call__(self, arguments: Mapping[str, Any], allowed: Collection[str]) -> dict[str, Any]:
        """The arguments of a :class:`Snapshot` with everything masked whose name is not allowed, or that is longer than
        4 KiB. Names are an agent's to choose: long ones, and more than 256, are masked together as ``*``."""
        short = [name for name in arguments if len(name) <= _LONGEST_NAME]
        names = sorted(short, key=lambda name: name not in allowed)[:_MOST_ARGUMENTS]
        shown = {name: self._shown(name, arguments[name], allowed) for name in names}
        rest = {name: value for name, value in arguments.items() if name not in shown}
        return shown | ({"*": f"masked:{self._mark('*', rest)} ({len(rest)} arguments)"} if rest else {})

    def _shown(self, name: str, value: Any, allowed: Collection[str]) -> Any:
        if name in allowed and len(json.dumps(value)) <= _MOST_CLEAR:
            return value
        return f"masked:{self._mark(name, value)}"

    def _mark(self, name: str, value: Any) -> str:
        text = json.dumps([name, value], sort_keys=True).encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()[:_SHORT]
