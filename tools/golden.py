"""Write the golden cases' inventories and reports.

    python tools/golden.py --write [CASE...]    after a change that is meant
    python tools/golden.py --check              what CI does

A case is a folder of ``tests/golden``: source files as people write them, perhaps a ``segrego.yaml``, and
``expected.yaml``, in which a person says what is in them. ``inventory.json`` and ``report.json`` are what segrego makes
of the sources, so that a change shows in a diff; ``tests/test_golden.py`` holds the code to ``expected.yaml``.

Time, engine and revision are fixed, and files are named from the case's folder: the same sources give the same bytes.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from segrego.assess import assess, prepare
from segrego.collect.document import encode
from segrego.collect.files import collect_files
from segrego.config import load_config
from segrego.evaluate import EngineOptions, engine
from segrego.findings import EngineInfo, PolicyInfo, Report
from segrego.inventory import Inventory
from segrego.report import RenderOptions, render

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "tests/golden"
NOW = 1_800_000_000_000_000_000
"""2027-01-15T08:00:00Z, by which approvals in the cases have expired or not."""

NO_SOURCES = ("expected.yaml", "inventory.json", "report.json")


def cases() -> list[str]:
    """The names of all cases."""
    return sorted(path.parent.name for path in CASES.glob("*/expected.yaml"))


def inventory_of(case: str) -> Inventory:
    """The OPA input for a case, with what its ``segrego.yaml`` declares."""
    with _sources(case):
        return prepare(collect_files(["."]), load_config(None), evaluated_at_ns=NOW)


def report_on(inventory: Inventory) -> Report:
    """The embedded engine's report, without what differs between two builds."""
    report = assess(inventory, engine(EngineOptions(name="embedded")))
    return replace(report, policy=PolicyInfo(revision=""), engine=EngineInfo(name="embedded"))


def outputs(case: str) -> dict[Path, str]:
    """Path and text of what is generated for a case."""
    inventory = inventory_of(case)
    return {
        CASES / case / "inventory.json": encode(inventory).decode(),
        CASES / case / "report.json": render("json", report_on(inventory), (), RenderOptions()),
    }


@contextmanager
def _sources(case: str) -> Iterator[None]:
    """Work in a copy of a case's folder that holds its sources alone: what is generated is no source."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "case")
        shutil.copytree(CASES / case, copy, symlinks=True, ignore=shutil.ignore_patterns(*NO_SOURCES))
        os.chdir(copy)
        try:
            yield
        finally:
            os.chdir(before)


def main(arguments: list[str]) -> int:
    """Write, or with ``--check`` compare."""
    names = [name for name in arguments if not name.startswith("-")]
    if sorted(set(arguments) - set(names)) not in (["--check"], ["--write"]) or set(names) - set(cases()):
        print(f"usage: {Path(__file__).name} --write|--check [CASE...]; cases: {', '.join(cases())}", file=sys.stderr)
        return 2
    stale = []
    for case in names or cases():
        for path, text in outputs(case).items():
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(str(path.relative_to(ROOT)))
            if "--write" in arguments:
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in arguments:
        print(f"stale: {', '.join(stale)}: run `make golden`, and read what changed", file=sys.stderr)
        return 1
    print(f"{len(names or cases())} cases, {len(stale)} files changed" if stale else f"{len(names or cases())} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
