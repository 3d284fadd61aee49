"""What a resource pattern names: an index of everything in a document that has an ARN, and the look-up in it.

A pattern names a thing if it may match the thing's ARN, or the ARN of a part of it (``BUCKET/key``,
``function:NAME:alias``, ``agent-alias/AGENT/ALIAS``). Wildcards are those of IAM: ``*`` any text, ``?`` one character.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from segrego.inventory import (
    Inventory,
    NamedGroup,
    NamedKind,
    NamedThing,
    Relation,
    Resource,
    Role,
    Workload,
)

__all__ = ["Name", "NameIndex", "is_local", "names_of"]

_EXPRESSION = re.compile(r"\$\{[^}]*\}")
_PSEUDO = re.compile(r"\$\{AWS::\w+\}")
_VARIABLE = re.compile(r"\$\{[a-z][\w-]*:[^}]+\}")
"""A policy variable, which IAM fills in for each request; ``${AWS::…}`` and the like are known at deployment."""
_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)")
_TAG = re.compile(r"(?<=repository/)([^:@]+)[:@].*$")
_VERSION = re.compile(r":(?:\d+|DRAFT)$")
_ACCOUNT = re.compile(r"[0-9]{12}")
_PLAIN_SERVICE = re.compile(r"arn:[a-z-]+:([a-z0-9-]+):")
_COLON = "\x1f"
_FIELDS = 6
"""arn, partition, service, region, account, resource."""


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a thing, and the account that it is in. ``file`` is set where the text means something in that file
    alone."""

    text: str
    file: str | None
    account: str | None
    thing: NamedThing


def is_local(text: str) -> bool:
    """Whether a text holds the name of a template's own resource: ``${Orders}``, not ``${AWS::Region}`` and no policy
    variable."""
    return "${" in _VARIABLE.sub("", _PSEUDO.sub("", text))


def names_of(inventory: Inventory) -> Iterator[Name]:
    """Every name in the document. What has no known ARN is named by ``*`` alone, and has an empty text here."""
    resources = {resource.id: resource for resource in inventory.resources}
    for workload in inventory.workloads:
        whole = _name(workload.kind, workload, workload.arn)
        yield whole
        if workload.kind == "bedrock_agent" and whole.text:
            yield replace(whole, text=whole.text.replace(":agent/", ":agent-alias/"))
        for use in workload.uses:
            known = resources.get(use.target)
            yield from _used(workload, use.relation, (known.arn if known else None) or use.target)
    for resource in inventory.resources:
        yield _name("resource", resource, resource.arn)
    yield from _of_roles(inventory)


def _of_roles(inventory: Inventory) -> Iterator[Name]:
    policies = {policy.id: policy for policy in inventory.policies}
    for role in inventory.roles:
        yield _name("role", role, role.arn)
        for held in (*role.policies, *([role.boundary] if role.boundary else [])):
            policy = policies[held]
            if policy.arn and policy.kind != "aws_managed":  # nobody can change AWS's own
                yield _name("policy", role, policy.arn)


def _used(workload: Workload, relation: Relation, target: str) -> Iterator[Name]:
    """The names of what a workload is made of: its prompts, its guardrail, its code."""
    if relation in ("prompt", "guardrail"):
        kind: NamedKind = "prompt" if relation == "prompt" else "guardrail"
        if target.startswith("arn:"):
            yield _name(kind, workload, _VERSION.sub("", target))
    elif relation == "code":
        yield from (_name(kind, workload, arn) for kind, arn in _code(target))


def _code(target: str) -> Iterator[tuple[NamedKind, str]]:
    """The ARNs of an object and its bucket, or of a repository, however the target is written."""
    text = f"arn:aws:s3:::{target[5:]}" if target.startswith("s3://") else target
    if image := _IMAGE.match(text):
        text = f"arn:aws:ecr:{image[2]}:{image[1]}:repository/{image[3]}"
    if text.startswith("arn:aws:s3:::"):
        bucket, _, key = text.partition("/")
        yield "s3_bucket", bucket
        if key:
            yield "s3_object", text
    elif text.startswith("arn:aws:ecr:"):
        yield "ecr_repository", _TAG.sub(r"\1", text)


def _name(kind: NamedKind, owner: Workload | Role | Resource, arn: str | None) -> Name:
    """The name of something that is, or belongs to, a workload, role or resource."""
    known = arn or (owner.id if owner.id.startswith("arn:") else None)
    fields = _fields(known or "")
    account = fields[4] if len(fields) == _FIELDS and _ACCOUNT.fullmatch(fields[4]) else owner.account
    return Name(
        text=known or "",
        file=owner.location.file if known and owner.location and is_local(known) else None,
        account=account,
        thing=NamedThing(kind=kind, id=owner.id, arn=known),
    )


class NameIndex:
    """Finds what patterns name. Names are looked up by the service and the resource part of their ARN, so that a
    pattern costs what it names and no more."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._all = tuple(dict.fromkeys(names))
        self._by_resource: dict[tuple[str, str], list[tuple[Name, tuple[str, ...]]]] = defaultdict(list)
        texts: dict[str, set[str]] = defaultdict(set)
        for name in self._all:
            fields = _fields(name.text)
            key = (fields[2], fields[-1]) if len(fields) == _FIELDS else ("", name.text)
            self._by_resource[key].append((name, fields))
            texts[key[0]].add(key[1])
        self._sorted = {service: sorted(found) for service, found in texts.items()}

    def find(self, pattern: str, file: str | None) -> tuple[NamedGroup, ...]:
        """What the pattern names by account, sorted and each thing once. ``file`` is where a local pattern stands."""
        service = _PLAIN_SERVICE.match(pattern)
        if service and service[1] not in self._sorted:  # most patterns: nothing of their service is in the document
            return ()
        text = _VARIABLE.sub("*", pattern)
        fields = _fields(text)
        if len(fields) < _FIELDS or _is_wild("".join(fields[:3])):
            found = (name for name in self._all if _matches(text, name.text)) if _is_wild(text) else self._whole(text)
        else:
            found = self._among(fields)
        local = is_local(pattern)
        groups: dict[str, set[NamedThing]] = defaultdict(set)
        for name in found:
            if name.file is None or not local or name.file == file:
                groups[name.account or ""].add(name.thing)
        return tuple(
            NamedGroup(account=account or None, names=tuple(sorted(groups[account], key=_order)))
            for account in sorted(groups)
        )

    def _whole(self, text: str) -> Iterator[Name]:
        return (name for name, _ in self._by_resource.get(("", text), ()) if text)

    def _among(self, fields: tuple[str, ...]) -> Iterator[Name]:
        service, resource = fields[2], fields[-1]
        known = self._sorted.get(service)
        if known is None:
            return
        literal = re.split(r"[*?]", resource, maxsplit=1)[0]
        wholes = [resource[: cut.start()] for cut in re.finditer(r"[/:]", literal)]
        parts = wholes if literal != resource else [*wholes, resource]
        for text in dict.fromkeys((*parts, *(_range(known, literal, resource) if literal != resource else ()))):
            for name, own in self._by_resource.get((service, text), ()):
                if all(_matches(wanted, had) for wanted, had in zip(fields[:5], own, strict=False)):
                    yield name


def _order(thing: NamedThing) -> tuple[str, str, str]:
    return thing.kind, thing.id, thing.arn or ""


def _range(known: list[str], literal: str, pattern: str) -> Iterator[str]:
    """The texts that begin like the pattern, and that it matches, or that have parts which it matches."""
    for place in range(bisect_left(known, literal), len(known)):
        text = known[place]
        if not text.startswith(literal):
            return
        if _matches(pattern, text) or any(_may_continue(pattern, text + separator) for separator in "/:"):
            yield text


def _matches(pattern: str, text: str) -> bool:
    if not _is_wild(pattern):
        return pattern == text
    return len(pattern) in _reached(pattern, text)


def _may_continue(pattern: str, start: str) -> bool:
    """Whether the pattern matches some text that begins with ``start``."""
    return bool(_reached(pattern, start))


def _reached(pattern: str, text: str) -> set[int]:
    """How far into the pattern the whole text may lead. All ways at once: a regular expression would try them one
    after the other, and a hostile pattern has as many as it likes."""
    places = _past_stars(pattern, {0})
    for character in text:
        if not places:
            break
        step = (
            place if pattern[place] == "*" else place + 1
            for place in places
            if place < len(pattern) and pattern[place] in ("*", "?", character)
        )
        places = _past_stars(pattern, set(step))
    return places


def _past_stars(pattern: str, places: set[int]) -> set[int]:
    """The places, and those behind a ``*`` that stands for nothing."""
    reached = set(places)
    for start in places:
        place = start
        while place < len(pattern) and pattern[place] == "*":
            place += 1
            reached.add(place)
    return reached


def _is_wild(text: str) -> bool:
    return "*" in text or "?" in text


def _fields(text: str) -> tuple[str, ...]:
    """The fields of an ARN; a colon inside ``${…}`` separates nothing."""
    masked = _EXPRESSION.sub(lambda found: found[0].replace(":", _COLON), text)
    return tuple(masked.split(":", _FIELDS - 1))
