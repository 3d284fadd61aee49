"""Spans for tool calls, where OpenTelemetry's API is installed; nothing where it is not.

Attribute names are those of OpenTelemetry's semantic conventions for generative AI ("execute tool" spans); what they
have no name for is under ``segrego.``. Errors are told by their type alone: what a tool says in its errors may hold
what it was given.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

from segrego.decision import Decision

__all__ = ["Trace", "Traced", "span"]

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""Source: W3C, "Trace Context", the header ``traceparent``."""

_log = logging.getLogger("segrego.enforce")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """What a span tells of a call. ``parent`` is the ``traceparent`` that the session came with."""

    agent: str
    agent_name: str | None
    session: str
    tool: str
    operation: str
    parent: str | None


class Trace:
    """A tool call's span, or its absence. ``traceparent`` is the W3C header that hands the trace on."""

    def __init__(self, span: Any = None, traceparent: str | None = None) -> None:
        self._span = span
        self.traceparent = traceparent

    def decided(self, decision: Decision) -> None:
        """Note what was decided."""
        if self._span is not None:
            self._span.set_attribute("segrego.verdict", decision.verdict)
            self._span.set_attribute("segrego.reasons", decision.rules)
            if decision.id is not None:
                self._span.set_attribute("segrego.decision_id", decision.id)


@contextmanager
def span(traced: Traced) -> Iterator[Trace]:
    """The span of one tool call, from the question to the outcome. A parent that is no ``traceparent`` is left out."""
    parent = traced.parent if traced.parent and _TRACEPARENT.fullmatch(traced.parent) else None
    if not _is_installed():
        yield Trace(traceparent=parent)
        return
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    propagator = TraceContextTextMapPropagator()
    around = trace.get_current_span().get_span_context().is_valid
    context = propagator.extract({"traceparent": parent}) if parent and not around else None
    current = trace.get_tracer("segrego.enforce").start_span(
        f"execute_tool {traced.tool}", context=context, attributes=_attributes(traced)
    )
    try:
        with trace.use_span(current, record_exception=False, set_status_on_exception=False):
            carrier: dict[str, str] = {}
            propagator.inject(carrier)
            yield Trace(current, carrier.get("traceparent"))
    except BaseException as error:
        current.set_attribute("error.type", type(error).__qualname__)
        current.set_status(trace.StatusCode.ERROR)
        raise
    finally:
        _end(current)


def _attributes(traced: Traced) -> dict[str, str]:
    found = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": traced.tool,
        "gen_ai.agent.id": traced.agent,
        "gen_ai.agent.name": traced.agent_name,
        "gen_ai.conversation.id": traced.session,
        "segrego.operation": traced.operation,
    }
    return {name: value for name, value in found.items() if value is not None}


def _end(current: Any) -> None:
    """A span processor that fails does so after the tool has run: it must not look like the tool's error."""
    try:
        current.end()
    except Exception as error:  # noqa: BLE001 - the tool's own outcome counts
        _log.error("a span could not be ended: %s", type(error).__name__)


@cache
def _is_installed() -> bool:
    """Whether the API is there: the name ``opentelemetry`` alone is shared by many packages."""
    try:
        return find_spec("opentelemetry.trace") is not None
    except ModuleNotFoundError:
        return False
