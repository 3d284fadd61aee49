"""The least IAM policy that lets a collection read, made of the table of calls.

:class:`segrego.collect.aws.caller.Caller` refuses an operation that is not in the table, so the policy is not too
small; a test over all calls made holds that it is not too large either.
"""

from __future__ import annotations

from typing import Any

from segrego.collect.aws.calls import OPERATIONS, PREFIXES, kept
from segrego.collect.aws.options import AwsOptions, role_arn

__all__ = ["action_of", "actions", "print_policy"]

_ORGANIZATION = ("organizations",)
_LAST_ACCESSED = (("iam", "GenerateServiceLastAccessedDetails"), ("iam", "GetServiceLastAccessedDetails"))


def action_of(service: str, operation: str) -> str:
    """The IAM action that an operation needs. Raises :class:`LookupError` for one that is not in the table."""
    kept(service, operation)
    return f"{PREFIXES[service]}:{operation}"


def actions(options: AwsOptions) -> list[str]:
    """The actions that one account must allow its reader, sorted."""
    return sorted(
        {
            action_of(service, operation)
            for service, operations in OPERATIONS.items()
            for operation in operations
            if _is_made_in_every_account(service, operation, options)
        }
    )


def print_policy(options: AwsOptions) -> dict[str, Any]:
    """The IAM policy document that allows a collection with these options, and nothing else.

    The reading actions stand on every resource: most of them list, and know no other. What assumes a role, and what
    asks about an organization, only the credentials themselves need, not the role in each account.
    """
    statements = [_statement("SegregoCollect", actions(options), "*")]
    if options.organization:
        asked = [action_of("organizations", operation) for operation in OPERATIONS["organizations"]]
        statements.append(_statement("SegregoOrganization", sorted(asked), "*"))
    if assumed := role_arn(options, _partition(options), "*"):
        statements.append(_statement("SegregoAssumeRole", ["sts:AssumeRole"], assumed))
    return {"Version": "2012-10-17", "Statement": statements}


def _is_made_in_every_account(service: str, operation: str, options: AwsOptions) -> bool:
    if service in _ORGANIZATION or operation == "AssumeRole":
        return False
    if service == "account":
        return options.all_regions
    return options.last_accessed or (service, operation) not in _LAST_ACCESSED


def _partition(options: AwsOptions) -> str:
    """The partition of the regions that are named; without any, the one that most accounts are in."""
    if not options.regions:
        return "aws"
    from botocore.exceptions import UnknownRegionError
    from botocore.session import get_session

    try:
        session = get_session()  # type: ignore[no-untyped-call]
        return str(session.get_partition_for_region(options.regions[0]))
    except UnknownRegionError:
        return "aws"


def _statement(sid: str, allowed: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": allowed, "Resource": resource}
