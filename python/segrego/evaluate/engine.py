"""What an engine is, and how one is chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args

from segrego import policy
from segrego.errors import ConfigError, EngineError, UndefinedResultError

if TYPE_CHECKING:
    from segrego.evaluate.user_rules import UserRules

__all__ = ["ENGINES", "ENTRY_POINT", "Engine", "EngineName", "EngineOptions", "engine", "one_line", "report_of"]

EngineName = Literal["embedded", "opa", "server"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)

ENTRY_POINT = "segrego/posture/report"
"""The rule that every engine is asked for, as a path below ``data``."""


class Engine(Protocol):
    """Runs the policy. Engines may be used by several threads."""

    @property
    def name(self) -> str:
        """``embedded``, ``opa`` or ``server``."""

    def version(self) -> str | None:
        """The version of what ran the policy; null if it does not tell (a server tells with its first answer)."""

    def evaluate(self, document: bytes | bytearray) -> dict[str, Any]:
        """The report of the entry point for one OPA input (the JSON bytes of an inventory). A ``bytearray`` is the
        engine's: it may empty it once it has a copy of its own.

        Raises :class:`~segrego.errors.EngineMissingError` if the engine or its policy is not there,
        :class:`~segrego.errors.EngineTimeoutError` if it takes longer than allowed,
        :class:`~segrego.errors.UndefinedResultError` if the entry point is undefined, and
        :class:`~segrego.errors.EngineError` for every other failure.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """How to reach and bound an engine.

    ``timeout_seconds`` bounds one evaluation. *Embedded:* ``memory_mib`` caps the policy's memory (MiB, at most 4095);
    ``cache_dir`` replaces the user's cache directory for the compiled module, and ``cache`` false uses none. *opa:*
    ``opa_path`` names the binary. *server:* ``opa_url`` (http or https, an optional path prefix); ``token`` or
    ``token_file`` (one line), else the environment variable ``SEGREGO_OPA_TOKEN``; ``ca_cert``, ``client_cert`` and
    ``client_key`` are PEM files; ``retries`` counts further attempts after a refused connection or a 502, 503 or 504;
    ``answer_mib`` caps the size of an answer (MiB). ``user_rules`` are judged beside the shipped ones by *opa* alone:
    *embedded* cannot compile Rego, and a *server* holds what its operator loaded into it.
    """

    name: EngineName = "embedded"
    timeout_seconds: float = 300.0
    memory_mib: int = 4095
    cache: bool = True
    cache_dir: Path | None = None
    opa_path: Path | None = None
    opa_url: str = "http://127.0.0.1:8181"
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None
    ca_cert: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    retries: int = 2
    answer_mib: int = 512
    user_rules: UserRules | None = None


def engine(options: EngineOptions) -> Engine:
    """The engine that ``options`` ask for. Nothing is started or contacted yet.

    Raises :class:`~segrego.errors.ConfigError` for options that make no sense, and
    :class:`~segrego.errors.EngineMissingError` if the engine or the policy is not there.
    """
    if not (math.isfinite(options.timeout_seconds) and options.timeout_seconds > 0):
        raise ConfigError("the engine's time-out must be a positive number of seconds", where="timeout_seconds")
    if options.user_rules is not None and options.name != "opa":
        raise ConfigError(
            f"the {options.name} engine cannot take rules of your own", where="user_rules", hint="Use the engine opa."
        )
    if options.name == "embedded":
        from segrego.evaluate.embedded import EmbeddedEngine

        return EmbeddedEngine(policy.posture_dir(), options)
    if options.name == "opa":
        from segrego.evaluate.opa import OpaEngine

        return OpaEngine(policy.rego_dir(), options)
    if options.name == "server":
        from segrego.evaluate.server import ServerEngine

        return ServerEngine(options)
    raise ConfigError(f"there is no engine {options.name!r}", where="engine", hint=f"Use one of {', '.join(ENGINES)}.")


def report_of(results: list[Any], *, where: str, hint: str) -> dict[str, Any]:
    """The one report among an engine's results. An undefined result is an error and never a pass."""
    if not results:
        raise UndefinedResultError(f"the policy has no data.{ENTRY_POINT.replace('/', '.')}", where=where, hint=hint)
    if len(results) != 1 or not isinstance(results[0], dict):
        raise EngineError("the answer is not a report", where=where, hint=hint)
    return results[0]


def one_line(text: str, limit: int = 500) -> str:
    """Foreign text, fit for an error message: one line, no control characters, at most ``limit`` characters."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
