"""What one task finds, and how tasks run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any, TypeVar

from segrego.collect.aws.session import Hides, Region
from segrego.inventory import Binding, Resource, Tag, Tool, Use, Workload

__all__ = ["Found", "FunctionRef", "Progress", "Task", "data_uses", "routes", "run", "tags", "unknown_role"]

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""Told (what, done, total) as work goes on."""

_FUNCTION = re.compile(
    r"(arn:[^:]+:lambda:(?P<region>[^:]+):(?P<account>\d{12}):function:[^:]+)(?::(?P<qualifier>[^:]+))?"
)
_BUCKET = re.compile(r"s3://([^/]+)|arn:[^:]+:s3:::([^/]+)(?:/.*)?")


@dataclass(frozen=True, slots=True, order=True)
class FunctionRef:
    """A Lambda function that is called: ``arn`` is the function's own, ``qualifier`` a version, an alias or empty."""

    arn: str
    account: str
    region: str
    qualifier: str


@dataclass
class Found:
    """What was found, in the order of finding. ``inner`` are ARNs of workloads that are a part of another one."""

    workloads: list[Workload] = field(default_factory=list)
    tools: list[Tool] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    functions: set[FunctionRef] = field(default_factory=set)
    inner: set[str] = field(default_factory=set)

    def function(self, arn: str) -> str:
        """The id that a called function has as a workload, for an ARN that may name a version or an alias too."""
        match = _FUNCTION.fullmatch(arn)
        if match is None:
            return arn
        qualifier = match["qualifier"] or ""
        plain = "" if qualifier == "$LATEST" else qualifier
        self.functions.add(FunctionRef(match[1], match["account"], match["region"], plain))
        return match[1]

    def add(self, other: Found) -> None:
        """Take up what another task found."""
        self.workloads += other.workloads
        self.tools += other.tools
        self.resources += other.resources
        self.functions |= other.functions
        self.inner |= other.inner


Task = Callable[[], Found]


def run(tasks: Sequence[Callable[[], T]], workers: int, what: str, progress: Progress | None) -> list[T]:
    """Results in the order of the tasks, whichever ended first. An interrupt drops the tasks that have not begun."""
    pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="segrego")
    try:
        futures = [pool.submit(task) for task in tasks]
        for done, future in enumerate(as_completed(futures), 1):
            future.result()
            if progress is not None:
                progress(what, done, len(futures))
        return [future.result() for future in futures]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def tags(region: Region, service: str, arn: str) -> tuple[Tag, ...]:
    """The tags of a Bedrock or AgentCore resource, by key."""
    hides = Hides(arn, ("tags", "environments", "domains"))
    answer = region.call(service, "ListTagsForResource", hides, resourceArn=arn) or {}
    return tuple(Tag(key=key, value=str(value)) for key, value in sorted((answer.get("tags") or {}).items()))


def routes(aliases: Iterable[Mapping[str, Any]], name: str, version: str) -> dict[str, tuple[str, ...]]:
    """Version to the names of the aliases that route to it, both sorted. An alias may route to several versions."""
    found: dict[str, set[str]] = {}
    for alias in aliases:
        for route in alias.get("routingConfiguration") or ():
            if route.get(version):
                found.setdefault(route[version], set()).add(alias[name])
    return {key: tuple(sorted(found[key])) for key in sorted(found)}


def unknown_role(region: Region, arn: str, what: str) -> tuple[Binding, ...]:
    """No binding, and a gap: AWS answered, and the answer holds no role where every such workload has one."""
    region.gap("unresolved_role", Hides(arn, ("bindings",)), f"{what} gives no role: check it in the console")
    return ()


def data_uses(region: Region, found: Found, node: object) -> list[Use]:
    """The data that a configuration names, wherever in it: ARNs, and S3 addresses as their bucket's ARN.

    Buckets are resources of the inventory. Text that is no address is not looked at, let alone kept.
    """
    uses = []
    for text in _texts(node):
        bucket = _BUCKET.fullmatch(text)
        if bucket:
            name = bucket[1] or bucket[2]
            arn = f"arn:{region.account.partition}:s3:::{name}"
            found.resources.append(
                Resource(id=arn, kind="AWS::S3::Bucket", name=name, arn=arn, location=region.location)
            )
            uses.append(Use(relation="data", target=arn))
        elif re.fullmatch(r"arn:[^:\s]+:[^:\s]+:\S+", text):
            uses.append(Use(relation="data", target=text))
    return uses


def _texts(node: object) -> Iterable[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for key in sorted(node):
            yield from _texts(node[key])
    elif isinstance(node, list | tuple):
        for item in node:
            yield from _texts(item)
