"""Where findings are, as code hosts want to be told: paths from the root of the repository."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from segrego.findings import Finding
from segrego.report import RenderOptions

__all__ = ["STDIN", "repository_path", "stand_in", "uri"]

STDIN = "<stdin>"
"""How a location names what came from standard input."""


def repository_path(file: str, options: RenderOptions) -> str:
    """The path of a location's file from the repository's root, with ``/``; absolute where it lies outside."""
    if options.base is None or file == STDIN:
        return file
    absolute = Path(os.path.normpath(options.base / file))
    root = options.root or options.base
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else absolute.as_posix()


def uri(file: str, options: RenderOptions) -> tuple[str, bool]:
    """The percent-encoded URI reference of a file, and whether it is relative to the root."""
    path = repository_path(file, options)
    if PurePosixPath(path).is_absolute():
        return f"file://{quote(path)}", False
    return quote(path), True


def stand_in(finding: Finding) -> str:
    """A path for what is in no file, which tells where it is: ``aws/<account>/<region>/<service>/<resource>`` of an
    ARN, ``inventory/<subject>`` of anything else. Code scanning refuses a whole upload for one result without a
    file."""
    parts = finding.subject_id.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn":
        _, _, service, region, account, resource = parts
        path = [account or "any-account", region, service, *resource.replace(":", "/").split("/")]
        return "/".join(["aws", *(_safe(part) for part in path if part)])
    return f"inventory/{_safe(finding.subject)}"


def _safe(segment: str) -> str:
    """One segment of a path: encoded, and never one that leads elsewhere."""
    return quote(segment, safe="") if segment.strip(".") else "_"
