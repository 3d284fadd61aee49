"""Environments, owners, purposes and data domains, read off tags and names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from segrego.inventory import Account, Label, Resource, Role, Tag, Workload

__all__ = [
    "TAG_KEYS",
    "environment_named",
    "environment_value",
    "labelled_account",
    "labelled_resource",
    "labelled_role",
    "labelled_workload",
]

Labelled = TypeVar("Labelled", Workload, Role)

TAG_KEYS = {
    "environment": ("environment", "env", "stage"),
    "owner": ("owner", "team"),
    "purpose": ("purpose",),
    "domain": ("data-domain", "data_domain", "datadomain"),
    "sensitivity": ("data-classification", "data_classification", "dataclassification", "sensitivity"),
}
"""The tags that tell a label, by their keys in lower case."""

_ENVIRONMENT_WORDS = {
    "production": ("production", "prod", "prd"),
    "staging": ("staging", "stage", "stg", "preprod", "uat"),
    "development": ("development", "dev", "sandbox"),
    "test": ("test", "tst", "qa"),
}
_ENVIRONMENT_OF = {word: name for name, words in _ENVIRONMENT_WORDS.items() for word in words}
_NOT_PRODUCTION = re.compile(r"(?<![a-z])(pre|non|not|no)[^a-z0-9]+(?:production|prod|prd)(?![a-z])")


def environment_named(name: str) -> str | None:
    """The environment that a name tells (``orders-prod`` is production); null if it tells none, or more than one."""
    words = _NOT_PRODUCTION.sub(lambda match: "preprod" if match[1] == "pre" else "", name.lower())
    found = {_ENVIRONMENT_OF[word] for word in re.findall(r"[a-z]+", words) if word in _ENVIRONMENT_OF}
    return found.pop() if len(found) == 1 else None


def environment_value(text: str) -> str:
    """The one value for all spellings of an environment (``Prod`` is production), so that labels compare equal."""
    return _ENVIRONMENT_OF.get(text.strip().lower(), text.strip().lower())


def labelled_workload(workload: Workload) -> Workload:
    """The workload with what its tags and its name tell of environment, owner, purpose and domains."""
    labelled = _labelled(workload, workload.name)
    return replace(
        labelled,
        purpose=workload.purpose or _tagged(workload.tags, TAG_KEYS["purpose"]),
        domains=workload.domains or _tagged_all(workload.tags, TAG_KEYS["domain"]),
    )


def labelled_role(role: Role) -> Role:
    """The role with its environment and owner."""
    return _labelled(role, role.name or "")


def labelled_account(account: Account) -> Account:
    """The account with its environment."""
    return replace(account, environment=account.environment or _environment(account.tags, account.name or ""))


def labelled_resource(resource: Resource) -> Resource:
    """The resource with its environment, domains and sensitivity."""
    return replace(
        resource,
        environment=resource.environment or _environment(resource.tags, resource.name),
        domains=resource.domains or _tagged_all(resource.tags, TAG_KEYS["domain"]),
        sensitivity=resource.sensitivity or _tagged(resource.tags, TAG_KEYS["sensitivity"]),
    )


def _labelled(entity: Labelled, name: str) -> Labelled:
    return replace(
        entity,
        environment=entity.environment or _environment(entity.tags, name),
        owner=entity.owner or _tagged(entity.tags, TAG_KEYS["owner"]),
    )


def _environment(tags: Iterable[Tag], name: str) -> Label | None:
    """From a tag, else from the name."""
    if tagged := _tagged(tags, TAG_KEYS["environment"]):
        return replace(tagged, value=environment_value(tagged.value))
    named = environment_named(name)
    return Label(value=named, origin="name") if named else None


def _tagged(tags: Iterable[Tag], keys: Sequence[str]) -> Label | None:
    return next(iter(_tagged_all(tags, keys)), None)


def _tagged_all(tags: Iterable[Tag], keys: Sequence[str]) -> tuple[Label, ...]:
    """A label for each tag under one of the keys. A value that is not resolved says nothing."""
    values = (tag.value.strip() for tag in tags if tag.key.lower() in keys)
    return tuple(Label(value=value.lower(), origin="tag") for value in values if value and "${" not in value)
