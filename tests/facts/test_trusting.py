"""Groups that the harness derives for rules on trust, lifecycle and accountability."""

from __future__ import annotations

from segrego.facts import derive
from segrego.inventory import (
    Condition,
    Credential,
    Inventory,
    Location,
    Principal,
    Role,
    Source,
    Tool,
    TrustedRole,
    TrustStatement,
    Workload,
)

ORDERS = "arn:aws:iam::111122223333:role/orders"


def role(name: str, *principals: str, effect: str = "Allow", conditions: tuple[Condition, ...] = ()) -> Role:
    """A role whose trust names the given AWS principals."""
    statement = TrustStatement(
        effect="Allow" if effect == "Allow" else "Deny",
        actions=("sts:assumerole",),
        principals=tuple(Principal(type="AWS", value=value) for value in principals),
        conditions=conditions,
    )
    return Role(id=name, arn=f"arn:aws:iam::111122223333:role/{name}", trust=(statement,))


def trusted(*roles: Role) -> dict[str, tuple[TrustedRole, ...]]:
    """The derived edges of each role that has any."""
    found = derive(Inventory(roles=roles)).roles
    return {each.id: each.trusted_roles for each in found if each.trusted_roles}


def edge(principal: str) -> tuple[TrustedRole, ...]:
    return (TrustedRole(principal=principal, role="orders"),)


def test_a_trust_policy_that_names_a_role_is_tied_to_it() -> None:
    assert trusted(role("orders"), role("billing", ORDERS)) == {"billing": edge(ORDERS)}


def test_a_session_is_tied_to_its_role() -> None:
    session = "arn:aws:sts::111122223333:assumed-role/orders/task"
    assert trusted(role("orders"), role("billing", session)) == {"billing": edge(session)}


def test_a_condition_on_the_principal_names_roles_too() -> None:
    narrowed = (Condition(operator="ArnEquals", key="aws:principalarn", values=(ORDERS,)),)
    assert trusted(role("orders"), role("billing", "*", conditions=narrowed)) == {"billing": edge(ORDERS)}


def test_a_deny_a_service_and_a_stranger_are_tied_to_nothing() -> None:
    service = Role(
        id="service",
        trust=(TrustStatement(effect="Allow", principals=(Principal(type="Service", value=ORDERS),)),),
    )
    stranger = role("stranger", "arn:aws:iam::999988887777:role/orders")
    assert trusted(role("orders"), role("denied", ORDERS, effect="Deny"), service, stranger) == {}


def test_two_documents_of_one_role_are_both_tied() -> None:
    twin = Role(id="plan#orders", arn=ORDERS)
    assert trusted(role("orders"), twin, role("billing", ORDERS))["billing"] == (
        TrustedRole(principal=ORDERS, role="orders"),
        TrustedRole(principal=ORDERS, role="plan#orders"),
    )


def test_a_source_lists_what_was_read_there() -> None:
    here = Location(source="a.yaml")
    inventory = derive(
        Inventory(
            sources=(Source(id="a.yaml", kind="cloudformation", workloads=("stale",)), Source(id="b", kind="aws")),
            workloads=(
                Workload(id="two", kind="bedrock_agent", name="two", location=here),
                Workload(id="one", kind="bedrock_agent", name="one", location=here),
                Workload(id="none", kind="bedrock_agent", name="none"),
            ),
        )
    )
    assert [source.workloads for source in inventory.sources] == [("one", "two"), ()]


def test_credentials_know_their_tools_and_workloads_their_credentials() -> None:
    inventory = derive(
        Inventory(
            workloads=(Workload(id="fn", kind="lambda_function", name="fn", credentials=("stale",)),),
            tools=(Tool(id="tool", name="tool", owner="fn", kind="openapi", credentials=("key",)),),
            credentials=(
                Credential(id="key", kind="api_key", name="key"),
                Credential(id="static", kind="static_key", name="KEY", holder="fn", tools=("stale",)),
            ),
        )
    )
    assert [credential.tools for credential in inventory.credentials] == [("tool",), ()]
    assert inventory.workloads[0].credentials == ("static",)


def test_deriving_twice_changes_nothing() -> None:
    once = derive(Inventory(roles=(role("orders"), role("billing", ORDERS))))
    assert derive(once) == once
