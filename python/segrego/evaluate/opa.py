"""The policy's Rego sources, run by the ``opa`` binary as a process of its own. The document goes in through a pipe."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec

from segrego import policy
from segrego.errors import EngineError, EngineMissingError, EngineTimeoutError
from segrego.evaluate.engine import ENTRY_POINT, EngineOptions, one_line, report_of

__all__ = ["OpaEngine", "find_opa"]

_VERSION = re.compile(r"^Version:\s*v?((\d+)\.\S+)", re.MULTILINE)
_OLDEST = 1
"""Rego v1, which the policy is written in, came with OPA 1.0."""
_INSTALL = "Install OPA 1.0 or later (openpolicyagent.org), name it with --opa, or use --engine embedded."


def find_opa(named: Path | None) -> Path:
    """The binary: ``named``, else the environment's ``SEGREGO_OPA``, a source checkout's ``.tools/opa``, the ``PATH``.

    One that is asked for by name and is not there is an error, not a reason to look on. Raises
    :class:`~segrego.errors.EngineMissingError`.
    """
    if named is None and os.environ.get("SEGREGO_OPA"):
        named = Path(os.environ["SEGREGO_OPA"])
    if named is not None:
        if found := shutil.which(named.absolute()):
            return Path(found)
        raise EngineMissingError("there is no OPA binary here that can be run", where=str(named), hint=_INSTALL)
    root = policy.checkout()
    found = (shutil.which(root / ".tools/opa") if root else None) or shutil.which("opa")
    if found is None:
        raise EngineMissingError("there is no opa on the PATH", where="opa", hint=_INSTALL)
    return Path(found).absolute()


class OpaEngine:
    """Runs ``opa eval`` over a bundle directory."""

    name = "opa"

    def __init__(self, rego: Path, options: EngineOptions) -> None:
        """Raises :class:`~segrego.errors.EngineMissingError` if there is no OPA binary."""
        self._rego = rego
        self._timeout = options.timeout_seconds
        self._binary = find_opa(options.opa_path)
        self._version: str | None = None

    def version(self) -> str:
        """The version of OPA. Raises :class:`~segrego.errors.EngineError` if it is older than 1.0, or is no OPA."""
        if self._version is None:
            done = self._run(["version"], b"")
            match = _VERSION.search(done.stdout.decode("utf-8", "replace"))
            if match is None:
                raise EngineError("this program is not OPA", where=str(self._binary), hint=_INSTALL)
            if int(match[2]) < _OLDEST:
                raise EngineError(f"OPA {one_line(match[1], 40)} is too old", where=str(self._binary), hint=_INSTALL)
            self._version = one_line(match[1], 40)
        return self._version

    def evaluate(self, document: bytes) -> dict[str, Any]:
        """As :meth:`segrego.evaluate.engine.Engine.evaluate`."""
        self.version()
        query = f"data.{ENTRY_POINT.replace('/', '.')}"
        # The bundle is the working directory, because OPA gives a meaning to ':' in the paths it is handed.
        arguments = ["--bundle", ".", "--ignore", "*_test.rego", "--stdin-input", "--format", "json", query]
        done = self._run(["eval", *arguments], document)
        answer = self._answer(done)
        if errors := answer.get("errors"):
            raise EngineError(f"OPA failed: {_messages(errors)}", where=str(self._binary), hint=self._hint())
        results = answer.get("result", [])
        try:
            return report_of(
                [found["expressions"][0]["value"] for found in results], where=str(self._rego), hint=self._hint()
            )
        except (TypeError, KeyError, IndexError) as error:
            raise EngineError("OPA's answer has another form", where=str(self._binary), hint=_INSTALL) from error

    def _answer(self, done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
        try:
            return msgspec.json.decode(done.stdout, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            said = one_line(done.stderr.decode("utf-8", "replace")) or "it said nothing"
            status = f"signal {-done.returncode}" if done.returncode < 0 else f"status {done.returncode}"
            raise EngineError(f"OPA ended with {status}: {said}", where=str(self._binary), hint=self._hint()) from error

    def _run(self, arguments: list[str], document: bytes) -> subprocess.CompletedProcess[bytes]:
        # OPA takes every flag from an OPA_… variable too: what stands there would change the result.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPA_")}
        try:
            return subprocess.run(  # noqa: S603 - the user's own OPA, no shell, fixed arguments
                [self._binary, *arguments],
                input=document,
                capture_output=True,
                cwd=self._rego,
                env=environment,
                timeout=self._timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            hint = "Allow more time, or check fewer files at once."
            message = f"OPA ran for more than {self._timeout:g} s"
            raise EngineTimeoutError(message, where=str(self._binary), hint=hint) from error
        except OSError as error:
            reason = error.strerror or type(error).__name__
            message = f"OPA cannot be started: {reason}"
            raise EngineMissingError(message, where=str(self._binary), hint=_INSTALL) from error

    def _hint(self) -> str:
        if self._version in (None, policy.OPA_VERSION):
            return "Try --engine embedded, and report this."
        return f"The policy is made for OPA {policy.OPA_VERSION}, and this is {self._version}: use that one."


def _messages(errors: object) -> str:
    found = errors if isinstance(errors, list) else [errors]
    texts = [str(error.get("message", error)) if isinstance(error, dict) else str(error) for error in found]
    return one_line("; ".join(texts))
