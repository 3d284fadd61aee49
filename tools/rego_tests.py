"""Run the tests of the policies, demand full coverage, and hold the rules to their conventions (tools/meta).

python tools/rego_tests.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
OPA = os.environ.get("SEGREGO_OPA", str(ROOT / ".tools/opa"))
PATIENT = ("--timeout", "300s")
"""A test of OPA ends after 5 s by default, which a loaded machine can take for any."""


def opa(*arguments: str, document: str | None = None) -> Any:
    """What an opa command prints, parsed. Its own output is shown where it fails."""
    done = subprocess.run([OPA, *arguments], cwd=ROOT, check=False, capture_output=True, text=True, input=document)
    if done.returncode:
        sys.exit(f"opa {' '.join(arguments[:2])} failed:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def uncovered(folder: str) -> list[str]:
    """``file:line`` of every line that no test reaches."""
    done = subprocess.run(
        [OPA, "test", folder, *PATIENT],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode or "PASS" not in done.stdout:
        sys.exit(f"{folder}: {done.stdout or 'no tests'}")
    print(f"{folder}: {done.stdout.strip()}")
    files = opa("test", folder, *PATIENT, "--coverage", "--format", "json")["files"]
    return [
        f"{name}:{lines['start']['row']}" for name, found in files.items() for lines in found.get("not_covered", [])
    ]


def broken_conventions() -> list[str]:
    """What the meta-policy says of the rules."""
    data = {
        "schema": json.loads((ROOT / "schemas/inventory.json").read_text(encoding="utf-8")),
        "segrego": {
            "frameworks": yaml.safe_load((ROOT / "rego/segrego/frameworks/data.yaml").read_text(encoding="utf-8"))
        },
    }
    inspected = opa("inspect", "--annotations", "--format", "json", "rego")
    query = "data.meta.deny with data.schema as input.schema with data.segrego as input.segrego with input as input.of"
    found: list[str] = opa(
        "eval", "--stdin-input", "--data", "tools/meta", "--format", "raw", query,
        document=json.dumps(data | {"of": inspected}),
    )  # fmt: skip
    return found


def main() -> int:
    """Print what is wrong; 1 if anything is."""
    problems = [f"no test reaches {place}" for folder in ("rego", "tools/meta") for place in uncovered(folder)]
    problems += broken_conventions()
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
