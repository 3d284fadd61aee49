"""``segrego bundle serve`` on a folder, with two tokens."""

from __future__ import annotations

import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bundle_opa import wait_until
from bundle_world import free_port

TOKENS = ["a" * 40, "b" * 40]
TOKEN_FILE = f"""# a sidecar, and whoever looks after all of them

agent  bundles,status,logs  {TOKENS[0]}
desk   bundles,status,logs,fleet,metrics  {TOKENS[1]}
"""


@dataclass
class Server:
    url: str
    process: subprocess.Popen[bytes]
    folder: Path
    context: ssl.SSLContext | None = None

    def ask(
        self, path: str, body: bytes | None = None, *, token: str | None = TOKENS[1], **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self.url + path, data=body, headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=60, context=self.context) as answer:
                return answer.status, dict(answer.headers.items()), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers.items()), error.read()

    def is_up(self) -> bool:
        try:
            return self.ask("/health")[0] in (200, 503)
        except OSError:
            return False


@contextmanager
def serving(
    folder: Path,
    *options: object,
    context: ssl.SSLContext | None = None,
    tokens: str | None = TOKEN_FILE,
    port: int = 0,
) -> Iterator[Server]:
    """The server on a folder; ``tokens`` null: without any."""
    port = port or free_port()
    command = [sys.executable, "-m", "segrego", "bundle", "serve", str(folder), "--port", str(port)]
    if tokens is not None:
        (folder / "tokens").write_text(tokens, encoding="ascii")
        command += ["--token-file", str(folder / "tokens")]
    command += map(str, options)
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    found = Server(f"{'https' if context else 'http'}://127.0.0.1:{port}", process, folder, context)
    try:
        wait_until(lambda: found.is_up() or process.poll() is not None, "the server")
        assert process.poll() is None, (folder / "server.log").read_text(encoding="utf-8")
        yield found
    finally:
        process.kill()
        process.wait()
