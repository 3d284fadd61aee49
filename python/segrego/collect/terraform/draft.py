"""What is found in a plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from segrego.collect import draft
from segrego.collect.draft import GapCode
from segrego.collect.terraform.plan import Instance
from segrego.collect.terraform.values import items, mapping
from segrego.inventory import Fact, Location, Tag

__all__ = ["Draft", "tags", "without_keys"]

_KEY = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')


class Draft(draft.Draft):
    """What one plan gives."""

    def __init__(self, source: str, places: Mapping[str, tuple[str, int | None]] | None = None) -> None:
        super().__init__()
        self.source = source
        self._places = places

    def id(self, instance: Instance) -> str:
        """The id of what an instance describes."""
        return f"{self.source}#{instance.address}"

    def location(self, address: str | None) -> Location:
        """The place of a resource: in the configuration where that is known, else in the plan, which has no lines."""
        if self._places is None:
            return Location(source=self.source, file=self.source, address=address)
        base = without_keys(address or "")
        file, line = self._places.get(base) or self._places.get(base.rpartition(".")[0]) or (None, None)
        return Location(source=self.source, file=file or self.source, line=line, address=address)

    def gap(self, code: GapCode, subject: str, facts: Iterable[Fact], message: str, address: str | None = None) -> None:
        """Say what could not be read; the same gap is said once."""
        self.gap_at(code, subject, facts, message, self.location(address))


def tags(instance: Instance) -> tuple[Tag, ...]:
    """The tags with the provider's default ones, but for sensitive ones; ``awscc`` lists pairs of key and value."""
    name = next((name for name in ("tags_all", "tags") if isinstance(instance.value(name), dict | list)), "tags")
    values: Any = instance.value(name)
    if isinstance(values, dict):
        pairs = [(key, instance.value(name, key)) for key in values]
    else:
        pairs = [(mapping(pair).get("key"), mapping(pair).get("value")) for pair in items(values)]
    return tuple(Tag(key=key, value=value) for key, value in sorted(_texts(pairs)))


def _texts(pairs: Iterable[tuple[Any, Any]]) -> list[tuple[str, str]]:
    return [(str(key), str(value)) for key, value in pairs if isinstance(key, str) and isinstance(value, str)]


def without_keys(address: str) -> str:
    """An address as the configuration has it, without the keys of instances."""
    return _KEY.sub("", address)
