"""A record that was changed is not whole, and one that is whole tells who did what."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from segrego.audit import actors, trace, verify
from segrego.record import Record, Recorder

KEY = b"a key of the audit"
SHARED = "arn:aws:sts::111122223333:assumed-role/shared/i-1"


def write(path: Path, *, key: bytes | None = None, calls: int = 4) -> None:
    """Calls of one session, each with its outcome; the last one is denied."""
    recorder = Recorder(path, key=key)
    for number in range(calls):
        is_last = number == calls - 1
        decided = Record(
            number=0,
            event="decision",
            time_ns=1_800_000_000_000_000_000 + number,
            call=f"c{number}",
            agent="orders" if number else "billing",
            session="s-1" if number != 2 else "s-2",
            verdict="deny" if is_last else "allow",
            reasons=({"rule": "revoked", "effect": "deny", "facts": {}},) if is_last else (),
            decision_id=f"d{number}",
            role=SHARED,
            flow={"id": "triage", "version": "3", "node": None},
            tool="orders",
            operation="find\x1b[31m",
        )
        recorder.append(decided)
        if not is_last:
            ended = Record(number=0, event="outcome", time_ns=1, call=f"c{number}", agent="a", session="s-1")
            recorder.append(ended)
    recorder.close()


Change = Callable[[list[str]], list[str]]


def _edited(lines: list[str]) -> list[str]:
    return [lines[0].replace('"billing"', '"orders!"'), *lines[1:]]


def _rehashed(lines: list[str]) -> list[str]:
    """Edited by somebody who knows how hashes are made, but for the records that follow."""
    import msgspec

    from segrego.record import chained

    record = msgspec.json.decode(lines[1], type=Record)
    made = chained(msgspec.structs.replace(record, agent="nobody"), record.previous, None)
    return [lines[0], msgspec.json.encode(made).decode(), *lines[2:]]


CHANGES: dict[str, Change] = {
    "edited": _edited,
    "rehashed": _rehashed,
    "first one cut": lambda lines: lines[1:],
    "one dropped": lambda lines: [*lines[:2], *lines[3:]],
    "reordered": lambda lines: [lines[1], lines[0], *lines[2:]],
    "repeated": lambda lines: [*lines[:2], lines[1], *lines[2:]],
    "cut in the middle of a line": lambda lines: [*lines[:-1], lines[-1][:20]],
    "rubbish within": lambda lines: [lines[0], "{}", *lines[1:]],
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("key", [None, KEY])
def test_a_change_is_found(name: str, key: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    write(path, key=key)
    whole = verify(path, key=key)
    assert (whole.records, whole.problems, whole.unfinished) == (7, (), ())
    path.write_text("\n".join(CHANGES[name](path.read_text(encoding="utf-8").splitlines())), encoding="utf-8")
    assert verify(path, key=key).problems


def test_a_record_made_anew_is_found_with_a_key(tmp_path: Path) -> None:
    write(tmp_path / "forged", key=b"another key")
    assert verify(tmp_path / "forged", key=b"another key").problems == ()
    assert len(verify(tmp_path / "forged", key=KEY).problems) == 7


def test_a_cut_at_the_end_is_found_by_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    write(path)
    last = verify(path).last
    write(path)
    assert verify(path, known=last).problems == ()
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:6]), encoding="utf-8")
    assert verify(path).problems == ()
    assert [problem.what for problem in verify(path, known=last).problems] == [
        "record 7 is not the one that an earlier verification saw"
    ]
    assert [problem.what for problem in verify(path, decisions=["d0", "d3"]).problems] == [
        "the decision d3 of OPA's log has no record"
    ]
    path.write_text("", encoding="utf-8")
    assert verify(path, known=last).problems


def test_a_call_without_outcome_is_said(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    write(path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:5]), encoding="utf-8")
    assert verify(path).unfinished == ("c2",)


def test_who_acted_under_a_role(tmp_path: Path) -> None:
    write(tmp_path / "calls.jsonl")
    for role in ("shared", "arn:aws:iam::111122223333:role/shared", "arn:aws:iam::111122223333:role/path/shared"):
        found = actors([tmp_path / "calls.jsonl"], role)
        assert [(actor.agent, actor.allowed, actor.denied) for actor in found] == [("billing", 1, 0), ("orders", 2, 1)]
    assert actors([tmp_path / "calls.jsonl"], "arn:aws:iam::999999999999:role/shared") == []
    assert actors([tmp_path / "calls.jsonl"], "share") == []


def test_a_session_is_told_in_order(tmp_path: Path) -> None:
    write(tmp_path / "calls.jsonl")
    found = trace([tmp_path / "calls.jsonl"], "s-1")
    assert [(decided.call, outcome is not None) for decided, outcome in found] == [
        ("c0", True),
        ("c1", True),
        ("c3", False),
    ]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "segrego", "audit", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_command_line_says_what_is_wrong(tmp_path: Path) -> None:
    write(tmp_path / "calls.jsonl", key=KEY)
    (tmp_path / "key").write_bytes(KEY + b"\n")
    log = [{"decision_id": f"d{number}", "path": "segrego/runtime/decision"} for number in range(4)]
    log.append({"decision_id": "other", "path": "system/authz/allow"})
    (tmp_path / "opa.jsonl").write_text("\n".join(map(json.dumps, log)), encoding="utf-8")
    options = ["calls.jsonl", "--key-file", "key", "--decisions", "opa.jsonl"]
    good = run(tmp_path, "verify", *options)
    assert (good.returncode, good.stderr) == (0, "")
    assert "7 records, whole" in good.stdout
    last = good.stdout.rpartition("last: ")[2].strip()
    assert run(tmp_path, "verify", *options, "--known", last).returncode == 0
    assert run(tmp_path, "verify", "calls.jsonl").returncode == 1
    with (tmp_path / "opa.jsonl").open("a") as file:
        file.write('\n{"decision_id": "lost", "path": "segrego/runtime/decision"}\n')
    bad = run(tmp_path, "verify", *options, "--format", "json")
    assert bad.returncode == 1
    assert json.loads(bad.stdout)["problems"] == [{"line": 7, "what": "the decision lost of OPA's log has no record"}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["verify", "missing"], "No such file"),
        (["verify", "calls.jsonl", "--known", "7"], "NUMBER:HASH"),
        (["verify", "calls.jsonl", "--key-file", "empty"], "empty"),
        (["verify", "calls.jsonl", "--key-file", "missing"], "No such file"),
        (["verify", "calls.jsonl", "--decisions", "rubbish"], "rubbish:1"),
        (["trace", "s-1", "missing"], "No such file"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], words: str, tmp_path: Path) -> None:
    write(tmp_path / "calls.jsonl")
    (tmp_path / "empty").write_bytes(b"\n")
    (tmp_path / "rubbish").write_text('{"decision_id": 7}\n', encoding="utf-8")
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


def test_tables_and_json_tell_the_same(tmp_path: Path) -> None:
    write(tmp_path / "calls.jsonl")
    table = run(tmp_path, "trace", "s-1", "calls.jsonl").stdout
    assert [line.split()[4] for line in table.splitlines()[2:]] == ["allow", "allow", "deny"]
    assert "triage/3" in table
    assert "revoked" in table
    assert "\x1b" not in table
    shown = json.loads(run(tmp_path, "trace", "s-1", "calls.jsonl", "-f", "json").stdout)
    assert [entry["decision"]["decision_id"] for entry in shown] == ["d0", "d1", "d3"]
    assert "orders" in run(tmp_path, "who", "shared", "calls.jsonl").stdout
    with (tmp_path / "calls.jsonl").open("a") as file:
        file.write("half a rec")
    for command in (["trace", "s-1"], ["who", "shared"]):
        assert "1 lines are no records" in run(tmp_path, *command, "calls.jsonl").stderr
    found = json.loads(run(tmp_path, "who", "shared", "calls.jsonl", "-f", "json").stdout)
    assert [(entry["agent"], entry["allowed"]) for entry in found["acted"]] == [("billing", 1), ("orders", 2)]
    assert found["could"] is None


def test_a_trace_says_which_decisions_are_in_opas_log(tmp_path: Path) -> None:
    write(tmp_path / "calls.jsonl")
    event = {"decision_id": "d1", "path": "segrego/runtime/decision"}
    (tmp_path / "opa.jsonl").write_text(json.dumps(event), encoding="utf-8")
    joined = ["trace", "s-1", "calls.jsonl", "--decisions", "opa.jsonl"]
    assert [line.split()[-1] for line in run(tmp_path, *joined).stdout.splitlines()[1:]] == [
        "logged",
        "no",
        "yes",
        "no",
    ]
    shown = json.loads(run(tmp_path, *joined, "-f", "json").stdout)
    assert [entry["logged"] for entry in shown] == ["no", "yes", "no"]
    with (tmp_path / "opa.jsonl").open("a") as file:
        file.write('\n{"decision_id": "d0", "pa')  # it is being written
    assert run(tmp_path, *joined).stdout.count("yes") == 1


def test_who_could_act_under_a_role_is_told_by_an_inventory(tmp_path: Path) -> None:
    write(tmp_path / "calls.jsonl")
    role = "arn:aws:iam::111122223333:role/shared"
    (tmp_path / "inventory.yaml").write_text(
        f"""
roles:
  - {{id: shared, arn: "{role}", name: shared}}
  - {{id: own, arn: "{role}-not", name: shared-not}}
workloads:
  - {{id: a, kind: bedrock_agent, name: orders, bindings: [{{role: shared, slot: draft}}]}}
  - {{id: b, kind: bedrock_agent, name: quiet, bindings: [{{role: shared, slot: draft}}]}}
  - {{id: c, kind: bedrock_agent, name: other, bindings: [{{role: own, slot: draft}}]}}
""",
        encoding="utf-8",
    )
    options = ["who", role, "calls.jsonl", "--inventory", "inventory.yaml"]
    done = run(tmp_path, *options, "-f", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(entry["name"], entry["slot"]) for entry in found["could"]] == [("orders", "draft"), ("quiet", "draft")]
    table = run(tmp_path, *options).stdout
    assert "quiet" in table
    assert "other" not in table


WITHOUT_EXTRAS = """
import sys
sys.modules.update(dict.fromkeys(["httpcore", "joserfc", "opentelemetry", "prometheus_client", "starlette", "uvicorn"]))
from segrego.cli import main
main()
"""


@pytest.mark.parametrize("arguments", [["verify"], ["trace", "s-1"], ["who", "arn:aws:iam::111122223333:role/shared"]])
def test_records_are_read_where_no_extra_is_installed(arguments: list[str], tmp_path: Path) -> None:
    write(tmp_path / "calls.jsonl")
    command = [
        sys.executable,
        "-c",
        WITHOUT_EXTRAS,
        "audit",
        *arguments,
        str(tmp_path / "calls.jsonl"),
        "--format",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["records"] == 7 if arguments == ["verify"] else "orders" in done.stdout
