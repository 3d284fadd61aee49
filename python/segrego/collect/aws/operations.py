"""Operations of tools, as the APIs give them: OpenAPI texts, function schemas, lists of MCP tools.

Source: Bedrock user guide, "Define OpenAPI schemas for your agent's action groups" (``operationId``,
``x-requireConfirmation``). A schema that lies in S3 is not read: reading objects is more than an inventory may ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from segrego.errors import InputError
from segrego.inventory import Operation
from segrego.loading import load

__all__ = ["Operations", "from_functions", "from_openapi", "from_tool_list", "without_secrets"]

Operations = tuple[Operation, ...] | None
"""Operations, or null where they could not be read."""

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def from_openapi(text: object) -> Operations:
    """The operations of an OpenAPI document, JSON or YAML."""
    paths = _parsed(text).get("paths")
    if not isinstance(paths, Mapping):
        return None
    found = []
    for path, item in paths.items():
        if not isinstance(item, Mapping) or "$ref" in item:
            return None
        for method in _METHODS:
            operation = item.get(method)
            if isinstance(operation, Mapping):
                name = str(operation.get("operationId") or f"{method.upper()} {path}")
                confirmation = str(operation.get("x-requireConfirmation", "")).upper() == "ENABLED"
                found.append(Operation(name=name, method=method.upper(), confirmation=confirmation))
    return tuple(found)


def from_functions(schema: Mapping[str, Any]) -> Operations:
    """The functions of an action group's ``functionSchema``."""
    functions = schema.get("functions")
    if not isinstance(functions, list):
        return None
    return tuple(
        Operation(name=str(function["name"]), confirmation=function.get("requireConfirmation") == "ENABLED")
        for function in functions
    )


def from_tool_list(tools: object) -> Operations:
    """The names in a list of tool definitions, given parsed or as MCP's JSON (``{"tools": [{"name": …}]}``)."""
    found = _parsed(tools).get("tools") if isinstance(tools, str) else tools
    if not isinstance(found, list) or not all(isinstance(tool, Mapping) and "name" in tool for tool in found):
        return None
    return tuple(Operation(name=str(tool["name"])) for tool in found)


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
