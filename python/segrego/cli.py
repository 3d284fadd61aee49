"""The command line: parse, call, print, exit code. What the commands do is elsewhere."""

from __future__ import annotations

import gc
import os
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segrego.errors import ConfigError, SegregoError

if TYPE_CHECKING:
    from segrego.findings import Report, RuleInfo
    from segrego.inventory import Inventory, Severity

__all__ = ["app", "main"]

EXIT_FAIL = 1
EXIT_ERROR = 2
EXIT_INDETERMINATE = 3
EXIT_INTERRUPTED = 130


class Format(StrEnum):
    """How a report is written."""

    table = "table"
    json = "json"
    sarif = "sarif"
    markdown = "markdown"
    github = "github"


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


app = typer.Typer(
    name="segrego",
    help="Keeps AI agents on Amazon Bedrock from sharing an identity.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

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
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print findings only: no gaps, summary or progress.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours. NO_COLOR in the environment does the same.")]


@app.command()
def check(
    paths: Paths,
    config: ConfigPath = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="What is printed.")] = Format.table,
    output: Annotated[
        list[str] | None,
        typer.Option("--output", "-o", metavar="FORMAT=FILE", help="Also write a report to a file. Repeatable."),
    ] = None,
    fail_on: Annotated[FailOn | None, typer.Option(help="Least severity that fails. Default: low.")] = None,
    select: Annotated[list[str] | None, typer.Option(metavar="RULE", help="Only these rules. Repeatable.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULE", help="Not these rules. Repeatable.")] = None,
    engine: Annotated[
        EngineName, typer.Option(rich_help_panel="Engine", help="What runs the policies.")
    ] = EngineName.embedded,
    opa: Annotated[
        Path | None, typer.Option(rich_help_panel="Engine", metavar="FILE", help="The opa binary for --engine opa.")
    ] = None,
    opa_url: Annotated[
        str, typer.Option(rich_help_panel="Engine", metavar="URL", help="The OPA server for --engine server.")
    ] = "http://127.0.0.1:8181",
    opa_token_file: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel="Engine", metavar="FILE", help="Bearer token for the server. Or SEGREGO_OPA_TOKEN."
        ),
    ] = None,
    ca_cert: Annotated[
        Path | None, typer.Option(rich_help_panel="Engine", metavar="FILE", help="CA bundle for the server.")
    ] = None,
    client_cert: Annotated[
        Path | None, typer.Option(rich_help_panel="Engine", metavar="FILE", help="Client certificate for the server.")
    ] = None,
    client_key: Annotated[Path | None, typer.Option(rich_help_panel="Engine", metavar="FILE", help="Its key.")] = None,
    timeout: Annotated[
        float, typer.Option(rich_help_panel="Engine", metavar="SECONDS", min=0.1, help="For the whole evaluation.")
    ] = 300.0,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Judge agents, roles and tools: who shares an identity, and what each gains from it.

    Exit codes: 0 pass, 1 findings at or above --fail-on, 2 usage or unreadable input, 3 indeterminate.
    """
    from segrego.assess import assess, prepare
    from segrego.collect.files import collect_files
    from segrego.config import load_config, override
    from segrego.evaluate.engine import EngineOptions
    from segrego.evaluate.engine import engine as make_engine
    from segrego.policy import revision, revision_mismatch

    rules = _rules()
    declared = override(
        load_config(config),
        fail_on=_severity(fail_on),
        select=_known(select, rules, "--select"),
        ignore=_known(ignore, rules, "--ignore"),
    )
    outputs = [_output(text) for text in output or []]
    runner = make_engine(
        EngineOptions(
            name=engine.value,
            opa_path=opa,
            opa_url=opa_url,
            token_file=opa_token_file,
            ca_cert=ca_cert,
            client_cert=client_cert,
            client_key=client_key,
            timeout_seconds=timeout,
        )
    )
    report = assess(prepare(collect_files(paths), declared, evaluated_at_ns=time.time_ns()), runner)
    if warning := revision_mismatch(report.policy.revision, revision()):
        _say(f"warning: {warning}")
    for kind, path in outputs:
        _write(str(path), _rendered(report, rules, kind, quiet=quiet, no_color=True, to_terminal=False))
    _write("-", _rendered(report, rules, format_, quiet=quiet, no_color=no_color, to_terminal=sys.stdout.isatty()))
    raise typer.Exit({"pass": 0, "fail": EXIT_FAIL, "indeterminate": EXIT_INDETERMINATE}[report.verdict])


@app.command()
def collect(
    sources: Annotated[
        list[str], typer.Argument(metavar="aws|PATH", help="aws for a live account; else as for check.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: standard output.")
    ] = None,
    config: ConfigPath = None,
    region: Annotated[
        list[str] | None, typer.Option("--region", "-r", help="AWS region. Repeatable. Default: the session's.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="AWS profile. Default: the usual chain of credentials.")] = None,
    endpoint_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Another endpoint for every AWS call.")
    ] = None,
    print_policy: Annotated[
        bool, typer.Option("--print-policy", help="Print the IAM policy that collecting needs, and stop.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Gather agents, roles and tools into one inventory document, which `segrego check` reads."""
    from segrego.assess import prepare
    from segrego.collect.document import encode
    from segrego.collect.files import collect_files
    from segrego.config import load_config

    if print_policy:
        import json

        from segrego.collect.aws import print_policy as needed_policy

        _write("-", json.dumps(needed_policy(), indent=2) + "\n")
        return
    if "aws" in sources and len(sources) > 1:
        raise ConfigError("aws cannot be collected together with paths", hint="Run segrego collect twice.")
    declared = load_config(config)
    if sources == ["aws"]:
        found = _collect_aws(profile, tuple(region or ()), endpoint_url, watched=not quiet and sys.stderr.isatty())
    else:
        found = collect_files(sources)
    prepared = prepare(found, declared, evaluated_at_ns=time.time_ns())
    _write(str(output) if output else "-", encode(prepared).decode())
    if not quiet:
        _say(
            f"{len(prepared.workloads)} workloads, {len(prepared.roles)} roles, {len(prepared.tools)} tools, "
            f"{len(prepared.gaps)} gaps" + (f": {output}" if output else "")
        )


@app.command("rules")
def list_rules(no_color: NoColor = False) -> None:
    """List the rules."""
    from segrego.report.rules import render_list

    _write("-", render_list(_rules(), color=_colored(no_color), width=_width()))


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's name, as segrego rules lists it.")],
    no_color: NoColor = False,
) -> None:
    """Show what a rule finds, why it matters, an example, the fix and the controls."""
    from segrego.report.rules import render_rule

    rules = {entry.slug: entry for entry in _rules()}
    _known([rule], tuple(rules.values()), "RULE")
    _write("-", render_rule(rules[rule], color=_colored(no_color), width=_width()))


@app.command()
def version() -> None:
    """Print the versions of segrego and of its policy."""
    from segrego import __version__
    from segrego.policy import revision

    _write("-", f"segrego {__version__}, policy {revision()}\n")


def main() -> None:
    """Run the command line. Every error that is ours is one line on standard error and exit code 2."""
    # A run makes millions of objects that live until it ends. Looking among them for cycles made doubling the input
    # cost 2.6 times the time, and without it 2.2 times.
    gc.disable()
    try:
        app()
    except SegregoError as error:
        _say(f"error: {error}")
        sys.exit(EXIT_ERROR)
    except SystemExit as stop:
        if stop.code == EXIT_INTERRUPTED:
            _say("interrupted: nothing was written")
        raise


def _rules() -> tuple[RuleInfo, ...]:
    from segrego.catalog import load_rules

    return load_rules()


def _known(slugs: list[str] | None, rules: tuple[RuleInfo, ...], where: str) -> tuple[str, ...]:
    """Rules by name, commas allowed. A name that no rule has is an error: it would select nothing."""
    from difflib import get_close_matches

    names = [name.strip() for text in slugs or [] for name in text.split(",") if name.strip()]
    known = [rule.slug for rule in rules]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "`segrego rules` lists them."
            raise ConfigError(f"there is no rule {name}", where=where, hint=hint)
    return tuple(names)


def _severity(fail_on: FailOn | None) -> Severity | None:
    return None if fail_on is None else fail_on.value


def _output(text: str) -> tuple[Format, Path]:
    kind, _, path = text.partition("=")
    if not path or kind not in Format.__members__:
        kinds = ", ".join(Format.__members__)
        raise ConfigError(f"{text!r} is not FORMAT=FILE", where="--output", hint=f"Formats: {kinds}.")
    return Format(kind), Path(path)


def _collect_aws(
    profile: str | None, regions: tuple[str, ...], endpoint_url: str | None, *, watched: bool
) -> Inventory:
    from segrego.collect.aws import AwsOptions
    from segrego.collect.aws import collect as collect_aws
    from segrego.report.progress import progress

    options = AwsOptions(profile=profile, regions=regions, endpoint_url=endpoint_url)
    with progress(watched=watched) as advance:
        return collect_aws(options, progress=advance)


def _rendered(
    report: Report, rules: tuple[RuleInfo, ...], kind: Format, *, quiet: bool, no_color: bool, to_terminal: bool
) -> str:
    from segrego.report import RenderOptions, render

    color = to_terminal and _colored(no_color)
    return render(kind.value, report, rules, RenderOptions(color=color, width=_width(), quiet=quiet))


def _colored(no_color: bool) -> bool:
    return not no_color and not os.environ.get("NO_COLOR") and sys.stdout.isatty()


def _width() -> int | None:
    from shutil import get_terminal_size

    return get_terminal_size().columns if sys.stdout.isatty() else None


def _write(path: str, text: str) -> None:
    from segrego.report.output import write

    write(path, text)


def _say(text: str) -> None:
    """One line to the person, on standard error: standard output is for results."""
    print(f"segrego: {text}", file=sys.stderr)
