"""Workflow commands of GitHub Actions: annotations on the lines of a pull request.

GitHub shows ten errors, ten warnings and ten notices of a step and the rest in its log alone, so the worst come first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segrego.findings import Finding, Report, ReportedGap, ReportWarning, RuleInfo
from segrego.inventory import Location, Severity
from segrego.report import RenderOptions
from segrego.report.places import STDIN, repository_path
from segrego.report.words import counts, next_step, plain

__all__ = ["render"]

COMMANDS: dict[Severity, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "notice",
    "info": "notice",
}


def render(report: Report, rules: Sequence[RuleInfo], options: RenderOptions) -> str:
    """One command for each open finding, gap and warning, and a summary in the log."""
    lines = [_finding(finding, options) for finding in report.findings if finding.status == "open"]
    if not options.quiet:
        lines += _rest(report, options)
        lines.append(_logged(f"segrego: {report.verdict}: {counts(report)}"))
        lines.append(_logged(next_step(report)))
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding, options: RenderOptions) -> str:
    fix = " ".join(plain(finding.remediation).split())
    where = "" if any(location.file for location in finding.locations) else f" [{plain(finding.subject)}]"
    text = f"{plain(finding.message)}{where}. {fix} (segrego explain {plain(finding.rule)})"
    title = f"{finding.severity}: {plain(finding.title)}"
    return _command(COMMANDS[finding.severity], text, title, finding.locations, options)


def _rest(report: Report, options: RenderOptions) -> Iterator[str]:
    items: list[ReportedGap | ReportWarning] = [*report.gaps, *report.warnings]
    for item in items:
        is_quiet = isinstance(item, ReportedGap) and not item.rules
        title = "could not be judged" if isinstance(item, ReportedGap) else "should be corrected"
        places = (item.location,) if item.location else ()
        yield _command("notice" if is_quiet else "warning", plain(item.message), title, places, options)


def _command(name: str, text: str, title: str, locations: Sequence[Location], options: RenderOptions) -> str:
    properties = {}
    first = next((location for location in locations if location.file), None)
    if first and first.file and first.file != STDIN:
        properties["file"] = plain(repository_path(first.file, options))
        if first.line:
            properties["line"] = str(first.line)
    properties["title"] = f"segrego: {title}"
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {told}::{_data(text)}"


def _data(text: str) -> str:
    """As the runner decodes a command's message."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return _logged(escaped)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _logged(text: str) -> str:
    """Text that holds no command of the runner's older form, which it looks for anywhere in a line."""
    return text.replace("##[", "## [").replace("##vso[", "##vso [")
