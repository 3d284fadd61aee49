"""Terraform: plans and states as ``terraform show -json`` writes them, raw states, and configuration itself.

Planned values are the truth. What is known only after apply is followed through the references in ``configuration``, as
far as these say which resource is meant; the rest is a gap. Configuration is evaluated as far as it is static, into
the same instances and references, so that everything after that is one code. Where a plan and its configuration are
both in a scan, the plan is judged, and the configuration gives the lines.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from segrego.collect.draft import EVERYTHING
from segrego.collect.organization import united
from segrego.collect.source import SourceFile
from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.attributes import Attributes
from segrego.collect.terraform.code import Code
from segrego.collect.terraform.configuration import Evaluated, evaluate_root
from segrego.collect.terraform.credentials import Credentials
from segrego.collect.terraform.data import read_data
from segrego.collect.terraform.draft import Draft
from segrego.collect.terraform.folders import Folder, is_configuration, is_values, read_folders, roots
from segrego.collect.terraform.matching import Lines, declared_lines, differences, find
from segrego.collect.terraform.organizations import read_organization
from segrego.collect.terraform.plan import Plan, parse
from segrego.collect.terraform.policies import Policies
from segrego.collect.terraform.references import Resolver
from segrego.collect.terraform.resource_policies import ResourcePolicies
from segrego.collect.terraform.roles import Roles
from segrego.collect.terraform.targets import Targets
from segrego.collect.terraform.telemetry import read_telemetry
from segrego.collect.terraform.tools import Tools
from segrego.collect.terraform.uses import Uses
from segrego.collect.terraform.workloads import Workloads
from segrego.errors import InputError
from segrego.inventory import Gap, Inventory, Location, Source

__all__ = ["SOURCE", "TerraformSource"]

_STACKS = (
    "aws_cloudformation_stack",
    "aws_cloudformation_stack_set",
    "awscc_cloudformation_stack",
    "awscc_cloudformation_stack_set",
)
_MARKS = (b'"planned_values"', b'"prior_state"', b'"root_module"', b'"resource_changes"')
_RAW_MARKS = (b'"lineage"', b'"serial"', b'"terraform_version"')


class TerraformSource:
    """The source of everything that Terraform reads and writes."""

    kind = "terraform_plan"

    def claims(self, file: SourceFile) -> bool:
        """Configuration by its name; a plan or state by ``format_version`` or ``lineage``, and a part that only these
        have."""
        if is_configuration(file.name) or is_values(file.name):
            return True
        start = file.data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
        if start[:1] != b"{":
            return False
        shown = b'"format_version"' in file.data and any(mark in file.data for mark in _MARKS)
        return shown or all(mark in file.data[:4096] for mark in _RAW_MARKS)

    def read(self, files: Sequence[SourceFile]) -> Inventory:
        """The inventory of all files. A role, policy or function that one of them makes is known by its ARN in all."""
        written = [file for file in files if is_configuration(file.name) or is_values(file.name)]
        folders = read_folders(written)
        tops = {folder.path: folder for folder in roots(folders)}
        lines = {path: declared_lines(folder, folders) for path, folder in tops.items()}
        shared: dict[str, str] = {}
        planned: set[str] = set()
        parts: list[_Part | Inventory] = []
        for file in files:
            if file not in written:
                parts.append(_planned_part(file, lines, planned, shared))
        for path, folder in tops.items():
            if path not in planned:
                parts.append(_configured_part(folder, folders, shared))
        parts.append(_files(written, folders, tops))
        return _joined(parts)


SOURCE = TerraformSource()
"""The source, as ``segrego.collect.FILE_SOURCES`` holds it."""


def _joined(parts: Sequence[_Part | Inventory]) -> Inventory:
    for part in parts:
        if isinstance(part, _Part):
            part.declare()
    found = [part.finish() if isinstance(part, _Part) else part for part in parts]
    return Inventory(
        sources=tuple({source.id: source for part in found for source in part.sources}.values()),
        workloads=tuple(workload for part in found for workload in part.workloads),
        roles=tuple({role.id: role for part in found for role in part.roles}.values()),
        policies=tuple({policy.id: policy for part in found for policy in part.policies}.values()),
        tools=tuple(tool for part in found for tool in part.tools),
        resources=tuple(resource for part in found for resource in part.resources),
        resource_policies=tuple(policy for part in found for policy in part.resource_policies),
        credentials=tuple({each.id: each for part in found for each in part.credentials}.values()),
        telemetry=tuple(each for part in found for each in part.telemetry),
        accounts=united(each for part in found for each in part.accounts),
        gaps=tuple(dict.fromkeys(gap for part in found for gap in part.gaps)),
    )


def _planned_part(
    file: SourceFile, lines: Mapping[str, Lines], planned: set[str], shared: dict[str, str]
) -> _Part | Inventory:
    try:
        plan = parse(file)
    except InputError as error:
        source = Source(id=file.name, kind="terraform_plan", digest=_digest([file]))
        return Inventory(sources=(source,), gaps=(_unreadable(file.name, error, file.name),))
    source = Source(id=file.name, kind="terraform_state" if plan.is_state else "terraform_plan", digest=_digest([file]))
    path = find(plan, lines)
    part = _Part.of(plan, source, shared, lines[path] if path is not None else None)
    if path is not None:
        planned.add(path)
        part.say_differences(path, lines[path])
    return part


def _configured_part(folder: Folder, folders: Mapping[str, Folder], shared: dict[str, str]) -> _Part | Inventory:
    source = Source(id=folder.path, kind="terraform", digest=_digest(folder.files))
    try:
        evaluated = evaluate_root(folder, folders)
    except InputError as error:
        return Inventory(sources=(source,), gaps=(_unreadable(folder.path, error, None),))
    places = {**evaluated.lines, **{i.address: (i.file, i.line) for i in evaluated.plan.planned if i.file}}
    part = _Part.of(evaluated.plan, source, shared, {a: p for a, p in places.items() if p[0]})
    part.say_blind(evaluated)
    return part


def _files(written: Sequence[SourceFile], folders: Mapping[str, Folder], tops: Iterable[str]) -> Inventory:
    """A source for each file of configuration, and a gap for each that cannot be read."""
    sources = tuple(Source(id=file.name, kind="terraform", digest=_digest([file])) for file in written)
    gaps = tuple(_unreadable(name, error, name) for folder in folders.values() for name, error in folder.unread)
    return Inventory(sources=sources, gaps=gaps)


def _digest(files: Iterable[SourceFile]) -> str:
    """Of one file its bytes' digest; of several, that of their names and digests."""
    digests = [(file.name, hashlib.sha256(file.data).hexdigest()) for file in files]
    if len(digests) == 1:
        return f"sha256:{digests[0][1]}"
    return f"sha256:{hashlib.sha256(json.dumps(sorted(digests)).encode()).hexdigest()}"


def _unreadable(subject: str, error: InputError, file: str | None) -> Gap:
    line = (error.where or "").rpartition(":")[2]
    at = int(line) if line.isdecimal() else None
    return Gap(
        code="unreadable_file",
        subject=subject,
        facts=EVERYTHING,
        message=f"cannot be read: {error}",
        location=Location(source=subject, file=file, line=at),
    )


@dataclass(slots=True)
class _Part:
    """The readers of one file or root module."""

    plan: Plan
    source: Source
    draft: Draft
    arns: Arns
    roles: Roles
    policies: Policies
    resolver: Resolver

    @classmethod
    def of(cls, plan: Plan, source: Source, shared: dict[str, str], places: Lines | None) -> _Part:
        draft, resolver = Draft(source.id, places), Resolver(plan)
        arns = Arns(plan, resolver)
        roles = Roles(plan, draft, resolver, arns, shared)
        policies = Policies(plan, draft, resolver, arns, roles, shared)
        return cls(plan, source, draft, arns, roles, policies, resolver)

    def declare(self) -> None:
        self.roles.declare()
        self.policies.declare()

    def finish(self) -> Inventory:
        targets = Targets(self.plan, self.draft, self.resolver, self.arns)
        attributes = Attributes(self.plan, self.resolver, self.arns)
        workloads = Workloads(self.plan, self.draft, self.arns, self.roles, targets, attributes)
        workloads.read()
        Uses(self.plan, self.draft, workloads, targets, Code(self.resolver, self.arns)).read()
        credentials = Credentials(self.plan, self.draft, self.resolver, self.arns, targets)
        credentials.read()
        Tools(self.plan, self.draft, targets, credentials).read()
        self.policies.read()
        read_data(self.plan, self.draft, self.arns)
        ResourcePolicies(self.plan, self.draft, self.resolver, self.arns, targets, self.policies).read()
        read_telemetry(self.plan, self.draft, self.arns)
        read_organization(self.plan, self.draft, self.resolver)
        self.roles.say_ambiguous()
        self._say_stacks()
        self._say_incomplete()
        return self.draft.inventory([self.source])

    def _say_incomplete(self) -> None:
        name = self.source.id
        if self.plan.errored:
            message = "the plan ended in an error, so that parts are missing. Correct it and plan again."
            self.draft.gap("not_collected", name, EVERYTHING, message)
        elif not self.plan.complete:
            message = (
                "the plan is not complete: it was made with -target, or parts of it are deferred until something else "
                "is applied. Plan everything, or plan again after that."
            )
            self.draft.gap("not_collected", name, EVERYTHING, message)

    def _say_stacks(self) -> None:
        """What a CloudFormation stack makes is in its template, which another source reads."""
        for kind in _STACKS:
            for instance in self.plan.of_type.get(kind, []):
                body = instance.text("template_body")
                if body is None or "AWS::Bedrock" in body or "AWS::IAM::" in body:
                    how = (
                        "Scan its template too."
                        if body is None
                        else "Scan its template as a file of its own, or collect it with `segrego collect aws`."
                    )
                    message = f"what the stack {instance.address} makes is not read. {how}"
                    self.draft.gap("not_collected", self.source.id, EVERYTHING, message, instance.address)

    def say_differences(self, path: str, lines: Lines) -> None:
        """A plan that is older or younger than its configuration does not show all of it."""
        added, gone = differences(self.plan, lines)
        for addresses, where, missing in ((added, path, self.plan.noun), (gone, self.plan.noun, f"files of {path}")):
            if addresses:
                shown = ", ".join(addresses[:5]) + (f" and {len(addresses) - 5} more" if len(addresses) > 5 else "")
                message = f"{shown} in {where} is not in the {missing}, which is judged: they differ. Plan again."
                self.draft.gap("not_collected", self.source.id, EVERYTHING, message, addresses[0])

    def say_blind(self, evaluated: Evaluated) -> None:
        """What the evaluation of a configuration could not tell."""
        for blind in evaluated.blind:
            place = Location(source=self.source.id, file=blind.file, line=blind.line, address=blind.address)
            self.draft.gap_at("not_collected", self.source.id, blind.facts, f"{blind.message}.", place)
