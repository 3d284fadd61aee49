"""A real OPA takes its bundles from the server, waits there for the next ones, and reports back."""

from __future__ import annotations

import gzip
import json
import signal
import ssl
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import Segrego, wait_until
from bundle_server import TOKEN_FILE, TOKENS, serving
from bundle_world import DECISION, call, free_port, started

from segrego.bundle.serve.received import DecisionLog, Fleet, inflated
from segrego.bundle.serve.run import ServeSettings
from segrego.bundle.serve.run import serve as run_server
from segrego.bundle.serve.tokens import read_tokens
from segrego.errors import ConfigError, InputError, OutputError

EVENT = b'[{"decision_id": "a", "labels": {"sidecar": "desk"}}]'
LONG = "application/vnd.openpolicyagent.bundles"


def test_etags_and_tokens(grant: str, tmp_path: Path) -> None:
    assert grant
    with serving(tmp_path) as server:
        status, headers, content = server.ask("/agents.tar.gz")
        assert (status, headers["content-type"]) == (200, "application/gzip")
        assert content == (tmp_path / "agents.tar.gz").read_bytes()
        again = server.ask("/agents.tar.gz", If_None_Match=headers["etag"])
        assert (again[0], again[1]["etag"], again[2]) == (304, headers["etag"], b"")
        assert server.ask("/agents.tar.gz", Prefer="modes=snapshot,delta;wait=1")[1]["content-type"] == LONG
        for path in ("/agents.tar.gz", "/fleet", "/metrics"):
            for token in (None, "", "c" * 40, TOKENS[0][:-1]):
                assert server.ask(path, token=token)[0] == 401
        assert server.ask("/status", b"{}", token=None)[0] == 401
        assert server.ask("/logs", b"[]", token=None)[0] == 401
        for path in ("/tokens", "/../tokens", "/tokens.tar.gz", "/%2e%2e%2ftokens.tar.gz", "/"):
            assert server.ask(path)[0] == 404
        assert server.ask("/health", token=None)[0] == 200
        (tmp_path / "agents.tar.gz").unlink()
        wait_until(lambda: server.ask("/health")[0] == 503, "the missing bundle")
        assert server.ask("/agents.tar.gz")[0] == 404


def test_who_waits_is_answered_when_something_is_published(grant: str, segrego: Segrego, tmp_path: Path) -> None:
    assert grant
    with serving(tmp_path) as server:
        etag = server.ask("/revocations.tar.gz")[1]["etag"]
        begun = time.monotonic()
        waited = server.ask("/revocations.tar.gz", If_None_Match=etag, Prefer="modes=snapshot;wait=1")
        assert (waited[0], waited[1]["content-type"]) == (304, LONG)
        assert 0.9 < time.monotonic() - begun < 40
        found: list[tuple[int, dict[str, str], bytes]] = []

        def wait() -> None:
            found.append(server.ask("/revocations.tar.gz", If_None_Match=etag, Prefer="wait=50"))

        threads = [threading.Thread(target=wait) for _ in range(30)]
        for thread in threads:
            thread.start()
        wait_until(lambda: b"segrego_bundle_waiting 30.0" in server.ask("/metrics")[2], "those who wait")
        segrego("revoke", "agent", "x", "--reason", "test", "--to", ".", "--key", "key")
        for thread in threads:
            thread.join(60)
        assert {answer[0] for answer in found} == {200}
        assert len(found) == 30
        assert found[0][1]["etag"] != etag
        assert b"segrego_bundle_waiting 0.0" in server.ask("/metrics")[2]


def test_a_sidecar_has_what_is_published_and_reports(grant: str, segrego: Segrego, tmp_path: Path, opa: Path) -> None:
    port = free_port()
    log = tmp_path / "decisions.jsonl"
    with serving(tmp_path, "--decision-log", log) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGREGO_BUNDLES_TOKEN", TOKENS[0])
        options = ["--url", server.url, "--key", "key.pub", "-o", "sidecar", "--port", port]
        segrego("bundle", "sidecar", *options, "--server-token", "--reports")
        with started(tmp_path / "sidecar", opa, port) as sidecar:
            wait_until(sidecar.is_up, "the sidecar")

            def verdict() -> str:
                return str(sidecar.ask("POST", DECISION, {"input": call(grant)})[1]["result"]["verdict"])

            assert verdict() == "allow"
            wait_until(lambda: b"segrego_bundle_waiting 3.0" in server.ask("/metrics")[2], "long polling")
            segrego("revoke", "agent", "orders-agent", "--reason", "test", "--to", ".", "--key", "key")
            wait_until(lambda: verdict() == "deny", "the revocation")
            said = segrego("bundle", "verify", "revocations.tar.gz", "--key", "key.pub").stdout
            tokens = ["--token-file", "one"]
            (tmp_path / "one").write_text(TOKENS[1] + "\n", encoding="ascii")

            def fleet() -> dict[str, Any]:
                found: dict[str, Any] = json.loads(server.ask("/fleet")[2])
                return found

            wait_until(
                lambda: any(s["bundles"]["revocations"]["revision"] == said.split()[1] for s in fleet()["sidecars"]),
                "the sidecar's report",
            )
            shown = segrego("bundle", "fleet", server.url, *tokens).stdout
            assert "1 sidecars, 0 behind" in shown
            assert said.split()[1][:12] in shown
            wait_until(lambda: log.read_bytes().count(b"decision_id") >= 2, "the decisions")
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert {event["result"]["verdict"] for event in events} == {"allow", "deny"}
    assert grant not in log.read_text(encoding="utf-8")


def test_a_sidecar_that_is_behind_is_told(grant: str, segrego: Segrego, tmp_path: Path) -> None:
    assert grant
    with serving(tmp_path) as server:
        (tmp_path / "one").write_text(TOKENS[1], encoding="ascii")
        assert "0 sidecars" in segrego("bundle", "fleet", server.url, "--token-file", "one").stdout
        report = {
            "labels": {"id": "s\x1b[31m", "sidecar": "desk"},
            "bundles": {"agents": {"active_revision": "old", "message": "why"}},
        }
        assert server.ask("/status", json.dumps(report).encode())[0] == 200
        shown = segrego("bundle", "fleet", server.url, "--token-file", "one", code=1).stdout
        assert "1 behind" in shown
        assert "old (behind)" in shown
        assert "\x1b" not in shown
        assert "401" in segrego("bundle", "fleet", server.url, code=2).stderr
    assert "cannot be asked" in segrego("bundle", "fleet", server.url, code=2).stderr
    assert "in clear" in segrego("bundle", "fleet", "http://bundles.example", code=2).stderr


def test_rubbish_and_bombs_are_refused(grant: str, tmp_path: Path) -> None:
    assert grant
    log = tmp_path / "decisions.jsonl"
    with serving(tmp_path, "--decision-log", log) as server:
        bomb = gzip.compress(b"[" + b" " * 200_000_000 + b"]")
        assert len(bomb) < 1_000_000
        bodies = [b"", b"{}", b"[1]", b'[{"decision_id": 7}]', b"[" * 100_000, b"x" * 9_000_000]
        for body in bodies:
            assert server.ask("/logs", body)[0] == 400
        for body in (bomb, b"rubbish", gzip.compress(b"[]")[:-4], gzip.compress(b"[]") * 2):
            assert server.ask("/logs", body, Content_Encoding="gzip")[0] == 400
        for body in (b"", b"[]", b'{"labels": {}}', b'{"labels": {"id": 7}}', b"x" * 9_000_000, b"[" * 100_000):
            assert server.ask("/status", body)[0] == 400
        assert server.ask("/logs/part", gzip.compress(EVENT), Content_Encoding="gzip")[0] == 200
        assert server.ask("/status/part", b'{"labels": {"id": "a", "sidecar": "desk"}}')[0] == 200
        assert b"segrego_decisions_received_total 1.0" in server.ask("/metrics")[2]
    assert log.read_text(encoding="utf-8") == '{"decision_id":"a","labels":{"sidecar":"desk"}}\n'


def test_a_token_is_good_for_its_scopes_alone(grant: str, tmp_path: Path) -> None:
    assert grant
    listed = {"one": "revocations", "reader": "bundles", "reporter": "status", "logger": "logs", "monitor": "metrics"}
    tokens = {name: (f"{name}-") * 10 for name in listed}
    lines = [f"{name} {scopes} {tokens[name]}" for name, scopes in listed.items()]
    asked = {
        "agents": ("/agents.tar.gz", None),
        "revocations": ("/revocations.tar.gz", None),
        "status": ("/status", b'{"labels": {"id": "a", "sidecar": "reporter"}}'),
        "logs": ("/logs", b'[{"decision_id": "a", "labels": {"sidecar": "logger"}}]'),
        "fleet": ("/fleet", None),
        "metrics": ("/metrics", None),
    }
    good = {
        "one": {"revocations"},
        "reader": {"agents", "revocations"},
        "reporter": {"status"},
        "logger": {"logs"},
        "monitor": {"metrics"},
    }
    with serving(tmp_path, "--decision-log", tmp_path / "log", tokens="\n".join(lines)) as server:
        for name, token in tokens.items():
            codes = {what: server.ask(path, body, token=token)[0] for what, (path, body) in asked.items()}
            assert codes == {what: 200 if what in good[name] else 403 for what in asked}, name
        for host in ("x/revocations.tar.gz?", "x/revocations.tar.gz#", "x/../revocations.tar.gz/.."):
            assert server.ask("/agents.tar.gz", token=tokens["one"], Host=host)[0] in (400, 403, 404)


def test_a_sidecar_reports_in_its_own_name_alone(grant: str, tmp_path: Path) -> None:
    assert grant
    log = tmp_path / "log"
    with serving(tmp_path, "--decision-log", log) as server:
        own = {"id": "a", "sidecar": "agent"}
        for labels in ({"id": "a"}, {"id": "a", "sidecar": "desk"}, {"id": "a", "sidecar": ""}):
            body = json.dumps({"labels": labels}).encode()
            assert server.ask("/status", body, token=TOKENS[0])[0] == 403
            events = [{"decision_id": "a", "labels": own}, {"decision_id": "b", "labels": labels}]
            assert server.ask("/logs", json.dumps(events).encode(), token=TOKENS[0])[0] == 403
        for odd in ([], "agent", None):
            events = [{"decision_id": "a", "labels": odd}]
            assert server.ask("/logs", json.dumps(events).encode(), token=TOKENS[0])[0] == 403
        assert log.read_bytes() == b""
        for name, token in (("agent", TOKENS[0]), ("desk", TOKENS[1])):  # the same id, and yet two sidecars
            body = json.dumps({"labels": {"id": "a", "sidecar": name}}).encode()
            assert server.ask("/status", body, token=token)[0] == 200
        found = json.loads(server.ask("/fleet")[2])["sidecars"]
        assert [sidecar["labels"]["sidecar"] for sidecar in found] == ["agent", "desk"]
        assert b'segrego_requests_refused_total{why="sender"} 9.0' in server.ask("/metrics")[2]


def test_a_certificate_alone_reads_bundles(grant: str, tmp_path: Path) -> None:
    assert grant
    certificates(tmp_path)
    known = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    known.load_cert_chain(tmp_path / "both.pem")
    tls = ["--tls-cert", tmp_path / "server.pem", "--tls-key", tmp_path / "server.key"]
    with serving(tmp_path, *tls, "--client-ca", tmp_path / "ca.pem", context=known, tokens=None) as server:
        assert server.ask("/agents.tar.gz", token=None)[0] == 200
        assert server.ask("/status", b'{"labels": {"id": "a"}}', token=None)[0] == 403
        assert server.ask("/logs", b"[]", token=None)[0] == 403
        assert server.ask("/fleet", token=None)[0] == server.ask("/metrics", token=None)[0] == 403


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a" * 40, "not a name, scopes and a token"),
        (f"x bundles,admin {'a' * 40}", "a scope that there is not"),
        (f"x bundles, {'a' * 40}", "a scope that there is not"),
        (f"../x bundles {'a' * 40}", "not a name"),
        ("x bundles short", "too short"),
        (f"x bundles {'a' * 40}\ny metrics {'a' * 40}", "twice"),
        ("", "there are no tokens"),
    ],
)
def test_a_token_file_that_is_not_understood_opens_nothing(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(text, encoding="ascii")
    with pytest.raises(ConfigError, match=words) as caught:
        read_tokens(tmp_path / "tokens")
    assert "a" * 40 not in str(caught.value)


def test_nobody_waits_for_a_shutdown(grant: str, tmp_path: Path) -> None:
    assert grant
    with serving(tmp_path) as server:
        etag = server.ask("/agents.tar.gz")[1]["etag"]
        found: list[int] = []

        def wait() -> None:
            found.append(server.ask("/agents.tar.gz", If_None_Match=etag, Prefer="wait=50")[0])

        thread = threading.Thread(target=wait)
        thread.start()
        wait_until(lambda: b"segrego_bundle_waiting 1.0" in server.ask("/metrics")[2], "one who waits")
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(60)
        thread.join(60)
        assert time.monotonic() - begun < 40
        assert found == [304]
        assert b"Traceback" not in (tmp_path / "server.log").read_bytes()


def certificates(folder: Path) -> None:
    """A certificate of an authority, and two that it signs: the server's and a client's."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca", "-days", "2")
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1\n", encoding="ascii")
    for name in ("server", "client"):
        openssl("req", *new, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san"]
        openssl("x509", "-req", "-in", f"{name}.csr", *signing, "-out", f"{name}.pem")
    (folder / "both.pem").write_text(
        "".join((folder / f"client.{kind}").read_text(encoding="ascii") for kind in ("pem", "key")), encoding="ascii"
    )


def test_tls_with_and_without_a_clients_certificate(grant: str, segrego: Segrego, tmp_path: Path, opa: Path) -> None:
    certificates(tmp_path)
    own = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    tls = ["--tls-cert", tmp_path / "server.pem", "--tls-key", tmp_path / "server.key"]
    port = free_port()
    with serving(tmp_path, *tls, context=own) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGREGO_BUNDLES_TOKEN", TOKENS[0])
        options = ["--url", server.url, "--key", "key.pub", "-o", "sidecar", "--port", port, "--server-token"]
        segrego("bundle", "sidecar", *options, "--server-ca", "ca.pem")
        with started(tmp_path / "sidecar", opa, port) as sidecar:
            wait_until(sidecar.is_up, "the sidecar")
            assert sidecar.ask("POST", DECISION, {"input": call(grant)})[1]["result"]["verdict"] == "allow"
    known = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    known.load_cert_chain(tmp_path / "both.pem")
    with serving(tmp_path, *tls, "--client-ca", tmp_path / "ca.pem", context=known) as server:
        assert server.ask("/agents.tar.gz")[0] == 200
        (tmp_path / "one").write_text(TOKENS[1], encoding="ascii")
        asking = ["bundle", "fleet", server.url, "--token-file", "one", "--ca", "ca.pem"]
        assert "0 sidecars" in segrego(*asking, "--cert", "both.pem").stdout
        assert "cannot be asked" in segrego(*asking, code=2).stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--host", "0.0.0.0"], "open to the network"),
        (["--host", "0.0.0.0", "--token-file", "tokens"], "open to the network"),
        (["--host", "0.0.0.0", "--tls-cert", "x", "--tls-key", "x"], "open to the network"),
        (["--tls-cert", "x"], "needs its key"),
        (["--client-ca", "x"], "need TLS"),
        (["--tls-cert", "x", "--tls-key", "x"], "no such file"),
        (["--token-file", "short"], "too short"),
        (["--token-file", "none"], "no tokens"),
        (["--token-file", "missing"], "cannot be read"),
        (["--decision-log", "no/folder/x"], "cannot be written"),
    ],
)
def test_what_would_be_open_is_refused(options: list[str], words: str, segrego: Segrego, tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(TOKEN_FILE, encoding="ascii")
    (tmp_path / "short").write_text(TOKEN_FILE + "x bundles short", encoding="ascii")
    (tmp_path / "none").write_text("# none\n", encoding="ascii")
    done = segrego("bundle", "serve", ".", *options, code=2)
    assert words in done.stderr.splitlines()[-1]


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(OutputError, match="cannot listen"):
            run_server(ServeSettings(folder=tmp_path, port=port))
    with pytest.raises(ConfigError, match="not a folder"):
        run_server(ServeSettings(folder=tmp_path / "none"))
    assert len(read_tokens(tmp_path / "tokens")) == 2


def test_what_is_received_is_bounded(tmp_path: Path) -> None:
    fleet = Fleet()
    for number in range(20_010):
        fleet.take(b'{"labels": {"id": "%d"}}' % number)
    assert len(fleet) == 20_000
    with pytest.raises(InputError):
        inflated(gzip.compress(b"x" * 101), 100)
    assert inflated(gzip.compress(b"x" * 100), 100) == b"x" * 100
    log = DecisionLog(tmp_path / "log")
    log.close()
    with pytest.raises(OutputError):
        log.append(b'[{"decision_id": "a"}]', is_gzip=False)
    for cut in (b'{"decision_id": "c', b"x" * 200_000):
        (tmp_path / "log").write_bytes(b'{"decision_id":"a"}\n' + cut)
        log = DecisionLog(tmp_path / "log")
        log.append(b'[{"decision_id": "b"}]', is_gzip=False)
        log.close()
        assert (tmp_path / "log").read_bytes() == b'{"decision_id":"a"}\n{"decision_id":"b"}\n'
    (tmp_path / "cut").write_bytes(b"x" * 200_000)
    log = DecisionLog(tmp_path / "cut")
    log.append(b'[{"decision_id": "b"}]', is_gzip=False)
    log.close()
    assert (tmp_path / "cut").read_bytes() == b'{"decision_id":"b"}\n'
    (tmp_path / "link").symlink_to(tmp_path / "log")
    with pytest.raises(OutputError):
        DecisionLog(tmp_path / "link")
