"""Lambda functions behind action groups of Amazon Bedrock Agents.

Source: Amazon Bedrock User Guide, "Configure Lambda functions to send information that an Amazon Bedrock agent elicits
from the user": the input event and response event of function details and of API schemas; ``responseState`` ``FAILURE``
ends the session with an error, ``REPROMPT`` lets the model answer otherwise.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any

from segrego.enforce.guard import ApprovalRequiredError, DeniedError, Guard, GuardedSession, Request

__all__ = ["guarded_handler", "refused", "request_of"]

Event = Mapping[str, Any]
Handler = Callable[[Event, Any], Any]
_MOST_SESSIONS = 1000


def guarded_handler(
    guard: Callable[[Event], Guard], *, operations: Mapping[str, str] | None = None
) -> Callable[[Handler], Handler]:
    """A decorator of a Lambda handler. ``guard`` gives the guard of the agent that the event is of; what it raises goes
    on to Lambda, and the handler does not run. ``operations`` are as for :func:`request_of`.

    A call that is denied is answered for the agent: ``FAILURE`` (status 403 for an API), or ``REPROMPT`` (status 401)
    if a person has to approve it first. The last thousand sessions are remembered in the function's process alone: one
    that comes to another process begins anew there, and rules on its history (``tainted_session``, the budget of a
    grant) do not see what it did elsewhere.
    """
    sessions: dict[tuple[str, str], GuardedSession] = {}

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def run(event: Event, context: Any) -> Any:
            request = request_of(event, operations)
            session = _session(sessions, guard(event), str(event["sessionId"]))
            try:
                with session.permit(request):
                    return handler(event, context)
            except DeniedError as error:
                return _response(event, error)

        return run

    return decorate


def request_of(event: Event, operations: Mapping[str, str] | None = None) -> Request:
    """The call that an event asks for. An event tells of an API's operation the method and path alone; ``operations``
    gives the ``operationId`` of each ``METHOD /path`` whose schema has one, as the inventory knows it by that.
    Arguments are the parameters and, below ``body``, the properties of the request body.

    Raises :class:`ValueError` for an event that is of neither shape, or names an argument twice.
    """
    arguments = _named(event.get("parameters") or [])
    if "function" in event:
        operation = event["function"]
    elif "apiPath" in event and "httpMethod" in event:
        path = f"{event['httpMethod']} {event['apiPath']}"
        operation = (operations or {}).get(path, path)
        content = (event.get("requestBody") or {}).get("content") or {}
        if content:
            arguments["body"] = {kind: _named(part.get("properties") or []) for kind, part in content.items()}
    else:
        raise ValueError("not the event of an action group: it names neither a function nor an API's path")
    return Request(tool=str(event["actionGroup"]), operation=str(operation), arguments=arguments)


def _named(parameters: list[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for parameter in parameters:
        if parameter["name"] in found:
            raise ValueError(f"the parameter {parameter['name']!r} stands twice")
        found[parameter["name"]] = parameter.get("value")
    return found


def _session(sessions: dict[tuple[str, str], GuardedSession], guard: Guard, name: str) -> GuardedSession:
    key = (guard.identity.agent, name)
    found = sessions.pop(key, None) or guard.session(name)
    sessions[key] = found  # the last one used stands last
    if len(sessions) > _MOST_SESSIONS:
        del sessions[next(iter(sessions))]
    return found


def refused(error: DeniedError) -> tuple[str, int, dict[str, Any]]:
    """What an agent of Bedrock is answered: ``responseState``, an API's status, and a body that names the rules."""
    is_approval = isinstance(error, ApprovalRequiredError)
    body = {"denied": not is_approval, "approval_needed": is_approval, "rules": error.decision.rules}
    return ("REPROMPT", 401, body) if is_approval else ("FAILURE", 403, body)


def _response(event: Event, error: DeniedError) -> dict[str, Any]:
    state, status, said = refused(error)
    body = json.dumps(said)
    response: dict[str, Any] = {"actionGroup": event["actionGroup"]}
    if "function" in event:
        response |= {
            "function": event["function"],
            "functionResponse": {"responseState": state, "responseBody": {"TEXT": {"body": body}}},
        }
    else:
        response |= {
            "apiPath": event["apiPath"],
            "httpMethod": event["httpMethod"],
            "httpStatusCode": status,
            "responseState": state,
            "responseBody": {"application/json": {"body": body}},
        }
    attributes = {name: event.get(name) or {} for name in ("sessionAttributes", "promptSessionAttributes")}
    return {"messageVersion": event.get("messageVersion", "1.0"), "response": response, **attributes}
