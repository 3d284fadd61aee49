"""What the commands share: options, and the ways to print."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segrego.errors import ConfigError, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from segrego.evaluate.user_rules import UserRules
    from segrego.findings import Report, RuleInfo
    from segrego.report import RenderOptions

__all__ = [
    "ConfigPath",
    "EngineName",
    "FailOn",
    "Format",
    "FormatOption",
    "LeaseMinutes",
    "Moment",
    "NoColor",
    "OpaPath",
    "OpenOnly",
    "OtherKeys",
    "Outputs",
    "ParameterFiles",
    "Paths",
    "Quiet",
    "RuleFolders",
    "Shape",
    "Shown",
    "View",
    "colored",
    "known",
    "load_rules",
    "parsed_outputs",
    "publish",
    "render_options",
    "rule_names",
    "say",
    "table",
    "terminal_width",
    "user_rules",
    "write",
]

EXIT_BROKEN_PIPE = 141
"""What a shell reports for a program that SIGPIPE ended: none of the codes that say something of findings."""


class Format(StrEnum):
    """How a report is written."""

    table = "table"
    json = "json"
    sarif = "sarif"
    markdown = "markdown"
    github = "github"


class Shown(StrEnum):
    """How rules are shown."""

    text = "text"
    json = "json"


class Shape(StrEnum):
    """How a list is written."""

    table = "table"
    json = "json"


class EngineName(StrEnum):
    """What runs the policies."""

    embedded = "embedded"
    opa = "opa"
    server = "server"


class Moment(StrEnum):
    """Which side of a Terraform plan is read."""

    planned = "planned"
    prior = "prior"


class FailOn(StrEnum):
    """The least severity that fails."""

    critical = "critical"
    high = "high"
    medium = "medium"
    low = "low"
    info = "info"


def rule_names(incomplete: str) -> list[str]:
    """For the shell's completion: rules whose name begins so, after a comma too."""
    done, comma, last = incomplete.rpartition(",")
    return [f"{done}{comma}{rule.slug}" for rule in load_rules() if rule.slug.startswith(last)]


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
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="What is printed.")]
Outputs = Annotated[
    list[str] | None,
    typer.Option("--output", "-o", metavar="FORMAT=FILE", help="Also write a report to a file. Repeatable."),
]
RuleFolders = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="FOLDER", help="Also rules of your own (Rego; needs opa). Repeatable."),
]
OpaPath = Annotated[
    Path | None,
    typer.Option(rich_help_panel="Engine", metavar="FILE", help="The opa binary for --engine opa and --rules."),
]
OpenOnly = Annotated[
    bool,
    typer.Option("--open-only", metavar="", help="Leave out excepted findings. GitHub shows them as open in SARIF."),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", metavar="", help="Print findings only: no gaps, summary or progress.")
]
NoColor = Annotated[
    bool, typer.Option("--no-color", metavar="", help="No colours. NO_COLOR in the environment does the same.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a person wants to see of a report."""

    quiet: bool
    no_color: bool
    open_only: bool


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


def user_rules(folders: Sequence[Path] | None, opa: Path | None) -> UserRules | None:
    """The rules of the user's own, checked by the opa binary; null if no folder is given."""
    if not folders:
        return None
    from segrego.evaluate.binary import find_opa
    from segrego.evaluate.user_rules import read_user_rules
    from segrego.frameworks import load_frameworks

    hint = "Rules of your own need OPA 1.0 or later (openpolicyagent.org): install it, or name it with --opa."
    return read_user_rules(folders, find_opa(opa, hint=hint), own=load_rules(), frameworks=load_frameworks())


def known(slugs: Iterable[str] | None, rules: Sequence[RuleInfo], where: str) -> tuple[str, ...]:
    """Rules by name, commas allowed. A name that no rule has is an error: it would select nothing."""
    names = [name.strip() for text in slugs or [] for name in text.split(",") if name.strip()]
    known = [rule.slug for rule in rules]
    for name in names:
        if name not in known:
            hint = suggestion(name, known, "`segrego rules` lists them.")
            raise ConfigError(f"there is no rule {name}", where=where, hint=hint)
    return tuple(names)


def parsed_outputs(texts: Sequence[str] | None) -> list[tuple[Format, str]]:
    """Each ``FORMAT=FILE``."""
    return [_output(text) for text in texts or []]


def _output(text: str) -> tuple[Format, str]:
    kind, _, path = text.partition("=")
    if not path or kind not in Format.__members__:
        kinds = ", ".join(Format.__members__)
        raise ConfigError(f"{text!r} is not FORMAT=FILE", where="--output", hint=f"Formats: {kinds}.")
    return Format(kind), path


def publish(
    report: Report, rules: Sequence[RuleInfo], printed: Format, outputs: Sequence[tuple[Format, str]], view: View
) -> None:
    """Write a report to files, and then print it."""
    from segrego.report import render

    for kind, path in outputs:
        write(path, render(kind.value, report, rules, render_options(kind, view, to_terminal=False)))
    write("-", render(printed.value, report, rules, render_options(printed, view, to_terminal=sys.stdout.isatty())))


def render_options(kind: Format, view: View, *, to_terminal: bool) -> RenderOptions:
    """How a format is rendered here: paths count from the root of the repository that this folder lies in."""
    from segrego.frameworks import load_frameworks
    from segrego.report import RenderOptions

    here = Path.cwd()
    return RenderOptions(
        color=to_terminal and colored(view.no_color),
        width=terminal_width() if to_terminal else None,
        quiet=view.quiet,
        open_only=view.open_only,
        base=here,
        root=next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here),
        frameworks=load_frameworks() if kind in (Format.sarif, Format.markdown) else {},
    )


def colored(no_color: bool) -> bool:
    """Whether standard output shall be coloured."""
    wanted = not no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and sys.stdout.isatty()


def terminal_width() -> int | None:
    """The columns of the terminal that standard output is; null where it is none."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if sys.stdout.isatty() else None


def write(path: str, text: str) -> None:
    """Write to a file, or to standard output for ``-``. A reader that went away ends the program quietly."""
    from segrego.report import output

    try:
        output.write(path, text)
    except BrokenPipeError:
        # so that nothing is flushed into the broken pipe at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(EXIT_BROKEN_PIPE) from None


def say(text: str) -> None:
    """One line to the person, on standard error: standard output is for results. What it names may come from anybody's
    template."""
    from segrego.report.words import plain

    print(f"segrego: {plain(text)}", file=sys.stderr)


def table(title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]], *, no_color: bool) -> None:
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
