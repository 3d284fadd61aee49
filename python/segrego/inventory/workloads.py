"""Workloads, their tools and data, and the accounts they live in."""

from __future__ import annotations

from typing import Literal

from segrego.inventory.base import Access, Label, Location, Model, Relation, Tag, WorkloadKind

__all__ = [
    "Account",
    "Binding",
    "Credential",
    "DeploymentCondition",
    "Operation",
    "PolicyEngine",
    "Resource",
    "SharedUse",
    "Telemetry",
    "Tool",
    "Use",
    "User",
    "Workload",
]


class Binding(Model, frozen=True, kw_only=True):
    """One role that a workload holds, and through which slot.

    ``slot``: ``draft`` (the working draft of a Classic agent or flow), ``version`` (an immutable version that an
    alias or endpoint routes to; ``version`` names it and ``via`` the aliases or endpoints), ``execution`` (kinds with
    one role). ``certainty``: ``exact``; ``by_default`` (true only while a parameter keeps its default);
    ``unresolved`` (the role is known by its expression alone).
    """

    role: str
    slot: Literal["draft", "version", "execution"] = "execution"
    version: str | None = None
    via: tuple[str, ...] = ()
    certainty: Literal["exact", "by_default", "unresolved"] = "exact"


class DeploymentCondition(Model, frozen=True, kw_only=True):
    """What a deployment must be like. ``parameter`` (``<stack>#<name>``, or an expression that is true or false) has
    one of the ``values``; if ``excluded``, none of them."""

    parameter: str
    values: tuple[str, ...]
    excluded: bool = False


class Use(Model, frozen=True, kw_only=True):
    """Something a workload is configured to use. ``target`` is the ``id`` of a workload or resource in this document,
    or else an ARN, a name or an expression."""

    relation: Relation
    target: str


class User(Model, frozen=True, kw_only=True):
    """The other direction of a :class:`Use`: which workload uses this one. *Derived.*"""

    relation: Relation
    workload: str


class SharedUse(Model, frozen=True, kw_only=True):
    """Something that is no workload of this document (a memory without a role, a bucket), and the two or more
    workloads that use it: *derived*. Models are left out, since everybody uses them."""

    target: str
    users: tuple[User, ...]


class PolicyEngine(Model, frozen=True, kw_only=True):
    """The AgentCore policy engine that decides the calls through a gateway: its ARN or expression, and whether it
    enforces or only logs (``GetGateway``: ``policyEngineConfiguration``)."""

    target: str
    mode: Literal["ENFORCE", "LOG_ONLY"]


class Workload(Model, frozen=True, kw_only=True):
    """Anything that bears an IAM role, and calls AWS as that role.

    ``purpose`` is declared or tagged text; ``retrieval`` is the one value that rules know. ``domains`` are the data
    domains that the workload itself is labelled with. ``hosted_agents`` names the agents known to run inside one
    workload (empty: not known to host several). ``idle_timeout_seconds`` and ``max_lifetime_seconds`` bound a session
    (Classic: ``idleSessionTTLInSeconds``; AgentCore: ``lifecycleConfiguration``). ``inbound`` is who may call it
    (``authorizerType`` of a gateway, ``authorizerConfiguration`` of a runtime): ``none`` is anybody, null is not known.
    ``variables`` are the names of a function's environment variables, never their values. ``only_if``: it is deployed
    only where all of these hold, so workloads whose conditions contradict each other never exist together. ``tools``
    (ids of the tools it owns), ``serves`` (ids of the tools that it runs), ``credentials`` (ids of those that it holds)
    and ``used_by`` are *derived*.
    """

    id: str
    kind: WorkloadKind
    name: str
    arn: str | None = None
    account: str | None = None
    region: str | None = None
    status: str | None = None
    created_ns: int | None = None
    bindings: tuple[Binding, ...] = ()
    uses: tuple[Use, ...] = ()
    environment: Label | None = None
    owner: Label | None = None
    purpose: Label | None = None
    domains: tuple[Label, ...] = ()
    agent_class: str | None = None
    hosted_agents: tuple[str, ...] = ()
    idle_timeout_seconds: int | None = None
    max_lifetime_seconds: int | None = None
    inbound: Literal["none", "iam", "jwt"] | None = None
    policy_engine: PolicyEngine | None = None
    variables: tuple[str, ...] = ()
    only_if: tuple[DeploymentCondition, ...] = ()
    tags: tuple[Tag, ...] = ()
    location: Location | None = None
    tools: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    used_by: tuple[User, ...] = ()


class Operation(Model, frozen=True, kw_only=True):
    """One operation of a tool. ``method`` is the HTTP method where an API schema gives one; ``access`` only what a
    person or the tool's own annotations declare; ``confirmation`` whether the user must confirm each call."""

    name: str
    method: str | None = None
    access: Access | None = None
    confirmation: bool = False


class Tool(Model, frozen=True, kw_only=True):
    """What an agent (or a gateway) may call.

    ``owner`` is the workload that calls it and ``target`` the workload that runs it, or else an ARN, a URL or an
    expression; null for tools that run nowhere in AWS (return of control, user input). ``operations_read`` is false
    where the schema of the operations could not be read. ``credentials`` are ids of the credentials it is called with.
    """

    id: str
    name: str
    owner: str
    kind: Literal["lambda", "return_control", "builtin", "mcp_server", "openapi", "smithy", "api_gateway", "other"]
    target: str | None = None
    state: Literal["enabled", "disabled"] = "enabled"
    operations: tuple[Operation, ...] = ()
    operations_read: bool = True
    credentials: tuple[str, ...] = ()
    location: Location | None = None


class Credential(Model, frozen=True, kw_only=True):
    """A secret that stands for somebody: never its value.

    ``kind``: ``api_key`` and ``oauth2`` are AgentCore credential providers, ``secret`` a Secrets Manager secret,
    ``static_key`` one that stands in an environment variable of the workload ``holder``. ``rotation_days`` is the
    period of automatic rotation (null: none is set up, or it is not known: ``rotation`` tells). ``changed_ns`` is when
    its value last changed. ``tools`` (*derived*) are the ids of the tools that are called with it.
    """

    id: str
    kind: Literal["api_key", "oauth2", "secret", "static_key"]
    name: str
    arn: str | None = None
    account: str | None = None
    holder: str | None = None
    rotation: Literal["enabled", "disabled"] | None = None
    rotation_days: int | None = None
    created_ns: int | None = None
    changed_ns: int | None = None
    location: Location | None = None
    tools: tuple[str, ...] = ()


class Resource(Model, frozen=True, kw_only=True):
    """Data that agents reach: a bucket, a table, a secret. ``kind`` is the CloudFormation type name."""

    id: str
    kind: str
    name: str
    arn: str | None = None
    account: str | None = None
    domains: tuple[Label, ...] = ()
    sensitivity: Label | None = None
    environment: Label | None = None
    tags: tuple[Tag, ...] = ()
    location: Location | None = None


class Account(Model, frozen=True, kw_only=True):
    """An AWS account (``id``: 12 digits).

    ``service_control`` holds the ids of the service control policies at each level, from the organization's root down
    to the account: an action is possible only where every level allows it. Null where the account's organization was
    not read, or it has none. They do not apply to the management account.
    """

    id: str
    name: str | None = None
    organization: str | None = None
    management: bool = False
    service_control: tuple[tuple[str, ...], ...] | None = None
    environment: Label | None = None
    tags: tuple[Tag, ...] = ()


class Telemetry(Model, frozen=True, kw_only=True):
    """What one account and region records of its agents (``id``: ``<account>/<region>``, or the file's own).

    ``invocation_logging``: whether Bedrock logs model invocations. ``data_events``: the CloudTrail ``resources.type``
    values of which a trail or event data store logs data events, such as ``AWS::Bedrock::AgentAlias``.
    """

    id: str
    account: str | None = None
    region: str | None = None
    invocation_logging: bool | None = None
    data_events: tuple[str, ...] | None = None
    location: Location | None = None
