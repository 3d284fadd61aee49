"""What expressions lead to: ids of workloads and resources, or the text itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from segrego.collect.cloudformation.bearers import BEARERS
from segrego.collect.cloudformation.draft import Draft
from segrego.collect.cloudformation.names import DATA_TYPES
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.text import as_text

__all__ = ["at", "target", "without_secrets"]


def at(node: Any, *path: str) -> Any:
    """The value at a path of keys in a resolved value; null if it is not there."""
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    return node


def target(draft: Draft, scope: Scope, value: Any, named: tuple[str, str] = ("s3", "")) -> str | None:
    """The id of the workload or data that a resolved value denotes (through aliases and versions), else its text.
    ``named``: what a plain name names, as the service and what stands before the name in its ARN."""
    text = as_text(value)
    if text is None or text == "":
        return None
    entity = scope.denoted(text)
    if entity is None and not text.startswith("arn:"):
        key = (named[0], f"{named[1]}{text}")
        entity = scope.keys().get(key) or scope.scan.named(key, "")
    kind = draft.scan.scopes[entity[0]].type(entity[1]) if entity else ""
    return draft.id_for(entity) if entity and (kind in BEARERS or kind in DATA_TYPES) else str(text)


def without_secrets(url: str) -> str:
    """A URL without user, password, query and fragment, where people put keys."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "${URL}"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
