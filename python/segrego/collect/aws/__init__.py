"""Live AWS accounts through boto3: one, several, or an organization's, in several regions.

Ids are ARNs; inline policies are ``<role>/inline/<name>`` and tools ``<workload>/<version>/…``. Every call is in the
table of :mod:`segrego.collect.aws.calls`, is made once, and leaves a gap on the facts that it hides if it fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain
from typing import Any, TypeVar

from msgspec.structs import replace

from segrego.collect.aws.agentcore import invocation_logging, registry_records, workload_identities, workloads
from segrego.collect.aws.checkpoint import Checkpoint
from segrego.collect.aws.classic import agents, knowledge_bases
from segrego.collect.aws.credentials import list_providers, provider_credentials, secret_credentials
from segrego.collect.aws.flows import flows
from segrego.collect.aws.found import Found, FunctionRef, Task
from segrego.collect.aws.functions import called, list_functions, sharing, unread_function
from segrego.collect.aws.kinds import KINDS
from segrego.collect.aws.last_accessed import read_service_access, start_report
from segrego.collect.aws.options import AwsOptions
from segrego.collect.aws.permissions import print_policy
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
from segrego.collect.aws.telemetry import Covered, Failed, Trail, event_stores, list_trails, read_trail, telemetry
from segrego.collect.aws.work import Progress
from segrego.inventory import Credential, Inventory, Policy, Resource, ResourcePolicy, Role, Telemetry, Tool, Workload

__all__ = ["AwsOptions", "Checkpoint", "collect", "print_policy"]

T = TypeVar("T")
Entity = TypeVar("Entity", Workload, Role, Policy, Tool, Resource, ResourcePolicy, Credential, Telemetry)
Listed = Mapping[str, Mapping[str, Any]]


def collect(
    options: AwsOptions, *, progress: Progress | None = None, checkpoint: Checkpoint | None = None
) -> Inventory:
    """Everything that bears a role in the accounts and regions that the options name, sorted by id.

    ``progress`` is told (what, done, total) as it goes, and ``checkpoint`` keeps answers for a run that is interrupted.
    Raises :class:`~segrego.errors.CollectError` if nothing can be read at all (no credentials, no region); whatever
    cannot be read later is a gap.
    """
    sweep = open_sweep(options, None if checkpoint is None else checkpoint.bind, progress)
    per_account = sweep.each("workloads", partial(_workloads, sweep))
    logging = {account.id: part.logging for account, part in zip(sweep.accounts, per_account, strict=True)}
    found = Found()
    for part in per_account:
        found.add(part)
    found.workloads = [workload for workload in found.workloads if workload.id not in found.inner]
    _functions(sweep, found)
    roles, policies = _roles(sweep, found.workloads)
    credentials = _credentials(sweep, found)
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
        telemetry=_once(_telemetry(sweep, logging)),
        gaps=tuple(dict.fromkeys(sweep.gaps())),
    )


def _workloads(sweep: Sweep, account: Account) -> Found:
    """Lists first, then one task for each workload that they name."""
    readers = (agents, knowledge_bases, flows, registry_records, workload_identities, invocation_logging)
    regions = _regions(account)
    lists: list[Callable[[], list[Task]]] = [partial(read, region) for region in regions for read in readers]
    lists += [partial(workloads, region, kind) for region in regions for kind in KINDS]
    found = Found()
    for part in sweep.run([task for tasks in sweep.run(lists) for task in tasks]):
        found.add(part)
    return found


def _functions(sweep: Sweep, found: Found) -> None:
    """The functions that workloads call, each read in its own account, and then those that hold a role of what is known
    by now."""
    refs: dict[str, list[FunctionRef]] = defaultdict(list)
    for ref in found.functions:
        refs[ref.arn].append(ref)
    listings = sweep.each(
        "functions", lambda account: sweep.run([partial(list_functions, each) for each in _regions(account)])
    )
    listed = {account.id: parts for account, parts in zip(sweep.accounts, listings, strict=True)}

    def known(account: Account) -> list[Any]:
        functions = {arn: item for part in listed[account.id] for arn, item in part.items()}
        own = sorted(arn for arn in refs if refs[arn][0].account == account.id)
        return sweep.run(
            [partial(called, account.region(refs[arn][0].region), arn, refs[arn], functions) for arn in own]
        )

    read = [*chain.from_iterable(sweep.each("functions that tools call", known))]
    for arn in sorted(refs):
        if sweep.account(refs[arn][0].account) is None:
            read.append(unread_function(sweep.base.region(refs[arn][0].region), arn, refs[arn][0].account))
    found.workloads += [each.workload for each in read]
    found.resource_policies += [policy for each in read for policy in each.policies]
    held = frozenset(binding.role for workload in found.workloads for binding in workload.bindings)

    def others(account: Account) -> list[list[Workload]]:
        parts = zip(_regions(account), listed[account.id], strict=True)
        rest = [(region, {arn: item for arn, item in part.items() if arn not in refs}) for region, part in parts]
        return sweep.run([partial(sharing, region, functions, held) for region, functions in rest])

    for parts in sweep.each("functions that share a role", others):
        found.workloads += chain.from_iterable(parts)


def _roles(sweep: Sweep, workloads: Iterable[Workload]) -> tuple[list[Role], list[Policy]]:
    """Every role that a workload holds, read in its own account, and every policy on one of them."""
    held: dict[str | None, list[str]] = defaultdict(list)
    for arn in sorted({binding.role for workload in workloads for binding in workload.bindings}):
        held[account_of_role(arn)].append(arn)

    def own(account: Account) -> list[str]:
        return held.get(account.id, [])

    parts = sweep.each("roles", lambda account: sweep.run([partial(read_role, account, arn) for arn in own(account)]))
    found: list[RoleFound] = list(chain.from_iterable(parts))
    readable = {account.id for account in sweep.accounts}
    found += [unread_role(sweep.base, arn) for owner in held if owner not in readable for arn in held[owner]]
    roles = [part.role for part in found]
    if sweep.options.last_accessed:
        roles = _with_service_access(sweep, roles)
    return roles, [*(policy for part in found for policy in part.inline), *_managed(sweep, found)]


def _managed(sweep: Sweep, found: Iterable[RoleFound]) -> list[Policy]:
    """Managed policies: a customer's in its own account; AWS's own, which are alike everywhere, in the first that has
    it."""
    names: dict[str, str] = {}
    holders: dict[str, dict[str, None]] = defaultdict(dict)
    attached: set[str] = set()
    for part in found:
        attached.update(part.role.policies)
        for arn, name in part.managed.items():
            names[arn] = name
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
        by_account[role.account if "trust" not in role.unread else None].append(role)

    def read(account: Account) -> list[Role]:
        own = by_account[account.id]
        jobs = sweep.run([partial(start_report, account, role.id) for role in own])
        tasks = [partial(read_service_access, account, role.id, job) for role, job in zip(own, jobs, strict=True)]
        return [replace(role, service_access=access) for role, access in zip(own, sweep.run(tasks), strict=True)]

    unread = [role for owner, group in by_account.items() if sweep.account(str(owner)) is None for role in group]
    return [*chain.from_iterable(sweep.each("what roles last used", read)), *unread]


def _credentials(sweep: Sweep, found: Found) -> list[Credential]:
    listed = sweep.each(
        "credential providers", lambda account: sweep.run([partial(list_providers, each) for each in _regions(account)])
    )
    providers = chain.from_iterable(chain.from_iterable(listed))
    sweep.tally.begin("secrets")
    return [*provider_credentials(sweep, providers, found.providers), *secret_credentials(sweep, found.secrets)]


def _telemetry(sweep: Sweep, logging: Mapping[str, Mapping[str, bool | None]]) -> list[Telemetry]:
    """Each trail is read once, in its own account: members cannot read what the organization's trails record."""
    stores = [*chain.from_iterable(sweep.each("event data stores", event_stores))]
    listings = sweep.each("trails", list_trails)
    readers: dict[Trail, str] = {}
    for account, parts in zip(sweep.accounts, listings, strict=True):
        for trail in chain.from_iterable(part or () for part in parts):
            owner = trail.arn.split(":")[4]
            readers.setdefault(trail, account.id if sweep.account(owner) is None else owner)

    def read(account: Account) -> list[tuple[Trail, Covered | Failed]]:
        own = [trail for trail, reader in readers.items() if reader == account.id]
        return list(zip(own, sweep.run([partial(read_trail, account, trail) for trail in own]), strict=True))

    known = dict(chain.from_iterable(sweep.each("what trails record", read)))
    return [
        telemetry(region, trails, known, stores, logging[account.id].get(region.name))
        for account, parts in zip(sweep.accounts, listings, strict=True)
        for region, trails in zip(_regions(account), parts, strict=True)
    ]


def _regions(account: Account) -> list[Region]:
    return [account.region(name) for name in account.regions]


def _once(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """By id. What two regions name alike (a bucket) stands once, as the first region has it."""
    found: dict[str, Entity] = {}
    for entity in entities:
        found.setdefault(entity.id, entity)
    return tuple(found[key] for key in sorted(found))
