"""Who decides: the seam between an enforcement point and a policy."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec

from segrego.decision import Call, Decision, Reason

__all__ = ["AsyncDecider", "Cause", "Decider", "decision_of", "refusal"]

Cause = Literal[
    "sidecar_unreachable",
    "sidecar_timeout",
    "sidecar_refused",
    "decision_undefined",
    "decision_malformed",
    "record_not_written",
    "session_too_long",
    "call_unreadable",
    "arguments_changed",
    "identity_unavailable",
    "decider_failed",
]
"""Why the enforcement point denies by itself, where no decision came or none could be kept."""


class Decider(Protocol):
    """Decides on a call. It never raises: whatever goes wrong is a decision to deny that says so."""

    def decide(self, call: Call) -> Decision:
        """The decision on a call, within the decider's deadline."""

    def close(self) -> None:
        """Let go of connections. Later calls are denied."""


class AsyncDecider(Protocol):
    """The same for asyncio."""

    async def decide(self, call: Call) -> Decision:
        """The decision on a call, within the decider's deadline."""

    async def aclose(self) -> None:
        """Let go of connections. Later calls are denied."""


def refusal(cause: Cause, **facts: Any) -> Decision:
    """The decision of an enforcement point that has none of a policy: deny."""
    return Decision(verdict="deny", source="enforcement", reasons=(Reason(rule=cause, effect="deny", facts=facts),))


def decision_of(answer: bytes) -> Decision:
    """The decision in an answer of OPA's data API. An undefined result, or one that is no decision, denies.

    Source: OPA, "REST API", "Get a Document (with Input)": a ``result`` that is absent is undefined.
    """
    try:
        body = msgspec.json.decode(answer, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return refusal("decision_malformed", problem="the answer is not JSON")
    if "result" not in body:
        return refusal("decision_undefined")
    try:
        decision = msgspec.convert(body["result"], Decision)
    except msgspec.ValidationError as error:
        return refusal("decision_malformed", problem=str(error))
    if decision.source != "policy" or (decision.verdict == "allow" and decision.reasons):
        return refusal("decision_malformed", problem="the verdict contradicts its reasons")
    identifier = body.get("decision_id")
    return msgspec.structs.replace(decision, id=identifier if isinstance(identifier, str) else None)
