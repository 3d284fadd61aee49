"""A sidecar that runs by what ``segrego bundle sidecar`` writes, for the bundles of ``world``."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import wait_until
from bundle_server import TOKENS
from bundle_world import Sidecar, free_port, started
from world import ROLE, SIGNER, proof

from segrego.bundle.deployment import files
from segrego.bundle.sidecar import SidecarSettings
from segrego.enforce import DeniedError, Guard, GuardedSession, Identity, Recorder, Request, SidecarOptions
from segrego.enforce import Sidecar as Decider

FIND = Request(tool="orders", operation="find", arguments={"order_id": "7", "card": "4111111111111111"})


@contextmanager
def configured(folder: Path, opa: Path, url: str, **settings: Any) -> Iterator[Sidecar]:
    """The sidecar, once it has its bundles."""
    port = free_port()
    made = SidecarSettings(kind="opa", url=url, keys=[SIGNER], token="s" * 43, port=port, **settings)
    folder.mkdir(exist_ok=True)
    for name, content in files(made).items():
        (folder / name).write_bytes(content)
    (folder / "run.sh").chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGREGO_BUNDLES_TOKEN", TOKENS[0])
        with started(folder, opa, port) as sidecar:
            wait_until(sidecar.is_up, "the sidecar")
            yield sidecar


def freeze(process: subprocess.Popen[bytes]) -> None:
    """Stop a process as SIGSTOP does, and wait until it stands still: its threads run on for a moment."""
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)


def guard_of(sidecar: Sidecar, recorder: Recorder | Path, *, token: str | None = "own", **identity: Any) -> Guard:
    """An enforcement point before the sidecar."""
    shown = sidecar.token if token == "own" else token
    decider = Decider(SidecarOptions(url=sidecar.url, token=shown, deadline_seconds=60))
    described = {"agent": "orders-agent", "proof": proof, "role": lambda: ROLE, "arguments": ("order_id",)} | identity
    kept = recorder if isinstance(recorder, Recorder) else Recorder(recorder)
    return Guard(decider, kept, Identity(**described))


def rules(session: GuardedSession, request: Request = FIND) -> set[str]:
    """The rules that deny a call, or nothing if it is allowed. A denied tool does not run."""
    ran = False
    try:
        with session.permit(request):
            ran = True
    except DeniedError as error:
        assert not ran
        return {reason.rule for reason in error.decision.reasons} or {"no reason"}
    return set()
