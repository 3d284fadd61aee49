"""Literals of HCL2: escapes, numbers, and the indentation of heredocs."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["dedented", "number", "undoubled", "unescaped"]

_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))')
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_DOUBLED = re.compile(r"(\$|%)\1\{")


def undoubled(text: str) -> str:
    """``$${`` and ``%%{`` as the texts that they stand for."""
    return _DOUBLED.sub(r"\1{", text)


def unescaped(text: str) -> str:
    """The content of a quoted text."""
    text = undoubled(text)
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: Any) -> str:
    if match[1]:
        return _SIMPLE[match[1]]
    code = int(match[2] or match[3], 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def number(text: str) -> int | float:
    """The value of a number as it is written; 0 where it is none."""
    try:
        return int(text) if len(text) < 400 and text.isdigit() else float(text)
    except (ValueError, OverflowError):
        return 0


def dedented(text: str) -> str:
    """The lines of an indented heredoc without the indentation that they share."""
    lines = text.split("\n")
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
    least = min(indents, default=0)
    return "\n".join(line[least:] if line[:least].isspace() or not least else line.lstrip(" \t") for line in lines)
