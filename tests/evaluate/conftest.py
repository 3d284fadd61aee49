"""A stand-in policy that misbehaves on request, its compiled form, and a running OPA server."""

from __future__ import annotations

import socket
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

STAND_IN = """package segrego.posture

report := {"verdict": "pass", "echo": input.name, "policy": {"revision": data.segrego.policy.revision}} if {
	input.mode == "echo"
}

report := {"pairs": count([1 | some i in many; some j in many; i == j + 70000])} if input.mode == "slow"

many := numbers.range(1, 60000)

report := {"numbers": count(numbers.range(1, 5000000))} if input.mode == "large"

report := "no object" if input.mode == "text"

report := {"a": input.first} if input.mode == "conflict"

report := {"a": input.second} if input.mode == "conflict"
"""
TESTS = """package segrego.posture_test

test_is_broken_on_purpose if nothing.like.this.exists
"""


@pytest.fixture(scope="session")
def compiled(opa: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Makes a directory with ``rego/`` and ``posture/`` (compiled without restrictions) for a policy text."""

    def build(text: str, data: str = '{"revision": "r1"}') -> Path:
        folder = tmp_path_factory.mktemp("policy")
        rego = folder / "rego"
        (rego / "segrego/policy").mkdir(parents=True)
        (rego / "segrego/posture.rego").write_text(text, encoding="utf-8")
        (rego / "segrego/policy/data.json").write_text(data, encoding="utf-8")
        subprocess.run(
            [opa, "build", "-t", "wasm", "-e", "segrego/posture/report", "-o", folder / "b.tar.gz", "-b", rego],
            check=True,
        )
        (folder / "posture").mkdir()
        with tarfile.open(folder / "b.tar.gz") as bundle:
            for name in ("policy.wasm", "data.json"):
                file = bundle.extractfile(f"/{name}")
                assert file is not None
                (folder / "posture" / name).write_bytes(file.read())
        return folder

    return build


@pytest.fixture(scope="session")
def stand_in(compiled: Callable[[str], Path]) -> Path:
    folder = compiled(STAND_IN)
    # A test file beside the rules must never be loaded: this one would not even compile.
    (folder / "rego/segrego/posture_test.rego").write_text(TESTS, encoding="utf-8")
    return folder


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
            process.wait(timeout=10)
    pytest.fail(f"OPA did not start: {log.read_text(encoding='utf-8')}")


def _is_up(process: subprocess.Popen[bytes], address: str) -> bool:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


@pytest.fixture(scope="session")
def opa_server(start_opa: StartOpa, stand_in: Path) -> Iterator[str]:
    """The URL of an OPA server that holds the stand-in policy."""
    with start_opa("--ignore", "*_test.rego", "--bundle", stand_in / "rego") as address:
        yield f"http://{address}"
