"""Many agents: all of them are read, and the work grows with their number."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import holders

from bench_terraform import Files, terraform_configuration, terraform_measure, terraform_plan
from segrego.collect.files import collect_files


def written(files: Files, folder: Path) -> str:
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(folder)


@pytest.mark.parametrize("generate", [terraform_plan, terraform_configuration])
def test_every_generated_agent_is_read_and_neighbours_share(generate, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    found = collect_files([written(generate(40), tmp_path)])
    assert len(found.workloads) == 40
    assert sorted(map(len, holders(found).values())) == [1] * 32 + [2] * 4
    assert {binding.certainty for workload in found.workloads for binding in workload.bindings} == {"exact"}


@pytest.mark.parametrize("generate", [terraform_plan, terraform_configuration])
def test_two_thousand_agents_take_less_than_a_gibibyte(generate, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run = terraform_measure(written(generate(2000), tmp_path))
    assert run["agents"] == 2000
    assert run["mib"] < 1024
