"""How AWS is read: every choice, as one value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from segrego.errors import CollectError

__all__ = ["AwsOptions", "checked", "role_arn"]

_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d{1,2}")
_URL = re.compile(r"https?://[^/\s?#@]+(/[^\s?#]*)?")
_ACCOUNT = re.compile(r"\d{12}")
_ROLE_NAME = re.compile(r"(?!arn:)([\x21-\x2e\x30-\x7e]+/)*[\w+=,.@-]{1,64}")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/([\x21-\x2e\x30-\x7e]+/)*[\w+=,.@-]{1,64}")
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}")


@dataclass(frozen=True, slots=True)
class AwsOptions:
    """How AWS is read.

    Accounts: the one of the credentials, or ``accounts`` (ids), or all of an ``organization``; in every account but the
    credentials' own a role is assumed, ``role_name`` or the one that ``role_arn_template`` gives for ``{account}``.
    Regions: ``regions``, or all where Bedrock is with ``all_regions``; neither means the session's own region.
    ``endpoint_url`` replaces every endpoint. ``last_accessed`` also asks when roles last used each service.

    ``max_workers`` bounds the calls under way at a time in one account, ``max_accounts`` the accounts read at a time,
    ``max_attempts`` how often one call is sent in all (null: as the AWS configuration says, else 8), and
    ``poll_timeout_seconds`` how long a report that AWS makes is waited for.
    """

    profile: str | None = None
    regions: tuple[str, ...] = ()
    all_regions: bool = False
    endpoint_url: str | None = None
    accounts: tuple[str, ...] = ()
    organization: bool = False
    role_name: str | None = None
    role_arn_template: str | None = None
    external_id: str | None = None
    session_name: str = "segrego"
    last_accessed: bool = False
    max_workers: int = 8
    max_accounts: int = 4
    max_attempts: int | None = None
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 60.0
    poll_seconds: float = 1.0
    poll_timeout_seconds: float = 120.0


def checked(options: AwsOptions) -> AwsOptions:
    """The options, if they can be meant. Raises :class:`~segrego.errors.CollectError` for one that cannot."""
    for region in options.regions:
        _match(_REGION, region, "is not an AWS region", "Give --region with a name such as eu-west-1.")
    for account in options.accounts:
        _match(_ACCOUNT, account, "is not an account", "Give --account with 12 digits.")
    if options.all_regions and options.regions:
        raise CollectError("--region and --all-regions exclude each other", hint="Give one of them.")
    if options.organization and options.accounts:
        raise CollectError("--account and --organization exclude each other", hint="Give one of them.")
    if options.endpoint_url is not None and (
        not _URL.fullmatch(options.endpoint_url) or not _has_port(options.endpoint_url)
    ):
        raise CollectError(
            f"{options.endpoint_url!r} is not a URL", hint="Give --endpoint-url as http(s)://host[:port]."
        )
    _check_role(options)
    return options


def _check_role(options: AwsOptions) -> None:
    if options.role_name is not None and options.role_arn_template is not None:
        raise CollectError("--role-name and --role-arn-template exclude each other", hint="Give one of them.")
    if options.role_name is not None:
        _match(_ROLE_NAME, options.role_name, "is not a role's name", "Give --role-name without the ARN before it.")
    if options.role_arn_template is not None:
        example = options.role_arn_template.replace("{account}", "123456789012")
        if example == options.role_arn_template or not _ROLE_ARN.fullmatch(example):
            raise CollectError(
                f"{options.role_arn_template!r} makes no role ARN",
                hint="Give --role-arn-template as arn:aws:iam::{account}:role/NAME.",
            )
    if options.external_id is not None:
        _match(_EXTERNAL_ID, options.external_id, "is not an external id", "See sts:AssumeRole for what it may hold.")
    _match(_SESSION_NAME, options.session_name, "is not a session name", "Give letters, digits and +=,.@-_.")
    assumes = options.role_name is not None or options.role_arn_template is not None
    if options.organization and not assumes:
        raise CollectError(
            "no role is named that reads the organization's accounts",
            hint="Give --role-name with the role that is deployed in every account.",
        )


def role_arn(options: AwsOptions, partition: str, account: str) -> str | None:
    """The role to assume in an account; null where none was named."""
    if options.role_arn_template is not None:
        return options.role_arn_template.replace("{account}", account)
    return None if options.role_name is None else f"arn:{partition}:iam::{account}:role/{options.role_name}"


def _match(pattern: re.Pattern[str], value: str, problem: str, hint: str) -> None:
    if not pattern.fullmatch(value):
        raise CollectError(f"{value!r} {problem}", hint=hint)


def _has_port(url: str) -> bool:
    """Whether the port, if there is one, is a number that a port can be."""
    try:
        urlsplit(url).port  # noqa: B018 - reading it parses it
    except ValueError:
        return False
    return True
