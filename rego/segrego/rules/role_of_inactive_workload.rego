# METADATA
# title: The role of a deleted, failed or disabled agent still has rights
# description: >-
#   All workloads on the role are being deleted, failed, were disabled, or were never made ready, and no alias or endpoint
#   routes to any of them. Nobody watches an identity that does nothing, and its rights are there for the next workload
#   that the role is passed to.
# custom:
#   headline: "{subject} still has rights, and {agents} cannot act any more"
#   severity: low
#   category: lifecycle
#   requires: [workloads, bindings, policies]
#   remediation: Delete the workload and then its role, or repair the workload if it is still needed.
#   example: |
#     # GetAgent answers agentStatus FAILED, no alias routes to a version, and its role still holds policies
#   controls:
#     owasp-nhi-2025: [NHI1]
#     nist-800-53-r5: [AC-2, "AC-6(7)"]
#     nist-ai-rmf-1.0: [GOVERN 1.7, MANAGE 2.4]
#     csa-maestro-2025: [L6]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.role_of_inactive_workload

import data.segrego.lib.access
import data.segrego.lib.iam
import data.segrego.lib.inventory
import data.segrego.lib.lifecycle

deny contains {
	"subject": role.id,
	"severity": _severity(classes),
	"related": sort(object.keys(holders)),
	"evidence": {
		"agents": [object.union(inventory.member(role, id), {"status": inventory.workload_by_id[id].status}) |
			some id in sort(object.keys(holders))
		],
		"access": sort(classes),
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	holders := inventory.holders(role)
	count([id | some id, _ in holders; not _is_inactive(id)]) == 0
	classes := {class | some grant in iam.grants(role); some class, _ in iam.effects(role, grant)}
	count(classes) > 0
}

_severity(classes) := "medium" if count(classes & access.changing) > 0

_severity(classes) := "low" if count(classes & access.changing) == 0

_is_inactive(id) if lifecycle.is_inactive(inventory.workload_by_id[id])
