"""The generated input that the benchmark measures: it holds the sharing that was put in, and nothing is left open."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from cfn_scan import read

TOOLS = Path(__file__).parents[3] / "tools"


@pytest.mark.parametrize("agents", [50, 100])
def test_the_generated_stacks_share_as_they_were_made_to(agents: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    bench = import_module("bench_sources")
    inventory = read(dict(bench.cloudformation(agents)))
    assert inventory.gaps == ()
    holders: dict[str, set[str]] = {}
    for workload in inventory.workloads:
        for binding in workload.bindings if workload.kind == "bedrock_agent" else ():
            holders.setdefault(binding.role, set()).add(workload.id)
    assert sum(len(held) for held in holders.values()) == agents
    shared = agents // bench.AGENTS_PER_STACK * len(range(3, bench.AGENTS_PER_STACK, 4))
    assert len([held for held in holders.values() if len(held) == 2]) == shared
    assert len(inventory.tools) == 2 * agents
    assert len(inventory.resource_policies) == agents


def test_what_breaks_a_limit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    bench = import_module("bench_sources")
    runs = [bench.Run("cloudformation", 500, 1.0, 90.0), bench.Run("cloudformation", 1000, 2.4, 1100.0)]
    found = bench.failures(runs, bench.LIMITS["full"])
    assert [line.partition(":")[0].partition(" takes")[0] for line in found] == ["cloudformation at 1000 agents"] * 2
    assert bench.failures(runs[:1], bench.LIMITS["full"]) == []
