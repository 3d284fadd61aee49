"""A sidecar with the three bundles, and guards before it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "bundle"))

from bundle_opa import RunningOpa, configuration, run_opa, serving
from world import SIGNER, guard_for, write_all

from segrego.bundle.contents import NAMES
from segrego.enforce import Guard, GuardedSession

__all__ = ["run_opa"]


@pytest.fixture
def sidecar(tmp_path: Path, run_opa: Callable[..., Any]) -> Iterator[RunningOpa]:
    write_all(tmp_path)
    with serving(tmp_path) as url, run_opa(configuration(tmp_path, [SIGNER], list(NAMES), url=url)) as opa:
        yield opa


@pytest.fixture
def guard(sidecar: RunningOpa, tmp_path: Path) -> Guard:
    return guard_for(sidecar.url, tmp_path / "calls.jsonl")


@pytest.fixture
def session(guard: Guard) -> GuardedSession:
    return guard.session("session-1")
