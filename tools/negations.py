"""Find negated calls whose argument may be undefined.

    python tools/negations.py

``not f(index[key])`` looks as if it held where ``index`` has no ``key``. It does not: OPA takes the argument out of the
negation, so the whole rule is undefined there, and a rule that should have spoken is silent. An argument must be a
variable, a constant, a field of a document (which is always written), or a call that is defined for every input.
Tests are left out: there a rule that is undefined is a test that fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
OPA = os.environ.get("SEGREGO_OPA", str(ROOT / ".tools/opa"))
TOTAL = {"object.get", "count", "concat", "array.concat", "object.keys", "lower", "upper", "array.slice"}
"""Builtins that are defined for every argument of their types."""


def negated_calls(node: Any) -> Iterator[tuple[int, list[Any]]]:
    """Line and arguments of every negated call below a node of the syntax tree."""
    if isinstance(node, dict):
        terms = node.get("terms")
        if node.get("negated") and isinstance(terms, list):
            yield node["location"]["row"], terms[1:]
        for part in node.values():
            yield from negated_calls(part)
    elif isinstance(node, list):
        for part in node:
            yield from negated_calls(part)


def may_be_undefined(term: Any) -> bool:
    """Whether a term is a look-up by a variable key, or a call that is not known to be total."""
    kind, value = term.get("type"), term.get("value")
    if kind == "ref":
        return any(
            part["type"] not in ("string", "var") or (part["type"] == "var" and part is not value[0]) for part in value
        )
    if kind == "call":
        name = ".".join(str(part["value"]) for part in value[0]["value"])
        return name not in TOTAL or any(map(may_be_undefined, value[1:]))
    return False


def main() -> int:
    """Print what is found; 1 if anything is."""
    found = []
    for path in sorted((ROOT / "rego").rglob("*.rego")):
        if path.name.endswith("_test.rego"):
            continue
        command = [OPA, "parse", "--format", "json", "--json-include", "locations", str(path)]
        tree = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        found += [
            f"{path.relative_to(ROOT)}:{row}" for row, terms in negated_calls(tree) if any(map(may_be_undefined, terms))
        ]
    for place in found:
        print(f"{place}: a negated call of something that may be undefined is silent there", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
