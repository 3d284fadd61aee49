"""Answers for the operations that moto lacks, held to botocore's own service models.

A fixture names only what its test is about. What AWS always sends beside it is filled in from the output shape, and a
member that the shape does not have is an error, so no fixture has a form that AWS never sends.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ParamValidationError
from botocore.validate import validate_parameters

ACCOUNT = "123456789012"
NOW = datetime(2026, 10, 1, tzinfo=UTC)
MOTO = {
    "bedrock-agent": {"ListAgents", "GetAgent", "ListKnowledgeBases", "GetKnowledgeBase", "ListTagsForResource"},
    "bedrock-agentcore-control": {
        "GetAgentRuntime",
        "GetGateway",
        "GetGatewayTarget",
        "GetMemory",
        "ListAgentRuntimeEndpoints",
        "ListAgentRuntimes",
        "ListGatewayTargets",
        "ListGateways",
        "ListMemories",
        "ListTagsForResource",
    },
}
"""What moto 5.2.5 answers of Bedrock and AgentCore. All else is answered here: lists are empty unless a test says
more."""

Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]


class FakeAws:
    """Answers and failures for operations, and a record of every request sent."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], Answer] = {}
        self._failures: dict[tuple[str, str], tuple[str, int, int]] = {}
        self._lock = threading.Lock()
        self._current = threading.local()
        self.calls: list[tuple[str, str, str, str]] = []

    def answer(self, service: str, operation: str, answer: Answer) -> None:
        """Answer an operation: the same always, or by the parameters of the call."""
        self._answers[service, operation] = answer

    def fail(self, service: str, operation: str, code: str, *, status: int = 400, times: int = 1_000_000) -> None:
        """Fail an operation with an error code: always, or the first few times."""
        self._failures[service, operation] = (code, status, times)

    def install(self, session: Any) -> None:
        """Answer the clients of a boto3 session."""
        session.events.register("before-parameter-build", self._remember)
        session.events.register("before-send", self._send)

    def operations(self) -> set[tuple[str, str]]:
        """Every operation that was called."""
        return {(service, operation) for service, operation, _, _ in self.calls}

    def repeated(self) -> list[Any]:
        """Requests that were sent more than once with the same parameters to the same region."""
        return [call for call, count in Counter(self.calls).items() if count > 1]

    def _remember(self, params: dict[str, Any], model: Any, context: Any, **_: Any) -> None:
        self._current.call = (model, dict(params), context["client_region"])

    def _send(self, request: Any, **_: Any) -> AWSResponse | None:
        model, params, region = self._current.call
        key = (model.service_model.service_name, model.name)
        with self._lock:
            self.calls.append((*key, region, json.dumps(params, sort_keys=True)))
            failure = self._failures.get(key)
            if failure is not None and failure[2] > 0:
                self._failures[key] = (failure[0], failure[1], failure[2] - 1)
                return _error(request.url, model, failure[0], failure[1])
        if key in self._answers:
            answer = self._answers[key]
            return _response(request.url, 200, body(model, answer(params) if callable(answer) else answer))
        if key[0].startswith("bedrock") and key[1] not in MOTO.get(key[0], ()):
            return _response(request.url, 200, body(model, {}))
        return None


def body(model: Any, answer: dict[str, Any]) -> bytes:
    """The JSON body of an operation's answer, filled up to what its output shape requires, and checked against it."""
    filled = _filled(model.output_shape, answer)
    try:
        validate_parameters(filled, model.output_shape)
    except ParamValidationError as error:
        raise AssertionError(f"AWS never answers {model.name} like this: {error}") from error
    assert not any(member.serialization.get("location") for member in model.output_shape.members.values())
    return json.dumps(filled, default=lambda moment: moment.isoformat()).encode()


def _filled(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{shape.name} has no {sorted(unknown)}"
        missing = set(shape.required_members) - set(value)
        if getattr(shape, "is_tagged_union", False) and not value:
            missing = {next(iter(shape.members))}
        filled = {name: _filled(shape.members[name], item) for name, item in value.items()}
        return filled | {name: _least(shape.members[name]) for name in missing}
    if shape.type_name == "list":
        return [_filled(shape.member, item) for item in value]
    return value


def _least(shape: Any) -> Any:
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "x" * max(1, shape.metadata.get("min", 1))
    if shape.type_name == "list":
        return [_least(shape.member)] * shape.metadata.get("min", 0)
    number = max(1, shape.metadata.get("min", 1))
    simple = {"timestamp": NOW, "map": {}, "integer": number, "long": number, "float": 1.0, "double": 1.0}
    if shape.type_name == "structure":
        return _filled(shape, {})
    return False if shape.type_name == "boolean" else simple[shape.type_name]


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def _response(url: str, status: int, content: bytes, headers: dict[str, str] | None = None) -> AWSResponse:
    return AWSResponse(url, status, headers or {"content-type": "application/json"}, _Raw(content))


def _error(url: str, model: Any, code: str, status: int) -> AWSResponse:
    if model.service_model.protocol == "query":
        error = f"<Error><Code>{code}</Code><Message>a secret of the server</Message></Error>"
        content = f"<ErrorResponse>{error}</ErrorResponse>"
        return _response(url, status, content.encode(), {"content-type": "text/xml"})
    return _response(url, status, b'{"message": "a secret of the server"}', {"x-amzn-errortype": code})
