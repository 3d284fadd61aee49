"""Change the policies one place at a time, and see whether a test notices.

    python tools/mutants.py [PATH …] [--jobs N] [--minimum 95]

Without a path all of rego/ is gone through. Each mutant is one edit of one file (tools/mutations.py). It is killed if a
test fails: the file's own tests are run first, then those of whatever depends on it, each with only the files that they
need. Mutants that OPA refuses to compile do not count. What a run over the same contents gave is kept in
.tools/mutants.jsonl, so that a run that was broken off goes on where it was.

Survivors that change nothing which a test could see (a short way left out, a condition that says what is meant) are
listed with their reason in tools/mutants.yaml, by file, text of the line, and change. They are left out of the score,
as is the custom with equivalent mutants; the per cent of all mutants stands beside it. Exits with 1 if the score is
below ``--minimum`` per cent, if a survivor is not listed, or if an entry of the list has no survivor; with 2 if a test
fails before anything is changed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

from mutant_runs import Policies, Runs
from mutations import mutants_of

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Listed:
    """The survivors that are known and accepted: (file, line, change) to how many of them there are."""

    times: Counter[tuple[str, str, str]]

    @classmethod
    def read(cls, path: Path) -> Listed:
        """Raises ``ValueError`` for an entry without a reason, and ``KeyError`` for one without another field."""
        times: Counter[tuple[str, str, str]] = Counter()
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
            if not str(entry.get("reason", "")).strip():
                raise ValueError(f"{path}: {entry['file']}: {entry['line']} has no reason")
            times.update((entry["file"], entry["line"], change) for change in entry["changes"])
        return cls(times)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run over some files came to."""

    counts: Counter[str]
    unlisted: list[str]
    stale: list[str]

    @property
    def of_all(self) -> float:
        """Per cent of the mutants that compile that a test notices."""
        return self._killed_of(self.counts["killed"] + self.counts["survived"])

    @property
    def score(self) -> float:
        """The same, without those that are listed because they change nothing."""
        return self._killed_of(self.counts["killed"] + len(self.unlisted))

    def _killed_of(self, number: int) -> float:
        return 100.0 * self.counts["killed"] / number if number else 100.0


def judge(runs: Runs, files: Sequence[Path], listed: Listed, jobs: int) -> Outcome:
    """Goes through all mutants of the files, and prints the survivors that are not listed as they are found."""
    root = runs.policies.root.parent
    mutants = [mutant for file in files for mutant in mutants_of(file)]
    print(f"{len(mutants)} mutants of {len(files)} files", flush=True)
    left = Counter({key: times for key, times in listed.times.items() if _is_of(root / key[0], files)})
    counts: Counter[str] = Counter()
    unlisted = []
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for mutant, fate in zip(mutants, pool.map(runs.fate, mutants), strict=True):
            counts[fate] += 1
            key = (str(mutant.path.relative_to(root)), mutant.line, mutant.change)
            if fate == "survived" and left[key] > 0:
                left[key] -= 1
            elif fate == "survived":
                unlisted.append(f"{key[0]}:{mutant.row}: {mutant.line}\n    {mutant.change}")
                print(f"survived {unlisted[-1]}", flush=True)
    return Outcome(counts, unlisted, [f"{file}: {line}\n    {change}" for file, line, change in sorted(+left)])


def _is_of(file: Path, files: Sequence[Path]) -> bool:
    """An entry of a file that is gone is stale whatever is gone through."""
    return file in files or not file.exists()


def policies_below(paths: Sequence[Path]) -> list[Path]:
    """The files of Rego at or below paths that hold no tests."""
    found = {file.resolve() for path in paths for file in ([path] if path.is_file() else path.rglob("*.rego"))}
    return sorted(file for file in found if not file.name.endswith("_test.rego"))


def main(arguments: Sequence[str], root: Path = ROOT / "rego", known: Path = ROOT / "tools/mutants.yaml") -> int:
    """Measure, print what survives, and give the exit code."""
    parser = argparse.ArgumentParser(description="Change the policies one place at a time, and see if a test notices.")
    parser.add_argument("paths", nargs="*", type=Path, default=[root], help="files or folders; without any, all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minimum", type=float, default=95.0, help="per cent that must be killed")
    options = parser.parse_args(arguments)
    files = policies_below(options.paths)
    policies = Policies(root)
    runs = Runs(policies, root.parent / ".tools/mutants.jsonl")
    tests = {test for file in files for test in policies.tests(file)}
    if not tests or runs.code(tests, None):
        print("no test to run, or a test fails before anything is changed: see opa test rego", file=sys.stderr)
        return 2
    outcome = judge(runs, files, Listed.read(known), options.jobs)
    survived = outcome.counts["survived"]
    for kind, found in (("not listed in", outcome.unlisted), ("no longer survives, but is listed in", outcome.stale)):
        for each in found:
            print(f"{kind} {known.name}: {each}", file=sys.stderr)
    print(
        f"{outcome.score:.1f} % killed ({outcome.of_all:.1f} % of all): {outcome.counts['killed']} killed, "
        f"{survived} survived ({survived - len(outcome.unlisted)} listed with a reason), "
        f"{outcome.counts['invalid']} do not compile"
    )
    return 1 if outcome.score < options.minimum or outcome.unlisted or outcome.stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
