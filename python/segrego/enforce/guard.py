"""The enforcement point: asks, records, and only then lets a tool run.

    guard = Guard(Sidecar(SidecarOptions()), Recorder(Path("calls.jsonl")), Identity(agent="orders-agent", proof=token))
    session = guard.session("session-1")
    with session.permit(Request(tool="orders", operation="find_order", arguments={"order_id": "7"})):
        ...  # the tool runs here, and only if it is allowed

Whatever goes wrong (no sidecar, no answer in time, no record) is a denial, and says which.
"""

from __future__ import annotations

import inspect
import logging
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from segrego.decision import Call, Caller, Decision, Flow, PastCall, Rate, Resource, Session, ToolCall
from segrego.enforce import tracing
from segrego.enforce.decider import AsyncDecider, Decider, refusal
from segrego.enforce.masking import Mask, Snapshot
from segrego.errors import OutputError, SegregoError
from segrego.record import Record, Recorder

__all__ = ["ApprovalRequiredError", "DeniedError", "Guard", "GuardedSession", "Identity", "NotRunError", "Request"]

_MOST_PAST = 1000
"""Calls of a session that are remembered. A session with more must end: forgetting would hide what it has read."""

_LONGEST_NAME = 2048
"""Characters of a name. No longer one is registered, and each call would fill the record with it."""

_log = logging.getLogger("segrego.enforce")


class DeniedError(SegregoError):
    """The call may not run. ``decision`` says why."""

    def __init__(self, decision: Decision) -> None:
        rules = ", ".join(dict.fromkeys(reason.rule for reason in decision.reasons)) or "no reason given"
        super().__init__(f"the call is denied: {rules}", hint="docs/runtime.md says what to do about each.")
        self.decision = decision

    def __reduce__(self) -> tuple[type[DeniedError], tuple[Decision]]:
        return type(self), (self.decision,)


class ApprovalRequiredError(DeniedError):
    """A person must say yes first; then send the call again with the approval."""


class NotRunError(Exception):
    """Raised by an adapter inside of a permit: the call was allowed, and something else kept it from running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who calls. ``proof`` and ``role`` are asked for at each call, since tokens and credentials are renewed;
    ``arguments`` names the arguments that may go to the policy and into records in clear. ``name`` is for traces."""

    agent: str
    name: str | None = None
    proof: Callable[[], str | None] = lambda: None
    role: Callable[[], str | None] = lambda: None
    arguments: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A tool call as the agent wants it. ``approvals`` are people's signed yes to exactly this call. ``runs_here`` is
    false where the call is handed on and what comes of it is not known: its outcome is recorded as that."""

    tool: str
    operation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    resource: Resource | None = None
    approvals: Sequence[str] = ()
    runs_here: bool = True


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
        self._recent: dict[str, float] = {}
        self._lock = threading.Lock()

    def session(
        self,
        session_id: str,
        *,
        flow: Flow | None = None,
        task: str | None = None,
        grant: str | None = None,
        callers: Sequence[Caller] = (),
        traceparent: str | None = None,
    ) -> GuardedSession:
        """A session of the agent. What it has read is remembered in it, so use one object for one session.
        ``traceparent`` is the W3C header of what the session is part of, where no span is about it already."""
        started = Session(id=session_id, started_ns=time.time_ns())
        return GuardedSession(self, started, _Context(flow, task, grant, tuple(callers), traceparent))

    def count(self, number: str) -> Rate:
        """Count a call; how many others there were within the window, all sessions together. Calls that are being
        decided on count, so that none slips through beside another."""
        now = time.monotonic()
        with self._lock:
            while self._recent and (first := next(iter(self._recent))) and self._recent[first] <= now - self._window:
                del self._recent[first]
            rate = Rate(calls=len(self._recent), window_seconds=self._window)
            self._recent[number] = now
            return rate

    def forget(self, number: str) -> None:
        """Do not count a call: it does not run."""
        with self._lock:
            self._recent.pop(number, None)


@dataclass(frozen=True, slots=True)
class _Context:
    """What all calls of a session have in common."""

    flow: Flow | None
    task: str | None
    grant: str | None
    callers: tuple[Caller, ...]
    traceparent: str | None


@dataclass(slots=True)
class _Asked:
    """A call on its way: its id in the record, what was asked and when, and why not, where that is known already."""

    number: str
    request: Request
    time_ns: int
    traceparent: str | None
    arguments: Snapshot | None = None
    call: Call | None = None
    refused: Decision | None = None


class GuardedSession:
    """A session behind its guard: :meth:`permit` (or :meth:`apermit`) is the only way for a tool to run. Threads and
    tasks may share it: calls at once see each other."""

    def __init__(self, guard: Guard, session: Session, context: _Context) -> None:
        self._guard = guard
        self._session = session
        self._context = context
        self._past: dict[str, PastCall] = {}
        self._lock = threading.Lock()

    @contextmanager
    def permit(self, request: Request) -> Iterator[Decision]:
        """Runs its block if the call is allowed, with the decision; records what came of it.

        Raises :class:`DeniedError` or :class:`ApprovalRequiredError` where it is not, and the block does not run;
        :class:`TypeError` if the guard's decider is asynchronous.
        """
        decide = self._guard.decider.decide
        if inspect.iscoroutinefunction(decide):
            raise TypeError("an asynchronous decider needs apermit")
        with tracing.span(self._traced(request)) as trace:
            with self._asking(request, trace) as asked:
                decision = asked.refused or _checked(decide, asked.call)
                self._settle(asked, decision, trace)
            with self._outcome(asked):
                yield decision

    @asynccontextmanager
    async def apermit(self, request: Request) -> AsyncIterator[Decision]:
        """:meth:`permit` for asyncio. Errors are the same."""
        with tracing.span(self._traced(request)) as trace:
            with self._asking(request, trace) as asked:
                decision = asked.refused or await _achecked(self._guard.decider.decide, asked.call)
                self._settle(asked, decision, trace)
            with self._outcome(asked):
                yield decision

    def _traced(self, request: Request) -> tracing.Traced:
        return tracing.Traced(
            agent=self._guard.identity.agent,
            agent_name=self._guard.identity.name,
            session=_short(self._session.id),
            tool=_short(request.tool),
            operation=_short(request.operation),
            parent=self._context.traceparent,
        )

    @contextmanager
    def _asking(self, request: Request, trace: tracing.Trace) -> Iterator[_Asked]:
        """The call, counted among the session's calls from now on, for others may be asked about meanwhile; and taken
        out again unless it is allowed."""
        asked = _Asked(uuid.uuid4().hex, request, time.time_ns(), trace.traceparent)
        try:
            self._ask(asked)
            yield asked
        except BaseException:
            with self._lock:
                self._past.pop(asked.number, None)
            self._guard.forget(asked.number)
            raise

    def _ask(self, asked: _Asked) -> None:
        request = asked.request
        names = [request.tool, request.operation, self._session.id]
        if not all(map(_is_name, names + ([request.resource.arn] if request.resource else []))):
            asked.refused = refusal(
                "call_unreadable", problem=f"a name is no text, or longer than {_LONGEST_NAME} characters"
            )
            return
        try:
            arguments = asked.arguments = Snapshot(request.arguments)
        except ValueError as error:
            asked.refused = refusal("call_unreadable", problem=str(error))
            return
        try:
            proof, role = self._guard.identity.proof(), self._guard.identity.role()
        except Exception as error:  # noqa: BLE001 - whatever keeps it from being known who calls, denies
            asked.refused = refusal("identity_unavailable", problem=type(error).__name__)
            return
        with self._lock:
            past = tuple(self._past.values())
            self._past[asked.number] = PastCall(
                tool=request.tool,
                operation=request.operation,
                verdict="allow",
                time_ns=asked.time_ns,
                task=self._context.task,
            )
        asked.call = self._call(asked, arguments, past, proof, role)
        if len(past) >= _MOST_PAST:
            asked.refused = refusal("session_too_long", calls=len(past))

    def _call(
        self, asked: _Asked, arguments: Snapshot, past: tuple[PastCall, ...], proof: str | None, role: str | None
    ) -> Call:
        request, identity = asked.request, self._guard.identity
        shown = {name: value for name, value in arguments.arguments.items() if name in identity.arguments}
        return Call(
            agent=identity.agent,
            proof=proof,
            grant=self._context.grant,
            role=role,
            session=self._session,
            task=self._context.task,
            flow=self._context.flow,
            tool=ToolCall(
                name=request.tool, operation=request.operation, arguments=shown, arguments_digest=arguments.digest
            ),
            resource=request.resource,
            callers=self._context.callers,
            history=past,
            approvals=tuple(request.approvals),
            rate=self._guard.count(asked.number),
            time_ns=asked.time_ns,
            traceparent=asked.traceparent,
        )

    def _settle(self, asked: _Asked, decision: Decision, trace: tracing.Trace) -> None:
        """Record the decision, and raise unless it allows."""
        if decision.verdict == "allow" and not (
            asked.arguments and asked.call and asked.arguments.is_still(asked.request.arguments)
        ):
            decision = refusal("arguments_changed")
        try:
            self._guard.recorder.append(self._decided(asked, decision))
        except OutputError as error:
            decision = refusal("record_not_written", problem=error.message)
        trace.decided(decision)
        if decision.verdict == "approve":
            raise ApprovalRequiredError(decision)
        if decision.verdict != "allow":
            raise DeniedError(decision)
        with self._lock:
            self._past[asked.number] = msgspec.structs.replace(self._past[asked.number], domain=decision.domain)

    def _decided(self, asked: _Asked, decision: Decision) -> Record:
        request, call = asked.request, asked.call
        allowed = {*self._guard.identity.arguments, *decision.obligations.arguments}
        return Record(
            number=0,
            event="decision",
            time_ns=call.time_ns if call else time.time_ns(),
            call=asked.number,
            agent=self._guard.identity.agent,
            session=_short(self._session.id),
            verdict=decision.verdict,
            reasons=tuple(msgspec.to_builtins(reason) for reason in decision.reasons),
            decision_id=decision.id,
            source=decision.source,
            access=decision.access,
            domain=decision.domain,
            task=self._context.task,
            proof_id=decision.proof_id,
            role=call.role if call else None,
            flow=None if self._context.flow is None else msgspec.to_builtins(self._context.flow),
            tool=_short(request.tool),
            operation=_short(request.operation),
            arguments=self._guard.mask(asked.arguments.arguments, allowed) if asked.arguments else {},
            arguments_digest=asked.arguments.digest if asked.arguments else None,
            resource=None if request.resource is None else _short(request.resource.arn),
            callers=tuple(caller.agent for caller in self._context.callers),
            revisions=msgspec.to_builtins(decision.revisions),
            traceparent=call.traceparent if call else None,
        )

    @contextmanager
    def _outcome(self, asked: _Asked) -> Iterator[None]:
        """Records what came of the call. A record that cannot be written then is said to the log and not to the caller:
        the tool has run, and whoever takes an error for its own would run it again."""
        outcome = Record(
            number=0,
            event="outcome",
            time_ns=0,
            call=asked.number,
            agent=self._guard.identity.agent,
            session=self._session.id,
            outcome="ran" if asked.request.runs_here else "handed on",
        )
        try:
            yield
        except BaseException as error:
            what = "not run" if isinstance(error, NotRunError) else "failed"
            outcome = msgspec.structs.replace(outcome, outcome=what, error=type(error).__name__)
            raise
        finally:
            try:
                self._guard.recorder.append(msgspec.structs.replace(outcome, time_ns=time.time_ns()))
            except OutputError as problem:
                _log.error("the outcome of call %s is not recorded: %s", asked.number, problem)


def _checked(decide: Callable[[Call], Any], call: Call | None) -> Decision:
    """What a decider says, whoever wrote it: an error, or anything that is no decision, denies."""
    if call is None:
        return refusal("call_unreadable")
    try:
        return _sound(decide(call))
    except Exception as error:  # noqa: BLE001 - a decider that fails denies
        return refusal("decider_failed", problem=type(error).__name__)


async def _achecked(decide: Callable[[Call], Any], call: Call | None) -> Decision:
    if call is None:
        return refusal("call_unreadable")
    try:
        answer = decide(call)
        return _sound(await answer if inspect.isawaitable(answer) else answer)
    except Exception as error:  # noqa: BLE001 - a decider that fails denies
        return refusal("decider_failed", problem=type(error).__name__)


def _sound(answer: Any) -> Decision:
    if inspect.iscoroutine(answer):
        answer.close()
    if not isinstance(answer, Decision) or answer.verdict not in ("allow", "deny", "approve"):
        return refusal("decision_malformed", problem="the decider gave no decision")
    if answer.verdict == "allow" and answer.reasons:
        return refusal("decision_malformed", problem="the verdict contradicts its reasons")
    return answer


def _is_name(name: Any) -> bool:
    try:
        return isinstance(name, str) and len(name) <= _LONGEST_NAME and name.encode() is not None
    except UnicodeEncodeError:
        return False


def _short(name: Any) -> str:
    """A name for the record, whatever it is; one that is no name by its kind and length."""
    return name if _is_name(name) else f"({type(name).__name__}, {len(str(name))} characters)"
