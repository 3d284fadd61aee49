"""Measure what the decision before a tool call takes, against the same OPA answering a constant.

    python tools/bench_decision.py [--agents N] [--calls N] [--quick]

A real OPA runs by the configuration that ``segrego bundle sidecar`` writes, on signed bundles of that many agents from
``segrego bundle serve``. Two things are added to it: a constant policy, and leave to ask for it and for OPA's metrics.
Every question is a call as the enforcement point sends it; the constant is asked with the same bytes, on the same
keep-alive connection, in turn with the decision, so that whatever else the machine does falls on both alike. Exits with
1 if an ordinary decision takes more than 1.5 times the constant at the median, or 2 times at the 99th percentile.
``--quick`` is for CI: a small run and generous limits, because machines there are shared.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import msgspec

from decision_world import ASKED, World
from processes import free_port, processor_seconds
from segrego.bundle import contents
from segrego.bundle.deployment import files
from segrego.bundle.publishing import packed
from segrego.bundle.sidecar import SidecarSettings
from segrego.bundle.signing import new_key
from segrego.bundle.store import file_name
from segrego.decision import Call
from segrego.enforce import Guard, GuardedSession, Identity, Recorder, Request, Sidecar, SidecarOptions
from segrego.evaluate.binary import find_opa
from segrego.record import Record

HOUR_NS = 3_600_000_000_000
DECISION = "/v1/data/segrego/runtime/decision"
CONSTANT = "/v1/data/bench/constant"
POLICY = 'package bench\n\nconstant := {"verdict": "allow"}\n'
TIMERS = ("timer_rego_input_parse_ns", "timer_rego_query_eval_ns", "timer_server_handler_ns")
TOKEN = "b" * 43


@dataclass(frozen=True, slots=True)
class Limits:
    """What an ordinary decision may take, in times of the constant: at the median, and at the 99th percentile."""

    middle: float = 1.5
    tail: float = 2.0


@dataclass(slots=True)
class Times:
    """How long calls took, in milliseconds."""

    each: list[float] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """The median."""
        return statistics.median(self.each)

    @property
    def tail(self) -> float:
        """The 99th percentile."""
        return sorted(self.each)[int(len(self.each) * 0.99)]

    def __str__(self) -> str:
        return f"p50 {self.middle:7.3f} ms   p99 {self.tail:7.3f} ms"


class Connection:
    """One keep-alive connection, with as little of a client around it as can be."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def question(self, path: str, content: bytes) -> bytes:
        """A request, ready to be sent."""
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Type: application/json\r\n"
        head += f"Authorization: Bearer {TOKEN}\r\nContent-Length: {len(content)}\r\n\r\n"
        return head.encode() + content

    def ask(self, question: bytes) -> tuple[float, bytes]:
        """Milliseconds until the answer was there as a whole, and the answer."""
        start = time.perf_counter_ns()
        self._socket.sendall(question)
        data = self._socket.recv(65_536)
        while b"\r\n\r\n" not in data:
            data += self._received()
        head, _, body = data.partition(b"\r\n\r\n")
        fields = head.lower()
        if b"transfer-encoding: chunked" in fields:
            while not body.endswith(b"\r\n0\r\n\r\n"):
                body += self._received()
        else:
            length = int(fields.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            while len(body) < length:
                body += self._received()
        took = (time.perf_counter_ns() - start) / 1e6
        if not head.startswith(b"HTTP/1.1 200"):
            sys.exit(f"OPA answered {head.decode('utf-8', 'replace')} {body.decode('utf-8', 'replace')}")
        return took, body

    def _received(self) -> bytes:
        return self._socket.recv(65_536) or sys.exit("OPA hung up")


def authorization(written: str) -> str:
    """The sidecar's own, with leave to ask for the constant and for metrics."""
    decision = 'input.path == ["v1", "data", "segrego", "runtime", "decision"]\n\tcount(input.params) == 0'
    start, end = written.index("allow if {"), written.index("}\n") + 2
    rule = written[start:end]
    added = [
        rule.replace(decision, 'input.path == ["v1", "data", "bench", "constant"]\n\tcount(input.params) == 0'),
        rule.replace(decision, 'input.path[0] == "v1"\n\tobject.keys(input.params) == {"metrics"}'),
    ]
    if rule in added:
        sys.exit("system.authz is not what this benchmark knows")
    return "\n".join([written, *added])


@contextmanager
def running(world: World, folder: Path, opa: Path) -> Iterator[tuple[int, int]]:
    """A sidecar that has its bundles: its port, and the id of its process."""
    signer = new_key("bundles", "ES256")
    published, home = folder / "published", folder / "sidecar"
    published.mkdir()
    home.mkdir()
    end = time.time_ns() + HOUR_NS
    for bundle in (
        contents.policy(end),
        contents.agents(world.document, end),
        contents.revocations(contents.nothing_revoked(), end),
    ):
        (published / file_name(bundle.name)).write_bytes(packed(bundle, signer))
    served, port = free_port(), free_port()
    settings = SidecarSettings(kind="opa", url=f"http://127.0.0.1:{served}", keys=[signer], token=TOKEN, port=port)
    for name, content in files(settings).items():
        (home / name).write_bytes(content)
    (home / "authz.rego").write_text(authorization((home / "authz.rego").read_text(encoding="utf-8")), encoding="utf-8")
    (home / "constant.rego").write_text(POLICY, encoding="utf-8")
    start = (home / "run.sh").read_text(encoding="utf-8").rstrip()
    (home / "run.sh").write_text(f"{start} constant.rego\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPA_")} | {"OPA": str(opa)}
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("wb"))
        for command in (
            [sys.executable, "-m", "segrego", "bundle", "serve", str(published), "--port", str(served)],
            ["sh", str(home / "run.sh")],
        ):
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
            stack.callback(process.wait)
            stack.callback(process.kill)
        _wait_for(port, folder / "log")
        yield port, process.pid


def _wait_for(port: int, log: Path) -> None:
    for _ in range(1200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health?bundles", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit(f"the sidecar did not start: {log.read_text(encoding='utf-8')[-2000:]}")


def encoded(calls: Iterable[Call]) -> list[bytes]:
    """The calls as questions to OPA."""
    return [msgspec.json.encode({"input": call}) for call in calls]


def side_by_side(connection: Connection, questions: Sequence[bytes], calls: int) -> tuple[Times, Times, Any]:
    """The constant and the decision in turn, ``calls`` of each, and the last decision."""
    pairs = [tuple(connection.question(path, content) for path in (CONSTANT, DECISION)) for content in questions]
    constant, decision, last = Times(), Times(), b"{}"
    for position, pair in enumerate(islice(cycle(pairs), calls + len(pairs))):
        first = connection.ask(pair[0])
        second = connection.ask(pair[1])
        if position >= len(pairs):  # until then OPA prepares the query, and sees each token for the first time
            constant.each.append(first[0])
            decision.each.append(second[0])
            last = second[1]
    return constant, decision, json.loads(last)["result"]


def show(name: str, constant: Times, decision: Times, remark: str = "") -> None:
    """One line: the decision, and how it compares."""
    ratios = f"{decision.middle / constant.middle:5.2f} x   {decision.tail / constant.tail:5.2f} x"
    print(f"  {name:<22} {decision}   {ratios}   {remark}", flush=True)


def inside(connection: Connection, questions: Sequence[bytes], calls: int) -> dict[str, dict[str, float]]:
    """Medians of OPA's own timers in microseconds, by path and timer."""
    found: dict[str, dict[str, list[int]]] = {path: {name: [] for name in TIMERS} for path in (CONSTANT, DECISION)}
    for content in islice(cycle(questions), calls):
        for path, timers in found.items():
            _, body = connection.ask(connection.question(f"{path}?metrics", content))
            metrics = json.loads(body)["metrics"]
            for name, values in timers.items():
                values.append(metrics[name])
    return {
        path: {name: statistics.median(values) / 1e3 for name, values in timers.items()}
        for path, timers in found.items()
    }


def effort(connection: Connection, questions: Sequence[bytes], calls: int, process: int) -> dict[str, float]:
    """Milliseconds of processor time that OPA takes for a call, its garbage collection included, by path. Unlike the
    time on the clock, it does not grow with what else the machine does."""
    if not Path("/proc").exists():
        return {}
    found = dict.fromkeys((CONSTANT, DECISION), 0.0)
    rounds = max(1, calls // len(questions))
    for _ in range(rounds):
        for path in found:
            asked = [connection.question(path, content) for content in questions]
            before = processor_seconds(process)
            for question in asked:
                connection.ask(question)
            found[path] += processor_seconds(process) - before
    return {path: total * 1e3 / (rounds * len(questions)) for path, total in found.items()}


def enforced(world: World, port: int, folder: Path, calls: int) -> dict[str, Times]:
    """The enforcement point and its parts: the client alone and the guard as a whole, each with the constant and with
    the decision, and one record. A guard writes two: of the decision, and of what came of it."""
    options = SidecarOptions(url=f"http://127.0.0.1:{port}", token=TOKEN, deadline_seconds=5)
    sidecars = {"constant": Sidecar(options), "decision": Sidecar(options)}
    sidecars["constant"]._target = f"{options.url}{CONSTANT}"
    recorder = Recorder(folder / "calls.jsonl")
    request = Request(tool="tool-2", operation="find", arguments={"order_id": "7"})
    record = Record(number=0, event="decision", time_ns=time.time_ns(), call="0" * 32, agent="agent-0", session="s")
    found: dict[str, Times] = {}
    for round_ in range(calls // ASKED + 1):
        for call in map(world.ordinary, range(ASKED)):
            timed = {"one record": _took(lambda: recorder.append(record))}
            for name, sidecar in sidecars.items():
                session = Guard(sidecar, recorder, _identity(call)).session(call.session.id)
                session._past.update({str(place): past for place, past in enumerate(call.history)})
                timed[f"client, {name}"] = _took(partial(sidecar.decide, call))
                timed[f"guard, {name}"] = _took(partial(_permitted, session, request))
            for name, took in timed.items() if round_ else ():
                found.setdefault(name, Times()).each.append(took)
    for sidecar in sidecars.values():
        sidecar.close()
    recorder.close()
    return dict(sorted(found.items()))


def _identity(call: Call) -> Identity:
    return Identity(agent=call.agent, proof=lambda: call.proof, role=lambda: call.role, arguments=("order_id",))


def _permitted(session: GuardedSession, request: Request) -> None:
    with session.permit(request):
        pass


def _took(work: Callable[[], object]) -> float:
    start = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - start) / 1e6


def report(world: World, at: tuple[int, int], folder: Path, calls: int, limits: Limits) -> list[str]:
    """Print the figures. Gives what breaks the limits, in words."""
    port, process = at
    connection = Connection(port)
    numbers = range(ASKED)
    ordinary = encoded(map(world.ordinary, numbers))
    constant, decision, answer = side_by_side(connection, ordinary, calls)
    if answer["verdict"] != "allow":
        sys.exit(f"the ordinary call is not allowed: {answer['reasons']}")
    print(f"on one keep-alive connection, {calls} calls of each, {len(ordinary[0])} bytes a question")
    print(f"  {'constant':<22} {constant}")
    show("ordinary", constant, decision)
    for name, make in world.others().items():
        against, other, result = side_by_side(connection, encoded(map(make, numbers)), max(calls // 10, ASKED))
        reasons = ", ".join(reason["rule"] for reason in result["reasons"])
        show(name, against, other, f"{result['verdict']} {reasons}")
    fresh = encoded(msgspec.structs.replace(world.ordinary(n), proof=world.new_proof(n)) for n in [*numbers] * 8)
    new = Times([connection.ask(connection.question(DECISION, content))[0] for content in fresh])
    print(f"  {'token seen first':<22} {new}")
    spent = effort(connection, ordinary, calls, process)
    if spent:
        constant_ms, decision_ms = spent.values()
        print("processor time of OPA for a call, garbage collection included")
        print(f"  constant {constant_ms:.3f} ms   ordinary {decision_ms:.3f} ms   {decision_ms / constant_ms:.2f} x")
    print("in OPA, medians in microseconds")
    for path, timers in inside(connection, ordinary, max(calls // 10, ASKED)).items():
        cells = "   ".join(f"{name[6:-3]} {value:6.1f}" for name, value in timers.items())
        print(f"  {path.rpartition('/')[2]:<22} {cells}")
    print("through the enforcement point")
    parts = enforced(world, port, folder, max(calls // 10, ASKED))
    for name, times in parts.items():
        if name.endswith("decision"):
            show(name, parts[name.replace("decision", "constant")], times)
        else:
            print(f"  {name:<22} {times}")
    ratios = (decision.middle / constant.middle, decision.tail / constant.tail)
    found = []
    if ratios[0] > limits.middle:
        found.append(f"p50 is {ratios[0]:.2f} times the constant (limit {limits.middle})")
    if ratios[1] > limits.tail:
        found.append(f"p99 is {ratios[1]:.2f} times the constant (limit {limits.tail})")
    return found


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and give the exit code."""
    parser = argparse.ArgumentParser(description="Measure the decision against a constant policy on the same OPA.")
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--quick", action="store_true", help="a small run and generous limits, for CI")
    options = parser.parse_args(arguments)
    agents, calls = (500, 500) if options.quick else (options.agents, options.calls)
    limits = Limits(middle=3.0, tail=6.0) if options.quick else Limits()
    with tempfile.TemporaryDirectory(prefix="segrego-bench-") as name:
        folder = Path(name)
        world = World(agents, folder)
        with running(world, folder, Path(find_opa(None))) as at:
            gc.collect()
            gc.disable()  # the benchmark's own garbage is not what is measured
            failures = report(world, at, folder, calls, limits)
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
