"""``segrego rules``, ``explain`` and ``version``."""

from __future__ import annotations

from typing import Annotated

import typer

from segrego.cli.common import NoColor, colored, known, load_rules, terminal_width, write

__all__ = ["explain", "list_rules", "version"]


def list_rules(no_color: NoColor = False) -> None:
    """List the rules."""
    from segrego.report.rules import render_list

    write("-", render_list(load_rules(), color=colored(no_color), width=terminal_width()))


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's name, as segrego rules lists it.")],
    no_color: NoColor = False,
) -> None:
    """Show what a rule finds, why it matters, an example, the fix and the controls."""
    from segrego.report.rules import render_rule

    rules = {entry.slug: entry for entry in load_rules()}
    known([rule], tuple(rules.values()), "RULE")
    write("-", render_rule(rules[rule], color=colored(no_color), width=terminal_width()))


def version() -> None:
    """Print the versions of segrego and of its policy."""
    from segrego import __version__
    from segrego.policy import revision

    write("-", f"segrego {__version__}, policy {revision()}\n")
