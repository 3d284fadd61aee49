"""From an inventory to a report: write the facts, run the policies, and put what they said in order."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from msgspec.structs import replace

from segrego.config import Config, apply
from segrego.errors import EngineError
from segrego.evaluate.engine import Engine
from segrego.facts import derive
from segrego.findings import SEVERITIES, EngineInfo, Finding, Report
from segrego.inventory import Inventory
from segrego.wording import fill

__all__ = ["assess", "prepare"]


def prepare(inventory: Inventory, config: Config, *, evaluated_at_ns: int) -> Inventory:
    """The OPA input: every derived fact, everything declared, and the time to judge by (nanoseconds since the
    epoch)."""
    return replace(derive(apply(config, inventory)), evaluated_at_ns=evaluated_at_ns)


def assess(inventory: Inventory, engine: Engine) -> Report:
    """Judge a prepared inventory.

    Raises :class:`~segrego.errors.EngineError` if the engine fails, or answers anything that is not a report.
    """
    raw = engine.evaluate(msgspec.json.encode(inventory))
    raw["engine"] = msgspec.to_builtins(EngineInfo(name=engine.name, version=engine.version()))
    try:
        report = msgspec.convert(raw, Report)
    except msgspec.ValidationError as error:
        raise EngineError(
            f"the answer is not a report: {error}",
            where=engine.name,
            hint="The engine runs another policy than this segrego's: build or load the one that belongs to it.",
        ) from error
    return _ordered(report)


def _ordered(report: Report) -> Report:
    """Engines give sets in different orders; the order is made here, for all of them."""
    findings = sorted((_identified(finding) for finding in report.findings), key=_rank)
    gaps = sorted(report.gaps, key=lambda gap: (gap.code, gap.subject, gap.message))
    return replace(report, findings=tuple(findings), gaps=tuple(gaps))


def _identified(finding: Finding) -> Finding:
    digest = hashlib.sha256(f"{finding.rule}\0{finding.subject_id}".encode()).hexdigest()
    message = fill(finding.message, finding.subject, finding.evidence)
    return replace(finding, fingerprint=digest[:32], message=message)


def _rank(finding: Finding) -> tuple[Any, ...]:
    evidence = msgspec.json.encode(finding.evidence, order="deterministic")
    return (SEVERITIES.index(finding.severity), finding.rule, finding.subject, finding.subject_id, evidence)
