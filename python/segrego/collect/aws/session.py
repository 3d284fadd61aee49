"""Sessions, and accounts and regions as the collector asks them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from segrego.collect.aws.caller import MAKING_CLIENTS, Answer, Caller, Hides, Store, client_config
from segrego.collect.aws.failures import Failure, failure_of
from segrego.collect.aws.options import AwsOptions, role_arn
from segrego.errors import CollectError
from segrego.inventory import Gap, Location, Source

__all__ = ["Account", "Region", "account_of", "assume", "connect", "open_session"]

_LOGIN = "Log in (`aws sso login`, `aws configure`), name a profile with --profile, and check region and network."
_PROFILES = "`aws configure list-profiles` lists them."


@dataclass(frozen=True)
class Account:
    """One account as one principal sees it. ``home`` is the region that what belongs to no region is asked in."""

    id: str
    partition: str
    home: str
    regions: tuple[str, ...]
    caller: Caller

    @property
    def source(self) -> str:
        """The id of the source that stands for what belongs to no region: IAM."""
        return f"aws:{self.id}:global"

    @property
    def location(self) -> Location:
        """Where what belongs to no region was read."""
        return Location(source=self.source)

    def sources(self) -> tuple[Source, ...]:
        """A source for each region, and one for IAM."""
        regional = (
            Source(id=f"aws:{self.id}:{name}", kind="aws", account=self.id, region=name) for name in self.regions
        )
        return (*regional, Source(id=self.source, kind="aws", account=self.id))

    def region(self, name: str) -> Region:
        """One region of the account, by its name."""
        return Region(self, name)

    def request(self, operation: str, hides: Hides, service: str = "iam", **params: Any) -> Answer:
        """:meth:`Caller.request` for what is one for all regions: IAM, if nothing else is named."""
        return self.caller.request(service, operation, self.home, self.location, hides, params)

    def gap(self, code: Any, hides: Hides, message: str) -> None:
        """Record a gap on something that belongs to no region."""
        self.caller.add_gap(
            Gap(code=code, subject=hides.subject, facts=hides.facts, message=message, location=self.location)
        )


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

    def request(self, service: str, operation: str, hides: Hides, **params: Any) -> Answer:
        """:meth:`Caller.request` in this region."""
        return self.account.caller.request(service, operation, self.name, self.location, hides, params)

    def call(self, service: str, operation: str, hides: Hides, **params: Any) -> dict[str, Any] | None:
        """The answer of an operation in this region; null, and a gap, if it failed."""
        return self.request(service, operation, hides, **params).value

    def items(self, service: str, operation: str, hides: Hides, **params: Any) -> tuple[Any, ...]:
        """All items of a listing in this region. If it failed there is a gap, beside what came before the failure."""
        return self.request(service, operation, hides, **params).items

    def find(self, service: str, operation: str, hides: Hides, **params: Any) -> Answer:
        """Something that need not be there: an answer without a value, and no failure, if AWS says it is not."""
        caller = self.account.caller
        answer = caller.attempt(service, operation, self.name, params)
        if answer.failure is None:
            return answer
        if answer.failure.is_gone:
            return Answer(None, (), None)
        caller.failed(service, operation, self.name, self.location, hides, answer.failure)
        return answer

    def gap(self, code: Any, hides: Hides, message: str) -> None:
        """Record a gap on something of this region."""
        self.account.caller.add_gap(
            Gap(code=code, subject=hides.subject, facts=hides.facts, message=message, location=self.location)
        )


def open_session(options: AwsOptions, base: Any = None) -> Any:
    """A boto3 session for the options: boto3's usual chain of credentials, or a profile.

    With a ``base`` session the new one shares its copy of the service models: they are large, and accounts many.
    """
    from boto3.session import Session
    from botocore.session import Session as BotocoreSession

    inner = BotocoreSession(profile=options.profile)  # type: ignore[no-untyped-call]
    if base is not None:
        loader = base._session.get_component("data_loader")
        inner.register_component("data_loader", loader)  # type: ignore[no-untyped-call]
    return Session(botocore_session=inner)  # type: ignore[no-untyped-call]


def connect(options: AwsOptions) -> tuple[Any, Account]:
    """A session, and the account that its credentials are of.

    Raises :class:`~segrego.errors.CollectError` for a profile that is not there, missing or expired credentials, and
    where no region is known.
    """
    from botocore.exceptions import BotoCoreError, ProfileNotFound

    where = f"profile {options.profile}" if options.profile else "AWS credentials"
    try:
        session = open_session(options)
        configured = session.region_name
    except ProfileNotFound as error:
        raise CollectError("there is no such AWS profile", where=where, hint=_PROFILES) from error
    except BotoCoreError as error:
        raise CollectError(f"the AWS configuration cannot be read: {error}", where=where, hint="Correct it.") from error
    regions = tuple(dict.fromkeys(options.regions)) or tuple(filter(None, (configured,)))
    if not regions and not options.all_regions:
        raise CollectError("no AWS region is given or configured", hint="Give --region, once for each region to read.")
    home = regions[0] if regions else "us-east-1"
    identity = _identity(Caller(session, options), home)
    if isinstance(identity, Failure):
        raise CollectError(f"AWS does not say who is calling ({identity.reason})", where=where, hint=_LOGIN)
    account, partition = identity
    return session, Account(account, partition, home, regions, Caller(session, options, account=account))


def account_of(session: Any, base: Account, options: AwsOptions, store: Store | None, account: str) -> Account:
    """An account of a sweep, asked with a session that is signed in to it."""
    return replace(base, id=account, caller=Caller(session, options, store, account))


def assume(session: Any, base: Account, options: AwsOptions, account: str) -> Any | Failure:
    """A session of the role that reads another account, or why there is none.

    That the role is in the account that was asked for is looked at, because a template could say otherwise.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    arn = role_arn(options, base.partition, account)
    if arn is None:
        return Failure("not_collected", "NoRole", "name the role that reads it with --role-name")
    credentials = _role_credentials(session._session, base.home, options, arn)
    try:
        credentials.get_frozen_credentials()
    except (BotoCoreError, ClientError) as error:
        return failure_of(error, f"sts:AssumeRole on {arn}")
    assumed = open_session(options, session)
    assumed._session._credentials = credentials
    identity = _identity(Caller(assumed, options), base.home)
    if isinstance(identity, Failure):
        return identity
    if identity[0] != account:
        return Failure("call_failed", "AnotherAccount", f"{arn} is in account {identity[0]}: correct the role")
    return assumed


def _role_credentials(inner: Any, home: str, options: AwsOptions, arn: str) -> Any:
    """Credentials of a role that renew themselves, so that a long sweep does not outlive them."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    extra = {"RoleSessionName": options.session_name}
    if options.external_id is not None:
        extra["ExternalId"] = options.external_id
    where = {"region_name": home, "endpoint_url": options.endpoint_url, "config": client_config(inner, options)}

    def create_client(service: str, **keys: Any) -> Any:
        with MAKING_CLIENTS:
            return inner.create_client(service, **where, **keys)

    fetcher = AssumeRoleCredentialFetcher(  # type: ignore[no-untyped-call]
        client_creator=create_client,
        source_credentials=inner.get_credentials(),
        role_arn=arn,
        extra_args=extra,
    )
    return DeferredRefreshableCredentials(  # type: ignore[no-untyped-call]
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )


def _identity(caller: Caller, region: str) -> tuple[str, str] | Failure:
    """The account and the partition of who is calling, or why AWS does not say."""
    answer = caller.attempt("sts", "GetCallerIdentity", region, {})
    if answer.value is None:
        return answer.failure or Failure("call_failed", "NoAnswer", "collect again")
    return str(answer.value["Account"]), str(answer.value["Arn"]).split(":")[1]
