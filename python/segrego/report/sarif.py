"""SARIF 2.1.0, as GitHub code scanning and other viewers read it.

What GitHub does with it, and what follows from that here: a result without a file makes it refuse the whole upload, so
what is in no file gets a stand-in path (:func:`segrego.report.places.stand_in`); of the fingerprints it uses
``primaryLocationLineHash`` alone, which its upload action works out from the file's line where we give none; it knows a
rule's severity and no result's, so a rule has that of its worst finding; it shows suppressed results as open, for which
there is ``--open-only``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from segrego import __version__
from segrego.findings import SEVERITIES, Finding, Report, ReportedGap, ReportWarning, RuleInfo
from segrego.inventory import Location, Severity
from segrego.report import RenderOptions
from segrego.report.controls import help_markdown, help_text, page, tags
from segrego.report.places import stand_in, uri
from segrego.report.words import described, excepted, in_order, place, plain

__all__ = ["render"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
LEVELS: dict[Severity, str] = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "info": "note",
}
SCORES: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5"}
"""``security-severity``: GitHub calls over 9.0 critical, from 7.0 high, from 4.0 medium and below that low. ``info``
has none."""
MOST_RELATED = 100
"""GitHub shows no more locations of one result, and refuses a file with more than a thousand."""

GAPS = "gap"
WARNINGS = "warning"

Json = dict[str, Any]


def render(report: Report, rules: Sequence[RuleInfo], options: RenderOptions) -> str:
    """One log with one run."""
    catalog = described(report, rules)
    run = {
        "tool": {"driver": _driver(report, catalog, options)},
        "invocations": [_invocation(report, options)],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository that was checked."}}},
        "columnKind": "unicodeCodePoints",
        "results": list(_results(report, list(catalog), options)),
        "properties": {
            "verdict": report.verdict,
            "failOn": report.fail_on,
            "policyRevision": report.policy.revision,
            "engine": report.engine.name,
        },
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _driver(report: Report, catalog: Mapping[str, RuleInfo], options: RenderOptions) -> Json:
    worst: dict[str, Severity] = {}
    for finding in report.findings:
        rank = min(SEVERITIES.index(finding.severity), SEVERITIES.index(worst.get(finding.rule, "info")))
        worst[finding.rule] = SEVERITIES[rank]
    return {
        "name": "segrego",
        "semanticVersion": __version__,
        "version": __version__,
        "rules": [_rule(rule, worst.get(slug, rule.severity), options) for slug, rule in catalog.items()],
        "notifications": [
            _descriptor(GAPS, code, "could not be read or judged") for code in sorted({gap.code for gap in report.gaps})
        ]
        + [
            _descriptor(WARNINGS, code, "should be corrected")
            for code in sorted({warning.code for warning in report.warnings})
        ],
    }


def _descriptor(kind: str, code: str, what: str) -> Json:
    text = {"text": f"Something {what}: {_words(code)}."}
    return {"id": f"{kind}/{code}", "shortDescription": text, "fullDescription": text, "help": text}


def _words(code: str) -> str:
    return plain(code).replace("_", " ")


def _rule(rule: RuleInfo, severity: Severity, options: RenderOptions) -> Json:
    properties: Json = {"tags": tags(rule), "precision": "high", "category": rule.category, "controls": rule.controls}
    if severity in SCORES:
        properties["security-severity"] = SCORES[severity]
    link = page(rule, options.frameworks)
    return {
        "id": rule.slug,
        "name": "".join(part.capitalize() for part in rule.slug.split("_")),
        "shortDescription": {"text": _sentence(rule.title)},
        "fullDescription": {"text": _cut(_sentence(rule.description), 1000)},
        **({"helpUri": link} if link else {}),
        "help": {"text": help_text(rule, options.frameworks), "markdown": help_markdown(rule, options.frameworks)},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": properties,
    }


def _results(report: Report, slugs: Sequence[str], options: RenderOptions) -> Iterator[Json]:
    lines = Counter((finding.rule, _line_of(finding)) for finding in report.findings)
    for finding in report.findings:
        text, related = _message(finding, options)
        prints = {"ruleAndSubject/v1": finding.fingerprint}
        if _line_of(finding) is None or lines[finding.rule, _line_of(finding)] > 1:
            # the line would not tell this finding from another, or there is none
            prints["primaryLocationLineHash"] = f"{finding.fingerprint}:1"
        yield {
            "ruleId": finding.rule,
            "ruleIndex": slugs.index(finding.rule),
            "level": LEVELS[finding.severity],
            "message": {"text": text},
            "locations": [_location(finding, options)],
            **({"relatedLocations": related} if related else {}),
            "partialFingerprints": prints,
            **({"suppressions": [_suppression(finding)]} if finding.status == "excepted" else {}),
            "properties": {
                "severity": finding.severity,
                "subject": plain(finding.subject),
                "subjectKind": finding.subject_kind,
            },
        }


def _line_of(finding: Finding) -> tuple[str, int] | None:
    first = next(iter(finding.locations), None)
    return (first.file, first.line) if first and first.file and first.line else None


def _suppression(finding: Finding) -> Json:
    return {"kind": "external", "status": "accepted", "justification": excepted(finding)}


def _location(finding: Finding, options: RenderOptions) -> Json:
    """The subject's own place, or the first that is known, or a stand-in."""
    first = next((location for location in finding.locations if location.file), None)
    name = {"fullyQualifiedName": plain(finding.subject), "kind": finding.subject_kind}
    if first is None:
        artifact = {"uri": stand_in(finding), "uriBaseId": ROOT}
        return {
            "physicalLocation": {"artifactLocation": artifact, "region": {"startLine": 1}},
            "logicalLocations": [name],
        }
    return {"physicalLocation": _physical(first, options), "logicalLocations": [name]}


def _physical(location: Location, options: RenderOptions) -> Json:
    reference, is_relative = uri(location.file or "", options)
    return {
        "artifactLocation": {"uri": reference, **({"uriBaseId": ROOT} if is_relative else {})},
        # a file whose lines are not known is meant from its first one on: GitHub wants a line
        "region": {"startLine": location.line or 1},
    }


def _message(finding: Finding, options: RenderOptions) -> tuple[str, list[Json]]:
    """The sentence, and links to the other places: GitHub shows related locations where the message links to them."""
    places = list(dict.fromkeys(_places(finding)))
    shown = list(enumerate(places[:MOST_RELATED], start=1))
    text = f"{_inert(finding.message)}."
    if shown:
        rest = f" and {len(places) - len(shown)} more" if len(places) > len(shown) else ""
        text += f" See {', '.join(f'[{_label(name)}]({number})' for number, (name, _) in shown)}{rest}."
    return text, [
        {"id": number, "physicalLocation": _physical(location, options), "message": {"text": _inert(name)}}
        for number, (name, location) in shown
    ]


def _places(finding: Finding) -> Iterator[tuple[str, Location]]:
    """The other places of a finding: of those who are involved, then of the statements in its evidence."""
    first = next((location for location in finding.locations if location.file), None)
    for location in finding.locations:
        if location.file and location != first:
            yield plain(location.address or place(location)), location
    for key in ("statements", "grants"):
        for item in in_order(finding.evidence.get(key)):
            file = (isinstance(item, dict) and item.get("file")) or (first and first.file)
            line = item.get("line") if isinstance(item, dict) else None
            if isinstance(file, str) and isinstance(line, int) and line > 0:
                yield f"line {line}", Location(source=file, file=file, line=line)


def _invocation(report: Report, options: RenderOptions) -> Json:
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [
            _notification(GAPS, gap, "warning" if gap.rules else "note", options, {"blinds": list(gap.rules)})
            for gap in report.gaps
        ],
        "toolConfigurationNotifications": [
            _notification(WARNINGS, warning, "warning", options, {}) for warning in report.warnings
        ],
    }


def _notification(
    kind: str, item: ReportedGap | ReportWarning, level: str, options: RenderOptions, properties: Json
) -> Json:
    where = item.location if item.location and item.location.file else None
    return {
        "descriptor": {"id": f"{kind}/{item.code}"},
        "level": level,
        "message": {"text": _inert(item.message)},
        **({"locations": [{"physicalLocation": _physical(where, options)}]} if where else {}),
        **({"properties": properties} if properties else {}),
    }


def _inert(text: str) -> str:
    """A message in which nobody's name is a link: ``[text](target)`` is one wherever it stands."""
    return plain(text).replace("](", "] (")


def _label(text: str) -> str:
    """The text of a link, which ends at a bracket."""
    return "".join("\\" + character if character in "\\[]" else character for character in plain(text))


def _sentence(text: str) -> str:
    folded = " ".join(plain(text).split())
    return folded if folded.endswith(".") else f"{folded}."


def _cut(text: str, most: int) -> str:
    """GitHub takes 1024 characters of a description; all of it is in the help."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
