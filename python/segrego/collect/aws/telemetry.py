"""What records the agents' doings: CloudTrail's trails and event data stores. (Invocation logging is Bedrock's own.)

Sources: CloudTrail API reference, DescribeTrails (a region also lists the trails of other regions and of the
organization that cover it), AdvancedFieldSelector, GetEventDataStore.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from segrego.collect.aws.caller import Hides
from segrego.collect.aws.failures import Failure
from segrego.collect.aws.session import Account, Region
from segrego.inventory import Fact, Telemetry

__all__ = [
    "Covered",
    "EventStore",
    "Failed",
    "Trail",
    "Trails",
    "event_stores",
    "list_trails",
    "read_trail",
    "telemetry",
]

_HIDES: tuple[Fact, ...] = ("telemetry",)
_CATEGORY = "eventCategory"
_TYPE = "resources.type"


@dataclass(frozen=True)
class Covered:
    """The resource types whose data events are recorded: all events of ``whole``, some of ``part``."""

    whole: frozenset[str] = frozenset()
    part: frozenset[str] = frozenset()

    def __or__(self, other: Covered) -> Covered:
        return Covered(self.whole | other.whole, self.part | other.part)


@dataclass(frozen=True)
class Trail:
    """A trail, and the region that it is asked about in. The account in its ARN may be another one."""

    arn: str
    home: str


@dataclass(frozen=True)
class Failed:
    """Why a trail could not be read."""

    operation: str
    failure: Failure


Trails = list[Trail] | None
"""The trails that cover a region; null where they could not be listed."""


@dataclass(frozen=True)
class EventStore:
    """An event data store that takes in events: of which account and region, and how far it reaches."""

    account: str
    region: str
    every_region: bool
    organization: bool
    covered: Covered

    def covers(self, account: str, region: str) -> bool:
        """Whether events of this account and region go into the store. An organization's are its members' too."""
        return (self.organization or account == self.account) and (self.every_region or region == self.region)


def event_stores(region: Region) -> list[EventStore]:
    """The event data stores of a region that take in events."""
    found = []
    for arn in _store_arns(region):
        body = region.call("cloudtrail", "GetEventDataStore", Hides(region.source, _HIDES), EventDataStore=arn) or {}
        if body.get("Status") in ("ENABLED", "STARTING_INGESTION"):
            covered = _advanced(body.get("AdvancedEventSelectors") or ())
            every, organization = bool(body.get("MultiRegionEnabled")), bool(body.get("OrganizationEnabled"))
            found.append(EventStore(region.account.id, region.name, every, organization, covered))
    return found


def list_trails(region: Region) -> Trails:
    """The trails that cover a region; null, and a gap, where they cannot be listed."""
    body = region.call("cloudtrail", "DescribeTrails", Hides(region.source, _HIDES))
    listed = None if body is None else body.get("trailList") or ()
    return None if listed is None else [Trail(item["TrailARN"], item["HomeRegion"]) for item in listed]


def read_trail(account: Account, trail: Trail) -> Covered | Failed:
    """What one trail records, asked in its home region."""
    home = account.region(trail.home)
    for operation, params in (("GetTrailStatus", {"Name": trail.arn}), ("GetEventSelectors", {"TrailName": trail.arn})):
        answer = account.caller.attempt("cloudtrail", operation, home.name, params)
        if answer.failure is not None:
            return Failed(operation, answer.failure)
        body = answer.value or {}
        if operation == "GetTrailStatus" and not body.get("IsLogging"):
            return Covered()
    return _classic(body.get("EventSelectors") or ()) | _advanced(body.get("AdvancedEventSelectors") or ())


def telemetry(
    region: Region,
    trails: Trails,
    read: Mapping[Trail, Covered | Failed],
    stores: Iterable[EventStore],
    logging: bool | None,
) -> Telemetry:
    """What a region records. A type of which only some events are recorded is a gap, and so is a trail not read."""
    covered = _recorded(region, trails, read)
    for store in stores:
        if covered is not None and store.covers(region.account.id, region.name):
            covered = covered | store.covered
    for name in sorted(covered.part - covered.whole) if covered else ():
        message = f"only some data events of {name} are recorded: take the other fields out of the event selectors"
        region.gap("unsupported", Hides(region.source, _HIDES), message)
    return Telemetry(
        id=f"{region.account.id}/{region.name}",
        account=region.account.id,
        region=region.name,
        invocation_logging=logging,
        data_events=None if covered is None else tuple(sorted(covered.whole)),
        location=region.location,
    )


def _recorded(region: Region, trails: Trails, read: Mapping[Trail, Covered | Failed]) -> Covered | None:
    """What the trails of a region record together; null, and a gap, where one of them could not be read."""
    if trails is None:
        return None  # its call left a gap
    covered: Covered | None = Covered()
    for trail in trails:
        found = read[trail]
        if isinstance(found, Failed):
            hides = Hides(region.source, _HIDES)
            caller = region.account.caller
            caller.failed("cloudtrail", found.operation, trail.home, region.location, hides, found.failure)
            covered = None
        elif covered is not None:
            covered = covered | found
    return covered


def _store_arns(region: Region) -> Iterable[str]:
    """All pages; boto3 has no paginator for them. A token that comes again would lead round for ever."""
    hides = Hides(region.source, _HIDES)
    seen: set[str] = set()
    params: dict[str, str] = {}
    while True:
        body = region.call("cloudtrail", "ListEventDataStores", hides, **params) or {}
        for item in body.get("EventDataStores") or ():
            yield item["EventDataStoreArn"]
        token = body.get("NextToken")
        if token in seen:
            region.gap("call_failed", hides, "CloudTrail repeats a page of its event data stores: collect again")
        if not token or token in seen:
            return
        seen.add(token)
        params = {"NextToken": token}


def _classic(selectors: Iterable[Mapping[str, Any]]) -> Covered:
    """Selectors of the first kind record all of a type where their ARNs end where its service's begin."""
    whole: set[str] = set()
    part: set[str] = set()
    for selector in selectors:
        for resource in selector.get("DataResources") or ():
            everything = any(value.count(":") == 2 or value.endswith(":::") for value in resource.get("Values") or ())
            is_whole = everything and selector.get("ReadWriteType") in (None, "All")
            (whole if is_whole else part).add(resource["Type"])
    return Covered(frozenset(whole), frozenset(part))


def _advanced(selectors: Iterable[Mapping[str, Any]]) -> Covered:
    """Advanced selectors record all of a type where they ask for nothing but the type."""
    covered = Covered()
    for selector in selectors:
        fields = selector.get("FieldSelectors") or ()
        by_name = {field["Field"]: field for field in fields}
        if "Data" not in (by_name.get(_CATEGORY) or {}).get("Equals", ()):
            continue
        types = frozenset((by_name.get(_TYPE) or {}).get("Equals") or ())
        narrowed = len(fields) > len(by_name) or set(by_name) - {_CATEGORY, _TYPE}
        covered = covered | (Covered(part=types) if narrowed else Covered(whole=types))
    return covered
