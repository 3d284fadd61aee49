"""What is asked before a tool runs, and what is answered: input and result of ``data.segrego.runtime.decision``.

``docs/runtime.md`` explains each field for people; ``schemas/call.json`` and ``schemas/decision.json`` are generated
from here. Everything in a call is said by the enforcement point. What the policy takes on trust from it, and what it
verifies itself, is marked: *verified* fields are tokens whose signature the policy checks against keys in its bundle.
Times are integers, nanoseconds since the Unix epoch.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = [
    "VERSION",
    "Call",
    "Caller",
    "CredentialScope",
    "Decision",
    "Flow",
    "Obligations",
    "PastCall",
    "Rate",
    "Reason",
    "Resource",
    "Revisions",
    "Session",
    "ToolCall",
    "Verdict",
]

VERSION = 1

Verdict = Literal["allow", "deny", "approve"]
"""``approve``: a person must say yes to this very call; until then it does not run."""

Access = Literal["read", "write", "execute", "administer"]


class _Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every part: immutable, named fields only, unknown fields refused."""


class Session(_Model, frozen=True, kw_only=True):
    """The agent session that the call belongs to."""

    id: str
    started_ns: int | None = None


class Flow(_Model, frozen=True, kw_only=True):
    """The prompt flow, its version and the node that led to the call."""

    id: str
    version: str | None = None
    node: str | None = None


class ToolCall(_Model, frozen=True, kw_only=True):
    """The tool, its operation, and the arguments that matter. ``arguments_digest`` is the SHA-256 (``sha256:…``) of all
    arguments as canonical JSON (RFC 8785): an approval names it, so that it holds for no other arguments."""

    name: str
    operation: str
    arguments: dict[str, Any] = {}
    arguments_digest: str


class Resource(_Model, frozen=True, kw_only=True):
    """What the call touches, as far as the enforcement point can tell."""

    arn: str
    account: str | None = None
    region: str | None = None
    domain: str | None = None
    environment: str | None = None


class Caller(_Model, frozen=True, kw_only=True):
    """An agent further up the chain, outermost first. ``proof`` is *verified*; a caller without one is taken to hold
    nothing."""

    agent: str
    proof: str | None = None


class PastCall(_Model, frozen=True, kw_only=True):
    """A call that the session has made before, as the local record has it. Taken on trust."""

    tool: str
    operation: str
    verdict: Verdict
    time_ns: int
    domain: str | None = None
    task: str | None = None


class Rate(_Model, frozen=True, kw_only=True):
    """How many calls the agent has made within the window, as its enforcement point counts them. Taken on trust, and
    several enforcement points do not know of each other."""

    calls: int
    window_seconds: int


class Call(_Model, frozen=True, kw_only=True):
    """One tool call, before it runs.

    ``agent`` is the id that the agents bundle knows it by. ``proof`` is a JWT that says who runs (*verified*): an
    AgentCore workload token, an OIDC or SPIFFE JWT-SVID. ``grant`` is a task grant (*verified*), which is a proof as
    well. ``role`` is the ARN that ``sts:GetCallerIdentity`` gives the process. ``approvals`` are JWTs (*verified*) of
    people's yes. ``time_ns`` is the enforcement point's clock; expiry is judged by OPA's.
    """

    version: int = VERSION
    agent: str
    proof: str | None = None
    grant: str | None = None
    role: str | None = None
    session: Session
    task: str | None = None
    flow: Flow | None = None
    tool: ToolCall
    resource: Resource | None = None
    callers: tuple[Caller, ...] = ()
    history: tuple[PastCall, ...] = ()
    approvals: tuple[str, ...] = ()
    rate: Rate | None = None
    time_ns: int
    traceparent: str | None = None


class Reason(_Model, frozen=True, kw_only=True):
    """Why not: the rule's slug, and facts by the rule (never prose alone). ``effect`` is what this reason leads to."""

    rule: str
    effect: Literal["deny", "approve"]
    facts: dict[str, Any] = {}


class CredentialScope(_Model, frozen=True, kw_only=True):
    """What short-lived credentials for the allowed call may be: an STS session of ``role`` with this source identity
    and these session tags, cut down by a session policy for ``actions`` on ``resources``, that ends at
    ``not_after_ns``."""

    role: str | None
    source_identity: str
    session_tags: dict[str, str]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_after_ns: int


class Obligations(_Model, frozen=True, kw_only=True):
    """What whoever carries the decision out must do: ``record`` names the fields of the call that the record must
    hold, ``arguments`` which argument names may be recorded in clear (all others are hashed)."""

    credentials: CredentialScope | None = None
    record: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


class Revisions(_Model, frozen=True, kw_only=True):
    """Which bundles it was decided on; null where a bundle is missing."""

    policy: str | None = None
    agents: str | None = None
    revocations: str | None = None


class Decision(_Model, frozen=True, kw_only=True):
    """The answer. ``access`` is the access class of the operation, null where it is not registered. ``id`` is OPA's
    decision id, which its decision log carries too; ``source`` tells who answered: the policy (``policy``), or the
    enforcement point itself because no answer came (``enforcement``)."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    access: Access | None = None
    domain: str | None = None
    task: str | None = None
    proof_id: str | None = None
    obligations: Obligations = Obligations()
    revisions: Revisions = Revisions()
    id: str | None = None
    source: Literal["policy", "enforcement"] = "policy"

    @property
    def rules(self) -> list[str]:
        """The names of the rules that object, each once, sorted: a model or a trace may be told these, and no facts."""
        return sorted({reason.rule for reason in self.reasons})
