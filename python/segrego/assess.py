"""From an inventory to a report: write the facts, run the policies, and put what they said in order."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
from msgspec.structs import replace

from segrego.config import Config, apply
from segrego.errors import EngineError
from segrego.evaluate.engine import Engine
from segrego.facts import derive
from segrego.findings import SEVERITIES, EngineInfo, Finding, Report
from segrego.inventory import Credential, Inventory, Policy, Resource, Role, Tool, Workload
from segrego.wording import fill, is_word, spoken

__all__ = ["Packed", "assess", "judge", "pack", "prepare"]

_FINDING = re.compile(r"\$\.findings\[(\d+)\]")


def prepare(inventory: Inventory, config: Config, *, evaluated_at_ns: int) -> Inventory:
    """The OPA input: every derived fact, everything declared, and the time to judge by (nanoseconds since the
    epoch)."""
    return replace(derive(apply(config, inventory)), evaluated_at_ns=evaluated_at_ns)


class Packed(msgspec.Struct, frozen=True):
    """What judging needs of a prepared inventory: the engine's input, which the engine may empty, and what things are
    called (a :class:`_Vocabulary`). Both are JSON: whatever lived on of an inventory's objects would keep the memory of
    all."""

    document: bytearray
    vocabulary: bytes


class _Vocabulary(msgspec.Struct, frozen=True):
    """Id to kind and name of everything, and the names that could be taken for words of ours."""

    called: dict[str, tuple[str, str]]
    spelt_like_words: set[str]


def assess(inventory: Inventory, engine: Engine) -> Report:
    """Judge a prepared inventory.

    Raises :class:`~segrego.errors.EngineError` if the engine fails, or answers anything that is not a report.
    """
    return judge(pack(inventory), engine)


def pack(inventory: Inventory) -> Packed:
    """The inventory for :func:`judge`: whoever then lets go of it frees several times the document's size."""
    called = _names(inventory)
    vocabulary = _Vocabulary(called, _spelt_like_words(inventory, called))
    return Packed(bytearray(msgspec.json.encode(inventory)), msgspec.json.encode(vocabulary))


def judge(packed: Packed, engine: Engine) -> Report:
    """As :func:`assess`, once: it uses up the document."""
    raw = engine.evaluate(packed.document)
    raw["engine"] = msgspec.to_builtins(EngineInfo(name=engine.name, version=engine.version()))
    try:
        report = msgspec.convert(raw, Report)
    except msgspec.ValidationError as error:
        raise _not_a_report(raw, error, engine.name) from error
    vocabulary = msgspec.json.decode(packed.vocabulary, type=_Vocabulary)
    return _ordered(report, vocabulary.called, vocabulary.spelt_like_words)


def _not_a_report(raw: dict[str, Any], error: msgspec.ValidationError, engine: str) -> EngineError:
    """Which rule said it, where the path in the message leads to a finding."""
    hint = "The engine runs another policy than this segrego's: build or load the one that belongs to it."
    message = f"the answer is not a report: {error}"
    if place := _FINDING.search(str(error)):
        rule = raw["findings"][int(place[1])].get("rule")
        message = f"the rule {rule} says what no finding can be: {error}"
        hint = "Correct what its deny gives: subject is a text, evidence an object, severity one of the five."
    return EngineError(message, where=engine, hint=hint)


def _ordered(report: Report, called: dict[str, tuple[str, str]], spelt_like_words: set[str]) -> Report:
    """Engines give sets in different orders; the order is made here, for all of them."""
    texts = {text for finding in report.findings for text in _texts(finding)}
    names = _distinct({text: called[text] for text in texts if text in called})
    names |= {text: text for text in texts & spelt_like_words if text not in names}
    findings = _sorted(_identified(finding, names) for finding in report.findings)
    gaps = sorted(report.gaps, key=lambda gap: (gap.code, gap.subject, gap.message))
    warnings = sorted(report.warnings, key=lambda warning: (warning.code, warning.message, str(warning.location)))
    return replace(
        report, findings=tuple(findings), gaps=tuple(gaps), warnings=tuple(warnings), names=dict(sorted(names.items()))
    )


def _names(inventory: Inventory) -> dict[str, tuple[str, str]]:
    """Id to kind and name of everything: its own name, else its address in the source."""
    groups: dict[str, Sequence[Role | Workload | Tool | Policy | Resource | Credential]] = {
        "role": inventory.roles,
        "workload": inventory.workloads,
        "tool": inventory.tools,
        "policy": inventory.policies,
        "resource": inventory.resources,
        "credential": inventory.credentials,
    }
    found = {
        entity.id: (kind, entity.name or (entity.location and entity.location.address) or entity.id)
        for kind, entities in groups.items()
        for entity in entities
    }
    return found | {account.id: ("account", account.name) for account in inventory.accounts if account.name}


def _spelt_like_words(inventory: Inventory, called: dict[str, tuple[str, str]]) -> set[str]:
    """What people chose that could be taken for a word of ours: ``my_agent``."""
    labels = [label for workload in inventory.workloads for label in workload.domains]
    labels += [label for resource in inventory.resources for label in resource.domains]
    labels += [label for workload in inventory.workloads for label in (workload.environment, workload.owner) if label]
    found = {name for _, name in called.values()} | {label.value for label in labels}
    found |= {agent for workload in inventory.workloads for agent in workload.hosted_agents}
    return {text for text in found | {group.name for group in inventory.agent_classes} if is_word(text)}


def _texts(finding: Finding) -> Iterator[str]:
    """Every text in a finding that may be an id or a name."""
    open_parts: list[Any] = [finding.subject_id, finding.evidence]
    while open_parts:
        part = open_parts.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            open_parts.extend(part.values())
        elif isinstance(part, list):
            open_parts.extend(part)


def _distinct(called: dict[str, tuple[str, str]]) -> dict[str, str]:
    """Names that tell things of one kind apart: what is called as another is has the end of its id as well, or all of
    it."""
    names = {id_: name for id_, (_, name) in called.items()}
    for mark in ("#", None):
        counts = Counter((called[id_][0], name) for id_, name in names.items())
        for id_, (kind, name) in called.items():
            if counts[kind, names[id_]] > 1:
                names[id_] = f"{name} ({id_.rpartition(mark)[2] if mark else id_})"
    return {id_: name for id_, name in names.items() if name != id_ or is_word(id_)}


def _identified(finding: Finding, names: dict[str, str]) -> Finding:
    digest = hashlib.sha256(f"{finding.rule}\0{finding.subject_id}".encode()).hexdigest()
    subject = spoken(finding.subject, finding.subject_id, names)
    message = fill(finding.message, subject, finding.evidence, names)
    return replace(finding, fingerprint=digest[:32], message=message)


def _sorted(findings: Iterable[Finding]) -> Iterator[Finding]:
    """By severity, rule and subject; few findings need their evidence to tell them apart."""
    for _, group in groupby(sorted(findings, key=_rank), key=_rank):
        alike = list(group)
        yield from sorted(alike, key=_evidence) if len(alike) > 1 else alike


def _rank(finding: Finding) -> tuple[int, str, str, str]:
    return (SEVERITIES.index(finding.severity), finding.rule, finding.subject, finding.subject_id)


def _evidence(finding: Finding) -> bytes:
    return msgspec.json.encode(finding.evidence, order="deterministic")
