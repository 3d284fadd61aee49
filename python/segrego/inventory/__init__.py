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

from segrego.inventory.base import Access, Fact, Label, Location, Relation, Severity, Tag, WorkloadKind
from segrego.inventory.declared import AgentClass, PolicyException, Settings, SeverityOverride, Thresholds
from segrego.inventory.document import VERSION, ArnHolders, Gap, Inventory, Source
from segrego.inventory.policies import (
    Action,
    ActionPattern,
    Condition,
    NamedGroup,
    NamedKind,
    NamedThing,
    Policy,
    Principal,
    ResourcePattern,
    ResourcePolicy,
    ResourceStatement,
    Role,
    RoleBinding,
    RoleChain,
    ServiceAccess,
    Statement,
    TrustedRole,
    TrustStatement,
    TwinRoles,
)
from segrego.inventory.workloads import (
    Account,
    Binding,
    Credential,
    DeploymentCondition,
    Operation,
    PolicyEngine,
    Resource,
    SharedUse,
    Telemetry,
    Tool,
    Use,
    User,
    Workload,
)

__all__ = [
    "VERSION",
    "Access",
    "Account",
    "Action",
    "ActionPattern",
    "AgentClass",
    "ArnHolders",
    "Binding",
    "Condition",
    "Credential",
    "DeploymentCondition",
    "Fact",
    "Gap",
    "Inventory",
    "Label",
    "Location",
    "NamedGroup",
    "NamedKind",
    "NamedThing",
    "Operation",
    "Policy",
    "PolicyEngine",
    "PolicyException",
    "Principal",
    "Relation",
    "Resource",
    "ResourcePattern",
    "ResourcePolicy",
    "ResourceStatement",
    "Role",
    "RoleBinding",
    "RoleChain",
    "ServiceAccess",
    "Settings",
    "Severity",
    "SeverityOverride",
    "SharedUse",
    "Source",
    "Statement",
    "Tag",
    "Telemetry",
    "Thresholds",
    "Tool",
    "TrustStatement",
    "TrustedRole",
    "TwinRoles",
    "Use",
    "User",
    "Workload",
    "WorkloadKind",
]
