"""Plans and configurations with many agents, and how long it takes to read them.

    python tools/bench_terraform.py [AGENTS]

Prints processor time and peak memory for half the number of agents and for all of them, each run in a process of its
own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["terraform_configuration", "terraform_measure", "terraform_plan"]

TEAM = 10
"""Agents that share a module, a policy and a function."""

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}]}
)


Files = Iterator[tuple[str, str]]
"""File names and their text."""


def terraform_plan(agents: int) -> Files:
    """A plan as ``terraform show -json`` writes it: modules of ten agents, each agent with a role, a policy, an alias
    and an action group; ARNs are known after apply, and every tenth agent has its neighbour's role."""
    modules, calls = [], {}
    for team in range(agents // TEAM):
        name = f"team{team}"
        members = [_member(f"module.{name}.", team, number) for number in range(TEAM)]
        modules.append({"address": f"module.{name}", "resources": [planned for one in members for planned, _ in one]})
        calls[name] = {"source": "./team", "module": {"resources": [config for one in members for _, config in one]}}
    yield (
        "plan.json",
        json.dumps(
            {
                "format_version": "1.2",
                "terraform_version": "1.11.4",
                "planned_values": {"root_module": {"child_modules": modules}},
                "prior_state": {"format_version": "1.0", "values": {"root_module": {}}},
                "configuration": {
                    "provider_config": {
                        "aws": {"name": "aws", "expressions": {"region": {"constant_value": "eu-west-1"}}}
                    },
                    "root_module": {"module_calls": calls},
                },
            }
        ),
    )


def _member(prefix: str, team: int, number: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    role = f"aws_iam_role.r{number if number else 1}"
    agent = f"aws_bedrockagent_agent.a{number}"
    rows: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
        ("aws_iam_role", f"r{number}", {"name": f"role-{team}-{number}", "assume_role_policy": TRUST}, {}),
        ("aws_iam_role_policy", f"p{number}", {"name": "p", "policy": POLICY}, {"role": _ref(f"{role}.id", role)}),
        (
            "aws_bedrockagent_agent",
            f"a{number}",
            {"agent_name": f"agent-{team}-{number}", "foundation_model": "amazon.nova-pro-v1:0"},
            {"agent_resource_role_arn": _ref(f"{role}.arn", role)},
        ),
        (
            "aws_bedrockagent_agent_alias",
            f"l{number}",
            {"agent_alias_name": "live"},
            {"agent_id": _ref(f"{agent}.agent_id", agent)},
        ),
        (
            "aws_bedrockagent_agent_action_group",
            f"g{number}",
            {"action_group_name": "g", "parent_action_group_signature": "AMAZON.UserInput"},
            {"agent_id": _ref(f"{agent}.agent_id", agent)},
        ),
    ]
    return [_resource(prefix, *row) for row in rows]


def _ref(*references: str) -> dict[str, Any]:
    return {"references": list(references)}


def _resource(
    prefix: str, kind: str, name: str, values: dict[str, Any], expressions: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    shared = {"mode": "managed", "type": kind, "name": name, "schema_version": 0}
    planned = {**shared, "address": f"{prefix}{kind}.{name}", "values": values, "sensitive_values": {}}
    return planned, {
        **shared, "address": f"{kind}.{name}", "provider_config_key": "aws", "expressions": expressions,
    }  # fmt: skip


def terraform_configuration(agents: int) -> Files:
    """The like as configuration: a module of ten agents, called once for each team."""
    yield "team/main.tf", _TEAM_MODULE
    yield (
        "main.tf",
        "".join(
            f'module "team{team}" {{\n  source = "./team"\n  name   = "team{team}"\n}}\n'
            for team in range(agents // TEAM)
        ),
    )


_TEAM_MODULE = f"""
variable "name" {{ type = string }}

locals {{
  agents = {{ for number in range({TEAM}) : "a${{number}}" => number }}
}}

data "aws_iam_policy_document" "trust" {{
  statement {{
    actions = ["sts:AssumeRole"]
    principals {{
      type        = "Service"
      identifiers = ["bedrock.amazonaws.com"]
    }}
  }}
}}

resource "aws_iam_role" "this" {{
  for_each           = local.agents
  name               = "${{var.name}}-${{each.key}}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}}

resource "aws_iam_role_policy" "this" {{
  for_each = local.agents
  name     = "p"
  role     = aws_iam_role.this[each.key].id
  policy   = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "bedrock:InvokeModel", Resource = "*" }}] }})
}}

resource "aws_bedrockagent_agent" "this" {{
  for_each                = local.agents
  agent_name              = "${{var.name}}-${{each.key}}"
  agent_resource_role_arn = aws_iam_role.this["a${{max(1, each.value)}}"].arn
  foundation_model        = "amazon.nova-pro-v1:0"
}}

resource "aws_bedrockagent_agent_alias" "this" {{
  for_each         = local.agents
  agent_alias_name = "live"
  agent_id         = aws_bedrockagent_agent.this[each.key].agent_id
}}
"""


def terraform_measure(path: str) -> dict[str, float]:
    """Agents, seconds of processor time and peak MiB of reading a path, in a process of its own."""
    ran = subprocess.run([sys.executable, __file__, "--read", path], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def _read(path: str) -> dict[str, float]:
    import gc

    from segrego.collect.files import collect_files
    from segrego.facts import derive

    gc.disable()  # as the command line does
    start = time.process_time()
    found = derive(collect_files([path]))
    seconds = time.process_time() - start
    return {
        "agents": sum(workload.kind == "bedrock_agent" for workload in found.workloads),
        "seconds": seconds,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main(agents: int) -> None:
    """Measure both forms at two sizes."""
    for form, generate in (("plan", terraform_plan), ("configuration", terraform_configuration)):
        before = 0.0
        for count in (agents // 2, agents):
            with tempfile.TemporaryDirectory() as folder:
                for name, text in generate(count):
                    path = Path(folder, name)
                    path.parent.mkdir(exist_ok=True)
                    path.write_text(text)
                best = min((terraform_measure(folder) for _ in range(3)), key=lambda run: run["seconds"])
            ratio = f", {best['seconds'] / before:.2f} times" if before else ""
            before = best["seconds"]
            print(f"terraform {form}: {best['agents']:.0f} agents in {before:.2f} s, {best['mib']:.0f} MiB{ratio}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        print(json.dumps(_read(sys.argv[2])))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
