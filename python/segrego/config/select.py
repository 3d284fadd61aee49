"""Which entities the patterns of a selector mean. Every pattern is a look-up where it is literal, and one pass over the
distinct texts where it is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from segrego.config.model import Selector
from segrego.iam.actions import compile_pattern
from segrego.inventory import Account, Resource, Role, Workload

__all__ = ["Entity", "Index", "patterns"]

Entity = Workload | Role | Resource | Account

Texts = Mapping[str, set[str]]
"""Ids of entities by a text of theirs."""


class Index:
    """The entities of one kind, found by name, ARN or id, account, and tags."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self._names: dict[str, set[str]] = defaultdict(set)
        self._arns: dict[str, set[str]] = defaultdict(set)
        self._accounts: dict[str, set[str]] = defaultdict(set)
        self._tags: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for entity in entities:
            self._add(entity)

    def _add(self, entity: Entity) -> None:
        account, arn = (entity.id, None) if isinstance(entity, Account) else (entity.account, entity.arn)
        self._arns[entity.id].add(entity.id)
        if arn:
            self._arns[arn].add(entity.id)
        if entity.name:
            self._names[entity.name].add(entity.id)
        if account:
            self._accounts[account].add(entity.id)
        for tag in entity.tags:
            self._tags[tag.key.lower()][tag.value].add(entity.id)

    def meant(self, selector: Selector) -> set[str]:
        """The ids of the entities that a selector means by any of its patterns."""
        return set().union(*(self.matching(field, pattern) for _, field, pattern in patterns(selector)))

    def matching(self, field: str, pattern: str | Mapping[str, str]) -> set[str]:
        """The ids that one pattern of a field of :class:`Selector` matches; ``tags`` are one pattern together."""
        if isinstance(pattern, Mapping):
            found = [_texts(self._tags.get(key.lower(), {}), value) for key, value in pattern.items()]
            return set.intersection(*found) if found else set()
        return _texts({"names": self._names, "arns": self._arns, "accounts": self._accounts}[field], pattern)


def patterns(selector: Selector) -> Iterator[tuple[str, str, str | Mapping[str, str]]]:
    """Each pattern of a selector: its path below the entry (``names[0]``, ``tags``), its field, and itself."""
    for field in ("names", "arns", "accounts"):
        for position, pattern in enumerate(getattr(selector, field)):
            yield f"{field}[{position}]", field, pattern
    if selector.tags:
        yield "tags", "tags", selector.tags


def _texts(texts: Texts, pattern: str) -> set[str]:
    if "*" not in pattern and "?" not in pattern:
        return set(texts.get(pattern, ()))
    matcher = compile_pattern(pattern)
    return {entity for text, ids in texts.items() if matcher.fullmatch(text) for entity in ids}
