"""What a template records of agents: data events of CloudTrail.

Source: CloudTrail user guide, "Logging data events" (``resources.type``), and the CloudFormation resource schemas.
CloudFormation has no type for Bedrock's model invocation logging, so that stays null.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segrego.collect.cloudformation.draft import Draft
from segrego.collect.cloudformation.scope import Scope
from segrego.collect.cloudformation.targets import at
from segrego.collect.cloudformation.template import Seq
from segrego.collect.cloudformation.text import as_text
from segrego.inventory import Telemetry

__all__ = ["Telemetries"]

_LOGGING = {"AWS::CloudTrail::Trail": "IsLogging", "AWS::CloudTrail::EventDataStore": "IngestionEnabled"}
_NARROWING = frozenset(
    {"eventName", "readOnly", "resources.ARN", "userIdentity.arn", "eventType", "sessionCredentialFromConsole"}
)


class Telemetries:
    """Reads trails and event data stores into a draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def collect(self) -> None:
        """One entry for each place that a trail or event data store of the scan is in."""
        found: dict[str, set[str]] = {}
        entries: dict[str, Telemetry] = {}
        for scope in self._draft.scan.scopes.values():
            for logical in scope.of_type(*_LOGGING):
                account, region = scope.pseudo.get("AWS::AccountId"), scope.pseudo.get("AWS::Region")
                key = f"{account}/{region}" if account and region else scope.name
                found.setdefault(key, set()).update(self._types(scope, logical))
                place = scope.location(logical)
                entries.setdefault(key, Telemetry(id=key, account=account, region=region, location=place))
                self._draft.say_open(scope, scope.file, ("telemetry",), place)
        for key, entry in entries.items():
            self._draft.telemetry[key] = _with_events(entry, found[key])

    def _types(self, scope: Scope, logical: str) -> Iterator[str]:
        switch = scope.text(logical, _LOGGING[scope.type(logical)])
        if switch is not None and switch.lower() == "false":
            return
        selectors = [*_items(scope.property(logical, "EventSelectors"))]
        advanced = [*_items(scope.property(logical, "AdvancedEventSelectors"))]
        for selector in (*selectors, *advanced):
            if not isinstance(selector, dict):
                message = f"a selector of {logical} could not be resolved: write it out"
                self._draft.gap_at("unresolved_reference", scope.file, ("telemetry",), message, scope.location(logical))
        for selector in selectors:
            everything = at(selector, "ReadWriteType") in (None, "All")
            for resource in _items(at(selector, "DataResources")) if everything else ():
                yield from _texts([at(resource, "Type")])
        for selector in advanced:
            yield from _advanced(selector)


def _advanced(selector: Any) -> Iterator[str]:
    """The types of a selector that takes all data events of them: one that is narrowed further leaves some out."""
    fields = {str(at(entry, "Field")): entry for entry in _items(at(selector, "FieldSelectors"))}
    if _NARROWING & set(fields) or "Data" not in _texts(_items(at(fields.get("eventCategory"), "Equals"))):
        return
    yield from _texts(_items(at(fields.get("resources.type"), "Equals")))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, Seq) else [] if value is None else [value]


def _texts(values: list[Any]) -> list[str]:
    return [str(text) for text in map(as_text, values) if text is not None and not text.unresolved]


def _with_events(entry: Telemetry, types: set[str]) -> Telemetry:
    return Telemetry(
        id=entry.id,
        account=entry.account,
        region=entry.region,
        data_events=tuple(sorted(types)),
        location=entry.location,
    )
