"""An allowed tool runs, a denied one does not, and the record says so before it runs."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import RunningOpa, configuration, wait_until
from sidecars import freeze
from world import ROLE, SIGNER, guard_for, proof, write, write_all

from segrego.bundle import contents
from segrego.decision import Decision
from segrego.enforce import (
    ApprovalRequiredError,
    AsyncSidecar,
    DeniedError,
    Guard,
    GuardedSession,
    Identity,
    Recorder,
    Request,
    SidecarOptions,
)
from segrego.enforce.decider import decision_of
from segrego.errors import ConfigError, OutputError

FIND = Request(tool="orders", operation="find", arguments={"order_id": "7", "card": "4111111111111111"})


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def denied(session: GuardedSession, request: Request = FIND) -> set[str]:
    """The rules that deny a call; the tool must not run."""
    with pytest.raises(DeniedError) as caught, session.permit(request):
        pytest.fail("the tool ran")
    return {reason.rule for reason in caught.value.decision.reasons}


def test_an_allowed_tool_runs_after_its_record(session: GuardedSession, tmp_path: Path) -> None:
    with session.permit(FIND) as decision:
        (before,) = lines(tmp_path / "calls.jsonl")
    assert decision.verdict == "allow"
    assert decision.obligations.credentials is not None
    assert (before["event"], before["verdict"], before["tool"], before["proof_id"]) == (
        "decision",
        "allow",
        "orders",
        "p-1",
    )
    assert before["decision_id"] is None or before["decision_id"] == decision.id
    assert all(len(revision) == 64 for revision in before["revisions"].values())
    after = lines(tmp_path / "calls.jsonl")[1]
    assert (after["event"], after["outcome"], after["call"]) == ("outcome", "ran", before["call"])


def test_what_is_not_on_the_allow_list_is_masked(session: GuardedSession, tmp_path: Path) -> None:
    with session.permit(FIND):
        pass
    assert lines(tmp_path / "calls.jsonl")[0]["arguments"]["order_id"] == "7"
    assert "4111111111111111" not in (tmp_path / "calls.jsonl").read_text(encoding="utf-8")


def test_a_tool_that_fails_is_recorded_as_failed(session: GuardedSession, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), session.permit(FIND):
        1 / 0  # noqa: B018
    assert (lines(tmp_path / "calls.jsonl")[1]["outcome"], lines(tmp_path / "calls.jsonl")[1]["error"]) == (
        "failed",
        "ZeroDivisionError",
    )


def test_a_denied_tool_does_not_run_and_is_recorded(session: GuardedSession, tmp_path: Path) -> None:
    assert denied(session, Request(tool="orders", operation="delete")) == {"tool_not_registered"}
    (record,) = lines(tmp_path / "calls.jsonl")
    assert (record["verdict"], record["reasons"][0]["rule"]) == ("deny", "tool_not_registered")


def test_a_person_must_say_yes(session: GuardedSession) -> None:
    with pytest.raises(ApprovalRequiredError), session.permit(Request(tool="orders", operation="refund")):
        pytest.fail("the tool ran")


def test_a_session_that_has_read_sensitive_data_does_not_call_out(session: GuardedSession) -> None:
    post = Request(tool="web", operation="post")
    with session.permit(post):
        pass
    with session.permit(Request(tool="staff", operation="read")):
        pass
    assert denied(session, post) == {"tainted_session"}


def test_revoked_in_mid_session(session: GuardedSession, sidecar: RunningOpa, tmp_path: Path) -> None:
    with session.permit(FIND):
        pass
    revoked = contents.nothing_revoked() | {"sessions": {"session-1": {"at_ns": 1, "reason": "test"}}}
    write(tmp_path, contents.revocations(revoked, time.time_ns() + 10**12))
    wait_until(lambda: "session-1" in str(sidecar.get("/v1/data/segrego/revocations")), "the revocation")
    assert denied(session) == {"revoked"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"proof": lambda: proof(exp=int(time.time()) - 3600)}, "unproven_agent"),
        ({"proof": lambda: None}, "unproven_agent"),
        ({"proof": lambda: "rubbish"}, "unproven_agent"),
        ({"role": lambda: "arn:aws:iam::111122223333:role/shared"}, "role_mismatch"),
        ({"agent": "stranger"}, "unknown_agent"),
    ],
)
def test_who_calls_must_hold(change: dict[str, Any], rule: str, sidecar: RunningOpa, tmp_path: Path) -> None:
    assert rule in denied(guard_for(sidecar.url, tmp_path / "calls.jsonl", **change).session("s"))


def test_asyncio_is_the_same(sidecar: RunningOpa, tmp_path: Path) -> None:
    async def run() -> tuple[Decision, set[str]]:
        decider = AsyncSidecar(SidecarOptions(socket=str(sidecar.socket), deadline_seconds=60))
        identity = Identity(agent="orders-agent", proof=proof, role=lambda: ROLE)
        session = Guard(decider, Recorder(tmp_path / "calls.jsonl"), identity).session("session-1")
        async with session.apermit(FIND) as decision:
            pass
        sidecar.process.kill()
        sidecar.process.wait()
        with pytest.raises(DeniedError) as caught:
            async with session.apermit(FIND):
                pytest.fail("the tool ran")
        await decider.aclose()
        return decision, {reason.rule for reason in caught.value.decision.reasons}

    decision, rules = asyncio.run(run())
    assert decision.verdict == "allow"
    assert rules == {"sidecar_unreachable"}


def test_a_dead_sidecar_denies(session: GuardedSession, sidecar: RunningOpa, tmp_path: Path) -> None:
    with session.permit(FIND):
        pass
    sidecar.process.kill()
    sidecar.process.wait()
    assert denied(session) == {"sidecar_unreachable"}
    assert lines(tmp_path / "calls.jsonl")[-1]["source"] == "enforcement"


def test_a_frozen_sidecar_denies_within_the_deadline(sidecar: RunningOpa, tmp_path: Path) -> None:
    session = guard_for(sidecar.url, tmp_path / "calls.jsonl", deadline_seconds=0.5).session("s")
    freeze(sidecar.process)
    try:
        assert denied(session) == {"sidecar_timeout"}
    finally:
        sidecar.process.send_signal(signal.SIGCONT)


def test_a_restarted_sidecar_is_found_again(tmp_path: Path, run_opa: Callable[..., Any]) -> None:
    write_all(tmp_path)
    config = configuration(tmp_path, [SIGNER], list(contents.NAMES))
    guards = []
    for _ in range(2):
        with run_opa(config) as opa:
            guards.append(guard_for(opa.url, tmp_path / "calls.jsonl"))
            with guards[-1].session("s").permit(FIND):
                pass
    assert denied(guards[0].session("s")) == {"sidecar_unreachable"}


def test_a_stale_lease_denies(tmp_path: Path, run_opa: Callable[..., Any]) -> None:
    write_all(tmp_path, lease_ns=-1)
    with run_opa(configuration(tmp_path, [SIGNER], list(contents.NAMES))) as opa:
        assert denied(guard_for(opa.url, tmp_path / "calls.jsonl").session("s")) == {"stale_policy"}


def test_a_missing_bundle_denies(tmp_path: Path, run_opa: Callable[..., Any]) -> None:
    write_all(tmp_path)
    with run_opa(configuration(tmp_path, [SIGNER], ["policy", "agents"])) as opa:
        assert denied(guard_for(opa.url, tmp_path / "calls.jsonl").session("s")) == {"stale_policy"}
    with run_opa(configuration(tmp_path, [SIGNER], ["agents", "revocations"])) as opa:
        assert denied(guard_for(opa.url, tmp_path / "calls.jsonl").session("s")) == {"decision_undefined"}


@pytest.fixture
def answering() -> Iterator[Callable[[bytes, float], str]]:
    """A server on loopback that answers every connection with the given bytes, one every so many seconds."""
    servers: list[socket.socket] = []

    def serve(answer: bytes, pause: float) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        threading.Thread(target=_answer_all, args=(server, answer, pause), daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}"

    yield serve
    for server in servers:
        server.close()


def _answer_all(server: socket.socket, answer: bytes, pause: float) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        try:
            connection.recv(65_536)
            for position in range(len(answer)) if pause else ():
                connection.sendall(answer[position : position + 1])
                time.sleep(pause)
            if not pause:
                connection.sendall(answer)
        except OSError:
            pass
        finally:
            connection.close()


def _http(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status.encode(), len(body), body)


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (b"rubbish", "sidecar_unreachable"),
        (_http(b"rubbish"), "decision_malformed"),
        (_http(b"{}"), "decision_undefined"),
        (_http(b'{"result": true}'), "decision_malformed"),
        (_http(b'{"result": {"verdict": "maybe"}}'), "decision_malformed"),
        (_http(b'{"result": {"verdict": "allow", "extra": 1}}'), "decision_malformed"),
        (_http(b'{"result": {"verdict": "allow", "source": "enforcement"}}'), "decision_malformed"),
        (
            _http(b'{"result": {"verdict": "allow", "reasons": [{"rule": "x", "effect": "deny"}]}}'),
            "decision_malformed",
        ),
        (_http(b'{"result": {"verdict": "allow"}}', "500 Internal Server Error"), "sidecar_refused"),
        (_http(b'{"result": {"verdict": "allow"}}', "307 Temporary Redirect"), "sidecar_refused"),
        (_http(b"x" * 2_000_000), "sidecar_unreachable"),
        (b"[" * 100_000, "sidecar_unreachable"),
        (_http(b"[" * 100_000), "decision_malformed"),
    ],
)
def test_rubbish_denies(answer: bytes, rule: str, answering: Callable[[bytes, float], str], tmp_path: Path) -> None:
    assert denied(guard_for(answering(answer, 0), tmp_path / "calls.jsonl").session("s")) == {rule}


def test_an_answer_byte_by_byte_does_not_outlast_the_deadline(
    answering: Callable[[bytes, float], str], tmp_path: Path
) -> None:
    url = answering(_http(b'{"result": {"verdict": "allow"}}'), 0.2)  # each byte arrives in time, all of them do not
    assert denied(guard_for(url, tmp_path / "calls.jsonl", deadline_seconds=1).session("s")) == {"sidecar_timeout"}


def test_no_record_no_call(sidecar: RunningOpa, tmp_path: Path) -> None:
    guard = guard_for(sidecar.url, tmp_path / "calls.jsonl")
    guard.recorder.close()
    assert denied(guard.session("s")) == {"record_not_written"}
    with pytest.raises(OutputError):
        Recorder(tmp_path / "no/such/folder/calls.jsonl")


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from segrego.record import Record, Recorder
from segrego.errors import OutputError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
recorder = Recorder(Path(sys.argv[1]))
for number in range(100):
    try:
        recorder.append(Record(number=0, event="decision", time_ns=1, call=str(number), agent="a", session="s"))
    except OutputError as error:
        print(number, error)
        break
"""


def test_a_full_disk_is_said_and_leaves_whole_records(tmp_path: Path) -> None:
    assert resource.RLIM_INFINITY  # the limit of a file's size stands in for a full disk
    path = tmp_path / "calls.jsonl"
    done = subprocess.run([sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=True)
    written = int(done.stdout.split()[0])
    assert "cannot be written" in done.stdout
    assert [line["call"] for line in lines(path)] == [str(number) for number in range(written)]


KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[4:]
from pathlib import Path
from segrego.enforce import Request
from world import guard_for
session = guard_for(sys.argv[1], Path(sys.argv[2]), proof=lambda: sys.argv[3]).session("s")
for number in range(1000):
    with session.permit(Request(tool="orders", operation="find", arguments={"order_id": str(number)})):
        print(number, flush=True)
        if number == 20:
            os.kill(os.getpid(), signal.SIGKILL)
"""


def test_every_call_that_ran_has_its_record_after_kill_9(sidecar: RunningOpa, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    here = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "bundle")]
    command = [sys.executable, "-c", KILLED, sidecar.url, path, proof(), *here]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == -signal.SIGKILL, done.stderr
    ran = done.stdout.split()
    recorded = [line["arguments"]["order_id"] for line in lines(path) if line["event"] == "decision"]
    assert ran == recorded
    assert len(ran) == 21


def test_an_answer_that_says_who_decided_keeps_its_id() -> None:
    assert decision_of(b'{"result": {"verdict": "allow"}, "decision_id": "d-1"}').id == "d-1"


@pytest.mark.parametrize("url", ["http://10.0.0.1:8181", "ftp://127.0.0.1", "127.0.0.1:8181", "http://127.0.0.1/?a=b"])
def test_a_decision_stays_on_this_machine(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        guard_for(url, tmp_path / "calls.jsonl")
