"""A first ``segrego.yaml``, from an inventory: what tags say already, and what a person has to fill in.

Active entries repeat what tags say, and are left out as soon as they would say anything else. All that is a guess (an
environment read off a name, agents that might be a class) is commented out: a tool does not declare for people.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from msgspec.structs import asdict, replace

from segrego.config.apply import apply
from segrego.config.model import Config, DataDomain, Environment, Owner, Purpose
from segrego.config.notices import notices
from segrego.config.select import Entity
from segrego.facts import TAG_KEYS, derive, environment_value
from segrego.inventory import Inventory, Label, Thresholds, Workload

__all__ = ["draft"]

WIDTH = 120
"""Columns of what is explained."""

_AGENTS = frozenset({"agentcore_harness", "agentcore_runtime", "bedrock_agent", "bedrock_flow"})
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_WORDS = frozenset({"false", "n", "no", "null", "off", "on", "true", "y", "yes"})
_UNSAFE = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})

_HEAD = """\
## What only people know about {sources}. docs/configuration.md explains every key.
## Made by `segrego init` from {agents} agents, {workloads} workloads and {roles} roles.
## Lines that begin with two # explain. Take the # away from those that begin with one once you have filled them in.

version: 1"""
_ENDING = """
## The least severity that fails, other severities for rules, rules that are not to run.
#fail_on: low
#severities:
#  trust_not_pinned: medium
#ignore: []

## What rules measure by, as it is without an entry.
#thresholds:
{thresholds}

## Deviations that somebody has approved. The report names rules and subjects; each ends at a time.
#exceptions:
#  - rule:
#    subject:
#    reason:
#    owner:
#    expires:
"""


def draft(inventory: Inventory, sources: str) -> str:
    """The text of a first configuration for what was collected from ``sources``. It loads, gives no warning for this
    inventory, and changes no label in it."""
    known = derive(inventory)
    names = Counter(workload.name for workload in known.workloads)
    unique = {name for name, count in names.items() if count == 1 and name and not set("*?") & set(name)}
    lines = [
        _HEAD.format(
            sources=_scalar(sources),
            agents=len(_agents(known)),
            workloads=len(known.workloads),
            roles=len(known.roles),
        )
    ]
    lines += _environments(known, unique)
    lines += _data_domains(known, unique)
    lines += _purposes(known)
    lines += _owners(known, unique)
    lines += _classes(known, unique)
    lines += _hosting(known, unique)
    defaults = (f"#  {name}: {_flow(value)}" for name, value in asdict(Thresholds()).items())
    lines.append(_ENDING.format(thresholds="\n".join(defaults)).rstrip("\n"))
    return "\n".join(lines) + "\n"


def _environments(known: Inventory, unique: Container[str]) -> list[str]:
    found = _tagged(
        (*known.workloads, *known.roles, *known.resources, *known.accounts), "environment", environment_value
    )
    entries = [Environment(name=value, tags={key: tag}) for value, key, tag in found]
    named = [each for each in _agents(known) if each.environment and each.environment.origin == "name"]
    guesses = [f"##   {_scalar(each.name)}: {each.environment.value}" for each in named if each.environment]
    return _section(
        "environments",
        "Where agents run. A role that agents of two environments hold carries a change of one into the other.",
        _unless_changed(known, Config(environments=tuple(entries)), entries, "name"),
        _unknown("name", [each for each in _agents(known) if each.environment is None], unique),
        ["## Read off names, and taken so unless an entry says otherwise:", *guesses] if guesses else [],
    )


def _data_domains(known: Inventory, unique: Container[str]) -> list[str]:
    found = _tagged((*known.workloads, *known.resources), "domain", str.lower)
    entries = [DataDomain(name=value, tags={key: tag}) for value, key, tag in found]
    blank = ["#    sensitivity:"] if entries else []
    return _section(
        "data_domains",
        "Which data belongs together (hr, payments, ...), and how sensitive it is.",
        _unless_changed(known, Config(data_domains=tuple(entries)), entries, "name", blank),
        _unknown("name", [each for each in _agents(known) if not each.domains], unique),
    )


def _purposes(known: Inventory) -> list[str]:
    found = _tagged(known.workloads, "purpose", str.lower)
    entries = [Purpose(purpose=value, tags={key: tag}) for value, key, tag in found]
    return _section(
        "purposes",
        'What agents are for. Rules know one purpose: "retrieval", of agents that look things up and change nothing.',
        _unless_changed(known, Config(purposes=tuple(entries)), entries, "purpose"),
        ["#  - purpose: retrieval", "#    names: []"],
    )


def _owners(known: Inventory, unique: Container[str]) -> list[str]:
    found = _tagged((*known.workloads, *known.roles), "owner", str.lower)
    entries = [Owner(owner=value, tags={key: tag}) for value, key, tag in found]
    return _section(
        "owners",
        "Who answers for agents and roles.",
        _unless_changed(known, Config(owners=tuple(entries)), entries, "owner"),
        _unknown("owner", [each for each in _agents(known) if each.owner is None], unique),
    )


def _classes(known: Inventory, unique: Container[str]) -> list[str]:
    """Groups of agents on one role: candidates, no more."""
    by_id = {workload.id: workload for workload in _agents(known)}
    lines = []
    for role in known.roles:
        held = [by_id[name] for name in dict.fromkeys(b.workload for b in role.bindings) if name in by_id]
        if len(held) > 1:
            lines += [f"## {', '.join(_scalar(each.name) for each in held)} hold {_scalar(role.name or role.id)}."]
            lines += ["#  - name:", *_selector(held, unique)]
            lines += ["#    justification:", "#    approver:", "#    expires:"]
    return _section(
        "agent_classes",
        "Agents that truly do the same task, with the same tools and data, may share a role for as long as somebody "
        "approves it. Give all others a role each.",
        [],
        lines or ["#  - name:", "#    names: []", "#    justification:", "#    approver:", "#    expires:"],
    )


def _hosting(known: Inventory, unique: Container[str]) -> list[str]:
    runtimes = [each for each in known.workloads if each.kind == "agentcore_runtime"]
    asked = [line for each in runtimes for line in (*_selector([each], unique, "#  - "), "#    agents: []")]
    return _section(
        "hosting",
        "Runtimes that run several agents in one process, and which: no template and no API tells.",
        [],
        asked or ["#  - names: []", "#    agents: []"],
    )


def _agents(known: Inventory) -> list[Workload]:
    return [workload for workload in known.workloads if workload.kind in _AGENTS]


def _section(
    key: str, meaning: str, active: Sequence[str], asked: Sequence[str], notes: Sequence[str] = ()
) -> list[str]:
    is_active = any(not line.startswith("#") for line in active)
    told = textwrap.wrap(meaning, WIDTH - len("## "))
    return ["", *(f"## {line}" for line in told), *notes, f"{'' if is_active else '#'}{key}:", *active, *asked]


def _tagged(entities: Iterable[Entity], label: str, value: Callable[[str], str]) -> list[tuple[str, str, str]]:
    """What the tags for a label say: its value, the tag's key and the tag's value, most frequent first."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for entity in entities:
        for tag in entity.tags:
            text = tag.value.strip()
            if tag.key.lower() in TAG_KEYS[label] and text and not set("*?$") & set(tag.value):
                counts[value(text), tag.key.lower(), tag.value] += 1
    return sorted(counts, key=lambda key: (-counts[key], key))


def _unless_changed(
    known: Inventory,
    declared: Config,
    entries: Sequence[Environment | DataDomain | Purpose | Owner],
    key: str,
    more: Sequence[str] = (),
) -> list[str]:
    """The entries, unless declaring them would change a label or contradict itself: tags disagree somewhere."""
    config = replace(declared, file="segrego.yaml")
    same = _labels(apply(config, known)) == _labels(known)
    agreed = same and not notices(config, known)
    lines = []
    for entry in entries:
        tags = ", ".join(f"{_scalar(name)}: {_scalar(value)}" for name, value in entry.tags.items())
        lines += [f"  - {key}: {_scalar(getattr(entry, key))}", f"    tags: {{{tags}}}"]
        lines += [line if agreed else line[1:] for line in more]
    if agreed or not entries:
        return lines
    return [
        "## Tags disagree about some of these: only a person can tell which holds.",
        *(f"#{line}" for line in lines),
    ]


def _labels(inventory: Inventory) -> list[object]:
    """Every label in a document, by its value alone."""

    def value(label: Label | None) -> str | None:
        return label.value if label else None

    found: list[object] = [
        (w.id, value(w.environment), value(w.owner), value(w.purpose), {label.value for label in w.domains})
        for w in inventory.workloads
    ]
    found += [(role.id, value(role.environment), value(role.owner)) for role in inventory.roles]
    found += [
        (r.id, value(r.environment), value(r.sensitivity), {label.value for label in r.domains})
        for r in inventory.resources
    ]
    return found + [(account.id, value(account.environment)) for account in inventory.accounts]


def _unknown(key: str, agents: Sequence[Workload], unique: Container[str]) -> list[str]:
    """An entry to fill in for agents of which nothing tells the value."""
    if not agents:
        return []
    return [
        f"## Nothing tells it of {len(agents)} of the agents: say what they are, in one entry or in several.",
        f"#  - {key}:",
        *_selector(agents, unique),
    ]


def _selector(agents: Sequence[Workload], unique: Container[str], first: str = "#    ") -> Iterator[str]:
    """Lines that mean these agents and no other workload: by name where it is unique, else by id."""
    fields: dict[str, list[tuple[str, Workload]]] = defaultdict(list)
    for agent in agents:
        by_name = agent.name in unique
        fields["names" if by_name else "arns"].append((agent.name if by_name else agent.id, agent))
    for field, texts in sorted(fields.items(), reverse=True):
        yield f"{first}{field}:"
        first = "#    "
        for text, agent in texts:
            place = agent.location
            where = f"  # {_scalar(f'{place.file}:{place.line}')}" if place and place.file and place.line else ""
            yield f"#      - {_scalar(text)}{where}"


def _flow(value: object) -> str:
    return f"[{', '.join(map(_scalar, value))}]" if isinstance(value, tuple) else str(value)


def _scalar(text: str) -> str:
    """A text as YAML, in quotes where it is not plainly a word, and with everything escaped that an editor obeys."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    import yaml

    unsafe = any(unicodedata.category(character) in _UNSAFE for character in text)
    quoted: str = yaml.safe_dump(text, default_style='"', allow_unicode=not unsafe, width=float("inf"))
    return quoted.rstrip("\n")
