"""``segrego collect``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segrego.cli.common import ConfigPath, Moment, ParameterFiles, Quiet, say, write
from segrego.errors import ConfigError

if TYPE_CHECKING:
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
    region: Annotated[
        list[str] | None, typer.Option("--region", "-r", help="AWS region. Repeatable. Default: the session's.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="AWS profile. Default: the usual chain of credentials.")] = None,
    endpoint_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Another endpoint for every AWS call.")
    ] = None,
    moment: Annotated[
        Moment, typer.Option(help="Which side of a Terraform plan: what it leaves behind, or what was there before.")
    ] = Moment.planned,
    print_policy: Annotated[
        bool, typer.Option("--print-policy", metavar="", help="Print the IAM policy that collecting needs, and stop.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Gather agents, roles and tools into one inventory document, which `segrego check` reads."""
    from segrego.assess import prepare
    from segrego.collect.document import encode
    from segrego.collect.files import collect_files
    from segrego.config import load_config, notices

    if print_policy:
        import json

        from segrego.collect.aws import print_policy as needed_policy

        write("-", json.dumps(needed_policy(), indent=2) + "\n")
        return
    if "aws" in sources and len(sources) > 1:
        raise ConfigError("aws cannot be collected together with paths", hint="Run segrego collect twice.")
    declared = load_config(config)  # it may name rules of the user's own, which nothing here judges by
    if sources == ["aws"]:
        found = _collect_aws(profile, tuple(region or ()), endpoint_url, watched=not quiet and sys.stderr.isatty())
    else:
        found = collect_files(sources, parameters or (), moment=moment.value)
    prepared = prepare(found, declared, evaluated_at_ns=time.time_ns())
    for notice in notices(declared, prepared):
        say(f"warning: {notice}")
    write(str(output) if output else "-", encode(prepared).decode())
    if not quiet:
        say(
            f"{len(prepared.workloads)} workloads, {len(prepared.roles)} roles, {len(prepared.tools)} tools, "
            f"{len(prepared.gaps)} gaps" + (f": {output}" if output else "")
        )


def _collect_aws(
    profile: str | None, regions: tuple[str, ...], endpoint_url: str | None, *, watched: bool
) -> Inventory:
    from segrego.collect.aws import AwsOptions
    from segrego.collect.aws import collect as collect_aws
    from segrego.report.progress import progress

    options = AwsOptions(profile=profile, regions=regions, endpoint_url=endpoint_url)
    with progress(watched=watched) as advance:
        return collect_aws(options, progress=advance)
