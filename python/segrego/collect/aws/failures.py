"""Why a call failed, and what a person does about it. Of AWS's answer only the error code is kept."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies

__all__ = ["ABSENT", "Failure", "failure_of", "is_absent"]

ABSENT = "EndpointNotFound"
"""The reason where AWS's name service knows no endpoint of a service in a region."""

_DENIED = re.compile(r"AccessDenied\w*|UnauthorizedException|UnauthorizedOperation|NotAuthorized\w*|403")
_NOT_OFFERED = frozenset({"404", "501", "UnknownOperationException", "UnknownOperation", "NotImplemented"})
_REGION_OFF = frozenset({"UnrecognizedClientException", "InvalidClientTokenId", "OptInRequired"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
_GONE = frozenset(
    {
        "ResourceNotFoundException",
        "NoSuchEntity",
        "NoSuchEntityException",
        "TrailNotFoundException",
        "NotFoundException",
    }
)
_THROTTLED = re.compile(r"Throttl\w*|TooManyRequests\w*|RequestLimitExceeded|SlowDown|429")
_NO_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a gap says of a failed call: ``reason`` is AWS's error code or the exception's name, ``fix`` what to do."""

    code: Literal["access_denied", "call_failed", "not_collected", "not_offered"]
    reason: str
    fix: str

    @property
    def is_gone(self) -> bool:
        """Whether AWS says that there is no such thing."""
        return self.reason in _GONE


def failure_of(error: Exception, action: str) -> Failure:
    """The failure that an exception of botocore stands for. ``action`` is the IAM action that would allow the call."""
    from botocore.exceptions import ClientError

    if not isinstance(error, ClientError):
        return Failure("call_failed", type(error).__name__, "check the network and collect again")
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


def is_absent(endpoint: str) -> bool:
    """Whether the name service says that an endpoint of AWS does not exist: the region lacks the service.

    Behind a proxy nobody knows, because the proxy looks names up. Any other trouble with the network is not this.
    """
    parts = urlsplit(endpoint)
    if parts.hostname is None or getproxies().get(parts.scheme):
        return False
    try:
        socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return error.errno in _NO_NAME
    except OSError:
        return False
    return False


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
