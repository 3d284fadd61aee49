"""Why a call failed, and what a person does about it. Of AWS's answer only the error code is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Failure", "failure_of"]

_DENIED = re.compile(r"AccessDenied\w*|AccessDenied|UnauthorizedException|UnauthorizedOperation|NotAuthorized\w*|403")
_NOT_OFFERED = frozenset({"404", "501", "UnknownOperationException", "UnknownOperation", "NotImplemented"})
_REGION_OFF = frozenset({"UnrecognizedClientException", "InvalidClientTokenId", "OptInRequired"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
_GONE = frozenset({"ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException"})
_THROTTLED = re.compile(r"Throttl\w*|TooManyRequests\w*|RequestLimitExceeded|SlowDown|429")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a gap says of a failed call: ``reason`` is AWS's error code or the exception's name, ``fix`` what to do."""

    code: Literal["access_denied", "call_failed", "not_offered"]
    reason: str
    fix: str

    @property
    def is_gone(self) -> bool:
        """Whether AWS says that there is no such thing."""
        return self.reason in _GONE


def failure_of(error: Exception, action: str, *, public_endpoint: bool) -> Failure:
    """The failure that an exception of botocore stands for.

    An endpoint that cannot be reached is a service that the region lacks only where the address is AWS's own: it is
    made of the region's name.
    """
    from botocore.exceptions import ClientError, EndpointConnectionError

    if not isinstance(error, ClientError):
        name = type(error).__name__
        if isinstance(error, EndpointConnectionError) and public_endpoint:
            return Failure(
                "not_offered", name, "leave the region out if it does not offer this, else check the network"
            )
        return Failure("call_failed", name, "check the network and collect again")
    code = _code(error.response)
    if _DENIED.fullmatch(code):
        return Failure(
            "access_denied", code, f"allow {action} (`segrego collect aws --print-policy`) and collect again"
        )
    if code in _NOT_OFFERED:
        return Failure("not_offered", code, "leave the region out if it does not offer this")
    if code in _REGION_OFF:
        return Failure("not_offered", code, "enable the region for the account, or leave it out")
    return Failure("call_failed", code, _remedy(code))


def _remedy(code: str) -> str:
    if code in _EXPIRED:
        return "renew the credentials and collect again"
    if code in _GONE:
        return "it was deleted, or is of another account: collect again"
    if _THROTTLED.fullmatch(code):
        return "AWS throttled the call to the last retry: collect again when the account is quieter"
    return "collect again"


def _code(response: dict[str, Any]) -> str:
    """The error code alone, in characters that no terminal or report minds."""
    return _UNSAFE.sub("", str(response.get("Error", {}).get("Code", "")))[:80] or "unknown"
