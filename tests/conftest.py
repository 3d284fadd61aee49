"""Shared fixtures. Tests that need OPA fail without it: skipped parity would be no parity."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
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
