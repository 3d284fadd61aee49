"""A report by the controls of a framework: what was found, what was judged and found clean, and what nobody judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from segrego.findings import EngineInfo, Finding, PolicyInfo, Report, RuleInfo
from segrego.frameworks import Framework

__all__ = ["ByControl", "Control", "Status", "by_control"]

Status = Literal["open", "excepted", "unclear", "nothing_to_judge", "not_judged", "clear"]
"""``open``: an open finding. ``excepted``: findings, all of them excepted. ``unclear``: nothing found, and a gap blinds
one of the rules, or one did not run. ``nothing_to_judge``: no facts that its rules live on. ``not_judged``: no rule for
it ran. ``clear``: every rule for it ran on the facts it needs, and found nothing."""


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """One control. ``rules`` are the slugs of the rules that serve it, ``judged`` those of them that ran, and
    ``blinded`` those that a gap keeps from clearing anything."""

    id: str
    title: str
    status: Status
    rules: tuple[str, ...]
    judged: tuple[str, ...]
    blinded: tuple[str, ...]
    findings: tuple[Finding, ...]


class ByControl(msgspec.Struct, frozen=True, kw_only=True):
    """The whole. ``uncovered`` are ids of controls that no rule serves; ``elsewhere`` counts findings of rules that
    serve none of the framework's controls."""

    version: int = 1
    framework: str
    title: str
    url: str | None
    verdict: Literal["pass", "fail", "indeterminate"]
    policy: PolicyInfo
    engine: EngineInfo
    controls: tuple[Control, ...]
    uncovered: tuple[str, ...]
    elsewhere: int


def by_control(
    report: Report, rules: Sequence[RuleInfo], framework: Framework, *, open_only: bool = False
) -> ByControl:
    """The report by the controls of ``framework``, in its own order. ``rules`` is the catalog; ``open_only`` leaves out
    excepted findings, not what follows from them."""
    served = {rule.slug: set(rule.controls.get(framework.id, ())) for rule in rules}
    for finding in report.findings:  # as the policy that judged had it
        served.setdefault(finding.rule, set()).update(finding.controls.get(framework.id, ()))
    # ids that the framework's own list lacks, should a user's rule cite one, come last
    ids = [*framework.controls, *sorted(set().union(*served.values()) - framework.controls.keys())]
    controls = [_control(id_, framework, report, served, open_only) for id_ in ids]
    return ByControl(
        framework=framework.id,
        title=framework.title,
        url=framework.url,
        verdict=report.verdict,
        policy=report.policy,
        engine=report.engine,
        controls=tuple(control for control in controls if control.rules),
        uncovered=tuple(control.id for control in controls if not control.rules),
        elsewhere=sum(not served[finding.rule] for finding in report.findings),
    )


def _control(id_: str, framework: Framework, report: Report, served: dict[str, set[str]], open_only: bool) -> Control:
    slugs = {slug for slug, ids in served.items() if id_ in ids}
    judged = slugs & {*report.rules, *(finding.rule for finding in report.findings)}
    blinded = judged & {slug for gap in report.gaps for slug in gap.rules}
    findings = [finding for finding in report.findings if finding.rule in slugs]
    return Control(
        id=id_,
        title=framework.controls.get(id_, ""),
        status=_status(findings, slugs, judged, blinded, set(report.summary.rules_without_facts)),
        rules=tuple(sorted(slugs)),
        judged=tuple(sorted(judged)),
        blinded=tuple(sorted(blinded)),
        findings=tuple(finding for finding in findings if finding.status == "open" or not open_only),
    )


def _status(
    findings: Sequence[Finding], slugs: set[str], judged: set[str], blinded: set[str], without_facts: set[str]
) -> Status:
    if any(finding.status == "open" for finding in findings):
        return "open"
    if not judged:
        return "not_judged"
    if blinded or judged != slugs:
        return "unclear"
    if findings:
        return "excepted"
    return "nothing_to_judge" if judged <= without_facts else "clear"
