"""The edits that tools/mutants.py makes to a policy: each at one node of the syntax tree.

A condition is dropped or negated, an operator or a constant changed, a builtin swapped for its opposite. Names, fields
and the keys of objects stay as they are: a test would only show that nothing is found under another name.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

OPA = os.environ.get("SEGREGO_OPA", str(Path(__file__).resolve().parent.parent / ".tools/opa"))
INFIX = {
    "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "+": "-", "-": "+", "&": "|", "|": "&",
}  # fmt: skip
SWAPPED = {
    "max": "min", "min": "max", "startswith": "endswith", "endswith": "startswith", "lower": "upper", "upper": "lower",
    "trim_prefix": "trim_suffix", "trim_suffix": "trim_prefix",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edit: ``old`` at a character offset of the file becomes ``new``."""

    path: Path
    row: int
    offset: int
    old: str
    new: str

    @property
    def line(self) -> str:
        """The text of the line that the edit begins in, without its indentation."""
        return self.path.read_text(encoding="utf-8").splitlines()[self.row - 1].strip()

    @property
    def change(self) -> str:
        """The edit in words, the same wherever the line moves."""
        return f"{' '.join(self.old.split())} -> {' '.join(self.new.split())}"

    def text(self) -> str:
        """The whole file with the edit."""
        source = self.path.read_text(encoding="utf-8")
        return source[: self.offset] + self.new + source[self.offset + len(self.old) :]


@lru_cache(maxsize=1024)
def tree(path: Path) -> Any:
    """The syntax tree of a file, with the place of every node."""
    command = [OPA, "parse", "--format", "json", "--json-include", "locations", str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def mutants_of(path: Path) -> list[Mutant]:
    """All mutants of one file, in the order of their places."""
    source = path.read_text(encoding="utf-8")
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = {}
    for node, new in edits(tree(path).get("rules", [])):
        place = node["location"]
        old = base64.b64decode(place["text"]).decode("utf-8")
        offset = starts[place["row"] - 1] + place["col"] - 1
        replacement = new(old) if callable(new) else new
        if source.startswith(old, offset) and replacement != old:
            mutant = Mutant(path, place["row"], offset, old, replacement)
            found[mutant.offset, mutant.old, mutant.new] = mutant
    return [found[key] for key in sorted(found)]


def edits(node: Any, *, in_ref: bool = False) -> Iterator[tuple[Any, Any]]:
    """A node, and the text (or a function of its text) that replaces it."""
    if isinstance(node, list):
        for part in node:
            yield from edits(part, in_ref=in_ref)
        return
    if not isinstance(node, dict) or "location" not in node:
        for part in node.values() if isinstance(node, dict) else ():
            yield from edits(part, in_ref=in_ref)
        return
    if "terms" in node:
        yield from _expression_edits(node)
        for part in (node["terms"], node.get("with")):
            yield from edits(part)
        return
    kind, value = node.get("type"), node.get("value")
    if not in_ref:
        yield from _constant_edits(node, kind, value)
    if kind == "ref":
        yield from edits(value, in_ref=True)
    elif kind == "object":
        for key, item in value:
            yield from edits(item) if key.get("type") == "string" else edits([key, item])
    elif kind == "call":
        yield from _operator_edits(value[0])
        yield from edits(_counted(value) or value[1:])
    else:
        yield from edits([part for name, part in node.items() if name not in ("location", "name", "ref")])


def _expression_edits(node: Any) -> Iterator[tuple[Any, Any]]:
    terms = node["terms"]
    operator = _name(terms[0]) if isinstance(terms, list) else ""
    if operator != "assign" and not (isinstance(terms, dict) and "symbols" in terms):  # else a variable is unsafe
        yield node, "true"
    if node.get("negated"):
        yield node, lambda old: old.removeprefix("not ").lstrip()
    elif isinstance(terms, dict) and "symbols" not in terms and "domain" not in terms:
        yield node, lambda old: f"not {old}"
    elif isinstance(terms, list):
        yield from _operator_edits(terms[0])
        if operator not in {"assign", "eq", "equal", "neq", "lt", "lte", "gt", "gte"}:
            yield node, lambda old: f"not {old}"


def _operator_edits(operator: Any) -> Iterator[tuple[Any, Any]]:
    yield operator, lambda old: INFIX.get(old, SWAPPED.get(old, old))


def _constant_edits(node: Any, kind: str | None, value: Any) -> Iterator[tuple[Any, Any]]:
    if kind == "boolean":
        yield node, lambda old: {"true": "false", "false": "true"}.get(old, old)
    elif kind == "number":
        yield node, lambda old: str(value + 1) if old == str(value) else old
    elif kind == "string":
        yield node, lambda old: '"mutant"' if old[:1] in ('"', "`") else old


def _counted(call: list[Any]) -> Any:
    """The body of ``count([1 | …])``, whose constant nobody sees; None for another call."""
    inner = call[1]["value"] if _name(call[0]) == "count" and "comprehension" in call[1].get("type", "") else {}
    return inner["body"] if inner.get("term", {}).get("type") == "number" else None


def _name(term: Any) -> str:
    return ".".join(str(part["value"]) for part in term["value"]) if term.get("type") == "ref" else ""
