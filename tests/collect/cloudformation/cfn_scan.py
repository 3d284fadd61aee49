# ruff: noqa: E501 - templates stand as people write them
"""Reads templates as a scan does, and finds things in what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from segrego.collect.cloudformation import SOURCE
from segrego.collect.source import SourceFile
from segrego.facts import derive
from segrego.inventory import Inventory, Policy, Role, Tool, Workload

STACKS = Path(__file__).parent / "stacks"


def read(files: Mapping[str, str | bytes]) -> Inventory:
    """The inventory of these files. Deriving checks that every reference within it holds."""
    given = [
        SourceFile(name=name, data=text.encode() if isinstance(text, str) else text) for name, text in files.items()
    ]
    inventory = SOURCE.read(given)
    derive(inventory)
    return inventory


def template(resources: str, head: str = "") -> str:
    """A template of resources that are written without indentation."""
    body = "\n".join("  " + line for line in resources.strip("\n").splitlines())
    return f"AWSTemplateFormatVersion: '2010-09-09'\n{head}\nResources:\n{body}\n"


def agent(name: str, role: str) -> str:
    """An agent whose role is this expression."""
    return f"{name}:\n  Type: AWS::Bedrock::Agent\n  Properties:\n    AgentName: {name}\n    AgentResourceRoleArn: {role}\n"


def role(name: str, properties: str = "") -> str:
    """A role that Bedrock may assume."""
    return (
        f"{name}:\n  Type: AWS::IAM::Role\n  Properties:\n    AssumeRolePolicyDocument:\n      Statement:\n"
        "        - {Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: sts:AssumeRole}\n" + properties
    )


def workload(inventory: Inventory, name: str) -> Workload:
    return next(w for w in inventory.workloads if w.id == name or w.id.endswith(f"#{name}"))


def role_of(inventory: Inventory, name: str) -> str:
    """The one role that a workload holds, by its id."""
    (found,) = {binding.role for binding in workload(inventory, name).bindings}
    return found


def certainty(inventory: Inventory, name: str) -> str:
    return workload(inventory, name).bindings[0].certainty


def role_named(inventory: Inventory, name: str) -> Role:
    return next(r for r in inventory.roles if r.id == name or r.id.endswith(f"#{name}"))


def policy(inventory: Inventory, name: str) -> Policy:
    return next(p for p in inventory.policies if p.id == name or p.id.endswith(f"#{name}"))


def tool(inventory: Inventory, name: str) -> Tool:
    return next(t for t in inventory.tools if t.id.endswith(f"#{name}"))


def gaps(inventory: Inventory, code: str) -> list[str]:
    """The subjects of the gaps of a code."""
    return sorted(gap.subject for gap in inventory.gaps if gap.code == code)
