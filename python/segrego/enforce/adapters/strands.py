"""Strands agents: hooks before and after every tool call, for ``Agent(hooks=[...])``. Give it last: a hook that
runs after it could change the call that was decided on."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from typing import Any

from strands.hooks import AfterToolCallEvent, BeforeToolCallEvent, HookProvider, HookRegistry

from segrego.decision import Decision
from segrego.enforce.adapters.naming import Names, named, told
from segrego.enforce.guard import DeniedError, GuardedSession

__all__ = ["SegregoHooks"]


class SegregoHooks(HookProvider):
    """Lets a tool run only if its call is allowed; a denied one is cancelled. Needs a guard with a synchronous
    decider. A retry is decided on anew, but for one of a background tool, of which Strands tells no hook."""

    def __init__(self, session: GuardedSession, names: Names | None = None) -> None:
        self._session = session
        self._names = names or {}
        self._running: dict[str, AbstractContextManager[Decision]] = {}
        self._lock = threading.Lock()

    def register_hooks(self, registry: HookRegistry, **_: Any) -> None:
        """As :meth:`HookProvider.register_hooks`."""
        registry.add_callback(BeforeToolCallEvent, self._before)
        registry.add_callback(AfterToolCallEvent, self._after)

    def _before(self, event: BeforeToolCallEvent) -> None:
        permit = self._session.permit(named(self._names, event.tool_use["name"], event.tool_use["input"]))
        try:
            permit.__enter__()
        except DeniedError as error:
            event.cancel_tool = told(error)
            return
        except BaseException:
            event.cancel_tool = "This call could not be decided on."
            raise
        with self._lock:
            self._running[event.tool_use["toolUseId"]] = permit

    def _after(self, event: AfterToolCallEvent) -> None:
        """A tool whose error went into its result has failed as well."""
        with self._lock:
            permit = self._running.pop(event.tool_use["toolUseId"], None)
        if permit is None:
            return
        error = event.exception
        if error is None and event.result.get("status") == "error":
            error = RuntimeError("the tool answered with an error")
        try:
            permit.__exit__(type(error) if error else None, error, None)
        except Exception as raised:
            if raised is not error:
                raise
