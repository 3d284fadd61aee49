"""``segrego init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segrego.cli.common import Quiet, say, write
from segrego.errors import OutputError

__all__ = ["init"]


def init(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="As for check, or a collected inventory. Default: this folder."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where it is written; - for standard output.")
    ] = Path("segrego.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write a first segrego.yaml: what tags say already, and what a person has to fill in."""
    from segrego.collect.files import collect_files
    from segrego.config import draft

    if output.exists() and str(output) != "-" and not force:
        hint = "Give --force to replace it, or another --output."
        raise OutputError("the file is there already", where=str(output), hint=hint)
    sources = paths or ["."]
    write(str(output), draft(collect_files(sources), ", ".join(sources)))
    if not quiet and str(output) != "-":
        say(f"{output}: fill in what is commented out there, so that `segrego check` knows it too")
