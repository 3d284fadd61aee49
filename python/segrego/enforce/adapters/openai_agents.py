"""OpenAI Agents SDK: function tools that run only if their call is allowed, for ``Agent(tools=[...])``.

A ``tool_input_guardrail`` could deny as well; it does not learn what came of a call, which the record needs.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from agents import FunctionTool

from segrego.enforce.adapters.naming import Names, named, told
from segrego.enforce.guard import DeniedError, GuardedSession

__all__ = ["guarded_tool"]


def guarded_tool(tool: FunctionTool, session: GuardedSession, names: Names | None = None) -> FunctionTool:
    """The tool, guarded; a denied call is answered with a text for the model. Errors that the tool itself turns into
    a text (its ``failure_error_function``) are recorded as having run."""
    inner = tool.on_invoke_tool

    async def invoke(context: Any, arguments: str) -> Any:
        try:
            async with session.apermit(named(names or {}, tool.name, _parsed(arguments))):
                return await inner(context, arguments)
        except DeniedError as error:
            return told(error)

    return dataclasses.replace(tool, on_invoke_tool=invoke)


def _parsed(arguments: str) -> dict[str, Any]:
    """What a model wrote as arguments. What is no object is one argument, so that its digest tells it from others; the
    tool refuses it afterwards."""
    try:
        found = json.loads(arguments) if arguments else {}
    except (ValueError, RecursionError):
        return {"": arguments}
    return found if isinstance(found, dict) else {"": found}
