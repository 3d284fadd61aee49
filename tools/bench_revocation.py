"""Measure how fast a revocation is in force, and look for an allow after it.

    python tools/bench_revocation.py [--tries 20] [--sidecars 20] [--decisions 50000]

The agents are those of the demo (examples/runtime), the sidecars real OPAs that were configured by
``segrego bundle sidecar`` and wait at ``segrego bundle serve``. Time runs from before the new revocations are signed
and written to the first decision that denies; of several sidecars each is asked every 0.02 s, or asking would be what
is measured.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "examples/runtime"))

import demo  # noqa: E402 - the path is set above
import issuers  # noqa: E402
from stage import Stage, free_port, staged  # noqa: E402

from segrego.bundle import publishing  # noqa: E402
from segrego.bundle.archive import revision  # noqa: E402
from segrego.bundle.deployment import files  # noqa: E402
from segrego.bundle.sidecar import SidecarSettings  # noqa: E402
from segrego.bundle.signing import load_key  # noqa: E402
from segrego.bundle.store import Folder  # noqa: E402
from segrego.decision import Call, Decision, Session, ToolCall  # noqa: E402
from segrego.enforce import Sidecar, SidecarOptions  # noqa: E402

TOKEN = "t" * 43
LEASE_NS = 3_600_000_000_000
CLIENTS = 6


@dataclass(frozen=True)
class Rig:
    """A server of bundles, and what is needed to revoke, to ask, and to see what a sidecar runs."""

    stage: Stage
    url: str
    pid: int

    def sidecars(self, count: int) -> list[SidecarOptions]:
        """Start sidecars."""
        return [self._sidecar(number) for number in range(count)]

    def _sidecar(self, number: int) -> SidecarOptions:
        folder, port = self.stage.folder / f"sidecar-{number}", free_port()
        keys = [load_key(self.stage.folder / "bundles.key.pub")]
        settings = SidecarSettings(
            kind="opa", url=self.url, keys=keys, token=TOKEN, port=port, reports=True, name=f"sidecar-{number}"
        )
        folder.mkdir()
        for name, content in files(settings).items():
            (folder / name).write_bytes(content)
        (folder / "run.sh").chmod(0o755)
        opa = os.environ.get("SEGREGO_OPA") or str(ROOT / ".tools/opa")
        health = f"http://127.0.0.1:{port}/health?bundles"
        self.stage.start(f"{folder.name}/run.sh", [str(folder / "run.sh")], health, {"OPA": opa})
        return SidecarOptions(url=f"http://127.0.0.1:{port}", token=TOKEN, deadline_seconds=60)

    def revoke(self, session: str) -> str:
        """Publish the revocation of a session: the new revision."""
        now = time.time_ns()
        bundle = publishing.revoke(
            Folder(self.stage.folder / "public"),
            publishing.Revocation("sessions", session, now, "measured"),
            load_key(self.stage.folder / "bundles.key"),
            [],
            not_after_ns=now + LEASE_NS,
        )
        return revision(bundle.files)

    def wait_for(self, held: str) -> int:
        """When a sidecar reported that it has activated the revocations of this revision (monotonic nanoseconds)."""
        while True:
            with urllib.request.urlopen(f"{self.url}/fleet", timeout=60) as answer:  # noqa: S310 - http on loopback
                sidecars = json.loads(answer.read())["sidecars"]
            if any(sidecar["bundles"]["revocations"]["revision"] == held for sidecar in sidecars):
                return time.monotonic_ns()
            time.sleep(0.01)

    def proof(self) -> str:
        """A token of the agent that is asked for."""
        return issuers.proof(self.stage.folder / "identity.key", "orders")


@contextmanager
def rig() -> Iterator[Rig]:
    """Bundles, and their server."""
    with staged(is_quiet=True) as stage:
        demo.publish(stage)
        port = free_port()
        words = [sys.executable, "-m", "segrego", "bundle", "serve", "public", "--port", str(port)]
        words += ["--decision-log", "decisions.jsonl"]
        process = stage.start("segrego bundle serve", words, f"http://127.0.0.1:{port}/health")
        yield Rig(stage, f"http://127.0.0.1:{port}", process.pid)


def asked(decider: Sidecar, session: str, proof: str) -> Decision:
    """One decision on a call that is allowed unless the session is revoked."""
    call = Call(
        agent=demo.ORDERS,
        proof=proof,
        role=demo.ROLE,
        session=Session(id=session),
        tool=ToolCall(name="orders", operation="find_order", arguments_digest="sha256:0"),
        time_ns=time.time_ns(),
    )
    return decider.decide(call)


def is_revoked(decision: Decision) -> bool:
    """Whether a decision denies for the revocation."""
    return any(reason.rule == "revoked" for reason in decision.reasons)


def until_denied(decider: Sidecar, session: str, proof: str, *, pause: float) -> float:
    """The time of the first decision that denies for the revocation (seconds, ``perf_counter``)."""
    while not is_revoked(asked(decider, session, proof)):
        time.sleep(pause)
    return time.perf_counter()


def delays(rig: Rig, sidecars: Sequence[SidecarOptions], tries: int, *, pause: float) -> list[float]:
    """Seconds from a publication to the denial, of every sidecar in every try."""
    deciders, proof = [Sidecar(options) for options in sidecars], rig.proof()
    found: list[float] = []
    with ThreadPoolExecutor(len(deciders)) as pool:
        for number in range(tries):
            session = f"delay-{number}"
            for decider in deciders:
                if (verdict := asked(decider, session, proof).verdict) != "allow":
                    sys.exit(f"the call must be allowed before it is revoked: {verdict}")
            begun = time.perf_counter()
            rig.revoke(session)
            waiting = [pool.submit(until_denied, decider, session, proof, pause=pause) for decider in deciders]
            found += [denied.result() - begun for denied in waiting]
            time.sleep(random.uniform(0, 0.1))  # noqa: S311 - no two tries fall on the same moment of the server's look
    for decider in deciders:
        decider.close()
    return found


@dataclass(frozen=True)
class Seen:
    """One decision: who asked, when the question was sent (monotonic nanoseconds), about which session, the verdict,
    and the revision of the revocations that it names."""

    client: int
    sent_ns: int
    session: int
    verdict: str
    revision: str | None


@dataclass
class Hammered:
    """What came of many decisions under revocations. ``allowed_after`` are those that must not be: allowed although
    their session's revocation had been reported, or was in the revision that the decision itself names, or in one that
    the same client had met before. ``at_risk`` were sent after the report, and ``failed`` are no decisions of OPA."""

    decisions: int = 0
    allowed: int = 0
    at_risk: int = 0
    failed: int = 0
    revocations: int = 0
    allowed_after: list[Seen] = field(default_factory=list)


def judged(seen: Sequence[Seen], reported: Sequence[tuple[str, int]]) -> Hammered:
    """``reported``: revision of each session's revocation in order, and when its activation was reported."""
    found = Hammered(decisions=len(seen), revocations=len(reported))
    place = {held: number for number, (held, _) in enumerate(reported)}
    newest: dict[int, int] = {}
    for one in sorted(seen, key=lambda one: one.sent_ns):
        held = place.get(one.revision or "", -1)
        known = newest[one.client] = max(held, newest.get(one.client, -1))
        is_reported = one.session < len(reported) and one.sent_ns > reported[one.session][1]
        found.at_risk += is_reported
        found.failed += one.revision is None
        if one.verdict == "allow":
            found.allowed += 1
            if is_reported or one.session <= known:
                found.allowed_after.append(one)
    return found


def client(number: int, options: SidecarOptions, proof: str, quota: int, newest: Synchronized[int], path: str) -> None:
    """Ask without a pause about sessions around the one that is being revoked, and write what was seen."""
    decider, seen = Sidecar(options), []
    for _ in range(quota):
        session = max(0, newest.value + random.randint(-2, 2))  # noqa: S311
        sent = time.monotonic_ns()
        decision = asked(decider, f"session-{session}", proof)
        held = decision.revisions.revocations if decision.source != "enforcement" else None
        seen.append((number, sent, session, decision.verdict, held))
    decider.close()
    Path(path).write_text(json.dumps(seen), encoding="ascii")


def hammered(rig: Rig, options: SidecarOptions, decisions: int) -> Hammered:
    """Six clients at full load on one sidecar, while session after session is revoked."""
    context = multiprocessing.get_context("spawn")
    newest: Any = context.Value("i", 0)
    paths = [str(rig.stage.folder / f"seen-{number}.json") for number in range(CLIENTS)]
    proof, quota = rig.proof(), -(-decisions // CLIENTS)
    clients = [
        context.Process(target=client, args=(number, options, proof, quota, newest, path))
        for number, path in enumerate(paths)
    ]
    for process in clients:
        process.start()
    reported: list[tuple[str, int]] = []
    try:
        while any(process.is_alive() for process in clients):
            newest.value = len(reported)
            held = rig.revoke(f"session-{len(reported)}")
            reported.append((held, rig.wait_for(held)))
    finally:
        for process in clients:
            process.terminate() if sys.exc_info()[0] else process.join()
    seen = [Seen(*one) for path in paths for one in json.loads(Path(path).read_text(encoding="ascii"))]
    return judged(seen, reported)


def percentile(seconds: Sequence[float], share: float) -> float:
    """What so large a share of them takes no longer than."""
    return sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]


def percentiles(seconds: Sequence[float]) -> str:
    """p50, p95 and the slowest, in milliseconds."""
    p50, p95, slowest = (percentile(seconds, share) * 1000 for share in (0.5, 0.95, 1))
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, slowest {slowest:.0f} ms (of {len(seconds)})"


def main() -> int:
    """Print the figures; 1 if a revoked session was allowed, or the p95 is a second or more."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--sidecars", type=int, default=20)
    parser.add_argument("--decisions", type=int, default=50_000)
    given = parser.parse_args()
    measures: list[Callable[[Rig], bool]] = [
        lambda rig: _is_fast("publish to denied, one sidecar", rig, 1, given.tries, pause=0),
        lambda rig: _is_fast(
            f"publish to denied, {given.sidecars} sidecars", rig, given.sidecars, given.tries, pause=0.02
        ),
        lambda rig: _is_safe(rig, given.decisions),
    ]
    good = []
    for measure in measures:
        with rig() as found:
            good.append(measure(found))
    return 0 if all(good) else 1


def _is_fast(what: str, rig: Rig, sidecars: int, tries: int, *, pause: float) -> bool:
    found = delays(rig, rig.sidecars(sidecars), tries, pause=pause)
    print(f"{what}: {percentiles(found)}", flush=True)
    return percentile(found, 0.95) < 1


def _is_safe(rig: Rig, decisions: int) -> bool:
    begun = time.monotonic()
    found = hammered(rig, rig.sidecars(1)[0], decisions)
    rate = found.decisions / (time.monotonic() - begun)
    print(
        f"{CLIENTS} clients: {found.decisions} decisions ({rate:.0f}/s) under {found.revocations} revocations, "
        f"{found.allowed} allowed, {found.at_risk} on sessions whose revocation had been reported: "
        f"{len(found.allowed_after)} allowed after it; {found.failed} without an answer",
        flush=True,
    )
    return not found.allowed_after


if __name__ == "__main__":
    sys.exit(main())
