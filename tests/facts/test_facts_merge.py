"""Several sources make one document, in which a description takes the place of what was only referred to."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from segrego.errors import InventoryError
from segrego.facts import derive, merge
from segrego.inventory import Binding, Gap, Inventory, Policy, Role, Settings, Source, Statement, Workload

DESCRIBED = Role(id="r", name="support", max_session_seconds=3600, policies=("p",))
STUB = Role(id="r", unread=("trust", "policies", "boundary"))
POLICY = Policy(id="p", name="p", kind="managed", statements=(Statement(effect="Allow", actions=("*",)),))


def test_one_part_is_itself() -> None:
    part = Inventory(roles=(STUB,), settings=Settings(fail_on="high"))
    assert merge([part]) is part


def test_nothing_is_an_empty_document() -> None:
    assert merge([]) == Inventory()


@pytest.mark.parametrize(
    "parts", [(DESCRIBED, STUB), (STUB, DESCRIBED), (STUB, STUB, DESCRIBED), (DESCRIBED, DESCRIBED)]
)
def test_a_description_takes_the_place_of_a_stub(parts: tuple[Role, ...]) -> None:
    assert merge([Inventory(roles=(part,)) for part in parts]).roles == (DESCRIBED,)


def test_a_policy_that_was_read_takes_the_place_of_one_that_was_not() -> None:
    unread = replace(POLICY, read=False, statements=())
    assert merge([Inventory(policies=(unread,)), Inventory(policies=(POLICY,))]).policies == (POLICY,)
    assert merge([Inventory(policies=(POLICY,)), Inventory(policies=(unread,))]).policies == (POLICY,)


@pytest.mark.parametrize(
    "parts",
    [
        (Inventory(roles=(DESCRIBED,)), Inventory(roles=(replace(DESCRIBED, name="other"),))),
        (
            Inventory(workloads=(Workload(id="a", kind="bedrock_agent", name="a"),)),
            Inventory(workloads=(Workload(id="a", kind="bedrock_agent", name="b"),)),
        ),
        (Inventory(policies=(POLICY,)), Inventory(policies=(replace(POLICY, statements=()),))),
    ],
)
def test_two_descriptions_of_one_id_are_refused(parts: tuple[Inventory, ...]) -> None:
    with pytest.raises(InventoryError, match="is described twice, and differently"):
        merge(parts)


def test_what_is_said_twice_alike_stands_once() -> None:
    gap = Gap(code="unsupported", subject="s", facts=("tools",), message="m")
    part = Inventory(sources=(Source(id="s", kind="document"),), gaps=(gap,), roles=(DESCRIBED,))
    found = merge([part, part])
    assert (found.sources, found.gaps, found.roles) == (part.sources, part.gaps, part.roles)


def test_the_gap_of_a_stub_ends_with_its_description() -> None:
    gap = Gap(code="not_collected", subject="r", facts=("trust", "policies"), message="elsewhere")
    other = replace(gap, code="access_denied")
    held = Workload(id="a", kind="bedrock_agent", name="a", bindings=(Binding(role="r"),))
    stub = Inventory(workloads=(held,), roles=(STUB,), gaps=(gap, other))
    assert {found.code for found in derive(stub).gaps} == {"not_collected", "access_denied"}
    whole = merge([stub, Inventory(roles=(DESCRIBED,), policies=(POLICY,))])
    assert {found.code for found in derive(whole).gaps} == {"access_denied"}


def test_a_role_that_is_read_in_part_is_a_description() -> None:
    """Its trust was read: another description of it must not be lost without a word."""
    part = replace(DESCRIBED, unread=("policies",), policies=())
    with pytest.raises(InventoryError, match="r is described twice"):
        merge([Inventory(roles=(part,)), Inventory(roles=(DESCRIBED,))])
