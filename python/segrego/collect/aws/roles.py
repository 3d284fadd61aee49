"""IAM: roles and the policies on them. Global: read once, whichever regions hold them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from segrego.collect.aws.caller import Hides
from segrego.collect.aws.session import Account
from segrego.errors import PolicyDocumentError
from segrego.iam.documents import statements, trust_statements
from segrego.inventory import Fact, Location, Policy, Role, Statement, Tag, TrustStatement

__all__ = [
    "RoleFound",
    "account_of_role",
    "is_aws_managed",
    "policy_of",
    "read_managed",
    "read_role",
    "unread_role",
]

_ROLE = re.compile(r"arn:[^:]+:iam::(?P<account>\d{12}):role/(?:.*/)?(?P<name>[\w+=,.@-]+)")
_AWS_MANAGED = re.compile(r"arn:[^:]+:iam::aws:policy/.+")
_BASE: tuple[Fact, ...] = ("trust", "boundary", "tags", "last_used")
_ALL: tuple[Fact, ...] = ("trust", "policies", "boundary", "tags", "last_used")


@dataclass(frozen=True)
class RoleFound:
    """A role, its inline policies, and the managed policies that are still to be read: ARN to name."""

    role: Role
    inline: tuple[Policy, ...] = ()
    managed: Mapping[str, str] = field(default_factory=dict)


def account_of_role(arn: str) -> str | None:
    """The account that a role is in; null where this is not the ARN of a role."""
    match = _ROLE.fullmatch(arn)
    return match["account"] if match else None


def is_aws_managed(arn: str) -> bool:
    """Whether AWS itself keeps the policy. Such a policy is one and the same in every account."""
    return _AWS_MANAGED.fullmatch(arn) is not None


def unread_role(account: Account, arn: str) -> RoleFound:
    """A role that this run cannot read: of another account, or no role at all."""
    match = _ROLE.fullmatch(arn)
    if match is None:
        account.gap("unresolved_role", Hides(arn, _ALL), "this is not the ARN of a role: check it in the console")
        return RoleFound(_role(account, arn, None, None, {}, _ALL))
    message = f"the role is in account {match['account']}: collect that account too"
    account.gap("not_collected", Hides(arn, _ALL), message)
    return RoleFound(_role(account, arn, match["name"], match["account"], {}, _ALL))


def read_role(account: Account, arn: str) -> RoleFound:
    """All of a role of this account. What cannot be read of it stands in the role's ``unread``, and is a gap."""
    match = _ROLE.fullmatch(arn)
    if match is None or match["account"] != account.id:
        return unread_role(account, arn)
    name = match["name"]
    answer = account.request("GetRole", Hides(arn, _BASE), RoleName=name)
    found = (answer.value or {}).get("Role") or {}
    if (answer.failure is not None and answer.failure.is_gone) or (found and found.get("Arn") != arn):
        message = "the role is gone, and whatever has its name now is another: give the workload a role that exists"
        account.gap("call_failed", Hides(arn, _ALL), message)
        return RoleFound(_role(account, arn, name, account.id, {}, _ALL))
    inline, names_read = _inline(account, arn, name)
    managed, attached_read = _attached(account, arn, name)
    unread = (() if found else _BASE) + (() if names_read and attached_read else ("policies",))
    policies = tuple(sorted([policy.id for policy in inline] + list(managed)))
    boundary = (found.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    role = _role(account, arn, name, account.id, found, unread, policies, boundary)
    if boundary:
        managed.setdefault(boundary, boundary.rpartition("/")[2])
    return RoleFound(role, inline, managed)


def read_managed(accounts: Sequence[Account], arn: str, name: str, *, attached: bool) -> Policy:
    """A managed policy at its default version. ``attached`` is false for one that is a boundary and nothing else.

    ``accounts`` may read it: each is asked until one does, and the last one's failure is the gap.
    """
    kind: Literal["aws_managed", "managed", "boundary"] = "managed" if attached else "boundary"
    if is_aws_managed(arn):
        kind = "aws_managed"
    hides = Hides(arn, ("policies",) if attached else ("boundary",))
    for account in accounts[:-1]:
        document = _document(account, arn, None)
        if document is not None:
            return policy_of(account, arn, name, kind, arn, document, hides)
    return policy_of(accounts[-1], arn, name, kind, arn, _document(accounts[-1], arn, hides), hides)


def _document(account: Account, arn: str, hides: Hides | None) -> object:
    """The default version's document; null, and with ``hides`` a gap, if a call failed."""
    answer = _ask(account, "GetPolicy", hides, PolicyArn=arn)
    version = ((answer or {}).get("Policy") or {}).get("DefaultVersionId")
    if not version:
        return None
    answer = _ask(account, "GetPolicyVersion", hides, PolicyArn=arn, VersionId=version)
    return ((answer or {}).get("PolicyVersion") or {}).get("Document")


def _ask(account: Account, operation: str, hides: Hides | None, **params: str) -> dict[str, Any] | None:
    if hides is None:
        return account.caller.attempt("iam", operation, account.home, params).value
    return account.request(operation, hides, **params).value


def _inline(account: Account, arn: str, name: str) -> tuple[tuple[Policy, ...], bool]:
    """The inline policies, and whether these are all."""
    answer = account.request("ListRolePolicies", Hides(arn, ("policies",)), RoleName=name)
    found = []
    for policy_name in sorted(answer.items):
        policy_id = f"{arn}/inline/{policy_name}"
        hides = Hides(policy_id, ("policies",))
        read = account.request("GetRolePolicy", hides, RoleName=name, PolicyName=policy_name).value or {}
        found.append(policy_of(account, policy_id, policy_name, "inline", None, read.get("PolicyDocument"), hides))
    return tuple(found), answer.failure is None


def _attached(account: Account, arn: str, name: str) -> tuple[dict[str, str], bool]:
    """ARN to name of the attached policies, and whether these are all."""
    answer = account.request("ListAttachedRolePolicies", Hides(arn, ("policies",)), RoleName=name)
    return {item["PolicyArn"]: item["PolicyName"] for item in answer.items}, answer.failure is None


def policy_of(
    account: Account,
    policy_id: str,
    name: str,
    kind: Literal["inline", "managed", "aws_managed", "boundary", "service_control"],
    arn: str | None,
    document: object,
    hides: Hides,
) -> Policy:
    """The policy with its statements; without a document its call has left a gap, and a broken one leaves one here."""
    found: tuple[Statement, ...] | None = None
    if document is not None:
        try:
            found = statements(document)
        except PolicyDocumentError as error:
            account.gap("unreadable_policy", hides, f"{error.message}: correct the policy {name}")
    return Policy(
        id=policy_id,
        name=name,
        kind=kind,
        arn=arn,
        read=found is not None,
        statements=found or (),
        location=Location(source=account.source),
    )


def _trust(
    account: Account, arn: str, found: Mapping[str, Any], unread: tuple[Fact, ...]
) -> tuple[tuple[TrustStatement, ...], tuple[Fact, ...]]:
    """Who may assume the role, and what is unread of it now; a broken policy leaves a gap."""
    if not found:
        return (), unread
    try:
        return trust_statements(found.get("AssumeRolePolicyDocument")), unread
    except PolicyDocumentError as error:
        account.gap("unreadable_policy", Hides(arn, ("trust",)), f"{error.message}: correct the role's trust policy")
        return (), ("trust", *unread)


def _role(
    account: Account,
    arn: str,
    name: str | None,
    owner: str | None,
    found: Mapping[str, Any],
    unread: tuple[Fact, ...],
    policies: tuple[str, ...] = (),
    boundary: str | None = None,
) -> Role:
    trust, unread = _trust(account, arn, found, unread)
    return Role(
        id=arn,
        name=name,
        arn=arn,
        account=owner,
        unread=unread,
        trust=trust,
        policies=policies,
        boundary=boundary,
        max_session_seconds=found.get("MaxSessionDuration"),
        created_ns=found.get("CreateDate"),
        last_used_ns=found.get("RoleLastUsed"),
        tags=tuple(
            sorted(
                (Tag(key=tag["Key"], value=tag["Value"]) for tag in found.get("Tags") or ()), key=lambda tag: tag.key
            )
        ),
        location=Location(source=account.source),
    )
