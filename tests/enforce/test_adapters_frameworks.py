"""The adapters of frameworks, each with the framework itself and a model that says what the test has it say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import RunningOpa
from test_adapters import events, kill
from world import guard_for

from segrego.enforce import GuardedSession

NAMES = {"find_order": ("orders", "find"), "delete_order": ("orders", "delete"), "refund_order": ("orders", "refund")}
CALLS = ["find_order", "delete_order", "refund_order"]


def langchain_agent(session: GuardedSession, ran: list[str], calls: list[str]) -> Any:
    from langchain.agents import create_agent
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.tools import tool

    from segrego.enforce.adapters.langchain import SegregoMiddleware

    class Model(GenericFakeChatModel):
        def bind_tools(self, tools: Any, **_: Any) -> Any:
            return self

    @tool
    def find_order(order_id: str) -> str:
        """Find."""
        ran.append("find_order")
        if order_id == "broken":
            raise ValueError(order_id)
        return f"found {order_id}"

    @tool
    def delete_order(order_id: str) -> str:
        """Delete."""
        ran.append("delete_order")
        return order_id

    @tool
    def refund_order(order_id: str) -> str:
        """Refund."""
        ran.append("refund_order")
        return order_id

    said = [
        AIMessage(content="", tool_calls=[{"name": name, "args": {"order_id": "7"}, "id": f"id-{name}"}])
        for name in calls
    ]
    model = Model(messages=iter([*said, AIMessage(content="done")]))
    return create_agent(model, [find_order, delete_order, refund_order], middleware=[SegregoMiddleware(session, NAMES)])


def answers(result: Any) -> list[tuple[str, str]]:
    return [(message.status, message.content) for message in result["messages"] if message.type == "tool"]


EXPECTED = [
    ("success", "found 7"),
    ("error", "This call is denied (tool_not_registered)."),
    ("error", "A person must approve this call first (approval_missing)."),
]


@pytest.mark.parametrize("is_async", [False, True])
def test_langchain(is_async: bool, session: GuardedSession, sidecar: RunningOpa, tmp_path: Path) -> None:
    ran: list[str] = []
    asked = {"messages": [("user", "go")]}
    agent = langchain_agent(session, ran, CALLS)
    result = asyncio.run(agent.ainvoke(asked)) if is_async else agent.invoke(asked)
    assert answers(result) == EXPECTED
    assert ran == ["find_order"]
    assert events(tmp_path / "calls.jsonl")[:2] == [("decision", "allow", None), ("outcome", None, "ran")]
    kill(sidecar)
    dead = langchain_agent(session, ran, CALLS[:1])
    result = asyncio.run(dead.ainvoke(asked)) if is_async else dead.invoke(asked)
    assert answers(result) == [("error", "This call is denied (sidecar_unreachable).")]
    assert ran == ["find_order"]


@pytest.mark.parametrize("is_async", [False, True])
def test_langchain_records_a_tool_that_answers_with_an_error_as_failed(
    is_async: bool, session: GuardedSession, tmp_path: Path
) -> None:
    """Its model is told of arguments that do not fit; the tool has not done what it was asked to."""
    from langchain_core.messages import ToolMessage

    from segrego.enforce.adapters.langchain import SegregoMiddleware

    class Call:
        tool_call: Any = {"name": "find_order", "args": {}, "id": "1"}  # noqa: RUF012

    said = ToolMessage(content="order_id is missing", tool_call_id="1", status="error")
    middleware = SegregoMiddleware(session, NAMES)
    asked: Any = Call()

    async def later(_: Any) -> Any:
        return said

    if is_async:
        assert asyncio.run(middleware.awrap_tool_call(asked, later)) is said
    else:
        assert middleware.wrap_tool_call(asked, lambda _: said) is said
    assert events(tmp_path / "calls.jsonl") == [("decision", "allow", None), ("outcome", None, "failed")]


def test_fastmcp(sidecar: RunningOpa, tmp_path: Path) -> None:
    from fastmcp import Client, FastMCP
    from fastmcp.exceptions import ToolError

    from segrego.enforce.adapters.fastmcp import SegregoMiddleware

    ran: list[str] = []
    guarded = guard_for(sidecar.url, tmp_path / "calls.jsonl").session("s")
    server: Any = FastMCP("orders")
    server.add_middleware(SegregoMiddleware(lambda _: guarded, NAMES))

    @server.tool
    def find_order(order_id: str) -> str:
        ran.append(f"find {order_id}")
        return f"found {order_id}"

    @server.tool
    def delete_order(order_id: str) -> str:
        ran.append("delete")
        return order_id

    async def run() -> None:
        async with Client(server) as client:
            assert (await client.call_tool("find_order", {"order_id": "7"})).data == "found 7"
            with pytest.raises(ToolError, match="tool_not_registered"):
                await client.call_tool("delete_order", {"order_id": "7"})
            kill(sidecar)
            with pytest.raises(ToolError, match="sidecar_unreachable"):
                await client.call_tool("find_order", {"order_id": "8"})

    asyncio.run(run())
    assert ran == ["find 7"]
    assert events(tmp_path / "calls.jsonl")[:2] == [("decision", "allow", None), ("outcome", None, "ran")]


def strands_agent(session: GuardedSession, ran: list[str], calls: list[tuple[str, str]]) -> Any:
    from strands import Agent, tool
    from strands.models import Model

    from segrego.enforce.adapters.strands import SegregoHooks

    class Scripted(Model):
        """Asks for one tool after the other, and then is done."""

        def __init__(self) -> None:
            self.left = list(calls)

        def update_config(self, **_: Any) -> None:
            pass

        def get_config(self) -> dict[str, Any]:
            return {}

        def structured_output(self, *_: Any, **__: Any) -> Any:
            raise NotImplementedError

        async def stream(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
            yield {"messageStart": {"role": "assistant"}}
            if self.left:
                name, order = self.left.pop(0)
                yield {"contentBlockStart": {"start": {"toolUse": {"toolUseId": f"{name}-{order}", "name": name}}}}
                yield {"contentBlockDelta": {"delta": {"toolUse": {"input": f'{{"order_id": "{order}"}}'}}}}
                yield {"contentBlockStop": {}}
                yield {"messageStop": {"stopReason": "tool_use"}}
            else:
                yield {"contentBlockStart": {"start": {}}}
                yield {"contentBlockDelta": {"delta": {"text": "done"}}}
                yield {"contentBlockStop": {}}
                yield {"messageStop": {"stopReason": "end_turn"}}

    @tool
    def find_order(order_id: str) -> str:
        """Find.

        Args:
            order_id: Which.
        """
        ran.append(f"find {order_id}")
        if order_id == "broken":
            raise ValueError(order_id)
        return f"found {order_id}"

    @tool
    def delete_order(order_id: str) -> str:
        """Delete.

        Args:
            order_id: Which.
        """
        ran.append("delete")
        return order_id

    return Agent(
        model=Scripted(),
        tools=[find_order, delete_order],
        hooks=[SegregoHooks(session, NAMES)],
        callback_handler=None,
    )


def tool_results(agent: Any) -> list[tuple[str, str]]:
    contents = [part for message in agent.messages for part in message["content"] if "toolResult" in part]
    return [(part["toolResult"]["status"], part["toolResult"]["content"][0]["text"]) for part in contents]


def test_strands(session: GuardedSession, sidecar: RunningOpa, tmp_path: Path) -> None:
    ran: list[str] = []
    agent = strands_agent(session, ran, [("find_order", "7"), ("delete_order", "7"), ("find_order", "broken")])
    agent("go")
    found = tool_results(agent)
    assert found[:2] == [("success", "found 7"), ("error", "This call is denied (tool_not_registered).")]
    assert found[2][0] == "error"
    assert ran == ["find 7", "find broken"]
    assert events(tmp_path / "calls.jsonl") == [
        ("decision", "allow", None),
        ("outcome", None, "ran"),
        ("decision", "deny", None),
        ("decision", "allow", None),
        ("outcome", None, "failed"),
    ]
    kill(sidecar)
    dead = strands_agent(session, ran, [("find_order", "8")])
    dead("go")
    assert tool_results(dead) == [("error", "This call is denied (sidecar_unreachable).")]
    assert ran == ["find 7", "find broken"]


def test_openai_agents(sidecar: RunningOpa, tmp_path: Path) -> None:
    from agents import Agent, Model, ModelResponse, RunConfig, Runner, Usage, function_tool
    from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

    from segrego.enforce.adapters.openai_agents import guarded_tool

    ran: list[str] = []
    guarded = guard_for(sidecar.url, tmp_path / "calls.jsonl").session("s")

    @function_tool
    def find_order(order_id: str) -> str:
        ran.append(f"find {order_id}")
        return f"found {order_id}"

    @function_tool
    def delete_order(order_id: str) -> str:
        ran.append("delete")
        return order_id

    class Scripted(Model):
        def __init__(self, calls: list[str]) -> None:
            self.left = calls

        async def get_response(self, *_: Any, **__: Any) -> ModelResponse:
            output: Any
            if self.left:
                name = self.left.pop(0)
                output = ResponseFunctionToolCall(
                    name=name, arguments='{"order_id": "7"}', call_id=name, type="function_call"
                )
            else:
                text = ResponseOutputText(text="done", type="output_text", annotations=[])
                output = ResponseOutputMessage(
                    id="1", role="assistant", status="completed", type="message", content=[text]
                )
            return ModelResponse(output=[output], usage=Usage(), response_id=None)

        def stream_response(self, *_: Any, **__: Any) -> Any:
            raise NotImplementedError

    def said(*calls: str) -> list[str]:
        tools: list[Any] = [guarded_tool(tool, guarded, NAMES) for tool in (find_order, delete_order)]
        agent = Agent(name="orders", model=Scripted(list(calls)), tools=tools)
        result = asyncio.run(Runner.run(agent, "go", run_config=RunConfig(tracing_disabled=True)))
        return [item.output for item in result.new_items if item.type == "tool_call_output_item"]

    assert said("find_order", "delete_order") == ["found 7", "This call is denied (tool_not_registered)."]
    kill(sidecar)
    assert said("find_order") == ["This call is denied (sidecar_unreachable)."]
    assert ran == ["find 7"]
    assert events(tmp_path / "calls.jsonl")[:2] == [("decision", "allow", None), ("outcome", None, "ran")]
