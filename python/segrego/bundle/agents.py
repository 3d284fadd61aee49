"""The agents bundle's document, compiled from an inventory and from what is declared: docs/runtime.md lays it out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from segrego.config import Config
from segrego.config.model import Issuer, RuntimeAgent, RuntimeOperation, Subject
from segrego.config.select import Index
from segrego.errors import ConfigError
from segrego.iam.actions import compile_pattern
from segrego.inventory import AgentClass, Inventory, Operation, Resource, Tool, Workload

__all__ = ["agents_document"]

_AGENTS = frozenset({"bedrock_agent", "bedrock_flow", "agentcore_runtime", "agentcore_harness"})
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT = RuntimeAgent()


def agents_document(inventory: Inventory, config: Config) -> dict[str, Any]:
    """What the runtime rules know of each agent. ``inventory`` is prepared: labelled, with its derived fields.

    Raises :class:`~segrego.errors.ConfigError` for an issuer whose keys cannot be read, and for two agents with one
    subject.
    """
    made = _Compiled(inventory, config)
    return {
        "agents": made.agents(),
        "subjects": made.subjects(),
        "classes": {entry.name: _class(entry) for entry in inventory.agent_classes},
        "domains": {name.lower(): {"sensitive": True} for name in config.runtime.sensitive_domains},
        "resources": _resources(inventory.resources),
        "issuers": {entry.issuer: _issuer(entry) for entry in config.runtime.issuers},
    }


class _Compiled:
    def __init__(self, inventory: Inventory, config: Config) -> None:
        self._workloads = {workload.id: workload for workload in inventory.workloads}
        self._tools = {tool.id: tool for tool in inventory.tools}
        self._roles = {role.id: role for role in inventory.roles}
        self._operations = config.runtime.operations
        self._agents = [workload for workload in inventory.workloads if workload.kind in _AGENTS]
        index = Index(self._agents)
        self._declared: dict[str, RuntimeAgent] = {}
        for entry in config.runtime.agents:
            for workload in index.meant(entry):
                self._declared.setdefault(workload, entry)

    def agents(self) -> dict[str, Any]:
        return {workload.id: self._agent(workload) for workload in self._agents}

    def subjects(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for workload in sorted(self._declared):
            for subject in self._declared[workload].subjects:
                other = found.setdefault(subject.issuer, {}).setdefault(subject.subject, workload)
                if other != workload:
                    raise ConfigError(
                        f"the subject {subject.subject!r} of {subject.issuer} is {other} and {workload}",
                        where="runtime.agents",
                        hint="Give every agent a subject of its own: two agents with one proof share an identity.",
                    )
        return found

    def _agent(self, workload: Workload) -> dict[str, Any]:
        declared = self._declared.get(workload.id, _DEFAULT)
        roles = [self._roles[binding.role] for binding in workload.bindings]
        hours = declared.hours and {"days": declared.hours.days, "from": declared.hours.start, "to": declared.hours.end}
        return {
            "name": workload.name,
            "kind": workload.kind,
            "account": workload.account,
            "region": workload.region,
            "environment": workload.environment and workload.environment.value,
            "domains": sorted({label.value for label in workload.domains}),
            "class": workload.agent_class,
            "subjects": _by_issuer(declared.subjects),
            "roles": sorted({role.arn or role.id for role in roles}),
            "sessions": sorted({prefix for role in roles if (prefix := _session(role.arn))}),
            "read_only": workload.purpose is not None and workload.purpose.value == "retrieval",
            "grant_required": declared.grant_required,
            "collaborators": sorted(use.target for use in workload.uses if use.relation == "collaborator"),
            "tools": self._tools_of(workload),
            "limits": {"calls": declared.calls, "window_seconds": declared.window_seconds, "hours": hours or None},
        }

    def _tools_of(self, workload: Workload) -> dict[str, Any]:
        tools = (self._tools[name] for name in workload.tools)
        return {tool.name: self._tool(tool) for tool in tools if tool.state == "enabled"}

    def _tool(self, tool: Tool) -> dict[str, Any]:
        runs = self._workloads.get(tool.target or "")
        operations = {operation.name: self._operation(tool, operation) for operation in tool.operations}
        return {
            "target": runs.arn if runs is not None and runs.arn else tool.target,
            "domains": sorted({label.value for label in runs.domains}) if runs else [],
            "environment": runs.environment.value if runs and runs.environment else None,
            "account": runs.account if runs else None,
            "external": any(entry.external for entry in self._meaning(tool.name, None)),
            "operations": operations,
        }

    def _operation(self, tool: Tool, operation: Operation) -> dict[str, Any]:
        declared = list(self._meaning(tool.name, operation.name))
        access = next((entry.access for entry in declared if entry.access), None)
        approval = next((entry.approval for entry in declared if entry.approval is not None), operation.confirmation)
        return {
            "access": access or operation.access or _access(operation),
            "approval": approval,
            "arguments": sorted({name for entry in declared for name in entry.arguments}),
            "actions": ["lambda:InvokeFunction"] if tool.kind == "lambda" else [],
        }

    def _meaning(self, tool: str, operation: str | None) -> Iterable[RuntimeOperation]:
        for entry in self._operations:
            if _matches(entry.tool, tool) and (operation is None or _matches(entry.operation, operation)):
                yield entry


def _session(arn: str | None) -> str | None:
    """What the ARN of every session of a role begins with; null for what is no role's ARN. The role's path is not part
    of it (IAM User Guide, "IAM identifiers")."""
    fields = (arn or "").split(":")
    if len(fields) != 6 or fields[0] != "arn" or fields[2] != "iam" or not fields[5].startswith("role/"):
        return None
    return f"arn:{fields[1]}:sts::{fields[4]}:assumed-role/{fields[5].rpartition('/')[2]}/"


def _by_issuer(subjects: Iterable[Subject]) -> dict[str, list[str]]:
    """What each issuer calls an agent: the other direction of the document's ``subjects``."""
    found: dict[str, set[str]] = {}
    for subject in subjects:
        found.setdefault(subject.issuer, set()).add(subject.subject)
    return {issuer: sorted(names) for issuer, names in found.items()}


def _access(operation: Operation) -> str:
    """By the HTTP method where there is one. An operation that says nothing runs something: execute."""
    if operation.method is None:
        return "execute"
    return "read" if operation.method.upper() in _READS else "write"


def _matches(pattern: str, text: str) -> bool:
    return compile_pattern(pattern).fullmatch(text) is not None


def _class(entry: AgentClass) -> dict[str, Any]:
    intact = entry.approver is not None and entry.approved in (None, entry.fingerprint)
    return {"members": list(entry.members), "intact": intact, "expires_at_ns": entry.expires_at_ns or 0}


def _resources(resources: Iterable[Resource]) -> dict[str, Any]:
    """Data domains by the ARN that they begin with, and how long (in characters) such beginnings are."""
    domains: dict[str, set[str]] = {}
    for resource in resources:
        if resource.arn and "${" not in resource.arn and resource.domains:
            domains.setdefault(resource.arn, set()).update(label.value for label in resource.domains)
    return {
        "lengths": sorted({len(arn) for arn in domains}),
        "domains": {arn: sorted(values) for arn, values in domains.items()},
    }


def _issuer(entry: Issuer) -> dict[str, Any]:
    path = Path(entry.keys)
    try:
        keys = json.loads(path.read_bytes())
        public = [{name: value for name, value in key.items() if name not in _SECRET} for key in keys["keys"]]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(
            f"the keys of {entry.issuer} cannot be read", where=str(path), hint="Give the path of a JSON Web Key Set."
        ) from error
    return {
        "use": entry.use,
        "algorithms": list(entry.algorithms),
        "audience": entry.audience,
        "skew_seconds": entry.skew_seconds,
        "longest_seconds": entry.longest_seconds,
        "keys": json.dumps({"keys": public}, sort_keys=True),
    }


_SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Private members of a JSON Web Key (RFC 7518): a bundle must never carry one."""
