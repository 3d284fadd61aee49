"""A rule as a user writes one, for the tests that join it to ours."""

from __future__ import annotations

RULE = """# METADATA
# title: Sessions of an agent's role last longer than an hour
# description: A credential that outlives its task is one that somebody else can use.
# custom:
#   headline: "sessions of {subject} may last {max_session_seconds} s"
#   severity: low
#   category: lifecycle
#   requires: [workloads, bindings]
#   remediation: Set MaxSessionDuration to 3600.
#   controls:
#     owasp-nhi-2025: [NHI7]
#     our-own-standard: [S1]
# schemas:
#   - input: schema.input
package segrego.rules.long_session

import data.segrego.lib.inventory

deny contains {
	"subject": role.id,
	"related": sort(object.keys(inventory.holders(role))),
	"evidence": {"max_session_seconds": role.max_session_seconds},
} if {
	some role in input.roles
	inventory.is_governed(role)
	role.max_session_seconds > 3600
}
"""
