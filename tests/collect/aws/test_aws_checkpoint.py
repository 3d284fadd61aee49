"""A sweep that is interrupted goes on where it was, and its checkpoint tells nothing to nobody."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import worlds
from fake_aws import ACCOUNT, FakeAws

from segrego.collect.aws import AwsOptions, Checkpoint
from segrego.errors import CollectError
from segrego.inventory import Inventory

Read = Callable[..., Inventory]


class Interrupt(BaseException):
    """As Ctrl-C, but at a moment that the test chooses."""


def _asked(fake: FakeAws) -> list[Any]:
    """All calls but those that say who is calling: every run must know that for itself."""
    return [call for call in fake.calls if call[0] != "sts"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sweep.checkpoint"


@pytest.mark.parametrize("answered", [1, 40, 150, 330])
def test_a_sweep_that_is_interrupted_goes_on_without_asking_again(
    alone: FakeAws, read: Read, path: Path, answered: int
) -> None:
    worlds.add_everything(alone)
    whole = read(**worlds.EVERYTHING)
    alone.calls.clear()
    send = alone._send

    def until_interrupted(request: Any, **more: Any) -> Any:
        if len(_asked(alone)) >= answered:
            raise Interrupt
        return send(request, **more)

    alone._send = until_interrupted  # type: ignore[method-assign]
    with pytest.raises(Interrupt), Checkpoint(path) as kept:
        read(**worlds.EVERYTHING, checkpoint=kept)
    alone._send = send  # type: ignore[method-assign]
    first = list(_asked(alone))
    assert len(first) >= answered

    with Checkpoint(path) as kept:
        resumed = read(**worlds.EVERYTHING, checkpoint=kept)
        kept.discard()

    assert msgspec.json.encode(resumed) == msgspec.json.encode(whole)
    repeated = [call for call, count in Counter(_asked(alone)).items() if count > 1]
    assert repeated == []
    assert len(_asked(alone)) > len(first)
    assert list(path.parent.iterdir()) == []


def test_calls_that_failed_are_asked_again(alone: FakeAws, read: Read, path: Path) -> None:
    worlds.add_everything(alone)
    alone.fail("bedrock-agent", "ListFlows", "AccessDeniedException")
    with Checkpoint(path) as kept:
        assert read(checkpoint=kept).gaps != ()
    alone.fail("bedrock-agent", "ListFlows", "AccessDeniedException", times=0)
    alone.calls.clear()
    with Checkpoint(path) as kept:
        found = read(checkpoint=kept)
    assert found.gaps == ()
    assert ("bedrock-agent", "ListFlows") in alone.operations()
    assert ("bedrock-agent", "ListAgents") not in alone.operations()


def test_the_file_is_its_owners_alone_and_holds_no_secret(alone: FakeAws, read: Read, path: Path) -> None:
    worlds.add_everything(alone)
    os.umask(0)
    with Checkpoint(path) as kept:
        read(**worlds.EVERYTHING, external_id="external-0123456789", checkpoint=kept)
        during = [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in path.parent.iterdir()]
        content = b"".join(file.read_bytes() for file in path.parent.iterdir())
    os.umask(0o022)

    assert {mode for _, mode in during} == {0o600}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for secret in (worlds.SECRET, "external-0123456789", f"ASIA{worlds.MEMBER}", "testing", "secret of the server"):
        assert secret.encode() not in content + path.read_bytes()
    assert b"API_KEY" in path.read_bytes()  # the name of a variable is a fact, its value is not


@pytest.mark.parametrize(
    "changed",
    [
        {"regions": ("eu-west-1",)},
        {"last_accessed": True},
        {"accounts": (ACCOUNT, worlds.MEMBER)},
        {"role_name": "another"},
        {"endpoint_url": "http://127.0.0.1:10"},
        {"profile": "another"},
    ],
)
def test_it_belongs_to_the_options_that_it_was_made_with(path: Path, changed: dict[str, Any]) -> None:
    options = {"regions": ("us-east-1",), "endpoint_url": "http://127.0.0.1:9"}
    with Checkpoint(path) as kept:
        kept.bind(AwsOptions(**options), ACCOUNT)
    with Checkpoint(path) as kept, pytest.raises(CollectError, match="another run"):
        kept.bind(AwsOptions(**(options | changed)), ACCOUNT)
    with Checkpoint(path) as kept, pytest.raises(CollectError, match="another run"):
        kept.bind(AwsOptions(**options), worlds.MEMBER)
    with Checkpoint(path) as kept:
        kept.bind(AwsOptions(**options, max_workers=2), ACCOUNT)  # how fast it goes is no matter


def test_one_of_another_version_of_what_is_kept_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from segrego.collect.aws.calls import OPERATIONS

    with Checkpoint(path) as kept:
        kept.bind(AwsOptions(), ACCOUNT)
    monkeypatch.setitem(OPERATIONS["bedrock-agent"], "GetAgent", "agent.agentResourceRoleArn")
    with Checkpoint(path) as kept, pytest.raises(CollectError, match="another run"):
        kept.bind(AwsOptions(), ACCOUNT)


def test_one_that_is_older_than_a_day_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Checkpoint(path) as kept:
        kept.bind(AwsOptions(), ACCOUNT)
    now = time.time()
    for moment in (now + 90_000, now - 90_000):
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        with Checkpoint(path) as kept, pytest.raises(CollectError, match="older than a day"):
            kept.bind(AwsOptions(), ACCOUNT)


def test_one_that_is_open_in_another_run_is_refused(path: Path) -> None:
    with Checkpoint(path) as first:
        first.bind(AwsOptions(), ACCOUNT)
        first.put(b"key", b"value")
        with Checkpoint(path) as second, pytest.raises(CollectError, match="Wait for the run"):
            second.bind(AwsOptions(), ACCOUNT)


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_checkpoint_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with Checkpoint(path) as kept, pytest.raises(CollectError, match="is not a checkpoint"):
        kept.bind(AwsOptions(), ACCOUNT)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON answers BEGIN SELECT 1; END",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TABLE more (x)",
        "PRAGMA application_id = 1",
        "DELETE FROM run",
    ],
)
def test_a_database_that_somebody_changed_is_refused(path: Path, statement: str) -> None:
    with Checkpoint(path) as kept:
        kept.bind(AwsOptions(), ACCOUNT)
    with sqlite3.connect(path) as database:
        database.execute(statement)
    database.close()
    with Checkpoint(path) as kept, pytest.raises(CollectError, match=r"is not a checkpoint|another run"):
        kept.bind(AwsOptions(), ACCOUNT)


def test_a_file_that_others_may_read_or_that_is_a_link_is_refused(path: Path) -> None:
    with Checkpoint(path) as kept:
        kept.bind(AwsOptions(), ACCOUNT)
    path.chmod(0o640)
    with Checkpoint(path) as kept, pytest.raises(CollectError, match="open to others"):
        kept.bind(AwsOptions(), ACCOUNT)
    link = path.with_name("link")
    link.symlink_to(path)
    with Checkpoint(link) as kept, pytest.raises(CollectError, match="is not a file"):
        kept.bind(AwsOptions(), ACCOUNT)
    with Checkpoint(path.parent / "no/such") as kept, pytest.raises(CollectError, match="cannot be made"):
        kept.bind(AwsOptions(), ACCOUNT)


def test_a_run_that_is_killed_loses_nothing_that_was_answered(path: Path) -> None:
    program = """
import sys, pathlib
from segrego.collect.aws import AwsOptions, Checkpoint
with Checkpoint(pathlib.Path(sys.argv[1])) as kept:
    kept.bind(AwsOptions(), "123456789012")
    for number in range(10**9):
        kept.put(b"%d" % number, b"x" * 500)
        print(number, flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 200:
            break
    process.send_signal(signal.SIGKILL)
    last = max([200, *(int(line) for line in process.stdout if re.fullmatch(r"\d+\n", line))])
    process.wait(10)
    with Checkpoint(path) as kept:
        kept.bind(AwsOptions(), ACCOUNT)
        assert all(kept.get(b"%d" % number) == b"x" * 500 for number in range(last + 1))


def test_the_answers_in_it_are_plain_json(alone: FakeAws, read: Read, path: Path) -> None:
    worlds.add_everything(alone)
    with Checkpoint(path) as kept:
        read(checkpoint=kept)
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT key, value FROM answers").fetchall()
    database.close()
    assert len(rows) > 200
    for key, value in rows:
        account, service, operation, region, params = json.loads(key)
        assert (account, isinstance(json.loads(value), list)) == (ACCOUNT, True)
        assert isinstance(params, list)
        assert service != "sts"
        assert region == "us-east-1"
        assert operation
