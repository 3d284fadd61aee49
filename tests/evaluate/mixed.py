"""A generated organization with something for most rules to find: the benchmark's, changed in ways that meet."""

from __future__ import annotations

import random

import msgspec
from msgspec.structs import replace

from bench import ACCOUNT, inventory
from segrego.facts import derive
from segrego.inventory import (
    AgentClass,
    Condition,
    Gap,
    Inventory,
    Label,
    Policy,
    PolicyException,
    Principal,
    Resource,
    Role,
    ServiceAccess,
    Statement,
    Telemetry,
    TrustStatement,
    Use,
    Workload,
)

NOW = 1_800_000_000_000_000_000
DAY = 86_400_000_000_000
OTHER = "444455556666"


def mixed(agents: int, seed: int = 1) -> bytes:
    """An OPA input with that many agents, the same for the same seed."""
    choice = random.Random(seed)
    plain = msgspec.json.decode(inventory(agents, seed), type=Inventory)
    roles = len(plain.roles)
    changed = replace(
        plain,
        workloads=tuple(_workload(workload, number, choice) for number, workload in enumerate(plain.workloads)),
        roles=tuple(_role(role, number, roles, choice) for number, role in enumerate(plain.roles)),
        policies=(*(_policy(policy, number, roles, choice) for number, policy in enumerate(plain.policies)), _BOUNDARY),
        resources=tuple(_resource(number, choice) for number in range(agents // 10)),
        telemetry=(Telemetry(id="t", account=ACCOUNT, invocation_logging=False, data_events=()),),
        gaps=(Gap(code="call_failed", subject="bench", facts=("owners",), message="the call failed"),),
        agent_classes=(
            AgentClass(name="approved", justification="alike", approver="a", expires_at_ns=NOW + DAY),
            AgentClass(name="expired", justification="alike", approver="a", expires_at_ns=NOW - DAY),
        ),
        exceptions=tuple(
            PolicyException(
                rule="shared_execution_role", subject=f"role-{n}", reason="r", owner="o", expires_at_ns=when
            )
            for n, when in ((0, NOW + DAY), (1, NOW - DAY), (10**6, NOW + DAY))
        ),
    )
    return msgspec.json.encode(derive(changed))


_BOUNDARY = Policy(
    id="boundary",
    name="boundary",
    kind="boundary",
    statements=(Statement(effect="Allow", actions=("s3:*", "dynamodb:*"), resources=("*",)),),
)


def _workload(workload: Workload, number: int, choice: random.Random) -> Workload:
    uses = [Use(relation="collaborator", target=f"agent-{number // 2}")] if number % 9 == 1 else []
    uses += [Use(relation="data", target=f"bucket-{number // 10}")] if number % 3 == 0 else []
    uses += [Use(relation="memory", target=f"memory-{number // 20}")] if number % 10 == 0 else []
    return replace(
        workload,
        arn=f"arn:aws:bedrock:us-east-1:{ACCOUNT}:agent/AGENT{number:05}" if number % 5 else None,
        account=ACCOUNT if number % 8 else OTHER,
        status="FAILED" if number % 50 == 7 else None,
        owner=Label(value="team", origin="tag") if number % 4 else None,
        purpose=Label(value="retrieval", origin="tag") if number % 6 == 0 else None,
        domains=tuple(
            Label(value=name, origin="tag") for name in choice.choices(("hr", "sales", "legal"), k=number % 3)
        ),
        agent_class=("approved", "expired", None, None)[number % 4],
        idle_timeout_seconds=3600 * (number % 12 + 1),
        uses=tuple(uses),
    )


def _role(role: Role, number: int, roles: int, choice: random.Random) -> Role:
    trust = list(role.trust)
    if number % 6 == 0:
        trust = [replace(trust[0], conditions=())]
    if number % 11 == 0:
        names = [f"arn:aws:iam::{ACCOUNT}:role/role-{choice.randrange(roles)}", f"arn:aws:iam::{OTHER}:root", "*"]
        trust.append(_trusting(choice.choice(names), conditional=number % 2 == 0))
    return replace(
        role,
        arn=f"arn:aws:iam::{ACCOUNT}:role/role-{number}" if number % 7 else None,
        account=ACCOUNT if number % 7 else None,
        trust=tuple(trust),
        boundary="boundary" if number % 13 == 0 else None,
        unread=("policies",) if number % 97 == 0 else (),
        max_session_seconds=43_200 if number % 17 == 0 else 3_600,
        created_ns=NOW - 400 * DAY,
        last_used_ns=0 if number % 19 == 0 else NOW - DAY,
        service_access=(ServiceAccess(service="s3", last_accessed_ns=0),) if number % 23 == 0 else None,
    )


def _trusting(principal: str, *, conditional: bool) -> TrustStatement:
    condition = Condition(operator="StringEquals", key="sts:externalid", values=("x",))
    return TrustStatement(
        effect="Allow",
        actions=("sts:assumerole",),
        principals=(Principal(type="AWS", value=principal),),
        conditions=(condition,) if conditional else (),
    )


def _policy(policy: Policy, number: int, roles: int, choice: random.Random) -> Policy:
    """One of 20 in each has more than the benchmark's own statements, so that evidence varies."""
    other = choice.randrange(roles)
    odd = (
        Statement(effect="Allow", actions=("*",), resources=("*",), line=number),
        Statement(effect="Allow", not_actions=("iam:*",), resources=("*",)),
        Statement(effect="Deny", actions=("s3:put*", "sqs:*"), resources=("*",)),
        Statement(effect="Deny", not_actions=("s3:*",), resources=("*",)),
        Statement(effect="Allow", actions=("iam:passrole",), resources=(f"arn:aws:iam::{ACCOUNT}:role/*",)),
        Statement(effect="Allow", actions=("lambda:createfunction", "lambda:updatefunctioncode"), resources=("*",)),
        Statement(
            effect="Allow", actions=("sts:assumerole",), resources=(f"arn:aws:iam::{ACCOUNT}:role/role-{other}",)
        ),
        Statement(
            effect="Allow",
            actions=("bedrock:updateagent",),
            resources=(f"arn:aws:bedrock:us-east-1:{ACCOUNT}:agent/AGENT{other:05}",),
        ),
        Statement(effect="Allow", actions=("bedrock-agent-runtime:invokeagent",), resources=("*",)),
        Statement(
            effect="Allow", actions=("s3:getobject", "s3:putobject"), resources=(f"arn:aws:s3:::data-{other % 40}/*",)
        ),
        Statement(
            effect="Allow",
            actions=("s3:getobject",),
            resources=("arn:aws:s3:::data-1?/*", f"arn:aws:s3:::data-{other % 40}"),
            conditions=(Condition(operator="StringEquals", key="aws:principaltag/team", values=("x",)),),
        ),
    )
    some = choice.sample(odd, k=choice.choice((0, 0, 0, 1, 2)))
    return replace(policy, statements=(*policy.statements, *some))


def _resource(number: int, choice: random.Random) -> Resource:
    return Resource(
        id=f"bucket-{number}",
        kind="AWS::S3::Bucket",
        name=f"data-{number}",
        arn=f"arn:aws:s3:::data-{number}",
        account=ACCOUNT,
        domains=tuple(
            Label(value=name, origin="tag") for name in choice.sample(("hr", "sales", "legal"), k=number % 3)
        ),
        sensitivity=Label(value="confidential", origin="tag") if number % 5 == 0 else None,
        environment=Label(value=choice.choice(("production", "development")), origin="tag"),
    )
