"""Roles, and the policies that say what they may do."""

from __future__ import annotations

from typing import Literal

from segrego.inventory.base import Fact, Label, Location, Model, Tag, WorkloadKind

__all__ = [
    "Action",
    "ActionPattern",
    "Condition",
    "NamedGroup",
    "NamedKind",
    "NamedThing",
    "Policy",
    "Principal",
    "ResourcePattern",
    "ResourcePolicy",
    "ResourceStatement",
    "Role",
    "RoleBinding",
    "RoleChain",
    "ServiceAccess",
    "Statement",
    "TrustStatement",
    "TrustedRole",
    "TwinRoles",
]


class Condition(Model, frozen=True, kw_only=True):
    """One operator and key of a ``Condition`` block. ``operator`` is spelt as AWS documents it, without the
    ``IfExists`` suffix and the set prefix, which stand in ``if_exists`` and ``qualifier``; ``key`` is lower case."""

    operator: str
    key: str
    values: tuple[str, ...]
    if_exists: bool = False
    qualifier: Literal["", "ForAnyValue", "ForAllValues"] = ""


class Statement(Model, frozen=True, kw_only=True):
    """A statement of an identity policy, in one form: lists everywhere, actions in lower case."""

    effect: Literal["Allow", "Deny"]
    sid: str | None = None
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    line: int | None = None


class Principal(Model, frozen=True, kw_only=True):
    """Who a trust statement names: ``type`` as in IAM (``Service``, ``AWS``, ``Federated``, ``CanonicalUser``),
    ``*`` for everyone."""

    type: str
    value: str


class TrustStatement(Model, frozen=True, kw_only=True):
    """A statement of a role's trust policy (``AssumeRolePolicyDocument``)."""

    effect: Literal["Allow", "Deny"]
    sid: str | None = None
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    principals: tuple[Principal, ...] = ()
    not_principals: tuple[Principal, ...] = ()
    conditions: tuple[Condition, ...] = ()
    line: int | None = None


class ResourceStatement(Model, frozen=True, kw_only=True):
    """A statement of a resource-based policy. Empty ``resources`` and ``not_resources`` mean the resource itself."""

    effect: Literal["Allow", "Deny"]
    sid: str | None = None
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    principals: tuple[Principal, ...] = ()
    not_principals: tuple[Principal, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    line: int | None = None


class ResourcePolicy(Model, frozen=True, kw_only=True):
    """The resource-based policy of a workload or resource: ``resource`` is its id in this document, or else its ARN or
    expression. ``read`` as in :class:`Policy`."""

    id: str
    resource: str
    read: bool = True
    statements: tuple[ResourceStatement, ...] = ()
    location: Location | None = None


class Policy(Model, frozen=True, kw_only=True):
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


class RoleBinding(Model, frozen=True, kw_only=True):
    """The other direction of a workload's binding: *derived*."""

    workload: str
    kind: WorkloadKind
    slot: Literal["draft", "version", "execution"]
    version: str | None
    via: tuple[str, ...]
    certainty: Literal["exact", "by_default", "unresolved"]


class TrustedRole(Model, frozen=True, kw_only=True):
    """A role of the document that a trust policy names: ``principal`` is what stands there, ``role`` the role's id.
    *Derived.*"""

    principal: str
    role: str


class ServiceAccess(Model, frozen=True, kw_only=True):
    """When a role last used a service (IAM's service last accessed details): ``service`` is the prefix of its actions,
    and ``last_accessed_ns`` is 0 for "not in the tracking period" (at most 400 days)."""

    service: str
    last_accessed_ns: int


class Role(Model, frozen=True, kw_only=True):
    """An IAM role, or the expression that stands for one.

    ``identity``: ``known`` (this very role), ``by_default`` (as long as parameters keep their defaults) or
    ``unresolved`` (only the expression is known). ``unread`` lists the facts of this role that were not read: a rule
    that needs one of them cannot clear the role. ``policies`` and ``boundary`` are ids of policies.
    ``max_session_seconds`` as in IAM (3600 to 43200). ``last_used_ns`` is 0 for "never in the tracking period", and
    ``service_access`` null where it was not asked for. ``handed_on`` is whether something that is no workload of the
    document refers to the role (an output, an export, another resource), so that it may be in use out of sight; null is
    not known. ``trusted_roles`` (*derived*) are the roles of the document that its trust policy names.
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
    service_access: tuple[ServiceAccess, ...] | None = None
    tags: tuple[Tag, ...] = ()
    environment: Label | None = None
    owner: Label | None = None
    location: Location | None = None
    handed_on: bool | None = None
    bindings: tuple[RoleBinding, ...] = ()
    trusted_roles: tuple[TrustedRole, ...] = ()


class Action(Model, frozen=True, kw_only=True):
    """An action of AWS's action table: ``level`` is AWS's access level; ``scopable`` whether it knows resource-level
    permissions."""

    name: str
    level: Literal["List", "Read", "Write", "Permissions management", "Tagging"]
    scopable: bool


class ActionPattern(Model, frozen=True, kw_only=True):
    """What one action pattern of a statement means: *derived*, once for each distinct pattern.

    ``span``: ``exact`` (one action), ``partial`` (a wildcard within a service), ``service`` (all of a service),
    ``all`` (``*``; its matches are not listed), ``unknown`` (AWS's table has no such action). ``service_known`` is
    false where AWS has no service of the pattern's prefix at all. ``arn_services`` are the services in the ARNs that
    its actions can be granted on (``*``: of any): none for actions that are granted on ``*`` alone; ``arn_resources``
    the last parts of these ARNs, with ``*`` for what varies (``function:*``, ``agent-alias/*/*``). ``nearest`` is the
    action of AWS's table that an unknown one is almost spelt like.
    """

    pattern: str
    span: Literal["exact", "partial", "service", "all", "unknown"]
    matches: tuple[Action, ...] = ()
    service_known: bool = True
    arn_services: tuple[str, ...] = ()
    arn_resources: tuple[str, ...] = ()
    nearest: str | None = None


NamedKind = Literal[
    WorkloadKind, "role", "resource", "policy", "prompt", "guardrail", "s3_object", "s3_bucket", "ecr_repository"
]


class NamedThing(Model, frozen=True, kw_only=True):
    """Something that a resource pattern names. ``kind`` is what it is, ``arn`` its own (null: not known), and ``id``
    the workload, role or resource that it is or belongs to: a prompt, a guardrail and code belong to the workload that
    uses them, a customer-managed policy to the role that holds it."""

    kind: NamedKind
    id: str
    arn: str | None


class NamedGroup(Model, frozen=True, kw_only=True):
    """What a pattern names in one account (12 digits; null: the account is not known). Code in S3 is taken to be in the
    account of the workload that is made of it."""

    account: str | None
    names: tuple[NamedThing, ...]


class ResourcePattern(Model, frozen=True, kw_only=True):
    """What one resource pattern of an Allow statement names in this document, wholly or in part: *derived*, once for
    each distinct pattern that names anything. ``file`` is set where the pattern holds the name of a template's own
    resource, which means something in that file alone; null otherwise. A policy variable may be anything."""

    pattern: str
    file: str | None
    groups: tuple[NamedGroup, ...]


class RoleChain(Model, frozen=True, kw_only=True):
    """Which roles may come to assume one role: *derived*. ``role`` is the id of a role of this document whose trust
    lets in more than services (or was not read), or the ARN of one outside it; ``assumers`` are the roles that its
    trust names, and those granted ``sts:AssumeRole`` on it, whatever a Deny, a boundary, a condition or the trust says.
    A grant on every resource (``*``) is not counted, and a role outside stands here if two and more are granted it."""

    role: str
    assumers: tuple[str, ...]


class TwinRoles(Model, frozen=True, kw_only=True):
    """Roles with the same permissions, statement for statement: *derived*, groups of two and more."""

    digest: str
    roles: tuple[str, ...]
