"""Raw state: ``terraform.tfstate``, format version 4, in the shape that ``terraform show -json`` gives the same state.

The format is internal to Terraform and has not changed since version 0.12. Where both are at hand, the JSON is the
better source: it says which nested values are sensitive by schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from segrego.collect.terraform.values import items, mapping, text
from segrego.errors import InputError

__all__ = ["is_raw_state", "shown"]

_HINT = "Give the output of `terraform show -json` for this state."
_MODULE = re.compile(r'module\.[^.\[\]]+(?:\[(?:"(?:[^"\\]|\\.)*"|\d+)\])?')


def is_raw_state(document: Mapping[str, Any]) -> bool:
    """Whether a document is a state as Terraform keeps it."""
    return "format_version" not in document and isinstance(document.get("version"), int) and "lineage" in document


def shown(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The same state in the shape of ``terraform show -json``. Raises :class:`~segrego.errors.InputError`."""
    version = document.get("version")
    if version != 4:
        raise InputError(f"a state of version {version}: only 4 is known", where=name, hint=_HINT)
    resources = document.get("resources")
    if not isinstance(resources, list):
        raise InputError("resources is not a list", where=name, hint=_HINT)
    root: dict[str, Any] = {}
    modules: dict[str, dict[str, Any]] = {"": root}
    for resource in map(mapping, resources):
        path = text(resource.get("module")) or ""
        _module(modules, path, name).setdefault("resources", []).extend(_instances(resource, path, name))
    return {"format_version": "1.0", "values": {"root_module": root}}


def _module(modules: dict[str, dict[str, Any]], path: str, name: str) -> dict[str, Any]:
    at = ""
    for step in _MODULE.findall(path):
        parent, at = modules[at], f"{at}.{step}" if at else step
        if at not in modules:
            modules[at] = {"address": at}
            parent.setdefault("child_modules", []).append(modules[at])
    if at != path:
        raise InputError(f"{path!r} is not the address of a module", where=name, hint=_HINT)
    return modules[path]


def _instances(resource: Mapping[str, Any], path: str, name: str) -> list[dict[str, Any]]:
    kind, label, mode = (text(resource.get(part)) for part in ("type", "name", "mode"))
    if kind is None or label is None or mode not in ("managed", "data"):
        raise InputError(f"a resource of {path or 'root'} has no type, name or mode", where=name, hint=_HINT)
    local = f"{'data.' if mode == 'data' else ''}{kind}.{label}"
    found = []
    for instance in map(mapping, items(resource.get("instances"))):
        if "deposed" in instance:
            continue  # it was replaced, and is about to be destroyed
        key = instance.get("index_key")
        index = {} if key is None else {"index": key}
        shown_key = "" if key is None else f"[{json.dumps(key)}]"
        found.append(
            {
                "address": f"{path}.{local}{shown_key}".lstrip("."),
                "mode": mode,
                "type": kind,
                "name": label,
                "values": mapping(instance.get("attributes")),
                "sensitive_values": _marks(instance.get("sensitive_attributes")),
                **index,
            }
        )
    return found


def _marks(paths: object) -> Any:
    """Paths of sensitive attributes as the nested marks of the JSON format. A path through a list marks all of it."""
    marks: dict[str, Any] = {}
    for path in items(paths):
        at = marks
        steps = [mapping(step).get("value") for step in items(path)]
        for index, step in enumerate(steps):
            last = index == len(steps) - 1 or not isinstance(steps[index + 1], str)
            if not isinstance(step, str) or at.get(step) is True:
                break
            if last:
                at[step] = True
                break
            at = at.setdefault(step, {})
    return marks
