"""Reading ``segrego.yaml``, and refusing what cannot be meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from msgspec.structs import asdict, replace

from segrego.config.model import Config, Declarations, Selector
from segrego.config.select import patterns
from segrego.errors import ConfigError, suggestion
from segrego.inventory import Severity
from segrego.loading import convert, load

__all__ = ["FILE_NAME", "SELECTING", "load_config", "override", "parse_config"]

FILE_NAME = "segrego.yaml"
"""Read from the working directory where no ``--config`` names another."""

SELECTING = ("environments", "data_domains", "purposes", "owners", "agent_classes", "hosting")
"""The keys of the file whose entries select what they mean."""

_HINT = "docs/configuration.md lists what the file may hold."
_HINTS = (
    ("`datetime`", "Write a time with its zone: 2027-01-31T00:00:00Z."),
    ("RFC3339", "Write a time with its zone: 2027-01-31T00:00:00Z."),
    ("expected `str`, got `", "Put the value in quotes."),
)
"""What to do about values of the wrong type, by what the error says."""


def load_config(path: Path | None, rules: Collection[str] | None = None) -> Config:
    """The configuration in ``path``; without a path the working directory's ``segrego.yaml``, or an empty one.

    ``rules`` are the slugs that there are; null leaves rules unchecked. Raises :class:`~segrego.errors.ConfigError`
    naming file, line and field.
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
    return parse_config(data, path.as_posix(), rules)


def parse_config(data: bytes, name: str, rules: Collection[str] | None = None) -> Config:
    """The configuration in the bytes of a file. Errors as in :func:`load_config`."""
    document = load(data, name)
    try:
        declared = convert(document, Declarations, name, ConfigError, _HINT)
    except ConfigError as error:
        hint = next((hint for said, hint in _HINTS if said in error.message), error.hint)
        raise ConfigError(error.message, where=error.where, hint=hint) from error
    fields = {name: getattr(declared, name) for name in declared.__struct_fields__}
    config = Config(**fields, file=name, line=document.line)
    for path, message, hint in _mistakes(config, rules):
        raise ConfigError(message, where=config.where(path), hint=hint)
    return config


def override(config: Config, *, fail_on: Severity | None, select: tuple[str, ...], ignore: tuple[str, ...]) -> Config:
    """The configuration with what the command line says instead, where it says anything."""
    return replace(
        config,
        fail_on=fail_on or config.fail_on,
        select=select or config.select,
        ignore=ignore or config.ignore,
    )


def _mistakes(declared: Declarations, rules: Collection[str] | None) -> Iterator[tuple[str, str, str]]:
    """What is well-formed and cannot be meant: path, message and hint."""
    if declared.version != 1:
        yield "$.version", f"version {declared.version} is not known", "Write version: 1."
    for name, value in asdict(declared.thresholds).items() if declared.thresholds else ():
        if isinstance(value, int) and value < 1:
            yield f"$.thresholds.{name}", f"{name} is {value}", "Write a number above 0."
    if rules is not None:
        yield from _unknown_rules(declared, rules)
    for section in SELECTING:
        entries: Sequence[Selector] = getattr(declared, section)
        for position, entry in enumerate(entries):
            if not any(patterns(entry)):
                path = f"$.{section}[{position}]"
                yield path, f"an entry of {section} selects nothing", "Give it names, arns, accounts or tags."
    for position, hosting in enumerate(declared.hosting):
        if not hosting.agents:
            yield f"$.hosting[{position}].agents", "a hosting entry names no agents", "Name the agents that run there."
    yield from _repeated(declared)
    yield from _runtime(declared)


def _runtime(declared: Declarations) -> Iterator[tuple[str, str, str]]:
    """What the decision before a tool call could not be made by."""
    issuers: set[str] = set()
    for position, issuer in enumerate(declared.runtime.issuers):
        if issuer.issuer in issuers:
            path = f"$.runtime.issuers[{position}].issuer"
            yield path, f"the issuer {issuer.issuer} stands twice", "Keep one: an issuer serves one use."
        issuers.add(issuer.issuer)
        if issuer.use == "proof" and issuer.longest_seconds is not None:
            path = f"$.runtime.issuers[{position}].longest_seconds"
            yield path, "nobody bounds how long a proof lasts", "Leave it out: its issuer does."
    proving = {issuer.issuer for issuer in declared.runtime.issuers if issuer.use == "proof"}
    for position, agent in enumerate(declared.runtime.agents):
        path = f"$.runtime.agents[{position}]"
        if not any(patterns(agent)):
            yield path, "an entry of runtime.agents selects nothing", "Give it names, arns, accounts or tags."
        if agent.hours and agent.hours.start >= agent.hours.end:
            yield f"{path}.hours", "the hours end before they start", "Write minutes of the day: start below end."
        for number, subject in enumerate(agent.subjects):
            if subject.issuer not in proving:
                yield (
                    f"{path}.subjects[{number}].issuer",
                    f"{subject.issuer} is no issuer of proofs",
                    "Add it to runtime.issuers with use: proof.",
                )


def _unknown_rules(declared: Declarations, rules: Collection[str]) -> Iterator[tuple[str, str, str]]:
    named = [(f"$.select[{position}]", slug) for position, slug in enumerate(declared.select)]
    named += [(f"$.ignore[{position}]", slug) for position, slug in enumerate(declared.ignore)]
    named += [(f"$.severities.{slug}", slug) for slug in declared.severities]
    named += [(f"$.exceptions[{position}].rule", entry.rule) for position, entry in enumerate(declared.exceptions)]
    for path, slug in named:
        if slug not in rules:
            yield path, f"there is no rule {slug}", suggestion(slug, rules, "`segrego rules` lists them.")


def _repeated(declared: Declarations) -> Iterator[tuple[str, str, str]]:
    """Two approvals of one thing: which of them holds cannot be told."""
    classes: set[str] = set()
    for position, entry in enumerate(declared.agent_classes):
        if entry.name in classes:
            yield f"$.agent_classes[{position}].name", f"the class {entry.name} stands twice", "Keep one of the two."
        classes.add(entry.name)
    approved: set[tuple[str, str]] = set()
    for position, exception in enumerate(declared.exceptions):
        key = (exception.rule, exception.subject)
        if key in approved:
            what = f"the exception of {exception.subject} from {exception.rule} stands twice"
            yield f"$.exceptions[{position}]", what, "Keep one of the two."
        approved.add(key)
