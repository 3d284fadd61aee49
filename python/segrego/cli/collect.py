"""``segrego collect``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segrego.cli import collect_aws as aws_options
from segrego.cli.common import ConfigPath, Moment, ParameterFiles, Quiet, say, write
from segrego.errors import ConfigError

if TYPE_CHECKING:
    from segrego.collect.aws.options import AwsOptions
    from segrego.config import Config
    from segrego.inventory import Inventory

__all__ = ["collect"]


def collect(
    sources: Annotated[
        list[str], typer.Argument(metavar="aws|PATH", help="aws for a live account; else as for check.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: standard output.")
    ] = None,
    config: ConfigPath = None,
    parameters: ParameterFiles = None,
    moment: Annotated[
        Moment, typer.Option(help="Which side of a Terraform plan: what it leaves behind, or what was there before.")
    ] = Moment.planned,
    region: aws_options.Regions = None,
    all_regions: aws_options.AllRegions = False,
    profile: aws_options.Profile = None,
    endpoint_url: aws_options.EndpointUrl = None,
    account: aws_options.Accounts = None,
    accounts: aws_options.AccountsFile = None,
    organization: aws_options.Organization = False,
    role_name: aws_options.RoleName = None,
    role_arn_template: aws_options.RoleArnTemplate = None,
    external_id: aws_options.ExternalId = None,
    session_name: aws_options.SessionName = "segrego",
    last_accessed: aws_options.LastAccessed = False,
    checkpoint: aws_options.CheckpointPath = None,
    print_policy: aws_options.PrintPolicy = False,
    quiet: Quiet = False,
) -> None:
    """Gather agents, roles and tools into one inventory document, which `segrego check` reads."""
    from segrego.collect.aws.options import AwsOptions
    from segrego.collect.files import collect_files
    from segrego.config import load_config

    if "aws" in sources and len(sources) > 1:
        raise ConfigError("aws cannot be collected together with paths", hint="Run segrego collect twice.")
    options = AwsOptions(
        profile=profile,
        regions=tuple(region or ()),
        all_regions=all_regions,
        endpoint_url=endpoint_url,
        accounts=aws_options.read_accounts(account, accounts),
        organization=organization,
        role_name=role_name,
        role_arn_template=role_arn_template,
        external_id=external_id,
        session_name=session_name,
        last_accessed=last_accessed,
    )
    if print_policy:
        _print_policy(options)
        return
    declared = load_config(config)  # it may name rules of the user's own, which nothing here judges by
    if sources == ["aws"]:
        with aws_options.collected(options, checkpoint, watched=not quiet and sys.stderr.isatty()) as found:
            _write(found, declared, output, quiet=quiet)
    else:
        _write(collect_files(sources, parameters or (), moment=moment.value), declared, output, quiet=quiet)


def _write(found: Inventory, declared: Config, output: Path | None, *, quiet: bool) -> None:
    from segrego.assess import prepare
    from segrego.collect.document import encode
    from segrego.config import notices

    prepared = prepare(found, declared, evaluated_at_ns=time.time_ns())
    for notice in notices(declared, prepared):
        say(f"warning: {notice}")
    write(str(output) if output else "-", encode(prepared).decode())
    if not quiet:
        say(
            f"{len(prepared.workloads)} workloads, {len(prepared.roles)} roles, {len(prepared.tools)} tools, "
            f"{len(prepared.gaps)} gaps" + (f": {output}" if output else "")
        )


def _print_policy(options: AwsOptions) -> None:
    import json

    from segrego.collect.aws.options import checked
    from segrego.collect.aws.permissions import print_policy

    write("-", json.dumps(print_policy(checked(options)), indent=2) + "\n")
