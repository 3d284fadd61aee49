"""Terraform plans and states, as ``terraform show -json`` writes them.

Planned values are the truth. What is known only after apply is followed through the references in ``configuration``, as
far as these say which resource is meant; the rest is a gap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from segrego.collect.source import SourceFile
from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.data import read_data
from segrego.collect.terraform.draft import Draft
from segrego.collect.terraform.plan import Plan, parse
from segrego.collect.terraform.policies import Policies
from segrego.collect.terraform.references import Resolver
from segrego.collect.terraform.roles import Roles
from segrego.collect.terraform.targets import Targets
from segrego.collect.terraform.tools import Tools
from segrego.collect.terraform.uses import Uses
from segrego.collect.terraform.workloads import Workloads
from segrego.errors import InputError
from segrego.inventory import Fact, Gap, Inventory, Location, Source

__all__ = ["SOURCE", "TerraformPlanSource"]

_EVERYTHING: tuple[Fact, ...] = ("workloads", "bindings", "tools", "trust", "policies", "boundary")
_MARKS = (b'"planned_values"', b'"prior_state"', b'"root_module"', b'"resource_changes"')


class TerraformPlanSource:
    """The source of Terraform plan and state JSON."""

    kind = "terraform_plan"

    def claims(self, file: SourceFile) -> bool:
        """Whether the file is a JSON object with ``format_version`` and a part that only a plan or state has."""
        start = file.data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
        return start[:1] == b"{" and b'"format_version"' in file.data and any(mark in file.data for mark in _MARKS)

    def read(self, files: Sequence[SourceFile]) -> Inventory:
        """The inventory of all files. A role, policy or function that one of them makes is known by its ARN in all."""
        shared: dict[str, str] = {}
        parts = [self._part(file, shared) for file in files]
        for part in parts:
            if isinstance(part, _Part):
                part.declare()
        found = [part.finish() if isinstance(part, _Part) else part for part in parts]
        return Inventory(
            sources=tuple(source for part in found for source in part.sources),
            workloads=tuple(workload for part in found for workload in part.workloads),
            roles=tuple({role.id: role for part in found for role in part.roles}.values()),
            policies=tuple({policy.id: policy for part in found for policy in part.policies}.values()),
            tools=tuple(tool for part in found for tool in part.tools),
            resources=tuple(resource for part in found for resource in part.resources),
            gaps=tuple(dict.fromkeys(gap for part in found for gap in part.gaps)),
        )

    def _part(self, file: SourceFile, shared: dict[str, str]) -> _Part | Inventory:
        digest = f"sha256:{hashlib.sha256(file.data).hexdigest()}"
        source = Source(id=file.name, kind="terraform_plan", digest=digest)
        try:
            return _Part.of(parse(file), source, shared)
        except InputError as error:
            where = Location(source=file.name, file=file.name)
            gap = Gap(
                code="unreadable_file",
                subject=file.name,
                facts=_EVERYTHING,
                message=f"cannot be read: {error}",
                location=where,
            )
            return Inventory(sources=(source,), gaps=(gap,))


@dataclass(slots=True)
class _Part:
    """The readers of one file. Values of another tree, such as the prior state's, are read by the same ones."""

    plan: Plan
    source: Source
    draft: Draft
    arns: Arns
    roles: Roles
    policies: Policies
    resolver: Resolver

    @classmethod
    def of(cls, plan: Plan, source: Source, shared: dict[str, str]) -> _Part:
        draft, resolver = Draft(plan.file.name), Resolver(plan)
        arns = Arns(plan, resolver)
        roles = Roles(plan, draft, resolver, arns, shared)
        policies = Policies(plan, draft, resolver, arns, roles, shared)
        return cls(plan, source, draft, arns, roles, policies, resolver)

    def declare(self) -> None:
        self.roles.declare()
        self.policies.declare()

    def finish(self) -> Inventory:
        targets = Targets(self.plan, self.draft, self.resolver, self.arns)
        workloads = Workloads(self.plan, self.draft, self.arns, self.roles, targets)
        workloads.read()
        Uses(self.plan, self.draft, workloads, targets).read()
        Tools(self.plan, self.draft, targets).read()
        self.policies.read()
        read_data(self.plan, self.draft, self.arns)
        self._say_incomplete()
        return self.draft.inventory([self.source])

    def _say_incomplete(self) -> None:
        name = self.plan.file.name
        if self.plan.errored:
            message = "the plan ended in an error, so that parts are missing. Correct it and plan again."
            self.draft.gap("not_collected", name, _EVERYTHING, message)
        elif not self.plan.complete:
            message = (
                "the plan is not complete: it was made with -target, or parts of it are deferred until something else "
                "is applied. Plan everything, or plan again after that."
            )
            self.draft.gap("not_collected", name, _EVERYTHING, message)


SOURCE = TerraformPlanSource()
"""The source, as ``segrego.collect.FILE_SOURCES`` holds it."""
