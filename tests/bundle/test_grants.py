"""Grants that a real OPA verifies, and revocations of which none is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import Segrego, configuration, wait_until
from bundle_world import agents, call

from segrego.bundle import contents
from segrego.bundle.archive import Bundle
from segrego.bundle.publishing import Revocation, opened, packed, revoke, revoked
from segrego.bundle.signing import SigningKey, load_key
from segrego.bundle.store import Folder, Store, file_name, open_store


def held(store: Store, key: SigningKey) -> dict[str, Any]:
    data = store.read("revocations")
    assert data is not None
    return revoked(opened(data, [key], "revocations"))


@pytest.mark.parametrize("kind", ["agent", "task", "session"])
def test_a_revocation_is_published_and_its_first_reason_kept(
    kind: str, segrego: Segrego, key: SigningKey, tmp_path: Path
) -> None:
    (tmp_path / "to").mkdir()
    for reason in ("first", "second"):
        said = segrego("revoke", kind, "x:1", "--reason", reason, "--to", "to", "--key", "key", "--lease-minutes", 5)
        assert f"{kind} x:1 is revoked" in said.stderr
    found = held(Folder(tmp_path / "to"), key)
    assert found[f"{kind}s"]["x:1"]["reason"] == "first"
    assert sum(len(entries) for entries in found.values()) == 1


def test_many_at_once_lose_nothing_in_a_folder(key: SigningKey, tmp_path: Path) -> None:
    """Processes of their own: threads of one would share its locks."""
    code = (
        "import sys; from pathlib import Path; from segrego.bundle.publishing import Revocation, revoke;"
        "from segrego.bundle.signing import load_key; from segrego.bundle.store import open_store\n"
        "store, key = open_store(sys.argv[1]), load_key(Path(sys.argv[1], 'key'))\n"
        "for i in range(10): revoke(store, Revocation('tasks', f'{sys.argv[2]}-{i}', 1, 'x'), key, (), not_after_ns=1)"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, tmp_path, str(number)]) for number in range(4)]
    assert [process.wait(60) for process in running] == [0] * 4
    assert len(held(Folder(tmp_path), key)["tasks"]) == 40


def test_many_at_once_lose_nothing_in_s3(key: SigningKey, bucket: tuple[Any, str]) -> None:
    target = f"s3://{bucket[1]}/x"

    def one(number: int) -> None:
        entry = Revocation("sessions", str(number), 1, "x")
        revoke(open_store(target), entry, key, (), not_after_ns=1)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(24)))
    assert len(held(open_store(target), key)["sessions"]) == 24


def test_a_grant_holds_for_what_it_names_until_its_task_is_complete(
    segrego: Segrego, key: SigningKey, tmp_path: Path, run_opa: Callable[..., Any]
) -> None:
    segrego("bundle", "keygen", "-o", "grants")
    end = time.time_ns() + 10**12
    bundles: list[Bundle] = [contents.policy(end), contents.agents(agents(tmp_path / "grants.jwks.json"), end)]
    bundles.append(contents.revocations(contents.nothing_revoked(), end))
    for bundle in bundles:
        (tmp_path / file_name(bundle.name)).write_bytes(packed(bundle, key))
    options = ["--issuer", "https://g.example", "--agent", "orders-agent", "--task", "t-1", "--calls", 2]
    options += ["--tool", "orders:find", "--tool", "orders:change", "--access", "read", "--minutes", 5]
    grant = segrego("grant", "issue", "--key", "grants", *options).stdout.strip()
    forged = segrego("grant", "issue", "--key", "key", *options).stdout.strip()
    bound = segrego("grant", "issue", "--key", "grants", *options, "--session", "s-2").stdout.strip()
    past = {"tool": "orders", "operation": "find", "verdict": "allow", "time_ns": 1, "domain": None, "task": "t-1"}
    with run_opa(configuration(tmp_path, [key], list(contents.NAMES))) as opa:

        def rules(document: dict[str, Any]) -> set[str]:
            found = opa.ask("/v1/data/segrego/runtime/decision", document)["result"]
            assert (found["verdict"] == "allow") == (not found["reasons"])
            return {reason["rule"] for reason in found["reasons"]}

        assert rules(call(grant)) == set()
        assert rules(call(grant, operation="change")) == {"access_beyond_task"}
        assert rules(call(grant, operation="cancel")) == {"access_beyond_task", "grant_exceeded"}
        assert rules(call(grant, task="t-2")) == {"grant_exceeded"}
        assert rules(call(grant, history=[past, past])) == {"grant_exceeded"}
        assert "grant_exceeded" in rules(call(bound))
        assert "unproven_agent" in rules(call(forged))
    segrego("grant", "complete", "t-1", "--to", ".", "--key", "key")
    with run_opa(configuration(tmp_path, [key], list(contents.NAMES))) as opa:
        wait_until(lambda: "t-1" in str(opa.get("/v1/data/segrego/revocations")), "the revocation")
        found = opa.ask("/v1/data/segrego/runtime/decision", call(grant))["result"]
    assert [reason["rule"] for reason in found["reasons"]] == ["revoked"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["--tool", "orders"], "TOOL:OPERATION"),
        (["--resource", "arn:aws:s3:::a*b"], "wildcard"),
        (["--key", "key.pub"], "public key"),
        (["--agent", ""], "grants nothing"),
    ],
)
def test_a_grant_that_would_not_mean_what_it_says_is_refused(
    changes: list[str], words: str, segrego: Segrego, key: SigningKey, tmp_path: Path
) -> None:
    assert load_key(tmp_path / "key").key_id == key.key_id
    options = ["--key", "key", "--issuer", "i", "--agent", "a", "--task", "t", "--tool", "o:*", "--access", "read"]
    assert words in segrego("grant", "issue", *options, "--calls", 1, "--minutes", 1, *changes, code=2).stderr


def test_what_a_grant_says_is_what_was_asked(segrego: Segrego, key: SigningKey) -> None:
    from joserfc import jwt

    options = ["--key", "key", "--issuer", "i", "--agent", "a", "--task", "t", "--tool", "a:b:*", "--access", "write"]
    text = segrego("grant", "issue", *options, "--calls", 3, "--minutes", 2, "--resource", "arn:x*").stdout.strip()
    claims = jwt.decode(text, key.key, algorithms=["ES256"]).claims
    assert claims["exp"] - claims["iat"] == 120
    assert json.loads(json.dumps(claims)) | {"jti": "", "iat": 0, "exp": 0} == {
        "iss": "i", "aud": "segrego", "sub": "a", "jti": "", "iat": 0, "exp": 0, "task": "t", "session": None,
        "tools": {"a:b": ["*"]}, "resources": ["arn:x*"], "access": ["write"], "calls": 3,
    }  # fmt: skip
