"""The one way to call AWS: bounded, retried, never twice, and with a gap for what did not come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import msgspec

from segrego.collect.aws.answers import reduced
from segrego.collect.aws.calls import kept
from segrego.collect.aws.failures import ABSENT, Failure, failure_of, is_absent
from segrego.collect.aws.options import AwsOptions
from segrego.collect.aws.permissions import action_of
from segrego.inventory import Fact, Gap, Location

__all__ = ["MAKING_CLIENTS", "Answer", "Caller", "Hides", "Store", "client_config"]

MAKING_CLIENTS = threading.RLock()
"""Held while a client is made: that is not safe between threads that share a session, or its copy of the models; using
clients is."""
_ATTEMPTS = 8
GLOBAL_SERVICES = frozenset({"account", "iam", "organizations"})


@dataclass(frozen=True, slots=True)
class Hides:
    """What nobody knows if a call fails: which facts, of which workload, role, policy, account or source."""

    subject: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave: ``items`` of a listing, else ``value``. A listing that broke off has items and a failure."""

    value: dict[str, Any] | None
    items: tuple[Any, ...]
    failure: Failure | None


class Store(Protocol):
    """Keeps answers between runs."""

    def get(self, key: bytes) -> bytes | None:
        """What is kept under a key."""

    def put(self, key: bytes, value: bytes) -> None:
        """Keep a value."""


class Caller:
    """Calls operations of one account. Safe to share between threads; asks nothing twice.

    What ``store`` holds of an earlier run is not asked again; what was answered is put there, failures are not.
    """

    def __init__(self, session: Any, options: AwsOptions, store: Store | None = None, account: str = "") -> None:
        self._session = session
        self._config = client_config(session._session, options)
        self._options = options
        self._store = store
        self._account = account
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._answers: dict[bytes, Future[Answer]] = {}
        self._gaps: set[Gap] = set()
        self._absent: dict[tuple[str, str], list[Gap]] = {}
        self._reached: set[str] = set()

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be read so far, in a fixed order."""
        found = {*self._gaps, *(self._absence(*place) for place in self._absent)}
        return tuple(sorted(found, key=lambda gap: (gap.code, gap.subject, gap.message)))

    def add_gap(self, gap: Gap) -> None:
        """Record a gap that no failed call explains."""
        with self._lock:
            self._gaps.add(gap)

    def rest(self) -> None:
        """Let go of clients and answers: both weigh much, and another account's turn comes."""
        with self._lock:
            self._clients.clear()
            self._answers.clear()

    def request(
        self, service: str, operation: str, region: str, place: Location, hides: Hides, params: Mapping[str, Any]
    ) -> Answer:
        """An answer, and a gap on what it hides if the call failed. A listing is read over all its pages."""
        answer = self.attempt(service, operation, region, params)
        if answer.failure is not None:
            self.failed(service, operation, region, place, hides, answer.failure)
        return answer

    def failed(
        self, service: str, operation: str, region: str, place: Location, hides: Hides, failure: Failure
    ) -> None:
        """Record the gap that a failed call leaves."""
        message = f"{service} {operation} in {region} failed ({failure.reason}): {failure.fix}"
        gap = Gap(code=failure.code, subject=hides.subject, facts=hides.facts, message=message, location=place)
        if failure.reason == ABSENT:
            with self._lock:
                self._absent.setdefault((service, region), []).append(gap)
        else:
            self.add_gap(gap)

    def attempt(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> Answer:
        """One call, or the answer that it had before. Records no gap.

        Raises :class:`LookupError` for an operation that the table of calls does not have.
        """
        return self._once(service, operation, region, params, self._send)

    def poll(
        self, service: str, operation: str, region: str, params: Mapping[str, Any], is_ready: Callable[[Any], bool]
    ) -> Answer:
        """The answer of an operation once ``is_ready`` takes it, asked again until the options' time is up."""
        return self._once(service, operation, region, params, partial(self._send_until, is_ready))

    def _once(
        self, service: str, operation: str, region: str, params: Mapping[str, Any], send: Callable[..., Answer]
    ) -> Answer:
        kept(service, operation)
        key = msgspec.json.encode((self._account, service, operation, region, sorted(params.items())))
        with self._lock:
            mine = key not in self._answers
            future = self._answers.setdefault(key, Future())
        if mine:
            try:
                future.set_result(self._recalled(key) or self._kept(key, send(service, operation, region, params)))
            except BaseException as error:
                future.set_exception(error)  # or whoever waits for the same answer would wait for ever
                raise
        answer = future.result()
        if answer.failure is None and service not in GLOBAL_SERVICES:
            self._reached.add(region)
        return answer

    def _recalled(self, key: bytes) -> Answer | None:
        found = self._store.get(key) if self._store is not None else None
        if found is None:
            return None
        value, items = msgspec.json.decode(found)
        return Answer(value, tuple(items), None)

    def _kept(self, key: bytes, answer: Answer) -> Answer:
        if self._store is not None and answer.failure is None:
            self._store.put(key, msgspec.json.encode((answer.value, answer.items)))
        return answer

    def _send(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> Answer:
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError

        method = xform_name(operation)  # type: ignore[no-untyped-call]
        paths = kept(service, operation)
        items: list[Any] = []
        value: dict[str, Any] | None = None
        failure = None
        try:
            client = self._client(service, region)
            if client is None:
                failure = Failure("not_offered", ABSENT, "leave the region out if it does not offer this")
            elif client.can_paginate(method):
                pages = client.get_paginator(method).paginate(**params)
                key = pages.result_keys[0].expression
                for page in pages:
                    items.extend(reduced(item, paths) for item in page.get(key) or ())
            else:
                value = reduced(getattr(client, method)(**params), paths)
        except (BotoCoreError, ClientError) as error:
            failure = failure_of(error, action_of(service, operation))
        return Answer(value, tuple(items), failure)

    def _send_until(
        self, is_ready: Callable[[Any], bool], service: str, operation: str, region: str, params: Mapping[str, Any]
    ) -> Answer:
        wait = self._options.poll_seconds
        deadline = time.monotonic() + self._options.poll_timeout_seconds
        while True:
            answer = self._send(service, operation, region, params)
            if answer.failure is not None or is_ready(answer.value):
                return answer
            if time.monotonic() + wait > deadline:
                fix = "AWS was not ready with its report in time: collect again"
                return Answer(None, (), Failure("call_failed", "NotReady", fix))
            time.sleep(wait)
            wait = min(wait * 1.5, 10 * self._options.poll_seconds)

    def _client(self, service: str, region: str) -> Any:
        """A client, or null where AWS has no such endpoint in the region."""
        with self._lock:
            if (service, region) not in self._clients:
                endpoint = self._options.endpoint_url
                with MAKING_CLIENTS:
                    client = self._session.client(
                        service, region_name=region, endpoint_url=endpoint, config=self._config
                    )
                is_public = endpoint is None
                self._clients[service, region] = None if is_public and is_absent(client.meta.endpoint_url) else client
            return self._clients[service, region]

    def _absence(self, service: str, region: str) -> Gap:
        """One gap for a service that a region lacks.

        Where the regions were chosen by what AWS offers and another service of the region answered, nothing is hidden.
        """
        gaps = self._absent[service, region]
        known = self._options.all_regions and region in self._reached
        facts = () if known else tuple(sorted({fact for gap in gaps for fact in gap.facts}))
        message = f"{service} has no endpoint in {region}: leave the region out if it does not offer this"
        subject = f"aws:{self._account}:{region}"
        return Gap(code="not_offered", subject=subject, facts=facts, message=message, location=gaps[0].location)


def client_config(session: Any, options: AwsOptions) -> Any:
    """How every client of a run behaves: bounded in time, patient with throttling, named to AWS.

    ``AWS_RETRY_MODE`` and ``AWS_MAX_ATTEMPTS``, and their like in a profile, count as they do in the AWS CLI.
    """
    from botocore.config import Config

    mode = session.get_config_variable("retry_mode")
    attempts = options.max_attempts or session.get_config_variable("max_attempts") or _ATTEMPTS
    return Config(  # type: ignore[no-untyped-call]
        retries={"mode": mode if mode == "standard" else "adaptive", "total_max_attempts": int(attempts)},
        connect_timeout=options.connect_timeout_seconds,
        read_timeout=options.read_timeout_seconds,
        max_pool_connections=max(10, options.max_workers),
        user_agent_extra="segrego",
    )
