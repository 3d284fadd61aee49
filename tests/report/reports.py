"""Reports made by hand, with names that somebody chose to do harm."""

from __future__ import annotations

from typing import Any

from segrego.findings import (
    EngineInfo,
    Finding,
    HeldException,
    PolicyInfo,
    Report,
    ReportedGap,
    ReportWarning,
    RuleInfo,
    Summary,
)
from segrego.frameworks import Framework
from segrego.inventory import Location
from segrego.wording import fill

HOSTILE = (
    "a|b`c``d<script>alert(1)</script>\n::error::owned\r\n##[error]owned \x1b[31mred\x1b[0m \u202edesrever "
    "](http://evil.example) [x](http://evil.example) ![y](http://evil.example/z.png) @octocat #1 %0A::stop:: "
    "\\| *bold* _em_ https://evil.example www.evil.example ${{ github.token }} {0} \x07 </details> <!-- --> &amp; $x$"
)
"""A name as an attacker would write it into a template."""

FRAMEWORKS = {
    "owasp-nhi-2025": Framework(
        id="owasp-nhi-2025",
        title="OWASP Non-Human Identities Top 10, 2025",
        controls={
            "NHI1": "Improper Offboarding",
            "NHI5": "Overprivileged NHI",
            "NHI9": "NHI Reuse",
            "NHI10": "Human Use",
        },
        url="https://owasp.example/nhi",
    )
}


def place(file: str | None = "infra/stack.yaml", line: int | None = 12, address: str | None = "AgentRole") -> Location:
    return Location(source=file or "aws", file=file, line=line, address=address)


def rule(slug: str = "shared_execution_role", **changes: Any) -> RuleInfo:
    fields: dict[str, Any] = {
        "slug": slug,
        "title": "Agents share an execution role",
        "headline": "{agents} run under {subject}",
        "description": "A role that several agents hold.",
        "severity": "high",
        "category": "isolation",
        "requires": ("workloads", "bindings"),
        "remediation": "Give every agent a role of its own.",
        "controls": {"owasp-nhi-2025": ("NHI9",)},
        "example": "Resources: {}\n",
    }
    return RuleInfo(**fields | changes)


def finding(**changes: Any) -> Finding:
    fields: dict[str, Any] = {
        "rule": "shared_execution_role",
        "title": "Agents share an execution role",
        "category": "isolation",
        "severity": "high",
        "status": "open",
        "subject": "AgentRole",
        "subject_id": "infra/stack.yaml#AgentRole",
        "subject_kind": "role",
        "fingerprint": "0123456789abcdef0123456789abcdef",
        "evidence": {"agents": [agent("orders", 20), agent("billing", 30)]},
        "remediation": "Give every agent a role of its own.",
        "controls": {"owasp-nhi-2025": ("NHI9",)},
    } | changes
    own = place(address=fields["subject"])
    fields.setdefault("locations", (own, place(line=20, address="Orders"), place(line=30, address="Billing")))
    fields.setdefault("message", fill("{agents} run under {subject}", fields["subject"], fields["evidence"], {}))
    return Finding(**fields)


def agent(name: str, line: int | None = None, file: str = "infra/stack.yaml") -> dict[str, Any]:
    return {
        "id": f"{file}#{name}",
        "name": name,
        "kind": "bedrock_agent",
        "slot": "draft",
        "address": name,
        "file": file,
        "line": line,
    }


def excepted(**changes: Any) -> Finding:
    held = HeldException(reason="migration until spring", owner="platform", expires_at_ns=1_900_000_000_000_000_000)
    return finding(**{"status": "excepted", "exception": held} | changes)


def gap(**changes: Any) -> ReportedGap:
    fields: dict[str, Any] = {
        "code": "access_denied",
        "subject": "orders",
        "facts": ("trust",),
        "message": "iam:GetRole was denied: allow it",
        "location": place(line=7),
        "rules": ("trust_not_pinned",),
    }
    return ReportedGap(**fields | changes)


def warning(**changes: Any) -> ReportWarning:
    fields: dict[str, Any] = {
        "code": "unused_exception",
        "message": "the exception of a_rule for AgentRole matches no finding",
        "location": place("segrego.yaml", 4, None),
    }
    return ReportWarning(**fields | changes)


def report(*findings: Finding, **changes: Any) -> Report:
    severities = [found.severity for found in findings if found.status == "open"]
    gaps, warnings = changes.get("gaps", ()), changes.get("warnings", ())
    counts = {severity: severities.count(severity) for severity in ("critical", "high", "medium", "low", "info")}
    fields: dict[str, Any] = {
        "verdict": "fail" if severities else "indeterminate" if gaps else "pass",
        "fail_on": "low",
        "findings": findings,
        "gaps": gaps,
        "warnings": warnings,
        "rules": ("shared_execution_role", "trust_not_pinned"),
        "names": {},
        "summary": Summary(
            workloads={"bedrock_agent": 2},
            agents=2,
            roles=1,
            shared_roles=1,
            findings=counts,  # type: ignore[arg-type]
            excepted=len(findings) - len(severities),
            gaps=len(gaps),
            rules=2,
            rules_without_facts=(),
        ),
        "policy": PolicyInfo(revision="f" * 64),
        "engine": EngineInfo(name="embedded", version="wasmtime 1.0"),
    }
    return Report(**fields | changes)


def hostile() -> Report:
    """Every place that a name can stand in, with the hostile one."""
    evidence = {
        "agents": [agent(HOSTILE, 20, file=f"infra/{HOSTILE}.yaml"), agent("billing", 30)],
        "gains": [{"agent": f"infra/{HOSTILE}.yaml#{HOSTILE}", "grants": [grant()]}],
        "environments": [HOSTILE],
        HOSTILE: HOSTILE,
        "path": [HOSTILE, {"action": "iam:passrole", "name": HOSTILE}],
        "statements": [grant()],
    }
    return report(
        finding(subject=HOSTILE, evidence=evidence, locations=(place(f"infra/{HOSTILE}.yaml", 3, HOSTILE),)),
        finding(subject=HOSTILE, subject_id=f"arn:aws:iam::1:role/{HOSTILE}", locations=(), evidence=evidence),
        excepted(
            subject="OtherRole",
            exception=HeldException(reason=HOSTILE, owner=HOSTILE, expires_at_ns=1),
            evidence={"agents": [agent(HOSTILE)]},
        ),
        gaps=(gap(message=HOSTILE, subject=HOSTILE, location=place(HOSTILE, 1, HOSTILE)), gap(location=None)),
        warnings=(warning(message=HOSTILE, location=place(HOSTILE, 2, HOSTILE)),),
        names={f"infra/{HOSTILE}.yaml#{HOSTILE}": HOSTILE},
    )


def grant(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "access": ["read", "write"],
        "actions": ["s3:putobject", "s3:getobject"],
        "resources": [HOSTILE],
        "policy": HOSTILE,
        "file": f"infra/{HOSTILE}.yaml",
        "line": 41,
        "conditional": True,
    }
    return fields | changes
