"""A small inventory with one of everything that a configuration can speak of."""

from __future__ import annotations

from segrego.config import Config, parse_config
from segrego.inventory import (
    Account,
    Binding,
    Inventory,
    Location,
    Resource,
    Role,
    Source,
    Tag,
    Workload,
    WorkloadKind,
)

ORDERS = "arn:aws:bedrock:eu-west-1:111122223333:agent/ORDERS"


def agent(name: str, *, role: str = "role", kind: WorkloadKind = "bedrock_agent", **fields: object) -> Workload:
    """An agent whose id is its name."""
    tags = tuple(Tag(key=key, value=value) for key, value in dict(fields.pop("tags", {})).items())  # type: ignore[call-overload]
    return Workload(id=name, kind=kind, name=name, bindings=(Binding(role=role),), tags=tags, **fields)  # type: ignore[arg-type]


def world(*workloads: Workload, **parts: object) -> Inventory:
    """These workloads, on one role."""
    return Inventory(
        sources=(Source(id="here", kind="document"),),
        workloads=workloads,
        **{"roles": (Role(id="role", name="agent-role"),), **parts},  # type: ignore[arg-type]
    )


WORLD = world(
    agent("orders", arn=ORDERS, account="111122223333", location=Location(source="t.yaml", file="t.yaml", line=3)),
    agent("billing", account="111122223333", tags={"Team": "money", "stage": "prd"}),
    agent("research", account="444455556666", kind="agentcore_runtime"),
    roles=(
        Role(id="role", name="agent-role", account="111122223333", tags=(Tag(key="team", value="money"),)),
        Role(id="unnamed"),
    ),
    resources=(
        Resource(
            id="table", kind="AWS::DynamoDB::Table", name="orders", arn="arn:aws:dynamodb:eu-west-1:1:table/orders"
        ),
        Resource(
            id="bucket", kind="AWS::S3::Bucket", name="ledger", tags=(Tag(key="confidentiality", value="secret"),)
        ),
    ),
    accounts=(Account(id="111122223333", name="shop"), Account(id="444455556666", name="lab")),
)


def declare(text: str) -> Config:
    """A configuration without any check of rules."""
    return parse_config(text.encode(), "segrego.yaml")
