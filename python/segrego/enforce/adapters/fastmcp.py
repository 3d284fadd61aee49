"""FastMCP servers: a middleware around every tool call, for ``server.add_middleware(...)``. Add it last, so that
nothing changes the call after the decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastmcp.exceptions import ToolError
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext

from segrego.enforce.adapters.naming import Names, named, told
from segrego.enforce.guard import DeniedError, GuardedSession

__all__ = ["SegregoMiddleware"]


class SegregoMiddleware(Middleware):
    """Lets a tool run only if its call is allowed; a denied one is an error for the client. ``session`` gives the
    guarded session of whoever calls: what it raises ends the call too."""

    def __init__(self, session: Callable[[MiddlewareContext[Any]], GuardedSession], names: Names | None = None) -> None:
        self._session = session
        self._names = names or {}

    async def on_call_tool(self, context: MiddlewareContext[Any], call_next: CallNext[Any, Any]) -> Any:
        """As :meth:`Middleware.on_call_tool`."""
        request = named(self._names, context.message.name, context.message.arguments or {})
        try:
            async with self._session(context).apermit(request):
                return await call_next(context)
        except DeniedError as error:
            raise ToolError(told(error)) from error
