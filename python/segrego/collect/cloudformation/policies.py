"""Policies: documents in and beside roles, managed ones, and boundaries."""

from __future__ import annotations

import re
from typing import Any

from segrego.collect.cloudformation.draft import Draft, id_of
from segrego.collect.cloudformation.names import arn_key
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.template import Map, Seq, line_of
from segrego.collect.cloudformation.text import Entity, Text, as_text
from segrego.collect.draft import RoleDraft
from segrego.errors import PolicyDocumentError
from segrego.iam.documents import statements
from segrego.inventory import Fact, Location, Policy

__all__ = ["Policies", "possible"]

_AWS_MANAGED = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/.+")
_LISTS = frozenset({"Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "Federated"})
_CHOSEN = ("${If.", "${FindInMap.")
_COLLECT = "read it from the account with `segrego collect aws`"


class Policies:
    """Reads policies into a draft, each once, and gives them to roles."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def give_own(self, scope: Scope, logical: str, role: RoleDraft) -> None:
        """What an ``AWS::IAM::Role`` says itself: inline policies, managed policies, boundary."""
        place = scope.location(logical)
        inline = scope.property(logical, "Policies")
        for index, entry in enumerate(self._list(inline, role, place)):
            if not isinstance(entry, Map):
                self._unreadable(role, "an inline policy is not an object that could be resolved", place)
                continue
            name = as_text(entry.get("PolicyName")) or Text(f"Policy{index + 1}")
            self._inline(id_of(scope, logical), str(name), entry.get("PolicyDocument"), role, place)
        for arn in self._list(scope.property(logical, "ManagedPolicyArns"), role, place):
            self.give_managed(scope, as_text(arn), role, place)
        self._bound(scope, scope.property(logical, "PermissionsBoundary"), role, place)
        self._draft.say_open(scope, role.id, ("policies",), place)

    def _list(self, value: Any, role: RoleDraft, place: Location) -> list[Any]:
        if value is None or isinstance(value, Seq):
            return value or []
        self._unreadable(role, "a list of policies could not be resolved", place)
        return []

    def give_resource(self, scope: Scope, logical: str, role: RoleDraft) -> None:
        """A policy that is a resource of its own, attached to the role."""
        if scope.type(logical) == "AWS::IAM::ManagedPolicy":
            self._managed_resource((scope.name, logical), role)
            return
        place = scope.location(logical)
        name = scope.text(logical, "PolicyName") or Text(logical)
        self._inline(id_of(scope, logical), str(name), scope.property(logical, "PolicyDocument"), role, place)
        self._draft.say_open(scope, role.id, ("policies",), place)

    def service_control(self, scope: Scope, logical: str) -> str:
        """The id of a service control policy, which is entered."""
        policy_id = id_of(scope, logical)
        name = str(scope.text(logical, "Name") or logical)
        document = scope.property(logical, "Content")
        self._read(policy_id, name, "service_control", document, scope.location(logical))
        self._draft.say_open(scope, policy_id, ("service_control",), scope.location(logical))
        return policy_id

    def give_managed(self, scope: Scope, arn: Text | None, role: RoleDraft, place: Location) -> None:
        """A managed policy by reference or ARN."""
        entity = scope.denoted(arn) if arn is not None else None
        if entity and self._draft.scan.scopes[entity[0]].type(entity[1]) == "AWS::IAM::ManagedPolicy":
            self._managed_resource(entity, role)
        elif arn is not None and _AWS_MANAGED.fullmatch(arn) and not arn.unresolved:
            role.policies[self._aws_managed(arn, place)] = None
        else:
            text = str(arn) if arn is not None else "a managed policy"
            role.policies[self._stub(scope, arn, text, place, "managed")] = None
            role.unread.add("policies")
            self._unread(role.id, text, ("policies",), place)

    def _bound(self, scope: Scope, value: Any, role: RoleDraft, place: Location) -> None:
        if value is None:
            return
        arn = as_text(value)
        entity = scope.denoted(arn) if arn is not None else None
        if entity and self._draft.scan.scopes[entity[0]].type(entity[1]) == "AWS::IAM::ManagedPolicy":
            role.boundary = self._managed_policy(entity).id
        elif arn is not None and _AWS_MANAGED.fullmatch(arn) and not arn.unresolved:
            role.boundary = self._aws_managed(arn, place)
        else:
            text = str(arn) if arn is not None else "the permissions boundary"
            role.boundary = self._stub(scope, arn, text, place, "boundary")
        if not self._draft.policies[role.boundary].read and not _AWS_MANAGED.fullmatch(role.boundary):
            role.unread.add("boundary")
            self._unread(role.id, str(arn), ("boundary",), place)

    def _inline(self, owner: str, name: str, document: Any, role: RoleDraft, place: Location) -> None:
        own = f"{owner}/{name}"
        policy_id, count = own, 2
        while policy_id in role.policies:
            policy_id, count = f"{own}#{count}", count + 1
        policy = self._read(policy_id, name, "inline", document, place, subject=role.id)
        self._give(policy, role)

    def _managed_resource(self, entity: Entity, role: RoleDraft) -> None:
        self._give(self._managed_policy(entity), role)

    def _give(self, policy: Policy, role: RoleDraft) -> None:
        role.policies[policy.id] = None
        if not policy.read:
            role.unread.add("policies")

    def _managed_policy(self, entity: Entity) -> Policy:
        scope, logical = self._draft.scan.scopes[entity[0]], entity[1]
        policy_id = id_of(scope, logical)
        if policy_id in self._draft.policies:
            return self._draft.policies[policy_id]
        given = scope.text(logical, "ManagedPolicyName")
        document = scope.property(logical, "PolicyDocument")
        arn = scope.arn_of(logical)
        place = scope.location(logical)
        policy = self._read(policy_id, str(given or logical), "managed", document, place, str(arn) if arn else None)
        self._draft.say_open(scope, policy_id, ("policies",), place)
        return policy

    def _read(
        self,
        policy_id: str,
        name: str,
        kind: Any,
        document: Any,
        place: Location,
        arn: str | None = None,
        subject: str | None = None,
    ) -> Policy:
        """The policy with its statements; one that cannot be read is a gap and holds none."""
        try:
            found = statements(possible(document), line_of=line_of)
        except PolicyDocumentError as error:
            found = None
            message = f"the policy {name} cannot be read: {error.message}. Correct the document"
            self._draft.gap_at("unreadable_policy", subject or policy_id, ("policies",), message, place)
        policy = Policy(
            id=policy_id,
            name=name,
            kind=kind,
            arn=arn,
            read=found is not None,
            statements=found or (),
            location=place,
        )
        self._draft.policies[policy_id] = policy
        return policy

    def _aws_managed(self, arn: str, place: Location) -> str:
        text = str(arn)
        name = text.rpartition("/")[2]
        self._draft.policies.setdefault(text, Policy(id=text, name=name, kind="aws_managed", arn=text, read=False))
        return text

    def _stub(self, scope: Scope, arn: Text | None, text: str, place: Location, kind: Any) -> str:
        """A policy that is only referred to. A literal ARN is one policy in all files; an expression is of its own."""
        literal = arn is not None and not arn.unresolved and arn_key(arn) is not None
        policy_id = text if literal else id_of(scope, text)
        name = text.rpartition("/")[2] if literal else text
        stub = Policy(
            id=policy_id, name=name, kind=kind, arn=text if literal else None, read=False, location=_nameless(place)
        )
        self._draft.policies.setdefault(policy_id, stub)
        return policy_id

    def _unread(self, subject: str, text: str, facts: tuple[Fact, ...], place: Location) -> None:
        message = f"the document of the policy {text} is not in these templates: add its template, or {_COLLECT}"
        self._draft.gap_at("unread_policy", subject, facts, message, place)

    def _unreadable(self, role: RoleDraft, message: str, place: Location) -> None:
        role.unread.add("policies")
        self._draft.gap_at("unreadable_policy", role.id, ("policies",), f"{message}: write it out", place)


def _nameless(place: Location) -> Location:
    """The place of a reference: the address there is that of what refers, not of what is referred to."""
    return Location(source=place.source, file=place.file, line=place.line)


def possible(document: Any) -> Any:
    """A policy document in which all stands that an undecided condition may put there."""
    if isinstance(document, Seq):
        sequence = Seq(document.line)
        sequence.extend(map(possible, document))
        return sequence
    if not isinstance(document, Map):
        return document
    mapping = Map(document.line)
    mapping.lines = document.lines
    for key, value in document.items():
        is_choice = key in _LISTS and isinstance(value, Text) and value.options and value.startswith(_CHOSEN)
        mapping[key] = list(value.options) if is_choice else possible(value)
    return mapping
