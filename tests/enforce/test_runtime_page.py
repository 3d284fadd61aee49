"""The examples of docs/runtime.md run."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bundle_opa import RunningOpa
from test_adapters import events, function_event
from test_adapters_aws import call, function_input, payload
from world import ROLE, guard_for, proof

from segrego.decision import Call, Decision
from segrego.enforce import Guard, Identity, Recorder, Request, Sidecar, SidecarOptions
from segrego.enforce.decider import AsyncDecider, Decider

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/runtime.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
NAMES = {"find_order": ("orders", "find"), "delete_order": ("orders", "delete")}


def block(word: str) -> str:
    (found,) = [text for text in BLOCKS if word in text]
    return str(found)


def run(word: str, **given: Any) -> dict[str, Any]:
    names: dict[str, Any] = dict(given)
    exec(compile(block(word), f"runtime.md: {word}", "exec"), names)
    return names


def test_every_example_is_short() -> None:
    assert len(BLOCKS) == 11
    for text in BLOCKS:
        assert len([line for line in text.splitlines() if line]) <= 6, text


def test_the_first_example(sidecar: RunningOpa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = block("Recorder(Path").replace("http://127.0.0.1:8181", sidecar.url).replace("find_order", "find")
    names = {
        "Path": Path, "Sidecar": Sidecar, "SidecarOptions": SidecarOptions, "Identity": Identity, "Guard": Guard,
        "Recorder": Recorder, "Request": Request, "token": None, "workload_token": proof, "caller_arn": lambda: ROLE,
    }  # fmt: skip
    exec(text, names)
    assert events(tmp_path / "calls.jsonl") == [("decision", "allow", None), ("outcome", None, "ran")]


@pytest.fixture
def guard(sidecar: RunningOpa, tmp_path: Path) -> Guard:
    return guard_for(sidecar.url, tmp_path / "calls.jsonl")


def test_functions(guard: Guard) -> None:
    database = SimpleNamespace(find=lambda order: f"found {order}")
    session = SimpleNamespace(permit=lambda asked: made.permit(Request(
        tool=asked.tool, operation="find", arguments=asked.arguments)))  # fmt: skip
    made = guard.session("s")
    assert run("functions import", session=session, database=database)["find_order"]("7") == "found 7"


def test_action_group(guard: Guard) -> None:
    handler = run("action_group import", guard=guard, answer=lambda event: event["function"])["handler"]
    assert handler(function_event("find"), None) == "find"
    assert "FAILURE" in json.dumps(handler(function_event("delete"), None))


def test_return_of_control(guard: Guard) -> None:
    asked: list[Any] = []
    run(
        "return_control import",
        payload=payload(function_input("find"), function_input("delete")),
        session=guard.session("s"),
        run=lambda given: {"responseBody": {"TEXT": {"body": given["function"]}}},
        bedrock=SimpleNamespace(invoke_agent=lambda **said: asked.append(said)),
        agent_id="A",
        alias_id="B",
        session_id="s",
    )
    found, denied = asked[0]["sessionState"]["returnControlInvocationResults"]
    assert found["functionResult"]["responseBody"]["TEXT"]["body"] == "find"
    assert denied["functionResult"]["responseState"] == "FAILURE"


def test_gateway(guard: Guard) -> None:
    handler = run("gateway import", session=guard.session("s"))["lambda_handler"]
    assert "transformedGatewayRequest" in handler(call("orders___find"), None)["mcp"]
    assert "transformedGatewayResponse" in handler(call("orders___delete"), None)["mcp"]


def test_servers_and_agents_take_what_the_page_gives_them(guard: Guard) -> None:
    from agents import function_tool
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from strands.hooks import AfterToolCallEvent, BeforeToolCallEvent

    session = guard.session("s")
    given: dict[str, Any] = {"session": session, "session_of": lambda _: session, "names": NAMES, "tools": []}
    strands = run("adapters.strands", model=None, **given)["agent"]
    assert strands.hooks._registered_callbacks.keys() >= {BeforeToolCallEvent, AfterToolCallEvent}
    assert run("adapters.langchain", model=GenericFakeChatModel(messages=iter([])), **given)["agent"]
    assert len(run("adapters.fastmcp", **given)["server"].middleware) >= 1
    assert "io.segrego/enforce" in run("adapters.mcp", **given)["server"]._lowlevel_server.extensions

    def find_order(order_id: str) -> str:
        """Find."""
        return order_id

    openai = run("adapters.openai_agents", **(given | {"tools": [function_tool(find_order)]}))["agent"]
    assert [tool.name for tool in openai.tools] == ["find_order"]


def test_another_decider_has_the_methods_of_the_page() -> None:
    names = run("class Elsewhere", Call=Call, Decision=Decision)
    own = {name for name in vars(names["Elsewhere"]) if not name.startswith("_")}
    assert own == {name for name in vars(Decider) if not name.startswith("_")}
    assert {"decide", "aclose"} == {name for name in vars(AsyncDecider) if not name.startswith("_")}


def test_what_keeps_the_policy_from_running_as_wasm_is_what_the_page_says(opa: Path) -> None:
    """Checked against the builtins that OPA's Wasm has natively."""
    capabilities = ROOT / "bundles/capabilities.json"
    files = [ROOT / "rego/segrego" / name for name in ("runtime.rego", "runtime_lib", "runtime_rules")]
    command = [opa, "check", "--max-errors", "0", "--ignore", "*_test.rego", "--capabilities", capabilities, *files]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    missing = set(re.findall(r"undefined function ([\w.]+)", said.stdout + said.stderr))
    sentence = PAGE[PAGE.index("asks its host for builtins") : PAGE.index("Times are a clock's business")]
    named = set(re.findall(r"`([\w.]+)`", sentence))
    assert "io.jwt.decode_verify" in named
    assert named <= missing
