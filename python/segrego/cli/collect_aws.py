"""The options of ``segrego collect aws``."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segrego.cli.common import say
from segrego.errors import ConfigError

if TYPE_CHECKING:
    from segrego.collect.aws import AwsOptions, Checkpoint
    from segrego.inventory import Inventory

__all__ = [
    "Accounts",
    "AccountsFile",
    "AllRegions",
    "CheckpointPath",
    "EndpointUrl",
    "ExternalId",
    "LastAccessed",
    "Organization",
    "PrintPolicy",
    "Profile",
    "Regions",
    "RoleArnTemplate",
    "RoleName",
    "SessionName",
    "collected",
    "read_accounts",
]

_PANEL = "AWS"
_MAX_ACCOUNTS_BYTES = 4_000_000

Regions = Annotated[
    list[str] | None,
    typer.Option("--region", "-r", rich_help_panel=_PANEL, help="AWS region. Repeatable. Default: the session's."),
]
AllRegions = Annotated[
    bool,
    typer.Option("--all-regions", rich_help_panel=_PANEL, help="Every region that is enabled and where Bedrock is."),
]
Profile = Annotated[
    str | None, typer.Option(rich_help_panel=_PANEL, help="AWS profile. Default: the usual chain of credentials.")
]
EndpointUrl = Annotated[
    str | None, typer.Option(rich_help_panel=_PANEL, metavar="URL", help="Another endpoint for every AWS call.")
]
Accounts = Annotated[
    list[str] | None,
    typer.Option(
        "--account",
        rich_help_panel=_PANEL,
        metavar="ID",
        help="Account to read. Repeatable. Default: the credentials'.",
    ),
]
AccountsFile = Annotated[
    Path | None,
    typer.Option("--accounts", rich_help_panel=_PANEL, metavar="FILE", help="Accounts to read, one id a line."),
]
Organization = Annotated[
    bool,
    typer.Option(
        "--organization", rich_help_panel=_PANEL, help="Every account of the AWS organization, with its SCPs."
    ),
]
RoleName = Annotated[
    str | None,
    typer.Option(rich_help_panel=_PANEL, metavar="NAME", help="Role to assume in every account but the credentials'."),
]
RoleArnTemplate = Annotated[
    str | None,
    typer.Option(rich_help_panel=_PANEL, metavar="ARN", help="The same, as an ARN with {account} in it."),
]
ExternalId = Annotated[
    str | None, typer.Option(rich_help_panel=_PANEL, metavar="ID", help="External id that the role asks for.")
]
SessionName = Annotated[
    str, typer.Option(rich_help_panel=_PANEL, metavar="NAME", help="What CloudTrail calls the session in the role.")
]
LastAccessed = Annotated[
    bool,
    typer.Option("--last-accessed", rich_help_panel=_PANEL, help="Also ask when roles last used each service."),
]
CheckpointPath = Annotated[
    Path | None,
    typer.Option(
        rich_help_panel=_PANEL,
        metavar="FILE",
        help="Keep answers here while collecting; interrupted, the same command goes on from it.",
    ),
]
PrintPolicy = Annotated[
    bool,
    typer.Option(
        "--print-policy",
        rich_help_panel=_PANEL,
        help="Print the IAM policy that collecting with these options needs, and stop.",
    ),
]


def read_accounts(given: list[str] | None, path: Path | None) -> tuple[str, ...]:
    """The accounts that the options name, each once."""
    return tuple(dict.fromkeys([*(given or ()), *([] if path is None else _accounts_in(path))]))


def _accounts_in(path: Path) -> list[str]:
    """The accounts that a file lists, one a line; ``#`` begins a comment."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_ACCOUNTS_BYTES + 1)
    except OSError as error:
        raise ConfigError("the list of accounts cannot be read", where=str(path), hint="Give a text file.") from error
    if len(data) > _MAX_ACCOUNTS_BYTES:
        raise ConfigError("the list of accounts is too long", where=str(path), hint="Give one id a line.")
    found = []
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        account = line.partition("#")[0].strip()
        if account and not (len(account) == 12 and account.isascii() and account.isdigit()):
            raise ConfigError("this is not an account", where=f"{path}:{number}", hint="Give 12 digits a line.")
        found += [account] if account else []
    if not found:
        raise ConfigError("the list of accounts is empty", where=str(path), hint="Give one id a line.")
    return found


@contextmanager
def collected(options: AwsOptions, checkpoint: Path | None, *, watched: bool) -> Iterator[Inventory]:
    """What was collected. The checkpoint ends with this context, unless an error does it: it is kept until the
    document is written."""
    from segrego.collect.aws import Checkpoint

    if checkpoint is None:
        yield _collect(options, None, watched=watched)
        return
    with Checkpoint(checkpoint) as kept:
        try:
            yield _collect(options, kept, watched=watched)
        except BaseException:
            if kept.is_bound:
                say(f"the checkpoint {checkpoint} is kept: the same command goes on from it within a day")
            raise
        kept.discard()


def _collect(options: AwsOptions, checkpoint: Checkpoint | None, *, watched: bool) -> Inventory:
    """Collect with the cyclic garbage collector on: boto3's clients are cycles of megabytes, and a sweep of an
    organization makes tens of thousands of them."""
    from segrego.collect.aws import collect
    from segrego.report.progress import progress

    was_on = gc.isenabled()
    gc.enable()
    try:
        with progress(watched=watched) as advance:
            return collect(options, progress=advance, checkpoint=checkpoint)
    finally:
        if not was_on:
            gc.disable()
