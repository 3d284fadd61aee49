"""The configurations that are written work as they are, and leave nothing open but the decision."""

from __future__ import annotations

import gzip
import json
import stat
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import httpcore
import pytest
import yaml
from bundle_opa import Segrego, serving, wait_until
from bundle_world import DECISION, call, free_port, started

from segrego.bundle import contents
from segrego.bundle.signing import SigningKey


def test_only_the_decision_is_open_and_only_with_the_token(
    grant: str, segrego: Segrego, tmp_path: Path, opa: Path
) -> None:
    port = free_port()
    with serving(tmp_path) as url:
        segrego("bundle", "sidecar", "--url", url, "--key", "key.pub", "-o", "sidecar", "--port", port)
        with started(tmp_path / "sidecar", opa, port) as sidecar:
            wait_until(sidecar.is_up, f"the sidecar: {sidecar.log.read_text(encoding='utf-8')}")
            question = {"input": call(grant) | {"secret": "do-not-log"}}
            question["input"]["tool"]["arguments"] = {"card": "4111111111111111"}
            status, answer = sidecar.ask("POST", DECISION, question)
            assert (status, answer["result"]["verdict"]) == (200, "allow")
            refused = [
                ("POST", DECISION, question, None),
                ("POST", DECISION, question, "x" * 43),
                ("POST", DECISION, question, ""),
                *(
                    (method, path, body, "own")
                    for method, path, body in [
                        ("POST", f"{DECISION}?explain=full", question),
                        ("POST", f"{DECISION}?metrics", question),
                        ("POST", f"{DECISION}/verdict", question),
                        ("POST", f"{DECISION}/", question),
                        ("POST", DECISION.replace("/v1", "/v0"), question),
                        ("POST", f"/v1/data/x/..{DECISION[8:]}", question),
                        ("GET", DECISION, None),
                        ("GET", "/v1/data", None),
                        ("GET", "/v1/data/segrego/agents", None),
                        ("POST", "/v1/data", question),
                        ("POST", "/", question),
                        ("PUT", "/v1/policies/evil", "package segrego.runtime"),
                        ("DELETE", "/v1/policies/authz.rego", None),
                        ("PATCH", "/v1/data/segrego/agents", []),
                        ("PUT", "/v1/data/system", {}),
                        ("POST", "/v1/query", {"query": "data.segrego"}),
                        ("GET", "/v1/query?q=data", None),
                        ("POST", "/v1/compile", {"query": "data.x"}),
                        ("GET", "/v1/config", None),
                        ("GET", "/v1/status", None),
                        ("GET", "/metrics", None),
                        ("GET", "/health?exclude-plugin=bundle", None),
                        ("GET", "/debug/pprof/", None),
                    ]
                ),
            ]
            codes = {f"{method} {path} {token}": sidecar.ask(method, path, body, token)[0] for
                     method, path, body, token in refused}  # fmt: skip
            assert {what: code for what, code in codes.items() if code not in (401, 404, 301)} == {}
            wait_until(lambda: b"decision_id" in sidecar.log.read_bytes(), "the decision's log")
            log = sidecar.log.read_text(encoding="utf-8")
    assert sidecar.token not in log
    for secret in (grant, "do-not-log", "4111111111111111"):
        assert secret not in log
    assert "orders-agent" in log
    assert "sha256:0" in log


def test_what_is_not_a_call_is_not_logged_either(grant: str, segrego: Segrego, tmp_path: Path, opa: Path) -> None:
    port = free_port()
    with serving(tmp_path) as url:
        segrego("bundle", "sidecar", "--url", url, "--key", "key.pub", "-o", "sidecar", "--port", port)
        with started(tmp_path / "sidecar", opa, port) as sidecar:
            wait_until(sidecar.is_up, "the sidecar")
            odd: list[Any] = [grant, [grant], {"tool": grant, "session": [grant], "callers": [{"proof": grant}]}]
            odd += [{"tool": {"name": "x", "proof": grant}, "proof": {"x": grant}, "agent": [grant]}]
            for position, document in enumerate(odd):
                status, answer = sidecar.ask("POST", DECISION, {"input": document})
                assert (status, answer["result"]["verdict"]) == (200, "deny"), position
            wait_until(lambda: sidecar.log.read_bytes().count(b"decision_id") >= 4, "the log")
            assert grant not in sidecar.log.read_text(encoding="utf-8")
            with pytest.raises((urllib.error.URLError, AssertionError)):  # it hangs up, or answers 400
                assert sidecar.ask("POST", DECISION, {"input": {"x": "y" * 3_000_000}})[0] == 200


def test_a_bomb_is_refused(grant: str, segrego: Segrego, tmp_path: Path, opa: Path) -> None:
    assert grant
    port = free_port()
    with serving(tmp_path) as url:
        segrego("bundle", "sidecar", "--url", url, "--key", "key.pub", "-o", "sidecar", "--port", port)
        with started(tmp_path / "sidecar", opa, port) as sidecar:
            wait_until(sidecar.is_up, "the sidecar")
            bomb = gzip.compress(b'{"input": "' + b"a" * 50_000_000 + b'"}')
            request = urllib.request.Request(
                sidecar.url + DECISION,
                data=bomb,
                headers={"Content-Encoding": "gzip", "Authorization": f"Bearer {sidecar.token}"},
            )
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(request, timeout=60)
            assert caught.value.code == 400


def test_a_unix_socket_is_its_owners_alone(grant: str, segrego: Segrego, tmp_path: Path, opa: Path) -> None:
    path = tmp_path / "o.sock"
    with serving(tmp_path) as url:
        segrego("bundle", "sidecar", "--url", url, "--key", "key.pub", "-o", "sidecar", "--socket", path)
        with started(tmp_path / "sidecar", opa, 1) as sidecar:
            wait_until(path.exists, "the socket")
            pool = httpcore.ConnectionPool(uds=str(path))

            def asked() -> int:
                headers = {"Host": "x", "Authorization": f"Bearer {sidecar.token}"}
                content = json.dumps({"input": call(grant)}).encode()
                answer = pool.request("POST", f"http://x{DECISION}", headers=headers, content=content)
                return answer.status if b'"allow"' in answer.content else 0

            wait_until(lambda: asked() == 200, "a decision")
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert pool.request("POST", f"http://x{DECISION}", headers={"Host": "x"}).status == 401
            pool.close()


def test_the_token_stays_when_a_configuration_is_written_anew(
    segrego: Segrego, key: SigningKey, tmp_path: Path
) -> None:
    options = ["bundle", "sidecar", "--key", "key.pub", "-o", "sidecar", "--url"]
    segrego(*options, "https://one.example")
    token = (tmp_path / "sidecar/token").read_text(encoding="ascii")
    assert stat.S_IMODE((tmp_path / "sidecar/token").stat().st_mode) == 0o600
    segrego(*options, "https://two.example")
    assert (tmp_path / "sidecar/token").read_text(encoding="ascii") == token
    assert all(token not in path.read_text() for path in (tmp_path / "sidecar").iterdir() if path.name != "token")
    (tmp_path / "sidecar/token").write_text("short", encoding="ascii")
    assert "too short" in segrego(*options, "https://two.example", code=2).stderr
    assert key.key_id in (tmp_path / "sidecar/opa.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--url", "http://bundles.example"], "in clear"),
        (["--url", "http://0.0.0.0"], "in clear"),
        (["--url", "s3://bucket"], "not a server's URL"),
        (["--url", "https://u:p@host"], "not a server's URL"),
        (["--url", "https://host", "--kind", "ecs", "--socket", "/x"], "socket"),
        (["--url", "https://host", "--s3-region", "eu-west-1", "--server-token"], "no bearer token"),
    ],
)
def test_what_would_not_be_safe_is_refused(
    arguments: list[str], words: str, segrego: Segrego, key: SigningKey, tmp_path: Path
) -> None:
    assert key
    assert words in segrego("bundle", "sidecar", "--key", "key.pub", "-o", "sidecar", *arguments, code=2).stderr
    assert not (tmp_path / "sidecar").exists()


def written(segrego: Segrego, tmp_path: Path, kind: str, *options: str) -> dict[str, Any]:
    arguments = ["--kind", kind, "--url", "https://b.example/x", "--key", "key.pub", "-o", kind, *options]
    segrego("bundle", "sidecar", *arguments)
    found: dict[str, Any] = {}
    for path in (tmp_path / kind).iterdir():
        text = path.read_text(encoding="utf-8")
        is_document = path.suffix in (".yaml", ".json")
        found[path.name] = yaml.safe_load(text) if is_document else text
    return found


KINDS = ["opa", "compose", "kubernetes", "ecs"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_configuration_takes_signed_bundles_alone(
    kind: str, segrego: Segrego, key: SigningKey, tmp_path: Path, opa: Path
) -> None:
    found = written(segrego, tmp_path, kind, "--server-token", "--reports")
    config = found["opa.yaml"]
    assert set(config["bundles"]) == set(contents.NAMES)
    assert {bundle["signing"]["scope"] for bundle in config["bundles"].values()} == {"segrego"}
    assert all(bundle["polling"]["long_polling_timeout_seconds"] for bundle in config["bundles"].values())
    assert set(config["keys"]) == {key.key_id}
    assert config["services"]["segrego"]["credentials"]["bearer"]["token"] == "${SEGREGO_BUNDLES_TOKEN}"
    assert config["caching"]["inter_query_builtin_value_cache"]["named"]["io_jwt"]["disabled"] is False
    assert config["decision_logs"]["service"] == config["status"]["service"] == "segrego"
    policies = [str(path) for path in sorted((tmp_path / kind).glob("*.rego"))]
    assert len(policies) == 2
    checked = subprocess.run([opa, "check", "--strict", *policies], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert subprocess.run([opa, "fmt", "--fail", "--list", *policies], capture_output=True, check=False).stdout == b""


def closed(command: list[str]) -> bool:
    listens = [command[position + 1] for position, word in enumerate(command) if word == "--addr"]
    return listens == ["127.0.0.1:8181"] and {"--authentication=token", "--authorization=basic"} <= set(command)


def test_the_containers_are_closed_and_named(segrego: Segrego, key: SigningKey, tmp_path: Path) -> None:
    assert key
    compose = written(segrego, tmp_path, "compose", "--service", "shop", "--s3-region", "eu-west-1")
    service = compose["compose.yaml"]["services"]["segrego"]
    assert closed(service["command"])
    assert service["network_mode"] == "service:shop"
    assert service["cap_drop"] == ["ALL"]
    assert {Path(volume["source"]).name for volume in service["volumes"]} == {"opa.yaml", "authz.rego", "mask.rego"}
    sources = [volume["source"].rpartition("}/") for volume in service["volumes"]]
    assert all(folder.startswith("${SEGREGO_SIDECAR:?") for folder, *_ in sources)
    assert all((tmp_path / "compose" / name).is_file() for *_, name in sources)
    assert compose["opa.yaml"]["services"]["segrego"]["credentials"] == {"s3_signing": {"environment_credentials": {}}}

    kubernetes = written(segrego, tmp_path, "kubernetes", "--service", "shop")
    (sidecar,) = kubernetes["patch.yaml"]["spec"]["template"]["spec"]["initContainers"]
    assert closed(sidecar["args"])
    assert sidecar["restartPolicy"] == "Always"
    assert sidecar["securityContext"]["runAsNonRoot"] is True
    files = kubernetes["kustomization.yaml"]["configMapGenerator"][0]["files"]
    assert "token" not in files
    assert all((tmp_path / "kubernetes" / name).is_file() for name in files)

    ecs = written(segrego, tmp_path, "ecs", "--server-token")
    assert closed(ecs["container.json"]["command"])
    assert ecs["container.json"]["secrets"] == [
        {"name": "SEGREGO_BUNDLES_TOKEN", "valueFrom": "${SEGREGO_BUNDLES_TOKEN_ARN}"}
    ]
    assert "token" not in ecs["Dockerfile"]
    assert ".dockerignore" in ecs


def test_the_health_check_tells_a_sidecar_with_bundles_from_others(
    grant: str, segrego: Segrego, tmp_path: Path, opa: Path
) -> None:
    assert grant
    port = free_port()
    with serving(tmp_path) as url:
        options = ["--url", url, "--key", "key.pub", "--port", port]
        segrego("bundle", "sidecar", *options, "-o", "sidecar")
        segrego("bundle", "sidecar", *options, "-o", "compose", "--kind", "compose")
        text = (tmp_path / "compose/compose.yaml").read_text(encoding="utf-8")
        _, _, *probe = yaml.safe_load(text)["services"]["segrego"]["healthcheck"]["test"]
        assert subprocess.run([opa, *probe], capture_output=True, check=False).returncode != 0
        with started(tmp_path / "sidecar", opa, port) as sidecar:
            wait_until(sidecar.is_up, "the sidecar")
            assert subprocess.run([opa, *probe], capture_output=True, check=False).returncode == 0
