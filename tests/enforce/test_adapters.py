"""An allowed tool runs, a denied one does not, and a dead sidecar means denied: wherever tools are called."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import RunningOpa
from world import ROLE, proof

from segrego.enforce import (
    ApprovalRequiredError,
    AsyncSidecar,
    DeniedError,
    Guard,
    GuardedSession,
    Identity,
    Recorder,
    SidecarOptions,
)
from segrego.enforce.adapters.action_group import guarded_handler, request_of
from segrego.enforce.adapters.functions import guarded


def events(path: Path) -> list[tuple[str, str | None, str | None]]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(record["event"], record.get("verdict"), record.get("outcome")) for record in records]


def kill(sidecar: RunningOpa) -> None:
    sidecar.process.kill()
    sidecar.process.wait()


def test_a_function_runs_only_if_it_is_allowed(session: GuardedSession, sidecar: RunningOpa, tmp_path: Path) -> None:
    ran: list[str] = []

    @guarded(session, tool="orders")
    def find(order_id: str, *, deep: bool = False) -> str:
        """Finds."""
        ran.append(order_id)
        return f"{order_id} {deep}"

    @guarded(session, tool="orders", operation="delete")
    def remove() -> None:
        ran.append("removed")

    @guarded(session, tool="orders")
    def refund() -> None:
        ran.append("refunded")

    assert (find("7"), find.__name__, find.__doc__) == ("7 False", "find", "Finds.")
    record = json.loads((tmp_path / "calls.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert record["arguments"]["order_id"] == "7"
    assert record["arguments"]["deep"].startswith("masked:")
    with pytest.raises(DeniedError):
        remove()
    with pytest.raises(ApprovalRequiredError):
        refund()
    with pytest.raises(TypeError):
        find()  # type: ignore[call-arg]
    kill(sidecar)
    with pytest.raises(DeniedError, match="sidecar_unreachable"):
        find("8")
    assert ran == ["7"]


def test_a_coroutine_is_awaited_within_its_decision(sidecar: RunningOpa, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"

    async def run() -> None:
        decider = AsyncSidecar(SidecarOptions(url=sidecar.url, deadline_seconds=60))
        session = Guard(decider, Recorder(path), Identity(agent="orders-agent", proof=proof, role=lambda: ROLE))

        @guarded(session.session("s"), tool="orders")
        async def find(order_id: str) -> str:
            await asyncio.sleep(0)
            assert events(path) == [("decision", "allow", None)]
            return order_id

        assert await find("7") == "7"
        await decider.aclose()

    asyncio.run(run())
    assert events(path) == [("decision", "allow", None), ("outcome", None, "ran")]


def test_a_generator_is_refused(session: GuardedSession) -> None:
    def one() -> Iterator[int]:
        yield 1

    async def two() -> AsyncIterator[int]:
        yield 1

    for function in (one, two):
        with pytest.raises(TypeError, match="generator"):
            guarded(session, tool="orders")(function)


def test_what_would_run_later_is_refused(session: GuardedSession, tmp_path: Path) -> None:
    """A function that is none of coroutines or generators by its own kind, and gives one all the same."""
    ran: list[str] = []

    async def later() -> None:
        ran.append("later")

    def one() -> Iterator[int]:
        ran.append("one")
        yield 1

    for given in (later, one):

        @guarded(session, tool="orders", without=("given",))
        def find(given: Any = given) -> Any:
            return given()

        with pytest.raises(TypeError, match="long past"):
            find()
    assert ran == []
    assert events(tmp_path / "calls.jsonl") == [("decision", "allow", None), ("outcome", None, "failed")] * 2


def function_event(name: str, **changes: Any) -> dict[str, Any]:
    """As in the Bedrock user guide."""
    return {
        "messageVersion": "1.0",
        "agent": {"name": "orders", "id": "AGENT12345", "alias": "live", "version": "3"},
        "sessionId": "session-1",
        "inputText": "Where is my order?",
        "actionGroup": "orders",
        "function": name,
        "parameters": [{"name": "order_id", "type": "string", "value": "7"}],
        "sessionAttributes": {"a": "b"},
        "promptSessionAttributes": {},
    } | changes


def api_event(method: str, path: str) -> dict[str, Any]:
    event = function_event("x")
    del event["function"]
    content = {"application/json": {"properties": [{"name": "card", "type": "string", "value": "4111"}]}}
    return event | {"apiPath": path, "httpMethod": method, "requestBody": {"content": content}}


def test_the_lambda_of_an_action_group(guard: Guard, sidecar: RunningOpa) -> None:
    ran: list[str] = []

    @guarded_handler(lambda _: guard, operations={"GET /orders/{id}": "find"})
    def handler(event: Any, context: Any) -> dict[str, Any]:
        assert context == "context"
        ran.append(event.get("function") or event["apiPath"])
        return {"ran": True}

    assert handler(function_event("find"), "context") == {"ran": True}
    assert handler(api_event("GET", "/orders/{id}"), "context") == {"ran": True}
    denied = handler(function_event("delete"), "context")
    answer = denied["response"]["functionResponse"]
    assert answer["responseState"] == "FAILURE"
    assert json.loads(answer["responseBody"]["TEXT"]["body"])["rules"] == ["tool_not_registered"]
    assert (denied["sessionAttributes"], denied["response"]["function"]) == ({"a": "b"}, "delete")
    asked = handler(function_event("refund"), "context")["response"]["functionResponse"]
    assert asked["responseState"] == "REPROMPT"
    refused = handler(api_event("DELETE", "/orders/{id}"), "context")["response"]
    assert (refused["httpStatusCode"], refused["httpMethod"]) == (403, "DELETE")
    kill(sidecar)
    dead = handler(function_event("find"), "context")["response"]["functionResponse"]
    assert json.loads(dead["responseBody"]["TEXT"]["body"])["rules"] == ["sidecar_unreachable"]
    assert ran == ["find", "/orders/{id}"]


def test_a_session_is_one_across_events(guard: Guard) -> None:
    @guarded_handler(lambda _: guard)
    def handler(event: Any, context: Any) -> str:
        return "ran"

    assert handler(function_event("post", actionGroup="web"), None) == "ran"
    assert handler(function_event("read", actionGroup="staff"), None) == "ran"
    answer = handler(function_event("post", actionGroup="web"), None)["response"]["functionResponse"]
    assert json.loads(answer["responseBody"]["TEXT"]["body"])["rules"] == ["tainted_session"]
    assert handler(function_event("post", actionGroup="web", sessionId="other"), None) == "ran"


def test_the_arguments_of_an_event_are_all_that_it_holds() -> None:
    request = request_of(api_event("POST", "/refunds"))
    assert (request.tool, request.operation) == ("orders", "POST /refunds")
    assert request.arguments == {"order_id": "7", "body": {"application/json": {"card": "4111"}}}
    twice = [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]
    for event in (function_event("x", parameters=twice), {"actionGroup": "a", "sessionId": "s"}):
        with pytest.raises(ValueError, match=r"twice|neither"):
            request_of(event)
