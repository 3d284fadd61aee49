"""The fixtures of ``bundle_opa``, a folder with keys and bundles, and an S3 that moto serves."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import ROOT, Segrego, run_opa
from bundle_world import agents
from moto.server import ThreadedMotoServer

from segrego.bundle import contents
from segrego.bundle.publishing import packed
from segrego.bundle.signing import SigningKey, load_key
from segrego.bundle.store import file_name

__all__ = ["run_opa"]


@pytest.fixture
def segrego(tmp_path: Path) -> Segrego:
    """Runs the command line in the test's folder."""

    def run(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "segrego", *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.fixture
def key(segrego: Segrego, tmp_path: Path) -> SigningKey:
    """The private key in the file ``key``, with ``key.pub`` beside it."""
    segrego("bundle", "keygen", "-o", "key")
    return load_key(tmp_path / "key")


@pytest.fixture
def built(segrego: Segrego, key: SigningKey, tmp_path: Path) -> Path:
    """The folder ``built`` with the three bundles of the example organization, signed with ``key``."""
    assert key.is_private
    segrego("bundle", "build", ROOT / "examples/organization", "--key", "key", "-o", "built")
    return tmp_path / "built"


@pytest.fixture
def grant(segrego: Segrego, key: SigningKey, tmp_path: Path) -> str:
    """The folder's three bundles, and a grant by which one agent may act."""
    segrego("bundle", "keygen", "-o", "grants")
    end = time.time_ns() + 10**12
    document = agents(tmp_path / "grants.jwks.json")
    for bundle in (
        contents.policy(end),
        contents.agents(document, end),
        contents.revocations(contents.nothing_revoked(), end),
    ):
        (tmp_path / file_name(bundle.name)).write_bytes(packed(bundle, key))
    options = ["--key", "grants", "--issuer", "https://g.example", "--agent", "orders-agent", "--task", "t-1"]
    options += ["--tool", "orders:*", "--access", "read", "--calls", "9", "--minutes", "5"]
    return segrego("grant", "issue", *options).stdout.strip()


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(moto_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[Any, str]]:
    """An S3 client and a bucket that is empty; the environment leads there."""
    from boto3.session import Session

    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    client: Any = Session().client("s3")
    name = "segrego-bundles"
    client.create_bucket(Bucket=name)
    yield client, name
    for item in client.list_objects_v2(Bucket=name).get("Contents", []):
        client.delete_object(Bucket=name, Key=item["Key"])
    client.delete_bucket(Bucket=name)
