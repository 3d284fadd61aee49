"""The server engine against OPA, and against servers that are broken in every way we could think of."""

from __future__ import annotations

import http.server
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from segrego.errors import ConfigError, EngineError, EngineMissingError, EngineTimeoutError, UndefinedResultError
from segrego.evaluate.engine import EngineOptions
from segrego.evaluate.server import ServerEngine

REPORT = {"verdict": "pass"}
StartOpa = Callable[..., AbstractContextManager[str]]
Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class Misbehaving(http.server.ThreadingHTTPServer):
    """Answers each request with the next of ``answers`` (the last one for ever), and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Misbehaving

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        answers = self.server.answers
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def log_message(self, *_: object) -> None:
        pass


def answer(status: int, body: bytes | object, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def give(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return give


@pytest.fixture
def serve() -> Iterator[Callable[..., Misbehaving]]:
    servers: list[Misbehaving] = []

    def start(*answers: Answer) -> Misbehaving:
        servers.append(Misbehaving(*answers))
        threading.Thread(target=servers[-1].serve_forever, args=(0.05,), daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def engine(url: str, **options: Any) -> ServerEngine:
    return ServerEngine(EngineOptions(opa_url=url, **{"timeout_seconds": 5, "retries": 1, **options}))


def failure(server: Misbehaving, **options: Any) -> EngineError:
    with pytest.raises(EngineError) as caught:
        engine(server.url, **options).evaluate(b"{}")
    assert str(caught.value).isprintable()
    assert server.url in str(caught.value)
    assert caught.value.hint
    return caught.value


# --- a real OPA


def test_gives_the_report(opa_server: str) -> None:
    found = engine(opa_server)
    assert found.version() is None
    name = [1764000000123456789, "ü"]
    report = found.evaluate(json.dumps({"mode": "echo", "name": name}).encode())
    assert report == {"verdict": "pass", "echo": name, "policy": {"revision": "r1"}}
    assert found.version() == "1.22.2"


def test_undefined_is_an_error(opa_server: str) -> None:
    with pytest.raises(UndefinedResultError, match="Load the shipped policy"):
        engine(opa_server).evaluate(b'{"mode": "other"}')


def test_opas_own_words_are_kept(opa_server: str) -> None:
    with pytest.raises(EngineError, match="produced conflicting values"):
        engine(opa_server).evaluate(b'{"mode": "conflict", "first": 1, "second": 2}')


def test_a_slow_policy_is_a_time_out(opa_server: str) -> None:
    start = time.monotonic()
    with pytest.raises(EngineTimeoutError):
        engine(opa_server, timeout_seconds=0.5).evaluate(b'{"mode": "slow"}')
    assert time.monotonic() - start < 60


def test_a_server_without_the_policy_is_an_error(start_opa: StartOpa) -> None:
    with start_opa() as address, pytest.raises(UndefinedResultError):
        engine(f"http://{address}").evaluate(b"{}")


def test_the_token_is_sent_and_its_absence_is_said(start_opa: StartOpa, stand_in: Path, tmp_path: Path) -> None:
    (tmp_path / "authz.rego").write_text(
        'package system.authz\n\ndefault allow := false\n\nallow if input.identity == "s3cret"\n', encoding="utf-8"
    )
    options = ["--authentication=token", "--authorization=basic", "--ignore", "*_test.rego"]
    with start_opa(*options, tmp_path / "authz.rego", stand_in / "rego") as address:
        url = f"http://{address}"
        assert engine(url, token="s3cret").evaluate(b'{"mode": "echo", "name": 1}')["echo"] == 1
        for wrong in (None, "other"):
            with pytest.raises(EngineError, match=r"401.*SEGREGO_OPA_TOKEN"):
                engine(url, token=wrong).evaluate(b"{}")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``ca.pem``, and for the server and a client a certificate of that CA with its key."""
    folder = tmp_path_factory.mktemp("tls")
    commands = ["req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem"]
    for name in ("server", "client"):
        commands.append(f"req -newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr")
        commands.append(
            f"x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out {name}.pem"
        )
    (folder / "ext").write_text("subjectAltName=IP:127.0.0.1\n", encoding="utf-8")
    for command in commands:
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder


def test_tls_with_a_client_certificate(start_opa: StartOpa, stand_in: Path, certificates: Path) -> None:
    options = [
        "--tls-cert-file", certificates / "server.pem", "--tls-private-key-file", certificates / "server.key",
        "--tls-ca-cert-file", certificates / "ca.pem", "--authentication=tls", "--ignore", "*_test.rego",
    ]  # fmt: skip
    known = {"ca_cert": certificates / "ca.pem"}
    own = {"client_cert": certificates / "client.pem", "client_key": certificates / "client.key"}
    with start_opa(*options, stand_in / "rego") as address:
        url = f"https://{address}"
        assert engine(url, **known, **own).evaluate(b'{"mode": "echo", "name": 1}')["echo"] == 1
        with pytest.raises(EngineError, match="--ca-cert"):
            engine(url).evaluate(b"{}")
        with pytest.raises(EngineError):
            engine(url, **known).evaluate(b"{}")
        with pytest.raises(EngineError, match=r"hostname|IP address|verif"):
            engine(url.replace("127.0.0.1", "localhost"), **known, **own).evaluate(b"{}")


# --- no server


def test_a_server_that_is_down_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(EngineMissingError, match=r"refused.*Start it"):
        engine(url).evaluate(b"{}")


def test_a_name_that_does_not_resolve_is_said() -> None:
    with pytest.raises(EngineMissingError):
        engine("http://opa.invalid:8181").evaluate(b"{}")


def test_tls_to_a_plain_server_is_said(serve: Callable[..., Misbehaving]) -> None:
    url = serve(answer(200, {"result": REPORT})).url.replace("http:", "https:")
    with pytest.raises(EngineError, match="https"):
        engine(url).evaluate(b"{}")


# --- servers that answer badly


@pytest.mark.parametrize("body", [{}, {"warning": "x"}, {"decision_id": "1"}])
def test_no_result_is_undefined(serve: Callable[..., Misbehaving], body: object) -> None:
    assert isinstance(failure(serve(answer(200, body))), UndefinedResultError)


@pytest.mark.parametrize(
    "body", [b"", b"<html>hello</html>", b"\xff\xfe\0", b"[]", b"null", b'{"result":', b"[" * 100_000]
)
def test_rubbish_is_an_error(serve: Callable[..., Misbehaving], body: bytes) -> None:
    assert "not OPA's" in failure(serve(answer(200, body))).message


@pytest.mark.parametrize("result", [None, True, [], "x", 5])
def test_a_result_that_is_no_report_is_an_error(serve: Callable[..., Misbehaving], result: object) -> None:
    assert "not a report" in failure(serve(answer(200, {"result": result}))).message


@pytest.mark.parametrize("provenance", [None, 5, {"version": 5}, {"version": ""}, {}])
def test_a_server_may_keep_its_version(serve: Callable[..., Misbehaving], provenance: object) -> None:
    found = engine(serve(answer(200, {"result": REPORT, "provenance": provenance})).url)
    assert found.evaluate(b"{}") == REPORT
    assert found.version() is None


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"code": "unauthorized", "message": "no token"}, "401: no token"),
        (403, b"<h1>Forbidden</h1>", "403"),
        (404, b"not here", "404"),
        (413, {"message": "request too large"}, "413: request too large"),
        (500, {"message": "error(s) occurred", "errors": [{"message": "boom"}, 5]}, r"500: error(s) occurred; boom"),
        (500, {"message": "\x1b[31m" + "long " * 1000}, "500: [31mlong long"),
        (500, {"message": 5}, "500"),
        (200, {"message": "no result here"}, "data.segrego.posture.report"),
    ],
)
def test_a_refusal_keeps_the_servers_words(
    serve: Callable[..., Misbehaving], status: int, body: object, words: str
) -> None:
    message = failure(serve(answer(status, body))).message
    assert words in message
    assert len(message) < 600


def test_500_is_not_repeated_and_503_is(serve: Callable[..., Misbehaving]) -> None:
    server = serve(answer(500, {}), answer(200, {"result": REPORT}))
    failure(server)
    assert len(server.seen) == 1
    server = serve(answer(503, {}, Retry_After="3600"), answer(200, {"result": REPORT}))
    assert engine(server.url).evaluate(b"{}") == REPORT
    assert [body for _, _, body in server.seen] == [b'{"input":{}}'] * 2


def test_retries_end(serve: Callable[..., Misbehaving]) -> None:
    server = serve(answer(503, {"message": "come back"}))
    assert "503: come back" in failure(server, retries=2).message
    assert len(server.seen) == 3


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(serve: Callable[..., Misbehaving], status: int) -> None:
    thief = serve(answer(200, {"result": REPORT}))
    error = failure(serve(answer(status, b"", Location=f"{thief.url}/v1/data/segrego/posture/report")), token="s3cret")
    assert "Redirects" in (error.hint or "")
    assert thief.seen == []


def test_an_answer_without_end_is_an_error(serve: Callable[..., Misbehaving]) -> None:
    def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b" " * 65_536)
        except OSError:
            pass

    assert "larger than 2 MiB" in failure(serve(endless), answer_mib=2).message


def test_a_compression_bomb_is_an_error(serve: Callable[..., Misbehaving]) -> None:
    import gzip

    bomb = gzip.compress(b'{"result": {"a": "' + b" " * 50_000_000 + b'"}}')
    assert len(bomb) < 100_000
    assert "larger than 2 MiB" in failure(serve(answer(200, bomb, Content_Encoding="gzip")), answer_mib=2).message


def test_a_broken_encoding_is_an_error(serve: Callable[..., Misbehaving]) -> None:
    failure(serve(answer(200, b"not gzip", Content_Encoding="gzip")))


def test_an_answer_that_breaks_off_is_an_error(serve: Callable[..., Misbehaving]) -> None:
    failure(serve(answer(200, b'{"result": {}}', Content_Length="1000")))


def test_a_connection_that_is_closed_is_an_error(serve: Callable[..., Misbehaving]) -> None:
    failure(serve(lambda handler: handler.connection.close()))


def test_a_silent_server_is_a_time_out(serve: Callable[..., Misbehaving]) -> None:
    assert isinstance(failure(serve(lambda _: time.sleep(3)), timeout_seconds=0.3), EngineTimeoutError)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
def test_a_server_that_drips_is_a_time_out(serve: Callable[..., Misbehaving], start: bytes) -> None:
    def drip(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(start or b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _ in range(1200):
            time.sleep(0.05)
            handler.wfile.write(b"x")

    began = time.monotonic()
    assert isinstance(failure(serve(drip), timeout_seconds=0.5), EngineTimeoutError)
    assert time.monotonic() - began < 30


# --- what goes out, and where


def test_the_environment_changes_nothing(
    serve: Callable[..., Misbehaving], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, server = serve(answer(200, {"result": {"from": "proxy"}})), serve(answer(200, {"result": REPORT}))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password mine\n", encoding="utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert engine(server.url, token="s3cret").evaluate(b"{}") == REPORT
    assert proxy.seen == []
    assert server.seen[0][1]["Authorization"] == "Bearer s3cret"


def test_the_document_goes_out_as_it_is(serve: Callable[..., Misbehaving]) -> None:
    server = serve(answer(200, {"result": REPORT}))
    engine(f"{server.url}/behind/a/gateway/").evaluate('{"name":"ü","n":1764000000123456789}'.encode())
    path, headers, body = server.seen[0]
    assert path == "/behind/a/gateway/v1/data/segrego/posture/report?provenance=true"
    assert headers["Content-Type"] == "application/json"
    assert "Authorization" not in headers
    assert body.decode() == '{"input":{"name":"ü","n":1764000000123456789}}'


@pytest.mark.parametrize(
    "url",
    [
        "", "opa", "opa:8181", "ftp://opa", "http://", "http://:8181", "http://opa:0", "http://opa:99999",
        "http://opa:x", "http://[::1", "http://user:secret@opa", "http://opa/?a=b", "http://opa/#x", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        engine(url)
    assert "secret" not in str(caught.value)


def test_a_token_never_travels_unencrypted() -> None:
    with pytest.raises(ConfigError, match="unencrypted"):
        engine("http://opa.example.com:8181", token="s3cret")
    with pytest.raises(ConfigError, match="unencrypted"):
        engine("http://127.0.0.1.example.com", token="s3cret")
    for fine in ("https://opa.example.com", "http://localhost:8181", "http://127.1.2.3", "http://[::1]:8181"):
        engine(fine, token="s3cret")


def test_the_token_is_never_shown(
    serve: Callable[..., Misbehaving], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "s3cret" not in repr(EngineOptions(token="s3cret"))
    monkeypatch.setenv("SEGREGO_OPA_TOKEN", "s3cret\nsecond line")
    with pytest.raises(ConfigError) as caught:
        engine("http://127.0.0.1:1")
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv("SEGREGO_OPA_TOKEN", "from-variable")
    (tmp_path / "token").write_text("from-file\n", encoding="utf-8")
    server = serve(answer(200, {"result": REPORT}))
    engine(server.url).evaluate(b"{}")
    engine(server.url, token_file=tmp_path / "token").evaluate(b"{}")
    engine(server.url, token_file=tmp_path / "token", token="given").evaluate(b"{}")
    sent = [headers["Authorization"] for _, headers, _ in server.seen]
    assert sent == ["Bearer from-variable", "Bearer from-file", "Bearer given"]


def test_token_and_certificate_files_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    for options in (
        {"token_file": tmp_path / "none"},
        {"token_file": tmp_path / "empty"},
        {"ca_cert": tmp_path / "none"},
        {"client_key": tmp_path / "empty"},
    ):
        with pytest.raises(ConfigError):
            engine("https://127.0.0.1", **options)
    with pytest.raises(ConfigError, match="https"):
        engine("http://127.0.0.1", ca_cert=tmp_path / "empty")


def test_a_certificate_file_without_one_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_bytes(b"")
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(EngineError):
        engine(f"https://127.0.0.1:{listener.getsockname()[1]}", ca_cert=tmp_path / "empty.pem").evaluate(b"{}")
