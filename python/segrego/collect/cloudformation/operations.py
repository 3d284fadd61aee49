"""Operations of tools: from OpenAPI documents, function schemas and MCP tool lists.

Source: the CloudFormation reference of ``AWS::Bedrock::Agent`` and ``GatewayTarget``.
"""

from __future__ import annotations

from typing import Any

from segrego.collect import openapi
from segrego.collect.cloudformation.template import Map, Seq, decode
from segrego.collect.cloudformation.text import as_text
from segrego.errors import InputError
from segrego.inventory import Operation

__all__ = ["Operations", "from_functions", "from_openapi", "from_tool_list"]

Operations = tuple[Operation, ...] | None
"""Operations, or null where they could not be read."""


def from_openapi(document: Any) -> Operations:
    """The operations of an OpenAPI document, given parsed or as its JSON or YAML text."""
    return openapi.operations(_parsed(document))


def from_functions(schema: Any) -> Operations:
    """The functions of an action group's ``FunctionSchema``."""
    functions = schema.get("Functions") if isinstance(schema, Map) else None
    if not isinstance(functions, Seq):
        return None
    found = []
    for function in functions:
        name = as_text(function.get("Name")) if isinstance(function, Map) else None
        if name is None:
            return None
        confirmation = str(function.get("RequireConfirmation", "")).upper() == "ENABLED"
        found.append(Operation(name=str(name), confirmation=confirmation))
    return tuple(found)


def from_tool_list(tools: Any) -> Operations:
    """The names in a list of tool definitions: CloudFormation's, or MCP's JSON (``{"tools": [{"name": …}]}``)."""
    if isinstance(tools, str):
        parsed = _parsed(tools)
        tools = parsed.get("tools") if parsed is not None else None
    if not isinstance(tools, Seq):
        return None
    names = [as_text(tool.get("Name", tool.get("name"))) if isinstance(tool, Map) else None for tool in tools]
    return None if None in names else tuple(Operation(name=str(name)) for name in names)


def _parsed(document: Any) -> Map | None:
    if isinstance(document, Map):
        return document
    if not isinstance(document, str):
        return None
    try:
        return decode(str(document), "schema")
    except InputError:
        return None  # said by ``operations_read`` of the tool
