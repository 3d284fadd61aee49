"""The JSON of ``terraform show -json``, indexed once.

The format is HashiCorp's "JSON Output Format" (a plan, or a state) at major versions 0 and 1. Values that are known
only after apply are absent from ``planned_values``; the *references* in ``configuration`` then say what they are made
of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from segrego.collect.source import SourceFile
from segrego.collect.terraform.state import is_raw_state, shown
from segrego.collect.terraform.values import MISSING, Missing, Step, at, is_expression, items, mapping, text
from segrego.errors import InputError
from segrego.loading import load

__all__ = ["Instance", "Key", "Plan", "Scope", "parse", "parse_key", "scope"]

Key = str | int | None
"""The key of an instance: of ``for_each`` (text), of ``count`` (a number), or none."""

MAX_BYTES = 512 * 1024 * 1024
_HINT = "Make it with `terraform show -json FILE > plan.json`."
_MODULE = re.compile(r"module\.([^.\[\]]+)(?:\[(.+)\])?", re.DOTALL)
_IAM = re.compile(r"(aws|awscc)_iam_")


@dataclass(slots=True, eq=False)
class Scope:
    """One instance of a module: where names such as ``var.x`` and ``aws_iam_role.y`` mean something."""

    address: str
    config: Mapping[str, Any]
    parent: Scope | None = None
    call: Mapping[str, Any] = field(default_factory=dict)
    key: Key = None
    children: dict[str, dict[Key, Scope]] = field(default_factory=dict)
    instances: dict[str, dict[Key, Instance]] = field(default_factory=dict)
    resources: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def child(self, name: str, key: Key) -> Scope | None:
        """The instance ``module.name[key]`` below this one; null if the configuration calls no such module."""
        known = self.children.setdefault(name, {})
        if key not in known:
            call = mapping(mapping(self.config.get("module_calls")).get(name))
            if not call and self.config:
                return None
            index = "" if key is None else f"[{json.dumps(key)}]"
            prefix = f"{self.address}." if self.address else ""
            known[key] = scope(f"{prefix}module.{name}{index}", mapping(call.get("module")), self, call, key)
        return known[key]


@dataclass(slots=True, eq=False)
class Instance:
    """One resource instance, or data source, with what the plan knows of it.

    Of one that is read from a configuration itself (``evaluated``) ``file`` and ``line`` are known, and ``defaulted``
    names the attributes that are as they are only while variables keep their defaults.
    """

    address: str
    local: str
    type: str
    name: str
    managed: bool
    key: Key
    scope: Scope
    values: Mapping[str, Any]
    sensitive: Any
    config: Mapping[str, Any]
    file: str | None = None
    line: int | None = None
    defaulted: frozenset[str] = frozenset()
    evaluated: bool = False

    def value(self, *path: Step) -> Any:
        """The planned value at ``path``, ``None`` for null; :data:`MISSING` if unknown until apply, or sensitive."""
        marks = self.sensitive
        for step in path:
            marks = True if marks is True else at(marks, (step,))
        return MISSING if marks is True else at(self.values, path)

    def text(self, *path: Step) -> str | None:
        """The planned value at ``path`` if it is a known text."""
        return text(self.value(*path))

    def is_open(self, *path: Step) -> bool:
        """Whether the blocks at ``path`` are known only after apply. Terraform plans every block of provider ``aws``
        that it knows, an empty list too; ``awscc`` leaves what nobody sets to be computed."""
        known = self.value(*path)
        configured = path[0] in mapping(self.config.get("expressions"))
        is_planned = bool(self.config) and not self.evaluated and self.type.startswith("aws_")
        return known is MISSING and (configured or is_planned)

    def expression(self, *path: Step) -> Mapping[str, Any] | Missing:
        """The expression that ``configuration`` has at ``path``."""
        found = at(self.config.get("expressions"), path)
        return found if is_expression(found) else MISSING


@dataclass(slots=True)
class Plan:
    """A plan, or a state. ``planned`` holds what will be there, ``of_type`` the same by type (``data.…`` for data
    sources, those of the prior state among them). A :class:`Scope` also has what only the prior state has. ``unknown``
    marks, by address, what is known only after apply (``after_unknown``)."""

    file: SourceFile
    root: Scope
    planned: list[Instance]
    variables: Mapping[str, Any]
    providers: Mapping[str, Any]
    is_state: bool
    complete: bool
    errored: bool
    noun: Literal["plan", "state", "configuration"] = "plan"
    of_type: dict[str, list[Instance]] = field(default_factory=dict)
    unknown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def way_out(self) -> str:
        """What a user can do about a reference that is not resolved."""
        if self.noun == "configuration":
            return "give variables their values in a *.auto.tfvars file, or plan it and give the plan"
        return "plan again after it is created"


def parse(file: SourceFile) -> Plan:
    """Index a file. Raises :class:`~segrego.errors.InputError` if it is no plan or state that segrego can read.

    Of the two moments of a plan ``file.moment`` says which one is read. What is there before is known in full, as a
    state is; what refers to what stands in the configuration, which is that of afterwards, and is not used for it.
    """
    document = _document(file)
    configuration = mapping(document.get("configuration"))
    root = scope("", mapping(configuration.get("root_module")))
    is_state = "planned_values" not in document
    before_all = mapping(mapping(document.get("prior_state")).get("values"))
    if file.moment == "prior" and not is_state:
        root = scope("", {})
        return _indexed(file, root, _tree(before_all, root, file.name), [], {"values": before_all})
    prior = () if is_state else _tree(before_all, root, file.name)
    for instance in prior:
        instance.scope.instances.setdefault(instance.local, {})[instance.key] = instance
    before = {instance.address: instance for instance in prior}
    planned = list(_tree(mapping(document.get("values" if is_state else "planned_values")), root, file.name))
    for instance in planned:
        before.pop(instance.address, None)
    # What a plan with -target leaves out still stands: without its policies, a role would look harmless.
    deleted = _deleted(document)
    planned += [i for i in before.values() if i.managed and _IAM.match(i.type) and i.address not in deleted]
    return _indexed(file, root, planned, [i for i in before.values() if not i.managed], document)


def _indexed(
    file: SourceFile, root: Scope, planned: list[Instance], sources: list[Instance], document: Mapping[str, Any]
) -> Plan:
    is_state = "planned_values" not in document
    plan = Plan(
        file=file,
        root=root,
        planned=planned,
        variables=mapping(document.get("variables")),
        providers=mapping(mapping(document.get("configuration")).get("provider_config")),
        is_state=is_state,
        complete=document.get("complete", True) is not False and not items(document.get("deferred_changes")),
        errored=document.get("errored") is True,
        noun="state" if is_state else "plan",
        unknown={
            str(change.get("address")): mapping(change.get("change")).get("after_unknown")
            for change in map(mapping, items(document.get("resource_changes")))
        },
    )
    for instance in planned:
        instance.scope.instances.setdefault(instance.local, {})[instance.key] = instance
        plan.of_type.setdefault(("" if instance.managed else "data.") + instance.type, []).append(instance)
    for instance in sources:
        plan.of_type.setdefault(f"data.{instance.type}", []).append(instance)
    return plan


def scope(
    address: str, config: Mapping[str, Any], parent: Scope | None = None, call: Any = None, key: Key = None
) -> Scope:
    """A new module instance, with the resources of its configuration by their local address."""
    made = Scope(address, config, parent, mapping(call), key)
    for raw in items(config.get("resources")):
        if address_of := text(mapping(raw).get("address")):
            made.resources[address_of] = raw
    return made


def parse_key(written: str) -> Key | Missing:
    """The key in ``[…]``: a number or a quoted text; :data:`MISSING` if it is neither."""
    try:
        key = json.loads(written)
    except (ValueError, RecursionError):
        return MISSING
    return key if isinstance(key, str) or type(key) is int else MISSING


def _document(file: SourceFile) -> Mapping[str, Any]:
    if len(file.data) > MAX_BYTES:
        raise InputError(
            f"larger than {MAX_BYTES // 1024**2} MiB",
            where=file.name,
            hint="Plan the parts of the configuration apart.",
        )
    try:
        document = load(file.data, file.name).value
    except InputError:
        raise
    except (ValueError, OverflowError) as error:
        raise InputError(f"not valid JSON: {error}", where=file.name, hint=_HINT) from error
    if not isinstance(document, dict):
        raise InputError("not a Terraform plan or state", where=file.name, hint=_HINT)
    if is_raw_state(document):
        return shown(document, file.name)
    version = text(document.get("format_version"))
    if version is None or version.partition(".")[0] not in ("0", "1"):
        raise InputError(
            f"format_version {version or 'is missing'}: only 0.x and 1.x are known", where=file.name, hint=_HINT
        )
    tree = document.get("planned_values", document.get("values"))
    if not isinstance(tree, dict):
        raise InputError("neither planned_values nor values is there", where=file.name, hint=_HINT)
    return document


def _deleted(document: Mapping[str, Any]) -> set[str]:
    gone = set()
    for change in map(mapping, items(document.get("resource_changes"))):
        actions = items(mapping(change.get("change")).get("actions"))
        if actions and all(action in ("delete", "forget") for action in actions):
            gone.add(str(change.get("address")))
        if moved := text(change.get("previous_address")):
            gone.add(moved)
    return gone


def _tree(values: Mapping[str, Any], root: Scope, name: str) -> list[Instance]:
    """The instances of a values tree: of ``planned_values``, of a state's ``values``, of ``prior_state.values``."""
    found: list[Instance] = []
    stack: list[tuple[Any, Scope]] = [(values.get("root_module", {}), root)]
    while stack:
        module, here = stack.pop()
        if not isinstance(module, dict):
            raise InputError(f"module {here.address or 'root'} is not an object", where=name, hint=_HINT)
        found.extend(_instances(module, here, name))
        children = module.get("child_modules", [])
        if not isinstance(children, list):
            raise InputError(f"child_modules of {here.address or 'root'} is not a list", where=name, hint=_HINT)
        stack.extend((child, _child(child, here, name)) for child in reversed(children))
    return found


def _child(module: Any, parent: Scope, name: str) -> Scope:
    address = text(mapping(module).get("address")) or ""
    prefix = f"{parent.address}." if parent.address else ""
    match = _MODULE.fullmatch(address[len(prefix) :]) if address.startswith(prefix) else None
    key = parse_key(match[2]) if match and match[2] else None
    if match is None or isinstance(key, Missing):
        raise InputError(f"{address!r} is not the address of a module in its parent", where=name, hint=_HINT)
    found = parent.child(match[1], key)
    if found is None:  # in the state, but the configuration calls it no more
        found = parent.children[match[1]][key] = scope(address, {}, parent, {}, key)
    return found


def _instances(module: Mapping[str, Any], here: Scope, name: str) -> Iterator[Instance]:
    resources = module.get("resources", [])
    if not isinstance(resources, list):
        raise InputError(f"resources of {here.address or 'root'} is not a list", where=name, hint=_HINT)
    for raw in map(mapping, resources):
        address, kind, label = (text(raw.get(part)) for part in ("address", "type", "name"))
        if address is None or kind is None or label is None:
            raise InputError(
                f"a resource of {here.address or 'root'} has no address, type or name", where=name, hint=_HINT
            )
        managed = raw.get("mode", "managed") == "managed"
        local = f"{'' if managed else 'data.'}{kind}.{label}"
        index = raw.get("index")
        yield Instance(
            address=address,
            local=local,
            type=kind,
            name=label,
            managed=managed,
            key=index if isinstance(index, str) or type(index) is int else None,
            scope=here,
            values=mapping(raw.get("values")),
            sensitive=raw.get("sensitive_values"),
            config=here.resources.get(local, {}),
        )
