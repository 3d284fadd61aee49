"""What the commands share: options, and the ways to print."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segrego.errors import ConfigError, suggestion

if TYPE_CHECKING:
    from segrego.findings import RuleInfo

__all__ = [
    "ConfigPath",
    "EngineName",
    "FailOn",
    "Format",
    "LeaseMinutes",
    "NoColor",
    "OtherKeys",
    "ParameterFiles",
    "Paths",
    "Quiet",
    "Shape",
    "colored",
    "known",
    "load_rules",
    "say",
    "table",
    "terminal_width",
    "write",
]


class Format(StrEnum):
    """How a report is written."""

    table = "table"
    json = "json"
    sarif = "sarif"
    markdown = "markdown"
    github = "github"


class Shape(StrEnum):
    """How a list is written."""

    table = "table"
    json = "json"


class EngineName(StrEnum):
    """What runs the policies."""

    embedded = "embedded"
    opa = "opa"
    server = "server"


class FailOn(StrEnum):
    """The least severity that fails."""

    critical = "critical"
    high = "high"
    medium = "medium"
    low = "low"
    info = "info"


Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Templates (CloudFormation, SAM, cdk.out), folders, Terraform plans as JSON, inventories; - for stdin.",
        show_default=False,
    ),
]
ConfigPath = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="What is declared. Default: segrego.yaml here, if it exists."),
]
ParameterFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--parameters",
        metavar="[TEMPLATE=]FILE",
        help="Parameters of CloudFormation templates, as the AWS CLI, CodePipeline or SAM (samconfig.toml#ENV) take "
        "them. Repeatable.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print findings only: no gaps, summary or progress.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours. NO_COLOR in the environment does the same.")]
LeaseMinutes = Annotated[
    int,
    typer.Option(
        "--lease-minutes",
        metavar="N",
        min=1,
        max=43_200,
        help="How long it may decide: a sidecar that gets nothing newer denies from then on.",
    ),
]
OtherKeys = Annotated[
    list[Path] | None,
    typer.Option("--also", metavar="FILE", help="Another key that may have signed what is there. Repeatable."),
]


def load_rules() -> tuple[RuleInfo, ...]:
    """Every rule of the catalog."""
    from segrego import catalog

    return catalog.load_rules()


def known(slugs: list[str] | None, rules: tuple[RuleInfo, ...], where: str) -> tuple[str, ...]:
    """Rules by name, commas allowed. A name that no rule has is an error: it would select nothing."""
    names = [name.strip() for text in slugs or [] for name in text.split(",") if name.strip()]
    known = [rule.slug for rule in rules]
    for name in names:
        if name not in known:
            hint = suggestion(name, known, "`segrego rules` lists them.")
            raise ConfigError(f"there is no rule {name}", where=where, hint=hint)
    return tuple(names)


def colored(no_color: bool) -> bool:
    """Whether standard output shall be coloured."""
    return not no_color and not os.environ.get("NO_COLOR") and sys.stdout.isatty()


def terminal_width() -> int | None:
    """The columns of the terminal that standard output is; null where it is none."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if sys.stdout.isatty() else None


def write(path: str, text: str) -> None:
    """Write to a file, or to standard output for ``-``."""
    from segrego.report import output

    output.write(path, text)


def say(text: str) -> None:
    """One line to the person, on standard error: standard output is for results. What it names may come from anybody's
    template."""
    from segrego.report.words import plain

    print(f"segrego: {plain(text)}", file=sys.stderr)


def table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, no_color: bool) -> None:
    """A table on standard output. What is in it may come from anybody, so control characters are taken out."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from segrego.report.words import plain

    made = Table(title=Text(plain(title)), title_justify="left", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text(plain(cell)) for cell in row))
    width = terminal_width() or 200
    Console(file=sys.stdout, width=width, no_color=not colored(no_color), highlight=False).print(made)
