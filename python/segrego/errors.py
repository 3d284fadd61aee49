"""The one exception tree of segrego.

Every error that reaches a person says what happened, where, and what to do about it. Library exceptions are
translated into this tree where they are caught, with ``from``, so that callers need to know no library of ours.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "CollectError",
    "ConfigError",
    "EngineError",
    "EngineMissingError",
    "EngineTimeoutError",
    "InputError",
    "InventoryError",
    "OutputError",
    "PolicyDocumentError",
    "SegregoError",
    "UndefinedResultError",
    "suggestion",
]


class SegregoError(Exception):
    """Base of all errors raised on purpose.

    ``message`` says what happened, ``where`` names the file (``path`` or ``path:line``), URL or ARN, and ``hint``
    says what to do. ``str(error)`` is one line made of the three.
    """

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        if self.hint:
            text = f"{text.rstrip('.')}. {self.hint}"
        return " ".join(text.split())


class InputError(SegregoError):
    """Something the user pointed at cannot be read or parsed at all."""


class InventoryError(InputError):
    """An inventory document breaks its schema; ``where`` carries the file, ``message`` the path of the field."""


class ConfigError(InputError):
    """``segrego.yaml`` or a command-line option is wrong."""


class PolicyDocumentError(InputError):
    """An IAM policy document that AWS would not accept. Collectors turn it into a gap."""


class CollectError(SegregoError):
    """A source could not be started at all (no credentials, no such profile). A partial read is a gap instead."""


class EngineError(SegregoError):
    """The engine ran and failed, or answered something that is not a report."""


class EngineMissingError(EngineError):
    """The engine is not there: no ``opa`` binary, no server, no compiled policy."""


class EngineTimeoutError(EngineError):
    """The engine did not answer in time."""


class UndefinedResultError(EngineError):
    """The policy's entry point is undefined: a wrong path, or a server that does not hold our policy."""


class OutputError(SegregoError):
    """A result could not be written."""


def suggestion(name: str, known: Iterable[str], otherwise: str) -> str:
    """A hint for a name that is not known: the one that was probably meant, or else what to do."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else otherwise
