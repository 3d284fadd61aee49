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


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    """A moto server for each module that needs one: its thread ends with it."""
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
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # moto answers 500 where it lacks an operation: no use to ask again


@pytest.fixture
def moto(moto_url: str) -> Callable[[str, str], Any]:
    """Makes boto3 clients of an account that is empty when the test begins."""
    with urlopen(Request(f"{moto_url}/moto-api/reset", method="POST"), timeout=60) as answer:
        assert answer.status == 200

    def client(service: str, region: str = "us-east-1", **keys: str) -> Any:
        return boto3.client(service, region_name=region, endpoint_url=moto_url, **keys)

    return client


@pytest.fixture(scope="session")
def models() -> Any:
    """A session whose copy of the service models all sessions of the tests share: they are large."""
    return boto3.Session(region_name="us-east-1")


def _stand_before(fake: FakeAws, monkeypatch: pytest.MonkeyPatch, models: Any) -> FakeAws:
    open_session = session_module.open_session

    def open_faked(options: AwsOptions, base: Any = None) -> Any:
        session = open_session(options, base or models)
        fake.install(session)
        return session

    monkeypatch.setattr(session_module, "open_session", open_faked)
    return fake


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, moto: Any, models: Any) -> FakeAws:
    """Stands before moto in every session that the collector opens."""
    return _stand_before(FakeAws(), monkeypatch, models)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, models: Any) -> FakeAws:
    """Stands for all of AWS in every session that the collector opens."""
    return _stand_before(FakeAws(alone=True), monkeypatch, models)


@pytest.fixture
def gather(fake: FakeAws, moto_url: str) -> Callable[..., Inventory]:
    """Collects from moto and the fake, with few retries."""

    def run(*regions: str, attempts: int = 2, progress: Any = None, **options: Any) -> Inventory:
        given = AwsOptions(
            regions=regions or ("us-east-1",), endpoint_url=moto_url, max_attempts=attempts, max_workers=4, **options
        )
        return collect(given, progress=progress)

    return run


@pytest.fixture
def read(alone: FakeAws) -> Callable[..., Inventory]:
    """Collects from the fake alone."""

    def run(*regions: str, attempts: int = 1, checkpoint: Any = None, **options: Any) -> Inventory:
        given: dict[str, Any] = {"regions": regions or ("us-east-1",), "endpoint_url": "http://127.0.0.1:9"}
        if options.get("all_regions"):
            given["regions"] = ()
        defaults = {"max_attempts": attempts, "max_workers": 4, "poll_seconds": 0.0, "poll_timeout_seconds": 300.0}
        return collect(AwsOptions(**given, **(defaults | options)), checkpoint=checkpoint)

    return run
