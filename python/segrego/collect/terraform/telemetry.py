"""What is recorded of agents: Bedrock's model invocation logging, and the data events of CloudTrail.

Source: the providers' documentation; CloudTrail user guide, "Logging data events" (``resources.type``).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from segrego.collect.terraform.arns import Arns
from segrego.collect.terraform.draft import Draft
from segrego.collect.terraform.plan import Instance, Plan
from segrego.collect.terraform.values import blocks, items
from segrego.inventory import Telemetry

__all__ = ["read_telemetry"]

_LOGGING = ("aws_bedrock_model_invocation_logging_configuration",)
_TRAILS = {
    "aws_cloudtrail": (
        "enable_logging", "event_selector", "data_resource", "advanced_event_selector", "field_selector",
    ),
    "awscc_cloudtrail_trail": (
        "is_logging", "event_selectors", "data_resources", "advanced_event_selectors", "field_selectors",
    ),
    "aws_cloudtrail_event_data_store": ("suspend", "", "", "advanced_event_selector", "field_selector"),
    "awscc_cloudtrail_event_data_store": (
        "ingestion_enabled", "", "", "advanced_event_selectors", "field_selectors",
    ),
}  # fmt: skip
"""The switch, and where the selectors are, by resource type."""

_NARROWING = frozenset(
    {"eventName", "readOnly", "resources.ARN", "userIdentity.arn", "eventSource", "sessionCredentialFromConsole"}
)


def read_telemetry(plan: Plan, draft: Draft, arns: Arns) -> None:
    """Enter what the plan says of telemetry, for each account and region that it says something of."""
    for kind in _LOGGING:
        for instance in plan.of_type.get(kind, []):
            entry = _entry(instance, draft, arns)
            draft.telemetry[entry.id] = replace(entry, invocation_logging=True)
    for kind in _TRAILS:
        for instance in plan.of_type.get(kind, []):
            entry = _entry(instance, draft, arns)
            types = {*(entry.data_events or ()), *_types(instance)}
            draft.telemetry[entry.id] = replace(entry, data_events=tuple(sorted(types)))
            _, classic, _, advanced, _ = _TRAILS[kind]
            if any(name and instance.is_open(name) and instance.evaluated for name in (classic, advanced)):
                message = f"what {instance.address} records is not resolved. Write its selectors out."
                draft.gap("unresolved_reference", draft.source, ("telemetry",), message, instance.address)


def _entry(instance: Instance, draft: Draft, arns: Arns) -> Telemetry:
    account, region = arns.account(instance), arns.region(instance)
    entity = f"{draft.source}#{account or '${AWS::AccountId}'}/{region or '${AWS::Region}'}"
    made = Telemetry(id=entity, account=account, region=region, location=draft.location(instance.address))
    return draft.telemetry.get(entity, made)


def _types(instance: Instance) -> Iterator[str]:
    """The ``resources.type`` values of which all data events are recorded."""
    switch, classic, resources, advanced, fields = _TRAILS[instance.type]
    state = instance.value(switch)
    if state is (switch == "suspend") or str(state).lower() == ("true" if switch == "suspend" else "false"):
        return
    for selector in blocks(instance.value(classic)) if classic else ():
        everything = str(selector.get("read_write_type") or "All") == "All"
        for resource in blocks(selector.get(resources)) if everything else ():
            if isinstance(resource.get("type"), str):
                yield str(resource["type"])
    for selector in blocks(instance.value(advanced)):
        found = {str(entry.get("field")): entry for entry in blocks(selector.get(fields))}
        category = items(found.get("eventCategory", {}).get("equals"))
        if "Data" in category and not _NARROWING & set(found):
            types = items(found.get("resources.type", {}).get("equals"))
            yield from (str(text) for text in types if isinstance(text, str))
