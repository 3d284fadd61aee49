"""A real OPA that takes its bundles from files, configured as a sidecar is."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from segrego.bundle.signing import SCOPE, SigningKey, public_pem

ROOT = Path(__file__).resolve().parents[2]
Segrego = Callable[..., subprocess.CompletedProcess[str]]
"""Runs the command line: its arguments, and the exit code that is expected (``code``)."""


@dataclass
class RunningOpa:
    url: str
    process: subprocess.Popen[bytes]
    socket: Path

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.loads(answer.read())

    def ask(self, path: str, document: Any) -> Any:
        request = urllib.request.Request(
            self.url + path,
            data=json.dumps({"input": document}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def errors(self) -> dict[str, str]:
        """Bundle to the message of why it was not taken."""
        status = self.get("/v1/status")["result"].get("bundles", {})
        return {name: entry["message"] for name, entry in status.items() if entry.get("message")}


def configuration(folder: Path, keys: list[SigningKey], names: list[str], *, url: str | None = None) -> dict[str, Any]:
    """Bundles from the folder, once; or from a server's URL, asked every second."""
    where = {"service": "bundles"} if url else {}
    return {
        "services": {"bundles": {"url": url}} if url else {},
        "keys": {key.key_id: {"algorithm": key.algorithm, "key": public_pem(key)} for key in keys},
        "bundles": {
            name: where
            | {
                "resource": f"{name}.tar.gz" if url else f"file://{folder}/{name}.tar.gz",
                "signing": {"scope": SCOPE},
                "polling": {"min_delay_seconds": 1, "max_delay_seconds": 1},
            }
            for name in names
        },
        "status": {"console": True},
    }


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A static server of a folder on loopback: its URL."""
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass


RunOpa = Callable[..., Any]


@pytest.fixture
def run_opa(opa: Path, tmp_path: Path) -> RunOpa:
    """A context manager: an OPA server with the given configuration, once it answers."""

    @contextmanager
    def running(config: dict[str, Any], *, wait: bool = True) -> Iterator[RunningOpa]:
        file = tmp_path / "opa.json"
        file.write_text(json.dumps(config), encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        path = tmp_path / "opa.sock"
        command = [opa, "run", "--server", "--addr", f"127.0.0.1:{port}", "--addr", f"unix://{path}"]
        command += [
            "--config-file",
            file,
            "--skip-version-check",
            "--log-level",
            "error",
            "--optimize-store-for-read-speed",
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPA_")}
        with (tmp_path / "opa.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        found = RunningOpa(f"http://127.0.0.1:{port}", process, path)
        try:
            _until(lambda: _is_up(found, "/health?bundles" if wait else "/health"), tmp_path / "opa.log")
            yield found
        finally:
            process.kill()
            process.wait()

    return running


def _is_up(found: RunningOpa, path: str) -> bool:
    try:
        found.get(path)
    except (urllib.error.URLError, OSError):
        return False
    return True


def _until(holds: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"OPA did not come up: {log.read_text(encoding='utf-8')}")
        time.sleep(0.05)


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, f"not within 120 s: {what}"
        time.sleep(0.05)
