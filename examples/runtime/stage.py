"""Where the demo runs: a folder of its own, the commands that a person would type, and processes that end with it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

__all__ = ["DemoError", "Stage", "free_port", "staged"]

_PATIENCE_SECONDS = 120


class DemoError(Exception):
    """The demo cannot go on, or something else came back than must."""


class Stage:
    """A folder, and the processes that were started in it. ``is_quiet``: nothing is printed."""

    def __init__(self, folder: Path, *, is_quiet: bool = False) -> None:
        self.folder = folder
        self._is_quiet = is_quiet
        self._processes: list[subprocess.Popen[bytes]] = []

    def title(self, text: str) -> None:
        """Say what is done now."""
        self.write(f"\n\033[1m{text}\033[0m\n" if sys.stdout.isatty() else f"\n{text}\n{'-' * len(text)}\n")

    def say(self, text: str) -> None:
        """Explain."""
        self.write(f"  # {text}")

    def show(self, text: str) -> None:
        """Print what came back, moved in."""
        for line in text.rstrip().splitlines():
            self.write(f"    {line}")

    def write(self, line: str) -> None:
        """Print a line."""
        if not self._is_quiet:
            print(line, flush=True)

    def segrego(self, command: str) -> str:
        """Type a command, as it is shown, and show what it prints: standard output is also given back.

        Raises :class:`DemoError` unless its exit code is 0.
        """
        self.write(f"  $ segrego {command}")
        done = self._run(command)
        self.show(done.stderr + done.stdout)
        if done.returncode != 0:
            raise DemoError(f"segrego {command}: exit code {done.returncode}")
        return done.stdout

    def segrego_until_good(self, command: str) -> None:
        """Type a command again and again until its exit code is 0, and show the last time."""
        self.wait_until(lambda: self._run(command).returncode == 0, f"segrego {command}")
        self.segrego(command)

    def _run(self, command: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "segrego", *shlex.split(command)]
        environment = os.environ | {"COLUMNS": "160", "NO_COLOR": "1"}
        return subprocess.run(
            words,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(
        self, shown: str, words: list[str], health: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a process, and wait until it answers 200 at ``health``.

        Raises :class:`DemoError` if it ends before.
        """
        self.write(f"  $ {shown} &")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("OPA_")}
        log = self.folder / f"process-{len(self._processes)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                words,
                cwd=self.folder,
                env={**clean, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the demo, which then ends it
            )
        self._processes.append(process)
        self.wait_until(lambda: process.poll() is not None or _is_up(health), shown)
        if process.poll() is not None:
            said = log.read_text(encoding="utf-8", errors="replace")
            raise DemoError(f"{shown}: it ended with exit code {process.returncode}: {said.strip()}")
        self.show(f"answers at {health}")
        return process

    def wait_until(self, holds: Callable[[], bool], what: str) -> float:
        """Wait; for how many seconds. Raises :class:`DemoError` once patience has ended."""
        begun = time.monotonic()
        while not holds():
            if time.monotonic() > begun + _PATIENCE_SECONDS:
                raise DemoError(f"not within {_PATIENCE_SECONDS} s: {what}")
            time.sleep(0.05)
        return time.monotonic() - begun

    def end(self) -> None:
        """End the processes and take the folder away."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def staged(*, is_quiet: bool = False) -> Iterator[Stage]:
    """A stage that is cleared whatever happens on it: also on Ctrl-C, SIGTERM and SIGHUP."""
    before = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    before[signal.SIGINT] = signal.getsignal(signal.SIGINT)
    stage = Stage(Path(tempfile.mkdtemp(prefix="segrego-demo-")), is_quiet=is_quiet)
    try:
        yield stage
    finally:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        stage.end()
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _is_up(url: str) -> bool:
    if not re.match(r"http://127\.0\.0\.1:", url):
        raise DemoError(f"{url} is not on this machine")
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - its scheme is http
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
