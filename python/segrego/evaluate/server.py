"""The policy as a running OPA server holds it, asked through ``opa-python-client``.

The library makes the base URL, the TLS settings, the token's header and the session. Where its defaults are not fit for
handing facts about permissions around, :class:`_Client` says what it does instead, and why.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

import msgspec
import requests
from opa_client.opa import OpaClient
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ReadTimeoutError
from urllib3.util.retry import Retry

from segrego.errors import ConfigError, EngineError, EngineMissingError, EngineTimeoutError
from segrego.evaluate.engine import ENTRY_POINT, EngineOptions, one_line, report_of

__all__ = ["ServerEngine"]

_CONNECT_SECONDS = 10.0
_CHUNK = 1024 * 1024
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_LOAD = (
    "Load the shipped policy into it (opa run --server --bundle DIR, with rego/ of this segrego), or check --opa-url."
)
_DOWN = "Start it, check --opa-url, or use --engine embedded."


class ServerEngine:
    """Asks an OPA server for the report."""

    name = "server"

    def __init__(self, options: EngineOptions) -> None:
        """Raises :class:`~segrego.errors.ConfigError` for a URL, token or certificate that cannot be used."""
        url = _address(options.opa_url)
        token = _token(options)
        if token and url.scheme == "http" and not _LOOPBACK.fullmatch(url.hostname or ""):
            raise ConfigError(
                "a token would travel unencrypted",
                where=options.opa_url,
                hint="Use https, or a server on this machine.",
            )
        self._url = f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}"
        self._timeout = options.timeout_seconds
        self._client = _client(url, options, token)
        self._version: str | None = None

    def version(self) -> str | None:
        """The version of OPA, once it has answered; null before that, and if the server keeps it to itself."""
        return self._version

    def evaluate(self, document: bytes | bytearray) -> dict[str, Any]:
        """As :meth:`segrego.evaluate.engine.Engine.evaluate`."""
        status, body = _within(self._timeout, lambda: self._ask(document), self._url)
        answer = _json(body)
        if status != 200:
            raise self._refusal(status, answer)
        if answer is None:
            hint = "Something else answers there: check --opa-url."
            raise EngineError("the answer is not OPA's", where=self._url, hint=hint)
        provenance = answer.get("provenance")
        told = provenance.get("version") if isinstance(provenance, dict) else None
        self._version = one_line(told, 40) if isinstance(told, str) and told else None
        return report_of([answer["result"]] if "result" in answer else [], where=self._url, hint=_LOAD)

    def _ask(self, document: bytes | bytearray) -> tuple[int, bytes]:
        try:
            return self._client.report(document)
        except requests.exceptions.SSLError as error:
            hint = "Name the server's CA with --ca-cert, and a client certificate if it wants one."
            raise EngineError(f"no trusted connection: {_reason(error)}", where=self._url, hint=hint) from error
        except requests.exceptions.Timeout as error:
            raise _late(self._timeout, self._url) from error
        except requests.exceptions.ConnectionError as error:
            if any(isinstance(cause, ReadTimeoutError) for cause in error.args):  # while the body was being read
                raise _late(self._timeout, self._url) from error
            raise EngineMissingError(f"no answer: {_reason(error)}", where=self._url, hint=_DOWN) from error
        except (requests.exceptions.RequestException, OSError) as error:  # OSError: an unreadable certificate
            raise EngineError(f"the request failed: {_reason(error)}", where=self._url, hint=_DOWN) from error

    def _refusal(self, status: int, answer: dict[str, Any] | None) -> EngineError:
        """OPA's own words, where the answer has them."""
        message = f"the server answered {status}"
        if answer and isinstance(answer.get("message"), str):
            errors = answer.get("errors")
            details = (
                [str(e.get("message", "")) for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []
            )
            message = f"{message}: {one_line('; '.join([answer['message'], *details]))}"
        if status in (401, 403):
            hint = "Give a token (SEGREGO_OPA_TOKEN) or a client certificate that may read data/segrego."
        elif 300 <= status < 400:
            hint = (
                "Redirects are not followed, because the document and the token would go with them: give the final URL."
            )
        elif status in (404, 405):
            hint = "Something else answers there: check --opa-url."
        else:
            hint = "See the server's log, or use --engine embedded."
        return EngineError(message, where=self._url, hint=hint)


class _Client(OpaClient):
    """The library's client with its session held to what this use needs."""

    def __init__(self, *, answer_bytes: int, **settings: Any) -> None:
        self._answer_bytes = answer_bytes
        super().__init__(**settings)  # type: ignore[no-untyped-call]  # the library has few types

    def _init_session(self) -> requests.Session:
        session = super()._init_session()
        # requests would let a .netrc entry replace the token, and send loopback traffic through HTTP_PROXY.
        session.trust_env = False
        # The library's retries never apply to POST. A query changes nothing on the server and may be repeated; but not
        # after a read time-out (the same work again), nor after a 500 (OPA's evaluation errors), nor at the time that
        # a server's Retry-After names.
        retry = Retry(
            total=self.retries,
            read=0,
            other=0,
            redirect=0,
            status_forcelist=(502, 503, 504),
            allowed_methods=None,
            backoff_factor=0.3,
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retry))
        return session

    def report(self, document: bytes | bytearray) -> tuple[int, bytes]:
        """Status and body of the query. In the place of ``query_rule``, which would parse the document to write it
        again, follow redirects, read answers of any size, and lose OPA's message. Raises what ``requests`` does."""
        session = cast("requests.Session", self._session)
        with session.post(
            f"{self.root_url}/data/{ENTRY_POINT}",
            params={"provenance": "true"},
            data=b'{"input":' + document + b"}",
            headers={"Content-Type": "application/json"},
            timeout=self.timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            parts, size = [], 0
            for part in response.iter_content(_CHUNK):
                size += len(part)
                if size > self._answer_bytes:
                    message = f"the answer is larger than {self._answer_bytes // 1024**2} MiB"
                    raise EngineError(message, where=self.root_url, hint="Check --opa-url: no report is that large.")
                parts.append(part)
            return response.status_code, b"".join(parts)


def _client(url: SplitResult, options: EngineOptions, token: str | None) -> _Client:
    files = [options.ca_cert, options.client_cert, options.client_key]
    if url.scheme == "http" and any(files):
        raise ConfigError("certificates need an https URL", where=options.opa_url)
    if options.client_key and not options.client_cert:
        raise ConfigError("a client key needs its certificate", where=str(options.client_key))
    for path in files:
        if path and not path.is_file():
            raise ConfigError("there is no such file", where=str(path), hint="Give a PEM file.")
    certificate = (str(options.client_cert), str(options.client_key)) if options.client_key else options.client_cert
    host = url.hostname or ""
    return _Client(
        answer_bytes=options.answer_mib * 1024 * 1024,
        host=f"[{host}]" if ":" in host else host,
        port=url.port or (443 if url.scheme == "https" else 80),
        version=f"{url.path.strip('/')}/v1".lstrip("/"),
        # The library has no parameter for a CA: the value of ``ssl`` becomes the session's ``verify``.
        ssl=(str(options.ca_cert) if options.ca_cert else True) if url.scheme == "https" else False,
        cert=str(certificate) if isinstance(certificate, Path) else certificate,
        token=token,
        retries=options.retries,
        timeout=(min(_CONNECT_SECONDS, options.timeout_seconds), options.timeout_seconds),
    )


def _address(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        port_is_valid = url.port != 0
    except ValueError:
        port_is_valid = False
    if not port_is_valid or url.scheme not in ("http", "https") or not url.hostname:
        raise ConfigError("not the URL of a server", where=one_line(text), hint="Write http://127.0.0.1:8181, say.")
    if url.username is not None or url.password is not None:
        raise ConfigError("a URL cannot carry credentials", where="opa_url", hint="Use SEGREGO_OPA_TOKEN.")
    if url.query or url.fragment:
        raise ConfigError("a server's URL has no query and no fragment", where=one_line(text))
    return url


def _token(options: EngineOptions) -> str | None:
    """The bearer token, from the options, the file, or the environment. No message ever quotes it."""
    where, token = "SEGREGO_OPA_TOKEN", options.token or os.environ.get("SEGREGO_OPA_TOKEN") or None
    if options.token_file and not options.token:
        where = str(options.token_file)
        try:
            token = options.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError("the token cannot be read", where=where) from error
    if token is not None and not _TOKEN.fullmatch(token):
        raise ConfigError("the token is empty, or is not one line of ASCII without spaces", where=where)
    return token


def _within(seconds: float, ask: Callable[[], tuple[int, bytes]], url: str) -> tuple[int, bytes]:
    """What ``ask`` returns or raises, if it ends in time. A socket's time-out bounds each wait and not the whole: byte
    by byte, a server could keep a client for ever. The thread that is then left behind ends with the process."""
    answers: list[tuple[int, bytes] | EngineError] = []

    def run() -> None:
        try:
            answers.append(ask())
        except EngineError as error:
            answers.append(error)

    thread = threading.Thread(target=run, name="segrego-opa-server", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise _late(seconds, url)
    if not answers:
        raise EngineError("the request failed", where=url, hint=_DOWN)
    if isinstance(answers[0], EngineError):
        raise answers[0]
    return answers[0]


def _late(seconds: float, url: str) -> EngineTimeoutError:
    return EngineTimeoutError(
        f"no whole answer in {seconds:g} s", where=url, hint="Allow more time, or look at the server."
    )


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None


def _reason(error: Exception) -> str:
    """The innermost cause: requests and urllib3 wrap theirs three times over."""
    seen: BaseException = error
    for _ in range(8):
        inner = getattr(seen, "reason", None)
        inner = (
            inner
            if isinstance(inner, BaseException)
            else next((a for a in seen.args if isinstance(a, BaseException)), None)
        )
        if inner is None:
            break
        seen = inner
    text = seen.strerror if isinstance(seen, OSError) and seen.strerror else str(seen)
    return one_line(text.rpartition(">: ")[2] or type(seen).__name__, 200)
