"""Writing what people declare into an inventory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from segrego.config.model import Config, Selector
from segrego.config.select import Index
from segrego.facts import environment_value
from segrego.inventory import (
    AgentClass,
    Inventory,
    Label,
    PolicyException,
    Settings,
    SeverityOverride,
    Thresholds,
)

__all__ = ["apply", "nanoseconds"]

Entry = TypeVar("Entry", bound=Selector)
Value = TypeVar("Value")


def apply(config: Config, inventory: Inventory) -> Inventory:
    """The inventory with everything the configuration declares. What it does not speak of stays as it was; a class or
    an exception that the inventory holds already gives way to the one of the configuration."""
    inventory = _with_workloads(config, inventory)
    inventory = _with_roles(config, inventory)
    inventory = _with_resources(config, inventory)
    declared = _classes(config, Index(inventory.workloads))
    classes = {entry.name: entry for entry in (*inventory.agent_classes, *declared)}
    exceptions = {(entry.rule, entry.subject): entry for entry in (*inventory.exceptions, *_exceptions(config))}
    return replace(
        inventory,
        agent_classes=tuple(classes.values()),
        exceptions=tuple(exceptions.values()),
        settings=_settings(config, inventory.settings),
    )


def nanoseconds(moment: datetime) -> int:
    """Nanoseconds since the epoch, of whole seconds."""
    return int(moment.timestamp()) * 1_000_000_000


def _with_workloads(config: Config, inventory: Inventory) -> Inventory:
    index = Index(inventory.workloads)
    environments = _first(index, config.environments, lambda entry: environment_value(entry.name))
    domains = _every(index, config.data_domains, lambda entry: entry.name.lower())
    purposes = _first(index, config.purposes, lambda entry: entry.purpose.lower())
    owners = _first(index, config.owners, lambda entry: entry.owner.lower())
    classes = _first(index, config.agent_classes, lambda entry: entry.name)
    hosted = _first(index, config.hosting, lambda entry: entry.agents)
    workloads = (
        replace(
            workload,
            environment=_label(environments.get(workload.id)) or workload.environment,
            domains=_labels(domains.get(workload.id, ())) or workload.domains,
            purpose=_label(purposes.get(workload.id)) or workload.purpose,
            owner=_label(owners.get(workload.id)) or workload.owner,
            agent_class=classes.get(workload.id, workload.agent_class),
            hosted_agents=hosted.get(workload.id, workload.hosted_agents),
        )
        for workload in inventory.workloads
    )
    return replace(inventory, workloads=tuple(workloads))


def _with_roles(config: Config, inventory: Inventory) -> Inventory:
    index = Index(inventory.roles)
    environments = _first(index, config.environments, lambda entry: environment_value(entry.name))
    owners = _first(index, config.owners, lambda entry: entry.owner.lower())
    roles = (
        replace(
            role,
            environment=_label(environments.get(role.id)) or role.environment,
            owner=_label(owners.get(role.id)) or role.owner,
        )
        for role in inventory.roles
    )
    return replace(inventory, roles=tuple(roles))


def _with_resources(config: Config, inventory: Inventory) -> Inventory:
    index = Index(inventory.resources)
    environments = _first(index, config.environments, lambda entry: environment_value(entry.name))
    domains = _every(index, config.data_domains, lambda entry: entry.name.lower())
    sensitivities = _first(index, config.data_domains, lambda entry: entry.sensitivity and entry.sensitivity.lower())
    accounts = _first(Index(inventory.accounts), config.environments, lambda entry: environment_value(entry.name))
    resources = (
        replace(
            resource,
            environment=_label(environments.get(resource.id)) or resource.environment,
            domains=_labels(domains.get(resource.id, ())) or resource.domains,
            sensitivity=_label(sensitivities.get(resource.id)) or resource.sensitivity,
        )
        for resource in inventory.resources
    )
    labelled = (
        replace(account, environment=_label(accounts.get(account.id)) or account.environment)
        for account in inventory.accounts
    )
    return replace(inventory, resources=tuple(resources), accounts=tuple(labelled))


def _first(index: Index, entries: Sequence[Entry], value: Callable[[Entry], Value | None]) -> dict[str, Value]:
    """What the first entry that means an entity, and that has a value, says of it: by id."""
    found: dict[str, Value] = {}
    for entry in entries:
        said = value(entry)
        if said is not None:
            for entity in index.meant(entry):
                found.setdefault(entity, said)
    return found


def _every(index: Index, entries: Sequence[Entry], value: Callable[[Entry], str]) -> dict[str, tuple[str, ...]]:
    """What all entries say that mean an entity: by id."""
    found: dict[str, dict[str, None]] = {}
    for entry in entries:
        for entity in index.meant(entry):
            found.setdefault(entity, {})[value(entry)] = None
    return {entity: tuple(values) for entity, values in found.items()}


def _label(value: str | None) -> Label | None:
    return Label(value=value, origin="declared") if value is not None else None


def _labels(values: Sequence[str]) -> tuple[Label, ...]:
    return tuple(Label(value=value, origin="declared") for value in values)


def _classes(config: Config, index: Index) -> list[AgentClass]:
    """The declared classes. A workload is a member of the first that means it, and an overlap of the others."""
    taken: set[str] = set()
    found = []
    for position, entry in enumerate(config.agent_classes):
        meant = index.meant(entry)
        found.append(_class(config, position, tuple(sorted(meant & taken))))
        taken |= meant
    return found


def _class(config: Config, position: int, overlaps: tuple[str, ...]) -> AgentClass:
    entry = config.agent_classes[position]
    return AgentClass(
        name=entry.name,
        justification=entry.justification,
        approver=entry.approver,
        expires_at_ns=nanoseconds(entry.expires),
        approved=entry.approved,
        overlaps=overlaps,
        location=config.location(f"$.agent_classes[{position}]"),
    )


def _exceptions(config: Config) -> list[PolicyException]:
    return [
        PolicyException(
            rule=entry.rule,
            subject=entry.subject,
            reason=entry.reason,
            owner=entry.owner,
            expires_at_ns=nanoseconds(entry.expires),
            location=config.location(f"$.exceptions[{position}]"),
        )
        for position, entry in enumerate(config.exceptions)
    ]


def _settings(config: Config, settings: Settings) -> Settings:
    overrides = (SeverityOverride(rule=rule, severity=severity) for rule, severity in sorted(config.severities.items()))
    return Settings(
        fail_on=config.fail_on or settings.fail_on,
        thresholds=_thresholds(config.thresholds) if config.thresholds else settings.thresholds,
        select=config.select or settings.select,
        ignore=config.ignore or settings.ignore,
        severities=tuple(overrides) or settings.severities,
    )


def _thresholds(thresholds: Thresholds) -> Thresholds:
    """Environments by the names that labels have."""
    named = tuple(map(environment_value, thresholds.boundary_environments))
    return replace(thresholds, boundary_environments=named)
