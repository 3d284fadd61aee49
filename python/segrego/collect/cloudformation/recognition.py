"""Which files are templates, and which belong to templates, by a look at their bytes.

A file that is not recognised is not judged, and nobody is told, so the look is generous: it reads UTF-16, and escapes
in which names of keys may be written. What only looks like a template is told apart once it is parsed.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from segrego.collect.cloudformation.assembly import is_assembly_file
from segrego.collect.cloudformation.template import Map
from segrego.collect.source import SourceFile
from segrego.errors import InputError

__all__ = ["check", "is_mere_part", "kind_of"]

_SUFFIXES = ("", ".yaml", ".yml", ".json", ".template", ".cfn", ".txt")
_RESOURCES = re.compile(rb"\bResources\b")
_MARKS = re.compile(rb"AWSTemplateFormatVersion|\b(?:AWS|Custom|Alexa)::\w+")
_TYPED = re.compile(rb"""\bType["']?\s*:\s*["']?(?:AWS|Custom|Alexa)::\w+""")
_CONSTRUCT_TREE = re.compile(rb'"version"\s*:\s*"tree-')
_ESCAPE = re.compile(rb"\\(?:x|u00|U000000)([2-7][0-9a-fA-F])")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def kind_of(file: SourceFile) -> Literal["template", "part", "assembly"] | None:
    """Whether a file looks like a template (the word ``Resources``, and a type or the format's version), like a part of
    one (resources, but no section of them), or belongs to a cloud assembly; null for none of these."""
    if file.suffix not in _SUFFIXES or _CONSTRUCT_TREE.search(file.data, 0, 4096):
        return None
    if is_assembly_file(file.name, file.data):
        return "assembly"
    data = _plain(file.data)
    if _RESOURCES.search(data) and _MARKS.search(data):
        return "template"
    return "part" if _TYPED.search(data) else None


def _plain(data: bytes) -> bytes:
    if data[:2] in _UTF_16:
        data = data.decode("utf-16", "ignore").encode("utf-8", "ignore")
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), data) if b"\\" in data else data


def is_mere_part(document: Map) -> bool:
    """Whether a parsed file is no template, though it looks like one."""
    return not {"Resources", "AWSTemplateFormatVersion", "Transform"} & set(document)


def check(template: Map, name: str) -> None:
    """Raise :class:`~segrego.errors.InputError`, naming file and line, for a template whose resources have not the
    form that CloudFormation takes."""
    if "Resources" not in template and "Transform" in template:
        template["Resources"] = Map(template.line)  # an include may bring them
        template.lines["Resources"] = template.line
    resources = template.get("Resources")
    if not isinstance(resources, Map):
        line = template.lines.get("Resources", template.line)
        raise InputError("Resources must be a mapping", where=f"{name}:{line}", hint=_hint(template))
    for logical, resource in resources.items():
        where = f"{name}:{resources.lines[logical]}"
        if logical.startswith("Fn::"):
            continue
        if not (logical.isascii() and logical.isalnum()):
            raise InputError(f"{logical!r} is no logical id", where=where, hint="Use letters and digits.")
        if not isinstance(resource, Map) or not isinstance(resource.get("Type"), str):
            raise InputError(f"the resource {logical} has no Type", where=where, hint="Correct the file.")


def _hint(template: Map) -> str:
    inner: Any = template.get("resources")
    if isinstance(inner, Map) and "Resources" in inner:
        return "Of the Serverless Framework scan what `serverless package` writes into .serverless."
    return "Correct the file."
