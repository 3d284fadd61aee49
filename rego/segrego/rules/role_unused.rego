# METADATA
# title: The role of a workload was not used for long
# description: >-
#   IAM saw no use of the role for longer than the configured days, though a workload holds it. Its rights are not needed
#   now, and nobody would notice who used them.
# custom:
#   headline: "{subject} was not used for {unused_days} days"
#   severity: low
#   category: lifecycle
#   requires: [workloads, bindings, last_used]
#   remediation: >-
#     Delete the workload and its role if they are done. If the workload waits for a rare event, say so with an exception
#     that expires.
#   example: |
#     # GetRole answers RoleLastUsed with a date more than 90 days ago, or with none, for a role made before that
#   controls:
#     owasp-nhi-2025: [NHI1]
#     nist-800-53-r5: [AC-2, "AC-6(7)"]
#     nist-ai-rmf-1.0: [GOVERN 1.7]
#     csa-maestro-2025: [L6]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.role_unused

import data.segrego.lib.age
import data.segrego.lib.inventory
import data.segrego.lib.lifecycle

deny contains {
	"subject": role.id,
	"related": sort(object.keys(holders)),
	"evidence": {
		"unused_days": age.unused_days(role),
		"ever_used": role.last_used_ns > 0,
		"members": [inventory.member(role, id) | some id in sort(object.keys(holders))],
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	age.is_unused(role)
	holders := inventory.holders(role)
	count([id | some id, _ in holders; not _is_inactive(id)]) > 0
}

_is_inactive(id) if lifecycle.is_inactive(inventory.workload_by_id[id])
