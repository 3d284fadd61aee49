"""What others sign in production: an identity provider says which agent runs, an approval service that a person said
yes. Here two keys in the demo's folder stand for them."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

from joserfc import jwt

from segrego.bundle.signing import load_key
from segrego.enforce import Request
from segrego.enforce.masking import digest

__all__ = ["approval", "proof"]

_MINUTE = 60


def proof(key: Path, subject: str) -> str:
    """A token that says which agent runs, as an AgentCore workload token or a JWT-SVID does."""
    return _signed(
        key, {"iss": "https://identity.shop.example", "sub": subject, "exp": int(time.time()) + 15 * _MINUTE}
    )


def approval(key: Path, person: str, agent: str, session: str, request: Request) -> str:
    """A person's yes to one call: this agent, in this session, with exactly these arguments."""
    claims: dict[str, str | int] = {
        "iss": "https://approvals.shop.example",
        "sub": person,
        "exp": int(time.time()) + 5 * _MINUTE,
        "agent": agent,
        "session": session,
        "tool": request.tool,
        "operation": request.operation,
        "arguments_digest": digest(request.arguments),
    }
    return _signed(key, claims)


def _signed(key: Path, claims: dict[str, str | int]) -> str:
    signer = load_key(key)
    header = {"alg": signer.algorithm, "kid": signer.key_id}
    always = {"aud": "segrego", "jti": str(uuid.uuid4()), "iat": int(time.time())}
    return str(jwt.encode(header, always | claims, signer.key, algorithms=[signer.algorithm]))
