"""Spans for tool calls, where OpenTelemetry's API is installed; nothing where it is not.

Attribute names are those of OpenTelemetry's semantic conventions for generative AI ("execute tool" spans); what they
have no name for is under ``segrego.``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from segrego.decision import Decision

if TYPE_CHECKING:
    from segrego.enforce.guard import Request

__all__ = ["Trace", "span"]


class Trace:
    """A tool call's span, or its absence. ``traceparent`` is the W3C header that hands the trace on."""

    def __init__(self, span: Any = None, traceparent: str | None = None) -> None:
        self._span = span
        self.traceparent = traceparent

    def decided(self, decision: Decision) -> None:
        """Note what was decided."""
        if self._span is not None:
            self._span.set_attribute("segrego.verdict", decision.verdict)
            self._span.set_attribute("segrego.reasons", sorted({reason.rule for reason in decision.reasons}))
            if decision.id is not None:
                self._span.set_attribute("segrego.decision_id", decision.id)


@contextmanager
def span(agent: str, session: str, request: Request) -> Iterator[Trace]:
    """The span of one tool call, from the question to the outcome."""
    if not _is_installed():
        yield Trace()
        return
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": request.tool,
        "gen_ai.agent.id": agent,
        "gen_ai.conversation.id": session,
        "segrego.operation": request.operation,
    }
    tracer = trace.get_tracer("segrego.enforce")
    with tracer.start_as_current_span(f"execute_tool {request.tool}", attributes=attributes) as current:
        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier)
        yield Trace(current, carrier.get("traceparent"))


@cache
def _is_installed() -> bool:
    return find_spec("opentelemetry") is not None
