# METADATA
# title: No permissions boundary where one is required
# description: >-
#   Agents of some environments need a permissions boundary (thresholds.boundary_environments in segrego.yaml), so that
#   whoever may change a role's policies cannot grant the agent more than the boundary allows. This role of such an
#   agent has none.
# custom:
#   headline: "{subject} has no permissions boundary, and {environments} requires one"
#   severity: medium
#   category: least-privilege
#   requires: [workloads, bindings, boundary, environments]
#   remediation: >-
#     Set PermissionsBoundary on the role.
#   example: |
#     thresholds: {boundary_environments: [production]}
#   controls:
#     owasp-nhi-2025: [NHI5]
#     nist-800-53-r5: [AC-6]
# schemas:
#   - input: schema.input
package segrego.rules.boundary_missing

import data.segrego.lib.inventory

deny contains {
	"subject": role.id,
	"related": sort(object.keys(inventory.holders(role))),
	"evidence": {
		"environments": sort(environments),
		"workloads": sort(object.keys(inventory.holders(role))),
	},
} if {
	some role in input.roles
	role.boundary == null
	not _is_unread(role)
	inventory.is_governed(role)
	environments := {environment |
		some id, _ in inventory.holders(role)
		environment := _environment(inventory.workload_by_id[id])
		_requires(environment)
	}
	count(environments) > 0
}

_is_unread(role) if "boundary" in role.unread

_environment(workload) := "any environment" if workload.environment == null

else := workload.environment.value

_requires(environment) if environment in input.settings.thresholds.boundary_environments

_requires(_) if "*" in input.settings.thresholds.boundary_environments
