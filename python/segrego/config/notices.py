"""What a configuration says that is probably not meant: overlaps, ends that have passed, patterns without effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from segrego.config.apply import nanoseconds
from segrego.config.load import SELECTING
from segrego.config.model import Config, Selector
from segrego.config.select import Entity, Index, patterns
from segrego.facts import environment_value
from segrego.inventory import Inventory

__all__ = ["Notice", "notices"]

Entry = TypeVar("Entry", bound=Selector)

_KINDS = {
    "environments": ("workload", "role", "resource", "account"),
    "data_domains": ("workload", "resource"),
    "owners": ("workload", "role"),
}
"""What the entries of a section are about; of all others, workloads."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning: the place as ``file:line``, what is odd there, and what to do."""

    where: str
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}. {self.hint}"


def notices(config: Config, inventory: Inventory) -> tuple[Notice, ...]:
    """The warnings about a configuration for an inventory, in the order of the file's sections. Approvals have expired
    or not by the time that the inventory is judged by."""
    if config.file is None:
        return ()
    indexes = _indexes(inventory)
    return (
        *_expired(config, inventory.evaluated_at_ns or 0),
        *_overlapping(config, indexes),
        *_without_effect(config, indexes),
    )


def _where(config: Config, path: str) -> str:
    return config.where(path) or "segrego.yaml"


def _indexes(inventory: Inventory) -> dict[str, Index]:
    """The entities of each kind."""
    entities: dict[str, Sequence[Entity]] = {
        "workload": inventory.workloads,
        "role": inventory.roles,
        "resource": inventory.resources,
        "account": inventory.accounts,
    }
    return {kind: Index(found) for kind, found in entities.items()}


def _kinds(section: str) -> tuple[str, ...]:
    """The kinds of entities that the entries of a section are about."""
    return _KINDS.get(section, ("workload",))


def _expired(config: Config, evaluated_at_ns: int) -> Iterator[Notice]:
    ends = [
        (f"$.agent_classes[{position}]", f"the approval of the class {entry.name}", entry.expires)
        for position, entry in enumerate(config.agent_classes)
    ]
    ends += [
        (f"$.exceptions[{position}]", f"the exception of {entry.subject} from {entry.rule}", entry.expires)
        for position, entry in enumerate(config.exceptions)
    ]
    for path, what, expires in ends:
        if nanoseconds(expires) <= evaluated_at_ns:
            hint = "Have it approved anew, with a later time, or take it out."
            yield Notice(_where(config, f"{path}.expires"), f"{what} expired at {expires.isoformat()}", hint)


def _overlapping(config: Config, indexes: dict[str, Index]) -> Iterator[Notice]:
    """Pairs of entries that say different things of one entity: the first decides, and the second is not heard."""
    sections: tuple[tuple[str, str, list[tuple[Selector, object]]], ...] = (
        ("environments", "environment", _said(config.environments, lambda entry: environment_value(entry.name))),
        (
            "data_domains",
            "sensitivity",
            _said(config.data_domains, lambda entry: entry.sensitivity and entry.sensitivity.lower()),
        ),
        ("purposes", "purpose", _said(config.purposes, lambda entry: entry.purpose.lower())),
        ("owners", "owner", _said(config.owners, lambda entry: entry.owner.lower())),
        ("agent_classes", "class", _said(config.agent_classes, lambda entry: entry.name)),
        ("hosting", "hosted agents", _said(config.hosting, lambda entry: ", ".join(entry.agents))),
    )
    for section, what, said in sections:
        kinds = ("resource",) if section == "data_domains" else _kinds(section)  # workloads have no sensitivity
        for (first, second), entities in _conflicts(said, [indexes[kind] for kind in kinds]).items():
            more = f" and {len(entities) - 1} more" if len(entities) > 1 else ""
            heard = f"{_where(config, f'$.{section}[{first}]')} says {said[first][1]}"
            yield Notice(
                _where(config, f"$.{section}[{second}]"),
                f"the {what} {said[second][1]} is not given to {entities[0]}{more}, of which {heard} already",
                "Narrow one of the two, or put the one that shall decide first.",
            )


def _said(entries: Sequence[Entry], value: Callable[[Entry], str | None]) -> list[tuple[Selector, object]]:
    return [(entry, value(entry)) for entry in entries]


def _conflicts(said: list[tuple[Selector, object]], about: Sequence[Index]) -> dict[tuple[int, int], list[str]]:
    """The entities, sorted, of each pair of entries that disagree about them; the first of a pair is the one heard."""
    found: dict[tuple[int, int], list[str]] = {}
    for index in about:
        heard: dict[str, int] = {}
        for position, (entry, value) in enumerate(said):
            for entity in sorted(index.meant(entry)) if value is not None else ():
                first = heard.setdefault(entity, position)
                if said[first][1] != value:
                    found.setdefault((first, position), []).append(entity)
    return found


def _without_effect(config: Config, indexes: dict[str, Index]) -> Iterator[Notice]:
    for section in SELECTING:
        entries: Sequence[Selector] = getattr(config, section)
        for position, entry in enumerate(entries):
            for path, field, pattern in patterns(entry):
                if not any(indexes[kind].matching(field, pattern) for kind in _kinds(section)):
                    yield _matches_nothing(config, f"$.{section}[{position}].{path}", section, field, pattern)


def _matches_nothing(config: Config, path: str, section: str, field: str, pattern: object) -> Notice:
    shown = ", ".join(f"{key}={value}" for key, value in pattern.items()) if isinstance(pattern, dict) else str(pattern)
    kinds = " or ".join(_kinds(section))
    return Notice(
        _where(config, path),
        f"{shown} in {field} matches no {kinds} of this scan",
        "Correct it, take it out, or scan what it is about.",
    )
