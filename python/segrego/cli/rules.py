"""``segrego rules``, ``explain`` and ``version``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from segrego.cli.common import (
    NoColor,
    OpaPath,
    RuleFolders,
    Shown,
    colored,
    known,
    load_rules,
    rule_names,
    terminal_width,
    user_rules,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from segrego.findings import RuleInfo

__all__ = ["explain", "list_rules", "version"]

ShownOption = Annotated[Shown, typer.Option("--format", "-f", help="How it is shown.")]


def list_rules(
    format_: ShownOption = Shown.text,
    rules: RuleFolders = None,
    opa: OpaPath = None,
    print_folder: Annotated[
        bool, typer.Option("--print-folder", metavar="", help="Print the folder of the policy, for opa test, and stop.")
    ] = False,
    no_color: NoColor = False,
) -> None:
    """List the rules."""
    from segrego.policy import rego_dir
    from segrego.report.rules import list_as_json, render_list

    if print_folder:
        write("-", f"{rego_dir()}\n")
        return
    found = _all(rules, opa)
    if format_ is Shown.json:
        write("-", list_as_json(found))
    else:
        write("-", render_list(found, color=colored(no_color), width=terminal_width()))


def explain(
    rule: Annotated[
        str,
        typer.Argument(metavar="RULE", help="A rule's name, as segrego rules lists it.", autocompletion=rule_names),
    ],
    format_: ShownOption = Shown.text,
    rules: RuleFolders = None,
    opa: OpaPath = None,
    no_color: NoColor = False,
) -> None:
    """Show what a rule finds, why it matters, an example, the fix and the controls."""
    from segrego.frameworks import load_frameworks
    from segrego.report.rules import render_rule, rule_as_json

    found = _all(rules, opa)
    known([rule], found, "RULE")
    entry = next(entry for entry in found if entry.slug == rule)
    if format_ is Shown.json:
        write("-", rule_as_json(entry, load_frameworks()))
    else:
        write("-", render_rule(entry, load_frameworks(), color=colored(no_color), width=terminal_width()))


def version() -> None:
    """Print the versions of segrego and of its policy."""
    from segrego import __version__
    from segrego.policy import revision

    write("-", f"segrego {__version__}, policy {revision()}\n")


def _all(folders: Sequence[Path] | None, opa: Path | None) -> tuple[RuleInfo, ...]:
    own = user_rules(folders, opa)
    return (*load_rules(), *(own.rules if own else ()))
