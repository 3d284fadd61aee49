"""An AWS organization: its accounts, their tags, and the service control policies at each level above them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from segrego.collect.aws.caller import Answer, Hides
from segrego.collect.aws.roles import policy_of
from segrego.collect.aws.session import Account
from segrego.errors import CollectError
from segrego.inventory import Account as Described
from segrego.inventory import Fact, Policy, Tag

__all__ = ["EVERYTHING", "read_organization"]

EVERYTHING: tuple[Fact, ...] = tuple(fact for fact in get_args(Fact) if fact != "service_control")
"""What is hidden of an account that could not be read at all."""

_CONTROL: tuple[Fact, ...] = ("service_control",)
_TYPE = "SERVICE_CONTROL_POLICY"
_DEEPEST = 20
"""More levels than an organization can have: five of units, AWS Organizations user guide, "Quotas"."""
_CLOSED = frozenset({"SUSPENDED", "CLOSED"})


def read_organization(base: Account) -> tuple[tuple[Described, ...], tuple[Policy, ...]]:
    """The organization's accounts, and its service control policies. Closed accounts run nothing, and are left out.

    Raises :class:`~segrego.errors.CollectError` where AWS does not say which accounts there are.
    """
    answer = base.caller.attempt("organizations", "ListAccounts", base.home, {})
    if answer.failure is not None:
        if not answer.items:
            raise CollectError(
                f"the organization's accounts cannot be listed ({answer.failure.reason})",
                where="AWS Organizations",
                hint=f"Use the management account or a delegated administrator, {answer.failure.fix}, "
                "or name the accounts with --account.",
            )
        hides = Hides(base.source, (*EVERYTHING, *_CONTROL))
        base.caller.failed("organizations", "ListAccounts", base.home, base.location, hides, answer.failure)
    hides = Hides(base.source, _CONTROL)
    described = (_ask(base, "DescribeOrganization", hides).value or {}).get("Organization") or {}
    policies, attached = _policies(base)
    return tuple(
        _account(base, item, described, attached)
        for item in answer.items
        if (item.get("State") or item.get("Status")) not in _CLOSED
    ), policies


def _account(
    base: Account, item: Mapping[str, Any], described: Mapping[str, Any], attached: Mapping[str, Sequence[str]] | None
) -> Described:
    account = item["Id"]
    hides = Hides(account, ("tags", "environments", "owners"))
    tags = _ask(base, "ListTagsForResource", hides, ResourceId=account).items
    return Described(
        id=account,
        name=item.get("Name"),
        organization=described.get("Id"),
        management=account == described.get("MasterAccountId"),
        service_control=None if attached is None else _levels(base, account, attached),
        tags=tuple(Tag(key=tag["Key"], value=tag["Value"]) for tag in sorted(tags, key=lambda tag: str(tag["Key"]))),
    )


def _levels(base: Account, account: str, attached: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...] | None:
    """The ids of the policies at each level, from the root down; null, and a gap, where the way up cannot be read."""
    hides = Hides(account, _CONTROL)
    way = [account]
    while len(way) < _DEEPEST:
        answer = _ask(base, "ListParents", hides, ChildId=way[-1])
        if answer.failure is not None:
            return None
        if not answer.items:
            break
        way.append(answer.items[0]["Id"])
        if answer.items[0]["Type"] == "ROOT":
            return tuple(tuple(attached.get(target, ())) for target in reversed(way))
    base.gap("call_failed", hides, "AWS Organizations tells no way from the account to the root: collect again")
    return None


def _policies(base: Account) -> tuple[tuple[Policy, ...], dict[str, list[str]] | None]:
    """Every service control policy, and target to the policies on it.

    The second is null where the organization does not use them, and, with a gap, where it cannot be read in full.
    """
    hides = Hides(base.source, _CONTROL)
    roots = _ask(base, "ListRoots", hides)
    listed = _ask(base, "ListPolicies", hides, Filter=_TYPE) if _uses_policies(roots.items) else Answer(None, (), None)
    attached: dict[str, list[str]] = {}
    complete = roots.failure is None and listed.failure is None
    for item in sorted(listed.items, key=lambda item: str(item["Arn"])):
        targets = _ask(base, "ListTargetsForPolicy", Hides(item["Arn"], _CONTROL), PolicyId=item["Id"])
        complete = complete and targets.failure is None
        for target in targets.items:
            attached.setdefault(target["TargetId"], []).append(item["Arn"])
    policies = tuple(_policy(base, item) for item in listed.items)
    return policies, attached if complete and _uses_policies(roots.items) else None


def _uses_policies(roots: Iterable[Mapping[str, Any]]) -> bool:
    return any(
        kind.get("Type") == _TYPE and kind.get("Status") == "ENABLED"
        for root in roots
        for kind in root.get("PolicyTypes") or ()
    )


def _policy(base: Account, item: Mapping[str, Any]) -> Policy:
    hides = Hides(item["Arn"], _CONTROL)
    answer = _ask(base, "DescribePolicy", hides, PolicyId=item["Id"]).value
    content = ((answer or {}).get("Policy") or {}).get("Content")
    return policy_of(base, item["Arn"], item["Name"], "service_control", item["Arn"], content, hides)


def _ask(base: Account, operation: str, hides: Hides, **params: Any) -> Answer:
    return base.request(operation, hides, service="organizations", **params)
