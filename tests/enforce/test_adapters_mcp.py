"""The extension of the MCP SDK, with its own server and client."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import RunningOpa
from test_adapters import events, kill
from world import ROLE, guard_for, proof

from segrego.enforce import AsyncSidecar, Guard, GuardedSession, Identity, Recorder, SidecarOptions
from segrego.enforce.adapters.mcp import SegregoExtension

NAMES = {"find_order": ("orders", "find"), "delete_order": ("orders", "delete"), "refund_order": ("orders", "refund")}


def server_of(session: Any, ran: list[str]) -> Any:
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

    server: Any = MCPServer("orders", extensions=[SegregoExtension(session, NAMES)])

    @server.tool()
    def find_order(order_id: str) -> str:
        ran.append(f"find {order_id}")
        if order_id == "broken":
            raise ToolError("broken")
        return f"found {order_id}"

    @server.tool()
    async def delete_order(order_id: str) -> str:
        ran.append("delete")
        return order_id

    @server.tool()
    def refund_order(order_id: str) -> str:
        ran.append("refund")
        return order_id

    return server


async def said(client: Any, name: str, order: str = "7") -> tuple[bool, str]:
    result = await client.call_tool(name, {"order_id": order})
    return result.is_error, result.content[0].text


@pytest.mark.parametrize("is_async", [False, True])
def test_mcp(is_async: bool, sidecar: RunningOpa, tmp_path: Path) -> None:
    from mcp import Client

    ran: list[str] = []
    path = tmp_path / "calls.jsonl"

    async def run() -> None:
        if is_async:
            decider = AsyncSidecar(SidecarOptions(url=sidecar.url, deadline_seconds=5))
            guard = Guard(decider, Recorder(path), Identity(agent="orders-agent", proof=proof, role=lambda: ROLE))
        else:
            guard = guard_for(sidecar.url, path)
        session = guard.session("s")
        async with Client(server_of(lambda _: session, ran)) as client:
            assert await said(client, "find_order") == (False, "found 7")
            assert {tool.name for tool in (await client.list_tools()).tools} == set(NAMES)
            assert await said(client, "delete_order") == (True, "This call is denied (tool_not_registered).")
            refused = "A person must approve this call first (approval_missing)."
            assert await said(client, "refund_order") == (True, refused)
            assert (await said(client, "find_order", "broken"))[0]
            kill(sidecar)
            assert await said(client, "find_order") == (True, "This call is denied (sidecar_unreachable).")

    asyncio.run(run())
    assert ran == ["find 7", "find broken"]
    assert events(path) == [
        ("decision", "allow", None),
        ("outcome", None, "ran"),
        ("decision", "deny", None),
        ("decision", "approve", None),
        ("decision", "allow", None),
        ("outcome", None, "failed"),
        ("decision", "deny", None),
    ]


def test_a_caller_that_is_not_known_gets_nowhere(tmp_path: Path) -> None:
    from mcp import Client

    ran: list[str] = []

    def nobody(_: Any) -> GuardedSession:
        raise LookupError("secret")

    async def run() -> None:
        async with Client(server_of(nobody, ran)) as client:
            try:
                is_error, text = await said(client, "find_order")
            except Exception as error:  # noqa: BLE001 - whichever form the SDK gives it
                is_error, text = True, str(error)
            assert is_error
            assert "secret" not in text

    asyncio.run(run())
    assert ran == []
