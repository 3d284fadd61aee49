"""SAM templates as the CloudFormation that AWS makes of them: implicit roles, policy templates, connectors, globals.

AWS's own translator (aws-sam-translator) does it, without network or credentials. It knows no source positions, so
these are put back: what the user wrote is found again by its place, and what SAM made gets the line of the resource it
was made for. The region is left open; ``AWS::Partition`` is ``aws``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

from segrego.collect.cloudformation.template import Map, Seq

__all__ = ["LOCAL", "SAM", "is_sam", "transforms", "translate"]

SAM = "AWS::Serverless-2016-10-31"

_REGION = "us-east-1"  # the translator insists on one, and derives only the partition from it
_CODE = ("CodeUri", "ContentUri", "DefinitionUri")
LOCAL = "segrego-local-code"
"""The bucket, and the image, that stand for code which is on disk and is uploaded before a template is deployed."""
_UPLOADED = f"s3://{LOCAL}/key"
_BUILT = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{LOCAL}:built"
_API_EVENTS = {"Api": "RestApiId", "HttpApi": "ApiId"}
_MAX_TRIES = 4
"""Most times that a template is translated, each without the resources that were refused before."""
_MAX_RESOURCES = 2000
"""Most SAM resources in one template; CloudFormation takes 500 resources."""
_MAX_GLOBALS = 1_000_000
"""Most values that ``Globals`` may come to once every SAM resource has its copy."""


def transforms(template: Map) -> list[str]:
    """The names of the transforms that a template declares."""
    declared = template.get("Transform")
    names = declared if isinstance(declared, list) else [declared]
    return [str(name.get("Name") if isinstance(name, Map) else name) for name in names if name is not None]


def is_sam(template: Map) -> bool:
    """Whether a template wants SAM's transform."""
    return SAM in transforms(template)


def translate(template: Map, given: Mapping[str, str]) -> tuple[Map, list[tuple[str | None, str]]]:
    """The template with SAM resources replaced, and what could not be translated: logical id (or null) and why.
    ``given`` are parameters that a file of the user gives.

    Resources that SAM refuses stay as they are, and the rest is translated without them.
    """
    if _too_large(template):
        return template, [(None, "it has more SAM resources, or larger Globals, than CloudFormation takes")]
    refused: list[tuple[str | None, str]] = []
    for _ in range(_MAX_TRIES):
        left_out = {logical for logical, _ in refused if logical}
        translated, errors = _translated(template, given, left_out)
        if translated is not None:
            return _placed(translated, template, left_out), refused
        refused.extend(errors)
        if any(logical is None or logical in left_out for logical, _ in errors):
            break
    return template, refused


def _translated(
    template: Map, given: Mapping[str, str], left_out: set[str]
) -> tuple[dict[str, Any] | None, list[tuple[str | None, str]]]:
    from samtranslator.model.exceptions import ExceptionWithMessage, InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

    logging.getLogger("samtranslator").addHandler(logging.NullHandler())
    parameters = {**given, "AWS::Region": "${AWS::Region}", "AWS::Partition": "aws"}
    try:
        plain = _prepared(template, left_out)
        to_py27_compatible_template(plain, parameters)
        translator = Translator(None, Parser(), boto_session=cast(Any, SimpleNamespace(region_name=_REGION)))
        result = undo_mark_unicode_str_in_template(translator.translate(plain, parameters, get_managed_policy_map=dict))
    except InvalidDocumentException as error:
        causes = [cause for cause in error.causes if isinstance(cause, ExceptionWithMessage)] or [error]
        return None, [(_logical_id(cause, template), str(cause.message)) for cause in causes]
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # the translator meets shapes that it does not check for, and fails in the middle of its work
        return None, [(None, f"{type(error).__name__} in the SAM translator")]
    return result, []


def _logical_id(cause: Any, template: Map) -> str | None:
    """The resource that SAM refuses, or made the refused one for; null if it is the whole template."""
    found = getattr(cause, "_logical_id", None)
    resources = template.get("Resources")
    return _origin(str(found), resources) if found is not None and isinstance(resources, Map) else None


def _prepared(template: Map, left_out: set[str]) -> dict[str, Any]:
    """A plain copy that looks packaged: local code has no place in a template that is deployed."""
    plain: dict[str, Any] = json.loads(json.dumps(template))
    resources = plain.get("Resources", {})
    for logical in left_out:
        resources.pop(logical, None)
    _thin_out_api_events(resources)
    function = plain.get("Globals", {}).get("Function", {})
    for holder in (*(r.get("Properties") for r in resources.values() if _is_serverless(r)), function):
        for name in _CODE if isinstance(holder, dict) else ():
            if isinstance(holder.get(name), str) and not holder[name].startswith("s3://"):
                holder[name] = _UPLOADED
    for resource in filter(_is_serverless, resources.values()):
        _build(resource, function)
    return plain


def _build(resource: dict[str, Any], shared: Any) -> None:
    """Put in what SAM asks for and a template lacks before it is built: the address of a function's image or code, and
    of an application of the Serverless Application Repository, for which SAM would call AWS."""
    properties = resource.get("Properties")
    if not isinstance(properties, dict):
        return
    if resource["Type"] == "AWS::Serverless::Application" and not isinstance(properties.get("Location"), str):
        properties["Location"] = f"https://{LOCAL}.invalid/application"
    if resource["Type"] != "AWS::Serverless::Function":
        return
    settings = {**(shared if isinstance(shared, dict) else {}), **properties}
    if settings.get("PackageType") == "Image":
        if "ImageUri" not in settings or "." not in str(settings["ImageUri"]):
            properties["ImageUri"] = _BUILT
    elif not {"CodeUri", "InlineCode", "ImageUri"} & set(settings):
        properties["CodeUri"] = _UPLOADED


def _too_large(template: Map) -> bool:
    resources, shared = template.get("Resources"), template.get("Globals")
    count = sum(map(_is_serverless, resources.values())) if isinstance(resources, Map) else 0
    return count > _MAX_RESOURCES or count * (shared.size if isinstance(shared, Map) else 0) > _MAX_GLOBALS


def _thin_out_api_events(resources: dict[str, Any]) -> None:
    """Leave one event for each API: they make routes, not identities, and take the translator squared time."""
    seen: set[str] = set()
    for resource in filter(_is_serverless, resources.values()):
        properties = resource.get("Properties")
        events = properties.get("Events") if isinstance(properties, dict) else None
        if not isinstance(events, dict):
            continue
        for name, event in list(events.items()):
            kind = event.get("Type") if isinstance(event, dict) else None
            if isinstance(kind, str) and kind in _API_EVENTS:
                given = event.get("Properties")
                api = given.get(_API_EVENTS[kind]) if isinstance(given, dict) else None
                if (key := json.dumps([kind, api], sort_keys=True)) in seen:
                    del events[name]
                seen.add(key)


def _is_serverless(resource: object) -> bool:
    return isinstance(resource, dict) and str(resource.get("Type", "")).startswith("AWS::Serverless::")


def _placed(translated: dict[str, Any], template: Map, left_out: set[str]) -> Map:
    """The translation with the lines of the template that it was made from."""
    result: Map = _with_lines(translated, template, template.line, _statement_lines(template))
    before, after = template["Resources"], result.get("Resources")
    if isinstance(after, Map):
        for logical in left_out:
            after[logical] = before[logical]
        for logical in after:
            after.lines[logical] = before.lines.get(logical) or _origin_line(logical, before)
    return result


def _with_lines(value: Any, original: Any, line: int, statements: dict[str, int]) -> Any:
    if isinstance(value, list):
        sequence = Seq(original.line if isinstance(original, Seq) else line)
        twins = original if isinstance(original, Seq) and len(original) == len(value) else [None] * len(value)
        sequence.extend(
            _with_lines(item, twin, sequence.line, statements) for item, twin in zip(value, twins, strict=True)
        )
        return sequence
    if not isinstance(value, dict):
        return value
    known = original.line if isinstance(original, Map) else None
    if known is None and "Effect" in value:
        known = statements.get(json.dumps(value, sort_keys=True))
    mapping = Map(known or line)
    for key, item in value.items():
        twin = original.get(key) if isinstance(original, Map) else None
        at = (original.lines.get(key) if isinstance(original, Map) else None) or mapping.line
        mapping[key] = _with_lines(item, twin, at, statements)
        mapping.lines[key] = at
    return mapping


def _statement_lines(template: Map) -> dict[str, int]:
    """Where each policy statement stands that the user wrote into a SAM resource, by its content."""
    found: dict[str, int] = {}
    stack: list[Any] = [template.get("Resources")]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if id(node) in seen or not isinstance(node, Map | Seq):
            continue
        seen.add(id(node))
        if isinstance(node, Map) and node.get("Effect") in ("Allow", "Deny"):
            found.setdefault(json.dumps(node, sort_keys=True), node.line)
        else:
            stack.extend(node.values() if isinstance(node, Map) else node)
    return found


def _origin_line(logical: str, before: Map) -> int:
    """The line of the resource that SAM made this one for."""
    origin = _origin(logical, before)
    return before.line if origin is None else before.lines[origin]


def _origin(logical: str, resources: Map) -> str | None:
    """The resource that an id is of: SAM begins generated ids with the id of their origin."""
    return max((name for name in resources if logical.startswith(name)), key=len, default=None)
