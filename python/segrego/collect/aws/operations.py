"""Operations of tools, as the APIs give them: OpenAPI texts, function schemas, lists of MCP tools, API Gateway routes.

Each reader gives plain dicts with the fields of :class:`segrego.inventory.Operation`, or null where the operations
could not be read; :func:`operations_of` makes the inventory's own of them. A schema that lies in S3 is not read:
reading objects is more than an inventory may ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from segrego.collect import openapi
from segrego.errors import InputError
from segrego.inventory import Operation
from segrego.loading import load

__all__ = ["from_functions", "from_openapi", "from_routes", "from_tool_list", "operations_of", "without_secrets"]

Plain = list[dict[str, Any]] | None


def operations_of(found: Iterable[Mapping[str, Any]] | None) -> tuple[Operation, ...] | None:
    """Operations of what a reader gave."""
    return None if found is None else msgspec.convert(list(found), tuple[Operation, ...])


def from_openapi(text: object) -> Plain:
    """The operations of an OpenAPI document, JSON or YAML."""
    found = openapi.operations(_parsed(text))
    return None if found is None else [msgspec.to_builtins(operation) for operation in found]


def from_functions(functions: Iterable[Mapping[str, Any]]) -> Plain:
    """The functions of an action group's ``functionSchema``."""
    return [
        {"name": function["name"], "confirmation": function.get("requireConfirmation") == "ENABLED"}
        for function in functions
    ]


def from_tool_list(tools: object) -> Plain:
    """The names in a list of tool definitions, given parsed or as MCP's JSON (``{"tools": [{"name": …}]}``)."""
    found = _parsed(tools).get("tools") if isinstance(tools, str) else tools
    if not isinstance(found, list) or not all(isinstance(tool, Mapping) and "name" in tool for tool in found):
        return None
    return [{"name": str(tool["name"])} for tool in found]


def from_routes(configuration: Mapping[str, Any]) -> Plain:
    """The routes that an API Gateway target opens, by the names that its overrides give them.

    Null where a filter matches by a wildcard: which routes there are, the API itself knows.
    """
    overrides = {(item["path"], item["method"]): item["name"] for item in configuration.get("toolOverrides") or ()}
    found = []
    for item in configuration.get("toolFilters") or ():
        path = item["filterPath"]
        if "*" in path:
            return None
        for method in item["methods"]:
            found.append({"name": overrides.get((path, method), f"{method} {path}"), "method": method})
    return found


def without_secrets(url: str) -> str:
    """A URL without user, password, query and fragment, where people put keys."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "${URL}"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _parsed(text: object) -> Mapping[str, Any]:
    if not isinstance(text, str):
        return {}
    try:
        value = load(text.encode(), "schema").value
    except InputError:
        return {}  # said by ``operations_read`` of the tool
    return value if isinstance(value, Mapping) else {}
