"""Return of control and the gateway's interceptor, by the shapes that AWS publishes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from bundle_opa import RunningOpa
from test_adapters import events, kill

from segrego.enforce import GuardedSession
from segrego.enforce.adapters.gateway import request_interceptor
from segrego.enforce.adapters.return_control import invocation_results

MODEL = ServiceModel(Loader().load_service_model("bedrock-agent-runtime", "service-2"))


def conform(value: Any, shape: str) -> None:
    """By the service's own model; the model of botocore leaves unknown members and enumerations alone, so both are
    looked at here."""
    report = ParamValidator().validate(value, MODEL.shape_for(shape))
    assert not report.has_errors(), report.generate_report()
    _known(value, MODEL.shape_for(shape))


def _known(value: Any, shape: Any) -> None:
    if shape.type_name == "structure":
        assert value.keys() <= shape.members.keys()
        for name, inner in value.items():
            _known(inner, shape.members[name])
    elif shape.type_name == "list":
        for inner in value:
            _known(inner, shape.member)
    elif shape.type_name == "string" and shape.enum:
        assert value in shape.enum


def function_input(name: str, **more: Any) -> dict[str, Any]:
    parameters = [{"name": "order_id", "type": "string", "value": "7"}]
    return {"functionInvocationInput": {"actionGroup": "orders", "function": name, "parameters": parameters} | more}


def api_input(method: str, **more: Any) -> dict[str, Any]:
    content = {"application/json": {"properties": [{"name": "card", "type": "string", "value": "4111111111111111"}]}}
    described = {"actionGroup": "orders", "apiPath": "/orders/{id}", "httpMethod": method, "agentId": "AGENT"}
    return {"apiInvocationInput": described | {"requestBody": {"content": content}} | more}


def payload(*inputs: Any) -> dict[str, Any]:
    made = {"invocationId": "i-1", "invocationInputs": list(inputs)}
    conform(made, "ReturnControlPayload")
    return made


def states(answer: Any) -> list[str | None]:
    return [next(iter(result.values())).get("responseState") for result in answer["returnControlInvocationResults"]]


def test_return_of_control(session: GuardedSession, sidecar: RunningOpa, tmp_path: Path) -> None:
    ran: list[Any] = []

    def run(given: Any) -> dict[str, Any]:
        ran.append(given.get("function") or given["httpMethod"])
        return {"responseBody": {"TEXT": {"body": "found 7"}}}

    asked = payload(
        function_input("find"), function_input("delete"), function_input("refund"), api_input("GET"), api_input("PUT")
    )
    answer = invocation_results(asked, lambda _: session, run, operations={"GET /orders/{id}": "find"})
    conform(answer, "SessionState")
    assert ran == ["find", "GET"]
    assert states(answer) == [None, "FAILURE", "REPROMPT", None, "FAILURE"]
    found, denied, _, api, api_denied = answer["returnControlInvocationResults"]
    assert found["functionResult"]["responseBody"] == {"TEXT": {"body": "found 7"}}
    assert (denied["functionResult"]["function"], api["apiResult"]["agentId"]) == ("delete", "AGENT")
    rules = json.loads(denied["functionResult"]["responseBody"]["TEXT"]["body"])["rules"]
    assert rules == ["tool_not_registered"]
    assert api_denied["apiResult"]["httpStatusCode"] == 403
    assert "4111111111111111" not in (tmp_path / "calls.jsonl").read_text(encoding="utf-8")
    kill(sidecar)
    dead = invocation_results(payload(function_input("find")), lambda _: session, run)
    assert states(dead) == ["FAILURE"]
    assert "sidecar_unreachable" in str(dead)
    assert ran == ["find", "GET"]


def test_an_input_that_fails_does_not_lose_the_results_of_the_others(session: GuardedSession, tmp_path: Path) -> None:
    ran: list[str] = []

    def run(given: Any) -> dict[str, Any]:
        ran.append(given["parameters"][0]["value"])
        if ran == ["7", "secret"]:
            raise ValueError("secret")
        return {"responseBody": {"TEXT": {"body": "found"}}}

    broken = function_input("find", parameters=[{"name": "order_id", "type": "string", "value": "secret"}])
    answer = invocation_results(payload(function_input("find"), broken, function_input("find")), lambda _: session, run)
    conform(answer, "SessionState")
    assert states(answer) == [None, "FAILURE", None]
    assert "secret" not in json.dumps(answer)
    outcomes = [outcome for event, _, outcome in events(tmp_path / "calls.jsonl") if event == "outcome"]
    assert outcomes == ["ran", "failed", "ran"]


def test_what_runs_is_what_was_decided_on(session: GuardedSession) -> None:
    asked = payload(function_input("find"), function_input("find"))
    seen: list[str] = []

    def run(given: Any) -> dict[str, Any]:
        seen.append(given["parameters"][0]["value"])
        asked["invocationInputs"][1]["functionInvocationInput"]["parameters"][0]["value"] = "8"
        return {}

    invocation_results(asked, lambda _: session, run)
    assert seen == ["7", "7"]


def test_a_confirmation_is_asked_for_and_nothing_is_said_to_have_run(session: GuardedSession, tmp_path: Path) -> None:
    asked = payload(function_input("find", actionInvocationType="USER_CONFIRMATION"))
    answer = invocation_results(asked, lambda _: session, lambda _: {"confirmationState": "DENY"})
    conform(answer, "SessionState")
    assert events(tmp_path / "calls.jsonl")[1] == ("outcome", None, "handed on")


def test_each_input_is_decided_on_for_its_own_agent(session: GuardedSession) -> None:
    asked: list[str] = []

    def whose(given: Any) -> GuardedSession:
        asked.append(given.get("agentId", "supervisor"))
        return session

    both = payload(function_input("find", agentId="COLLABORATOR"), function_input("find"))
    invocation_results(both, whose, lambda _: {})
    assert asked == ["COLLABORATOR", "supervisor"]


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"other": {}},
        {"functionInvocationInput": {"actionGroup": "orders"}},
        {"apiInvocationInput": {"actionGroup": "orders", "apiPath": "/x"}},
        {"apiInvocationInput": {"actionGroup": "orders", "apiPath": "/x", "httpMethod": "GET", "function": "find"}},
        function_input("find") | api_input("GET"),
    ],
)
def test_inputs_of_no_shape_are_refused_before_any_runs(broken: Any, session: GuardedSession) -> None:
    inputs = {"invocationId": "i", "invocationInputs": [function_input("find"), broken]}
    with pytest.raises(ValueError, match=r"neither|does not say"):
        invocation_results(inputs, lambda _: session, lambda _: pytest.fail("it ran"))


def call(name: Any, arguments: Any = None, **more: Any) -> dict[str, Any]:
    params = {"name": name} | ({} if arguments is None else {"arguments": arguments})
    return event({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params} | more)


def event(body: Any) -> dict[str, Any]:
    """As in the developer guide, "Types of interceptors"."""
    request = {"path": "/mcp", "httpMethod": "POST", "headers": {"Mcp-Session-Id": "s-1"}, "body": body}
    raw = {"body": json.dumps(body)}
    return {"interceptorInputVersion": "1.0", "mcp": {"rawGatewayRequest": raw, "gatewayRequest": request}}


def answered(output: Any) -> Any:
    """The body that the gateway answers with at once."""
    assert output["interceptorOutputVersion"] == "1.0"
    assert output["mcp"].keys() == {"transformedGatewayResponse"}
    response = output["mcp"]["transformedGatewayResponse"]
    assert response["statusCode"] == 200
    return response["body"]


def passed(output: Any) -> Any:
    """The body that goes on to the target."""
    assert output["interceptorOutputVersion"] == "1.0"
    assert output["mcp"].keys() == {"transformedGatewayRequest"}
    return output["mcp"]["transformedGatewayRequest"]["body"]


def test_the_interceptor_of_a_gateway(session: GuardedSession, sidecar: RunningOpa, tmp_path: Path) -> None:
    from mcp.types import CallToolResult

    handler = request_interceptor(lambda _: session, {"lookup": ("orders", "find")})
    allowed = call("orders___find", {"order_id": "7", "card": "4111111111111111"})
    assert passed(handler(allowed, None)) == allowed["mcp"]["gatewayRequest"]["body"]
    assert passed(handler(call("lookup"), None))["params"] == {"name": "lookup"}
    assert events(tmp_path / "calls.jsonl")[:2] == [("decision", "allow", None), ("outcome", None, "handed on")]
    assert "4111111111111111" not in (tmp_path / "calls.jsonl").read_text(encoding="utf-8")
    refused = answered(handler(call("orders___delete", {}), None))
    assert (refused["jsonrpc"], refused["id"]) == ("2.0", 7)
    result = CallToolResult.model_validate(refused["result"])
    assert result.is_error
    assert result.content[0].text == "This call is denied (tool_not_registered)."  # type: ignore[union-attr]
    assert "approve" in str(answered(handler(call("orders___refund"), None)))
    for name in ("find", "orders__find", "orders___find___x", "___find", "Orders___find"):
        assert "tool_not_registered" in str(answered(handler(call(name), None))), name
    kill(sidecar)
    assert "sidecar_unreachable" in str(answered(handler(call("orders___find", {"order_id": "7"}), None)))


@pytest.mark.parametrize("method", ["initialize", "tools/list", "ping", "notifications/initialized"])
def test_other_methods_of_a_gateway_pass(method: str) -> None:
    handler = request_interceptor(lambda _: pytest.fail("nobody is asked"))
    body = {"jsonrpc": "2.0", "id": 1, "method": method}
    assert passed(handler(event(body), None)) == body


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "orders___delete"}}], -32600),
        ("tools/call", -32600),
        (None, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": ["tools/call"]}, -32600),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call"}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 1}}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x", "arguments": []}}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x", "arguments": None}}, None),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x", "arguments": [1]}}, -32602),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x", "arguments": "y"}}, -32602),
    ],
)
def test_what_is_no_call_goes_nowhere(body: Any, code: int | None, session: GuardedSession) -> None:
    found = answered(request_interceptor(lambda _: session)(event(body), None))
    assert found.get("error", {}).get("code") == code
    assert ("result" in found) == (code is None)


def test_an_event_of_another_kind_is_an_error() -> None:
    handler = request_interceptor(lambda _: pytest.fail("nobody is asked"))
    for other in ({}, {"interceptorInputVersion": "1.0", "http": {"gatewayRequest": {"body": "x"}}}):
        with pytest.raises(KeyError):
            handler(other, None)
