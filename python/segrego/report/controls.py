"""What a rule is and what it serves, in words: its help, its tags, and its controls by their titles."""

from __future__ import annotations

from collections.abc import Mapping

from segrego.findings import RuleInfo
from segrego.frameworks import Framework

__all__ = ["help_markdown", "help_text", "named", "page", "tags"]

MOST_TAGS = 10
"""GitHub shows ten tags of a rule, and refuses a file with more than twenty."""


def named(rule: RuleInfo, frameworks: Mapping[str, Framework]) -> list[tuple[str, list[str]]]:
    """Each framework's title, with the rule's controls in it as ``id title``."""
    return [
        (
            frameworks[name].title if name in frameworks else name,
            [f"{control} {_title(frameworks.get(name), control)}".strip() for control in controls],
        )
        for name, controls in sorted(rule.controls.items())
    ]


def page(rule: RuleInfo, frameworks: Mapping[str, Framework]) -> str | None:
    """Where the first of the rule's frameworks that has a page is published."""
    ordered = sorted(rule.controls, key=lambda name: (not name.startswith("owasp-nhi"), name))
    return next((frameworks[name].url for name in ordered if name in frameworks and frameworks[name].url), None)


def tags(rule: RuleInfo) -> list[str]:
    """``security``, the category, and controls as ``framework/id``, as many as are shown."""
    controls = [f"{name}/{control}" for name, ids in sorted(rule.controls.items()) for control in ids]
    return list(dict.fromkeys(["security", "aws", rule.category, *controls]))[:MOST_TAGS]


def help_text(rule: RuleInfo, frameworks: Mapping[str, Framework]) -> str:
    """The rule's rationale, fix and controls as plain text."""
    controls = [f"{title}: {', '.join(ids)}" for title, ids in named(rule, frameworks)]
    parts = [rule.description.strip() or rule.title]
    parts += [f"Fix: {rule.remediation}"] if rule.remediation else []
    parts += [f"A case that fails:\n{rule.example.rstrip()}"] if rule.example else []
    return "\n\n".join(parts + (["Controls:\n" + "\n".join(controls)] if controls else []))


def help_markdown(rule: RuleInfo, frameworks: Mapping[str, Framework]) -> str:
    """The same as Markdown."""
    controls = [f"- {title}: {', '.join(ids)}" for title, ids in named(rule, frameworks)]
    fence = "`" * max(3, _longest_run(rule.example) + 1)
    parts = [rule.description.strip() or rule.title]
    parts += [f"**Fix:** {rule.remediation}"] if rule.remediation else []
    parts += [f"**A case that fails**\n\n{fence}yaml\n{rule.example.rstrip()}\n{fence}"] if rule.example else []
    return "\n\n".join(parts + (["**Controls**\n\n" + "\n".join(controls)] if controls else []))


def _title(framework: Framework | None, control: str) -> str:
    return framework.controls.get(control, "") if framework else ""


def _longest_run(text: str) -> int:
    return max((len(part) for part in "".join(c if c == "`" else " " for c in text).split()), default=0)
