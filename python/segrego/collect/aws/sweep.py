"""Which accounts and regions a run reads, and with whose credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, TypeVar

from segrego.collect.aws.caller import Caller, Hides, Store
from segrego.collect.aws.failures import Failure
from segrego.collect.aws.options import AwsOptions, checked, role_arn
from segrego.collect.aws.organization import EVERYTHING, read_organization
from segrego.collect.aws.session import Account, account_of, assume, connect
from segrego.collect.aws.work import Progress, Tally, run
from segrego.inventory import Account as Described
from segrego.inventory import Gap, Location, Policy, Source

__all__ = ["Bind", "Sweep", "open_sweep"]

T = TypeVar("T")
Bind = Callable[[AwsOptions, str], Store]
"""Gives the store of a run with these options by this account."""


@dataclass(frozen=True)
class Sweep:
    """The accounts of a run: ``accounts`` can be read, ``described`` are all of them. ``policies`` are service control
    policies, and ``base`` is the account of the credentials, whether it is read or not."""

    options: AwsOptions
    base: Account
    accounts: tuple[Account, ...]
    described: tuple[Described, ...]
    policies: tuple[Policy, ...]
    tally: Tally

    def account(self, account: str) -> Account | None:
        """The account with this id, if this run can read it."""
        return self._by_id.get(account)

    @cached_property
    def _by_id(self) -> dict[str, Account]:
        return {account.id: account for account in self.accounts}

    def each(self, what: str, work: Callable[[Account], T]) -> list[T]:
        """What ``work`` gives for every account, in their order. Some run at a time, and then let go of clients."""
        self.tally.begin(what)

        def rested(account: Account) -> T:
            try:
                return work(account)
            finally:
                account.caller.rest()

        tasks = [partial(rested, account) for account in self.accounts]
        return run(tasks, self.options.max_accounts, self.tally, counted=False)

    def run(self, tasks: Iterable[Callable[[], T]]) -> list[T]:
        """The results of one account's tasks, in their order."""
        return run(list(tasks), self.options.max_workers, self.tally)

    def gaps(self) -> Iterable[Gap]:
        """What could not be read, anywhere."""
        yield from self.base.caller.gaps
        for account in self.accounts:
            yield from account.caller.gaps

    def sources(self) -> Iterable[Source]:
        """What was read."""
        for account in self.accounts:
            yield from account.sources()


def open_sweep(options: AwsOptions, bind: Bind | None, progress: Progress | None) -> Sweep:
    """Find the accounts, sign in to each, and find its regions.

    Raises :class:`~segrego.errors.CollectError` if nothing can be read at all. An account that cannot be read is a gap.
    """
    session, base = connect(checked(options))
    store = None if bind is None else bind(options, base.id)
    base = replace(base, caller=Caller(session, options, store, base.id))
    described: tuple[Described, ...] = tuple(
        Described(id=name) for name in dict.fromkeys(options.accounts or (base.id,))
    )
    policies: tuple[Policy, ...] = ()
    if options.organization:
        described, policies = read_organization(base)
    tally = Tally(progress)
    tally.begin("accounts")
    tasks = [partial(_signed_in, session, base, options, store, each.id) for each in described]
    found = run(tasks, options.max_accounts, tally)
    accounts = tuple(account for account in found if account is not None)
    return Sweep(options, base, accounts, described, policies, tally)


def _signed_in(session: Any, base: Account, options: AwsOptions, store: Store | None, name: str) -> Account | None:
    """One account, ready to be read; null, and a gap, if its role cannot be assumed."""
    given = session if name == base.id else assume(session, base, options, name)
    if isinstance(given, Failure):
        arn = role_arn(options, base.partition, name)
        message = f"the account cannot be read: {arn or 'its role'} gave {given.reason}: {given.fix}"
        place = Location(source=f"aws:{name}:global")
        base.caller.add_gap(Gap(code=given.code, subject=name, facts=EVERYTHING, message=message, location=place))
        return None
    account = account_of(given, base, options, store, name)
    return replace(account, regions=_regions(given, account, options))


def _regions(session: Any, account: Account, options: AwsOptions) -> tuple[str, ...]:
    """The regions that are enabled for the account, if all are wanted; which services each has, its name service tells.

    Where AWS does not say what is enabled, every region is asked that Bedrock was in when boto3 was made.
    """
    if not options.all_regions:
        return account.regions
    hides = Hides(account.id, ("workloads",))
    enabled = account.request(
        "ListRegions", hides, service="account", RegionOptStatusContains=["ENABLED", "ENABLED_BY_DEFAULT"]
    )
    if enabled.failure is None:
        return tuple(sorted(region["RegionName"] for region in enabled.items))
    return tuple(sorted(session.get_available_regions("bedrock", partition_name=account.partition)))
