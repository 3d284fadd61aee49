"""A live AWS account through boto3, in several regions.

Ids are ARNs; inline policies are ``<role>/inline/<name>`` and tools ``<workload>/<version>/…``. Every call is in the
table of :mod:`segrego.collect.aws.permissions`, is made once, and leaves a gap on the facts that it hides if it fails.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from segrego.collect.aws.agentcore import KINDS, workloads
from segrego.collect.aws.classic import agents, knowledge_bases
from segrego.collect.aws.flows import flows
from segrego.collect.aws.found import Found, FunctionRef, Progress, Task, run
from segrego.collect.aws.functions import called, list_functions, sharing
from segrego.collect.aws.permissions import print_policy
from segrego.collect.aws.roles import read_managed, read_role
from segrego.collect.aws.session import Account, AwsOptions, connect
from segrego.inventory import Inventory, Policy, Resource, Role, Tool, Workload

__all__ = ["AwsOptions", "collect", "print_policy"]

Entity = TypeVar("Entity", Workload, Role, Policy, Tool, Resource)
Runner = Callable[..., list[Any]]
"""Runs tasks (see :func:`segrego.collect.aws.found.run`) with this run's workers and progress."""


def collect(options: AwsOptions, *, progress: Progress | None = None) -> Inventory:
    """Everything that bears a role in one account's regions, sorted by id.

    ``progress`` is told (what, done, total) as it goes. Raises :class:`~segrego.errors.CollectError` if nothing can be
    read at all (no credentials, no region); whatever cannot be read later is a gap.
    """
    account = connect(options)
    runner = partial(run, workers=options.max_workers, progress=progress)
    found = _workloads(account, runner)
    found.workloads += _functions(account, found, runner)
    roles, policies = _roles(account, found.workloads, runner)
    return Inventory(
        sources=account.sources(),
        workloads=_once(found.workloads),
        roles=_once(roles),
        policies=_once(policies),
        tools=_once(found.tools),
        resources=_once(found.resources),
        gaps=account.caller.gaps,
    )


def _workloads(account: Account, runner: Runner) -> Found:
    """Lists first, then one task for each workload that they name."""
    regions = [account.region(name) for name in account.regions]
    lists: list[Callable[[], list[Task]]] = [
        partial(read, region) for region in regions for read in (agents, knowledge_bases, flows)
    ]
    lists += [partial(workloads, region, kind) for region in regions for kind in KINDS]
    tasks = [task for tasks in runner(lists, what="listing") for task in tasks]
    found = Found()
    for part in runner(tasks, what="workloads"):
        found.add(part)
    found.workloads = [workload for workload in found.workloads if workload.id not in found.inner]
    return found


def _functions(account: Account, found: Found, runner: Runner) -> list[Workload]:
    """The functions that the workloads call, and then those that hold a role of what is known by now."""
    regions = [account.region(name) for name in account.regions]
    listings = runner([partial(list_functions, region) for region in regions], what="listing functions")
    listed = {arn: function for listing in listings for arn, function in listing.items()}
    refs: dict[str, list[FunctionRef]] = defaultdict(list)
    for ref in found.functions:
        refs[ref.arn].append(ref)
    known = runner([partial(called, account, arn, refs[arn], listed) for arn in sorted(refs)], what="functions")
    held = frozenset(binding.role for workload in (*found.workloads, *known) for binding in workload.bindings)
    tasks = []
    for region, listing in zip(regions, listings, strict=True):
        others = {arn: function for arn, function in listing.items() if arn not in refs}
        tasks.append(partial(sharing, region, others, held))
    return [*known, *(workload for part in runner(tasks, what="other functions") for workload in part)]


def _roles(account: Account, workloads: Iterable[Workload], runner: Runner) -> tuple[list[Role], list[Policy]]:
    """Every role that a workload holds, and every policy on one of them, a managed policy once."""
    held = sorted({binding.role for workload in workloads for binding in workload.bindings})
    found = runner([partial(read_role, account, arn) for arn in held], what="roles")
    managed = {arn: name for part in found for arn, name in part.managed.items()}
    attached = {policy for part in found for policy in part.role.policies}
    tasks = [partial(read_managed, account, arn, managed[arn], attached=arn in attached) for arn in sorted(managed)]
    inline = [policy for part in found for policy in part.inline]
    return [part.role for part in found], inline + runner(tasks, what="policies")


def _once(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """By id. What two regions name alike (a bucket) stands once, as the first region has it."""
    found: dict[str, Entity] = {}
    for entity in entities:
        found.setdefault(entity.id, entity)
    return tuple(found[key] for key in sorted(found))
