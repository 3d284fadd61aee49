"""The policy's Rego sources, run by the ``opa`` binary as a process of its own. The document goes in through a pipe."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from segrego import policy
from segrego.errors import EngineError
from segrego.evaluate.binary import INSTALL, find_opa, run
from segrego.evaluate.engine import ENTRY_POINT, EngineOptions, one_line, report_of

__all__ = ["OpaEngine"]

_VERSION = re.compile(r"^Version:\s*v?((\d+)\.\S+)", re.MULTILINE)
_OLDEST = 1


class OpaEngine:
    """Runs ``opa eval`` over a bundle directory, and over a user's own rules with it."""

    name = "opa"

    def __init__(self, rego: Path, options: EngineOptions) -> None:
        """Raises :class:`~segrego.errors.EngineMissingError` if there is no OPA binary."""
        self._rego = rego
        self._timeout = options.timeout_seconds
        self._binary = find_opa(options.opa_path)
        self._user_rules = options.user_rules
        self._version: str | None = None

    def version(self) -> str:
        """The version of OPA. Raises :class:`~segrego.errors.EngineError` if it is older than 1.0, or is no OPA."""
        if self._version is None:
            done = self._run(["version"], b"", self._rego)
            match = _VERSION.search(done.stdout.decode("utf-8", "replace"))
            if match is None:
                raise EngineError("this program is not OPA", where=str(self._binary), hint=INSTALL)
            if int(match[2]) < _OLDEST:
                raise EngineError(f"OPA {one_line(match[1], 40)} is too old", where=str(self._binary), hint=INSTALL)
            self._version = one_line(match[1], 40)
        return self._version

    def evaluate(self, document: bytes | bytearray) -> dict[str, Any]:
        """As :meth:`segrego.evaluate.engine.Engine.evaluate`."""
        self.version()
        query = f"data.{ENTRY_POINT.replace('/', '.')}"
        arguments = ["--bundle", ".", "--ignore", "*_test.rego", "--stdin-input", "--format", "json", query]
        with self._sources() as directory:
            done = self._run(["eval", *arguments], document, directory)
        answer = self._answer(done)
        if errors := answer.get("errors"):
            raise EngineError(f"OPA failed: {self._messages(errors)}", where=str(self._binary), hint=self._hint())
        results = answer.get("result", [])
        try:
            return report_of(
                [found["expressions"][0]["value"] for found in results], where=str(self._rego), hint=self._hint()
            )
        except (TypeError, KeyError, IndexError) as error:
            raise EngineError("OPA's answer has another form", where=str(self._binary), hint=INSTALL) from error

    @contextmanager
    def _sources(self) -> Iterator[Path]:
        """The bundle directory that OPA is run in."""
        if self._user_rules is None:
            yield self._rego
            return
        with self._user_rules.joined(self._rego) as directory:
            yield directory

    def _answer(self, done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
        try:
            return msgspec.json.decode(done.stdout, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            said = one_line(done.stderr.decode("utf-8", "replace")) or "it said nothing"
            status = f"signal {-done.returncode}" if done.returncode < 0 else f"status {done.returncode}"
            raise EngineError(f"OPA ended with {status}: {said}", where=str(self._binary), hint=self._hint()) from error

    def _run(
        self, arguments: list[str], document: bytes | bytearray, directory: Path
    ) -> subprocess.CompletedProcess[bytes]:
        return run(self._binary, arguments, cwd=directory, timeout_seconds=self._timeout, document=document)

    def _hint(self) -> str:
        if self._user_rules is not None:
            return "Correct the rule that it names, or leave out --rules."
        if self._version in (None, policy.OPA_VERSION):
            return "Try --engine embedded, and report this."
        return f"The policy is made for OPA {policy.OPA_VERSION}, and this is {self._version}: use that one."

    def _messages(self, errors: object) -> str:
        found = errors if isinstance(errors, list) else [errors]
        return one_line("; ".join(self._message(error) for error in found))

    def _message(self, error: object) -> str:
        """With the place, where it is in a rule of the user's."""
        if not isinstance(error, dict):
            return str(error)
        place = self._user_rules.place(error) if self._user_rules else None
        return f"{place}: {error.get('message')}" if place else str(error.get("message", error))
