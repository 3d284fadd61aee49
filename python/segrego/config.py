"""``segrego.yaml``: what people declare, because no template or API says it.

:func:`load_config` reads the file, :func:`apply` writes what it declares into an inventory. Patterns are shell patterns
(``*`` any text, ``?`` one character), compared with case; the first entry that matches decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from segrego.errors import ConfigError
from segrego.inventory import (
    AgentClass,
    Inventory,
    Label,
    Location,
    PolicyException,
    Resource,
    Settings,
    Severity,
    SeverityOverride,
    Tag,
    Thresholds,
    Workload,
)
from segrego.loading import Document, convert, load

__all__ = ["FILE_NAME", "Config", "apply", "load_config", "override"]

FILE_NAME = "segrego.yaml"
"""Read from the working directory where no ``--config`` names another."""

Labelled = TypeVar("Labelled", Workload, Resource)


class _Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every part of the file."""


class Selector(_Model, frozen=True, kw_only=True):
    """Which workloads or resources an entry means: any of its patterns on the name, the ARN or id, the account, or tags
    (all of the given tags)."""

    names: tuple[str, ...] = ()
    arns: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    tags: dict[str, str] = {}

    def matches(self, entity: Workload | Resource) -> bool:
        """Whether the entry means this workload or resource."""
        texts = (entity.id, entity.arn or entity.id)
        return (
            any(fnmatchcase(entity.name, pattern) for pattern in self.names)
            or any(fnmatchcase(text, pattern) for pattern in self.arns for text in texts)
            or (entity.account is not None and entity.account in self.accounts)
            or (bool(self.tags) and all(_has_tag(entity.tags, key, value) for key, value in self.tags.items()))
        )


class Environment(Selector, frozen=True, kw_only=True):
    """An environment and what belongs to it."""

    name: str


class DataDomain(Selector, frozen=True, kw_only=True):
    """A data domain, what belongs to it, and how sensitive its data is."""

    name: str
    sensitivity: str | None = None


class Purpose(Selector, frozen=True, kw_only=True):
    """What agents are for. ``retrieval`` is the purpose that rules know."""

    purpose: str


class Owner(Selector, frozen=True, kw_only=True):
    """Who answers for workloads."""

    owner: str


class DeclaredClass(Selector, frozen=True, kw_only=True):
    """Agents that do truly the same task, and may share a role until ``expires``. ``approved`` is the fingerprint of
    what was approved, as a finding on the class shows it."""

    name: str
    justification: str
    approver: str
    expires: datetime
    approved: str | None = None


class HostingWorkload(Selector, frozen=True, kw_only=True):
    """Workloads that run several agents in one process, under one role: no template tells."""

    agents: tuple[str, ...]


class DeclaredException(_Model, frozen=True, kw_only=True):
    """An approved deviation of one subject from one rule, until ``expires``. ``location`` is where it stands:
    :func:`load_config` writes it, whatever a file says."""

    rule: str
    subject: str
    reason: str
    owner: str
    expires: datetime
    location: Location | None = None


class Config(_Model, frozen=True, kw_only=True):
    """The whole file. Everything is optional."""

    version: int = 1
    fail_on: Severity | None = None
    thresholds: Thresholds | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: dict[str, Severity] = {}
    environments: tuple[Environment, ...] = ()
    data_domains: tuple[DataDomain, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    owners: tuple[Owner, ...] = ()
    agent_classes: tuple[DeclaredClass, ...] = ()
    hosting: tuple[HostingWorkload, ...] = ()
    exceptions: tuple[DeclaredException, ...] = ()


def load_config(path: Path | None) -> Config:
    """The configuration in ``path``; without a path the working directory's ``segrego.yaml``, or an empty one.

    Raises :class:`~segrego.errors.ConfigError` naming file, line and field.
    """
    if path is None:
        path = Path(FILE_NAME)
        if not path.is_file():
            return Config()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"cannot read the configuration: {error.strerror}", where=str(path), hint="Correct the path of --config."
        ) from error
    hint = "docs/configuration.md lists what the file may hold."
    document = load(data, str(path))
    config = convert(document, Config, str(path), ConfigError, hint)
    if config.version != 1:
        raise ConfigError(f"version {config.version} is not known", where=str(path), hint="Write version: 1.")
    return replace(config, exceptions=tuple(_located(config.exceptions, document, path.as_posix())))


def _located(exceptions: Iterable[DeclaredException], document: Document, file: str) -> Iterator[DeclaredException]:
    for number, exception in enumerate(exceptions):
        line = document.line(f"$.exceptions[{number}]")
        yield replace(exception, location=Location(source=file, file=file, line=line))


def override(config: Config, *, fail_on: Severity | None, select: tuple[str, ...], ignore: tuple[str, ...]) -> Config:
    """The configuration with what the command line says instead, where it says anything."""
    return replace(
        config,
        fail_on=fail_on or config.fail_on,
        select=select or config.select,
        ignore=ignore or config.ignore,
    )


def apply(config: Config, inventory: Inventory) -> Inventory:
    """The inventory with everything the configuration declares. What it does not speak of stays as it was."""
    return replace(
        inventory,
        workloads=tuple(_declare_workload(config, workload) for workload in inventory.workloads),
        resources=tuple(_declare_resource(config, resource) for resource in inventory.resources),
        agent_classes=inventory.agent_classes + tuple(map(_agent_class, config.agent_classes)),
        exceptions=inventory.exceptions + tuple(map(_exception, config.exceptions)),
        settings=_settings(config, inventory.settings),
    )


def _has_tag(tags: Iterable[Tag], key: str, pattern: str) -> bool:
    return any(tag.key.lower() == key.lower() and fnmatchcase(tag.value, pattern) for tag in tags)


def _declare_workload(config: Config, workload: Workload) -> Workload:
    return replace(
        _declare(config, workload),
        purpose=_first(config.purposes, workload, lambda entry: entry.purpose) or workload.purpose,
        owner=_first(config.owners, workload, lambda entry: entry.owner) or workload.owner,
        agent_class=next((c.name for c in config.agent_classes if c.matches(workload)), workload.agent_class),
        hosted_agents=next((h.agents for h in config.hosting if h.matches(workload)), workload.hosted_agents),
    )


def _declare_resource(config: Config, resource: Resource) -> Resource:
    sensitivity = _first(config.data_domains, resource, lambda entry: entry.sensitivity)
    return replace(_declare(config, resource), sensitivity=sensitivity or resource.sensitivity)


def _declare(config: Config, entity: Labelled) -> Labelled:
    domains = tuple(
        Label(value=entry.name.lower(), origin="declared") for entry in config.data_domains if entry.matches(entity)
    )
    return replace(
        entity,
        environment=_first(config.environments, entity, lambda entry: entry.name.lower()) or entity.environment,
        domains=domains or entity.domains,
    )


Entry = TypeVar("Entry", bound=Selector)


def _first(entries: Iterable[Entry], entity: Workload | Resource, value: Callable[[Entry], str | None]) -> Label | None:
    found = next((value(entry) for entry in entries if entry.matches(entity)), None)
    return Label(value=found, origin="declared") if found else None


def _agent_class(entry: DeclaredClass) -> AgentClass:
    return AgentClass(
        name=entry.name,
        justification=entry.justification,
        approver=entry.approver,
        expires_at_ns=_nanoseconds(entry.expires),
        approved=entry.approved,
    )


def _exception(entry: DeclaredException) -> PolicyException:
    return PolicyException(
        rule=entry.rule,
        subject=entry.subject,
        reason=entry.reason,
        owner=entry.owner,
        expires_at_ns=_nanoseconds(entry.expires),
        location=entry.location,
    )


def _nanoseconds(moment: datetime) -> int:
    """A time without a zone is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp()) * 1_000_000_000


def _settings(config: Config, settings: Settings) -> Settings:
    declared = (SeverityOverride(rule=rule, severity=severity) for rule, severity in sorted(config.severities.items()))
    return Settings(
        fail_on=config.fail_on or settings.fail_on,
        thresholds=config.thresholds or settings.thresholds,
        select=config.select or settings.select,
        ignore=config.ignore or settings.ignore,
        severities=tuple(declared) or settings.severities,
    )
