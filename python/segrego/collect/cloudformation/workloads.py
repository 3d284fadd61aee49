"""Workloads: all of Bedrock and AgentCore that bears a role, Lambda functions, and whoever else holds their roles.

Lambda functions are always taken up. Other bearers of roles (tasks, instances, state machines, identity pools, whatever
has a property that is called a role) are taken up, as ``principal``, only where they hold a role that one of
the former holds too: on a role of their own they say nothing about agents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from segrego.collect.cloudformation.attributes import described
from segrego.collect.cloudformation.bearers import BEARERS, Bearer
from segrego.collect.cloudformation.draft import Draft, forget_open, id_of, tags_of
from segrego.collect.cloudformation.requirements import requirements
from segrego.collect.cloudformation.roles import Roles
from segrego.collect.cloudformation.routes import Routes
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.template import Map, Seq
from segrego.collect.cloudformation.text import Text, as_text
from segrego.inventory import Binding, Workload

__all__ = ["Workloads"]


_NO_PRINCIPALS = re.compile(
    r"AWS::CloudFormation::|AWS::Lambda::|AWS::IAM::(?!InstanceProfile$)|AWS::BedrockAgentCore::GatewayRule|Custom::"
)
"""Types whose role properties hand a role on, or name it in a rule, but do not bear it."""


class Workloads:
    """Reads workloads and their bindings into a draft. All roles must be there."""

    def __init__(self, draft: Draft, roles: Roles) -> None:
        self._draft = draft
        self._roles = roles
        self._routes = Routes(draft)

    def collect(self) -> None:
        """The workloads of every template of the scan."""
        scopes = list(self._draft.scan.scopes.values())
        routes = self._routes.collect()
        for scope in scopes:
            for logical in scope.of_type(*BEARERS):
                self._read(scope, logical, BEARERS[scope.type(logical)], routes.get(id_of(scope, logical), {}))
        held = {binding.role for workload in self._draft.workloads.values() for binding in workload.bindings}
        for scope in scopes:
            for logical in scope.resources:
                if scope.type(logical) not in BEARERS and not _NO_PRINCIPALS.match(scope.type(logical)):
                    self._principal(scope, logical, held)

    def _read(self, scope: Scope, logical: str, bearer: Bearer, routes: dict[str | None, list[str]]) -> None:
        place = scope.location(logical)
        workload = id_of(scope, logical)
        text = scope.text(logical, *bearer.role)
        written = scope.property(logical, *bearer.role) is not None
        bindings: tuple[Binding, ...] = ()
        if text:
            line = scope.properties(logical).lines.get(bearer.role[0])
            role, certainty = self._roles.held(scope, text, scope.location(logical, line))
            bindings = tuple(
                Binding(role=role, slot=slot, version=None, via=via, certainty=certainty)
                for slot, via in _slots(bearer.slot, routes)
            )
        elif written or not bearer.optional:
            message = f"no role can be read from {'.'.join(bearer.role)}: set it, or collect the account"
            self._draft.gap_at("unresolved_role", workload, ("bindings",), message, place)
        self._draft.say_open(scope, workload, ("bindings",), place)
        self._draft.workloads[workload] = Workload(
            id=workload,
            kind=bearer.kind,
            name=str(scope.text(logical, bearer.name) or logical),
            arn=_plain(scope.arn_of(logical)),
            account=scope.pseudo.get("AWS::AccountId"),
            region=scope.pseudo.get("AWS::Region"),
            bindings=bindings,
            only_if=requirements(scope, logical),
            tags=tags_of(scope, logical),
            location=place,
        )
        forget_open(scope)  # in names and tags: they hide no fact
        self._draft.workloads[workload] = described(self._draft, scope, logical, self._draft.workloads[workload])

    def _principal(self, scope: Scope, logical: str, held: set[str]) -> None:
        found: dict[str, Binding] = {}
        for text in _role_texts(scope, scope.properties(logical)):
            role = self._roles.known(scope, text)
            if role is not None and role in held:
                found.setdefault(role, Binding(role=role, certainty="by_default" if text.by_default else "exact"))
        forget_open(scope)
        if found:
            workload = id_of(scope, logical)
            self._draft.workloads[workload] = Workload(
                id=workload,
                kind="principal",
                name=str(scope.text(logical, "Name") or logical),
                arn=_plain(scope.arn_of(logical)),
                account=scope.pseudo.get("AWS::AccountId"),
                region=scope.pseudo.get("AWS::Region"),
                bindings=tuple(found[role] for role in sorted(found)),
                only_if=requirements(scope, logical),
                tags=tags_of(scope, logical),
                location=scope.location(logical),
            )


def _slots(own: Any, routes: dict[str | None, list[str]]) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The slots of a workload: its own, with what routes to it directly, and the version that is made of it."""
    yield own, tuple(sorted(routes.get(own, ())))
    if routes.get("version"):
        yield "version", tuple(sorted(routes["version"]))


def _role_texts(scope: Scope, node: Any, named: bool = False) -> Iterator[Text]:
    """Every text in a property that is called a role, of any depth."""
    if isinstance(node, Map) and not any(key == "Ref" or key.startswith("Fn::") for key in node):
        for key, item in node.items():
            yield from _role_texts(scope, item, named or "role" in key.lower())
    elif isinstance(node, Seq):
        for item in node:
            yield from _role_texts(scope, item, named)
    elif named:
        value = scope.resolve(node)
        for item in value if isinstance(value, Seq) else [value]:
            text = as_text(item)
            if text:
                yield text


def _plain(text: Text | None) -> str | None:
    return None if text is None else str(text)
