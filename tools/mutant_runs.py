"""Which tests may notice a change of a policy, and running them over a mutant (tools/mutants.py)."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from mutations import OPA, Mutant, tree

TIMEOUT_SECONDS = 120  # much more than any test takes, so that a busy machine kills no mutant
# A process that lives for a tenth of a second need not collect what it leaves behind.
BRIEF = {"GOGC": "off", "GOMEMLIMIT": "1GiB", "GOMAXPROCS": "1"}
BATCHES = (1, 8)  # the own tests, the nearest, and then all others at once


def nodes(tree: Any) -> Iterator[Any]:
    """Every list and object of a syntax tree."""
    if isinstance(tree, list | dict):
        yield tree
        for part in tree if isinstance(tree, list) else tree.values():
            yield from nodes(part)


def references(tree: Any) -> Iterator[tuple[str, ...]]:
    """The constant beginnings of all references to ``data``."""
    for node in nodes(tree):
        start = node[0] if isinstance(node, list) and node else None
        if isinstance(start, dict) and start.get("type") == "var" and start.get("value") == "data":
            yield tuple(_constants(node))


def _replaced(node: Any) -> Iterator[tuple[str, ...]]:
    for replacement in node.get("with") or () if isinstance(node, dict) else ():
        yield from references(replacement["target"])


def _constants(reference: list[Any]) -> Iterator[str]:
    yield "data"
    for part in reference[1:]:
        if part.get("type") != "string":
            return
        yield str(part["value"])


class Policies:
    """The files below a folder, Rego and data, and which of them need which."""

    def __init__(self, root: Path) -> None:
        """Reads every file below ``root``."""
        self.root = root.resolve()
        rego = sorted(self.root.rglob("*.rego"))
        self.place = {path: tuple(part["value"] for part in tree(path)["package"]["path"]) for path in rego}
        self.place |= {
            path: ("data", *path.relative_to(self.root).parent.parts) for path in sorted(self.root.rglob("data.*"))
        }
        found = {path: set(references(tree(path))) for path in rego}
        self.named = {path: set(self._at(places)) for path, places in found.items()}
        self.below = {path: {place: self._below(place) for place in places} for path, places in found.items()}
        self.text = cache(lambda path: path.read_text(encoding="utf-8"))
        self.closure = cache(self._closure)
        self.tests = cache(self._tests)

    def needed_by(self, tests: Iterable[Path]) -> list[Path]:
        """All files that tests need, themselves among them."""
        return sorted(set().union(*(self.closure(test) for test in tests)))

    def _at(self, places: Set[tuple[str, ...]]) -> Iterator[Path]:
        """The files that references name."""
        begun = {reference[:length] for reference in places for length in range(2, len(reference) + 1)}
        return (path for path, place in self.place.items() if place in begun)

    def _below(self, place: tuple[str, ...]) -> set[Path]:
        """All files below a place (``data.segrego.rules[slug]``)."""
        return {path for path, own in self.place.items() if own[: len(place)] == place}

    def _closure(self, test: Path) -> frozenset[Path]:
        """The file, and all files that it needs, but for what stands below a place that it replaces (``with``)."""
        replaced = {place for node in nodes(tree(test)) for place in _replaced(node)}
        needs = {
            path: self.named[path].union(*(files for place, files in below.items() if place not in replaced))
            for path, below in self.below.items()
        }
        return _reached(needs, test)

    def _tests(self, path: Path) -> list[Path]:
        """The tests that may notice a change of the file: its own, and then those nearest to it. What asks all rules at
        once is tried only for a file that no test comes nearer to: it would take most of the time, and only a survivor
        more could come of leaving it out."""
        own = path.with_name(f"{path.stem}_test.rego")
        tests = [each for each in self.place if is_test(each)]
        near = [each for each in tests if each == own or path in _reached(self.named, each)]
        reaching = near or [each for each in tests if path in self.closure(each)]
        return sorted(reaching, key=lambda each: (each != own, len(self.closure(each)), each))


def _reached(needs: Mapping[Path, Set[Path]], path: Path) -> frozenset[Path]:
    """The file, and all that it needs."""
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += needs.get(each, ())
    return frozenset(found)


def is_test(path: Path) -> bool:
    """Whether a file holds tests, and not only what tests are made of."""
    return path.name.endswith("_test.rego") and not path.name.endswith("fixtures_test.rego")


class Runs:
    """Runs of ``opa test``, each over the same contents only once."""

    def __init__(self, policies: Policies, kept: Path) -> None:
        """``kept`` is the file of the results; it is made where it is missing."""
        self.policies = policies
        self.kept = kept
        self.lock = Lock()
        self.results: dict[str, int] = {}
        kept.parent.mkdir(parents=True, exist_ok=True)
        for line in kept.read_text(encoding="utf-8").splitlines() if kept.exists() else ():
            with suppress(ValueError):  # a run that was ended in the middle of a line
                self.results |= json.loads(line)

    def fate(self, mutant: Mutant) -> str:
        """What becomes of a mutant: ``killed``, ``survived`` or ``invalid`` (OPA refuses it)."""
        tests = self.policies.tests(mutant.path)
        start = 0
        for size in (*BATCHES, len(tests)):
            batch = tests[start : start + size]
            start += size
            code = self.code(batch, mutant) if batch else 0
            if code:
                return "killed" if code == 2 else "invalid"
        return "survived"

    def code(self, tests: Iterable[Path], mutant: Mutant | None) -> int:
        """Runs tests with only the files that they need: 0 all pass, 2 one fails, 1 it does not compile. A run without
        end counts as a failure."""
        tests = list(tests)
        key = self._key(tests, mutant)
        if key not in self.results:
            with tempfile.TemporaryDirectory() as folder:
                edited = Path(folder) / "mutant.rego"
                if mutant:
                    edited.write_text(mutant.text(), encoding="utf-8")
                files = [edited if mutant and path == mutant.path else path for path in self.policies.needed_by(tests)]
                self._keep(key, opa_test(self.policies, files))
        return self.results[key]

    def _key(self, tests: Iterable[Path], mutant: Mutant | None) -> str:
        digest = hashlib.sha256()
        for path in self.policies.needed_by(tests):
            text = mutant.text() if mutant and path == mutant.path else self.policies.text(path)
            digest.update(f"{path.relative_to(self.policies.root)}\0{text}\0".encode())
        return digest.hexdigest()

    def _keep(self, key: str, code: int) -> None:
        with self.lock, self.kept.open("a", encoding="utf-8") as file:
            file.write(json.dumps({key: code}) + "\n")
            self.results[key] = code


def opa_test(policies: Policies, files: Iterable[Path]) -> int:
    """The exit code of ``opa test``. Data files are loaded at their places."""
    command = [OPA, "test", "--parallel", "1", "--timeout", f"{TIMEOUT_SECONDS}s"]
    for path in files:
        is_data = path.suffix != ".rego"
        command.append(f"{'.'.join(policies.place[path][1:])}:{path}" if is_data else str(path))
    try:
        return subprocess.run(
            command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False, env=os.environ | BRIEF
        ).returncode
    except subprocess.TimeoutExpired:
        return 2
