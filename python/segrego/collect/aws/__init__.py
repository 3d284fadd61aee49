"""Live AWS accounts through boto3: one, several, or an organization's, in several regions.

Ids are ARNs; inline policies are ``<role>/inline/<name>`` and tools ``<workload>/<version>/…``. Every call is in the
table of :mod:`segrego.collect.aws.calls`, is made once, and leaves a gap on the facts that it hides if it fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from msgspec.structs import replace

from segrego.collect.aws.agentcore import invocation_logging, registry_records, workload_identities, workloads
from segrego.collect.aws.caller import Hides
from segrego.collect.aws.checkpoint import Checkpoint
from segrego.collect.aws.classic import agents, knowledge_bases
from segrego.collect.aws.credentials import Provider, list_providers, provider_credentials, secret_credentials
from segrego.collect.aws.flows import flows
from segrego.collect.aws.found import WORKLOAD, Found, FunctionRef, Task
from segrego.collect.aws.functions import FunctionFound, called, list_functions, sharing, unread_function
from segrego.collect.aws.kinds import KINDS
from segrego.collect.aws.last_accessed import read_service_access, start_report
from segrego.collect.aws.options import AwsOptions
from segrego.collect.aws.permissions import print_policy
from segrego.collect.aws.reach import Candidate, list_candidates, reached
from segrego.collect.aws.roles import (
    RoleFound,
    account_of_role,
    is_aws_managed,
    read_managed,
    read_role,
    unread_role,
)
from segrego.collect.aws.session import Account, Region
from segrego.collect.aws.sweep import Sweep, open_sweep
from segrego.collect.aws.telemetry import (
    Covered,
    EventStore,
    Failed,
    Trail,
    Trails,
    event_stores,
    list_trails,
    read_trail,
    telemetry,
)
from segrego.collect.aws.work import Progress
from segrego.inventory import Credential, Inventory, Policy, Resource, ResourcePolicy, Role, Telemetry, Tool, Workload

__all__ = ["AwsOptions", "Checkpoint", "collect", "print_policy"]

T = TypeVar("T")
Entity = TypeVar("Entity", Workload, Role, Policy, Tool, Resource, ResourcePolicy, Credential, Telemetry)


def collect(
    options: AwsOptions, *, progress: Progress | None = None, checkpoint: Checkpoint | None = None
) -> Inventory:
    """Everything that bears a role in the accounts and regions that the options name, sorted by id.

    ``progress`` is told (what, done, total) as it goes, and ``checkpoint`` keeps answers for a run that is interrupted.
    Raises :class:`~segrego.errors.CollectError` if nothing can be read at all (no credentials, no region); whatever
    cannot be read later is a gap.
    """
    sweep = open_sweep(options, None if checkpoint is None else checkpoint.bind, progress)
    listings = sweep.each("workloads", partial(_listing, sweep))
    found = Found()
    for listing in listings:
        found.add(listing.found)
    found.workloads = [workload for workload in found.workloads if workload.id not in found.inner]
    _functions(sweep, found, listings)
    roles, policies = _roles(sweep, found.workloads, listings)
    credentials = _credentials(sweep, found, listings)
    records = _telemetry(sweep, listings)
    return Inventory(
        sources=tuple(sweep.sources()),
        workloads=_once(found.workloads),
        roles=_once(roles),
        policies=_once([*policies, *sweep.policies]),
        tools=_once(found.tools),
        resources=_once(found.resources),
        resource_policies=_once(found.resource_policies),
        credentials=_once(credentials),
        accounts=tuple(sorted(sweep.described, key=lambda account: account.id)),
        telemetry=_once(records),
        gaps=tuple(dict.fromkeys(sweep.gaps())),
    )


@dataclass(frozen=True)
class _Listing:
    """What most accounts are asked at all: what their regions list, one item a region save for ``found``, and which
    roles they have that may matter though no workload holds them."""

    found: Found
    functions: list[dict[str, Mapping[str, Any]]]
    providers: list[list[Provider]]
    stores: list[list[EventStore]]
    trails: list[Trails]
    candidates: list[Candidate]


def _listing(sweep: Sweep, account: Account) -> _Listing:
    regions = _regions(account)
    return _Listing(
        found=_workloads(sweep, account),
        functions=sweep.run([partial(list_functions, region) for region in regions]),
        providers=sweep.run([partial(list_providers, region) for region in regions]),
        stores=sweep.run([partial(event_stores, region) for region in regions]),
        trails=sweep.run([partial(list_trails, region) for region in regions]),
        candidates=list_candidates(account),
    )


def _workloads(sweep: Sweep, account: Account) -> Found:
    """Lists first, then one task for each workload that they name."""
    readers: list[Callable[[Region], list[Task]]] = [
        *(agents, knowledge_bases, flows, registry_records, workload_identities, invocation_logging),
        *(partial(workloads, kind) for kind in KINDS),
    ]
    places = [(region, read) for region in _regions(account) for read in readers]
    nothing: Callable[[], list[Task]] = list
    lists = sweep.run([partial(_understood, region, partial(read, region), nothing) for region, read in places])
    tasks = [
        partial(_understood, region, task, Found)
        for (region, _), part in zip(places, lists, strict=True)
        for task in part
    ]
    found = Found()
    for part in sweep.run(tasks):
        found.add(part)
    return found


def _understood(region: Region, task: Callable[[], T], nothing: Callable[[], T]) -> T:
    """What a task gives; nothing, and a gap, where an answer lacks what AWS's model says is always there."""
    try:
        return task()
    except KeyError as error:
        message = f"an answer of AWS lacks {error.args[0]!r}: update boto3 and segrego, and collect again"
        region.gap("call_failed", Hides(region.source, ("workloads", *WORKLOAD)), message)
        return nothing()


def _functions(sweep: Sweep, found: Found, listings: Sequence[_Listing]) -> None:
    """The functions that workloads call, each read in its own account, and then those that hold a role of what is known
    by now, or one that Bedrock may take."""
    listed = {account.id: each.functions for account, each in zip(sweep.accounts, listings, strict=True)}
    refs: dict[str, list[FunctionRef]] = defaultdict(list)
    for ref in sorted(found.functions):
        refs[ref.arn].append(ref)

    def known(account: Account) -> list[FunctionFound]:
        functions = {arn: item for part in listed[account.id] for arn, item in part.items()}
        own = [(arn, group) for arn, group in refs.items() if group[0].account == account.id]
        return sweep.run(
            [partial(called, account.region(group[0].region), arn, group, functions) for arn, group in own]
        )

    def others(account: Account) -> list[list[Workload]]:
        parts = zip(_regions(account), listed[account.id], strict=True)
        rest = [(region, {arn: item for arn, item in part.items() if arn not in refs}) for region, part in parts]
        return sweep.run([partial(sharing, region, functions, held) for region, functions in rest])

    read = [*chain.from_iterable(sweep.each("functions", known))]
    for arn, group in refs.items():
        if sweep.account(group[0].account) is None:
            read.append(unread_function(sweep.base.region(group[0].region), arn, group[0].account))
    found.workloads += [each.workload for each in read]
    found.resource_policies += [policy for each in read for policy in each.policies]
    held = frozenset(
        {binding.role for workload in found.workloads for binding in workload.bindings}
        | {each.arn for listing in listings for each in listing.candidates if each.trusts_bedrock}
    )
    for parts in sweep.each("functions that share a role", others):
        found.workloads += chain.from_iterable(parts)


def _roles(
    sweep: Sweep, workloads: Iterable[Workload], listings: Iterable[_Listing]
) -> tuple[list[Role], list[Policy]]:
    """Every role that a workload holds, that Bedrock may take, or that such a role may assume; and their policies."""
    candidates = {each.arn: each for listing in listings for each in listing.candidates}
    wanted = {binding.role for workload in workloads for binding in workload.bindings}
    wanted |= {each.arn for each in candidates.values() if each.trusts_bedrock}
    roles: dict[str, Role] = {}
    policies: dict[str, Policy] = {}
    while wanted:
        found = _read_roles(sweep, wanted)
        policies |= {policy.id: policy for part in found for policy in part.inline}
        policies |= {policy.id: policy for policy in _managed(sweep, found, frozenset(policies))}
        fresh = [part.role for part in found]
        roles |= {role.id: role for role in fresh}
        wanted = set(reached(candidates, fresh, policies) - set(roles))
    read = list(roles.values())
    attached = {name for role in read for name in role.policies}
    held = [
        replace(policy, kind="managed") if policy.kind == "boundary" and policy.id in attached else policy
        for policy in policies.values()
    ]
    return _with_service_access(sweep, read) if sweep.options.last_accessed else read, held


def _read_roles(sweep: Sweep, wanted: Iterable[str]) -> list[RoleFound]:
    """Each role in its own account; those of other accounts are gaps."""
    own: dict[str | None, list[str]] = defaultdict(list)
    for arn in sorted(wanted):
        owner = account_of_role(arn)
        own[owner if sweep.account(owner or "") else None].append(arn)
    parts = sweep.each(
        "roles", lambda account: sweep.run([partial(read_role, account, arn) for arn in own.get(account.id, [])])
    )
    return [*chain.from_iterable(parts), *(unread_role(sweep.base, arn) for arn in own.get(None, []))]


def _managed(sweep: Sweep, found: Iterable[RoleFound], known: frozenset[str]) -> list[Policy]:
    """Managed policies: a customer's in its own account; AWS's own, which are alike everywhere, in the first that has
    it."""
    names: dict[str, str] = {}
    holders: dict[str, dict[str, None]] = defaultdict(dict)
    attached: set[str] = set()
    for part in found:
        attached.update(part.role.policies)
        for arn in part.managed.keys() - known:
            names[arn] = part.managed[arn]
            holders[arn][str(part.role.account)] = None
    tasks: dict[str, list[Callable[[], Policy]]] = defaultdict(list)
    for arn in sorted(names):
        accounts = [account for account in sweep.accounts if account.id in holders[arn]]
        asked = accounts if is_aws_managed(arn) else accounts[:1]
        tasks[accounts[0].id].append(partial(read_managed, asked, arn, names[arn], attached=arn in attached))
    return list(chain.from_iterable(sweep.each("policies", lambda account: sweep.run(tasks.get(account.id, [])))))


def _with_service_access(sweep: Sweep, roles: Iterable[Role]) -> list[Role]:
    """The roles with when they last used each service. AWS makes all reports at once, and is then asked for each."""
    by_account: dict[str | None, list[Role]] = defaultdict(list)
    for role in roles:
        by_account[role.account].append(role)

    def read(account: Account) -> list[Role]:
        own = by_account.get(account.id, [])
        jobs = sweep.run([partial(start_report, account, role.id) for role in own])
        tasks = [partial(read_service_access, account, role.id, job) for role, job in zip(own, jobs, strict=True)]
        return [replace(role, service_access=access) for role, access in zip(own, sweep.run(tasks), strict=True)]

    unread = [role for owner, group in by_account.items() if sweep.account(str(owner)) is None for role in group]
    return [*chain.from_iterable(sweep.each("what roles last used", read)), *unread]


def _credentials(sweep: Sweep, found: Found, listings: Iterable[_Listing]) -> list[Credential]:
    providers = [provider for listing in listings for part in listing.providers for provider in part]
    sweep.tally.begin("secrets")
    return [*provider_credentials(sweep, providers, found.providers), *secret_credentials(sweep, found.secrets)]


def _telemetry(sweep: Sweep, listings: Sequence[_Listing]) -> list[Telemetry]:
    """Each trail is read once, in its own account: members cannot read what the organization's trails record."""
    stores = [store for listing in listings for part in listing.stores for store in part]
    readers: dict[Trail, str] = {}
    for account, listing in zip(sweep.accounts, listings, strict=True):
        for trail in chain.from_iterable(part or () for part in listing.trails):
            owner = trail.arn.split(":")[4]
            readers.setdefault(trail, account.id if sweep.account(owner) is None else owner)

    def read(account: Account) -> list[tuple[Trail, Covered | Failed]]:
        own = [trail for trail, reader in readers.items() if reader == account.id]
        return list(zip(own, sweep.run([partial(read_trail, account, trail) for trail in own]), strict=True))

    known = dict(chain.from_iterable(sweep.each("trails", read)))
    return [
        telemetry(region, trails, known, stores, listing.found.logging.get(region.name))
        for account, listing in zip(sweep.accounts, listings, strict=True)
        for region, trails in zip(_regions(account), listing.trails, strict=True)
    ]


def _regions(account: Account) -> list[Region]:
    return [account.region(name) for name in account.regions]


def _once(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """By id. What two regions name alike (a bucket) stands once, as the first region has it."""
    found: dict[str, Entity] = {}
    for entity in entities:
        found.setdefault(entity.id, entity)
    return tuple(found[key] for key in sorted(found))
