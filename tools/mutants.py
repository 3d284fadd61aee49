"""Change the policies one place at a time, and see whether a test notices.

    python tools/mutants.py [--paths rego/segrego/lib …] [--sample N] [--minimum 95]

Each mutant is one edit at a node of the syntax tree: a condition dropped or negated, an operator or a constant changed,
a builtin swapped for its opposite. A mutant is killed if a test fails: the tests of its own package are run first, then
those of whatever depends on it. Mutants that OPA refuses to compile do not count. Survivors that change nothing are
listed with a reason in tools/mutants.yaml. Exits with 1 if fewer than ``--minimum`` per cent are killed, or if the list
has an entry that no survivor matches.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
OPA = os.environ.get("SEGREGO_OPA", str(ROOT / ".tools/opa"))
KNOWN = ROOT / "tools/mutants.yaml"
INFIX = {
    "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "+": "-", "-": "+", "&": "|", "|": "&",
}  # fmt: skip
SWAPPED = {
    "max": "min", "min": "max", "startswith": "endswith", "endswith": "startswith", "lower": "upper", "upper": "lower",
    "trim_prefix": "trim_suffix", "trim_suffix": "trim_prefix",
}  # fmt: skip
TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edit: ``old`` at a character offset of the file becomes ``new``."""

    path: Path
    row: int
    offset: int
    old: str
    new: str

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
        yield from edits(value[1:])
    else:
        yield from edits([part for name, part in node.items() if name not in ("location", "name", "ref")])


def _expression_edits(node: Any) -> Iterator[tuple[Any, Any]]:
    terms = node["terms"]
    if not (isinstance(terms, dict) and "symbols" in terms):  # without its generator a variable is unsafe, or the same
        yield node, "true"
    if node.get("negated"):
        yield node, lambda old: old.removeprefix("not ").lstrip()
    elif isinstance(terms, dict) and "symbols" not in terms and "domain" not in terms:
        yield node, lambda old: f"not {old}"
    elif isinstance(terms, list):
        yield from _operator_edits(terms[0])
        if _name(terms[0]) not in {"assign", "eq", "equal", "neq", "lt", "lte", "gt", "gte"}:
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


def _name(term: Any) -> str:
    return ".".join(str(part["value"]) for part in term["value"]) if term.get("type") == "ref" else ""


def references(node: Any) -> Iterator[tuple[str, ...]]:
    """The constant beginnings of all references to ``data`` below a node."""
    if isinstance(node, list):
        if node and isinstance(node[0], dict) and node[0].get("value") == "data" and node[0].get("type") == "var":
            yield tuple(str(part.get("value")) for part in node if isinstance(part.get("value"), str))
        for part in node:
            yield from references(part)
    elif isinstance(node, dict):
        for part in node.values():
            yield from references(part)


class Policies:
    """The files by package, and which packages need which."""

    def __init__(self, root: Path) -> None:
        """Reads every file below ``root``."""
        self.root = root
        self.package = {
            path: tuple(part["value"] for part in tree(path)["package"]["path"])
            for path in sorted(root.rglob("*.rego"))
        }
        known = set(self.package.values())
        self.needs = {
            path: {package for found in references(tree(path)) for package in known if found[: len(package)] == package}
            for path in self.package
        }

    def closure(self, path: Path) -> set[Path]:
        """The file, and all files that it needs."""
        found: set[Path] = set()
        waiting = [path]
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                waiting += [other for other, package in self.package.items() if package in self.needs[each]]
        return found

    def tests(self, path: Path) -> list[Path]:
        """The tests that may notice a change of the file: its own, and then those nearest to it."""
        own = path.with_name(f"{path.stem}_test.rego")
        tests = [
            each for each in self.package if each.name.endswith("_test.rego") and each.name != "fixtures_test.rego"
        ]
        reaching = [each for each in tests if path in self.closure(each)]
        return sorted(reaching, key=lambda each: (each != own, len(self.closure(each))))


def fate(policies: Policies, mutant: Mutant, batch: int = 8) -> str:
    """``killed``, ``survived`` or ``invalid`` (OPA refuses it)."""
    tests = policies.tests(mutant.path)
    groups = [tests[:1], *(tests[start : start + batch] for start in range(1, len(tests), batch))]
    for group in groups:
        if not group:
            continue
        code = run(policies, mutant, group)
        if code == 2:
            return "killed"
        if code:
            return "invalid"
    return "survived"


def run(policies: Policies, mutant: Mutant, tests: Iterable[Path]) -> int:
    """Runs tests over the mutant with only the files that they need: 0 all pass, 2 one fails, 1 it does not compile.
    A run without end counts as a failure."""
    needed = set().union(*(policies.closure(test) for test in tests))
    with tempfile.TemporaryDirectory() as folder:
        for path in needed:
            copy = Path(folder) / path.relative_to(policies.root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(
                mutant.text() if path == mutant.path else path.read_text(encoding="utf-8"), encoding="utf-8"
            )
        for data in policies.root.rglob("data.*"):
            copy = Path(folder) / data.relative_to(policies.root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(data, copy)
        try:
            done = subprocess.run([OPA, "test", folder], capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return 2
    return done.returncode


def chosen(paths: Sequence[Path], sample: int | None, seed: int) -> list[Mutant]:
    """The mutants of all files that are no tests, or as many of them, the same for the same seed."""
    files = sorted({file for path in paths for file in ([path] if path.is_file() else path.rglob("*.rego"))})
    found = [mutant for file in files if not file.name.endswith("_test.rego") for mutant in mutants_of(file.resolve())]
    if sample is None or sample >= len(found):
        return found
    return random.Random(seed).sample(found, sample)  # noqa: S311 - reproducible, and no secret


def main(arguments: Sequence[str]) -> int:
    """Measure, print what survives, and give the exit code."""
    parser = argparse.ArgumentParser(description="Change the policies one place at a time, and see if a test notices.")
    parser.add_argument("--paths", nargs="+", type=Path, default=[ROOT / "rego/segrego"])
    parser.add_argument("--sample", type=int, help="only as many mutants, chosen at random")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minimum", type=float, default=95.0, help="per cent that must be killed")
    options = parser.parse_args(arguments)
    known = {(entry["file"], entry["change"]): entry["reason"] for entry in yaml.safe_load(KNOWN.read_text()) or []}
    mutants = chosen(options.paths, options.sample, options.seed)
    policies = Policies(ROOT / "rego")
    print(f"{len(mutants)} mutants", flush=True)
    counts = {"killed": 0, "survived": 0, "invalid": 0, "equivalent": 0}
    matched = set()
    with ThreadPoolExecutor(max_workers=options.jobs) as pool:
        for mutant, outcome in zip(mutants, pool.map(lambda each: fate(policies, each), mutants), strict=True):
            key = (str(mutant.path.relative_to(ROOT)), mutant.change)
            is_known = outcome == "survived" and key in known
            counts["equivalent" if is_known else outcome] += 1
            if is_known:
                matched.add(key)
            elif outcome == "survived":
                print(f"survived {key[0]}:{mutant.row}: {mutant.change}", flush=True)
    judged = counts["killed"] + counts["survived"]
    rate = 100.0 * counts["killed"] / judged if judged else 0.0
    print(f"{rate:.1f} % of {judged} killed; {counts}")
    stale = (
        [] if options.sample is not None or options.paths != [ROOT / "rego/segrego"] else sorted(known.keys() - matched)
    )
    for file, change in stale:
        print(f"tools/mutants.yaml: no survivor of {file} is {change}", file=sys.stderr)
    return 1 if rate < options.minimum or stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
