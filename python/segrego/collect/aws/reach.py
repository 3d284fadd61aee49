"""Roles that no workload holds and that matter all the same: Bedrock may take them, or a role of a workload may.

Which of an account's roles these are, their trust policies and the grants of the roles read so far tell. The others are
not looked at any further.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from segrego.collect.aws.caller import Hides
from segrego.collect.aws.session import Account
from segrego.errors import PolicyDocumentError
from segrego.iam.actions import compile_pattern
from segrego.iam.documents import trust_statements
from segrego.inventory import Policy, Role, Statement

__all__ = ["Candidate", "list_candidates", "reached"]

_ASSUME = "sts:assumerole"
_PAGE = 1000
_SERVICE_LINKED = ":role/aws-service-role/"  # AWS makes and keeps them, and nobody else can assume them


@dataclass(frozen=True, slots=True)
class Candidate:
    """A role that may matter: one that Bedrock may assume, or one whose trust lets in ``principals`` of AWS."""

    arn: str
    trusts_bedrock: bool
    principals: frozenset[str]


def list_candidates(account: Account) -> list[Candidate]:
    """The roles of an account that more than other services may assume."""
    hides = Hides(account.source, ("trust",))
    answer = account.request("ListRoles", hides, MaxItems=_PAGE)
    found = (_candidate(item) for item in answer.items if _SERVICE_LINKED not in item["Arn"])
    return [each for each in found if each.trusts_bedrock or each.principals]


def reached(
    candidates: Mapping[str, Candidate], roles: Iterable[Role], policies: Mapping[str, Policy]
) -> frozenset[str]:
    """The candidates that some of the roles may assume: their trust names the role, or its grants name them.

    A grant on every resource (``*``) names nothing. Both halves of an assumption, conditions and denials are for the
    rules to judge: this only says what they need to see.
    """
    by_principal: dict[str, set[str]] = defaultdict(set)
    for candidate in candidates.values():
        for principal in candidate.principals:
            by_principal[principal].add(candidate.arn)
    found: set[str] = set()
    patterns: set[str] = set()
    for role in roles:
        found |= by_principal.get(role.arn or role.id, set())
        for name in role.policies:
            patterns |= {text for statement in policies[name].statements for text in _assumable(statement)}
    for pattern in patterns & set(candidates):
        found.add(pattern)
    for pattern in patterns - set(candidates):
        if "*" in pattern or "?" in pattern:
            matches = compile_pattern(pattern).fullmatch
            found |= {arn for arn, candidate in candidates.items() if candidate.principals and matches(arn)}
    return frozenset(found)


def _candidate(item: Mapping[str, Any]) -> Candidate:
    """What a role's trust says. One that breaks the grammar may let in anybody, and is read to be told so."""
    try:
        trust = trust_statements(item.get("AssumeRolePolicyDocument"))
    except PolicyDocumentError:
        return Candidate(item["Arn"], trusts_bedrock=True, principals=frozenset())
    named = [who for statement in trust if statement.effect == "Allow" for who in statement.principals]
    excepted = any(statement.not_principals for statement in trust)
    bedrock = excepted or any(who.type == "*" or (who.type == "Service" and "bedrock" in who.value) for who in named)
    return Candidate(item["Arn"], bedrock, frozenset(who.value for who in named if who.type in ("AWS", "*")))


def _assumable(statement: Statement) -> Iterable[str]:
    """The resources on which a statement allows roles to be assumed."""
    if statement.effect != "Allow":
        return ()
    actions = statement.not_actions or statement.actions
    is_named = any(compile_pattern(action).fullmatch(_ASSUME) for action in actions)
    return (text for text in statement.resources if text != "*") if is_named != bool(statement.not_actions) else ()
