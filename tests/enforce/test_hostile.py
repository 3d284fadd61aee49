"""What an agent, a tool or a neighbour could try on the enforcement point."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import RunningOpa
from test_guard import FIND, denied, lines
from world import guard_for, proof

from segrego import audit
from segrego.decision import Call, Decision, Reason
from segrego.enforce import (
    ApprovalRequiredError,
    DeniedError,
    Guard,
    GuardedSession,
    Identity,
    Recorder,
    Request,
    Sidecar,
    SidecarOptions,
)
from segrego.enforce.adapters.functions import guarded
from segrego.enforce.masking import Mask, digest
from segrego.errors import ConfigError, OutputError
from segrego.record import Record


class Says:
    """A decider that answers what a test has it answer."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Call] = []

    def decide(self, call: Call) -> Any:
        self.asked.append(call)
        answer = self.answers.pop(0) if self.answers else Decision(verdict="allow")
        if callable(answer):
            answer = answer()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        pass


def session_of(decider: Any, path: Path, **identity: Any) -> GuardedSession:
    made = Identity(**({"agent": "a"} | identity))
    return Guard(decider, Recorder(path), made).session("s")


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (RuntimeError("boom"), "decider_failed"),
        (None, "decision_malformed"),
        (True, "decision_malformed"),
        ("allow", "decision_malformed"),
        ({"verdict": "allow"}, "decision_malformed"),
        (Decision(verdict="Allow"), "decision_malformed"),  # type: ignore[arg-type]
        (Decision(verdict="allow", reasons=(Reason(rule="x", effect="deny"),)), "decision_malformed"),
        (lambda: asyncio.sleep(0), "decision_malformed"),
    ],
)
def test_a_decider_of_ones_own_fails_closed(answer: Any, rule: str, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    assert denied(session_of(Says(answer), path)) == {rule}
    assert [line["verdict"] for line in lines(path)] == ["deny"]

    class Later(Says):
        async def decide(self, call: Call) -> Any:
            return super().decide(call)

    async def run() -> None:
        with pytest.raises(DeniedError):
            async with session_of(Later(None if callable(answer) else answer), path).apermit(FIND):
                pytest.fail("the tool ran")

    asyncio.run(run())


def test_a_decider_of_ones_own_decides(tmp_path: Path) -> None:
    with session_of(Says(Decision(verdict="allow")), tmp_path / "calls.jsonl").permit(FIND):
        pass
    assert denied(session_of(Says(Decision(verdict="deny")), tmp_path / "calls.jsonl")) == set()


def test_arguments_that_change_after_the_decision_deny(tmp_path: Path) -> None:
    arguments: dict[str, Any] = {"order_id": "7", "lines": [1]}
    changes = [
        lambda: arguments.update(order_id="8"),
        lambda: arguments["lines"].append(2),
        lambda: arguments.update(more=object()),
    ]
    for change in changes:

        def meddling(change: Any = change) -> Decision:
            change()
            return Decision(verdict="allow")

        session = session_of(Says(meddling), tmp_path / "calls.jsonl")
        assert denied(session, Request(tool="t", operation="o", arguments=arguments)) == {"arguments_changed"}
        arguments = {"order_id": "7", "lines": [1]}


class Liar(Mapping[str, Any]):
    """Says something else each time that it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def __getitem__(self, name: str) -> Any:
        self.times += 1
        return self.times

    def __iter__(self) -> Iterator[str]:
        return iter(("order_id",))

    def __len__(self) -> int:
        return 1


def test_arguments_that_differ_each_time_they_are_looked_at_deny(tmp_path: Path) -> None:
    session = session_of(Says(), tmp_path / "calls.jsonl", arguments=("order_id",))
    assert denied(session, Request(tool="t", operation="o", arguments=Liar())) == {"arguments_changed"}


def test_what_is_recorded_and_asked_is_what_was_digested(tmp_path: Path) -> None:
    decider = Says()
    session = session_of(decider, tmp_path / "calls.jsonl", arguments=("a",))
    given: dict[str, Any] = {"a": {"b": [1]}, "c": 2}
    with session.permit(Request(tool="t", operation="o", arguments=given)):
        given["a"]["b"].append(2)
    assert decider.asked[0].tool.arguments == {"a": {"b": [1]}}
    assert decider.asked[0].tool.arguments_digest == digest({"a": {"b": [1]}, "c": 2})
    assert lines(tmp_path / "calls.jsonl")[0]["arguments"]["a"] == {"b": [1]}


@dataclass
class Card:
    number: str

    def __str__(self) -> str:
        return "card"

    __repr__ = __str__


def test_objects_that_look_alike_are_told_apart() -> None:
    from pydantic import BaseModel, SecretStr

    class Login(BaseModel):
        password: SecretStr

    assert digest({"card": Card("1")}) != digest({"card": Card("2")})
    first, second = (Login(password=SecretStr(text)) for text in ("one", "two"))
    assert digest({"login": first}) != digest({"login": second})
    assert digest({"login": first}) == digest({"login": Login(password=SecretStr("one"))})
    assert digest({"a": {3, 1, 2}}) == digest({"a": {2, 3, 1}})


def _deep() -> Any:
    found: Any = []
    for _ in range(100_000):
        found = [found]
    return found


def _round() -> Any:
    found: dict[str, Any] = {}
    found["self"] = found
    return found


FORMLESS = {
    "object": object(),
    "surrogate": "\ud800",
    "number": 10**5000,
    "deep": _deep(),
    "round": _round(),
    "names": {1: 2, "a": 3},
}


@pytest.mark.parametrize("value", FORMLESS.values(), ids=FORMLESS)
def test_arguments_without_a_form_deny(value: Any, tmp_path: Path) -> None:
    decider = Says()
    session = session_of(decider, tmp_path / "calls.jsonl", arguments=("x",))
    assert denied(session, Request(tool="t", operation="o", arguments={"x": value})) == {"call_unreadable"}
    assert decider.asked == []
    (record,) = lines(tmp_path / "calls.jsonl")
    assert (record["verdict"], record["tool"]) == ("deny", "t")


NUMBERS = [2**63, 2**64, 2**70, -(2**70), 1e300, 1.5e-7, 1e16, -0.0, float("inf"), float("nan"), True]


@pytest.mark.parametrize("number", NUMBERS, ids=map(repr, NUMBERS))
def test_numbers_of_all_kinds_leave_the_chain_whole(number: float, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    session = session_of(Says(), path, arguments=("x",))
    with session.permit(Request(tool="t", operation="o", arguments={"x": number, "y": {"x": number}})):
        pass
    with session.permit(FIND):
        pass
    assert not audit.verify(path).problems


@pytest.mark.parametrize(
    "name", ["x" * 5000, "\ud800", None, 7, ["orders"]], ids=["long", "surrogate", "null", "number", "list"]
)
def test_names_that_are_none_deny_and_do_not_fill_the_record(name: Any, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    session = session_of(Says(), path)
    assert denied(session, Request(tool=name, operation="o")) == {"call_unreadable"}
    assert denied(session, Request(tool="t", operation=name)) == {"call_unreadable"}
    assert path.stat().st_size < 3000


def test_names_cannot_forge_a_line_of_the_record(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    forged = 't","verdict":"allow"}\n{"number":2,"event":"decision"\r\n\u2028\u0085\x7f\x1b[2J\x9b2J\x00'
    with session_of(Says(), path).permit(Request(tool=forged, operation=forged, arguments={forged: forged})):
        pass
    assert path.read_bytes().count(b"\n") == 2
    assert lines(path)[0]["tool"] == forged
    assert not audit.verify(path).problems
    assert not set(path.read_text(encoding="utf-8").replace("\n", "")) & set("\x1b\x00\x7f\x85\x9b\u2028")


def test_huge_arguments_are_masked_and_small_in_the_record(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    session = session_of(Says(), path, arguments=("text",))
    given = {"text": "x" * 1_000_000, "y" * 10_000: 1} | {f"a{number}": number for number in range(10_000)}
    with session.permit(Request(tool="t", operation="o", arguments=given)):
        pass
    assert path.stat().st_size < 40_000
    shown = lines(path)[0]["arguments"]
    assert shown["text"].startswith("masked:")
    assert shown["*"].endswith("(9746 arguments)")
    assert lines(path)[0]["arguments_digest"] == digest(given)


def test_a_mark_cannot_be_found_by_trying() -> None:
    assert Mask()({"a": "1"}, ()) != Mask()({"a": "1"}, ())


@pytest.mark.parametrize("what", ["proof", "role"])
def test_an_identity_that_cannot_be_had_denies_and_tells_no_secret(what: str, tmp_path: Path) -> None:
    def broken() -> str:
        raise OSError("https://token.example?secret")

    session = session_of(Says(), tmp_path / "calls.jsonl", **{what: broken})
    assert denied(session) == {"identity_unavailable"}
    assert "secret" not in (tmp_path / "calls.jsonl").read_text(encoding="utf-8")


def test_calls_at_once_see_each_other(tmp_path: Path) -> None:
    """A budget is for all of them: each call is told of those that are being decided on as if they were allowed."""
    barrier = threading.Barrier(8)

    class Counts(Says):
        def decide(self, call: Call) -> Any:
            with lock:
                seen.append(len(call.history))
                rates.append(call.rate.calls if call.rate else -1)
            barrier.wait(10)
            return Decision(verdict="allow")

    lock, seen, rates = threading.Lock(), list[int](), list[int]()
    session = session_of(Counts(), tmp_path / "calls.jsonl")

    def one(_: int) -> None:
        with session.permit(FIND):
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(8)))
    assert sorted(seen) == list(range(8))
    assert sorted(rates) == list(range(8))


def test_calls_that_were_denied_count_for_nothing(tmp_path: Path) -> None:
    decider = Says(Decision(verdict="deny"), RuntimeError("boom"))
    session = session_of(decider, tmp_path / "calls.jsonl")
    assert denied(session) == set()
    assert denied(session) == {"decider_failed"}
    with session.permit(FIND):
        pass
    assert decider.asked[-1].history == ()
    assert decider.asked[-1].rate is not None
    assert decider.asked[-1].rate.calls == 0


def test_a_cancelled_question_lets_nothing_run_and_is_forgotten(tmp_path: Path) -> None:
    class Slow(Says):
        async def decide(self, call: Call) -> Any:
            self.asked.append(call)
            if len(self.asked) == 1:
                await asyncio.sleep(60)
            return Decision(verdict="allow")

    async def run() -> None:
        async def one() -> None:
            async with session.apermit(FIND):
                ran.append("ran")

        task = asyncio.create_task(one())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ran == []
        await one()

    decider, ran = Slow(), list[str]()
    session = session_of(decider, tmp_path / "calls.jsonl")
    asyncio.run(run())
    assert decider.asked[-1].history == ()
    assert ran == ["ran"]


def test_a_tool_that_is_cancelled_is_recorded_as_failed(tmp_path: Path) -> None:
    class Now(Says):
        async def decide(self, call: Call) -> Any:
            return Decision(verdict="allow")

    async def run() -> None:
        async def one() -> None:
            async with session.apermit(FIND):
                await asyncio.sleep(60)

        task = asyncio.create_task(one())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    session = session_of(Now(), tmp_path / "calls.jsonl")
    asyncio.run(run())
    assert (lines(tmp_path / "calls.jsonl")[-1]["outcome"], lines(tmp_path / "calls.jsonl")[-1]["error"]) == (
        "failed",
        "CancelledError",
    )


def test_an_outcome_that_cannot_be_written_does_not_make_the_tool_run_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    guard = Guard(Says(), Recorder(tmp_path / "calls.jsonl"), Identity(agent="a"))
    session, ran = guard.session("s"), list[str]()

    @guarded(session, tool="t")
    def pay() -> str:
        ran.append("paid")
        guard.recorder.close()
        return "paid"

    assert pay() == "paid"
    assert "is not recorded" in caplog.text
    with pytest.raises(DeniedError, match="record_not_written"):
        pay()
    assert ran == ["paid"]
    assert len(audit.verify(tmp_path / "calls.jsonl").unfinished) == 1


def test_parameters_that_are_not_the_agents_to_choose_are_left_out(tmp_path: Path) -> None:
    decider = Says()
    session = session_of(decider, tmp_path / "calls.jsonl")

    class Desk:
        @guarded(session, tool="t", without=("self", "client"))
        def find(self, order: str, client: object = object()) -> str:
            return order

    assert Desk().find("7") == "7"
    assert decider.asked[0].tool.arguments_digest == digest({"order": "7"})
    with pytest.raises(TypeError, match="no parameter other"):
        guarded(session, tool="t", without=("other",))(Desk.find)


def test_errors_survive_pickling() -> None:
    """A pool of processes pickles them: one that cannot be read back breaks the pool."""
    for kind in (DeniedError, ApprovalRequiredError):
        made = kind(Decision(verdict="deny", reasons=(Reason(rule="revoked", effect="deny"),)))
        found = pickle.loads(pickle.dumps(made))
        assert (type(found), str(found), found.decision) == (kind, str(made), made.decision)


def test_nothing_that_holds_a_secret_shows_or_pickles_it() -> None:
    options = SidecarOptions(token="s3cret")
    assert "s3cret" not in repr(options)
    with pytest.raises(TypeError):
        pickle.dumps(Sidecar(options))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1:80@evil.example",
        "https://user:secret@opa.example",
        "http://127.0.0.1\\@evil.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://169.254.169.254/latest",
        "http://2130706433",
        "http://0.0.0.0:8181",
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "http://[::ffff:10.0.0.1]",
        "file:///etc/passwd",
        "gopher://127.0.0.1",
        "http://[::1",
        "https://",
        "",
    ],
)
def test_urls_that_lead_elsewhere_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Sidecar(SidecarOptions(url=url))
    assert "secret" not in str(caught.value)


def test_a_closed_decider_denies(sidecar: RunningOpa, tmp_path: Path) -> None:
    guard = guard_for(sidecar.url, tmp_path / "calls.jsonl")
    with guard.session("s").permit(FIND):
        pass
    assert isinstance(guard.decider, Sidecar)
    guard.decider.close()
    assert denied(guard.session("s")) == {"sidecar_unreachable"}


def test_one_asynchronous_decider_serves_one_loop_after_the_other(sidecar: RunningOpa, tmp_path: Path) -> None:
    from segrego.enforce import AsyncSidecar

    decider = AsyncSidecar(SidecarOptions(url=sidecar.url, deadline_seconds=5))
    identity = Identity(agent="orders-agent", proof=proof, role=lambda: "arn:aws:iam::111122223333:role/orders")
    session = Guard(decider, Recorder(tmp_path / "calls.jsonl"), identity).session("s")

    async def run() -> None:
        async with session.apermit(FIND):
            pass

    for _ in range(3):
        asyncio.run(run())


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_record_that_others_may_write_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    Recorder(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(mode)
    with pytest.raises(OutputError, match="others may write"):
        Recorder(path)


def test_a_record_that_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("fifo", "link", "."):
        with pytest.raises(OutputError):
            Recorder(tmp_path / name)
    assert not (tmp_path / "elsewhere").exists()


def test_a_record_that_was_removed_denies(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    session = session_of(Says(), path)
    with session.permit(FIND):
        pass
    path.unlink()
    assert denied(session) == {"record_not_written"}


def one_record(number: int) -> Record:
    return Record(number=0, event="decision", time_ns=1, call=str(number), agent="a", session="s", verdict="deny")


def test_threads_and_recorders_of_one_file_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    recorders = [Recorder(path) for _ in range(3)]
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda number: recorders[number % 3].append(one_record(number)), range(300)))
    found = audit.verify(path)
    assert (found.records, found.problems) == (300, ())


FORKED = """
import os, sys, threading
from pathlib import Path
from segrego.record import Record, Recorder
recorder = Recorder(Path(sys.argv[1]))
def some(name):
    for number in range(100):
        call = f"{name}-{number}"
        recorder.append(Record(number=0, event="decision", time_ns=1, call=call, agent="a", session="s"))
busy = threading.Thread(target=some, args=("thread",))  # so that a fork comes while the lock is held
busy.start()
children = []
for child in range(3):
    pid = os.fork()
    if pid == 0:
        some(child)
        os._exit(0)
    children.append(pid)
some("parent")
busy.join()
sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children))
"""


def test_forked_processes_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED, path], check=True, timeout=60)
    found = audit.verify(path)
    assert (found.records, found.problems) == (500, ())


FORKED_ASKING = """
import os, sys
sys.path[:0] = sys.argv[4:]
from pathlib import Path
from segrego.enforce import DeniedError, Request
from world import guard_for
guard = guard_for(sys.argv[1], Path(sys.argv[2]), proof=lambda: sys.argv[3])
def ask(operation):
    try:
        with guard.session("s").permit(Request(tool="orders", operation=operation)):
            return True
    except DeniedError as error:
        rules = {reason.rule for reason in error.decision.reasons}
        assert rules == {"tool_not_registered"}, rules
        return False
assert ask("find")
pid = os.fork()
answers = {ask("delete" if pid else "find") for _ in range(300)}
assert answers == {not pid}, answers
if pid:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def test_forked_processes_do_not_read_each_others_answers(sidecar: RunningOpa, tmp_path: Path) -> None:
    here = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "bundle")]
    command = [sys.executable, "-c", FORKED_ASKING, sidecar.url, tmp_path / "calls.jsonl", proof(), *here]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not audit.verify(tmp_path / "calls.jsonl").problems


OPTIMISED = """
import sys
assert False, "assertions are on"
from pathlib import Path
from segrego.decision import Decision, Reason
from segrego.enforce import DeniedError, Guard, Identity, Recorder, Request
class Says:
    def __init__(self, answer): self.answer = answer
    def decide(self, call): return self.answer
    def close(self): pass
denied = 0
against = (Reason(rule="x", effect="deny"),)
answers = [None, "allow", Decision(verdict="deny"), Decision(verdict="allow", reasons=against)]
for answer in answers:
    session = Guard(Says(answer), Recorder(Path(sys.argv[1])), Identity(agent="a")).session("s")
    try:
        with session.permit(Request(tool="t", operation="o")):
            print("ran")
    except DeniedError:
        denied += 1
print(denied)
"""


def test_nothing_rests_on_assertions(tmp_path: Path) -> None:
    """``python -O`` leaves them out."""
    command = [sys.executable, "-O", "-c", OPTIMISED, tmp_path / "calls.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["4"]


def test_a_tool_runs_once_whatever_the_sidecar_does_to_a_connection(sidecar: RunningOpa, tmp_path: Path) -> None:
    """A kept connection that has gone stale is asked again; only the question is repeated."""
    guard = guard_for(sidecar.url, tmp_path / "calls.jsonl")
    ran: list[str] = []

    @guarded(guard.session("s"), tool="orders")
    def find(order_id: str) -> None:
        ran.append(order_id)
        time.sleep(0)

    for number in range(20):
        find(str(number))
    assert ran == [str(number) for number in range(20)]
    records = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["event"] for record in records] == ["decision", "outcome"] * 20
