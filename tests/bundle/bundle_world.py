"""An agent that may act by a grant, its calls, and a sidecar that runs by what was written for it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DECISION = "/v1/data/segrego/runtime/decision"


@dataclass
class Sidecar:
    url: str
    token: str
    log: Path

    def ask(self, method: str, path: str, body: object = None, token: str | None = "own") -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {self.token if token == 'own' else token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def is_up(self) -> bool:
        try:
            return self.ask("GET", "/health?bundles", token=None)[0] == 200
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def started(folder: Path, opa: Path, port: int) -> Iterator[Sidecar]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPA_")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([folder / "run.sh"], stdout=log, stderr=log, env=environment | {"OPA": str(opa)})
    token = (folder / "token").read_text(encoding="ascii")
    found = Sidecar(f"http://127.0.0.1:{port}", token, folder / "log")
    try:
        yield found
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def agents(key_set: Path) -> dict[str, Any]:
    operations = {
        name: {"access": access, "approval": False, "arguments": [], "actions": []}
        for name, access in (("find", "read"), ("change", "write"), ("cancel", "write"))
    }
    tool = {"target": None, "domains": [], "environment": None, "account": None, "external": False}
    agent = {
        "name": "orders",
        "kind": "bedrock_agent",
        "account": "111122223333",
        "region": None,
        "environment": None,
        "domains": [],
        "class": None,
        "roles": ["arn:aws:iam::111122223333:role/orders"],
        "read_only": False,
        "grant_required": True,
        "collaborators": [],
        "tools": {"orders": tool | {"operations": operations}},
        "limits": {"calls": None, "window_seconds": 60, "hours": None},
    }
    issuer = {
        "use": "grant",
        "algorithms": ["ES256"],
        "audience": "segrego",
        "skew_seconds": 0,
        "keys": key_set.read_text(encoding="utf-8"),
    }
    return {
        "agents": {"orders-agent": agent},
        "subjects": {},
        "classes": {},
        "domains": {},
        "resources": [],
        "issuers": {"https://g.example": issuer},
    }


def call(grant: str, **changes: Any) -> dict[str, Any]:
    tool = {"name": "orders", "operation": "find", "arguments": {}, "arguments_digest": "sha256:0"}
    return {
        "version": 1,
        "agent": "orders-agent",
        "proof": None,
        "grant": grant,
        "role": "arn:aws:sts::111122223333:assumed-role/orders/1",
        "session": {"id": "s-1", "started_ns": None},
        "task": "t-1",
        "flow": None,
        "tool": tool | {"operation": changes.pop("operation", "find")},
        "resource": None,
        "callers": [],
        "history": [],
        "approvals": [],
        "rate": None,
        "time_ns": time.time_ns(),
        "traceparent": None,
    } | changes
