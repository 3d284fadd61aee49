"""Folders of configuration: what the files of each declare, and which of them are root modules.

A folder is a root module unless another folder of the scan calls it. Values for a root's variables are those that
Terraform takes by itself: ``terraform.tfvars``, ``*.auto.tfvars`` and their JSON twins, later names over earlier ones.
A single other ``*.tfvars`` file stands in for what these leave open, as a default would.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segrego.collect.source import SourceFile
from segrego.collect.terraform.hcl import parse, parse_template
from segrego.collect.terraform.syntax import Block, Body, Expr, Literal, Object, Tuple
from segrego.errors import InputError
from segrego.loading import load

__all__ = ["Folder", "is_configuration", "is_values", "read_folders", "roots"]

_CONFIGURATION = (".tf", ".tf.json", ".tofu", ".tofu.json")
_VALUES = (".tfvars", ".tfvars.json")
_LABELS = {"resource": 2, "data": 2, "variable": 1, "output": 1, "module": 1, "provider": 1}
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:\n]')
MAX_JSON_DEPTH = 64


@dataclass(slots=True, eq=False)
class Folder:
    """A module's source: blocks by name, ``data.`` before the address of data sources. ``given``: values of variables,
    and whether Terraform takes them by itself."""

    path: str
    root: Path | None
    files: list[SourceFile] = field(default_factory=list)
    unread: list[tuple[str, InputError]] = field(default_factory=list)
    variables: dict[str, Block] = field(default_factory=dict)
    locals: dict[str, tuple[Expr, str]] = field(default_factory=dict)
    resources: dict[str, Block] = field(default_factory=dict)
    calls: dict[str, Block] = field(default_factory=dict)
    outputs: dict[str, Block] = field(default_factory=dict)
    providers: list[Block] = field(default_factory=list)
    given: dict[str, tuple[Expr, bool]] = field(default_factory=dict)

    def called(self, block: Block) -> str | None:
        """The folder that a ``module`` block calls; null where its source is not local."""
        source = block.body.attributes.get("source")
        text = source.value if isinstance(source, Literal) and isinstance(source.value, str) else ""
        if not text.startswith(("./", "../")) and text not in (".", ".."):
            return None
        return posixpath.normpath(posixpath.join(self.path, text))


def is_configuration(name: str) -> bool:
    """Whether a file declares resources, by its name."""
    return name.endswith(_CONFIGURATION)


def is_values(name: str) -> bool:
    """Whether a file gives values of variables, by its name."""
    return name.endswith(_VALUES)


def read_folders(files: Sequence[SourceFile]) -> dict[str, Folder]:
    """The folders of all files, by path. What cannot be read is in :attr:`Folder.unread`."""
    found: dict[str, Folder] = {}
    for file in files:
        path = posixpath.dirname(file.name) or "."
        folder = found.setdefault(path, Folder(path, file.root))
        folder.files.append(file)
    for folder in found.values():
        for file in sorted(folder.files, key=lambda file: ("override" in file.name.rpartition("/")[2], file.name)):
            if is_configuration(file.name):
                _declare(folder, file)
        _give(folder)
    return found


def roots(folders: dict[str, Folder]) -> list[Folder]:
    """The folders that declare something and that no other one calls; of those that only call one another, the
    first."""
    calls = {
        path: {target for block in folder.calls.values() if (target := folder.called(block)) in folders}
        for path, folder in folders.items()
    }
    called = {target for path, targets in calls.items() for target in targets if target != path}
    declaring = [path for path in sorted(folders) if any(is_configuration(f.name) for f in folders[path].files)]
    found = [path for path in declaring if path not in called]
    reached: set[str] = set()
    for path in [*found, *declaring]:
        if path not in reached and path not in found:
            found.append(path)
        stack = [path]
        while stack:
            if (here := stack.pop()) not in reached:
                reached.add(here)
                stack.extend(target for target in calls[here] if target is not None)
    return [folders[path] for path in found]


def _declare(folder: Folder, file: SourceFile) -> None:
    try:
        body = _json(file) if file.name.endswith(".json") else parse(file.data, file.name)
    except InputError as error:
        folder.unread.append((file.name, error))
        return
    overriding = re.search(r"(^|_)override\.", file.name.rpartition("/")[2]) is not None
    for block in body.blocks:
        if block.type == "locals":
            folder.locals.update({name: (value, block.file) for name, value in block.body.attributes.items()})
        elif block.type in _LABELS and len(block.labels) >= _LABELS[block.type]:
            _enter(folder, block, overriding=overriding)


def _enter(folder: Folder, block: Block, *, overriding: bool) -> None:
    tables: dict[str, tuple[dict[str, Block], str]] = {
        "resource": (folder.resources, ".".join(block.labels)),
        "data": (folder.resources, "data." + ".".join(block.labels)),
        "variable": (folder.variables, block.labels[0]),
        "output": (folder.outputs, block.labels[0]),
        "module": (folder.calls, block.labels[0]),
    }
    if block.type == "provider":
        folder.providers.append(block)
        return
    table, name = tables[block.type]
    if overriding and name in table:  # an override file changes single arguments, and whole blocks
        old = table[name].body
        kinds = {inner.type for inner in block.body.blocks}
        kept = [inner for inner in old.blocks if inner.type not in kinds]
        body = Body({**old.attributes, **block.body.attributes}, [*kept, *block.body.blocks])
        table[name] = Block(block.type, block.labels, body, table[name].file, table[name].line)
    else:
        table.setdefault(name, block)


def _give(folder: Folder) -> None:
    own = [file for file in folder.files if is_values(file.name)]
    automatic = [file for file in own if _is_automatic(file)]
    named = [file for file in own if file not in automatic and file.named]
    others = [file for file in own if file not in automatic and file not in named]
    order = sorted(
        automatic, key=lambda file: (not file.name.endswith(("/terraform.tfvars", "terraform.tfvars")), file.name)
    )
    for file, exact in [
        *((f, False) for f in (others if len(others) == 1 else [])),
        *((f, True) for f in [*order, *named]),
    ]:
        try:
            body = _json(file) if file.name.endswith(".json") else parse(file.data, file.name)
        except InputError as error:
            folder.unread.append((file.name, error))
            continue
        folder.given.update({name: (value, exact) for name, value in body.attributes.items()})


def _is_automatic(file: SourceFile) -> bool:
    base = file.name.rpartition("/")[2]
    return base in ("terraform.tfvars", "terraform.tfvars.json") or base.endswith((".auto.tfvars", ".auto.tfvars.json"))


def _json(file: SourceFile) -> Body:
    document = load(file.data, file.name).value
    if not isinstance(document, dict):
        raise InputError("not an object", where=file.name, hint="Give Terraform's JSON syntax.")
    if is_values(file.name):
        return Body({name: _value(value, file.name, 1, 0) for name, value in document.items()})
    lines = _lines(file.data.decode("utf-8-sig"))
    made = Body()
    for kind, content in document.items():
        _json_blocks(made, str(kind), content, _LABELS.get(str(kind), 0), (), file.name, lines)
    return made


def _json_blocks(
    made: Body,
    kind: str,
    content: Any,
    labels: int,
    path: tuple[str, ...],
    name: str,
    lines: dict[tuple[str, ...], int],
) -> None:
    for item in content if isinstance(content, list) else [content]:
        if not isinstance(item, dict):
            continue
        if labels:
            for label, inner in item.items():
                _json_blocks(made, kind, inner, labels - 1, (*path, str(label)), name, lines)
        else:
            line = lines.get((kind, *path), 1)
            made.blocks.append(Block(kind, path, _json_body(item, name, line), name, line))


def _json_body(content: dict[str, Any], name: str, line: int) -> Body:
    """In the JSON syntax, blocks and attributes are written alike: both are values here, but for ``dynamic``."""
    made = Body()
    for key, value in content.items():
        if key == "dynamic" and isinstance(value, dict):
            for label, inner in value.items():
                for item in inner if isinstance(inner, list) else [inner]:
                    if isinstance(item, dict) and isinstance(item.get("content"), dict):
                        body = _json_body({k: v for k, v in item.items() if k != "content"}, name, line)
                        body.blocks.append(Block("content", (), _json_body(item["content"], name, line), name, line))
                        made.blocks.append(Block("dynamic", (str(label),), body, name, line))
        elif key != "//":
            made.attributes[str(key)] = _value(value, name, line, 0)
    return made


def _value(value: Any, name: str, line: int, depth: int) -> Expr:
    if depth > MAX_JSON_DEPTH:
        raise InputError("nested too deeply", where=f"{name}:{line}", hint="Check what made this file.")
    if isinstance(value, dict):
        pairs = ((Literal(line, str(k), str(k)), _value(v, name, line, depth + 1)) for k, v in value.items())
        return Object(line, "{…}", tuple(pairs))
    if isinstance(value, list):
        return Tuple(line, "[…]", tuple(_value(item, name, line, depth + 1) for item in value))
    if isinstance(value, str):
        return parse_template(value, name, line)
    return Literal(line, str(value), value)


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """The line at which each key of the three uppermost levels of a JSON document starts. Lists are no level."""
    found: dict[tuple[str, ...], int] = {}
    line, path = 1, list[str]()
    stack: list[bool] = []
    last = ""
    for match in _TOKEN.finditer(text):
        sign = match[0]
        if sign == "\n":
            line += 1
        elif sign in "{[":
            stack.append(sign == "{" and bool(last))
            if stack[-1]:
                path.append(last)
            last = ""
        elif sign in "}]" and stack:
            if stack.pop() and path:
                path.pop()
            last = ""
        elif sign == ",":
            last = ""
        elif sign != ":" and len(path) < 3 and not last:
            last = sign[1:-1]
            found.setdefault((*path, last), line)
    return found
