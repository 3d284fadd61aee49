# METADATA
# title: Several agents run in one runtime
# description: >-
#   One workload hosts several agents in its code. They run under its one role, in one process: each has what all of them
#   need, any of them can read the others' memory and credentials, and no log of AWS can tell which of them acted. Separate
#   roles are not separate identities here. No template tells how many agents a program holds: it is declared.
# custom:
#   headline: "{agents} run inside {subject}, under {roles}"
#   severity: medium
#   category: isolation
#   requires: [workloads]
#   remediation: >-
#     Give every agent a runtime with a role of its own, and let them call each other through it. Where they must stay
#     together, let each take a session of its own with a session policy and a source identity, so that logs name it.
#   example: |
#     # segrego.yaml
#     hosting:
#       - names: [assistant]
#         agents: [planner, researcher, writer]
#   controls:
#     owasp-nhi-2025: [NHI9]
#     owasp-agentic-2026: [ASI03, ASI08]
#     owasp-agentic-threats-1.0: [T3, T8]
#     nist-800-53-r5: [AC-6, AU-10]
#     nist-ai-rmf-1.0: [MAP 4.2, MEASURE 2.8]
#     csa-maestro-2025: [L3, L4, L6, T1]
#     mitre-atlas-5.6.0: [AML.M0026, AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.agents_share_runtime

import data.segrego.lib.inventory
import data.segrego.lib.severity

deny contains {
	"subject": workload.id,
	"severity": severity.at(max({2} | {severity.of_role(role) | some role in roles})),
	"related": sort([role.id | some role in roles]),
	"evidence": {
		"agents": sort(agents),
		"roles": sort([inventory.address(role) | some role in roles]),
		"access": sort({class | some role in roles; some class in severity.access_of(role)}),
	},
} if {
	some workload in input.workloads
	agents := {name | some name in workload.hosted_agents}
	count(agents) > 1
	roles := {role | some binding in workload.bindings; role := inventory.role_by_id[binding.role]}
}
