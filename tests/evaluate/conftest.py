"""A stand-in policy that misbehaves on request, its compiled form, and an OPA server that holds it."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
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


@pytest.fixture(scope="session")
def opa_server(start_opa: Callable[..., AbstractContextManager[str]], stand_in: Path) -> Iterator[str]:
    """The URL of an OPA server that holds the stand-in policy."""
    with start_opa("--ignore", "*_test.rego", "--bundle", stand_in / "rego") as address:
        yield f"http://{address}"
