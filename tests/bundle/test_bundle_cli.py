"""Bundles from the command line: made, verified, published, and taken by a real OPA."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import ROOT, Segrego, configuration, wait_until

from segrego.bundle import contents
from segrego.bundle.publishing import Revocation, opened, packed, revoke, revoked
from segrego.bundle.signing import SigningKey, load_key, new_key, write_key
from segrego.bundle.store import Folder, Store, open_store
from segrego.errors import ConfigError, InputError, OutputError

NAMES = list(contents.NAMES)


def revocations_in(store: Store, key: SigningKey) -> dict[str, Any]:
    data = store.read("revocations")
    assert data is not None
    return revoked(opened(data, [key], "revocations"))


def test_keys_are_secret_and_never_replaced(segrego: Segrego, tmp_path: Path) -> None:
    segrego("bundle", "keygen", "-o", "key", "--algorithm", "RS256")
    private = (tmp_path / "key").read_text(encoding="utf-8")
    assert private.startswith("-----BEGIN PRIVATE KEY-----")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert load_key(tmp_path / "key").key_id == load_key(tmp_path / "key.pub").key_id
    (described,) = json.loads((tmp_path / "key.jwks.json").read_text(encoding="utf-8"))["keys"]
    assert described["kid"] == load_key(tmp_path / "key").key_id
    assert "d" not in described
    assert "already" in segrego("bundle", "keygen", "-o", "key", code=2).stderr
    assert (tmp_path / "key").read_text(encoding="utf-8") == private
    (tmp_path / "key").unlink()
    segrego("bundle", "keygen", "-o", "key", code=2)
    assert not (tmp_path / "key").exists()


def test_what_is_published_is_taken_by_opa(
    segrego: Segrego, built: Path, key: SigningKey, tmp_path: Path, run_opa: Callable[..., Any]
) -> None:
    (tmp_path / "public").mkdir()
    said = segrego("bundle", "publish", built, "--to", "public", "--key", "key.pub").stdout
    verified = segrego("bundle", "verify", *sorted((tmp_path / "public").glob("*.gz")), "--key", "key.pub").stdout
    assert [line.split()[:2] for line in sorted(verified.splitlines())] == [
        line.split()[:2] for line in sorted(said.splitlines())
    ]
    assert "60 min left" in verified
    with run_opa(configuration(tmp_path / "public", [key], NAMES)) as opa:
        found = opa.get("/v1/data/segrego/agents/agents")["result"]
        manifests = opa.get("/v1/data/system/bundles")["result"]
    assert "orders-assistant" in {agent["name"] for agent in found.values()}
    for name in NAMES:
        assert f"{name:<12} {manifests[name]['manifest']['revision']}" in verified


def revisions(said: str) -> dict[str, str]:
    return {name: revision for name, revision, *_ in map(str.split, said.splitlines())}


def test_the_same_source_is_the_same_revision(segrego: Segrego, built: Path) -> None:
    made = segrego("bundle", "build", ROOT / "examples/organization", "--unsigned", "-o", "second").stdout
    verified = segrego("bundle", "verify", *built.glob("*.gz"), "--key", "key.pub").stdout
    assert revisions(made) == revisions(verified)
    assert len(revisions(made)) == 3


def test_unsigned_is_only_on_request_and_signed_later(segrego: Segrego, key: SigningKey, tmp_path: Path) -> None:
    assert "--unsigned" in segrego("bundle", "build", "--only", "policy", code=2).stderr
    segrego("bundle", "build", "--only", "policy", "--unsigned", "-o", "out")
    path = tmp_path / "out/policy.tar.gz"
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["policy.tar.gz"]
    assert "not signed" in segrego("bundle", "verify", path, "--key", "key.pub", code=2).stderr
    assert "public key" in segrego("bundle", "sign", path, "--key", "key.pub", code=2).stderr
    segrego("bundle", "sign", path, "--key", "key", "--lease-minutes", 7)
    assert "7 min left" in segrego("bundle", "verify", path, "--key", "key.pub").stdout
    assert opened(path.read_bytes(), [key], "x").name == "policy"


def test_keys_rotate(segrego: Segrego, built: Path) -> None:
    segrego("bundle", "keygen", "-o", "new")
    bundle = built / "agents.tar.gz"
    assert "none of the given" in segrego("bundle", "sign", bundle, "--key", "new", code=2).stderr
    segrego("bundle", "sign", bundle, "--key", "new", "--also", "key.pub")
    segrego("bundle", "verify", bundle, "--key", "key.pub", "--key", "new.pub")
    segrego("bundle", "verify", bundle, "--key", "key.pub", code=2)


def test_nothing_is_published_unless_all_of_it_holds(segrego: Segrego, built: Path, tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (built / "revocations.tar.gz").write_bytes((built / "agents.tar.gz").read_bytes())
    assert "bundle agents" in segrego("bundle", "publish", built, "--to", "public", "--key", "key.pub", code=2).stderr
    (built / "revocations.tar.gz").write_bytes(b"rubbish")
    segrego("bundle", "publish", built, "--to", "public", "--key", "key.pub", code=2)
    assert list((tmp_path / "public").iterdir()) == []
    assert "not a folder" in segrego("bundle", "publish", built, "--to", "no", "--key", "key.pub", code=2).stderr


def test_a_lease_that_has_ended_is_refused_and_renewed(
    segrego: Segrego, built: Path, key: SigningKey, tmp_path: Path
) -> None:
    ended = packed(contents.policy(time.time_ns() - 10**11), key)
    (built / "policy.tar.gz").write_bytes(ended)
    (tmp_path / "public").mkdir()
    said = segrego("bundle", "verify", built / "policy.tar.gz", "--key", "key.pub", code=2)
    assert "lease" in said.stderr
    assert "lease" in segrego("bundle", "publish", built, "--to", "public", "--key", "key.pub", code=2).stderr
    (tmp_path / "public/policy.tar.gz").write_bytes(ended)
    segrego("bundle", "renew", "--to", "public", "--key", "key", "--only", "policy", "--lease-minutes", 9)
    assert "9 min left" in segrego("bundle", "verify", "public/policy.tar.gz", "--key", "key.pub").stdout
    assert "Publish it" in segrego("bundle", "renew", "--to", "public", "--key", "key", code=2).stderr


def test_publishing_anew_ends_no_revocation(segrego: Segrego, built: Path, key: SigningKey, tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    segrego("bundle", "publish", built, "--to", "public", "--key", "key.pub")
    store = open_store(str(tmp_path / "public"))
    revoke(store, Revocation("agents", "a", 1, "test"), key, (), not_after_ns=time.time_ns() + 10**12)
    said = segrego("bundle", "publish", built, "--to", "public", "--key", "key.pub")
    assert "revocations stay" in said.stderr
    assert [line.split()[0] for line in said.stdout.splitlines()] == ["policy", "agents"]
    assert list(revocations_in(store, key)["agents"]) == ["a"]


def test_what_cannot_be_verified_is_not_signed_by_adding_to_it(tmp_path: Path) -> None:
    ours, theirs = new_key("ours", "ES256"), new_key("theirs", "ES256")
    store = Folder(tmp_path)
    entry = Revocation("agents", "a", 1, "test")
    revoke(store, entry, theirs, (), not_after_ns=1)
    with pytest.raises(InputError, match="none of the given"):
        revoke(store, entry, ours, (), not_after_ns=1)
    revoke(store, Revocation("tasks", "t", 2, "test"), ours, (theirs,), not_after_ns=1)
    assert revocations_in(store, ours) == {
        "agents": {"a": {"at_ns": 1, "reason": "test"}},
        "tasks": {"t": {"at_ns": 2, "reason": "test"}},
        "sessions": {},
    }


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / ".segrego.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match=r"\.segrego\.lock"):
        Folder(tmp_path).change("agents", lambda _: b"x")
    with pytest.raises(OutputError):
        write_key(tmp_path / "no/folder", new_key("k", "ES256"))
    for target in ("ftp://x", "s3://", str(tmp_path / "missing")):
        with pytest.raises(ConfigError):
            open_store(target)


def test_s3_is_published_to_and_opa_reads_it_with_its_own_signatures(
    segrego: Segrego, built: Path, key: SigningKey, bucket: tuple[Any, str], moto_url: str, run_opa: Callable[..., Any]
) -> None:
    client, name = bucket
    target = f"s3://{name}/production"
    assert len(segrego("bundle", "publish", built, "--to", target, "--key", "key.pub").stdout.splitlines()) == 3
    segrego("bundle", "renew", "--to", target, "--key", "key", "--lease-minutes", 5)
    assert {item["Key"] for item in client.list_objects_v2(Bucket=name)["Contents"]} == {
        f"production/{bundle}.tar.gz" for bundle in NAMES
    }
    config = configuration(built, [key], NAMES, url=f"{moto_url}/{name}/production")
    config["services"]["bundles"]["credentials"] = {"s3_signing": {"environment_credentials": {}}}
    with run_opa(config) as opa:
        revoke(open_store(target), Revocation("agents", "a", 1, "test"), key, (), not_after_ns=time.time_ns() + 10**12)
        wait_until(lambda: "a" in opa.get("/v1/data/segrego/revocations/agents")["result"], "the revocation")
        assert opa.get("/v1/data/segrego/agents/agents")["result"]
    assert (
        "S3 refused"
        in segrego("bundle", "publish", built, "--to", "s3://nowhere-at-all", "--key", "key.pub", code=2).stderr
    )
