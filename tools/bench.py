"""Measure whole runs of each engine at growing sizes.

    python tools/bench.py [--sizes 1000 2000 …] [--engines embedded opa server] [--repeat N] [--quick]

Every run is a process of its own, from start to exit; the best of ``--repeat`` counts. Exits with 1 if doubling the
input costs 2.3 times the time or more, or if the embedded engine is slower than ``opa eval``. ``--quick`` is for CI:
small inputs and generous limits, because machines there are shared.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from processes import free_port
from segrego import policy
from segrego.evaluate import ENGINES
from segrego.evaluate.binary import find_opa
from segrego.facts import derive
from segrego.inventory import (
    Binding,
    Condition,
    Inventory,
    Label,
    Operation,
    Policy,
    Principal,
    Role,
    Source,
    Statement,
    Tool,
    TrustStatement,
    Workload,
)

SIZES = (1_000, 2_000, 4_000, 8_000, 16_000)
AGENTS_PER_ROLE = 1.3
STATEMENTS_PER_ROLE = 20
TOOLS_PER_AGENT = 6
ACCOUNT = "111122223333"
ACTIONS = (
    "bedrock:invokemodel", "bedrock:retrieve", "dynamodb:getitem", "dynamodb:putitem", "dynamodb:query",
    "kms:decrypt", "lambda:invokefunction", "logs:putlogevents", "s3:getobject", "s3:list*", "s3:putobject",
    "secretsmanager:getsecretvalue", "sns:publish", "sqs:receivemessage", "sqs:sendmessage", "states:startexecution",
)  # fmt: skip
RESOURCES = {
    "bedrock": "knowledge-base/", "dynamodb": "table/", "kms": "key/", "lambda": "function:",
    "logs": "log-group:/aws/orders:log-stream:", "secretsmanager": "secret:", "states": "stateMachine:",
}  # fmt: skip
"""Service to the beginning of its resources in ARNs; other services have none."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``ratio``: what one doubling may cost. ``against_opa``: what embedded may take, in times of ``opa eval``."""

    ratio: float
    against_opa: float


@dataclass(frozen=True, slots=True)
class Run:
    """``seconds`` of wall-clock time; ``megabytes`` (10^6) of the largest process at its peak."""

    engine: str
    agents: int
    seconds: float
    megabytes: float


def inventory(agents: int, seed: int = 1) -> bytes:
    """An OPA input with that many agents, the same for the same seed: every fourth role is shared by two or more."""
    choice = random.Random(seed)  # noqa: S311 - reproducible, and no secret
    roles = max(1, int(agents / AGENTS_PER_ROLE))
    document = Inventory(
        evaluated_at_ns=1_800_000_000_000_000_000,
        sources=(Source(id="bench", kind="document"),),
        workloads=tuple(_agent(number, roles) for number in range(agents)),
        roles=tuple(_role(number) for number in range(roles)),
        policies=tuple(_policy(number, choice) for number in range(roles)),
        tools=tuple(_tool(number, place) for number in range(agents) for place in range(TOOLS_PER_AGENT)),
    )
    return msgspec.json.encode(derive(document))


def _agent(number: int, roles: int) -> Workload:
    return Workload(
        id=f"agent-{number}",
        kind="bedrock_agent",
        name=f"agent-{number}",
        bindings=(Binding(role=f"role-{number % roles}", slot="draft"),),
        environment=Label(value="production" if number % 2 else "development", origin="tag"),
    )


def _role(number: int) -> Role:
    conditions = (
        Condition(operator="StringEquals", key="aws:sourceaccount", values=(ACCOUNT,)),
        Condition(
            operator="ArnLike",
            key="aws:sourcearn",
            values=(f"arn:aws:bedrock:us-east-1:{ACCOUNT}:agent/AGENT{number:05}",),
        ),
    )
    trust = TrustStatement(
        effect="Allow",
        actions=("sts:assumerole",),
        principals=(Principal(type="Service", value="bedrock.amazonaws.com"),),
        conditions=conditions,
    )
    return Role(id=f"role-{number}", name=f"role-{number}", policies=(f"policy-{number}",), trust=(trust,))


def _arn(action: str, number: int, place: int) -> str:
    """A resource that the action can be granted on."""
    service = action.partition(":")[0]
    if service == "s3":
        return f"arn:aws:s3:::bucket-{number}-{place}/*"
    if action == "bedrock:invokemodel":
        return f"arn:aws:bedrock:us-east-1::foundation-model/{number}-{place}"
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{RESOURCES.get(service, '')}{number}-{place}"


def _policy(number: int, choice: random.Random) -> Policy:
    statements = tuple(
        Statement(
            effect="Allow",
            sid=f"S{place}",
            actions=(action,),
            resources=(_arn(action, number, place),),
        )
        for place, action in enumerate(choice.choices(ACTIONS, k=STATEMENTS_PER_ROLE))
    )
    return Policy(id=f"policy-{number}", name="inline", kind="inline", statements=statements)


def _tool(number: int, place: int) -> Tool:
    return Tool(
        id=f"tool-{number}-{place}",
        name=f"tool-{place}",
        owner=f"agent-{number}",
        kind="lambda",
        target=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f-{number}-{place}",
        operations=(Operation(name="get", method="GET" if place % 2 else "POST"),),
    )


def measure(engine: str, agents: int, document: Path, repeat: int) -> Run:
    """The best of ``repeat`` runs. A server is started beforehand, and is counted in memory but not in time."""
    runs = []
    for _ in range(repeat):
        with _server(document.parent) if engine == "server" else _nothing() as (url, server_peak):
            command = [sys.executable, "-m", "segrego", "check", str(document), "--engine", engine, "--format", "json"]
            seconds, peak = _timed([*command, *(["--opa-url", url] if url else [])])
        runs.append(Run(engine, agents, seconds, max([peak, *server_peak])))
    return min(runs, key=lambda run: run.seconds)


def _timed(command: list[str]) -> tuple[float, float]:
    start = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1, 3):
            errors.seek(0)
            sys.exit(f"{' '.join(command)} ended with {process.returncode}: {errors.read().decode('utf-8', 'replace')}")
    return seconds, megabytes(usage.ru_maxrss)


def megabytes(maximum: int) -> float:
    """The most memory of a process in megabytes (10^6), from what the system says of it."""
    return maximum / 1e6 if sys.platform == "darwin" else maximum * 1024 / 1e6  # bytes there, KiB elsewhere


@contextmanager
def _nothing() -> Iterator[tuple[str, list[float]]]:
    yield "", []


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, list[float]]]:
    """An OPA server of its own with the policy: its URL, and (once it has ended) its peak memory in the list."""
    address = f"127.0.0.1:{free_port()}"
    options = ["--server", "--addr", address, "--skip-version-check", "--ignore", "*_test.rego"]
    peak: list[float] = []
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [find_opa(None), "run", *options, "--bundle", policy.rego_dir()], stdout=log, stderr=log
        )
    try:
        _wait_for(address)
        yield f"http://{address}", peak
    finally:
        process.terminate()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        peak.append(megabytes(usage.ru_maxrss))


def _wait_for(address: str) -> None:
    host, _, port = address.partition(":")
    for _ in range(200):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("the OPA server did not start")


def ratios(runs: Sequence[Run]) -> list[float | None]:
    """For each run what one doubling cost since the engine's run before it, in times; null for its first."""
    before: dict[str, Run] = {}
    found: list[float | None] = []
    for run in runs:
        last = before.get(run.engine)
        doublings = math.log2(run.agents / last.agents) if last else 0
        found.append((run.seconds / last.seconds) ** (1 / doublings) if last and doublings else None)
        before[run.engine] = run
    return found


def failures(runs: Sequence[Run], limits: Limits) -> list[str]:
    """What breaks the limits, in words."""
    found = [
        f"{run.engine} at {run.agents} agents: a doubling costs {ratio:.2f} times the time (limit {limits.ratio})"
        for run, ratio in zip(runs, ratios(runs), strict=True)
        if ratio is not None and ratio >= limits.ratio
    ]
    opa = {run.agents: run.seconds for run in runs if run.engine == "opa"}
    found += [
        f"embedded at {run.agents} agents takes {run.seconds:.2f} s, and opa eval {opa[run.agents]:.2f} s"
        for run in runs
        if run.engine == "embedded" and run.agents in opa and run.seconds > opa[run.agents] * limits.against_opa
    ]
    return found


def main(arguments: Sequence[str]) -> int:
    """Measure, print a table, and give the exit code."""
    parser = argparse.ArgumentParser(description="Measure whole runs of each engine at growing sizes.")
    parser.add_argument("--sizes", nargs="+", type=int, help="numbers of agents")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--repeat", type=int, default=1, help="runs of each, the best of which counts")
    parser.add_argument("--quick", action="store_true", help="small inputs and generous limits, for CI")
    options = parser.parse_args(arguments)
    sizes = sorted(options.sizes or ((500, 1_000) if options.quick else SIZES))
    limits = Limits(ratio=3.0, against_opa=1.5) if options.quick else Limits(ratio=2.3, against_opa=1.0)
    runs = []
    folder = Path(tempfile.mkdtemp(prefix="segrego-bench-"))
    print(f"{'engine':<9} {'agents':>7} {'input MB':>9} {'seconds':>8} {'per doubling':>13} {'peak MB':>8}")
    try:
        for agents in sizes:
            document = folder / "inventory.json"
            document.write_bytes(inventory(agents))
            for engine in options.engines:
                runs.append(measure(engine, agents, document, options.repeat))
                ratio = ratios(runs)[-1]
                shown = f"{ratio:.2f}" if ratio else ""
                cells = f"{engine:<9} {agents:>7} {document.stat().st_size / 1e6:>9.1f} {runs[-1].seconds:>8.2f}"
                print(f"{cells} {shown:>13} {runs[-1].megabytes:>8.0f}", flush=True)
    finally:
        shutil.rmtree(folder)
    for failure in failures(runs, limits):
        print(failure, file=sys.stderr)
    return 1 if failures(runs, limits) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
