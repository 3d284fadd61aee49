"""Agents of Amazon Bedrock that return control: the application carries out what ``InvokeAgent`` asks it to, and
answers with ``returnControlInvocationResults``.

Source: botocore's model of ``bedrock-agent-runtime`` (``ReturnControlPayload``, ``InvocationInputMember``,
``InvocationResultMember``), and the Bedrock User Guide, "Return control to the agent developer": ``FAILURE`` ends the
session with an error, ``REPROMPT`` lets the model answer otherwise.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from segrego.enforce.adapters.action_group import refused, request_of
from segrego.enforce.guard import DeniedError, GuardedSession, Request

__all__ = ["invocation_results"]

Input = Mapping[str, Any]
Run = Callable[[Input], Mapping[str, Any]]

_log = logging.getLogger("segrego.enforce")


def invocation_results(
    payload: Mapping[str, Any],
    session: Callable[[Input], GuardedSession],
    run: Run,
    *,
    operations: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """``invocationId`` and ``returnControlInvocationResults`` for ``sessionState``, from the ``returnControl`` event of
    an agent's answer. ``session`` gives the guarded session of the agent that an input is of: its ``agentId`` may name
    a collaborator. ``run`` carries one input out (a ``functionInvocationInput`` or ``apiInvocationInput``), or asks the
    user where that is all that the agent wants, and gives the fields of the result: ``responseBody``
    (``{"TEXT": {"body": ...}}``), ``confirmationState``. It is called once for each allowed input, and never for
    another. ``operations`` are as for :func:`~segrego.enforce.adapters.action_group.request_of`.

    A call that is denied is answered with ``FAILURE``, or ``REPROMPT`` if a person has to approve it first; so is one
    that ``run`` fails at (``FAILURE``, and the error's type in the log): whoever lost the results of the others would
    run them again.

    Raises :class:`ValueError` for inputs of neither shape, before any of them runs.
    """
    inputs = [_shape(entry) for entry in copy.deepcopy(payload["invocationInputs"])]
    asked = [(kind, given, _request(kind, given, operations)) for kind, given in inputs]
    results = [
        {_RESULTS[kind]: {**_echoed(kind, given), **_result(kind, given, request, session(given), run)}}
        for kind, given, request in asked
    ]
    return {"invocationId": payload["invocationId"], "returnControlInvocationResults": results}


def _result(kind: str, given: Input, request: Request, session: GuardedSession, run: Run) -> dict[str, Any]:
    try:
        with session.permit(request):
            return dict(run(given))
    except DeniedError as error:
        return _said(kind, *refused(error))
    except Exception as error:  # noqa: BLE001 - the results of what has run must reach the agent
        _log.error("an input of %s failed: %s", request.tool, type(error).__name__)
        return _said(kind, "FAILURE", 500, {"failed": True})


_RESULTS = {"functionInvocationInput": "functionResult", "apiInvocationInput": "apiResult"}
_ECHOED = {
    "functionInvocationInput": ("actionGroup", "function", "agentId"),
    "apiInvocationInput": ("actionGroup", "apiPath", "httpMethod", "agentId"),
}


def _shape(entry: Mapping[str, Any]) -> tuple[str, Input]:
    if len(entry) != 1 or (kind := next(iter(entry))) not in _RESULTS:
        raise ValueError("an invocation input is neither of a function nor of an API")
    return kind, entry[kind]


def _request(kind: str, given: Input, operations: Mapping[str, str] | None) -> Request:
    wanted = ("function",) if kind == "functionInvocationInput" else ("apiPath", "httpMethod")
    if any(name not in given for name in wanted) or ("function" in given) != (kind == "functionInvocationInput"):
        raise ValueError(f"the {kind} does not say what is called")
    runs_here = given.get("actionInvocationType") != "USER_CONFIRMATION"
    return dataclasses.replace(request_of(given, operations), runs_here=runs_here)


def _echoed(kind: str, given: Input) -> dict[str, Any]:
    return {name: given[name] for name in _ECHOED[kind] if name in given}


def _said(kind: str, state: str, status: int, body: Mapping[str, Any]) -> dict[str, Any]:
    is_function = kind == "functionInvocationInput"
    response = {("TEXT" if is_function else "application/json"): {"body": json.dumps(body)}}
    return {"responseState": state, "responseBody": response} | ({} if is_function else {"httpStatusCode": status})
