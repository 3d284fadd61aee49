"""The demo runs for real, says what must come back, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bundle_opa import ROOT, wait_until

DEMO = ROOT / "examples/runtime/demo.py"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
VERDICTS = [
    ("orders", "orders.find_order", "allow"),
    ("orders", "refunds.refundInvoice", "tool_not_registered"),
    ("orders as billing", "invoices.read_invoice", "proof_of_another_agent"),
    ("orders", "orders.change_address", "approval_missing"),
    ("orders", "orders.change_address", "approval_mismatch"),
    ("orders", "orders.change_address", "allow"),
    ("billing", "refunds.readRefund", "allow"),
    ("billing", "invoices.read_invoice", "allow"),
    ("billing", "refunds.readRefund", "tainted_session"),
    ("billing for T-1042", "refunds.readRefund", "grant_exceeded"),
    ("billing for T-1042", "invoices.read_invoice", "allow"),
    ("billing for T-1042", "invoices.read_invoice", "allow"),
    ("billing for T-1042", "invoices.read_invoice", "grant_exceeded"),
    ("billing for T-1043", "invoices.read_invoice", "allow"),
    ("billing for T-1043", "invoices.read_invoice", "revoked"),
    ("orders", "orders.find_order", "allow"),
    ("orders", "orders.find_order", "revoked"),
    ("orders", "orders.find_order", "allow"),
]


@contextmanager
def demo(scratch: Path, opa: Path) -> Iterator[subprocess.Popen[str]]:
    """The demo, with its folder in ``scratch``."""
    scratch.mkdir()
    environment = os.environ | {"SEGREGO_OPA": str(opa), "TMPDIR": str(scratch), "PYTHONUNBUFFERED": "1"}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, str(DEMO)], env=environment, cwd=ROOT, **streams)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=120)


def nothing_is_left(scratch: Path, said: str) -> None:
    ports = {int(port) for port in re.findall(r"answers at http://127\.0\.0\.1:(\d+)/", said)}
    assert list(scratch.iterdir()) == []
    for port in ports:
        with socket.socket() as client:
            assert client.connect_ex(("127.0.0.1", port)) != 0, port


def test_the_demo_shows_every_verdict_and_a_whole_record(tmp_path: Path, opa: Path) -> None:
    assert "examples/runtime/demo.py" in MAKEFILE
    with demo(tmp_path / "scratch", opa) as process:
        said, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors
    calls = re.split(r"\n  > ", said)[1:]
    shown = []
    for call in calls:
        who, tool = re.match(r"(.*): (\S+)\(", call).groups()  # type: ignore[union-attr]
        verdict = re.search(r"\n    (allow|deny|approve): ", call)[1]  # type: ignore[index]
        reasons = re.findall(r"\n    because of (\w+)", call)
        assert (verdict == "allow") == ("the tool runs here" in call)
        shown.append((who, tool, reasons[0] if reasons else verdict))
    assert shown == VERDICTS
    assert "calls.jsonl: 27 records, whole" in said
    traced = re.findall(r"^ +20\S+ .* (yes|no) *$", said, re.MULTILINE)
    assert traced == ["yes"] * 14
    assert re.search(r"acted under .*\n.*\n.*#BillingAssistant +5 +5 ", said)
    assert "returns-assistant" in said.partition("could act under")[2]
    assert "Springfield" not in said.partition("7. Who did what")[2]
    nothing_is_left(tmp_path / "scratch", said)


def test_an_interrupted_demo_leaves_nothing(tmp_path: Path, opa: Path) -> None:
    with demo(tmp_path / "scratch", opa) as process:
        assert process.stdout
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("  > "):
                break
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "Interrupted" in errors
    assert "Traceback" not in errors
    nothing_is_left(tmp_path / "scratch", said + rest)
    assert said.count("answers at") == 2


def test_a_demo_that_is_terminated_leaves_nothing(tmp_path: Path, opa: Path) -> None:
    with demo(tmp_path / "scratch", opa) as process:
        wait_until(lambda: any((tmp_path / "scratch").iterdir()), "its folder")
        process.terminate()
        said, errors = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM, errors
    nothing_is_left(tmp_path / "scratch", said)


def test_a_demo_without_opa_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path / "scratch", tmp_path / "no-such-opa") as process:
        said, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "The demo failed: sidecar/run.sh: it ended with exit code" in errors
    assert "no-such-opa" in errors
    nothing_is_left(tmp_path / "scratch", said)
