"""When roles last used each service: IAM's service last accessed details, on request.

Source: IAM API reference, GenerateServiceLastAccessedDetails: AWS makes a report, which is then asked for until it is
ready. The tracking period is at most 400 days.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segrego.collect.aws.caller import Hides
from segrego.collect.aws.session import Account
from segrego.inventory import ServiceAccess

__all__ = ["read_service_access", "start_report"]


def start_report(account: Account, arn: str) -> str | None:
    """Ask for the report on a role; gives the id of AWS's job, or null and a gap."""
    hides = Hides(arn, ("service_access",))
    answer = account.request("GenerateServiceLastAccessedDetails", hides, Arn=arn).value
    return None if answer is None else str(answer["JobId"])


def read_service_access(account: Account, arn: str, job: str | None) -> tuple[ServiceAccess, ...] | None:
    """The services that a role may use, and when it last did; null, and a gap, where AWS does not tell."""
    if job is None:
        return None
    hides = Hides(arn, ("service_access",))
    found: dict[str, int] = {}
    params = {"JobId": job}
    while True:
        answer = account.caller.poll("iam", "GetServiceLastAccessedDetails", account.home, params, _is_ready)
        if answer.failure is not None:
            account.caller.failed(
                "iam", "GetServiceLastAccessedDetails", account.home, account.location, hides, answer.failure
            )
            return None
        body = answer.value or {}
        if body.get("JobStatus") != "COMPLETED":
            account.gap("call_failed", hides, "AWS could not make the report of what the role last used: collect again")
            return None
        for item in body.get("ServicesLastAccessed") or ():
            found[item["ServiceNamespace"]] = item.get("LastAuthenticated", 0)
        marker = body.get("Marker") if body.get("IsTruncated") else None
        if not marker:
            return tuple(ServiceAccess(service=name, last_accessed_ns=found[name]) for name in sorted(found))
        if marker == params.get("Marker"):
            account.gap("call_failed", hides, "IAM repeats a page of its report: collect again")
            return None
        params = {"JobId": job, "Marker": marker}


def _is_ready(value: Mapping[str, Any] | None) -> bool:
    return (value or {}).get("JobStatus") != "IN_PROGRESS"
