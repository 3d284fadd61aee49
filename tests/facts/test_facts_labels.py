"""Environments, owners, purposes and data domains, read off tags and names."""

from __future__ import annotations

import pytest

from segrego.facts import derive, environment_named, environment_value
from segrego.inventory import Account, Inventory, Label, Resource, Role, Tag, Workload


def tags(**values: str) -> tuple[Tag, ...]:
    return tuple(Tag(key=key.replace("_", "-"), value=value) for key, value in values.items())


def workload(name: str = "a", **fields: object) -> Workload:
    (found,) = derive(Inventory(workloads=(Workload(id="a", kind="bedrock_agent", name=name, **fields),))).workloads  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("orders-prod", "production"),
        ("prod_orders", "production"),
        ("OrdersPROD-1", None),  # no word of its own
        ("Orders.Prod.1", "production"),
        ("orders-prd2", "production"),
        ("orders-stg", "staging"),
        ("preprod-orders", "staging"),
        ("orders-pre-prod", "staging"),
        ("Pre_Production orders", "staging"),
        ("orders-non-prod", None),
        ("not-production", None),
        ("nonprod-orders", None),
        ("volcano-prod", "production"),
        ("dev", "development"),
        ("sandbox-orders", "development"),
        ("qa-orders", "test"),
        ("product-orders", None),
        ("developer-orders", None),
        ("prod-to-dev-sync", None),
        ("prod-production", "production"),
        ("", None),
    ],
)
def test_an_environment_in_a_name(name: str, expected: str | None) -> None:
    assert environment_named(name) == expected


@pytest.mark.parametrize(
    ("text", "value"), [("Prod", "production"), (" UAT ", "staging"), ("Lab-7", "lab-7"), ("production", "production")]
)
def test_spellings_of_an_environment_are_one(text: str, value: str) -> None:
    assert environment_value(text) == value


def test_a_tag_comes_before_the_name() -> None:
    assert workload("orders-prod", tags=tags(Env="Dev")).environment == Label(value="development", origin="tag")
    assert workload("orders-prod").environment == Label(value="production", origin="name")
    assert workload("orders").environment is None


def test_what_is_there_already_stays() -> None:
    label = Label(value="lab", origin="declared")
    found = workload(
        "orders-prod", environment=label, owner=label, purpose=label, domains=(label,), tags=tags(team="x")
    )
    assert (found.environment, found.owner, found.purpose, found.domains) == (label, label, label, (label,))


def test_all_labels_of_a_workload() -> None:
    found = workload(tags=tags(STAGE="uat", Team="Money", Purpose="Retrieval", data_domain="HR", datadomain="Payroll"))
    assert found.environment == Label(value="staging", origin="tag")
    assert found.owner == Label(value="money", origin="tag")
    assert found.purpose == Label(value="retrieval", origin="tag")
    assert found.domains == (Label(value="hr", origin="tag"), Label(value="payroll", origin="tag"))


@pytest.mark.parametrize("value", ["", "  ", "${Stage}", "x-${AWS::StackName}"])
def test_a_tag_that_says_nothing_or_is_not_resolved(value: str) -> None:
    assert workload(tags=tags(env=value)).environment is None
    assert workload(tags=tags(team=value)).owner is None


def test_resources_roles_and_accounts() -> None:
    found = derive(
        Inventory(
            resources=(
                Resource(id="b", kind="k", name="b-dev", tags=tags(data_classification="Secret", data_domain="hr")),
            ),
            roles=(Role(id="r", name="agents-stg", tags=tags(owner="Ann")), Role(id="nameless")),
            accounts=(Account(id="1", name="shop-prod"), Account(id="2", tags=tags(environment="qa"))),
        )
    )
    (bucket,) = found.resources
    assert (bucket.environment, bucket.sensitivity, bucket.domains) == (
        Label(value="development", origin="name"),
        Label(value="secret", origin="tag"),
        (Label(value="hr", origin="tag"),),
    )
    roles = {
        role.id: (role.environment and role.environment.value, role.owner and role.owner.value) for role in found.roles
    }
    assert roles == {"r": ("staging", "ann"), "nameless": (None, None)}
    environments = [account.environment and account.environment.value for account in found.accounts]
    assert environments == ["production", "test"]
