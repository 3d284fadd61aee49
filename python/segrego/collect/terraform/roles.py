"""Which role is meant: by its ARN, by its name, by a reference, or only by an expression."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from segrego.collect.draft import RoleDraft
from segrego.collect.terraform.arns import Arns, split_arn
from segrego.collect.terraform.draft import Draft, tags
from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.references import Attribute, Known, Leaf, Opaque, Resolver, label, leaf_in, unknown
from segrego.collect.terraform.values import Step, items
from segrego.inventory import Fact

__all__ = ["Bound", "Roles"]

_ROLE_TYPES = frozenset({"aws_iam_role", "awscc_iam_role"})
_NEVER_ROLES = frozenset({"aws_caller_identity", "aws_partition", "aws_region"})
_UNREAD: tuple[Fact, ...] = ("trust", "policies", "boundary")
_AGENTS = frozenset({"bedrock_agent", "bedrock_flow", "agentcore_runtime", "agentcore_harness"})
_OPEN = re.compile(r"\$\{(?!AWS::(?:AccountId|Region|Partition)\})")
"""A part of a role's ARN that only an apply can tell. Account and region tell no two roles of one configuration
apart."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The role that an attribute gives, and how it is known."""

    role: str
    certainty: Literal["exact", "by_default", "unresolved"] = "exact"


class Roles:
    """Reads the roles of one plan into a draft. ``shared`` maps known ARNs to ids over all files of a scan."""

    def __init__(self, plan: Plan, draft: Draft, resolver: Resolver, arns: Arns, shared: dict[str, str]) -> None:
        self._plan = plan
        self._draft = draft
        self._resolver = resolver
        self._arns = arns
        self._shared = shared
        self.by_instance: dict[Instance, RoleDraft] = {}
        self._by_name: dict[str, list[RoleDraft]] = {}
        self._by_text: dict[str, list[RoleDraft]] = {}
        self._stubs_by_name: dict[str, list[RoleDraft]] = {}

    def declare(self) -> None:
        """Enter every role, without its policies, and every ARN that is known."""
        for kind in sorted(_ROLE_TYPES):
            for instance in self._plan.of_type.get(kind, []):
                arn = self._arns.known(instance)
                seconds = instance.value("max_session_duration")
                role = RoleDraft(
                    id=self._draft.id(instance),
                    name=instance.text("name") or instance.text("role_name"),
                    arn=self._arns.text(instance),
                    account=self._arns.account(instance),
                    max_session_seconds=seconds if type(seconds) is int else None,
                    tags=tags(instance),
                    location=self._draft.location(instance.address),
                )
                self._draft.roles[role.id] = self.by_instance[instance] = role
                self._by_text.setdefault(role.arn or "", []).append(role)
                if role.name:
                    self._by_name.setdefault(role.name, []).append(role)
                if arn:
                    self._shared.setdefault(arn, role.id)

    def resolve(self, instance: Instance, *path: Step, value: str | None = None) -> Bound | None:
        """The role that the attribute at ``path`` (or ``value``, found there) gives; null if none is given."""
        leaves: tuple[Leaf, ...]
        if value is None:
            leaves = self._resolver.attribute(instance, *path)
        else:
            leaf = leaf_in(value)
            leaves = (Known(value),) if leaf is None else (leaf,)
        found = self._resolved(instance, leaves, by_default=str(path[0]) in instance.defaulted) if leaves else None
        if found is not None and found.certainty == "exact" and str(path[0]) in instance.defaulted:
            return Bound(found.role, "by_default")
        return found

    def _resolved(self, instance: Instance, leaves: tuple[Leaf, ...], *, by_default: bool) -> Bound | None:
        found = unknown(leaves)
        if not found:
            known = [leaf.value for leaf in leaves if isinstance(leaf, Known)]
            is_text = len(known) == 1 and isinstance(known[0], str)
            return self._known(known[0], instance, by_default=by_default) if is_text else None
        open_leaves = [
            leaf for leaf in found if not (isinstance(leaf, Attribute) and leaf.instance.type in _NEVER_ROLES)
        ]
        options = list(_options(open_leaves))
        roles = {role.id for leaf in options if not isinstance(leaf, Known) and (role := self.role_of(leaf))}
        if len(roles) == 1 and all(not isinstance(leaf, Known) and self.role_of(leaf) for leaf in options):
            return Bound(roles.pop())
        return self._unresolved(instance, open_leaves or list(found))

    def say_ambiguous(self) -> None:
        """Say of roles that are known by different expressions, and that agents hold, that they may be one."""
        held = {
            binding.role
            for workload in self._draft.workloads.values()
            if workload.kind in _AGENTS
            for binding in workload.bindings
        }
        stubs = [role for role in self._draft.roles.values() if role.identity == "unresolved" and role.id in held]
        for stub in stubs if len(stubs) > 1 else []:
            other = stubs[0] if stub is not stubs[0] else stubs[1]
            self._draft.gap(
                "ambiguous_role",
                stub.id,
                ("bindings",),
                f"{_shown(stub)} and {_shown(other)} are different expressions, and may be one role. "
                "Give the roles' resources, or variables a value, so that they can be told apart.",
                stub.location.address if stub.location else None,
            )

    def role_of(self, leaf: Attribute | Opaque) -> RoleDraft | None:
        """The planned role that a leaf is an attribute of."""
        if not isinstance(leaf, Attribute):
            return None
        if leaf.instance.managed:
            return self.by_instance.get(leaf.instance)
        if leaf.instance.type == "aws_iam_role":
            named = self._by_name.get(leaf.instance.text("name") or "", [])
            return named[0] if len(named) == 1 else None
        return None

    def named(self, value: str, instance: Instance, *path: Step) -> RoleDraft | None:
        """The role of a name that an attachment gives at ``path``. Of planned namesakes it is the one referred to; a
        role that is not in the plan is one that a workload names by its ARN."""
        found = self._named(value, instance)
        expression = instance.expression(*path)
        if found is None and value in self._by_name and isinstance(expression, dict):
            references = [str(reference) for reference in items(expression.get("references"))]
            near = instance.scope.instances
            roles = [self.by_instance.get(other) for ref in references for other in near.get(ref, {}).values()]
            namesakes = {role.id: role for role in roles if role and role.name == value}
            found = next(iter(namesakes.values())) if len(namesakes) == 1 else None
        stubs = self._stubs_by_name.get(value, [])
        return stubs[0] if found is None and len(stubs) == 1 else found

    def known_id(self, value: str, instance: Instance) -> str | None:
        """The id of the role that an ARN or name means, if any source or workload of this plan knows it."""
        leaf = leaf_in(value)
        if leaf is not None:
            role = self.role_of(leaf)
            return role.id if role else None
        named = None if value in self._shared else self._named(value, instance)
        found = self._shared.get(value) or (named.id if named else None)
        return found or (value if value in self._draft.roles else None)

    def candidates(self, instance: Instance, *path: Step, must_exist: bool) -> list[Bound]:
        """The roles that an unknown attribute may give: those that are there already, or also a stub for it."""
        leaves = self._resolver.attribute(instance, *path)
        found = {role.id for leaf in unknown(leaves) if (role := self.role_of(leaf))}
        if must_exist:
            single = [leaf for leaf in unknown(leaves) if isinstance(leaf, Opaque)]
            if not found and len(single) == 1 and len(unknown(leaves)) == 1:
                stub = self._stub_id(instance, [single[0]])[0]
                return [Bound(stub, "unresolved")] if stub in self._draft.roles else []
            return [Bound(role) for role in sorted(found)]
        bound = self.resolve(instance, *path)
        return [bound] if bound else []

    def is_namesake(self, value: str) -> bool:
        """Whether planned roles have this name."""
        return value in self._by_name

    def _known(self, value: str, instance: Instance, *, by_default: bool = False) -> Bound | None:
        """A role by its ARN, or by its name as instance profiles have it."""
        value = str(value)
        if not value:
            return None
        if value in self._shared:
            return Bound(self._shared[value])
        named = self._named(value, instance)
        if named is not None:
            return Bound(named.id)
        if _OPEN.search(value):
            return self._unresolved(instance, [Opaque("", value)])
        if value not in self._draft.roles:
            account, name = split_arn(value)[0], value.rpartition("/")[2]
            self._draft.roles[value] = RoleDraft(
                id=value,
                name=name,
                arn=value if value.startswith("arn:") else None,
                account=account,
                identity="by_default" if by_default else "known",
                unread=set(_UNREAD),
            )
            self._stubs_by_name.setdefault(name, []).append(self._draft.roles[value])
            self._draft.gap(
                "not_collected",
                value,
                _UNREAD,
                f"role {value} is named by {instance.address} and is not in this {self._plan.noun}. "
                "Collect it with `segrego collect aws` and check both documents together.",
                instance.address,
            )
        elif not by_default and self._draft.roles[value].identity == "by_default":
            self._draft.roles[value].identity = "known"
        return Bound(value)

    def _named(self, value: str, instance: Instance) -> RoleDraft | None:
        """The one planned role that an ARN names before AWS has made it: same name and path, no other account."""
        if len(alike := self._by_text.get(value, [])) == 1:
            return alike[0]
        account, name = split_arn(value)[0], value.rpartition("/")[2]
        path = value.partition(":role")[2].removesuffix(name) if value.startswith("arn:") else None
        if account is None and not value.startswith("arn:"):
            account = self._arns.account(instance)
        found = [
            role
            for role in self._by_name.get(name, [])
            if (not account or not role.account or role.account == account)
            and (path is None or (role.arn or "").endswith(f":role{path}{name}"))
        ]
        return found[0] if len(found) == 1 else None

    def _unresolved(self, instance: Instance, leaves: list[Attribute | Opaque]) -> Bound:
        """A role that only its expression stands for.

        One reference that cannot be seen through means one role wherever it stands in the same module instance. Of an
        expression of several references Terraform does not write how they make the value, so that only instances of one
        and the same block are known to share it.
        """
        stub, owner, expression = self._stub_id(instance, leaves)
        if stub not in self._draft.roles:
            self._draft.roles[stub] = RoleDraft(
                id=stub,
                identity="unresolved",
                unread=set(_UNREAD),
                location=self._draft.location(owner or instance.address),
            )
            choices = self._choices(leaves)
            which = f"one of {', '.join(choices)}" if len(choices) > 1 else expression
            self._draft.gap(
                "ambiguous_role" if len(choices) > 1 else "unresolved_role",
                stub,
                ("bindings", *_UNREAD),
                f"the role of {instance.address} is {which}, which this {self._plan.noun} does not resolve. "
                f"Refer to the role's resource or module output directly, or {self._plan.way_out}.",
                instance.address,
            )
        return Bound(stub, "unresolved")

    def _choices(self, leaves: list[Attribute | Opaque]) -> list[str]:
        """What an expression may be, if that is one of several things and a role among them."""
        inner = [among for leaf in leaves if isinstance(leaf, Opaque) for among in leaf.among]
        found = unknown(inner) if inner else leaves
        roles = [leaf for leaf in found if self.role_of(leaf)]
        texts = [leaf.value for leaf in inner if isinstance(leaf, Known) and isinstance(leaf.value, str) and leaf.value]
        return [*dict.fromkeys(map(label, found)), *texts][:8] if roles else []

    def _stub_id(self, instance: Instance, leaves: list[Attribute | Opaque]) -> tuple[str, str, str]:
        first = leaves[0]
        expression = ", ".join(dict.fromkeys(map(label, leaves)))
        if len(leaves) == 1 and isinstance(first, Opaque):
            owner = first.owner
        elif any(isinstance(leaf, Opaque) and leaf.owner == instance.address for leaf in leaves):
            owner = instance.address
        else:
            owner = f"{instance.scope.address}.{instance.local}".lstrip(".")
        stub = f"{self._draft.source}#{owner}:{expression}" if owner else f"{self._draft.source}#{expression}"
        return stub, owner, expression


def _options(leaves: Iterable[Leaf]) -> Iterator[Leaf]:
    """What an expression may be. An empty text is none of it: a workload that needs a role is not deployed with it, and
    one that does not holds no other."""
    for leaf in leaves:
        if isinstance(leaf, Opaque) and leaf.only:
            yield from _options(leaf.among)
        elif not isinstance(leaf, Known) or leaf.value != "":
            yield leaf


def _shown(role: RoleDraft) -> str:
    return role.id.partition("#")[2] or role.id
