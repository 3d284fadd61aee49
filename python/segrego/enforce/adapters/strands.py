"""Strands agents: hooks before and after every tool call, for ``Agent(hooks=[...])``.

The hook before a call runs after all others of the SDK's own orders, so that it decides on what they made of the call;
one that is added later with an infinite order, and middleware of the stage that executes tools, could change it still.
"""

from __future__ import annotations

import math
import threading
from contextlib import AbstractContextManager
from typing import Any

from strands.hooks import AfterToolCallEvent, BeforeToolCallEvent, HookProvider, HookRegistry

from segrego.decision import Decision
from segrego.enforce.adapters.naming import Names, ToolFailedError, named, told
from segrego.enforce.guard import DeniedError, GuardedSession, NotRunError

__all__ = ["SegregoHooks"]

Permit = AbstractContextManager[Decision]


class SegregoHooks(HookProvider):
    """Lets a tool run only if its call is allowed; a denied one is cancelled. Needs a guard with a synchronous
    decider. A retry is decided on anew, but for one of a background tool, of which Strands tells no hook."""

    def __init__(self, session: GuardedSession, names: Names | None = None) -> None:
        self._session = session
        self._names = names or {}
        self._running: dict[str, list[Permit | None]] = {}
        self._lock = threading.Lock()

    def register_hooks(self, registry: HookRegistry, **_: Any) -> None:
        """As :meth:`HookProvider.register_hooks`."""
        registry.add_callback(BeforeToolCallEvent, self._before, order=math.inf)
        registry.add_callback(AfterToolCallEvent, self._after, order=-math.inf)

    def _before(self, event: BeforeToolCallEvent) -> None:
        """Models choose the ids of calls, so one may come twice at once: each has its own entry, also if it is denied,
        since Strands tells of the end of those as well."""
        if event.cancel_tool:
            self._note(event.tool_use["toolUseId"], None)
            return
        event.cancel_tool = "This call could not be decided on."  # whatever is raised below, it does not run
        permit = self._session.permit(named(self._names, event.tool_use["name"], event.tool_use["input"]))
        try:
            permit.__enter__()
        except DeniedError as error:
            event.cancel_tool = told(error)
            self._note(event.tool_use["toolUseId"], None)
        else:
            event.cancel_tool = False
            self._note(event.tool_use["toolUseId"], permit)

    def _note(self, identifier: str, permit: Permit | None) -> None:
        with self._lock:
            self._running.setdefault(identifier, []).append(permit)

    def _after(self, event: AfterToolCallEvent) -> None:
        """A tool whose error went into its result has failed as well; one that another hook cancelled has not run."""
        with self._lock:
            waiting = self._running.get(event.tool_use["toolUseId"], [])
            permit = waiting.pop() if waiting else None
            if not waiting:
                self._running.pop(event.tool_use["toolUseId"], None)
        if permit is None:
            return
        error = event.exception
        if event.cancel_message is not None:
            error = NotRunError(event.cancel_message)
        elif error is None and event.result.get("status") == "error":
            error = ToolFailedError(event.result)
        try:
            permit.__exit__(type(error) if error else None, error, None)
        except Exception as raised:
            if raised is not error:
                raise
