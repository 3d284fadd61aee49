"""Servers of the MCP SDK: an extension around every tool call, for ``MCPServer(extensions=[...])``. Give it last, so
that nothing stands between the decision and the tool.

Source: the SDK's ``mcp.server.extension`` (2.0 and later): the first extension is the outermost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension
from mcp.types import CallToolRequestParams, CallToolResult, TextContent

from segrego.enforce.adapters.naming import Names, ToolFailedError, named, told
from segrego.enforce.guard import DeniedError, GuardedSession

__all__ = ["SegregoExtension"]

Context = ServerRequestContext[Any, Any]


class SegregoExtension(Extension):
    """Lets a tool run only if its call is allowed; a denied one is a result with ``isError``, which the model sees.
    ``session`` gives the guarded session of whoever calls: what it raises ends the call too."""

    identifier = "io.segrego/enforce"

    def __init__(self, session: Callable[[Context], GuardedSession], names: Names | None = None) -> None:
        self._session = session
        self._names = names or {}

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: Context, call_next: CallNext
    ) -> HandlerResult:
        """As :meth:`Extension.intercept_tool_call`."""
        try:
            async with self._session(ctx).apermit(named(self._names, params.name, params.arguments or {})):
                result = await call_next(ctx)
                if isinstance(result, CallToolResult) and result.is_error:
                    raise ToolFailedError(result)
                return result
        except ToolFailedError as failed:
            answer: CallToolResult = failed.result
            return answer
        except DeniedError as error:
            return CallToolResult(content=[TextContent(type="text", text=told(error))], is_error=True)
