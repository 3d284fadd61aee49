"""LangChain agents: a middleware around every tool call, for ``create_agent(middleware=[...])``. Give it last: what
stands after it could change the call that was decided on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import ToolMessage
from langgraph.types import Command

from segrego.enforce.adapters.naming import Names, ToolFailedError, named, told
from segrego.enforce.guard import DeniedError, GuardedSession

__all__ = ["SegregoMiddleware"]

Answer = ToolMessage | Command[Any]


class SegregoMiddleware(AgentMiddleware[Any, Any]):
    """Lets a tool run only if its call is allowed. A denied one is answered with an error for the model."""

    def __init__(self, session: GuardedSession, names: Names | None = None) -> None:
        super().__init__()
        self._session = session
        self._names = names or {}

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Answer]) -> Answer:
        """As :meth:`AgentMiddleware.wrap_tool_call`."""
        call = request.tool_call
        try:
            with self._session.permit(named(self._names, call["name"], call["args"])):
                return _checked(handler(request))
        except ToolFailedError as failed:
            answer: ToolMessage = failed.result
            return answer
        except DeniedError as error:
            return _refused(request, error)

    async def awrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Awaitable[Answer]]
    ) -> Answer:
        """As :meth:`AgentMiddleware.awrap_tool_call`."""
        call = request.tool_call
        try:
            async with self._session.apermit(named(self._names, call["name"], call["args"])):
                return _checked(await handler(request))
        except ToolFailedError as failed:
            answer: ToolMessage = failed.result
            return answer
        except DeniedError as error:
            return _refused(request, error)


def _checked(answer: Answer) -> Answer:
    """A tool whose error went into its message has failed as well."""
    if isinstance(answer, ToolMessage) and answer.status == "error":
        raise ToolFailedError(answer)
    return answer


def _refused(request: ToolCallRequest, error: DeniedError) -> ToolMessage:
    call = request.tool_call
    return ToolMessage(content=told(error), name=call["name"], tool_call_id=call["id"] or "", status="error")
