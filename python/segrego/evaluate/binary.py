"""The ``opa`` binary: where it is, and how it is run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from segrego import policy
from segrego.errors import EngineMissingError, EngineTimeoutError

__all__ = ["INSTALL", "find_opa", "run"]

INSTALL = "Install OPA 1.0 or later (openpolicyagent.org), name it with --opa, or use --engine embedded."
"""What to do without one. Rego v1, which the policy is written in, came with OPA 1.0."""


def find_opa(named: Path | None, *, hint: str = INSTALL) -> Path:
    """The binary: ``named``, else the environment's ``SEGREGO_OPA``, a source checkout's ``.tools/opa``, the ``PATH``.

    One that is asked for by name and is not there is an error, not a reason to look on. Raises
    :class:`~segrego.errors.EngineMissingError` with the ``hint``.
    """
    if named is None and os.environ.get("SEGREGO_OPA"):
        named = Path(os.environ["SEGREGO_OPA"])
    if named is not None:
        if found := shutil.which(named.absolute()):
            return Path(found)
        raise EngineMissingError("there is no OPA binary here that can be run", where=str(named), hint=hint)
    root = policy.checkout()
    found = (shutil.which(root / ".tools/opa") if root else None) or shutil.which("opa")
    if found is None:
        raise EngineMissingError("there is no opa on the PATH", where="opa", hint=hint)
    return Path(found).absolute()


def run(
    binary: Path, arguments: Sequence[str], *, cwd: Path, timeout_seconds: float, document: bytes | bytearray = b""
) -> subprocess.CompletedProcess[bytes]:
    """Runs ``opa`` in a directory. OPA gives a meaning to ``:`` in the paths it is handed, so hand it ``.``.

    Raises :class:`~segrego.errors.EngineMissingError` if it cannot be started, and
    :class:`~segrego.errors.EngineTimeoutError` if it runs for too long.
    """
    # OPA takes every flag from an OPA_… variable too: what stands there would change the result.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPA_")}
    try:
        return subprocess.run(  # noqa: S603 - the user's own OPA, no shell, fixed arguments
            [binary, *arguments],
            input=document,
            capture_output=True,
            cwd=cwd,
            env=environment,
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        hint = "Allow more time, or check fewer files at once."
        message = f"OPA ran for more than {timeout_seconds:g} s"
        raise EngineTimeoutError(message, where=str(binary), hint=hint) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"OPA cannot be started: {reason}"
        raise EngineMissingError(message, where=str(binary), hint=INSTALL) from error
