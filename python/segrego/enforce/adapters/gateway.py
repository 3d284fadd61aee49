"""A request interceptor of an Amazon Bedrock AgentCore Gateway: a Lambda function that decides on ``tools/call``.

Source: AgentCore Developer Guide, "Types of interceptors": the input payload (``interceptorInputVersion``,
``mcp.gatewayRequest`` with ``body``, and ``headers`` where ``passRequestHeaders`` is on); of the output, a
``transformedGatewayResponse`` is answered at once and the target is not called, else ``transformedGatewayRequest`` goes
on to it. A tool of a gateway is named ``<target>___<tool>``. Source of the errors: MCP specification, "Tools", "Error
handling" (``isError`` is for the model, JSON-RPC errors are for malformed requests).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from segrego.enforce.adapters.naming import Names, named, told
from segrego.enforce.guard import DeniedError, GuardedSession, Request

__all__ = ["request_interceptor"]

Event = Mapping[str, Any]
_SEPARATOR = "___"
_INVALID_REQUEST = -32600
_INVALID_PARAMS = -32602


def request_interceptor(
    session: Callable[[Event], GuardedSession], names: Names | None = None
) -> Callable[[Event, Any], dict[str, Any]]:
    """The Lambda handler. ``session`` gives the guarded session of whoever calls, from the event (its headers, if they
    are passed); what it raises goes on to Lambda, and the gateway calls no target. Without ``names`` a target is the
    tool and what follows ``___`` its operation.

    An allowed call goes on exactly as it was decided on; what comes of it the interceptor does not learn, so the record
    has the outcome ``handed on``. A denied one is a tool's result with ``isError``. All other methods pass.
    """

    def handler(event: Event, _context: Any) -> dict[str, Any]:
        body = event["mcp"]["gatewayRequest"]["body"]
        if not isinstance(body, Mapping) or not isinstance(body.get("method"), str):
            # JSON-RPC batches, which MCP has no more, could hold a call.
            return _answer(None, error={"code": _INVALID_REQUEST, "message": "not one JSON-RPC request"})
        if body["method"] != "tools/call":
            return _passed(body)
        request = _request(body.get("params"), names or {})
        if request is None:
            message = "tools/call needs a name, and arguments that are an object"
            return _answer(body.get("id"), error={"code": _INVALID_PARAMS, "message": message})
        try:
            with session(event).permit(request):
                return _passed(body)
        except DeniedError as error:
            content = [{"type": "text", "text": told(error)}]
            return _answer(body.get("id"), result={"content": content, "isError": True})

    return handler


def _request(params: Any, names: Names) -> Request | None:
    if not isinstance(params, Mapping) or not isinstance(name := params.get("name"), str):
        return None
    arguments = {} if params.get("arguments") is None else params["arguments"]
    if not isinstance(arguments, Mapping):
        return None
    target, found, tool = name.partition(_SEPARATOR)
    split = {name: (target, tool)} if found and name not in names else {}
    asked = named({**split, **names}, name, arguments)
    return Request(tool=asked.tool, operation=asked.operation, arguments=asked.arguments, runs_here=False)


def _passed(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"interceptorOutputVersion": "1.0", "mcp": {"transformedGatewayRequest": {"body": body}}}


def _answer(identifier: Any, **what: Any) -> dict[str, Any]:
    body = {"jsonrpc": "2.0", "id": identifier, **what}
    response = {"statusCode": 200, "body": body}
    return {"interceptorOutputVersion": "1.0", "mcp": {"transformedGatewayResponse": response}}
