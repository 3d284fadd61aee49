"""``segrego check``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segrego.cli.common import (
    ConfigPath,
    EngineName,
    FailOn,
    Format,
    FormatOption,
    NoColor,
    OpaPath,
    OpenOnly,
    Outputs,
    ParameterFiles,
    Paths,
    Quiet,
    RuleFolders,
    View,
    known,
    load_rules,
    parsed_outputs,
    publish,
    rule_names,
    say,
    user_rules,
)
from segrego.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segrego.assess import Packed
    from segrego.config import Config
    from segrego.evaluate.engine import EngineOptions
    from segrego.evaluate.user_rules import UserRules
    from segrego.findings import Report, RuleInfo

__all__ = ["check"]

EXIT_CODES = {"pass": 0, "fail": 1, "indeterminate": 3}


def check(
    paths: Paths,
    config: ConfigPath = None,
    parameters: ParameterFiles = None,
    format_: FormatOption = Format.table,
    output: Outputs = None,
    fail_on: Annotated[FailOn | None, typer.Option(help="Least severity that fails. Default: low.")] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Only these rules. Repeatable.", autocompletion=rule_names),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="RULE", help="Not these rules. Repeatable.", autocompletion=rule_names)
    ] = None,
    rules: RuleFolders = None,
    engine: Annotated[
        EngineName, typer.Option(rich_help_panel="Engine", help="What runs the policies.")
    ] = EngineName.embedded,
    opa: OpaPath = None,
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
    open_only: OpenOnly = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Judge agents, roles and tools: who shares an identity, and what each gains from it.

    Exit codes: 0 pass, 1 findings at or above --fail-on, 2 usage or unreadable input, 3 indeterminate.
    """
    from segrego.evaluate.engine import EngineOptions

    outputs = parsed_outputs(output)
    own = user_rules(rules, opa)
    catalog = (*load_rules(), *(own.rules if own else ()))
    declared = _declared(config, fail_on, select, ignore, catalog)
    options = EngineOptions(
        name=_engine(engine, own).value,
        opa_path=opa,
        opa_url=opa_url,
        token_file=opa_token_file,
        ca_cert=ca_cert,
        client_cert=client_cert,
        client_key=client_key,
        timeout_seconds=timeout,
        user_rules=own if engine is not EngineName.server else None,
    )
    report = _judged(paths, parameters or (), declared, options)
    _refuse_unheard(report, own, declared)
    publish(report, catalog, format_, outputs, View(quiet=quiet, no_color=no_color, open_only=open_only))
    raise typer.Exit(EXIT_CODES[report.verdict])


def _declared(
    path: Path | None,
    fail_on: FailOn | None,
    select: list[str] | None,
    ignore: list[str] | None,
    catalog: Sequence[RuleInfo],
) -> Config:
    """What is declared in the configuration and on the command line, in names that rules have."""
    from segrego.config import load_config, override

    return override(
        load_config(path, {rule.slug for rule in catalog}),
        fail_on=None if fail_on is None else fail_on.value,
        select=known(select, catalog, "--select"),
        ignore=known(ignore, catalog, "--ignore"),
    )


def _engine(asked: EngineName, own: UserRules | None) -> EngineName:
    """The engine that can judge by the user's own rules as well."""
    if own is not None and asked is EngineName.embedded:
        say("the embedded engine cannot compile Rego: with --rules the policies run on the opa binary")
        return EngineName.opa
    if own is not None and asked is EngineName.server:
        say("--rules are not sent to a server: it judges by those that its operator loaded into it")
    return asked


def _judged(paths: list[str], parameters: Sequence[str], declared: Config, options: EngineOptions) -> Report:
    from segrego.assess import judge
    from segrego.evaluate.engine import engine
    from segrego.policy import revision, revision_mismatch

    runner = engine(options)
    report = judge(_packed(paths, parameters, declared), runner)
    if warning := revision_mismatch(report.policy.revision, revision()):
        say(f"warning: {warning}")
    return report


def _packed(paths: list[str], parameters: Sequence[str], declared: Config) -> Packed:
    """What is judged. The inventory itself goes here: while the policy runs, its own copy is large enough."""
    from segrego.assess import pack, prepare
    from segrego.collect.files import collect_files
    from segrego.config import notices

    prepared = prepare(collect_files(paths, parameters), declared, evaluated_at_ns=time.time_ns())
    for notice in notices(declared, prepared):
        say(f"warning: {notice}")
    return pack(prepared)


def _refuse_unheard(report: Report, own: UserRules | None, declared: Config) -> None:
    """A rule that was asked for and did not judge is an error: its silence would look like a pass."""
    wanted = {rule.slug for rule in own.rules} if own else set()
    if declared.select:
        wanted &= set(declared.select)
    if missing := sorted(wanted - set(declared.ignore) - set(report.rules)):
        raise EngineError(
            f"the engine does not hold {', '.join(missing)}",
            where=report.engine.name,
            hint="Load these rules and their catalog into it (docs/user-rules.md), or leave out --rules.",
        )
