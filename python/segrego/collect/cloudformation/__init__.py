"""CloudFormation, SAM and CDK output (``cdk.out``), in YAML and JSON.

Workloads, roles, policies, tools and resources get the id ``<file>#<LogicalId>`` (inline policies and action groups add
``/<name>``). All templates of one scan are read together, so that nested stacks, exports and names resolve across them.
Every template is one scope: a template that is nested several times stands once, with the parameters on which its
parents agree.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from segrego.collect.cloudformation.draft import Draft, id_of, tags_of
from segrego.collect.cloudformation.names import DATA_TYPES
from segrego.collect.cloudformation.roles import Roles
from segrego.collect.cloudformation.sam import SAM, is_sam, transforms, translate
from segrego.collect.cloudformation.scope import Scan, Scope
from segrego.collect.cloudformation.template import Map, decode
from segrego.collect.cloudformation.tools import Tools
from segrego.collect.cloudformation.uses import Uses
from segrego.collect.cloudformation.workloads import Workloads
from segrego.collect.source import SourceFile
from segrego.errors import InputError
from segrego.inventory import Fact, Inventory, Location, Resource, Source

__all__ = ["SOURCE", "CloudFormationSource"]

_SUFFIXES = ("", ".yaml", ".yml", ".json", ".template", ".cfn", ".txt")
_RESOURCES = re.compile(rb"""^[ \t{,]*["']?Resources["']?[ \t]*:|"Resources"\s*:""", re.MULTILINE)
_MARKS = re.compile(rb"AWSTemplateFormatVersion|\b(?:AWS|Custom|Alexa)::\w+")
_HIDDEN: tuple[Fact, ...] = ("workloads", "bindings", "tools", "trust", "policies", "boundary")
_HARMLESS = frozenset({SAM, "AWS::CodeDeployBlueGreen", "AWS::CodeStar"})
"""Transforms that are carried out here, or that bring no role and no workload."""


class CloudFormationSource:
    """The source for template files."""

    kind = "cloudformation"

    def claims(self, file: SourceFile) -> bool:
        """Whether the file looks like a template: a ``Resources`` section, and a type or the format's version."""
        return file.suffix in _SUFFIXES and bool(_RESOURCES.search(file.data)) and bool(_MARKS.search(file.data))

    def read(self, files: Sequence[SourceFile]) -> Inventory:
        """All templates of one scan. A file that cannot be read is a gap, and the rest is read without it."""
        scan = Scan()
        draft = Draft(scan)
        for file in files:
            _load(file, scan, draft)
        scan.link()
        roles = Roles(draft)
        roles.collect()
        Workloads(draft, roles).collect()
        tools = Tools(draft)
        tools.collect()
        Uses(draft, tools).collect()
        for scope in scan.scopes.values():
            _add_resources(draft, scope)
        return draft.inventory([_source(file) for file in files])


SOURCE = CloudFormationSource()


def _source(file: SourceFile) -> Source:
    return Source(id=file.name, kind="cloudformation", digest=f"sha256:{hashlib.sha256(file.data).hexdigest()}")


def _load(file: SourceFile, scan: Scan, draft: Draft) -> None:
    try:
        template = decode(file.data, file.name)
        _check(template, file.name)
    except InputError as error:
        line = (error.where or "").rpartition(":")[2]
        place = Location(source=file.name, file=file.name, line=int(line) if line.isdecimal() else None)
        hint = f" {error.hint}" if error.hint else ""
        draft.gap_at(
            "unreadable_file", file.name, _HIDDEN, f"the template cannot be read: {error.message}.{hint}", place
        )
        return
    _say_unsupported(template, file.name, draft)
    if is_sam(template):
        template, refused = translate(template)
        for logical, why in refused:
            line_number = template["Resources"].lines.get(logical) if logical else None
            place = Location(source=file.name, file=file.name, line=line_number, address=logical)
            message = f"the SAM transform refused {logical or 'the template'}: {why.rstrip('.')}. Correct it"
            draft.gap_at("unsupported", file.name, _HIDDEN, message, place)
    scan.add(file.name, template)


def _check(template: Map, name: str) -> None:
    resources = template.get("Resources")
    if not isinstance(resources, Map):
        line = template.lines.get("Resources", template.line)
        raise InputError("Resources must be a mapping", where=f"{name}:{line}", hint="Correct the file.")
    for logical, resource in resources.items():
        if not logical.startswith("Fn::") and not (logical.isascii() and logical.isalnum()):
            line = resources.lines[logical]
            raise InputError(f"{logical!r} is no logical id", where=f"{name}:{line}", hint="Use letters and digits.")
        if not logical.startswith("Fn::") and (
            not isinstance(resource, Map) or not isinstance(resource.get("Type"), str)
        ):
            raise InputError(
                f"the resource {logical} has no Type",
                where=f"{name}:{resources.lines[logical]}",
                hint="Correct the file.",
            )


def _say_unsupported(template: Map, name: str, draft: Draft) -> None:
    """Macros and loops make resources that are not in the file."""
    for transform in transforms(template):
        if transform not in _HARMLESS and not transform.startswith("AWS::LanguageExtensions"):
            place = Location(source=name, file=name, line=template.lines.get("Transform"))
            message = f"the transform {transform} is not carried out: scan the processed template"
            draft.gap_at("unsupported", name, _HIDDEN, message, place)
    resources = template["Resources"]
    for logical in resources:
        if logical.startswith("Fn::"):
            place = Location(source=name, file=name, line=resources.lines[logical])
            message = f"{logical} is not carried out: scan the processed template"
            draft.gap_at("unsupported", name, _HIDDEN, message, place)


def _add_resources(draft: Draft, scope: Scope) -> None:
    for logical in scope.of_type(*DATA_TYPES):
        arn = scope.arn_of(logical)
        name = scope.name_of(logical)
        resource = Resource(
            id=id_of(scope, logical),
            kind=scope.type(logical),
            name=logical if "${" + logical + "}" == name else str(name),
            arn=str(arn) if arn is not None else None,
            tags=tags_of(scope, logical),
            location=scope.location(logical),
        )
        draft.resources[resource.id] = resource
        scope.take_dangling()
