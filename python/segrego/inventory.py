"""The inventory document: who bears which role, and what the role can do.

This is the input of every policy and the contract between everything that gathers facts and everything that
judges them. ``docs/inventory.md`` explains each field for people; ``schemas/inventory.json`` is generated from here.

Conventions that hold in the whole document:

* Entities are arrays of objects keyed by ``id``; the readers in ``rego/segrego/lib`` index them once.
* Every field is always written, so that Rego never meets an absent one; ``null`` means "none" or "not known".
* Times are integers, nanoseconds since the Unix epoch (names end in ``_ns``).
* A text from infrastructure as code may hold ``${…}`` where a part is known only at deployment.
* Fields marked *derived* are written by :func:`segrego.facts.derive`, which replaces whatever they held.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = [
    "VERSION",
    "Action",
    "ActionPattern",
    "AgentClass",
    "Binding",
    "Condition",
    "Fact",
    "Gap",
    "Inventory",
    "Label",
    "Location",
    "Operation",
    "Policy",
    "PolicyException",
    "Principal",
    "Resource",
    "Role",
    "RoleBinding",
    "Settings",
    "Severity",
    "SeverityOverride",
    "Source",
    "Statement",
    "Tag",
    "Tool",
    "TrustStatement",
    "Use",
    "Workload",
    "WorkloadKind",
]

VERSION = 1
"""Version of the document. It rises when a field changes its meaning or goes; a new optional field does not raise
it."""

WorkloadKind = Literal[
    "bedrock_agent",
    "bedrock_flow",
    "bedrock_knowledge_base",
    "bedrock_data_automation",
    "agentcore_runtime",
    "agentcore_harness",
    "agentcore_gateway",
    "agentcore_memory",
    "agentcore_browser",
    "agentcore_code_interpreter",
    "agentcore_evaluation",
    "lambda_function",
    "principal",
]
Fact = Literal[
    "workloads",
    "bindings",
    "tools",
    "trust",
    "policies",
    "boundary",
    "actions",
    "environments",
    "domains",
    "tags",
    "last_used",
]
Severity = Literal["critical", "high", "medium", "low", "info"]
Access = Literal["read", "write", "execute", "administer"]


class _Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every part of the document: immutable, named fields only, unknown fields refused."""


class Tag(_Model, frozen=True, kw_only=True):
    """A resource tag, as AWS has it. Keys are compared without case by segrego, kept as written here."""

    key: str
    value: str


class Location(_Model, frozen=True, kw_only=True):
    """Where a fact was read. ``file`` and ``line`` (from 1) for code; ``address`` is the CloudFormation logical id or
    the Terraform address. All three are null for a fact read from an AWS API, whose ``id`` is its ARN."""

    source: str
    file: str | None = None
    line: int | None = None
    address: str | None = None


class Label(_Model, frozen=True, kw_only=True):
    """A classifying value and how it is known: declared in ``segrego.yaml``, a tag, or read off the name."""

    value: str
    origin: Literal["declared", "tag", "name"]


class Binding(_Model, frozen=True, kw_only=True):
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


class Use(_Model, frozen=True, kw_only=True):
    """Something a workload is configured to use. ``target`` is the ``id`` of a workload or resource in this document,
    or else an ARN, a name or an expression."""

    relation: Literal[
        "collaborator", "knowledge_base", "flow", "model", "guardrail", "data", "prompt", "memory", "function"
    ]
    target: str


class Workload(_Model, frozen=True, kw_only=True):
    """Anything that bears an IAM role, and calls AWS as that role.

    ``purpose`` is declared or tagged text; ``retrieval`` is the one value that rules know. ``domains`` are the data
    domains that the workload itself is labelled with. ``logical_agents`` counts the agents known to run inside (null:
    not known). ``tools`` (ids of the tools it owns) and ``serves`` (ids of the tools that it runs) are *derived*.
    """

    id: str
    kind: WorkloadKind
    name: str
    arn: str | None = None
    account: str | None = None
    region: str | None = None
    status: str | None = None
    bindings: tuple[Binding, ...] = ()
    uses: tuple[Use, ...] = ()
    environment: Label | None = None
    owner: Label | None = None
    purpose: Label | None = None
    domains: tuple[Label, ...] = ()
    agent_class: str | None = None
    logical_agents: int | None = None
    tags: tuple[Tag, ...] = ()
    location: Location | None = None
    tools: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()


class Condition(_Model, frozen=True, kw_only=True):
    """One operator and key of a ``Condition`` block. ``operator`` is spelt as AWS documents it, without the
    ``IfExists`` suffix and the set prefix, which stand in ``if_exists`` and ``qualifier``; ``key`` is lower case."""

    operator: str
    key: str
    values: tuple[str, ...]
    if_exists: bool = False
    qualifier: Literal["", "ForAnyValue", "ForAllValues"] = ""


class Statement(_Model, frozen=True, kw_only=True):
    """A statement of an identity policy, in one form: lists everywhere, actions in lower case."""

    effect: Literal["Allow", "Deny"]
    sid: str | None = None
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    line: int | None = None


class Principal(_Model, frozen=True, kw_only=True):
    """Who a trust statement names: ``type`` as in IAM (``Service``, ``AWS``, ``Federated``, ``CanonicalUser``),
    ``*`` for everyone."""

    type: str
    value: str


class TrustStatement(_Model, frozen=True, kw_only=True):
    """A statement of a role's trust policy (``AssumeRolePolicyDocument``)."""

    effect: Literal["Allow", "Deny"]
    sid: str | None = None
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    principals: tuple[Principal, ...] = ()
    not_principals: tuple[Principal, ...] = ()
    conditions: tuple[Condition, ...] = ()
    line: int | None = None


class Policy(_Model, frozen=True, kw_only=True):
    """A policy document that roles hold by ``id``. A managed policy stands once, however many roles attach it.

    ``read`` is false where the document could not be read; a gap then says why, and ``statements`` is empty.
    """

    id: str
    name: str
    kind: Literal["inline", "managed", "aws_managed", "boundary", "service_control"]
    arn: str | None = None
    read: bool = True
    statements: tuple[Statement, ...] = ()
    location: Location | None = None


class RoleBinding(_Model, frozen=True, kw_only=True):
    """The other direction of a workload's binding: *derived*."""

    workload: str
    kind: WorkloadKind
    slot: Literal["draft", "version", "execution"]
    version: str | None
    via: tuple[str, ...]
    certainty: Literal["exact", "by_default", "unresolved"]


class Role(_Model, frozen=True, kw_only=True):
    """An IAM role, or the expression that stands for one.

    ``identity``: ``known`` (this very role), ``by_default`` (as long as parameters keep their defaults) or
    ``unresolved`` (only the expression is known). ``unread`` lists the facts of this role that were not read: a rule
    that needs one of them cannot clear the role. ``policies`` and ``boundary`` are ids of policies.
    ``max_session_seconds`` as in IAM (3600 to 43200). ``last_used_ns`` is 0 for "never in the tracking period".
    """

    id: str
    name: str | None = None
    arn: str | None = None
    account: str | None = None
    identity: Literal["known", "by_default", "unresolved"] = "known"
    unread: tuple[Fact, ...] = ()
    trust: tuple[TrustStatement, ...] = ()
    policies: tuple[str, ...] = ()
    boundary: str | None = None
    max_session_seconds: int | None = None
    created_ns: int | None = None
    last_used_ns: int | None = None
    tags: tuple[Tag, ...] = ()
    environment: Label | None = None
    owner: Label | None = None
    location: Location | None = None
    bindings: tuple[RoleBinding, ...] = ()


class Operation(_Model, frozen=True, kw_only=True):
    """One operation of a tool. ``method`` is the HTTP method where an API schema gives one; ``access`` only what a
    person or the tool's own annotations declare; ``confirmation`` whether the user must confirm each call."""

    name: str
    method: str | None = None
    access: Access | None = None
    confirmation: bool = False


class Tool(_Model, frozen=True, kw_only=True):
    """What an agent (or a gateway) may call.

    ``owner`` is the workload that calls it and ``target`` the workload that runs it, or else an ARN, a URL or an
    expression; null for tools that run nowhere in AWS (return of control, user input). ``operations_read`` is false
    where the schema of the operations could not be read.
    """

    id: str
    name: str
    owner: str
    kind: Literal["lambda", "return_control", "builtin", "mcp_server", "openapi", "smithy", "api_gateway", "other"]
    target: str | None = None
    state: Literal["enabled", "disabled"] = "enabled"
    operations: tuple[Operation, ...] = ()
    operations_read: bool = True
    location: Location | None = None


class Resource(_Model, frozen=True, kw_only=True):
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


class Source(_Model, frozen=True, kw_only=True):
    """One thing that was read: a file or an account and region. ``digest`` is ``sha256:…`` of a file's bytes."""

    id: str
    kind: Literal["cloudformation", "terraform_plan", "aws", "document"]
    digest: str | None = None
    account: str | None = None
    region: str | None = None


class Gap(_Model, frozen=True, kw_only=True):
    """A fact that could not be read. ``subject`` is the id of a workload, role, policy, tool or source, and ``facts``
    what is missing there. ``code`` is short and stable; ``message`` says what happened and what to do."""

    code: Literal[
        "access_denied",
        "call_failed",
        "not_offered",
        "not_collected",
        "no_agents",
        "unknown_action",
        "unreadable_file",
        "unreadable_policy",
        "unread_policy",
        "unresolved_reference",
        "unresolved_role",
        "unsupported",
    ]
    subject: str
    facts: tuple[Fact, ...]
    message: str
    location: Location | None = None


class Action(_Model, frozen=True, kw_only=True):
    """An action of AWS's action table: ``level`` is AWS's access level; ``scopable`` whether it knows resource-level
    permissions."""

    name: str
    level: Literal["List", "Read", "Write", "Permissions management", "Tagging"]
    scopable: bool


class ActionPattern(_Model, frozen=True, kw_only=True):
    """What one action pattern of a statement means: *derived*, once for each distinct pattern.

    ``span``: ``exact`` (one action), ``partial`` (a wildcard within a service), ``service`` (all of a service),
    ``all`` (``*``; its matches are not listed), ``unknown`` (AWS's table has no such action).
    """

    pattern: str
    span: Literal["exact", "partial", "service", "all", "unknown"]
    matches: tuple[Action, ...] = ()


class AgentClass(_Model, frozen=True, kw_only=True):
    """Agents declared to do the same task, and who approved that. ``members`` are workload ids: *derived* from
    patterns."""

    name: str
    members: tuple[str, ...]
    justification: str
    approver: str | None = None
    expires_at_ns: int | None = None


class PolicyException(_Model, frozen=True, kw_only=True):
    """An approved, expiring deviation: findings of ``rule`` on ``subject`` (exact) do not fail the verdict until
    then."""

    rule: str
    subject: str
    reason: str
    owner: str
    expires_at_ns: int


class SeverityOverride(_Model, frozen=True, kw_only=True):
    """The severity that a user's configuration gives to every finding of a rule."""

    rule: str
    severity: Severity


class Settings(_Model, frozen=True, kw_only=True):
    """How findings become a verdict. Empty ``select`` means every rule."""

    fail_on: Severity = "low"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: tuple[SeverityOverride, ...] = ()


class Inventory(_Model, frozen=True, kw_only=True):
    """The whole document. ``evaluated_at_ns`` is the time that rules judge expiry by (null until an evaluation)."""

    version: int = VERSION
    evaluated_at_ns: int | None = None
    sources: tuple[Source, ...] = ()
    workloads: tuple[Workload, ...] = ()
    roles: tuple[Role, ...] = ()
    policies: tuple[Policy, ...] = ()
    tools: tuple[Tool, ...] = ()
    resources: tuple[Resource, ...] = ()
    gaps: tuple[Gap, ...] = ()
    actions: tuple[ActionPattern, ...] = ()
    agent_classes: tuple[AgentClass, ...] = ()
    exceptions: tuple[PolicyException, ...] = ()
    settings: Settings = Settings()
