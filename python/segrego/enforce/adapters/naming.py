"""What frameworks have in common: one name for each tool, and a text that a model is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segrego.enforce.guard import ApprovalRequiredError, DeniedError, Request

__all__ = ["Names", "ToolFailedError", "named", "told"]

Names = Mapping[str, tuple[str, str]]
"""A framework's name of a tool to the tool and operation that the agents bundle has. One that is not named here is
asked for as the operation of a tool that are both called so."""


class ToolFailedError(Exception):
    """Raised within a permit where a tool tells of its failure in its ``result``: so the record knows as well."""

    def __init__(self, result: Any) -> None:
        super().__init__("the tool answered with an error")
        self.result = result


def named(names: Names, name: str, arguments: Mapping[str, Any]) -> Request:
    """The call of a framework's tool."""
    tool, operation = names.get(name, (name, name))
    return Request(tool=tool, operation=operation, arguments=arguments)


def told(error: DeniedError) -> str:
    """What the model is told: the rules and no facts, for it may say to anybody what it reads."""
    rules = ", ".join(error.decision.rules)
    if isinstance(error, ApprovalRequiredError):
        return f"A person must approve this call first ({rules})."
    return f"This call is denied ({rules})."
