"""What stands beside templates: the CDK's cloud assembly (``cdk.out``), and where the template of a nested stack is.

Source: the AWS CDK's "Cloud Assembly Specification" (``manifest.json``, asset manifests), and ``aws cloudformation
package``, which puts an address in S3 where a path stood.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from segrego.collect.cloudformation.scope import Environment
from segrego.collect.cloudformation.template import Map
from segrego.collect.cloudformation.text import Text, as_text

__all__ = ["Assembly", "is_assembly_file", "normal"]

_STACK = "aws:cloudformation:stack"
_MANIFEST = re.compile(rb'"artifacts"\s*:')
_ASSETS = re.compile(rb'"files"\s*:')
_ENVIRONMENT = re.compile(r"aws://([^/]+)/([^/]+)")
_UNKNOWN = ("unknown-account", "unknown-region")


def is_assembly_file(name: str, data: bytes) -> bool:
    """Whether a file is the manifest of a cloud assembly, or of a stack's assets."""
    base = name.rpartition("/")[2]
    if base == "manifest.json":
        return (bool(_MANIFEST.search(data)) and b"cdk" in data) or b'"aws:cloudformation:stack"' in data
    return base.endswith(".assets.json") and bool(_ASSETS.search(data))


class Assembly:
    """Where stacks are deployed, and where their assets are."""

    def __init__(self) -> None:
        self._environments: dict[str, Environment] = {}
        self._assets: dict[str, str] = {}
        self._by_base: dict[int, dict[str, list[str]]] = {}

    def add(self, name: str, document: Map) -> None:
        """A manifest, or the list of a stack's assets."""
        folder = name.rpartition("/")[0]
        artifacts, files = document.get("artifacts"), document.get("files")
        for identifier, artifact in artifacts.items() if isinstance(artifacts, Map) else ():
            if isinstance(artifact, Map) and artifact.get("type") == _STACK:
                self._add_stack(folder, identifier, artifact)
        for identifier, asset in files.items() if isinstance(files, Map) else ():
            source = asset.get("source") if isinstance(asset, Map) else None
            path = source.get("path") if isinstance(source, Map) else None
            if isinstance(path, str):
                self._assets[identifier] = normal(f"{folder}/{path}" if folder else path)

    def _add_stack(self, folder: str, identifier: str, artifact: Map) -> None:
        properties = artifact.get("properties")
        if not isinstance(properties, Map) or not isinstance(file := properties.get("templateFile"), str):
            return
        match = _ENVIRONMENT.fullmatch(str(artifact.get("environment", "")))
        account, region = ((part if part not in _UNKNOWN else None) for part in (match.groups() if match else _UNKNOWN))
        given = properties.get("parameters")
        values = {k: str(v) for k, v in given.items() if as_text(v) is not None} if isinstance(given, Map) else {}
        self._environments[normal(f"{folder}/{file}" if folder else file)] = Environment(
            stack=str(properties.get("stackName", identifier)), account=account, region=region, given=values
        )

    def environment_of(self, file: str) -> Environment:
        """Where the stack of a template is deployed, and with what parameters."""
        return self._environments.get(file, Environment())

    def give(self, file: str, values: Mapping[str, str]) -> None:
        """Parameters that the user gives to a template."""
        known = self.environment_of(file)
        given = {**known.given, **values}
        self._environments[file] = Environment(known.stack, known.account, known.region, given)

    def find(self, templates: Mapping[str, Any], parent: str, asset: Text | None, url: Text | None) -> str | None:
        """The file that a nested stack of ``parent`` is made of; null if it is not in the scan, or not clear which.
        ``asset`` is the path that the CDK writes into the metadata, ``url`` the stack's ``TemplateURL``."""
        folder = parent.rpartition("/")[0]
        for path in (asset, url):
            if path is not None and "${" not in path and "://" not in path:
                near = normal(f"{folder}/{path}" if folder else path)
                if near in templates:
                    return near
        if url is None:
            return None
        steps = url.partition("?")[0].split("/")
        known = self._assets.get(steps[-1].partition(".")[0])
        if known in templates:
            return known
        return self._by_last_steps(templates, parent, steps)

    def _by_last_steps(self, templates: Mapping[str, Any], parent: str, steps: list[str]) -> str | None:
        """The one file whose path ends as an address does, or else the one of that name that is nearest."""
        by_base = self._by_base.get(id(templates))
        if by_base is None:
            by_base = self._by_base[id(templates)] = defaultdict(list)
            for file in templates:
                by_base[file.rpartition("/")[2]].append(file)
        candidates = [file for file in by_base.get(steps[-1], ()) if file != parent]
        backwards = list(reversed(steps))
        candidates = _closest({file: _common(reversed(file.split("/")), backwards) for file in candidates})
        candidates = _closest({file: _common(file.split("/"), parent.split("/")) for file in candidates})
        return candidates[0] if len(candidates) == 1 else None


def _closest(closeness: Mapping[str, int]) -> list[str]:
    return [file for file, count in closeness.items() if count == max(closeness.values())]


def _common(left: Iterable[str], right: Iterable[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def normal(path: str) -> str:
    """A path without empty steps, ``.`` and, as far as they lead anywhere, ``..``."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if path.startswith("/") else "") + "/".join(parts)
