"""The pages for operators: their commands exist, the first of them run, and their tables are the rules."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import get_args

import pytest
import typer
import yaml
from bundle_opa import ROOT, Segrego
from typer.testing import CliRunner

from segrego.cli import app
from segrego.enforce.decider import Cause

BUNDLES = (ROOT / "docs/bundles.md").read_text(encoding="utf-8")
RUNTIME = (ROOT / "docs/runtime.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", BUNDLES, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("segrego ")
]


def test_the_first_commands_run_in_their_order(segrego: Segrego, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples/organization", tmp_path / "infra")
    (first,) = re.findall(r"## From nothing.*?```sh\n(.*?)```", BUNDLES, re.DOTALL)
    for line in first.splitlines():
        if line == "mkdir -p public":
            (tmp_path / "public").mkdir()
        else:
            segrego(*shlex.split(line)[1:])
    leases = [line for line in COMMANDS if " renew " in line or line.startswith(("segrego revoke", "segrego grant"))]
    segrego("bundle", "keygen", "-o", "grants.key")
    for line in leases:
        segrego(*shlex.split(line)[1:])
    assert len(leases) >= 4
    assert (tmp_path / "sidecar/run.sh").is_file()
    for name in ("policy", "agents", "revocations"):
        segrego("bundle", "verify", f"public/{name}.tar.gz", "--key", "bundles.key.pub")


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_takes_the_options_that_are_shown(line: str) -> None:
    words = shlex.split(line)[1:]
    command = words[:2] if words[0] in ("bundle", "grant", "audit") else words[:1]
    shown = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert shown.exit_code == 0
    assert [word for word in words if word.startswith("--") and word not in shown.output] == []


def commands() -> set[str]:
    found: set[str] = set()
    root = typer.main.get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        found |= {name} | {f"{name} {inner}" for inner in getattr(command, "commands", ())}
    return found


def test_no_text_names_a_command_that_does_not_exist() -> None:
    known = commands()
    groups = {name.split()[0] for name in known if " " in name}
    files = [*ROOT.glob("docs/*.md"), *ROOT.glob("rego/segrego/runtime_rules/*.rego"), ROOT / "README.md"]
    files += [*(ROOT / "python").rglob("*.py")]
    wrong = []
    for path in files:
        for name, inner in re.findall(r"[`(]segrego ([a-z]+)(?: ([a-z]+))?", path.read_text(encoding="utf-8")):
            named = f"{name} {inner}".strip() if name in groups and inner else name
            if named not in known:
                wrong.append((path.name, named))
    assert wrong == []
    assert {"bundle fleet", "grant issue", "revoke"} <= known


def rules() -> dict[str, tuple[str, str]]:
    found = {}
    for path in sorted((ROOT / "rego/segrego/runtime_rules").glob("*.rego")):
        if not path.name.endswith("_test.rego"):
            block = path.read_text(encoding="utf-8").partition("# METADATA\n")[2].partition("package ")[0]
            said = yaml.safe_load("\n".join(line[2:] for line in block.splitlines()))
            found[path.stem] = (said["title"], said["custom"]["remediation"].strip())
    return found


def rows(heading: str) -> list[list[str]]:
    table = RUNTIME.partition(heading)[2].lstrip("\n").partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_rules_are_listed_as_they_are() -> None:
    assert {row[0].strip("`"): (row[1], row[2]) for row in rows("## The rules\n")} == rules()
    causes = {row[0].strip("`") for row in rows("or none could be kept:\n")}
    assert causes == set(get_args(Cause))
