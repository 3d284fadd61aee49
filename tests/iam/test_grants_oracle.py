"""What is said of a role's grants is held against exact answers: of generated roles nothing is left out that some
request would be granted, and little is said that every request is denied."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from oracle_cases import ACCOUNT, Situation, grants
from reference_iam import Json, glob, is_allowed
from test_oracle import ACTIONS, OTHER, generated_document

POOL = (
    "arn:aws:s3:::orders", "arn:aws:s3:::orders/a/1", "arn:aws:s3:::orders/orders", "arn:aws:s3:::orders/b/2",
    "arn:aws:s3:::orders/a/x/y", "arn:aws:s3:::orders/Orders", "arn:aws:s3:::orderx/z/9", "arn:aws:s3:::billing/1",
    "arn:aws:s3:::orders/a", "arn:aws:s3:::orders/a/q", "arn:aws:s3:::orderq/q/q", "arn:aws:s3:::q",
    "arn:aws:s3:::other/1", "arn:aws:s3:::orderq/q/x", "arn:aws:s3:::billing/q",
    *(f"arn:aws:sqs:us-east-1:{account}:{name}" for account in (ACCOUNT, OTHER) for name in ("q", "other")),
    *(f"arn:aws:kms:us-east-1:{account}:key/{name}" for account in (ACCOUNT, OTHER) for name in ("k1", "q")), "q", "x",
)  # fmt: skip
"""Resources of every kind that the generated patterns tell apart."""
SITUATIONS = 450
_LEFT_TO_THE_ACCOUNT = {
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}]
}


@dataclass(frozen=True)
class Grant:
    """A statement that allows something, and what is said of it."""

    situation: Situation
    statement: Json
    said: dict[str, Any]

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(name for names in self.said["effects"].values() for name in names)

    def gives(self, action: str) -> bool:
        """Whether it is said to give the action. Everything ("*") may well be less than it says."""
        return bool(self.names & {action.lower(), "*"})

    @cached_property
    def truths(self) -> dict[str, dict[str, int]]:
        """Action to resource of the pool to 2 (granted by this statement in every world), 1 (in some), 0."""
        alone = _without_other_grants(self.situation, self.statement)
        found: dict[str, dict[str, int]] = {action: {} for action in ACTIONS}
        for resource in POOL:
            owner = (resource.split(":") + [""] * 5)[4] or alone.owner
            worlds = [
                replace(world, context={**world.context, "aws:resourceaccount": owner})
                for world in alone.worlds()[: None if alone.is_open() else 1]
            ]
            for action in ACTIONS:
                answers = {is_allowed(world, action, resource) for world in worlds}
                found[action][resource] = 1 if len(answers) == 2 else 2 * answers.pop()
        return found


@pytest.fixture(scope="module")
def said(opa: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Grant]:
    choice = random.Random(20261126)
    situations = [_generated(choice) for _ in range(SITUATIONS)]
    found = grants(opa, tmp_path_factory.mktemp("grants"), situations)
    return [
        Grant(situation, statement, entry)
        for situation, entries in zip(situations, found, strict=True)
        for statement, entry in zip(_allows(situation), entries, strict=True)
    ]


def test_no_action_is_left_out_that_some_request_would_be_granted(said: list[Grant]) -> None:
    seen: Counter[str] = Counter()
    for grant in said:
        for action in ACTIONS:
            is_possible = any(grant.truths[action].values())
            levels = grant.said["levels"][action.lower()]
            assert grant.gives(action) or not is_possible, f"left out: {action} of {grant}"
            assert max(levels.values(), default=0) or not is_possible, f"left out: {action} of {grant}"
            seen["possible"] += is_possible
            seen["left out"] += not grant.gives(action) and _is_about(grant.statement, action)
    assert min(seen["possible"], seen["left out"]) > 400, seen


def test_a_resource_in_full_is_judged_as_exactly_as_a_request(said: list[Grant]) -> None:
    seen: Counter[str] = Counter()
    for grant in said:
        for action in ACTIONS:
            for resource, level in grant.said["levels"][action.lower()].items():
                if resource in POOL:
                    truth = grant.truths[action][resource]
                    # three levels cannot tell that two open conditions are each other's opposite
                    assert level == truth or (level == 1 and grant.situation.is_open()), f"{action}: {grant}"
                    seen[f"level {level}"] += 1
                    seen["excused"] += level != truth
    assert min(seen["level 0"], seen["level 2"]) > 60, seen
    assert seen["level 1"] > 15, seen
    assert seen["excused"] <= 5, seen


def test_little_is_said_that_every_request_is_denied(said: list[Grant]) -> None:
    """Restrictions are held against a grant one by one, and conditions on a resource against a pattern: two that take
    all of it together may leave it."""
    seen: Counter[str] = Counter()
    for grant in said:
        for action in ACTIONS:
            is_possible = any(grant.truths[action].values())
            seen["possible"] += is_possible
            seen["said in vain"] += action.lower() in grant.names and not is_possible
    assert seen["said in vain"] < 0.05 * seen["possible"], seen


def test_a_grant_of_which_nothing_is_sure_is_conditional(said: list[Grant]) -> None:
    seen: Counter[str] = Counter()
    asked = {action.lower() for action in ACTIONS}
    for grant in said:
        if grant.names and grant.names <= asked:
            is_sure = any(2 in truths.values() for truths in grant.truths.values())
            seen[f"conditional: {grant.said['conditional']}, sure: {is_sure}"] += 1
    assert seen["conditional: True, sure: False"] > 25, seen
    assert seen["conditional: False, sure: True"] > 120, seen
    wrong = seen["conditional: False, sure: False"] + seen["conditional: True, sure: True"]
    assert wrong < 0.1 * seen.total(), seen  # which resource is meant decides for some


def _generated(choice: random.Random) -> Situation:
    return Situation(
        on="arn:aws:s3:::orders",
        identity=tuple(generated_document(choice) for _ in range(choice.choice((1, 1, 2)))),
        boundary=generated_document(choice, wide=True) if choice.random() < 0.4 else None,
        levels=tuple((generated_document(choice, wide=True),) for _ in range(choice.choice((0, 0, 1, 2)))),
        tags=tuple(
            (key, choice.choice(("orders", "a/1", "Orders", "a"))) for key in ("Team", "Stage") if choice.random() < 0.7
        ),
    )


def _allows(situation: Situation) -> Iterator[Json]:
    for document in situation.identity:
        yield from (statement for statement in document["Statement"] if statement["Effect"] == "Allow")


def _without_other_grants(situation: Situation, statement: Json) -> Situation:
    denies = [other for document in situation.identity for other in document["Statement"] if other["Effect"] == "Deny"]
    return replace(situation, identity=({"Statement": [statement, *denies]},), on_resource=(_LEFT_TO_THE_ACCOUNT,))


def _is_about(statement: Json, action: str) -> bool:
    named = statement.get("Action", statement.get("NotAction"))
    return any(glob(pattern.lower(), action.lower()) for pattern in named) == ("Action" in statement)
