"""Rules of the user's own: read, checked, and joined to the shipped policy for the ``opa`` binary to run.

A user's rule has the anatomy of ours: a file ``<slug>.rego`` with the package ``segrego.rules.<slug>``, its METADATA,
and a partial set ``deny``. Everything that could keep it from being judged, or let it touch what is not its own, is an
error here, with file and line: a rule that stays silent is worse than none.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from segrego import policy
from segrego.errors import ConfigError, EngineError
from segrego.evaluate.binary import run
from segrego.evaluate.engine import one_line
from segrego.findings import RuleInfo
from segrego.frameworks import Framework

__all__ = ["UserRules", "read_user_rules"]

FOLDER = "user"
"""Where a user's modules stand in the joined bundle."""
MAX_BYTES = 1024 * 1024
"""Largest module that is read."""

_LEFT_OUT = ("*_test.rego", "runtime*")
"""What of the shipped sources no posture needs: tests, and the decision at run time, which may call more builtins."""
_SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_DATA = frozenset({"data.json", "data.yaml", "data.yml"})
_NEEDED = ("title", "description", "headline", "severity", "category", "requires", "remediation")
_CUSTOM = frozenset({"headline", "severity", "category", "requires", "remediation", "controls", "example"})
_ANATOMY = "docs/user-rules.md shows a whole rule."


@dataclass(frozen=True, slots=True)
class _Package:
    slug: str
    file: str
    line: int

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class UserRules:
    """Checked rules. ``modules`` maps paths in the bundle to content, ``files`` the same paths to the user's files, and
    ``revision`` is the SHA-256 of what they say, hex."""

    rules: tuple[RuleInfo, ...]
    modules: Mapping[str, bytes]
    files: Mapping[str, str]
    revision: str

    @contextmanager
    def joined(self, rego: Path) -> Iterator[Path]:
        """A bundle directory, for as long as the context lasts: the policy in ``rego`` without its tests, with these
        rules and their catalog."""
        catalog = {"rules": {rule.slug: _entry(rule) for rule in self.rules}, "revision": self.revision}
        with tempfile.TemporaryDirectory(prefix="segrego-") as folder:
            directory = Path(folder) / "policy"
            shutil.copytree(rego, directory, ignore=shutil.ignore_patterns(*_LEFT_OUT))
            _write(directory, {**self.modules, "segrego/user_catalog/data.json": msgspec.json.encode(catalog)})
            yield directory

    def place(self, error: Mapping[str, Any]) -> str | None:
        """``file:line`` of one of OPA's errors, where it is in a rule of the user's."""
        location = error.get("location")
        file = os.path.normpath(str(location.get("file"))).lstrip("/") if isinstance(location, dict) else ""
        return f"{self.files[file]}:{location['row']}" if location and file in self.files else None


def read_user_rules(
    folders: Sequence[Path],
    binary: Path,
    *,
    own: Sequence[RuleInfo],
    frameworks: Mapping[str, Framework],
    timeout_seconds: float = 60.0,
) -> UserRules:
    """The rules in some folders, checked by ``binary`` together with the shipped policy, whose rules are ``own``.

    Raises :class:`~segrego.errors.ConfigError`, naming file and line, for a folder without rules, a data file, a rule
    that does not compile or may call what is not native, another package, the slug of a shipped rule or of another
    one, missing or wrong metadata, and a ``deny`` that is no partial set.
    """
    found = {f"{FOLDER}/{n}/{path}": file for n, folder in enumerate(folders) for path, file in _files(folder)}
    modules = {path: _read(file) for path, file in found.items()}
    files = {path: str(file) for path, file in found.items()}
    run_opa = _Opa(binary, timeout_seconds, files)
    with tempfile.TemporaryDirectory(prefix="segrego-") as folder:
        _write(Path(folder), modules)
        packages = [_checked_module(files[path], run_opa.parsed(path, Path(folder))) for path in files]
        _refuse_doubles(packages, own)
        notes = run_opa.annotations(Path(folder))
    rules = tuple(_rule(package, notes.get(package.slug), frameworks) for package in packages)
    checked = UserRules(tuple(sorted(rules, key=lambda rule: rule.slug)), modules, files, _revision(modules))
    with checked.joined(policy.rego_dir()) as directory:
        run_opa.check(directory)
    return checked


class _Opa:
    """The binary, with its errors told as the user's files and lines."""

    def __init__(self, binary: Path, timeout_seconds: float, files: Mapping[str, str]) -> None:
        self._binary = binary
        self._timeout = timeout_seconds
        self._files = files

    def parsed(self, path: str, folder: Path) -> dict[str, Any]:
        """The syntax tree of one module."""
        return self._json(["parse", "--format", "json", "--json-include", "locations", f"./{path}"], folder)

    def annotations(self, folder: Path) -> dict[str, dict[str, Any]]:
        """Package annotations by the last part of the package."""
        answer = self._json(["inspect", "--annotations", "--format", "json", "."], folder)
        entries = [entry for entry in answer.get("annotations", []) if entry["annotations"]["scope"] == "package"]
        return {str(entry["path"][-1]["value"]): entry for entry in entries}

    def check(self, folder: Path) -> None:
        """Compiles everything, with the schema of the input and the builtins that rules may use."""
        schemas, capabilities = policy.schema_dir(), policy.capabilities_file()
        options = ["--strict", "--schema", str(schemas), "--capabilities", str(capabilities)]
        self._json(["check", "--format", "json", *options, "--bundle", "."], folder)

    def _json(self, arguments: list[str], folder: Path) -> dict[str, Any]:
        done = run(self._binary, arguments, cwd=folder, timeout_seconds=self._timeout)
        text = done.stdout.strip() or done.stderr.strip()
        try:
            answer = msgspec.json.decode(text or b"{}", type=dict[str, Any])
        except msgspec.DecodeError:
            answer = {"errors": [{"message": text.decode("utf-8", "replace")}]}
        if errors := answer.get("errors"):
            raise self._refused(errors[0], len(errors))
        if done.returncode:
            raise EngineError(f"opa {arguments[0]} ended with status {done.returncode}", where=str(self._binary))
        return answer

    def _refused(self, error: Any, count: int) -> ConfigError:
        location = error.get("location") or {} if isinstance(error, dict) else {}
        message = one_line(str(error.get("message", error)) if isinstance(error, dict) else str(error))
        more = f" (and {count - 1} more errors)" if count > 1 else ""
        file = os.path.normpath(str(location.get("file") or "")).lstrip("/")
        where = (
            f"{self._files[file]}:{location.get('row', 1)}" if file in self._files else ", ".join(self._files.values())
        )
        return ConfigError(f"not a rule that can be judged: {message}{more}", where=where, hint=_ANATOMY)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Path below the folder, and file, of every module but tests. Hidden folders are not looked into."""
    if not folder.is_dir():
        raise ConfigError("there is no such folder", where=str(folder), hint="Give the folder of your rules.")
    modules = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(parent) / name
            if name in _DATA:
                raise ConfigError(
                    "data beside rules is not read",
                    where=str(file),
                    hint="Write the values into the rule that needs them.",
                )
            if name.endswith(".rego") and not name.endswith("_test.rego"):
                modules.append((file.relative_to(folder).as_posix(), file))
    if not modules:
        raise ConfigError("there is no rule in this folder", where=str(folder), hint=_ANATOMY)
    yield from modules


def _read(file: Path) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(file)) from error
    if len(content) > MAX_BYTES:
        raise ConfigError(f"larger than {MAX_BYTES >> 20} MiB", where=str(file), hint="Split the rule.")
    return content


def _write(folder: Path, modules: Mapping[str, bytes]) -> None:
    for path, content in modules.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _checked_module(file: str, tree: Mapping[str, Any]) -> _Package:
    """A module that keeps to its own package, and says something."""
    parts = [part.get("value") for part in tree["package"]["path"]]
    package = _Package(str(parts[-1]), file, tree["package"].get("location", {}).get("row", 1))
    if parts[:3] != ["data", "segrego", "rules"] or len(parts) != 4 or not _SLUG.fullmatch(package.slug):
        name = one_line(".".join(map(str, parts[1:])), 100)
        message = f"the package is {name}, and a rule's is segrego.rules.<name> in lower case"
        raise ConfigError(message, where=package.where, hint=_ANATOMY)
    if Path(file).stem != package.slug:
        message = f"the package's name is {package.slug}, and the file's is another"
        raise ConfigError(message, where=package.where, hint=f"Name the file {package.slug}.rego.")
    _check_deny(tree.get("rules") or [], package)
    _check_references(tree, file)
    return package


def _check_deny(rules: Sequence[Mapping[str, Any]], package: _Package) -> None:
    heads = [(rule["head"], rule) for rule in rules if rule["head"].get("ref", [{}])[0].get("value") == "deny"]
    if not heads:
        raise ConfigError("the rule defines no deny", where=package.where, hint=_ANATOMY)
    for head, rule in heads:
        is_partial_set = "key" in head and "value" not in head and len(head["ref"]) == 1
        if not is_partial_set:
            row = rule.get("location", {}).get("row", package.line)
            raise ConfigError(
                "deny is not a partial set", where=f"{package.file}:{row}", hint="Write: deny contains {…} if {…}."
            )


def _check_references(tree: Any, file: str) -> None:
    """Data of another root does not exist here, and a rule that reads it would never find anything."""
    open_parts = [tree]
    while open_parts:
        part = open_parts.pop()
        if isinstance(part, list):
            open_parts.extend(part)
        elif isinstance(part, dict):
            open_parts.extend(value for key, value in part.items() if key not in ("location", "package", "annotations"))
            if part.get("type") == "ref":
                _check_reference(part["value"], file)


def _check_reference(steps: Sequence[Mapping[str, Any]], file: str) -> None:
    if not steps or steps[0].get("type") != "var" or steps[0].get("value") != "data":
        return
    root = steps[1].get("value") if len(steps) > 1 and steps[1].get("type") == "string" else None
    if root != "segrego":
        what = f"data.{root}, which nothing fills" if root else "all data, which holds more than a rule may know"
        where = f"{file}:{steps[0].get('location', {}).get('row', 1)}"
        raise ConfigError(f"reads {what}", where=where, hint="Rules read input and data.segrego.")


def _refuse_doubles(packages: Sequence[_Package], own: Sequence[RuleInfo]) -> None:
    taken = {rule.slug: "a rule of segrego's own" for rule in own}
    for package in packages:
        if package.slug in taken:
            raise ConfigError(
                f"the name {package.slug} is that of {taken[package.slug]}, which it cannot replace",
                where=package.where,
                hint="Give the rule another name; --ignore leaves one of segrego's own out.",
            )
        taken[package.slug] = package.file


def _rule(package: _Package, entry: Mapping[str, Any] | None, frameworks: Mapping[str, Framework]) -> RuleInfo:
    """The catalog's entry. Fields have the form of ours; ``controls`` and ``example`` may be left out."""
    notes = entry["annotations"] if entry else {}
    where = package.where
    custom = notes.get("custom") or {}
    told = {"title": notes.get("title"), "description": (notes.get("description") or "").strip(), **custom}
    if missing := [field for field in _NEEDED if not told.get(field)]:
        raise ConfigError(f"the package's METADATA lacks {', '.join(missing)}", where=where, hint=_ANATOMY)
    if unknown := sorted(set(custom) - _CUSTOM):
        raise ConfigError(f"custom.{unknown[0]} is not a field that rules have", where=where, hint=_ANATOMY)
    if not _names_schema(notes):
        raise ConfigError(
            "the METADATA does not name the schema of the input, so that a misspelt field is not found",
            where=where,
            hint="Add schemas: [{input: schema.input}].",
        )
    try:
        rule = msgspec.convert(
            {"controls": {}, "example": "", **told, "slug": package.slug, "origin": package.file}, RuleInfo
        )
    except msgspec.ValidationError as error:
        raise ConfigError(f"the METADATA is wrong: {error}", where=where, hint=_ANATOMY) from error
    for name, controls in rule.controls.items():
        unknown_ids = [
            control for control in controls if name in frameworks and control not in frameworks[name].controls
        ]
        if unknown_ids:
            raise ConfigError(f"{name} has no control {unknown_ids[0]}", where=where, hint="Correct the id.")
    return rule


def _names_schema(notes: Mapping[str, Any]) -> bool:
    paths = [[part.get("value") for part in schema.get("path", [])] for schema in notes.get("schemas") or []]
    return ["input"] in paths


def _entry(rule: RuleInfo) -> dict[str, Any]:
    entry: dict[str, Any] = msgspec.to_builtins(rule)
    return {key: value for key, value in entry.items() if key not in ("slug", "origin")}


def _revision(modules: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for _, content in sorted(modules.items()):
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()
