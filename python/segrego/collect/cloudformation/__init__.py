"""CloudFormation, SAM and CDK output (``cdk.out``), in YAML and JSON.

Workloads, roles, policies, tools and resources get the id ``<stack>#<LogicalId>`` (inline policies and action groups
add ``/<name>``). A stack is called like its file; where a scan nests one file several times, every nested stack of it
is a stack of its own, called ``<file>@<stack that nests it>/<LogicalId there>``. All templates of one scan are read
together, so that nested stacks, exports and names resolve across them.

SAM's transform is AWS's own (aws-sam-translator). cfn-lint was looked at for the rest, and is used for its resource
schemas in tests alone: its decoder is not made for files that somebody else wrote (see ``template``), it fills what it
does not know with values that it makes up (see ``extensions``), its conditions are scenarios for sympy where a scan
needs one answer and whether it hangs on a default, and it would bring 140 MB.
"""

from __future__ import annotations

import hashlib
from collections import ChainMap
from collections.abc import Sequence
from typing import Any, cast

from segrego.collect.cloudformation.credentials import Credentials
from segrego.collect.cloudformation.draft import Draft, forget_open, id_of, tags_of
from segrego.collect.cloudformation.extensions import Snippets
from segrego.collect.cloudformation.identity import say_ambiguous
from segrego.collect.cloudformation.names import DATA_TYPES
from segrego.collect.cloudformation.organizations import read_organization
from segrego.collect.cloudformation.parameter_files import Given, read_parameters
from segrego.collect.cloudformation.policies import Policies
from segrego.collect.cloudformation.prepare import Preparer
from segrego.collect.cloudformation.recognition import check, is_mere_part, kind_of
from segrego.collect.cloudformation.resource_policies import ResourcePolicies
from segrego.collect.cloudformation.roles import Roles
from segrego.collect.cloudformation.scan import Scan
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.telemetry import Telemetries
from segrego.collect.cloudformation.template import Map, decode
from segrego.collect.cloudformation.tools import Tools
from segrego.collect.cloudformation.uses import Uses
from segrego.collect.cloudformation.workloads import Workloads
from segrego.collect.draft import EVERYTHING
from segrego.collect.source import SourceFile
from segrego.errors import InputError
from segrego.inventory import Inventory, Location, Resource, Source

__all__ = ["SOURCE", "CloudFormationSource"]

_MAX_DOUBLED = 20
"""Most keys of one file that are named because they stand twice: one alone keeps the verdict from being a pass."""


class CloudFormationSource:
    """The source for template files, and for what stands beside them: manifests of a cloud assembly, files that
    templates include, files of parameters that the user gives."""

    kind = "cloudformation"

    def claims(self, file: SourceFile) -> bool:
        """Whether the file looks like a template, like a part that one may include, or belongs to a cloud assembly."""
        return kind_of(file) is not None

    def read(self, files: Sequence[SourceFile]) -> Inventory:
        """All templates of one scan. A file that cannot be read is a gap, and the rest is read without it.

        Raises :class:`~segrego.errors.InputError` for a file of parameters that cannot be read, or that gives a
        parameter which no template has.
        """
        scan = Scan()
        draft = Draft(scan)
        snippets = Snippets()
        given = [_parameters(file) for file in files if file.given is not None]
        read = [file for file in files if file.given is None]
        for file in read:
            _load(file, scan, draft, snippets)
        _give(scan, given)
        scan.link(Preparer(ChainMap(scan.templates, cast(Any, snippets))))
        _say_left(draft, scan)
        _collect(draft)
        used = [file for file in read if file.name not in snippets or file.name in scan.used or file.named]
        for file in used:
            if file.name in snippets and file.name not in scan.used:
                place = Location(source=file.name, file=file.name)
                draft.gap_at("unreadable_file", file.name, EVERYTHING, "no template, and none takes it in", place)
        listed = {file.name: file for file in (*used, *(file for file in files if file.given is not None))}
        return draft.inventory([_source(file, scan) for file in listed.values()])


SOURCE = CloudFormationSource()


def _collect(draft: Draft) -> None:
    roles = Roles(draft)
    roles.collect()
    Workloads(draft, roles).collect()
    credentials = Credentials(draft)
    credentials.collect()
    tools = Tools(draft, credentials)
    tools.collect()
    Uses(draft, tools).collect()
    for scope in draft.scan.scopes.values():
        _add_resources(draft, scope)
    ResourcePolicies(draft).collect()
    Telemetries(draft).collect()
    read_organization(draft, Policies(draft))
    say_ambiguous(draft, roles)


def _source(file: SourceFile, scan: Scan) -> Source:
    environment = scan.assembly.environment_of(file.name)
    digest = f"sha256:{hashlib.sha256(file.data).hexdigest()}"
    return Source(
        id=file.name, kind="cloudformation", digest=digest, account=environment.account, region=environment.region
    )


def _load(file: SourceFile, scan: Scan, draft: Draft, snippets: Snippets) -> None:
    kind = kind_of(file)
    if kind == "part":
        snippets.add(file.name, file.data)
        return
    doubled: list[tuple[str, int]] = []
    try:
        document = decode(file.data, file.name, lambda key, line: doubled.append((key, line)))
        if kind == "assembly":
            scan.assembly.add(file.name, document)
        elif kind == "template" and is_mere_part(document) and not _is_serverless(document):
            snippets.add(file.name, file.data)
        else:
            check(document, file.name)
            scan.add(file.name, document)
            _say_doubled(draft, file.name, doubled)
    except InputError as error:
        line = (error.where or "").rpartition(":")[2]
        place = Location(source=file.name, file=file.name, line=int(line) if line.isdecimal() else None)
        hint = f" {error.hint}" if error.hint else ""
        draft.gap_at(
            "unreadable_file", file.name, EVERYTHING, f"the template cannot be read: {error.message}.{hint}", place
        )


def _is_serverless(document: Map) -> bool:
    """Whether a file is one of the Serverless Framework, whose resources are made of it."""
    return "provider" in document and ("resources" in document or "functions" in document)


def _say_doubled(draft: Draft, file: str, doubled: Sequence[tuple[str, int]]) -> None:
    for key, line in doubled[:_MAX_DOUBLED]:
        message = f"the key {key!r} stands twice in one mapping, and only the last counts: leave one of them"
        draft.gap_at("unsupported", file, EVERYTHING, message, Location(source=file, file=file, line=line))


def _parameters(file: SourceFile) -> tuple[SourceFile, Given]:
    assert file.given is not None
    return file, read_parameters(file.data, file.name, file.given.section)


def _give(scan: Scan, given: Sequence[tuple[SourceFile, Given]]) -> None:
    """Hand the parameters of the user's files to templates: the one that the option names, or the file, or all."""
    for file, parameters in given:
        assert file.given is not None
        wanted = file.given.target
        if wanted and wanted not in scan.templates:
            raise InputError(f"{wanted} is no template of the scan", where=file.name, hint="Correct --parameters.")
        named = wanted or next((name for name in scan.templates if _is_path(name, parameters.template)), "")
        targets = [named] if named else list(scan.templates)
        for name in parameters.values:
            if not any(name in scan.declared_parameters(target) for target in targets):
                where = named or "any template of the scan"
                hint = "Correct its name, or leave it out."
                raise InputError(f"{name} is no parameter of {where}", where=file.name, hint=hint)
        for target in targets:
            scan.assembly.give(target, parameters.values)


def _is_path(name: str, path: str | None) -> bool:
    return path is not None and (name == path or name.endswith(f"/{path}"))


def _say_left(draft: Draft, scan: Scan) -> None:
    for scope in scan.scopes.values():
        for left in scope.left:
            address = ".".join((*scope.path, left.logical)) if left.logical else None
            place = Location(source=scope.file, file=scope.file, line=left.line, address=address)
            draft.gap_at(left.code, scope.file, EVERYTHING, left.why, place)


def _add_resources(draft: Draft, scope: Scope) -> None:
    for logical in scope.of_type(*DATA_TYPES):
        arn = scope.arn_of(logical)
        name = scope.name_of(logical)
        resource = Resource(
            id=id_of(scope, logical),
            kind=scope.type(logical),
            name=logical if "${" + logical + "}" == name else str(name),
            arn=str(arn) if arn is not None else None,
            account=scope.pseudo.get("AWS::AccountId"),
            tags=tags_of(scope, logical),
            location=scope.location(logical),
        )
        draft.resources[resource.id] = resource
        forget_open(scope)
