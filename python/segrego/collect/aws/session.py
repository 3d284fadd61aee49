"""Clients, and the one way to call them: bounded, retried, never twice, and with a gap for what did not come back."""

from __future__ import annotations

import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from segrego.collect.aws.failures import Failure, failure_of
from segrego.collect.aws.permissions import action_of
from segrego.errors import CollectError
from segrego.inventory import Fact, Gap, Location, Source

__all__ = ["Account", "Answer", "AwsOptions", "Caller", "Hides", "Region", "connect", "open_session"]

_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d{1,2}")
_URL = re.compile(r"https?://[^/\s?#@]+(/[^\s?#]*)?")
_LOGIN = "Log in (`aws sso login`, `aws configure`), name a profile with --profile, and check region and network."
_PROFILES = "`aws configure list-profiles` lists them."


@dataclass(frozen=True, slots=True)
class AwsOptions:
    """How AWS is read. Empty ``regions`` means the session's own region; ``endpoint_url`` replaces every endpoint.

    ``max_workers`` bounds the calls under way at a time, and ``max_attempts`` how often one call is sent in all.
    """

    profile: str | None = None
    regions: tuple[str, ...] = ()
    endpoint_url: str | None = None
    max_workers: int = 8
    max_attempts: int = 8
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Hides:
    """What nobody knows if a call fails: which facts, of which workload, role, policy or source."""

    subject: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave: ``items`` of a listing, else ``value``. A listing that broke off has items and a failure."""

    value: dict[str, Any] | None
    items: tuple[Any, ...]
    failure: Failure | None


class Caller:
    """Calls operations of one account. Safe to share between threads; asks nothing twice."""

    def __init__(self, session: Any, options: AwsOptions) -> None:
        self._session = session
        self._options = options
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._answers: dict[object, Future[Answer]] = {}
        self._gaps: set[Gap] = set()

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be read so far, in a fixed order."""
        return tuple(sorted(self._gaps, key=lambda gap: (gap.code, gap.subject, gap.message)))

    def add_gap(self, gap: Gap) -> None:
        """Record a gap that no failed call explains."""
        with self._lock:
            self._gaps.add(gap)

    def request(
        self, service: str, operation: str, region: str, place: Location, hides: Hides, params: dict[str, str]
    ) -> Answer:
        """An answer, and a gap on what it hides if the call failed. A listing is read over all its pages."""
        answer = self.attempt(service, operation, region, params)
        if answer.failure is not None:
            failure = answer.failure
            message = f"{service} {operation} in {region} failed ({failure.reason}): {failure.fix}"
            self.add_gap(
                Gap(code=failure.code, subject=hides.subject, facts=hides.facts, message=message, location=place)
            )
        return answer

    def attempt(self, service: str, operation: str, region: str, params: dict[str, str]) -> Answer:
        """One call, or the answer that it had before. Records no gap.

        Raises :class:`LookupError` for an operation that the table of permissions does not have.
        """
        action_of(service, operation)
        key = (service, operation, region, tuple(sorted(params.items())))
        with self._lock:
            mine = key not in self._answers
            future = self._answers.setdefault(key, Future())
        if mine:
            try:
                future.set_result(self._perform(service, operation, region, params))
            except BaseException as error:
                future.set_exception(error)  # or whoever waits for the same answer would wait for ever
                raise
        return future.result()

    def _perform(self, service: str, operation: str, region: str, params: dict[str, str]) -> Answer:
        from botocore import xform_name
        from botocore.exceptions import BotoCoreError, ClientError

        method = xform_name(operation)  # type: ignore[no-untyped-call]
        items: list[Any] = []
        value: dict[str, Any] | None = None
        failure = None
        try:
            client = self._client(service, region)
            if client.can_paginate(method):
                pages = client.get_paginator(method).paginate(**params)
                key = pages.result_keys[0].expression
                for page in pages:
                    items.extend(page.get(key) or ())
            else:
                value = getattr(client, method)(**params)
        except (BotoCoreError, ClientError) as error:
            public = self._options.endpoint_url is None
            failure = failure_of(error, action_of(service, operation), public_endpoint=public)
        return Answer(value, tuple(items), failure)

    def _client(self, service: str, region: str) -> Any:
        with self._lock:  # making clients is not safe between threads; using them is
            if (service, region) not in self._clients:
                self._clients[service, region] = _client(self._session, service, region, self._options)
            return self._clients[service, region]


@dataclass(frozen=True)
class Account:
    """One account as one principal sees it. Several accounts are several of these, each with a caller of its own."""

    id: str
    partition: str
    regions: tuple[str, ...]
    caller: Caller

    @property
    def source(self) -> str:
        """The id of the source that stands for what belongs to no region: IAM."""
        return f"aws:{self.id}:global"

    def sources(self) -> tuple[Source, ...]:
        """A source for each region, and one for IAM."""
        regional = (
            Source(id=f"aws:{self.id}:{name}", kind="aws", account=self.id, region=name) for name in self.regions
        )
        return (*regional, Source(id=self.source, kind="aws", account=self.id))

    def region(self, name: str) -> Region:
        """One region of the account, by its name."""
        return Region(self, name)

    def request(self, operation: str, hides: Hides, **params: str) -> Answer:
        """:meth:`Caller.request` for IAM, which is one for all regions."""
        return self.caller.request("iam", operation, self.regions[0], Location(source=self.source), hides, params)

    def gap(self, code: Any, hides: Hides, message: str) -> None:
        """Record a gap on something that belongs to no region."""
        place = Location(source=self.source)
        self.caller.add_gap(Gap(code=code, subject=hides.subject, facts=hides.facts, message=message, location=place))


@dataclass(frozen=True)
class Region:
    """One region of one account."""

    account: Account
    name: str

    @property
    def source(self) -> str:
        """The id of the source: ``aws:<account>:<region>``."""
        return f"aws:{self.account.id}:{self.name}"

    @property
    def location(self) -> Location:
        """Where everything of the region was read."""
        return Location(source=self.source)

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and region."""
        return f"arn:{self.account.partition}:{service}:{self.name}:{self.account.id}:{resource}"

    def call(self, service: str, operation: str, hides: Hides, **params: str) -> dict[str, Any] | None:
        """The answer of an operation in this region; null, and a gap, if it failed."""
        return self.account.caller.request(service, operation, self.name, self.location, hides, params).value

    def items(self, service: str, operation: str, hides: Hides, **params: str) -> tuple[Any, ...]:
        """All items of a listing in this region. If it failed there is a gap, beside what came before the failure."""
        return self.account.caller.request(service, operation, self.name, self.location, hides, params).items

    def gap(self, code: Any, hides: Hides, message: str) -> None:
        """Record a gap on something of this region."""
        self.account.caller.add_gap(
            Gap(code=code, subject=hides.subject, facts=hides.facts, message=message, location=self.location)
        )


def connect(options: AwsOptions) -> Account:
    """The account that the credentials are of.

    Raises :class:`~segrego.errors.CollectError` for a profile that is not there, missing or expired credentials, an
    endpoint that is no URL, and where no region is known.
    """
    from botocore.exceptions import BotoCoreError, ProfileNotFound

    where = f"profile {options.profile}" if options.profile else "AWS credentials"
    try:
        session = open_session(options)
    except ProfileNotFound as error:
        raise CollectError("there is no such AWS profile", where=where, hint=_PROFILES) from error
    except BotoCoreError as error:
        raise CollectError(f"the AWS configuration cannot be read: {error}", where=where, hint="Correct it.") from error
    regions = _regions(options, session.region_name)
    if options.endpoint_url is not None and not _URL.fullmatch(options.endpoint_url):
        raise CollectError(
            f"{options.endpoint_url!r} is not a URL", hint="Give --endpoint-url as http(s)://host[:port]."
        )
    caller = Caller(session, options)
    answer = caller.attempt("sts", "GetCallerIdentity", regions[0], {})
    if answer.value is None:
        reason = answer.failure.reason if answer.failure else "no answer"
        raise CollectError(f"AWS does not say who is calling ({reason})", where=where, hint=_LOGIN)
    partition = str(answer.value["Arn"]).split(":")[1]
    return Account(str(answer.value["Account"]), partition, regions, caller)


def _regions(options: AwsOptions, configured: str | None) -> tuple[str, ...]:
    regions = tuple(dict.fromkeys(options.regions)) or tuple(filter(None, (configured,)))
    if not regions:
        raise CollectError("no AWS region is given or configured", hint="Give --region, once for each region to read.")
    for region in regions:
        if not _REGION.fullmatch(region):
            raise CollectError(f"{region!r} is not an AWS region", hint="Give --region with a name such as eu-west-1.")
    return regions


def open_session(options: AwsOptions) -> Any:
    """A boto3 session for the options: boto3's usual chain of credentials, or a profile."""
    from boto3.session import Session

    return Session(profile_name=options.profile)  # type: ignore[no-untyped-call]


def _client(session: Any, service: str, region: str, options: AwsOptions) -> Any:
    from botocore.config import Config

    config = Config(  # type: ignore[no-untyped-call]
        retries={"mode": "adaptive", "total_max_attempts": options.max_attempts},
        connect_timeout=options.connect_timeout_seconds,
        read_timeout=options.read_timeout_seconds,
        max_pool_connections=max(10, options.max_workers),
        user_agent_extra="segrego",
    )
    return session.client(service, region_name=region, endpoint_url=options.endpoint_url, config=config)
