"""``segrego report``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from segrego.cli.common import (
    Format,
    FormatOption,
    NoColor,
    OpaPath,
    OpenOnly,
    Outputs,
    Quiet,
    RuleFolders,
    View,
    load_rules,
    parsed_outputs,
    publish,
    render_options,
    say,
    user_rules,
    write,
)
from segrego.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segrego.findings import Report, RuleInfo

__all__ = ["report"]


def _frameworks(incomplete: str) -> list[str]:
    from segrego.frameworks import load_frameworks

    return [name for name in load_frameworks() if name.startswith(incomplete)]


def report(
    saved: Annotated[str, typer.Argument(metavar="REPORT", help="A report that check wrote as JSON; - for stdin.")],
    by: Annotated[
        str | None,
        typer.Option(metavar="FRAMEWORK", help="Group by its controls, as owasp-nhi-2025.", autocompletion=_frameworks),
    ] = None,
    format_: FormatOption = Format.table,
    output: Outputs = None,
    rules: RuleFolders = None,
    opa: OpaPath = None,
    open_only: OpenOnly = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Show a saved report in any format, or by the controls of a framework. Judges nothing: the exit code is 0."""
    from segrego.saved import read_report

    outputs = parsed_outputs(output)
    own = user_rules(rules, opa)
    catalog = (*load_rules(), *(own.rules if own else ()))
    found = read_report(saved)
    if unknown := sorted(set(found.rules) - {rule.slug for rule in catalog}):
        say(f"warning: this segrego does not know {', '.join(unknown)}: are they rules of your own? Give --rules")
    view = View(quiet=quiet, no_color=no_color, open_only=open_only)
    if by is None:
        publish(found, catalog, format_, outputs, view)
    else:
        _publish_grouped(found, catalog, by, format_, outputs, view)


def _publish_grouped(
    found: Report,
    catalog: Sequence[RuleInfo],
    by: str,
    printed: Format,
    outputs: Sequence[tuple[Format, str]],
    view: View,
) -> None:
    from segrego.frameworks import load_frameworks
    from segrego.grouped import by_control
    from segrego.report.grouped import FORMATS, render

    frameworks = load_frameworks()
    if by not in frameworks:
        raise ConfigError(f"there is no framework {by}", where="--by", hint=f"There are {', '.join(frameworks)}.")
    for kind in (printed, *(kind for kind, _ in outputs)):
        if kind.value not in FORMATS:
            hint = f"Use one of {', '.join(FORMATS)}."
            raise ConfigError(f"{kind.value} has no place for controls", where="--by", hint=hint)
    options = render_options(printed, view, to_terminal=sys.stdout.isatty())
    grouped = by_control(found, catalog, frameworks[by], open_only=view.open_only)
    for kind, path in outputs:
        write(path, render(kind.value, grouped, render_options(kind, view, to_terminal=False)))
    write("-", render(printed.value, grouped, options))
