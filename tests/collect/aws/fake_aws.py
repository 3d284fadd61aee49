"""Answers for AWS operations, held to botocore's own service models.

A fixture names only what its test is about. What AWS always sends beside it is filled in from the output shape, and a
member, an enum value or a type that the shape does not have is an error: no fixture has a form that AWS never sends.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ParamValidationError
from botocore.validate import validate_parameters
from moto.core.model import ServiceModel
from moto.core.serialize import get_serializer_class

ACCOUNT = "123456789012"
NOW = datetime(2026, 10, 1, tzinfo=UTC)
NOW_NS = int(NOW.timestamp()) * 1_000_000_000
MOTO = {
    "bedrock": {"GetModelInvocationLoggingConfiguration", "ListModelCustomizationJobs", "GetModelCustomizationJob"},
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
    "cloudtrail": {"DescribeTrails", "GetTrailStatus", "GetEventSelectors"},
}
"""What moto 5.2.5 answers of these services. All else of them is answered here: lists are empty unless a test says
more."""
LACKING = (*MOTO, "bedrock-agentcore", "account")
"""The services that moto has not or not wholly."""

Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]


NO_POLICY = (
    ("bedrock-agent", "GetResourcePolicy"),
    ("bedrock-agentcore-control", "GetResourcePolicy"),
    ("lambda", "GetPolicy"),
)
"""What most resources have not: AWS says then that it is not there."""


class NotThereError(Exception):
    """Raised by an answer: AWS says that there is no such thing, with this error code."""


def gone(_: dict[str, Any]) -> dict[str, Any]:
    raise NotThereError("ResourceNotFoundException")


class FakeAws:
    """Answers and failures for operations, and a record of every request sent.

    What it has no answer for, moto gets if moto has the operation; nothing does if the fake stands ``alone``.
    """

    def __init__(self, *, alone: bool = False) -> None:
        self.alone = alone
        self._answers: dict[tuple[str, str], tuple[Answer, tuple[str, ...] | None]] = {}
        self._failures: dict[tuple[str, str], tuple[str, int, int]] = {}
        self._lock = threading.Lock()
        self._current = threading.local()
        self.calls: list[tuple[str, str, str, str, str]] = []
        for service, operation in NO_POLICY if alone else NO_POLICY[:2]:
            self.answer(service, operation, gone)
        if alone:
            self.answer("sts", "GetCallerIdentity", lambda _: self._identity(), accounts=None)
            self.answer("sts", "AssumeRole", self._assumed, accounts=None)

    @property
    def account(self) -> str:
        """The account that the request at hand is signed for."""
        return str(self._current.account)

    @property
    def region(self) -> str:
        """The region that the request at hand goes to."""
        return str(self._current.call[2])

    def answer(
        self, service: str, operation: str, answer: Answer, *, accounts: tuple[str, ...] | None = (ACCOUNT,)
    ) -> None:
        """Answer an operation: the same always, or by the parameters of the call. Other accounts have nothing."""
        self._answers[service, operation] = (answer, accounts)

    def fail(self, service: str, operation: str, code: str, *, status: int = 400, times: int = 1_000_000) -> None:
        """Fail an operation with an error code: always, or the first few times."""
        self._failures[service, operation] = (code, status, times)

    def install(self, session: Any) -> None:
        """Answer the clients of a boto3 session."""
        session.events.register("before-parameter-build", self._remember)
        session.events.register("before-send", self._send)

    def operations(self) -> set[tuple[str, str]]:
        """Every operation that was called."""
        return {(call[0], call[1]) for call in self.calls}

    def repeated(self) -> list[Any]:
        """Requests that were sent more than once with the same parameters to the same account and region."""
        asked = Counter(call for call in self.calls if call[0] != "sts")
        return [call for call, count in asked.items() if count > 1]

    def _remember(self, params: dict[str, Any], model: Any, context: Any, **_: Any) -> None:
        self._current.call = (model, dict(params), context["client_region"])

    def _send(self, request: Any, **_: Any) -> AWSResponse | None:
        model, params, region = self._current.call
        key = (model.service_model.service_name, model.name)
        self._current.account = _account_of(request)
        with self._lock:
            self.calls.append((*key, self.account, region, json.dumps(params, sort_keys=True, default=str)))
            failure = self._failures.get(key)
            if failure is not None and failure[2] > 0:
                self._failures[key] = (failure[0], failure[1], failure[2] - 1)
                return _error(request.url, model, failure[0], failure[1])
        answer, accounts = self._answers.get(key, (None, None))
        if answer is not None and (accounts is None or self.account in accounts):
            try:
                return _success(request.url, model, answer(params) if callable(answer) else answer)
            except NotThereError as error:
                return _error(request.url, model, str(error), 404)
        if self.alone or (key[0] in LACKING and key[1] not in MOTO.get(key[0], ())):
            return _success(request.url, model, {})
        return None

    def _identity(self) -> dict[str, Any]:
        return {"Account": self.account, "Arn": f"arn:aws:sts::{self.account}:assumed-role/reader/test"}

    def _assumed(self, params: dict[str, Any]) -> dict[str, Any]:
        account = params["RoleArn"].split(":")[4]
        keys = {"AccessKeyId": f"ASIA{account}", "SecretAccessKey": "secret", "SessionToken": "session"}
        user = {
            "Arn": params["RoleArn"].replace(":iam:", ":sts:").replace(":role/", ":assumed-role/"),
            "AssumedRoleId": "A:b",
        }
        return {"Credentials": keys | {"Expiration": datetime(2100, 1, 1, tzinfo=UTC)}, "AssumedRoleUser": user}


def _account_of(request: Any) -> str:
    """Test credentials of another account have the account in their access key."""
    header = request.headers.get("Authorization", b"")
    text = header.decode() if isinstance(header, bytes) else str(header)
    found = re.search(r"Credential=ASIA(\d{12})/", text)
    return found[1] if found else ACCOUNT


def checked(model: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """An operation's answer, filled up to what its output shape requires, and held to the shape."""
    filled = _filled(model.output_shape, answer, model.name)
    try:
        validate_parameters(filled, model.output_shape)
    except ParamValidationError as error:
        raise AssertionError(f"AWS never answers {model.name} like this: {error}") from error
    return dict(filled)


def _filled(shape: Any, value: Any, where: str) -> Any:
    if getattr(shape, "is_document_type", False) or value is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{where}: {shape.name} has no {sorted(unknown)}"
        missing = set(shape.required_members) - set(value)
        if getattr(shape, "is_tagged_union", False) and not value:
            missing = {next(iter(shape.members))}
        filled = {name: _filled(shape.members[name], item, f"{where}.{name}") for name, item in value.items()}
        return filled | {name: _least(shape.members[name]) for name in missing}
    if shape.type_name == "list" and isinstance(value, list | tuple):
        return [_filled(shape.member, item, where) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _filled(shape.value, item, where) for key, item in value.items()}
    if shape.type_name == "string" and shape.enum:
        assert value in shape.enum, f"{where}: {shape.name} has no value {value!r}"
    return value


def _least(shape: Any) -> Any:
    if shape.type_name == "string":
        return shape.enum[0] if shape.enum else "x" * max(1, shape.metadata.get("min", 1))
    if shape.type_name == "list":
        return [_least(shape.member)] * shape.metadata.get("min", 0)
    number = max(1, shape.metadata.get("min", 1))
    simple = {"timestamp": NOW, "map": {}, "integer": number, "long": number, "float": 1.0, "double": 1.0}
    if shape.type_name == "structure":
        return _filled(shape, {}, shape.name)
    return False if shape.type_name == "boolean" else simple[shape.type_name]


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content


def _success(url: str, model: Any, answer: dict[str, Any]) -> AWSResponse:
    serializer = get_serializer_class(model.service_model.service_name, model.service_model.protocol)
    sent = serializer(_moto_model(model.service_model).operation_model(model.name)).serialize(checked(model, answer))
    body = sent["body"] if isinstance(sent["body"], bytes) else sent["body"].encode()
    return AWSResponse(url, sent["status_code"], sent["headers"], _Raw(body))


def _moto_model(model: Any) -> ServiceModel:
    """The same service model in the class that moto's serializers know, made once for each service."""
    name = model.service_name
    if name not in _MODELS:
        _MODELS[name] = ServiceModel(model._service_description, name)
    return _MODELS[name]


_MODELS: dict[str, ServiceModel] = {}


def _error(url: str, model: Any, code: str, status: int) -> AWSResponse:
    if model.service_model.protocol == "query":
        error = f"<Error><Code>{code}</Code><Message>a secret of the server</Message></Error>"
        content = f"<ErrorResponse>{error}</ErrorResponse>".encode()
        return AWSResponse(url, status, {"content-type": "text/xml"}, _Raw(content))
    content = json.dumps({"__type": code, "message": "a secret of the server"}).encode()
    headers = {"content-type": "application/json", "x-amzn-errortype": code}
    return AWSResponse(url, status, headers, _Raw(content))
