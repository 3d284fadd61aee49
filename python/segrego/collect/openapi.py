"""Operations of tools in OpenAPI documents, whichever source they were found in.

Source: Bedrock user guide, "Define OpenAPI schemas for your agent's action groups" (``operationId``,
``x-requireConfirmation``).
"""

from __future__ import annotations

from collections.abc import Mapping

from segrego.inventory import Operation

__all__ = ["operations"]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def operations(document: object) -> tuple[Operation, ...] | None:
    """The operations of a parsed OpenAPI document; null where it is none, or refers to paths that are elsewhere."""
    paths = document.get("paths") if isinstance(document, Mapping) else None
    if not isinstance(paths, Mapping):
        return None
    found = []
    for path, item in paths.items():
        if not isinstance(item, Mapping) or "$ref" in item:
            return None
        for method in _METHODS:
            operation = item.get(method)
            if isinstance(operation, Mapping):
                found.append(_operation(operation, method.upper(), str(path)))
    return tuple(found)


def _operation(details: Mapping[str, object], method: str, path: str) -> Operation:
    name = details.get("operationId")
    return Operation(
        name=str(name) if isinstance(name, str) and name else f"{method} {path}",
        method=method,
        confirmation=str(details.get("x-requireConfirmation", "")).upper() == "ENABLED",
    )
