"""Plans in the exact shape of ``terraform show -json``, made from a few lines each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from segrego.collect.source import SourceFile
from segrego.collect.terraform import SOURCE
from segrego.inventory import Inventory

_STEP = re.compile(r'module\.([\w-]+)(?:\[(?:"[^"]*"|\d+)\])?\.?')


@dataclass
class R:
    """A resource instance. ``expr`` is what configuration has of it, by attribute."""

    type: str
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    expr: dict[str, Any] = field(default_factory=dict)
    index: str | int | None = None
    module: str = ""
    mode: str = "managed"
    for_each: Any = None
    provider: str = "aws"
    sensitive: Any = field(default_factory=dict)

    @property
    def local(self) -> str:
        return f"{'data.' if self.mode == 'data' else ''}{self.type}.{self.name}"

    @property
    def address(self) -> str:
        key = "" if self.index is None else f"[{json.dumps(self.index)}]"
        return f"{self.module}{'.' if self.module else ''}{self.local}{key}"

    def planned(self) -> dict[str, Any]:
        made = {
            "address": self.address,
            "mode": self.mode,
            "type": self.type,
            "name": self.name,
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "schema_version": 0,
            "values": self.values,
            "sensitive_values": self.sensitive,
        }
        return made if self.index is None else {**made, "index": self.index}


def refs(*references: str) -> dict[str, Any]:
    return {"references": list(references)}


def ref(traversal: str) -> dict[str, Any]:
    """A plain reference, with the shorter forms that Terraform adds."""
    found, rest = [traversal], traversal
    least = 3 if rest.startswith("data.") else 2
    while len(rest.split(".")) > least:
        rest = rest.rpartition(".")[0]
        found.append(rest)
    if rest.endswith("]") and not rest.startswith("module."):
        found.append(rest.partition("[")[0])
    return refs(*found)


def const(value: Any) -> dict[str, Any]:
    return {"constant_value": value}


def tree(resources: list[R]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    modules: dict[str, dict[str, Any]] = {"": root}

    def module(address: str) -> dict[str, Any]:
        if address not in modules:
            steps = [match[0].rstrip(".") for match in _STEP.finditer(address)]
            parent = module(".".join(steps[:-1]))
            modules[address] = {"address": address}
            parent.setdefault("child_modules", []).append(modules[address])
        return modules[address]

    for resource in resources:
        module(resource.module).setdefault("resources", []).append(resource.planned())
    return {"root_module": root}


def configuration(resources: list[R], calls: dict[str, dict[str, Any]]) -> dict[str, Any]:
    root: dict[str, Any] = {"resources": []}
    modules: dict[str, dict[str, Any]] = {"": root}

    def module(path: str) -> dict[str, Any]:
        if path not in modules:
            parent, _, name = path.rpartition(".")
            given = calls.get(path, {})
            modules[path] = {"resources": [], **{k: v for k, v in given.items() if k in ("outputs", "variables")}}
            call = {k: v for k, v in given.items() if k in ("expressions", "for_each_expression", "count_expression")}
            module(parent).setdefault("module_calls", {})[name] = {"source": "./m", **call, "module": modules[path]}
        return modules[path]

    for path in calls:
        module(path)
    seen = set()
    for resource in resources:
        path = ".".join(_STEP.findall(resource.module))
        if (path, resource.local) in seen:
            continue
        seen.add((path, resource.local))
        made = {
            "address": resource.local,
            "mode": resource.mode,
            "type": resource.type,
            "name": resource.name,
            "provider_config_key": resource.provider,
            "expressions": resource.expr,
            "schema_version": 0,
        }
        if resource.for_each is not None:
            made["for_each_expression"] = resource.for_each
        module(path)["resources"].append(made)
    return root


def plan(
    *resources: R,
    prior: tuple[R, ...] = (),
    only_configured: tuple[R, ...] = (),
    calls: dict[str, dict[str, Any]] | None = None,
    providers: dict[str, Any] | None = None,
    root_variables: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    everything = [*resources, *prior, *only_configured]
    root = configuration(everything, calls or {})
    if root_variables:
        root["variables"] = {name: {} for name in root_variables}
        more["variables"] = {name: {"value": value} for name, value in root_variables.items()}
    return {
        "format_version": "1.2",
        "terraform_version": "1.13.4",
        "planned_values": tree(list(resources)),
        "resource_changes": [
            {**r.planned(), "change": {"actions": ["create"], "before": None, "after": r.values, "after_unknown": {}}}
            for r in resources
        ],
        "prior_state": {"format_version": "1.0", "values": tree(list(prior))},
        "configuration": {"provider_config": providers or {"aws": {"name": "aws"}}, "root_module": root},
        "complete": True,
        "applyable": True,
        "errored": False,
        **more,
    }


def read(document: dict[str, Any], name: str = "plan.json") -> Inventory:
    return SOURCE.read([SourceFile(name, json.dumps(document).encode())])


def trust(service: str = "bedrock.amazonaws.com") -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(name: str, *, index: Any = None, module: str = "", label: str = "this", **values: Any) -> R:
    known = {"name": name, "path": "/", "assume_role_policy": trust(), "max_session_duration": 3600, **values}
    return R("aws_iam_role", label, known, {"name": const(name)}, index=index, module=module)


def agent(name: str, role_expr: dict[str, Any] | None = None, *, label: str | None = None, **more: Any) -> R:
    values = {"agent_name": name, "foundation_model": "amazon.nova-pro-v1:0", **more.pop("values", {})}
    expr = {"agent_name": const(name), **more.pop("expr", {})}
    if role_expr is not None:
        expr["agent_resource_role_arn"] = role_expr
    return R("aws_bedrockagent_agent", label or name, values, expr, **more)


def holders(inventory: Inventory) -> dict[str, set[str]]:
    """Names of workloads by the role that they hold."""
    found: dict[str, set[str]] = {}
    for workload in inventory.workloads:
        for binding in workload.bindings:
            found.setdefault(binding.role, set()).add(workload.name)
    return found


def codes(inventory: Inventory) -> list[str]:
    return sorted(gap.code for gap in inventory.gaps)
