"""Files that give parameters their values, in the forms that AWS's tools read.

* AWS CLI: ``[{"ParameterKey": …, "ParameterValue": …}]`` or ``["Key=Value"]``
* CodePipeline, and ``aws cloudformation deploy``: ``{"Parameters": {…}}``
* CloudFormation Git sync: ``template-file-path`` and ``parameters``
* SAM: ``samconfig.toml`` (or ``.yaml``), with ``[ENV.deploy.parameters]`` or ``[ENV.global.parameters]``
* a flat mapping of names to values
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segrego.collect.cloudformation.assembly import normal
from segrego.errors import InputError
from segrego.loading import load

__all__ = ["Given", "read_parameters"]

_FORMS = (
    "Write it as the AWS CLI, CodePipeline, CloudFormation Git sync or SAM (samconfig.toml) take parameters, "
    "or as a mapping of names to values."
)


@dataclass(frozen=True, slots=True)
class Given:
    """The values of a file, and the template that it names (null: all templates that no other nests)."""

    values: Mapping[str, str]
    template: str | None


def read_parameters(data: bytes, name: str, environment: str) -> Given:
    """The parameters in a file. ``environment`` is the section of a SAM configuration (empty: ``default``).

    Raises :class:`~segrego.errors.InputError` for a file that has none of the forms above.
    """
    document = _toml(data, name) if name.lower().endswith(".toml") else load(data, name).value
    if isinstance(document, list):
        return Given(_entries(document, name), None)
    if not isinstance(document, Mapping):
        raise InputError("holds no parameters", where=name, hint=_FORMS)
    if "template-file-path" in document or isinstance(document.get("parameters"), Mapping):
        return _git_sync(document, name)
    if "Parameters" in document:
        return Given(_values(document["Parameters"], name), None)
    if "version" in document and isinstance(document.get(environment or "default"), Mapping):
        return _sam(document[environment or "default"], name)
    if environment:
        raise InputError(f"has no environment {environment}", where=name, hint="Name one that the file has.")
    return Given(_values(document, name), None)


def _toml(data: bytes, name: str) -> Any:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not valid TOML: {error}", where=name, hint="Correct the file.") from error


def _entries(entries: list[Any], name: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, str) and "=" in entry:
            key, _, value = entry.partition("=")
            values[key] = value
        elif isinstance(entry, Mapping) and isinstance(entry.get("ParameterKey"), str):
            if "ParameterValue" in entry:  # an update may say UsePreviousValue instead
                values.update(_values({entry["ParameterKey"]: entry["ParameterValue"]}, name))
        else:
            raise InputError("an entry is no parameter", where=name, hint=_FORMS)
    return values


def _values(given: Any, name: str) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise InputError("its parameters are no mapping", where=name, hint=_FORMS)
    values = {}
    for key, value in given.items():
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str | int | float) for item in items):
            raise InputError(f"the value of {key} is no text", where=name, hint=_FORMS)
        values[str(key)] = ",".join(str(item).lower() if isinstance(item, bool) else str(item) for item in items)
    return values


def _git_sync(document: Mapping[str, Any], name: str) -> Given:
    path = document.get("template-file-path")
    values = _values(document.get("parameters", {}), name)
    return Given(values, normal(path) if isinstance(path, str) else None)


def _sam(environment: Mapping[str, Any], name: str) -> Given:
    """A section's parameters: what ``global`` says, then ``deploy``."""
    settings: dict[str, Any] = {}
    for command in ("global", "deploy"):
        section = environment.get(command)
        parameters = section.get("parameters") if isinstance(section, Mapping) else None
        settings.update(parameters if isinstance(parameters, Mapping) else {})
    given = settings.get("parameter_overrides", {})
    if isinstance(given, Mapping):
        values = _values(given, name)
    else:
        values = _overrides(given if isinstance(given, list) else [given], name)
    template = settings.get("template_file") or settings.get("template")
    folder = name.rpartition("/")[0]
    path = normal(f"{folder}/{template}" if folder else template) if isinstance(template, str) else None
    return Given(values, path)


def _overrides(texts: list[Any], name: str) -> dict[str, str]:
    """``Key=Value`` pairs, or ``ParameterKey=Key,ParameterValue=Value``, as a shell would part them."""
    values: dict[str, str] = {}
    for text in texts:
        try:
            pairs = shlex.split(text) if isinstance(text, str) else None
        except ValueError as error:
            raise InputError(f"parameter_overrides: {error}", where=name, hint="Correct the quotes.") from error
        for pair in pairs or ():
            key, _, value = pair.partition("=")
            if key == "ParameterKey":
                key, _, value = value.partition(",ParameterValue=")
            values[key] = value
    return values
