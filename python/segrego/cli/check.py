"""``segrego check``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segrego.cli.common import (
    ConfigPath,
    EngineName,
    FailOn,
    Format,
    NoColor,
    ParameterFiles,
    Paths,
    Quiet,
    colored,
    known,
    load_rules,
    say,
    terminal_width,
    write,
)
from segrego.errors import ConfigError

if TYPE_CHECKING:
    from segrego.findings import Report, RuleInfo
    from segrego.inventory import Severity

__all__ = ["check"]

EXIT_CODES = {"pass": 0, "fail": 1, "indeterminate": 3}


def check(
    paths: Paths,
    config: ConfigPath = None,
    parameters: ParameterFiles = None,
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
    from segrego.config import load_config, notices, override
    from segrego.evaluate.engine import EngineOptions
    from segrego.evaluate.engine import engine as make_engine
    from segrego.policy import revision, revision_mismatch

    rules = load_rules()
    declared = override(
        load_config(config, {rule.slug for rule in rules}),
        fail_on=_severity(fail_on),
        select=known(select, rules, "--select"),
        ignore=known(ignore, rules, "--ignore"),
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
    prepared = prepare(collect_files(paths, parameters or ()), declared, evaluated_at_ns=time.time_ns())
    for notice in notices(declared, prepared):
        say(f"warning: {notice}")
    report = assess(prepared, runner)
    if warning := revision_mismatch(report.policy.revision, revision()):
        say(f"warning: {warning}")
    for kind, path in outputs:
        write(str(path), _rendered(report, rules, kind, quiet=quiet, no_color=True, to_terminal=False))
    write("-", _rendered(report, rules, format_, quiet=quiet, no_color=no_color, to_terminal=sys.stdout.isatty()))
    raise typer.Exit(EXIT_CODES[report.verdict])


def _severity(fail_on: FailOn | None) -> Severity | None:
    return None if fail_on is None else fail_on.value


def _output(text: str) -> tuple[Format, Path]:
    kind, _, path = text.partition("=")
    if not path or kind not in Format.__members__:
        kinds = ", ".join(Format.__members__)
        raise ConfigError(f"{text!r} is not FORMAT=FILE", where="--output", hint=f"Formats: {kinds}.")
    return Format(kind), Path(path)


def _rendered(
    report: Report, rules: tuple[RuleInfo, ...], kind: Format, *, quiet: bool, no_color: bool, to_terminal: bool
) -> str:
    from segrego.report import RenderOptions, render

    color = to_terminal and colored(no_color)
    return render(kind.value, report, rules, RenderOptions(color=color, width=terminal_width(), quiet=quiet))
