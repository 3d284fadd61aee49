"""Shared fixtures. Tests that need OPA fail without it: skipped parity would be no parity."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from segrego.policy import OPA_VERSION

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tools"))  # the build's own programs are tested too

# How long an example takes says nothing about it: CI's machines are shared. Examples are the same in every run.
settings.register_profile("segrego", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("segrego")


@pytest.fixture(scope="session")
def opa() -> Path:
    """The pinned OPA: ``SEGREGO_OPA``, else ``.tools/opa``, else the one on the PATH."""
    found = os.environ.get("SEGREGO_OPA") or shutil.which(ROOT / ".tools/opa") or shutil.which("opa")
    if not found:
        pytest.fail(f"OPA {OPA_VERSION} is missing: run tools/get_opa.sh")
    said = subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout
    if f"Version: {OPA_VERSION}\n" not in said:
        pytest.fail(f"{found} is not OPA {OPA_VERSION}: run tools/get_opa.sh")
    return Path(found).resolve()


StartOpa = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def start_opa(opa: Path, tmp_path_factory: pytest.TempPathFactory) -> StartOpa:
    """Starts an OPA server with the given arguments; a context manager that gives its address (``127.0.0.1:port``)."""
    return lambda *arguments: _running(opa, *arguments, log=tmp_path_factory.mktemp("server") / "log")


@contextmanager
def _running(opa: Path, *arguments: str | Path, log: Path) -> Iterator[str]:
    """OPA does not tell the port that it was given, so a free one is picked beforehand; where another process is
    faster, the next one is tried."""
    for _ in range(5):
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = f"127.0.0.1:{free.getsockname()[1]}"
        with log.open("wb") as output:
            options = ["--server", "--addr", address, "--skip-version-check"]
            process = subprocess.Popen([opa, "run", *options, *arguments], stdout=output, stderr=output)
        try:
            if _is_up(process, address):
                yield address
                return
        finally:
            process.terminate()
            process.wait(timeout=60)
    pytest.fail(f"OPA did not start: {log.read_text(encoding='utf-8')}")


def _is_up(process: subprocess.Popen[bytes], address: str) -> bool:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((host, int(port)), timeout=10).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False
