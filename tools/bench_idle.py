"""Measure what sidecars that only wait cost ``segrego bundle serve``, and how soon all of them have a new bundle.

    python tools/bench_idle.py [--sidecars 5000] [--seconds 60]

A sidecar holds three connections, one for each bundle, and asks again on each every 30 seconds, as those do that
``segrego bundle sidecar`` configures. Here they are connections of this one process, which shares the machine with the
server. Memory and processor time are read from /proc, so this runs on Linux alone.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import bench_revocation as bench
from processes import memory_mib, processor_seconds
from segrego.bundle.contents import NAMES

_WAIT_SECONDS = 30


@dataclass
class Waiting:
    """What all connections see: answers, connections that are open and that the server ended, and when each got other
    revocations than before."""

    answers: int = 0
    open: int = 0
    ended: int = 0
    changed: list[float] = field(default_factory=list)


async def sidecar(name: str, host: str, port: int, start: float, seen: Waiting) -> None:
    """One connection, which waits for a bundle, again and again; a new one if the server ends it."""
    await asyncio.sleep(start)
    etag = ""
    while True:
        reader, writer = await asyncio.open_connection(host, port)
        seen.open += 1
        try:
            while True:
                etag = await _ask(name, etag, reader, writer, seen)
        except (asyncio.IncompleteReadError, ConnectionError):
            seen.ended += 1
        finally:
            seen.open -= 1
            writer.close()


async def _ask(name: str, held: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Waiting) -> str:
    """One request: the ETag of what the server has now."""
    wait = f"modes=snapshot;wait={_WAIT_SECONDS}"
    lines = [f"GET /{name}.tar.gz HTTP/1.1", "Host: bench", f"Prefer: {wait}", f"If-None-Match: {held}", "", ""]
    writer.write("\r\n".join(lines).encode())
    status, headers = await _head(reader)
    if status == 200:
        await reader.readexactly(int(headers["content-length"]))
        if held and name == "revocations":
            seen.changed.append(time.perf_counter())
    seen.answers += 1
    return headers["etag"]


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    return int(lines[0].split()[1]), {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)
    }


async def measure(rig: bench.Rig, sidecars: int, seconds: float) -> None:
    """Connect, wait, publish, and print."""
    parts = urlsplit(rig.url)
    empty, seen = memory_mib(rig.pid), Waiting()
    ramp = sidecars / 100  # so that they do not all ask in the same moment, ever after
    tasks = [
        asyncio.create_task(sidecar(name, str(parts.hostname), int(parts.port or 0), random.uniform(0, ramp), seen))  # noqa: S311
        for _ in range(sidecars)
        for name in NAMES
    ]
    while seen.answers < len(tasks):
        await asyncio.sleep(0.1)
        if failed := [task for task in tasks if task.done()]:
            failed[0].result()
    answers, used, begun = seen.answers, processor_seconds(rig.pid), time.perf_counter()
    await asyncio.sleep(seconds)
    lasted = time.perf_counter() - begun
    share, held = (processor_seconds(rig.pid) - used) / lasted, memory_mib(rig.pid)
    rate = (seen.answers - answers) / lasted
    seen.changed.clear()
    published = time.perf_counter()
    await asyncio.to_thread(rig.revoke, "idle")
    while len(seen.changed) < sidecars:
        await asyncio.sleep(0.05)
    print(
        f"{sidecars} sidecars, {seen.open} connections ({seen.ended} ended by the server): {held:.0f} MiB "
        f"({empty:.0f} without any, {(held - empty) * 1024 / sidecars:.0f} KiB a sidecar), "
        f"{share:.0%} of a core for {rate:.0f} answers/s; "
        f"a new bundle at {bench.percentiles([at - published for at in seen.changed])}",
        flush=True,
    )
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sidecars", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < 3 * given.sidecars + 100:
        sys.exit(f"{3 * given.sidecars} connections need as many open files, and {most} are allowed (ulimit -n)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with bench.rig() as rig:
        asyncio.run(measure(rig, given.sidecars, given.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
