"""What is declared reaches the entities that it means, and no others."""

from __future__ import annotations

import msgspec
import pytest
from config_world import ORDERS, WORLD, agent, declare, world

from segrego.assess import prepare
from segrego.config import Config, apply
from segrego.facts import derive
from segrego.inventory import Inventory, Label, Thresholds


def declared(text: str) -> Inventory:
    return apply(declare(text), WORLD)


def values(inventory: Inventory, field: str) -> dict[str, object]:
    """What a field holds, by id, of all entities of which it holds something."""
    entities = (*inventory.workloads, *inventory.roles, *inventory.resources, *inventory.accounts)
    found = {entity.id: getattr(entity, field, None) for entity in entities}
    return {name: value.value if isinstance(value, Label) else value for name, value in found.items() if value}


def test_nothing_declared_changes_nothing() -> None:
    assert apply(Config(), WORLD) == WORLD


@pytest.mark.parametrize(
    ("selector", "meant"),
    [
        ("names: [orders]", {"orders", "table"}),
        ("names: ['*e*']", {"orders", "research", "role", "table", "bucket"}),
        ("names: [agent-role]", {"role"}),
        ("names: [lab]", {"444455556666"}),
        ("names: ['?ab']", {"444455556666"}),
        ("names: [Orders]", set()),
        ("arns: ['arn:aws:bedrock:*:agent/*']", {"orders"}),
        ("arns: [billing]", {"billing"}),
        ("arns: ['*:table/orders']", {"table"}),
        ("accounts: ['111122223333']", {"orders", "billing", "role", "111122223333"}),
        ("tags: {team: money}", {"billing", "role"}),
        ("tags: {TEAM: 'mon*'}", {"billing", "role"}),
        ("tags: {team: money, stage: prd}", {"billing"}),
        ("tags: {team: Money}", set()),
        ("names: [lab], accounts: ['444455556666']", {"research", "444455556666"}),
    ],
)
def test_an_entry_means_what_any_of_its_patterns_matches(selector: str, meant: set[str]) -> None:
    found = values(declared(f"environments: [{{name: chosen, {selector}}}]"), "environment")
    assert found == dict.fromkeys(meant, "chosen")


def test_brackets_are_literal_in_patterns() -> None:
    """Terraform addresses hold them."""
    address = 'plan.json#module.agent["a"].aws_bedrockagent_agent.this'
    found = apply(declare(f"owners: [{{owner: me, arns: ['{address}']}}]"), world(agent(address), agent("a")))
    assert [workload.owner is not None for workload in found.workloads] == [True, False]


def test_the_first_entry_that_means_an_entity_decides() -> None:
    text = "environments: [{name: first, names: [orders]}, {name: second, names: ['*']}]"
    found = values(declared(text), "environment")
    assert (found["orders"], found["billing"]) == ("first", "second")


@pytest.mark.parametrize("spelling", ["prod", "Production", "PRD"])
def test_spellings_of_an_environment_are_one(spelling: str) -> None:
    found = derive(declared(f"environments: [{{name: {spelling}, names: [orders]}}]"))
    environments = {workload.id: workload.environment for workload in found.workloads}
    assert environments["orders"] == Label(value="production", origin="declared")
    assert environments["billing"] == Label(value="production", origin="tag")


def test_what_is_declared_comes_before_tags() -> None:
    found = derive(declared("environments: [{name: lab, names: [billing]}]\nowners: [{owner: Me, names: [billing]}]"))
    (billing,) = (workload for workload in found.workloads if workload.id == "billing")
    assert (billing.environment, billing.owner) == (
        Label(value="lab", origin="declared"),
        Label(value="me", origin="declared"),
    )


def test_all_domains_of_an_entity_are_its_domains() -> None:
    text = (
        "data_domains: [{name: HR, names: [ledger]}, {name: finance, tags: {confidentiality: '*'}, sensitivity: High},"
        " {name: shop, arns: ['*:table/*']}]"
    )
    found = {resource.id: resource for resource in declared(text).resources}
    assert [label.value for label in found["bucket"].domains] == ["hr", "finance"]
    assert found["bucket"].sensitivity == Label(value="high", origin="declared")
    assert ([label.value for label in found["table"].domains], found["table"].sensitivity) == (["shop"], None)


def test_purposes_hosting_and_owners() -> None:
    text = (
        "purposes: [{purpose: Retrieval, names: [orders]}]\n"
        "hosting: [{names: [research], agents: [planner, writer]}]\n"
        "owners: [{owner: platform, names: ['agent-*', research]}]\n"
    )
    found = declared(text)
    assert values(found, "purpose") == {"orders": "retrieval"}
    assert values(found, "hosted_agents") == {"research": ("planner", "writer")}
    assert values(found, "owner") == {"research": "platform", "role": "platform"}


CLASS = "{name: readers, names: [orders, billing], justification: same task, approver: ann, expires: %s, approved: x}"
EXCEPTION = "{rule: trust_not_pinned, subject: role, reason: migration, owner: ann, expires: %s}"
EXPIRES = "2027-01-31T00:00:00Z"


def test_classes_and_exceptions_know_their_lines() -> None:
    found = declared(f"agent_classes:\n  - {CLASS % EXPIRES}\nexceptions:\n\n  - {EXCEPTION % EXPIRES}\n")
    (declared_class,) = found.agent_classes
    (exception,) = found.exceptions
    places = [entry.location and (entry.location.file, entry.location.line) for entry in (declared_class, exception)]
    assert places == [("segrego.yaml", 2), ("segrego.yaml", 5)]
    assert (declared_class.name, declared_class.approver, declared_class.approved) == ("readers", "ann", "x")
    assert (exception.reason, exception.expires_at_ns) == ("migration", 1_801_353_600_000_000_000)
    assert values(found, "agent_class") == {"orders": "readers", "billing": "readers"}


def test_declaring_again_for_a_collected_document_changes_nothing() -> None:
    text = f"agent_classes: [{CLASS % EXPIRES}]\nexceptions: [{EXCEPTION % EXPIRES}]\nignore: [a]\n"
    once = prepare(WORLD, declare(text), evaluated_at_ns=1)
    again = msgspec.json.decode(msgspec.json.encode(once), type=Inventory)
    assert prepare(again, declare(text), evaluated_at_ns=1) == once
    later = prepare(again, declare(text.replace("2027", "2028")), evaluated_at_ns=1)
    assert len(later.exceptions) == len(later.agent_classes) == 1
    assert later.exceptions[0].expires_at_ns > once.exceptions[0].expires_at_ns


def test_settings_come_from_the_file_where_it_says_anything() -> None:
    text = (
        "fail_on: high\nselect: [a]\nignore: [b]\nseverities: {b: low, a: info}\n"
        "thresholds: {unused_days: 30, boundary_environments: [Prod, '*']}\n"
    )
    settings = declared(text).settings
    assert (settings.fail_on, settings.select, settings.ignore) == ("high", ("a",), ("b",))
    assert [(entry.rule, entry.severity) for entry in settings.severities] == [("a", "info"), ("b", "low")]
    assert settings.thresholds == Thresholds(unused_days=30, boundary_environments=("production", "*"))
    given = msgspec.structs.replace(WORLD, settings=settings)
    assert apply(declare("version: 1"), given).settings == settings


def test_an_arn_is_a_pattern_for_what_bears_it() -> None:
    found = declared(f"owners: [{{owner: me, arns: ['{ORDERS}']}}]")
    assert values(found, "owner") == {"orders": "me"}
