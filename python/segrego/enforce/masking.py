"""What of a call's arguments may leave the process: names that are on the allow list in clear, all others as a mark."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Mapping
from typing import Any

__all__ = ["Mask", "digest"]

_SHORT = 32


def digest(arguments: Mapping[str, Any]) -> str:
    """``sha256:…`` over the arguments as JSON with sorted keys and without white space. An approval names it."""
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


class Mask:
    """Masks arguments. Equal values get equal marks within one process, so that a trace can be followed; the key is
    random and never written, so that a mark cannot be turned back by trying values."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(32)

    def __call__(self, arguments: Mapping[str, Any], allowed: Collection[str]) -> dict[str, Any]:
        """The arguments with everything masked whose name is not allowed."""
        return {
            str(name): value if name in allowed else f"masked:{self._mark(name, value)}"
            for name, value in arguments.items()
        }

    def _mark(self, name: object, value: object) -> str:
        text = json.dumps([str(name), value], sort_keys=True, default=str).encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()[:_SHORT]
