"""The enforcement point: asks, records, and only then lets a tool run.

    guard = Guard(Sidecar(SidecarOptions()), Recorder(Path("calls.jsonl")), Identity(agent="orders-agent", proof=token))
    session = guard.session("session-1")
    with session.permit(Request(tool="orders", operation="find_order", arguments={"order_id": "7"})):
        ...  # the tool runs here, and only if it is allowed

Whatever goes wrong (no sidecar, no answer in time, no record) is a denial, and says which.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from segrego.decision import Call, Caller, Decision, Flow, PastCall, Rate, Resource, Session, ToolCall
from segrego.enforce import tracing
from segrego.enforce.decider import AsyncDecider, Decider, refusal
from segrego.enforce.masking import Mask, digest
from segrego.enforce.record import Record, Recorder
from segrego.errors import OutputError, SegregoError

__all__ = ["ApprovalRequiredError", "DeniedError", "Guard", "GuardedSession", "Identity", "Request"]

_MOST_PAST = 1000
"""Calls of a session that are remembered. A session with more must end: forgetting would hide what it has read."""


class DeniedError(SegregoError):
    """The call may not run. ``decision`` says why."""

    def __init__(self, decision: Decision) -> None:
        rules = ", ".join(dict.fromkeys(reason.rule for reason in decision.reasons)) or "no reason given"
        super().__init__(f"the call is denied: {rules}", hint="docs/runtime.md says what to do about each.")
        self.decision = decision


class ApprovalRequiredError(DeniedError):
    """A person must say yes first; then send the call again with the approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who calls. ``proof`` and ``role`` are asked for at each call, since tokens and credentials are renewed;
    ``arguments`` names the arguments that may go to the policy and into records in clear."""

    agent: str
    proof: Callable[[], str | None] = lambda: None
    role: Callable[[], str | None] = lambda: None
    arguments: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A tool call as the agent wants it. ``approvals`` are people's signed yes to exactly this call."""

    tool: str
    operation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    resource: Resource | None = None
    approvals: Sequence[str] = ()


class Guard:
    """One agent's enforcement point. Threads may share it."""

    def __init__(
        self, decider: Decider | AsyncDecider, recorder: Recorder, identity: Identity, *, rate_window_seconds: int = 60
    ) -> None:
        self.decider = decider
        self.recorder = recorder
        self.identity = identity
        self.mask = Mask()
        self._window = rate_window_seconds
        self._recent: deque[float] = deque()
        self._lock = threading.Lock()

    def session(
        self,
        session_id: str,
        *,
        flow: Flow | None = None,
        task: str | None = None,
        grant: str | None = None,
        callers: Sequence[Caller] = (),
    ) -> GuardedSession:
        """A session of the agent. What it has read is remembered in it, so use one object for one session."""
        return GuardedSession(
            self, Session(id=session_id, started_ns=time.time_ns()), flow, task, grant, tuple(callers)
        )

    def rate(self) -> Rate:
        """Calls of this enforcement point within the window, all sessions together."""
        now = time.monotonic()
        with self._lock:
            while self._recent and self._recent[0] <= now - self._window:
                self._recent.popleft()
            return Rate(calls=len(self._recent), window_seconds=self._window)

    def count(self) -> None:
        """Count a call that was allowed."""
        with self._lock:
            self._recent.append(time.monotonic())


class GuardedSession:
    """A session behind its guard: :meth:`permit` (or :meth:`apermit`) is the only way for a tool to run."""

    def __init__(
        self,
        guard: Guard,
        session: Session,
        flow: Flow | None,
        task: str | None,
        grant: str | None,
        callers: tuple[Caller, ...],
    ) -> None:
        self._guard = guard
        self._session = session
        self._flow = flow
        self._task = task
        self._grant = grant
        self._callers = callers
        self._past: list[PastCall] = []

    @contextmanager
    def permit(self, request: Request) -> Iterator[Decision]:
        """Runs its block if the call is allowed, with the decision; records what came of it.

        Raises :class:`DeniedError` or :class:`ApprovalRequiredError` where it is not, and the block does not run.
        """
        decider = self._guard.decider
        with tracing.span(self._guard.identity.agent, self._session.id, request) as trace:
            call = self._call(request, trace.traceparent)
            decision = decider.decide(call)
            if not isinstance(decision, Decision):
                raise TypeError("an asynchronous decider needs apermit")
            number = self._settled(call, request, decision, trace)
            with self._outcome(call, number):
                yield decision

    @asynccontextmanager
    async def apermit(self, request: Request) -> AsyncIterator[Decision]:
        """:meth:`permit` for asyncio. Errors are the same."""
        with tracing.span(self._guard.identity.agent, self._session.id, request) as trace:
            call = self._call(request, trace.traceparent)
            answer = self._guard.decider.decide(call)
            decision = answer if isinstance(answer, Decision) else await answer
            number = self._settled(call, request, decision, trace)
            with self._outcome(call, number):
                yield decision

    def _call(self, request: Request, traceparent: str | None) -> Call:
        identity = self._guard.identity
        shown = {name: value for name, value in request.arguments.items() if name in identity.arguments}
        return Call(
            agent=identity.agent,
            proof=identity.proof(),
            grant=self._grant,
            role=identity.role(),
            session=self._session,
            task=self._task,
            flow=self._flow,
            tool=ToolCall(
                name=request.tool,
                operation=request.operation,
                arguments=shown,
                arguments_digest=digest(request.arguments),
            ),
            resource=request.resource,
            callers=self._callers,
            history=tuple(self._past),
            approvals=tuple(request.approvals),
            rate=self._guard.rate(),
            time_ns=time.time_ns(),
            traceparent=traceparent,
        )

    def _settled(self, call: Call, request: Request, decision: Decision, trace: tracing.Trace) -> str:
        """Record the decision, and raise unless it allows. Gives the id of the call in the record."""
        number = uuid.uuid4().hex
        if decision.verdict == "allow" and len(self._past) >= _MOST_PAST:
            decision = refusal("session_too_long", calls=len(self._past))
        try:
            self._guard.recorder.append(self._decided(number, call, request, decision))
        except OutputError as error:
            decision = refusal("record_not_written", problem=error.message)
        trace.decided(decision)
        if decision.verdict == "approve":
            raise ApprovalRequiredError(decision)
        if decision.verdict != "allow":
            raise DeniedError(decision)
        self._past.append(
            PastCall(
                tool=call.tool.name,
                operation=call.tool.operation,
                verdict="allow",
                time_ns=call.time_ns,
                domain=decision.domain,
                task=self._task,
            )
        )
        self._guard.count()
        return number

    def _decided(self, number: str, call: Call, request: Request, decision: Decision) -> Record:
        allowed = {*self._guard.identity.arguments, *decision.obligations.arguments}
        return Record(
            number=0,
            event="decision",
            time_ns=call.time_ns,
            call=number,
            agent=call.agent,
            session=call.session.id,
            verdict=decision.verdict,
            reasons=tuple(msgspec.to_builtins(reason) for reason in decision.reasons),
            decision_id=decision.id,
            source=decision.source,
            access=decision.access,
            domain=decision.domain,
            task=self._task,
            proof_id=decision.proof_id,
            role=call.role,
            flow=None if call.flow is None else msgspec.to_builtins(call.flow),
            tool=call.tool.name,
            operation=call.tool.operation,
            arguments=self._guard.mask(request.arguments, allowed),
            arguments_digest=call.tool.arguments_digest,
            resource=None if call.resource is None else call.resource.arn,
            callers=tuple(caller.agent for caller in call.callers),
            revisions=msgspec.to_builtins(decision.revisions),
            traceparent=call.traceparent,
        )

    @contextmanager
    def _outcome(self, call: Call, number: str) -> Iterator[None]:
        outcome = Record(
            number=0, event="outcome", time_ns=0, call=number, agent=call.agent, session=call.session.id, outcome="ran"
        )
        try:
            yield
        except BaseException as error:
            outcome = msgspec.structs.replace(outcome, outcome="failed", error=type(error).__name__)
            raise
        finally:
            self._guard.recorder.append(msgspec.structs.replace(outcome, time_ns=time.time_ns()))
