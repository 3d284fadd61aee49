"""The enforcement point: a decision before every tool call, and a record before the tool runs."""

from segrego.enforce.decider import AsyncDecider, Decider
from segrego.enforce.guard import ApprovalRequiredError, DeniedError, Guard, GuardedSession, Identity, Request
from segrego.enforce.sidecar import AsyncSidecar, Sidecar, SidecarOptions
from segrego.record import Recorder

__all__ = [
    "ApprovalRequiredError",
    "AsyncDecider",
    "AsyncSidecar",
    "Decider",
    "DeniedError",
    "Guard",
    "GuardedSession",
    "Identity",
    "Recorder",
    "Request",
    "Sidecar",
    "SidecarOptions",
]
