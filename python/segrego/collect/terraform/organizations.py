"""AWS Organizations in Terraform: accounts, the units above them, and where service control policies are attached.

Source: the ``aws`` and ``awscc`` providers' resources ``aws_organizations_*`` and ``awscc_organizations_*``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from segrego.collect.organization import ROOT, Organization
from segrego.collect.terraform.draft import Draft
from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.references import Attribute, Known, Leaf, Resolver, label
from segrego.inventory import Location

__all__ = ["read_organization"]

_ACCOUNT = re.compile(r"\d{12}")
_MEMBERS = {"aws_organizations_account": ("id", "name"), "awscc_organizations_account": ("account_id", "account_name")}
_UNITS = ("aws_organizations_organizational_unit", "awscc_organizations_organizational_unit")
_WHOLE = ("aws_organizations_organization", "awscc_organizations_organization")
_POLICIES = ("aws_organizations_policy", "awscc_organizations_policy")


def read_organization(plan: Plan, draft: Draft, resolver: Resolver) -> None:
    """Enter the accounts that a service control policy of the draft stands above."""
    _Reader(plan, draft, resolver).read()


class _Reader:
    def __init__(self, plan: Plan, draft: Draft, resolver: Resolver) -> None:
        self._plan = plan
        self._draft = draft
        self._resolver = resolver
        self._found = Organization(draft.source)
        self._called: dict[str, str] = {}

    def read(self) -> None:
        for instance in self._of(*_WHOLE):
            self._found.management = (
                instance.text("master_account_id") or instance.text("management_account_id") or self._found.management
            )
        for instance in self._of(*_UNITS, *_MEMBERS):
            if (known := instance.text(_MEMBERS.get(instance.type, ("id",))[0])) is not None:
                self._called[known] = instance.address
        for instance in self._of(*_UNITS, *_MEMBERS):
            self._place(instance)
        for instance in self._of("aws_organizations_policy_attachment"):
            self._attach(instance, self._policies(instance), "target_id")
        for instance in self._of("awscc_organizations_policy"):
            self._attach(instance, [self._draft.id(instance)], "target_ids")
        self._draft.accounts.update((account.id, account) for account in self._found.accounts())
        self._draft.policies.update((policy.id, policy) for policy in self._found.policies())

    def _of(self, *kinds: str) -> Iterator[Instance]:
        for kind in kinds:
            yield from (instance for instance in self._plan.of_type.get(kind, []) if instance.managed)

    def _place(self, instance: Instance) -> None:
        if instance.type in _MEMBERS:
            number, name = (instance.text(attribute) for attribute in _MEMBERS[instance.type])
            if number is not None and _ACCOUNT.fullmatch(number):
                self._found.members[instance.address] = (number, name)
        for attribute in ("parent_id", "parent_ids"):
            for leaf in self._resolver.attribute(instance, attribute):
                if len(parents := self._targets(leaf)) == 1:
                    self._found.parents[instance.address] = parents[0]

    def _policies(self, instance: Instance) -> list[str]:
        found = []
        for leaf in self._resolver.attribute(instance, "policy_id"):
            if isinstance(leaf, Attribute) and leaf.instance.type in _POLICIES:
                found.append(self._draft.id(leaf.instance))
            elif isinstance(leaf, Known):
                found += [self._draft.id(p) for p in self._of(*_POLICIES) if p.text("id") == leaf.value]
        return found

    def _attach(self, instance: Instance, policies: list[str], attribute: str) -> None:
        controls = [policy for policy in policies if policy in self._draft.policies]
        for leaf in self._resolver.attribute(instance, attribute) if controls else ():
            targets = self._targets(leaf)
            for target in targets:
                self._found.attached[target] += controls
            if not targets:
                what = str(leaf.value) if isinstance(leaf, Known) else label(leaf)
                message = f"{instance.address} is attached to {what}, which this {self._plan.noun} does not resolve"
                place: Location = self._draft.location(instance.address)
                self._draft.gap_at("unresolved_reference", controls[0], ("service_control",), message, place)

    def _targets(self, leaf: Leaf) -> list[str]:
        """What a leaf names: the root, units and accounts by their addresses, or by their ids where they have none."""
        if isinstance(leaf, Known):
            values = leaf.value if isinstance(leaf.value, list) else [leaf.value]
            return [self._target(value) for value in values if isinstance(value, str) and value]
        if not isinstance(leaf, Attribute):
            return []
        if leaf.instance.type in _WHOLE:
            return [ROOT]
        return [leaf.instance.address] if leaf.instance.type in (*_UNITS, *_MEMBERS) else []

    def _target(self, value: str) -> str:
        if value.startswith("r-"):
            return ROOT
        if _ACCOUNT.fullmatch(value) and value not in self._called:
            self._found.members[value] = (value, None)
        return self._called.get(value, value)
