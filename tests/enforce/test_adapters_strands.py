"""What can come between a decision and a tool of a Strands agent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import RunningOpa
from test_adapters import events, kill
from test_adapters_frameworks import NAMES, strands_agent, tool_results
from world import ROLE, guard_for, proof

from segrego.enforce import AsyncSidecar, Guard, GuardedSession, Identity, Recorder, SidecarOptions
from segrego.enforce.adapters.strands import SegregoHooks


def test_asyncio(session: GuardedSession, sidecar: RunningOpa) -> None:
    ran: list[str] = []

    async def run() -> None:
        agent = strands_agent(session, ran, [("find_order", "7"), ("delete_order", "7")])
        await agent.invoke_async("go")
        denied = ("error", "This call is denied (tool_not_registered).")
        assert tool_results(agent) == [("success", "found 7"), denied]
        kill(sidecar)
        agent = strands_agent(session, ran, [("find_order", "8")])
        await agent.invoke_async("go")
        assert tool_results(agent) == [("error", "This call is denied (sidecar_unreachable).")]

    asyncio.run(run())
    assert ran == ["find 7"]


def test_a_hook_that_comes_later_in_the_list_does_not_change_what_was_decided_on(session: GuardedSession) -> None:
    """It runs before the decision all the same."""
    from strands.hooks import BeforeToolCallEvent

    def swap(event: BeforeToolCallEvent) -> None:
        event.tool_use["name"] = "delete_order"

    ran: list[str] = []
    agent = strands_agent(session, ran, [("find_order", "7")])
    agent.hooks.add_callback(BeforeToolCallEvent, swap)
    agent("go")
    assert tool_results(agent) == [("error", "This call is denied (tool_not_registered).")]
    assert ran == []


@pytest.mark.parametrize("order", [0, float("inf")])
def test_a_call_that_another_hook_cancels_is_recorded_as_not_run(
    order: float, session: GuardedSession, tmp_path: Path
) -> None:
    from strands.hooks import BeforeToolCallEvent

    def cancel(event: BeforeToolCallEvent) -> None:
        event.cancel_tool = "not today"

    ran: list[str] = []
    agent = strands_agent(session, ran, [("find_order", "7")])
    agent.hooks.add_callback(BeforeToolCallEvent, cancel, order=order)
    agent("go")
    assert (tool_results(agent), ran) == ([("error", "not today")], [])
    path = tmp_path / "calls.jsonl"
    recorded = [("decision", "allow", None), ("outcome", None, "not run")]
    assert events(path) == ([] if order == 0 else recorded)


def test_a_retry_is_decided_on_anew(session: GuardedSession, tmp_path: Path) -> None:
    from strands.hooks import AfterToolCallEvent

    def retry(event: AfterToolCallEvent) -> None:
        event.retry = len(ran) < 2

    ran: list[str] = []
    agent = strands_agent(session, ran, [("find_order", "7")])
    agent.hooks.add_callback(AfterToolCallEvent, retry)
    agent("go")
    assert ran == ["find 7", "find 7"]
    assert events(tmp_path / "calls.jsonl") == [("decision", "allow", None), ("outcome", None, "ran")] * 2


def test_a_guard_that_cannot_decide_lets_nothing_run(sidecar: RunningOpa, tmp_path: Path) -> None:
    from strands.types.exceptions import EventLoopException

    decider = AsyncSidecar(SidecarOptions(url=sidecar.url))
    identity = Identity(agent="orders-agent", proof=proof, role=lambda: ROLE)
    guard = Guard(decider, Recorder(tmp_path / "calls.jsonl"), identity)
    ran: list[str] = []
    agent = strands_agent(guard.session("s"), ran, [("find_order", "7")])
    with pytest.raises(EventLoopException, match="apermit"):
        agent("go")
    assert ran == []


def test_a_tool_that_the_program_calls_itself_is_decided_on_too(session: GuardedSession, tmp_path: Path) -> None:
    ran: list[str] = []
    agent = strands_agent(session, ran, [])
    assert agent.tool.find_order(order_id="7")["status"] == "success"
    assert agent.tool.delete_order(order_id="7")["status"] == "error"
    assert ran == ["find 7"]
    assert len(events(tmp_path / "calls.jsonl")) == 3


def test_one_id_twice_at_once_keeps_both_records(sidecar: RunningOpa, tmp_path: Path) -> None:
    """Models choose ids; the hooks are driven as Strands does, with two calls of one id under way."""
    from strands.hooks import AfterToolCallEvent, BeforeToolCallEvent

    path = tmp_path / "calls.jsonl"
    hooks = SegregoHooks(guard_for(sidecar.url, path).session("s"), NAMES)
    agent: Any = None

    def before(name: str) -> Any:
        use: Any = {"toolUseId": "1", "name": name, "input": {"order_id": "7"}}
        event = BeforeToolCallEvent(agent=agent, selected_tool=None, tool_use=use, invocation_state={})
        hooks._before(event)
        return event

    def after(event: Any, status: Any) -> None:
        result: Any = {"toolUseId": "1", "status": status, "content": []}
        message = event.cancel_tool or None
        hooks._after(
            AfterToolCallEvent(
                agent=agent,
                selected_tool=None,
                tool_use=event.tool_use,
                invocation_state={},
                result=result,
                cancel_message=message,
            )
        )

    first, denied, second = before("find_order"), before("delete_order"), before("find_order")
    assert (first.cancel_tool, second.cancel_tool) == (False, False)
    assert "tool_not_registered" in denied.cancel_tool
    after(second, "success")
    after(denied, "error")
    after(first, "success")
    after(first, "success")
    outcomes = [outcome for event, _, outcome in events(path) if event == "outcome"]
    assert outcomes == ["ran", "ran"]
