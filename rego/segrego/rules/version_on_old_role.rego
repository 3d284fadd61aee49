# METADATA
# title: An alias or endpoint still runs a version under another role
# description: >-
#   A version keeps the role that it was made with. The working draft (or the latest version) has another role by now, but an
#   alias or endpoint still routes to a version under the old one: whatever was taken away or set apart with the new role is
#   not in effect for anybody who calls the agent.
# custom:
#   headline: "{subject} runs {versions} under {old_roles}, not under {current_roles}"
#   severity: medium
#   category: lifecycle
#   requires: [workloads, bindings]
#   remediation: >-
#     Make a version of what is current and route the alias or endpoint to it; then delete the old version, and the old role
#     once nothing else holds it.
#   example: |
#     # the draft of orders holds orders-agent; alias live routes to version 3, which was made with shared-agents
#   controls:
#     owasp-nhi-2025: [NHI1]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-2, AC-6]
#     nist-ai-rmf-1.0: [GOVERN 1.7, MANAGE 4.1]
#     csa-maestro-2025: [L4, L6]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.version_on_old_role

import data.segrego.lib.inventory

deny contains {
	"subject": workload.id,
	"related": sort(old_roles),
	"evidence": {
		"versions": sort({name | some binding in old; name := _name(binding)}),
		"via": sort({alias | some binding in old; some alias in binding.via}),
		"old_roles": sort({inventory.address(inventory.role_by_id[role]) | some role in old_roles}),
		"current_roles": sort({inventory.address(inventory.role_by_id[role]) | some role in current}),
	},
} if {
	some workload in input.workloads
	inventory.is_executor(workload)
	current := _current(workload)
	old := [binding |
		some binding in workload.bindings
		binding.certainty != "unresolved"
		not binding.role in current
	]
	count(current) > 0
	count(old) > 0
	old_roles := {binding.role | some binding in old}
}

# The roles of the draft, or of the latest version where a runtime's endpoints run nothing but versions.
_current(workload) := _unversioned(workload) if count(_unversioned(workload)) > 0

_current(workload) := {binding.role |
	numbers := [_number(binding) | some binding in workload.bindings]
	some binding in workload.bindings
	_number(binding) == max(numbers)
	binding.certainty != "unresolved"
} if {
	count(_unversioned(workload)) == 0
}

_unversioned(workload) := {binding.role |
	some binding in workload.bindings
	binding.slot in {"draft", "execution"}
	binding.certainty != "unresolved"
}

_number(binding) := to_number(binding.version) if regex.match(`^[0-9]{1,9}$`, binding.version)

_name(binding) := "a version" if {
	binding.version == null
} else := concat(" ", ["version", binding.version])
