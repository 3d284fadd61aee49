"""OPA's Wasm runtime (1.22.2, wasm/src/regex.cc, which globs use too) keeps a hundred compiled expressions, and may
free one that is in use when there are more. The policies therefore have few, and none is made from the document."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path for path in (ROOT / "rego").rglob("*.rego") if not path.name.endswith("_test.rego"))


def patterns(node: Any) -> Iterator[Any]:
    """The pattern of every call of a builtin for regular expressions or globs."""
    if isinstance(node, dict):
        for terms in (node.get("terms"), node.get("value") if node.get("type") == "call" else None):
            if isinstance(terms, list) and isinstance(terms[0], dict) and terms[0].get("type") == "ref":
                name = ".".join(str(part["value"]) for part in terms[0]["value"])
                if re.match(r"(regex|glob)\.", name):
                    yield terms[1]
        for part in node.values():
            yield from patterns(part)
    elif isinstance(node, list):
        for part in node:
            yield from patterns(part)


def test_no_expression_is_made_from_the_document(opa: Path) -> None:
    dynamic = []
    found = set()
    for path in FILES:
        parsed = subprocess.run([opa, "parse", "--format", "json", path], check=True, capture_output=True)
        constants = re.findall(r"^(\w+) := (?:`|concat\(\"\", \[\n)", path.read_text(encoding="utf-8"), re.MULTILINE)
        for pattern in patterns(json.loads(parsed.stdout)):
            found.add(json.dumps(pattern, sort_keys=True))
            if pattern["type"] != "string" and not (pattern["type"] == "var" and pattern["value"] in constants):
                dynamic.append(f"{path.relative_to(ROOT)}: {pattern['value']}")
    assert dynamic == []
    assert 5 <= len(found) < 50
