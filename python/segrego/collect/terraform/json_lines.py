"""Lines of the statements in a policy document that stands as JSON in a heredoc or a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from segrego.collect.terraform.terms import Document, Lined

__all__ = ["with_lines"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]\n]')


def with_lines(text: str, file: str, line: int) -> str:
    """The text; if it is the JSON of a policy document that starts at ``line``, its statements know their lines."""
    if '"Statement"' not in text or not text.lstrip().startswith("{"):
        return text
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text
    found = document.get("Statement")
    statements = found if isinstance(found, list) else [found]
    lines = list(_starts(text, line))
    if len(lines) != len(statements) or not all(isinstance(statement, dict) for statement in statements):
        return text
    placed = [Lined(statement, (file, at)) for statement, at in zip(statements, lines, strict=True)]
    return Document(text, {**document, "Statement": placed})


def _starts(text: str, line: int) -> Iterator[int]:
    """The lines at which the statements start: objects below the key ``Statement`` of the outermost object."""
    depth, inside, last = 0, False, ""
    for match in _TOKEN.finditer(text):
        sign = match[0]
        if sign == "\n":
            line += 1
        elif sign in "{[":
            inside = inside or (depth == 1 and last == '"Statement"')
            if inside and sign == "{" and depth in (1, 2):
                yield line
            depth += 1
        elif sign in "}]":
            depth -= 1
            inside = inside and depth > 1
        if depth == 1 and sign.startswith('"'):
            last = sign
