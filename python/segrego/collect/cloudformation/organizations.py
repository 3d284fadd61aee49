"""Service control policies in templates, and the accounts that they are attached to.

Which accounts a root or a unit holds no template tells, so only targets that are accounts count. Source: the resource
schema of ``AWS::Organizations::Policy``.
"""

from __future__ import annotations

import re
from itertools import chain

from segrego.collect.cloudformation.draft import Draft, forget_open
from segrego.collect.cloudformation.policies import Policies
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.template import Seq
from segrego.collect.cloudformation.text import as_text
from segrego.collect.organization import Organization, united

__all__ = ["read_organization"]

_ACCOUNT = re.compile(r"\d{12}")


def read_organization(draft: Draft, policies: Policies) -> None:
    """Enter service control policies, and the accounts that they are attached to."""
    found = [_shown(draft, policies, scope) for scope in draft.scan.scopes.values()]
    accounts = united(chain.from_iterable(organization.accounts() for organization in found))
    draft.accounts.update((account.id, account) for account in accounts)
    draft.policies.update((policy.id, policy) for organization in found for policy in organization.policies())


def _shown(draft: Draft, policies: Policies, scope: Scope) -> Organization:
    """The part of the organization that one stack shows."""
    found = Organization(scope.name)
    for logical in scope.of_type("AWS::Organizations::Policy"):
        if scope.text(logical, "Type") == "SERVICE_CONTROL_POLICY":
            _attach(draft, policies, found, scope, logical)
        forget_open(scope)
    return found


def _attach(draft: Draft, policies: Policies, found: Organization, scope: Scope, logical: str) -> None:
    policy = policies.service_control(scope, logical)
    value = scope.property(logical, "TargetIds")
    for item in value if isinstance(value, Seq) else () if value is None else (value,):
        target = as_text(item)
        if target is None or (target.unresolved and target.entity is None):
            message = f"not every target of {logical} is resolved: give its parameters with --parameters"
            draft.gap_at("unresolved_reference", policy, ("service_control",), message, scope.location(logical))
        elif _ACCOUNT.fullmatch(target):
            found.attached[str(target)].append(policy)
            found.members[str(target)] = (str(target), None)
