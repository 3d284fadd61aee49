"""A finding's evidence in a form that every format for people shares, whatever its rule put there.

Lists of objects that have a name are *members*, those with actions are *grants*, a field that ends in ``path`` is a
chain; everything else is a line of its own. So a rule that nobody has written yet is shown as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segrego.findings import Finding, Report
from segrego.report.words import ACCESS, in_order, own_place, plain
from segrego.wording import VERBATIM, called, dated, fields, joined

__all__ = ["Details", "Gain", "Member", "Section", "details"]

_MEMBERS = ("agents", "members", "workloads", "tools")
"""Fields that list who a finding is about, in the order in which they are looked for."""
_IN_ALL = "grants_in_all"
"""How many grants there are, where ``grants`` beside it are the first of them."""
_QUIET = frozenset({"certainty", "gains", _IN_ALL})
"""Said elsewhere: in the sentence, in the gains of each member, and behind the grants."""
_PLACE = frozenset({"file", "line", "address", "source"})
_WHO = frozenset({"id", "name", "kind", "slot", "environment_origin"}) | _PLACE
"""What every member has, so that it tells none of them apart."""
_PLAIN = frozenset({"environment", "domains"})
"""Fields of members whose values say what they are."""
_NAMING = ("name", "title", "id", "aspect", "action", "field", "principal", "workload", "role", "target")
"""The fields that may say what an object in a list is about, best first."""
_GRANT = _PLACE | {
    "access",
    "action",
    "actions",
    "resource",
    "resources",
    "target",
    "policy",
    "sid",
    "conditional",
    "wildcards",
}
_SHORT = 60
"""A chain whose steps are longer in all than this (columns) stands one step a line."""


@dataclass(frozen=True, slots=True)
class Member:
    """Who a finding is about: ``name``, ``label`` (what tells it apart here: its environment, its domains, or its kind
    and slot), and where it is defined."""

    id: str
    name: str
    label: str
    file: str | None
    line: int | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Gain:
    """What members gain by a sharing: the names of those who gain alike, and one line for each grant. No lines: nothing
    beyond their own needs. ``unlisted`` counts the grants that the report itself does not list."""

    names: tuple[str, ...]
    lines: tuple[str, ...]
    unlisted: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """One field of the evidence: a heading (empty where none is needed), and lines. A ``chain`` says nothing without
    its end, so that more of it is shown. ``unlisted`` counts what the report itself does not list."""

    heading: str
    lines: tuple[str, ...]
    chain: bool = False
    unlisted: int = 0


@dataclass(frozen=True, slots=True)
class Details:
    """The evidence of one finding, every text on one line and without control characters."""

    members: tuple[Member, ...]
    gains: tuple[Gain, ...]
    sections: tuple[Section, ...]


def details(finding: Finding, report: Report, headline: str = "") -> Details:
    """The finding's evidence for people. Fields that ``headline`` has told in full are left out."""
    evidence = finding.evidence
    own = own_place(finding)
    home = own.file if own else None
    shown = _Shown(report.names, home)
    key = next((key for key in _MEMBERS if _are_named(evidence.get(key))), None)
    key = key or next((key for key, value in evidence.items() if _are_named(value) and not _are_grants(value)), None)
    members = tuple(shown.member(item) for item in evidence[key]) if key else ()
    told = fields(headline)
    sections = [
        shown.section(field, value, _unlisted(evidence) if field == "grants" else 0)
        for field, value in sorted(evidence.items(), key=_order)
        if field != key and field not in _QUIET and not _is_told(field, value, told)
    ]
    return Details(members, tuple(shown.gains(evidence.get("gains"))), tuple(s for s in sections if s.lines))


@dataclass(frozen=True, slots=True)
class _Shown:
    names: Mapping[str, str]
    home: str | None
    """The file that the finding is about: places in it are lines alone."""

    def member(self, item: Mapping[str, Any]) -> Member:
        told = [(key, value) for key, value in sorted(item.items()) if key not in _WHO and _says_something(value)]
        parts = [self.told(key, value)[1][0] if key in _PLAIN else self.pair(key, value) for key, value in told]
        parts = parts or [called(item[key], self.names) for key in ("kind", "slot") if item.get(key)]
        line = item.get("line")
        return Member(
            id=str(item.get("id", "")),
            name=plain(called(item, self.names)),
            label=plain(", ".join(parts)),
            file=plain(item["file"]) if item.get("file") else None,
            line=line if isinstance(line, int) else None,
            address=plain(item["address"]) if item.get("address") else None,
        )

    def gains(self, found: Any) -> Iterator[Gain]:
        """Those who gain the same are named together."""
        by_lines: dict[tuple[tuple[str, ...], int], list[str]] = {}
        for gain in found if isinstance(found, list) else ():
            if isinstance(gain, dict) and isinstance(gain.get("grants"), list):
                lines = tuple(self.grant(grant) for grant in gain["grants"] if isinstance(grant, dict))
                name = plain(called(gain.get("agent"), self.names))
                by_lines.setdefault((lines, _unlisted(gain)), []).append(name)
        for (lines, unlisted), names in by_lines.items():
            yield Gain(tuple(names), lines, unlisted)

    def section(self, field: str, value: Any, unlisted: int = 0) -> Section:
        heading = plain(field.replace("_", " "))
        if _are_grants(value):
            lines = tuple(map(self.grant, value))
            return Section("" if field in ("grants", "statements") else heading, lines, unlisted=unlisted)
        if _is_chain(field):
            return Section(heading, self.chain(value), chain=True)
        if field.endswith("paths") and isinstance(value, list):
            return Section(heading, tuple(line for path in value for line in self.chain(path)), chain=True)
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            return Section(heading, tuple(self.row(item) for item in value))
        if isinstance(value, dict):
            unit = "_ns" if field.endswith("_ns") else ""  # of each of them
            parts = [self.pair(key + unit, part) for key, part in sorted(value.items()) if _says_something(part)]
            heading = heading.removesuffix(" ns")
            return Section(heading, (", ".join(parts),) if parts and sum(map(len, parts)) <= _SHORT else tuple(parts))
        return Section(*self.told(field, value)) if _says_something(value) else Section(heading, ())

    def pair(self, field: str, value: Any) -> str:
        heading, (text,) = self.told(field, value)
        return f"{heading}: {text}"

    def told(self, field: str, value: Any) -> tuple[str, tuple[str]]:
        """A heading, and the value as one line. Names of fields tell their unit: ``…_ns`` is a time."""
        if field.endswith("_ns") and isinstance(value, int) and not isinstance(value, bool):
            return plain(field.removesuffix("_ns").replace("_", " ")), (dated(value),)
        if field in VERBATIM and isinstance(value, str):
            return plain(field), (plain(value),)
        parts = [self.row(part) if isinstance(part, dict) else self.name(part) for part in in_order(value)]
        return plain(field.replace("_", " ")), (plain(" → ".join(parts) if _is_chain(field) else joined(parts)),)

    def name(self, value: Any) -> str:
        return _shortened(called(value, self.names))

    def row(self, item: Mapping[str, Any]) -> str:
        """``name (field: value, …), file:12``."""
        if _is_grant(item):
            return self.grant(item)
        naming = next((key for key in _NAMING if item.get(key)), None)
        head = self.name(item if naming in ("name", "id") else item[naming]) if naming else ""
        rest = [
            self.pair(key, value)
            for key, value in sorted(item.items())
            if key not in {naming, "id", *_PLACE} and _says_something(value) and (key, value) != ("conditional", False)
        ]
        parts = [head + (f" ({', '.join(rest)})" if head and rest else ", ".join(rest)), self.place(item)]
        return plain(", ".join(part for part in parts if part))

    def chain(self, value: Any) -> tuple[str, ...]:
        """The steps of a way, on one line where they are short. An object with ``steps`` says what they come to."""
        if isinstance(value, dict) and isinstance(value.get("steps"), list):
            rest = {key: part for key, part in value.items() if key != "steps"}
            return (self.row(rest), *(f"→ {self.step(step)}" for step in value["steps"]))
        steps = [self.step(step) for step in in_order(value)]
        if sum(map(len, steps)) <= _SHORT:
            return (" → ".join(steps),) if steps else ()
        return (steps[0], *(f"→ {step}" for step in steps[1:]))

    def step(self, step: Any) -> str:
        return self.row(step) if isinstance(step, dict) else plain(self.name(step))

    def grant(self, grant: Mapping[str, Any]) -> str:
        """``write: s3:putobject on arn:aws:s3:::b/* (policy, line 12)``."""
        access = ", ".join(kind for kind in ACCESS if kind in (grant.get("access") or ()))
        actions = _some(in_order(grant.get("actions") or grant.get("action")))
        on = next((grant[key] for key in ("resources", "resource", "target") if grant.get(key)), None)
        resources = _some([self.name(part) for part in in_order(on)])
        condition = " under a condition" if grant.get("conditional") else ""
        rest = [self.pair(k, v) for k, v in sorted(grant.items()) if k not in _GRANT and _says_something(v)]
        policy = f"policy {grant['policy']}" if grant.get("policy") else ""
        where = ", ".join(part for part in (policy, *rest, self.place(grant)) if part)
        what = f"{actions} on {resources}" if resources else actions
        return plain(f"{f'{access}: ' if access else ''}{what}{condition}" + (f" ({where})" if where else ""))

    def place(self, item: Mapping[str, Any]) -> str:
        file, line = item.get("file"), item.get("line")
        if line and (not file or file == self.home):
            return f"line {line}"
        return f"{file}:{line}" if file and line else str(file or "") if file != self.home else ""


def _is_chain(field: str) -> bool:
    return field == "path" or field.endswith("_path")


def _order(item: tuple[str, Any]) -> tuple[bool, bool, str]:
    """What is told in a line first, then lists, then grants."""
    field, value = item
    return (_are_grants(value), isinstance(value, list) and any(isinstance(part, dict) for part in value), field)


def _unlisted(holder: Mapping[str, Any]) -> int:
    """How many grants there are more than those that are listed."""
    listed, number = holder.get("grants"), holder.get(_IN_ALL)
    return max(0, number - len(listed)) if isinstance(listed, list) and isinstance(number, int) else 0


def _is_told(field: str, value: Any, told: frozenset[str]) -> bool:
    """Whether the sentence has said it: all of a list, and no more than names."""
    if field not in told:
        return False
    return not isinstance(value, list | dict) or (
        isinstance(value, list) and len(value) <= 6 and not any(isinstance(item, dict) for item in value)
    )


def _are_named(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, dict) and item.get("name") and item.get("id") for item in value)
    )


def _are_grants(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and _is_grant(item) for item in value)


def _is_grant(item: Mapping[str, Any]) -> bool:
    """Actions on something; the thing may be left out, and a single action stand alone."""
    actions = item.get("actions") or item.get("action")
    return bool(actions) and isinstance(actions, list | str)


def _says_something(value: Any) -> bool:
    return value is not None and value != [] and value != {} and value != ""


def _some(texts: Sequence[Any], most: int = 3) -> str:
    shown = [_shortened(str(text)) for text in texts[:most]]
    return ", ".join(shown) + (f" and {len(texts) - most} more" if len(texts) > most else "")


def _shortened(text: str) -> str:
    """An ARN without the account and region that every ARN of a template has: where it will be deployed."""
    return text.replace("${AWS::Region}:${AWS::AccountId}", "…").replace("::${AWS::AccountId}:", "::…:")
