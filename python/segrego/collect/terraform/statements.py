"""``data.aws_iam_policy_document`` evaluated: the policy document that Terraform makes of its blocks.

Statements of ``source_policy_documents`` come first, then its own, then those of ``override_policy_documents``; a
later one takes the place of an earlier one with the same ``sid`` (the AWS provider's documentation).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from segrego.collect.terraform.conversions import as_text, encode
from segrego.collect.terraform.terms import Document, Lined, Place, Text, UndecidedError, Unknown

__all__ = ["policy_document"]

_LISTS = (
    ("actions", "Action"),
    ("not_actions", "NotAction"),
    ("resources", "Resource"),
    ("not_resources", "NotResource"),
)


def policy_document(values: Mapping[str, Any], place: Place) -> Document:
    """The document of a data source with these values.

    Raises :class:`~segrego.collect.terraform.terms.UndecidedError` where a statement cannot be told.
    """
    groups = [
        *_documents(values, "source_json", "source_policy_documents"),
        [_statement(block, place) for block in _blocks(values.get("statement"))],
        *_documents(values, "override_json", "override_policy_documents"),
    ]
    merged: dict[object, Any] = {}
    for group in groups:
        for statement in group:
            merged[statement.get("Sid") or object()] = statement
    version = values.get("version")
    document = {"Version": version if isinstance(version, str) else "2012-10-17", "Statement": list(merged.values())}
    return encode(Lined(document, place))


def _documents(values: Mapping[str, Any], single: str, several: str) -> list[list[Any]]:
    given = [values.get(single), *_listed(values.get(several))]
    return [_statements(document) for document in given if document is not None and document != ""]


def _statements(document: Any) -> list[Any]:
    if isinstance(document, Document):
        found = document.value
    elif isinstance(document, Unknown) or (isinstance(document, Text) and document.leaf is not None):
        raise UndecidedError
    else:
        try:
            found = json.loads(document)
        except (ValueError, TypeError, RecursionError) as error:
            raise UndecidedError from error
    statements = found.get("Statement") if isinstance(found, dict) else None
    listed = [statements] if isinstance(statements, dict) else statements
    if not isinstance(listed, list) or not all(isinstance(statement, dict) for statement in listed):
        raise UndecidedError
    return listed


def _statement(block: Mapping[str, Any], place: Place) -> Lined:
    made: dict[str, Any] = {}
    if block.get("sid"):
        made["Sid"] = block["sid"]
    made["Effect"] = block.get("effect") or "Allow"
    for name, element in _LISTS:
        if found := _texts(block.get(name)):
            made[element] = found
    for name, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        principals: dict[str, list[Any]] = {}
        for inner in _blocks(block.get(name)):
            principals.setdefault(str(_known(inner.get("type"))), []).extend(_texts(inner.get("identifiers")))
        if principals:
            made[element] = "*" if principals == {"*": ["*"]} else principals
    conditions: dict[str, dict[str, list[Any]]] = {}
    for inner in _blocks(block.get("condition")):
        test, variable = (str(_known(inner.get(name))) for name in ("test", "variable"))
        conditions.setdefault(test, {}).setdefault(variable, []).extend(_texts(inner.get("values")))
    if conditions:
        made["Condition"] = conditions
    return Lined(made, block.place if isinstance(block, Lined) else place)


def _blocks(value: Any) -> list[Mapping[str, Any]]:
    found = _listed(value)
    if not all(isinstance(block, dict) for block in found):
        raise UndecidedError
    return found


def _listed(value: Any) -> list[Any]:
    if isinstance(value, Unknown):
        raise UndecidedError
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: Any) -> list[Any]:
    """A list of texts. One that is not known as a whole is one text ``${…}``, in what names things."""
    if isinstance(value, Unknown):
        return [as_text(value)]
    return [_interpolated(item) for item in _listed(value) if item is not None]


def _interpolated(item: Any) -> Any:
    """``&{…}`` stands for IAM's own ``${…}``."""
    if isinstance(item, str):
        return (
            item
            if "&{" not in item
            else Text(item.replace("&{", "${"))
            if isinstance(item, Text)
            else item.replace("&{", "${")
        )
    return as_text(item)


def _known(value: Any) -> Any:
    if value is None or isinstance(value, Unknown):
        raise UndecidedError
    return value
