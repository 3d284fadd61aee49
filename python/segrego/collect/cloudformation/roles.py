"""Roles of the templates, and roles that they only refer to."""

from __future__ import annotations

from typing import Literal

from segrego.collect.cloudformation.draft import Draft, id_of, tags_of
from segrego.collect.cloudformation.names import arn_account, arn_key
from segrego.collect.cloudformation.policies import Policies
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.template import Seq, line_of
from segrego.collect.cloudformation.text import Text, as_text
from segrego.collect.draft import RoleDraft
from segrego.errors import PolicyDocumentError
from segrego.iam.documents import trust_statements
from segrego.inventory import Fact, Location

__all__ = ["Certainty", "Roles"]

Certainty = Literal["exact", "by_default", "unresolved"]

_ROLE = "AWS::IAM::Role"
_ATTACHING = {"AWS::IAM::Policy": "Roles", "AWS::IAM::ManagedPolicy": "Roles", "AWS::IAM::RolePolicy": "RoleName"}
_STUB_UNREAD: tuple[Fact, ...] = ("trust", "policies", "boundary")


class Roles:
    """Reads roles into a draft and tells which role an expression stands for."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._policies = Policies(draft)
        self._named: dict[str, list[str]] = {}

    def collect(self) -> None:
        """All roles of the scan with all policies that the scan attaches to them."""
        scopes = list(self._draft.scan.scopes.values())
        for scope in scopes:
            for logical in scope.of_type(_ROLE):
                self._read(scope, logical)
        for scope in scopes:
            for logical in scope.of_type(*_ATTACHING):
                self._attach(scope, logical)

    def held(self, scope: Scope, text: Text, place: Location) -> tuple[str, Certainty]:
        """The role that ``text`` stands for, and how surely. One that no template declares is a stub with a gap."""
        entity = scope.denoted(text)
        if entity and self._draft.scan.scopes[entity[0]].type(entity[1]) == _ROLE:
            return self._draft.id_for(entity), "by_default" if text.by_default else "exact"
        if text.unresolved or not _is_role_arn(text):
            if not text.unresolved and (named := self.by_name(scope, text)):
                return named, "by_default" if text.by_default else "exact"
            return self._unresolved(scope, text, place), "unresolved"
        return self._literal(text, place), "by_default" if text.by_default else "exact"

    def by_name(self, scope: Scope, text: Text) -> str | None:
        """The role with this name: in the same template, or the only one of that name in the scan."""
        entity = scope.scan_target(text.entity)
        if entity is not None:
            return self._draft.id_for(entity) if self._draft.scan.scopes[entity[0]].type(entity[1]) == _ROLE else None
        found = self._named.get(str(text), [])
        own = [role for role in found if role.startswith(scope.name + "#")]
        if "${" in text and not own:
            return None
        candidates = own or found
        return candidates[0] if len(candidates) == 1 else None

    def _read(self, scope: Scope, logical: str) -> None:
        place = scope.location(logical)
        given = scope.text(logical, "RoleName")
        arn = scope.arn_of(logical)
        role = RoleDraft(
            id=id_of(scope, logical),
            name=str(given) if given is not None else None,
            arn=str(arn),
            tags=tags_of(scope, logical),
            location=place,
        )
        seconds = scope.text(logical, "MaxSessionDuration")
        role.max_session_seconds = int(seconds) if seconds is not None and seconds.isdecimal() else None
        if given is not None:
            self._named.setdefault(str(given), []).append(role.id)
        self._draft.roles[role.id] = role
        try:
            role.trust = trust_statements(scope.property(logical, "AssumeRolePolicyDocument"), line_of=line_of)
        except PolicyDocumentError as error:
            role.unread.add("trust")
            message = f"the trust policy cannot be read: {error.message}. Correct AssumeRolePolicyDocument"
            self._draft.gap_at("unreadable_policy", role.id, ("trust",), message, place)
        self._draft.dangling(scope, role.id, ("trust",), place)
        self._policies.give_own(scope, logical, role)

    def _attach(self, scope: Scope, logical: str) -> None:
        value = scope.property(logical, _ATTACHING[scope.type(logical)])
        place = scope.location(logical)
        attached: set[str] = set()
        for item in value if isinstance(value, Seq) else [value]:
            text = as_text(item)
            if text is None:
                continue
            role = self._draft.roles.get(self.by_name(scope, text) or "")
            if role is not None and role.id not in attached:
                attached.add(role.id)
                self._policies.give_resource(scope, logical, role)
            elif role is None and text.unresolved:
                message = f"it is attached to {text}, a role that is not in these templates: add its template"
                self._draft.gap_at("unresolved_reference", id_of(scope, logical), ("policies",), message, place)
        self._draft.dangling(scope, id_of(scope, logical), ("policies",), place)

    def _literal(self, text: Text, place: Location) -> str:
        arn = str(text)
        # the address there is that of the workload, not the role's
        place = Location(source=place.source, file=place.file, line=place.line)
        known = self._draft.roles.setdefault(
            arn,
            RoleDraft(
                id=arn,
                name=arn.rpartition("/")[2],
                arn=arn,
                account=arn_account(arn) or None,
                identity="by_default",
                unread=set(_STUB_UNREAD),
                location=place,
            ),
        )
        if not text.by_default:
            known.identity = "known"
        message = "the role is not in these templates: add its template, or collect it with `segrego collect aws`"
        self._draft.gap_at("not_collected", arn, _STUB_UNREAD, message, known.location or place)
        return arn

    def _unresolved(self, scope: Scope, text: Text, place: Location) -> str:
        expression = str(text) if text.unresolved else repr(str(text))
        role_id = id_of(scope, expression)
        if role_id not in self._draft.roles:
            location = Location(source=place.source, file=place.file, line=place.line, address=expression)
            self._draft.roles[role_id] = RoleDraft(
                id=role_id,
                arn=expression if expression.startswith("arn:") else None,
                identity="unresolved",
                unread=set(_STUB_UNREAD),
                location=location,
            )
            message = (
                f"which role {expression} stands for is known only at deployment: give its parameters a default, "
                "add the template that declares it, or collect the account with `segrego collect aws`"
            )
            self._draft.gap_at("unresolved_role", role_id, ("bindings", "trust", "policies"), message, location)
        return role_id


def _is_role_arn(text: str) -> bool:
    key = arn_key(text)
    return key is not None and key[0] == "iam" and key[1].startswith("role/")
