"""Answers of AWS, cut down to what :mod:`segrego.collect.aws.calls` names, as plain JSON values.

Times become nanoseconds since the Unix epoch. What may hold a secret (a URL, a schema, a set of environment variables)
is kept in a form that cannot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from segrego.collect.aws.operations import from_openapi, from_routes, from_tool_list, without_secrets

__all__ = ["FORMS", "paths", "reduced"]

Tree = Mapping[str, Any]
_BUCKET = re.compile(r"(?:s3://|arn:[^:]+:s3:::)([^/]+)(?:/.*)?")
_ARN = re.compile(r"arn:[^:\s]+:[^:\s]+:\S+")
_NODE = """lambdaFunction.lambdaArn agent.agentAliasArn lex.botAliasArn inlineCode|present knowledgeBase.knowledgeBaseId
    knowledgeBase.modelId knowledgeBase.guardrailConfiguration.guardrailIdentifier
    knowledgeBase.rerankingConfiguration|models prompt.sourceConfiguration.resource.promptArn
    prompt.sourceConfiguration.inline.modelId prompt.guardrailConfiguration.guardrailIdentifier
    storage.serviceConfiguration.s3.bucketName retrieval.serviceConfiguration.s3.bucketName"""


def reduced(answer: object, kept: str) -> Any:
    """The parts of an answer that ``kept`` names. An empty text keeps texts (the items of a plain listing) alone."""
    if not kept.strip():
        return answer if isinstance(answer, str) else {}
    return _cut(answer, _tree(kept))


def paths(kept: str) -> tuple[tuple[str, ...], ...]:
    """The paths of a text, without their forms."""
    return tuple(tuple(path.partition("|")[0].split(".")) for path in kept.split())


@cache
def _tree(kept: str) -> Tree:
    """Nested by member. The leaf of a path is the form to keep it in."""
    root: dict[str, Any] = {}
    for path in kept.split():
        names, _, form = path.partition("|")
        *above, last = names.split(".")
        node = root
        for name in above:
            node = node.setdefault(name, {})
        node[last] = form
    return root


def _cut(value: object, tree: Tree) -> Any:
    if isinstance(value, list | tuple):
        return [_cut(item, tree) for item in value]
    if not isinstance(value, Mapping):
        return None
    return {
        name: FORMS[below](value[name]) if isinstance(below, str) else _cut(value[name], below)
        for name, below in tree.items()
        if value.get(name) is not None
    }


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp()) * 1_000_000_000
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _addresses(node: object) -> list[str]:
    """Every ARN and S3 bucket (``s3://NAME``) in a configuration, wherever in it. Other texts are not kept."""
    found = set()
    for text in _texts(node):
        if bucket := _BUCKET.fullmatch(text):
            found.add(f"s3://{bucket[1]}")
        elif _ARN.fullmatch(text):
            found.add(text)
    return sorted(found)


def _texts(node: object) -> Iterable[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for item in node.values():
            yield from _texts(item)
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _texts(item)


def _under_names(node: object, names: frozenset[str]) -> list[str]:
    """The texts under members of these names, wherever in a configuration."""
    found: set[str] = set()
    if isinstance(node, Mapping):
        for key, item in node.items():
            if key in names and isinstance(item, str):
                found.add(item)
            else:
                found.update(_under_names(item, names))
    elif isinstance(node, list | tuple):
        found.update(text for item in node for text in _under_names(item, names))
    return sorted(found)


def _flow(definition: object) -> list[dict[str, Any]]:
    """A flow's nodes, and those of the loops in it."""
    found = []
    for node in definition.get("nodes") or () if isinstance(definition, Mapping) else ():
        configuration = node.get("configuration") or {}
        inner = (configuration.get("loop") or {}).get("definition")
        found.append({"name": node["name"], "nodes": _flow(inner), **_cut(configuration, _tree(_NODE))})
    return found


FORMS: dict[str, Callable[[Any], Any]] = {
    "": _plain,
    "addresses": _addresses,
    "flow": _flow,
    "functions": lambda part: _under_names(part, frozenset({"lambdaArn"})),
    "last_used": lambda part: _plain(part.get("LastUsedDate")) or 0,
    "models": lambda part: _under_names(part, frozenset({"modelArn", "modelId"})),
    "names": sorted,
    "openapi": from_openapi,
    "present": bool,
    "routes": from_routes,
    "secrets": lambda part: _under_names(part, frozenset({"secretArn"})),
    "tools": from_tool_list,
    "url": without_secrets,
}
"""What a part of an answer is kept as. ``last_used`` is 0 for a role that was not used in the tracking period."""
