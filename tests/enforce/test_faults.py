"""Whatever fails, nothing runs that was not decided and recorded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bundle_opa import RunningOpa, wait_until
from bundle_server import Server, serving
from bundle_world import Sidecar, free_port
from sidecars import FIND, configured, freeze, guard_of, rules
from world import guard_for, proof, write_all

from segrego import audit
from segrego.bundle.serve.received import DecisionLog
from segrego.enforce import Request
from segrego.enforce import guard as guard_module
from segrego.errors import OutputError

HOUR_SECONDS = 3600
OUTAGE_SECONDS = float(os.environ.get("SEGREGO_OUTAGE_SECONDS", "2"))
OUTAGE_RATE = float(os.environ.get("SEGREGO_OUTAGE_RATE", "50"))
"""How long the receiver is down, and decisions a second meanwhile. docs/runtime.md has what 10 and 200 gave."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """``segrego bundle serve``, which takes decisions into ``decisions``."""
    write_all(tmp_path)
    with serving(tmp_path, "--decision-log", tmp_path / "decisions") as found:
        yield found


@pytest.fixture
def reporting(server: Server, tmp_path: Path, opa: Path) -> Iterator[Sidecar]:
    with configured(tmp_path / "sidecar", opa, server.url, server_token=True, reports=True) as found:
        yield found


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_one(sidecar: RunningOpa, tmp_path: Path) -> None:
    guard = guard_for(sidecar.url, tmp_path / "calls", deadline_seconds=0.5)
    wait_until(lambda: rules(guard.session("s")) == set(), "a first answer in time")
    freeze(sidecar.process)
    try:
        assert rules(guard.session("s")) == {"sidecar_timeout"}
    finally:
        sidecar.process.send_signal(signal.SIGCONT)
    slow = Request(tool="orders", operation="no-such-operation")
    found: set[str] = set()

    def answered() -> bool:
        nonlocal found
        found = rules(guard.session("s"), slow)
        return found != {"sidecar_timeout"}

    wait_until(answered, "an answer in time")
    assert found == {"tool_not_registered"}


def test_a_bundle_server_that_is_down_for_longer_than_the_lease_stops_everything(tmp_path: Path, opa: Path) -> None:
    port = free_port()
    write_all(tmp_path, lease_ns=15_000_000_000)
    with (
        serving(tmp_path, port=port) as server,
        configured(tmp_path / "sidecar", opa, server.url, server_token=True) as sidecar,
    ):
        session = guard_of(sidecar, tmp_path / "calls").session("s")
        first = rules(session)  # a machine that is slower than the lease meets its end already here
        server.process.kill()
        server.process.wait()
        wait_until(lambda: rules(session) == {"stale_policy"}, "the end of the lease")
        assert sidecar.ask("GET", "/health", token=None)[0] == 200
        write_all(tmp_path)
        with serving(tmp_path, port=port):
            wait_until(lambda: rules(session) == set(), "new bundles")
    assert first in (set(), {"stale_policy"})


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_off_by_an_hour_stops_the_enforcement_point(
    hours: int, sidecar: RunningOpa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = guard_for(sidecar.url, tmp_path / "calls").session("s")

    class Clock:
        monotonic = staticmethod(time.monotonic)

        @staticmethod
        def time_ns() -> int:
            return time.time_ns() + hours * HOUR_SECONDS * 1_000_000_000

    assert rules(session) == set()
    monkeypatch.setattr(guard_module, "time", Clock)
    assert rules(session) == {"clock_skew"}


@pytest.mark.parametrize("seconds", [-HOUR_SECONDS, HOUR_SECONDS])
def test_an_issuer_whose_clock_is_off_by_an_hour_proves_nobody(
    seconds: int, sidecar: RunningOpa, tmp_path: Path
) -> None:
    now = int(time.time()) + seconds
    shown = proof(iat=now, nbf=now, exp=now + 600)
    assert "unproven_agent" in rules(guard_for(sidecar.url, tmp_path / "calls", proof=lambda: shown).session("s"))


FILLING = """
import os, resource, signal, sys
sys.path[:0] = sys.argv[4:]
from pathlib import Path
from sidecars import FIND, rules
from world import guard_for
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
session = guard_for(sys.argv[1], Path(sys.argv[2]), proof=lambda: sys.argv[3]).session("s")
before = rules(session)
size = os.path.getsize(sys.argv[2]) + 100
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
full = rules(session)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(sorted(before), sorted(full), sorted(rules(session)))
"""


def test_a_full_disk_stops_every_call_and_the_record_goes_on_whole(sidecar: RunningOpa, tmp_path: Path) -> None:
    path = tmp_path / "calls"
    here = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "bundle")]
    command = [sys.executable, "-c", FILLING, sidecar.url, path, proof(), *here]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "[] ['record_not_written'] []\n", done.stderr
    found = audit.verify(path)
    assert (found.records, found.problems, found.unfinished) == (4, (), ())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_receiver_with_a_full_disk_acknowledges_nothing(tmp_path: Path) -> None:
    log = DecisionLog(Path("/dev/full"))
    with pytest.raises(OutputError):
        log.append(b'[{"decision_id": "a"}]', is_gzip=False)
    log.close()
    write_all(tmp_path)
    with serving(tmp_path, "--decision-log", "/dev/full") as server:
        assert server.ask("/logs", b'[{"decision_id": "a", "labels": {"sidecar": "desk"}}]')[0] == 503


LOADING = """
import os, sys, threading, time
sys.path[:0] = sys.argv[6:]
from pathlib import Path
from bundle_world import Sidecar
from sidecars import guard_of, rules
_, url, token, path, shown, pause = sys.argv[:6]
guard = guard_of(Sidecar(url, token, Path()), Path(path), proof=lambda: shown)
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
due, turn, denied = time.monotonic(), 0, 0
while not stop.is_set():
    if turn % 10 == 0:
        session = guard.session(f"load-{os.getpid()}-{turn}")
    turn += 1
    denied += rules(session) != set()
    due += float(pause)
    stop.wait(max(0, due - time.monotonic()))
print(denied)
"""


class Load:
    """Calls at a steady rate from three processes with one record, until it is stopped."""

    def __init__(self, sidecar: Sidecar, path: Path, per_second: float) -> None:
        here = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "bundle")]
        command = [sys.executable, "-c", LOADING, sidecar.url, sidecar.token, path, proof(), str(3 / per_second), *here]
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._processes = [subprocess.Popen(command, **streams) for _ in range(3)]  # type: ignore[call-overload]

    def stop(self) -> int:
        """How many calls were denied."""
        for process in self._processes:
            if process.stdin and not process.stdin.closed:
                process.stdin.close()
        found = 0
        for process in self._processes:
            found += int(process.stdout.read())
            process.wait(60)
        return found


def decided(path: Path) -> set[str]:
    """The ids of OPA's decisions in a record."""
    return {
        record.decision_id
        for _, record in audit.read(path)
        if record and record.event == "decision" and record.decision_id
    }


def test_nothing_is_lost_while_the_receiver_is_down(tmp_path: Path, opa: Path) -> None:
    port, path, log = free_port(), tmp_path / "calls", tmp_path / "decisions"
    options = ["--decision-log", log]
    write_all(tmp_path)
    with serving(tmp_path, *options, port=port) as server:
        settings = {"server_token": True, "reports": True}
        with configured(tmp_path / "sidecar", opa, server.url, **settings) as sidecar:
            load = Load(sidecar, path, OUTAGE_RATE)
            wait_until(lambda: log.stat().st_size > 0, "the first decisions")
            server.process.kill()
            server.process.wait()
            before, begun = len(decided(path)), time.monotonic()
            time.sleep(OUTAGE_SECONDS)  # the outage itself, not a condition to wait for
            missed, lasted = len(decided(path)) - before, time.monotonic() - begun
            with serving(tmp_path, *options, port=port):
                denied = load.stop()
                wait_until(lambda: decided(path) <= set(audit.decision_ids(log)), "the decisions of the outage")
    print(f"{missed} decisions in {lasted:.1f} s without a receiver, {len(decided(path))} in all, {denied} denied")
    assert missed > OUTAGE_SECONDS  # there was something to lose
    assert denied == 0
    found = audit.verify(path, decisions=audit.decision_ids(log))
    assert (found.problems, found.unfinished) == ((), ())


def test_a_call_whose_tool_was_killed_is_named(reporting: Sidecar, tmp_path: Path) -> None:
    """What ran when the process was killed has a decision and no outcome, and the log's decision has a record."""
    path = tmp_path / "calls"
    with guard_of(reporting, path).session("s").permit(FIND):
        copied = path.read_bytes()
    (tmp_path / "killed").write_bytes(copied)
    wait_until(lambda: decided(path) <= set(audit.decision_ids(tmp_path / "decisions")), "the log")
    found = audit.verify(tmp_path / "killed", decisions=audit.decision_ids(tmp_path / "decisions"))
    assert (found.problems, len(found.unfinished)) == ((), 1)
    assert json.loads(copied)["call"] == found.unfinished[0]
