"""The server's routes. Source of what OPA asks and expects: OPA, "Bundles" (ETag, long polling), "Status", "Decision
Logs" (the service API of each)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from segrego.bundle.contents import NAMES
from segrego.bundle.serve.published import Published, Served
from segrego.bundle.serve.received import DecisionLog, Fleet, ForeignReportError
from segrego.bundle.serve.tokens import ANYBODY, Caller, Token, caller_of
from segrego.errors import InputError, OutputError

__all__ = ["Measures", "Site", "application"]

_LONG_POLLING = "application/vnd.openpolicyagent.bundles"
_MOST_SECONDS = 120
_MOST_BODY = 8 * 1024 * 1024
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])")

_Handler = Callable[[Request], Awaitable[Response]]
_Scoped = Callable[["Site", Request, Caller], Awaitable[Response]]


class Measures:
    """What ``/metrics`` tells."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        answers = "Answers to requests for bundles"
        self.bundles = Counter("segrego_bundle_answers", answers, ["bundle", "status"], registry=self.registry)
        self.waiting = Gauge("segrego_bundle_waiting", "Sidecars that wait for a bundle", registry=self.registry)
        self.sidecars = Gauge("segrego_sidecars", "Sidecars that have reported", registry=self.registry)
        self.decisions = Counter("segrego_decisions_received", "Decisions written down", registry=self.registry)
        self.refused = Counter(
            "segrego_requests_refused", "Requests that were refused", ["why"], registry=self.registry
        )
        lease = "End of the lease, seconds since the epoch"
        self.lease = Gauge("segrego_bundle_lease_end_seconds", lease, ["bundle"], registry=self.registry)


@dataclass(frozen=True, slots=True)
class Site:
    """What the server serves and takes. ``tokens`` null: no token is asked for, and everybody is ``unnamed``."""

    published: Published
    tokens: tuple[Token, ...] | None = None
    unnamed: Caller = ANYBODY
    decisions: DecisionLog | None = None
    fleet: Fleet = field(default_factory=Fleet)
    measures: Measures = field(default_factory=Measures)


def application(site: Site) -> Starlette:
    """The ASGI application."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await site.published.look()
        watching = asyncio.create_task(site.published.watch())
        try:
            yield
        finally:
            site.published.close()
            await watching

    def open_to(scope: str, handler: _Scoped) -> _Handler:
        """Open to those who have the scope."""

        async def guarded(request: Request) -> Response:
            caller = _caller(site, request)
            if caller is None:
                site.measures.refused.labels("token").inc()
                return PlainTextResponse("a token is needed\n", 401, {"WWW-Authenticate": "Bearer"})
            if scope not in caller.scopes:
                site.measures.refused.labels("scope").inc()
                return PlainTextResponse("the token is not for this\n", 403)
            return await handler(site, request, caller)

        return guarded

    async def health(_: Request) -> Response:
        missing = [name for name in NAMES if site.published.get(name) is None]
        return JSONResponse({"missing": missing}, 503 if missing else 200)

    routes = [
        Route("/health", health),
        *(Route(f"/{name}.tar.gz", open_to(name, partial(_bundle, name))) for name in NAMES),
        *(Route(path, open_to("status", _status), methods=["POST"]) for path in ("/status", "/status/{partition}")),
        *(Route(path, open_to("logs", _logs), methods=["POST"]) for path in ("/logs", "/logs/{partition}")),
        Route("/fleet", open_to("fleet", _fleet)),
        Route("/metrics", open_to("metrics", _metrics)),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _caller(site: Site, request: Request) -> Caller | None:
    if site.tokens is None:
        return site.unnamed
    return caller_of(site.tokens, request.headers.get("authorization", ""))


async def _bundle(name: str, site: Site, request: Request, _: Caller) -> Response:
    found = site.published.get(name)
    held = request.headers.get("if-none-match", "")
    wait = _WAIT.search(request.headers.get("prefer", ""))
    if found is not None and wait and found.etag == held:
        with site.measures.waiting.track_inprogress():
            found = await site.published.newer(name, held, min(int(wait[1]), _MOST_SECONDS))
    answer = _answer(found, held, is_long=wait is not None)
    site.measures.bundles.labels(name, answer.status_code).inc()
    return answer


def _answer(found: Served | None, held: str, *, is_long: bool) -> Response:
    if found is None:
        return PlainTextResponse("there is no such bundle\n", 404)
    headers = {
        "ETag": found.etag,
        "Content-Type": _LONG_POLLING if is_long else "application/gzip",
        "Cache-Control": "no-cache",
    }
    return Response(status_code=304, headers=headers) if found.etag == held else Response(found.data, headers=headers)


async def _status(site: Site, request: Request, caller: Caller) -> Response:
    return await _taken(site, request, lambda body: site.fleet.take(body, caller.name))


async def _logs(site: Site, request: Request, caller: Caller) -> Response:
    log = site.decisions
    if log is None:
        return PlainTextResponse("decisions are not taken: --decision-log names no file\n", 404)
    is_gzip = request.headers.get("content-encoding", "").lower() == "gzip"

    def take(body: bytes) -> None:
        site.measures.decisions.inc(log.append(body, is_gzip=is_gzip, sender=caller.name))

    return await _taken(site, request, take)


async def _taken(site: Site, request: Request, take: Callable[[bytes], None]) -> Response:
    """The answer to an upload once it is kept: 200. What is refused for good is 4xx, what may be sent again 503."""
    try:
        await asyncio.to_thread(take, await _body(request))
    except ForeignReportError as error:
        site.measures.refused.labels("sender").inc()
        return PlainTextResponse(f"{error}\n", 403)
    except InputError as error:
        site.measures.refused.labels("content").inc()
        return PlainTextResponse(f"{error}\n", 400)
    except OutputError as error:
        site.measures.refused.labels("disk").inc()
        return PlainTextResponse(f"{error}\n", 503)
    return JSONResponse({})


async def _body(request: Request) -> bytes:
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > _MOST_BODY:
            raise InputError(f"more than {_MOST_BODY} bytes")
    return bytes(found)


async def _fleet(site: Site, *_: object) -> Response:
    served = {name: site.published.get(name) for name in NAMES}
    revisions = {name: bundle.revision if bundle else None for name, bundle in served.items()}
    return JSONResponse({"revisions": revisions, "sidecars": site.fleet.known()})


async def _metrics(site: Site, *_: object) -> Response:
    site.measures.sidecars.set(len(site.fleet))
    for name in NAMES:
        if found := site.published.get(name):
            site.measures.lease.labels(name).set(found.not_after_ns / 1e9)
    return Response(generate_latest(site.measures.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
