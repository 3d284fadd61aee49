"""Two agents, their tools and the keys that prove them, as three bundles that a real OPA takes."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from joserfc import jwt

from segrego.bundle import contents
from segrego.bundle.archive import MANIFEST, Bundle, pack
from segrego.bundle.signing import SigningKey, new_key, signed
from segrego.enforce import Guard, Identity, Recorder, Sidecar, SidecarOptions

SIGNER = new_key("bundles", "ES256")
PROVER = new_key("proofs", "ES256")
ROLE = "arn:aws:iam::111122223333:role/orders"
HOUR_NS = 3_600_000_000_000


def _operation(access: str, **extra: Any) -> dict[str, Any]:
    return {"access": access, "approval": False, "arguments": [], "actions": []} | extra


def _tool(operations: dict[str, Any], **extra: Any) -> dict[str, Any]:
    described = {"target": None, "domains": [], "environment": None, "account": None, "external": False}
    return described | extra | {"operations": operations}


def agents_document(**agent: Any) -> dict[str, Any]:
    """The agents bundle's document, with the one agent as given."""
    orders = {
        "name": "orders",
        "kind": "bedrock_agent",
        "account": "111122223333",
        "region": "eu-west-1",
        "environment": "production",
        "domains": ["orders", "payroll"],
        "class": None,
        "roles": [ROLE],
        "read_only": False,
        "grant_required": False,
        "collaborators": [],
        "tools": {
            "orders": _tool(
                {"find": _operation("read", arguments=["order_id"]), "refund": _operation("write", approval=True)}
            ),
            "staff": _tool({"read": _operation("read")}, domains=["payroll"]),
            "web": _tool({"post": _operation("execute")}, external=True),
        },
        "limits": {"calls": None, "window_seconds": 60, "hours": None},
    }
    issuer = {
        "use": "proof",
        "algorithms": ["ES256"],
        "audience": "segrego",
        "skew_seconds": 30,
        "keys": json.dumps({"keys": [PROVER.key.as_dict(private=False)]}),
    }
    return {
        "agents": {"orders-agent": orders | agent},
        "subjects": {"https://issuer.example": {"orders": "orders-agent"}},
        "classes": {},
        "domains": {"payroll": {"sensitive": True}},
        "resources": [],
        "issuers": {"https://issuer.example": issuer},
    }


def proof(**changes: Any) -> str:
    claims = {
        "iss": "https://issuer.example",
        "sub": "orders",
        "aud": "segrego",
        "exp": int(time.time()) + 600,
        "jti": "p-1",
    }
    return str(jwt.encode({"alg": "ES256"}, claims | changes, PROVER.key))


def write(folder: Path, bundle: Bundle, key: SigningKey = SIGNER) -> None:
    files = {**bundle.files, MANIFEST: bundle.manifest()}
    temporary = folder / f".{bundle.name}"
    temporary.write_bytes(pack(signed(files, key)))
    temporary.replace(folder / f"{bundle.name}.tar.gz")


def write_all(folder: Path, *, lease_ns: int = HOUR_NS, **agent: Any) -> None:
    end = time.time_ns() + lease_ns
    write(folder, contents.policy(end))
    write(folder, contents.agents(agents_document(**agent), end))
    write(folder, contents.revocations(contents.nothing_revoked(), end))


def guard_for(url: str, record: Path, *, deadline_seconds: float = 60, **identity: Any) -> Guard:
    options = SidecarOptions(url=url, deadline_seconds=deadline_seconds)
    described = {"agent": "orders-agent", "proof": proof, "role": lambda: ROLE, "arguments": ("order_id",)} | identity
    return Guard(Sidecar(options), Recorder(record), Identity(**described))
