"""Measure what each rule takes of the embedded engine's time and memory.

    python tools/bench_rules.py [--agents 2000] [RULE …]

Each rule is compiled with the libraries alone, and judges the benchmark's inventory (tools/bench.py) in a process of
its own. What rules share is counted for each of them; the first line is the policy without any rule, the last the
whole.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

import bench
import build_policy

ROOT = Path(__file__).resolve().parent.parent
RULES = "segrego/rules"
CHILD = """
import json, sys, time
from pathlib import Path
from segrego.evaluate import embedded
from segrego.evaluate.engine import EngineOptions

found = {}
call = embedded._Run._call

def measured(self, name, *arguments):
    before, start = self._memory.data_len(self._store), time.thread_time()
    result = call(self, name, *arguments)
    if name == "eval":
        found.update(seconds=time.thread_time() - start, bytes=self._memory.data_len(self._store) - before)
    return result

embedded._Run._call = measured
engine = embedded.EmbeddedEngine(Path(sys.argv[1]), EngineOptions(cache=False))
found["findings"] = len(engine.evaluate(Path(sys.argv[2]).read_bytes())["findings"])
print(json.dumps(found))
"""
"""The measured program: the seconds of processor time and the growth of the memory of one evaluation."""


def measure(rules: Collection[str] | None, document: Path) -> dict[str, float]:
    """``seconds``, ``bytes`` and ``findings`` of the policy with these rules alone (null: with all)."""
    opa = build_policy.opa_binary()
    with tempfile.TemporaryDirectory() as folder:
        rego, bundle = Path(folder) / "rego", Path(folder) / "bundle"
        shutil.copytree(ROOT / "rego", rego)
        for path in (rego / RULES).glob("*.rego"):
            if rules is not None and path.stem not in rules:
                path.unlink()
        revision = json.dumps({"revision": "bench"}).encode()
        bundle.mkdir()
        capabilities = (ROOT / "bundles/capabilities.json").read_bytes()
        for name, content in build_policy.compiled(opa, rego, revision, capabilities).items():
            (bundle / name).write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(bundle), str(document)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(done.stderr)
        found: dict[str, float] = json.loads(done.stdout)
        return found


def main(arguments: Sequence[str]) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="Measure what each rule takes of the embedded engine.")
    parser.add_argument("rules", nargs="*", help="these rules alone")
    parser.add_argument("--agents", type=int, default=2_000)
    options = parser.parse_args(arguments)
    files = sorted(path.stem for path in (ROOT / "rego" / RULES).glob("*.rego") if not path.name.endswith("_test.rego"))
    print(f"{'rule':<40} {'seconds':>8} {'MB':>6} {'findings':>9}")
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "inventory.json"
        document.write_bytes(bench.inventory(options.agents))
        sets: list[tuple[str, list[str] | None]] = [("(no rule)", [])]
        sets += [(name, [name]) for name in options.rules or files]
        for name, rules in [*sets, ("(all rules)", None)]:
            found = measure(rules, document)
            cells = f"{found['seconds']:>8.2f} {found['bytes'] / 1e6:>6.0f} {found['findings']:>9.0f}"
            print(f"{name:<40} {cells}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
