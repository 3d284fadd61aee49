"""Roles of the templates, and roles that they only refer to."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

from segrego.collect.cloudformation.draft import Draft, id_of, tags_of
from segrego.collect.cloudformation.names import arn_account, arn_key
from segrego.collect.cloudformation.policies import Policies, possible
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
_OWN_ACCOUNT = "${AWS::AccountId}"


class Roles:
    """Reads roles into a draft and tells which role an expression stands for. ``options`` are, by the id of a role that
    is not resolved, the ids of the roles that it may be, where these are known."""

    def __init__(self, draft: Draft) -> None:
        self.options: dict[str, frozenset[str]] = {}
        self._draft = draft
        self._policies = Policies(draft)
        self._named: dict[str, list[str]] = defaultdict(list)

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
        options = self._options(scope, text)
        found = {self._certain(scope, option) for option in options}
        by_default = text.by_default or any(option.by_default for option in options)
        if len(found) == 1 and (role := next(iter(found))) is not None:
            if role not in self._draft.roles:
                self._stub(role, place, by_default=by_default)
            elif not by_default and self._draft.roles[role].identity == "by_default":
                self._draft.roles[role].identity = "known"
            return role, "by_default" if by_default else "exact"
        role = self._unresolved(scope, text, place)
        if len(options) > 1 or options[0] is not text:
            others = {self._certain(scope, option) or self._expression(scope, option)[0] for option in options}
            self.options[role] = frozenset(others)
        return role, "unresolved"

    def known(self, scope: Scope, text: Text) -> str | None:
        """The id of the role that a text stands for, were it held; no stub is made for it. Null if it stands for
        none."""
        found = {self._certain(scope, option) for option in self._options(scope, text)}
        role = found.pop() if len(found) == 1 else None
        return role or (self._expression(scope, text)[0] if text.unresolved else None)

    def _options(self, scope: Scope, text: Text) -> tuple[Text, ...]:
        if text.options:
            return text.options
        # an account that a parameter gives may be another one than that of the role with this name
        account = arn_account(text)
        if text.entity is None and "${" in account and account != _OWN_ACCOUNT and (found := scope.denoted(text)):
            return (Text(text, by_default=text.by_default, entity=found), Text(text, unresolved=True))
        return (text,)

    def _certain(self, scope: Scope, text: Text) -> str | None:
        """The id of the role that a text without options stands for; null if only the expression is known."""
        account = arn_account(text)
        is_open = text.entity is None and "${" in account and account != _OWN_ACCOUNT
        entity = None if is_open else scope.denoted(text)
        if entity is not None and self._draft.scan.scopes[entity[0]].type(entity[1]) == _ROLE:
            return self._draft.id_for(entity)
        if text.unresolved:
            return None
        return str(text) if _is_role_arn(text) else self.by_name(scope, text)

    def by_name(self, scope: Scope, text: Text) -> str | None:
        """The role with this name: in the same template, or the only one of that name in the scan."""
        entity = scope.scan_target(text.entity)
        if entity is not None:
            return self._draft.id_for(entity) if self._draft.scan.scopes[entity[0]].type(entity[1]) == _ROLE else None
        candidates = self._called(scope, text)
        return candidates[0] if len(candidates) == 1 else None

    def _called(self, scope: Scope, name: str) -> list[str]:
        found = self._named.get(name, [])
        own = [role for role in found if role.startswith(scope.name + "#")]
        return own if own or "${" in name else found

    def _read(self, scope: Scope, logical: str) -> None:
        place = scope.location(logical)
        given = scope.text(logical, "RoleName")
        arn = scope.arn_of(logical)
        role = RoleDraft(
            id=id_of(scope, logical),
            name=str(given) if given is not None else None,
            arn=str(arn),
            account=scope.pseudo.get("AWS::AccountId"),
            tags=tags_of(scope, logical),
            location=place,
        )
        seconds = scope.text(logical, "MaxSessionDuration")
        role.max_session_seconds = int(seconds) if seconds is not None and seconds.isdecimal() else None
        if given is not None:
            self._named[str(given)].append(role.id)
        self._draft.roles[role.id] = role
        scope.take_undecided()  # in names and tags
        try:
            document = possible(scope.property(logical, "AssumeRolePolicyDocument"))
            role.trust = trust_statements(document, line_of=line_of)
        except PolicyDocumentError as error:
            role.unread.add("trust")
            message = f"the trust policy cannot be read: {error.message}. Correct AssumeRolePolicyDocument"
            self._draft.gap_at("unreadable_policy", role.id, ("trust",), message, place)
        self._draft.say_open(scope, role.id, ("trust",), place)
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
            elif role is None and (text.unresolved or len(self._called(scope, text)) > 1):
                which = (
                    "a role that is not in these templates" if text.unresolved else "and several roles are called so"
                )
                message = f"it is attached to {text}, {which}: add its template, or give the role a name of its own"
                self._draft.gap_at("unresolved_reference", id_of(scope, logical), ("policies",), message, place)
        self._draft.say_open(scope, id_of(scope, logical), ("policies",), place)

    def _stub(self, arn: str, place: Location, *, by_default: bool) -> None:
        """A role that is only referred to, by its ARN."""
        # the address there is that of the workload, not the role's
        place = Location(source=place.source, file=place.file, line=place.line)
        self._draft.roles[arn] = RoleDraft(
            id=arn,
            name=arn.rpartition("/")[2],
            arn=arn,
            account=arn_account(arn) or None,
            identity="by_default" if by_default else "known",
            unread=set(_STUB_UNREAD),
            location=place,
        )
        message = "the role is not in these templates: add its template, or collect it with `segrego collect aws`"
        self._draft.gap_at("not_collected", arn, _STUB_UNREAD, message, place)

    def _expression(self, scope: Scope, text: Text) -> tuple[str, str]:
        """The id of the role that an expression stands for, and the expression as the stack writes it that it is of:
        equal expressions of one stack are one role."""
        if not text.unresolved:
            return id_of(scope, repr(str(text))), repr(str(text))
        home, expression = self._draft.scan.home_of(scope, text)
        return f"{home}#{expression}", expression

    def _unresolved(self, scope: Scope, text: Text, place: Location) -> str:
        role_id, expression = self._expression(scope, text)
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
                f"which role {expression} stands for is known only at deployment: give its parameters with "
                "--parameters, add the template that declares it, or collect the account with `segrego collect aws`"
            )
            self._draft.gap_at("unresolved_role", role_id, ("bindings", "trust", "policies"), message, location)
        return role_id


def _is_role_arn(text: str) -> bool:
    key = arn_key(text)
    return key is not None and key[0] == "iam" and key[1].startswith("role/")
