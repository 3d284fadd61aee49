"""The policies that roles hold: inline, attached, and the permissions boundary, of providers ``aws`` and ``awscc``.

A policy whose text is not known keeps its place with ``read`` false, and each role that holds it says that its policies
were not read. Policies of AWS's own are named and not read here: they are the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from msgspec.structs import replace

from segrego.collect.draft import RoleDraft
from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.documents import Documents
from segrego.collect.terraform.draft import Draft
from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.references import Attribute, Known, Leaf, Resolver, label, leaf_in, unknown
from segrego.collect.terraform.roles import Roles
from segrego.collect.terraform.terms import Document, Lined, Unknown
from segrego.collect.terraform.values import Step, blocks, items
from segrego.errors import PolicyDocumentError
from segrego.iam.documents import LineOf, statements, trust_statements
from segrego.inventory import Fact, Location, Policy, Statement

__all__ = ["Policies", "readable"]

_AWS_MANAGED = re.compile(r"arn:[^:]+:iam::aws:policy/.+", re.DOTALL)
_POLICY_TYPES = frozenset({"aws_iam_policy", "awscc_iam_managed_policy"})
_COLLECT = "Collect it with `segrego collect aws` and check both documents together."
_ATTACHMENTS = (
    ("aws_iam_role_policy_attachment", "role", "policy_arn"),
    ("aws_iam_policy_attachment", "roles", "policy_arn"),
    ("aws_iam_role_policy_attachments_exclusive", "role_name", "policy_arns"),
)
_INLINE = (
    ("aws_iam_role_policy", "role", "name", "policy"),
    ("awscc_iam_role_policy", "role_name", "policy_name", "policy_document"),
)


class Policies:
    """Reads the policies of one plan into a draft. ``shared`` maps known ARNs to instances over all files of a scan."""

    def __init__(
        self, plan: Plan, draft: Draft, resolver: Resolver, arns: Arns, roles: Roles, shared: dict[str, str]
    ) -> None:
        self._plan = plan
        self._draft = draft
        self._resolver = resolver
        self._arns = arns
        self._roles = roles
        self._shared = shared
        self._documents = Documents(resolver, arns)
        self._unreadable: dict[str, str] = {}
        self._by_arn: dict[str, Instance] = {}

    def declare(self) -> None:
        """Enter the ARN of every managed policy that is planned."""
        for kind in sorted(_POLICY_TYPES):
            for instance in self._plan.of_type.get(kind, []):
                arn = self._arns.text(instance)
                self._by_arn.setdefault(arn, instance)
                if self._arns.known(instance):
                    self._shared.setdefault(arn, self._draft.id(instance))

    def read(self) -> None:
        """Fill in trust, policies and boundary of every role. To be called when every workload has its role."""
        for instance, role in self._roles.by_instance.items():
            self._read_trust(instance, role)
            self._read_boundary(instance, role)
            for attribute, name, document in (
                ("inline_policy", "name", "policy"),
                ("policies", "policy_name", "policy_document"),
            ):
                self._inline_blocks(instance, role, attribute, name, document)
            self._attach(instance, role, "managed_policy_arns")
        for kind, holder, name, document in _INLINE:
            for instance in self._plan.of_type.get(kind, []):
                for role in self._holders(instance, holder):
                    self._inline(instance, role, (document,), instance.text(name) or instance.name)
        for kind, holder, attached in _ATTACHMENTS:
            for instance in self._plan.of_type.get(kind, []):
                for role in self._holders(instance, holder):
                    self._attach(instance, role, attached)
        for instance in self._plan.of_type.get("awscc_iam_managed_policy", []):
            if instance.value("roles") not in (None, []):
                for role in self._holders(instance, "roles"):
                    self._hold(role, self._managed(instance), instance)
        for instance in self._plan.of_type.get("aws_iam_role_policies_exclusive", []):
            self._exclusive(instance)
        for kind in ("aws_organizations_policy", "awscc_organizations_policy"):
            for instance in self._plan.of_type.get(kind, []):
                self._service_control(instance)

    def _read_trust(self, instance: Instance, role: RoleDraft) -> None:
        name = "assume_role_policy" if instance.type == "aws_iam_role" else "assume_role_policy_document"
        try:
            document, exact = self._document(instance, name)
            role.trust = trust_statements(document, line_of=_lines_in(instance.file))
        except PolicyDocumentError as error:
            role.unread.add("trust")
            self._draft.gap(
                "unreadable_policy",
                role.id,
                ("trust",),
                f"the trust policy {instance.address}.{name} cannot be read: it {_verb(error.message)}. "
                "Use aws_iam_policy_document for it, or collect the role with `segrego collect aws` after apply.",
                instance.address,
            )
        else:
            if not exact:
                self._inexact(role.id, "trust", f"the trust policy {instance.address}.{name}", instance)

    def _read_boundary(self, instance: Instance, role: RoleDraft) -> None:
        leaves = self._resolver.attribute(instance, "permissions_boundary")
        if not leaves or instance.value("permissions_boundary") == "":
            return
        found = self._policy_ids(leaves, "boundary", instance)
        if len(found) == 1 and found[0] is not None:
            role.boundary = found[0]
            policy = self._draft.policies.get(role.boundary)
            if policy is None or policy.read or policy.kind == "aws_managed":
                return
            what = f"the permissions boundary {role.boundary} of {instance.address}"
            message = f"{what} is not readable in this {self._plan.noun}"
        else:
            message = f"the permissions boundary of {instance.address} is not resolved by this {self._plan.noun}"
        role.unread.add("boundary")
        self._draft.gap("unread_policy", role.id, ("boundary",), f"{message}. {_COLLECT}", instance.address)

    def _holders(self, instance: Instance, name: str) -> Iterator[RoleDraft]:
        """The roles that an attachment is for, by name or by reference."""
        leaves = self._resolver.attribute(instance, name)
        clear = bool(leaves)
        values = [value for leaf in leaves if isinstance(leaf, Known) for value in _listed(leaf.value)]
        for value in values if not unknown(leaves) else []:
            leaf = leaf_in(value)
            by_name = leaf is None and isinstance(value, str)
            role = self._roles.named(value, instance, name) if by_name else self._roles.role_of(leaf) if leaf else None
            if role is not None:
                yield role
            else:
                clear = clear and isinstance(value, str) and not self._roles.is_namesake(value)
        for leaf in unknown(leaves):
            role = self._roles.role_of(leaf)
            if role is not None:
                yield role
            else:
                clear = False
        if not clear:
            self._draft.gap(
                "unresolved_reference",
                self._draft.source,
                ("policies",),
                f"which role {instance.address} adds a policy to is not resolved by this {self._plan.noun}. "
                f"Refer to the role's resource directly, or {self._plan.way_out}.",
                instance.address,
            )

    def _inline_blocks(self, instance: Instance, role: RoleDraft, attribute: str, name: str, document: str) -> None:
        planned = instance.value(attribute)
        for index, block in enumerate(blocks(planned)):
            if isinstance(label_of := block.get(name), str) and label_of:
                self._inline(instance, role, (attribute, index, document), label_of)
        if unknown(self._resolver.attribute(instance, attribute)):
            role.unread.add("policies")
            message = f"{instance.address}.{attribute} is known only after apply. {_COLLECT}"
            self._draft.gap("unreadable_policy", role.id, ("policies",), message, instance.address)

    def _inline(self, instance: Instance, role: RoleDraft, path: tuple[Step, ...], name: str) -> None:
        suffix = f".{path[0]}[{name}]" if len(path) > 1 else ""
        policy = f"{self._draft.id(instance)}{suffix}"
        if policy not in self._draft.policies:
            self._put(policy, name, "inline", instance, path)
        self._hold(role, policy, instance)

    def _managed(self, instance: Instance) -> str:
        policy = self._draft.id(instance)
        if policy not in self._draft.policies:
            name = instance.text("name") or instance.text("managed_policy_name") or instance.name
            document = "policy" if instance.type == "aws_iam_policy" else "policy_document"
            self._put(policy, name, "managed", instance, (document,), self._arns.text(instance))
        return policy

    def _put(
        self,
        policy: str,
        name: str,
        kind: Literal["inline", "managed", "service_control"],
        instance: Instance,
        path: tuple[Step, ...],
        arn: str | None = None,
    ) -> None:
        read: tuple[Statement, ...] = ()
        written_in: str | None = None
        document: object = None
        try:
            document, exact = self._document(instance, *path)
            written_in = _file_of(document) or instance.file
            read = statements(document, line_of=_lines_in(written_in))
        except PolicyDocumentError as error:
            self._unreadable[policy] = f"it {_verb(error.message)}"
        else:
            if not exact:
                self._inexact(policy, "policies", f"the policy {instance.address}", instance)
        self._draft.policies[policy] = Policy(
            id=policy,
            name=name,
            kind=kind,
            arn=arn,
            read=policy not in self._unreadable,
            statements=read,
            location=self._location(instance, document, written_in),
        )

    def _attach(self, instance: Instance, role: RoleDraft, name: str) -> None:
        leaves = self._resolver.attribute(instance, name)
        for policy in self._policy_ids(leaves, "managed", instance):
            if policy is not None:
                self._hold(role, policy, instance)
        open_leaves = [leaf for leaf in unknown(leaves) if self._policy_of(leaf) is None]
        if open_leaves or (unknown(leaves) and name.endswith("s")):
            expression = ", ".join(map(label, open_leaves)) or "a list with unknown parts"
            role.unread.add("policies")
            self._draft.gap(
                "unread_policy",
                role.id,
                ("policies",),
                f"{instance.address}.{name} is {expression}, which this {self._plan.noun} does not resolve. {_COLLECT}",
                instance.address,
            )

    def _policy_ids(
        self, leaves: tuple[Leaf, ...], stub: Literal["managed", "boundary"], instance: Instance
    ) -> list[str | None]:
        found: list[str | None] = []
        is_open = bool(unknown(leaves))
        for leaf in leaves:
            if isinstance(leaf, Known):
                values = [] if is_open else _listed(leaf.value)
                found += [self._by_value(value, stub, instance) for value in values if isinstance(value, str) and value]
            else:
                policy = self._policy_of(leaf)
                found.append(self._managed(policy) if policy is not None else None)
        return found

    def _policy_of(self, leaf: Any) -> Instance | None:
        is_policy = isinstance(leaf, Attribute) and leaf.instance.managed and leaf.instance.type in _POLICY_TYPES
        return leaf.instance if is_policy else None

    def _by_value(self, arn: str, stub: Literal["managed", "boundary"], instance: Instance) -> str:
        leaf = leaf_in(arn)
        referred = self._policy_of(leaf) if leaf is not None else None
        arn = str(arn)
        planned = referred or self._by_arn.get(arn) or self._planned(arn, instance)
        if planned is not None:
            return self._managed(planned)
        if arn in self._shared:
            return self._shared[arn]
        if arn not in self._draft.policies:
            is_aws = _AWS_MANAGED.fullmatch(arn) is not None
            self._draft.policies[arn] = Policy(
                id=arn, name=arn.rpartition("/")[2], kind="aws_managed" if is_aws else stub, arn=arn, read=False
            )
        return arn

    def _planned(self, arn: str, instance: Instance) -> Instance | None:
        """A planned policy that has no ARN yet, by the ARN that it will have."""
        account = arn.split(":")[4] if arn.count(":") >= 5 else ""
        return self._by_arn.get(arn.replace(f"::{account}:", "::${AWS::AccountId}:", 1)) if account.isdigit() else None

    def _hold(self, role: RoleDraft, policy: str, instance: Instance) -> None:
        role.policies[policy] = None
        found = self._draft.policies.get(policy)
        if found is None or found.read or found.kind == "aws_managed":
            return  # a policy of another file of the scan says itself whether it was read
        role.unread.add("policies")
        if reason := self._unreadable.get(policy):
            advice = "Use aws_iam_policy_document for it, or collect the role with `segrego collect aws` after apply."
            message = f"the policy {instance.address} of {role.id} cannot be read: {reason}. {advice}"
            self._draft.gap("unreadable_policy", role.id, ("policies",), message, instance.address)
        else:
            message = f"the policy {policy} of {role.id} is not in this {self._plan.noun}. {_COLLECT}"
            self._draft.gap("unread_policy", role.id, ("policies",), message, instance.address)

    def _exclusive(self, instance: Instance) -> None:
        """Inline policies that are said to be there, but that no resource of this plan writes."""
        names = [name for name in items(instance.value("policy_names")) if isinstance(name, str)]
        for role in self._holders(instance, "role_name"):
            held = {self._draft.policies[policy].name for policy in role.policies if policy in self._draft.policies}
            if missing := [name for name in names if name not in held]:
                role.unread.add("policies")
                what = f"the inline policies {', '.join(missing)} of {role.id}"
                message = f"{what} are not in this {self._plan.noun}. {_COLLECT}"
                self._draft.gap("unread_policy", role.id, ("policies",), message, instance.address)

    def _document(self, instance: Instance, *path: Step) -> tuple[object, bool]:
        leaves = self._resolver.attribute(instance, *path)
        first = leaves[0] if len(leaves) == 1 else None
        if not leaves:
            raise PolicyDocumentError("is not set")
        if isinstance(first, Known):
            return readable(first.value), True
        rebuilt = self._documents.rebuild(leaves)
        return rebuilt.document, rebuilt.exact

    def document(self, instance: Instance, *path: Step) -> tuple[object, bool, LineOf]:
        """The policy document at ``path``, whether it is exact, and where its statements stand.

        Raises :class:`~segrego.errors.PolicyDocumentError` for one that is not known.
        """
        found, exact = self._document(instance, *path)
        return found, exact, _lines_in(_file_of(found) or instance.file)

    def _service_control(self, instance: Instance) -> None:
        """A service control policy. What it is attached to is read of the organization."""
        if (instance.text("type") or "SERVICE_CONTROL_POLICY") == "SERVICE_CONTROL_POLICY":
            name = instance.text("name") or instance.name
            self._put(
                self._draft.id(instance), name, "service_control", instance, ("content",), self._arns.text(instance)
            )

    def _location(self, instance: Instance, document: object, written_in: str | None) -> Location:
        """The resource's place; that of its document where this stands in another file, as its statements do."""
        place = self._draft.location(instance.address)
        if written_in is None or written_in == instance.file:
            return place
        line = next((inner.place[1] for inner in _statements(document) if isinstance(inner, Lined)), place.line)
        return replace(place, file=written_in, line=line)

    def _inexact(self, subject: str, fact: Fact, what: str, instance: Instance) -> None:
        self._draft.gap(
            "unresolved_reference",
            subject,
            (fact,),
            f"{what} names things that are known only after apply: they are read by their references, without the text "
            "around these. Plan again after apply, or collect it with `segrego collect aws`, to read it exactly.",
            instance.address,
        )


def readable(value: object) -> object:
    """A document as :mod:`segrego.iam.documents` takes it: what it is made of where that is known, else its text."""
    if isinstance(value, Document):
        return _with_texts(value.value)
    if isinstance(value, str) and type(value) is not str:
        return str(value)
    return _with_texts(value) if isinstance(value, dict) else value


def _with_texts(value: Any) -> Any:
    if isinstance(value, Unknown):
        return "${" + value.text + "}"
    if isinstance(value, dict):
        made = {key: _with_texts(inner) for key, inner in value.items()}
        return Lined(made, value.place) if isinstance(value, Lined) else made
    return [_with_texts(inner) for inner in value] if isinstance(value, list) else value


def _statements(document: object) -> list[Any]:
    found = document.get("Statement") if isinstance(document, dict) else None
    return [found] if isinstance(found, dict) else items(found)


def _file_of(document: object) -> str | None:
    """The one file that all statements of a document stand in."""
    files = {inner.place[0] if isinstance(inner, Lined) else None for inner in _statements(document)}
    return files.pop() if len(files) == 1 else None


def _lines_in(file: str | None) -> LineOf:
    return lambda statement: statement.place[1] if isinstance(statement, Lined) and statement.place[0] == file else None


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _verb(message: str) -> str:
    """The message as the predicate of a sentence."""
    return message if message.startswith(("is ", "comes ")) else f"is not valid: {message}"
