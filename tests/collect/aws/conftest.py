from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from fake_aws import FakeAws
from moto.server import ThreadedMotoServer

import segrego.collect.aws.session as session_module
from segrego.collect.aws import AwsOptions, collect
from segrego.inventory import Inventory


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials for moto, and nothing of whoever runs the tests."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def moto(moto_url: str) -> Callable[[str, str], Any]:
    """Makes boto3 clients of an account that is empty when the test begins."""
    with urlopen(Request(f"{moto_url}/moto-api/reset", method="POST"), timeout=10) as answer:
        assert answer.status == 200

    def client(service: str, region: str = "us-east-1") -> Any:
        return boto3.client(service, region_name=region, endpoint_url=moto_url)

    return client


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, moto: Any) -> FakeAws:
    """Stands before moto in every session that the collector opens."""
    fake_aws = FakeAws()
    open_session = session_module.open_session

    def open_faked(options: AwsOptions) -> Any:
        session = open_session(options)
        fake_aws.install(session)
        return session

    monkeypatch.setattr(session_module, "open_session", open_faked)
    return fake_aws


@pytest.fixture
def gather(fake: FakeAws, moto_url: str) -> Callable[..., Inventory]:
    """Collects from moto and the fake, with few retries."""

    def run(*regions: str, attempts: int = 2, **options: Any) -> Inventory:
        given = AwsOptions(
            regions=regions or ("us-east-1",), endpoint_url=moto_url, max_attempts=attempts, max_workers=4
        )
        return collect(given, **options)

    return run
