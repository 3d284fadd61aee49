# METADATA
# title: A role trusts Bedrock and no workload runs under it
# description: >-
#   A role that Bedrock or AgentCore may assume, and that none of the inventory's workloads holds, is ready for whoever may
#   pass it: a new agent takes on rights that nobody meant for it. In an account it counts once it was not used for longer
#   than the configured days; in code once nothing else refers to it. Where code hands it on, or that is not known, it is
#   only mentioned.
# custom:
#   headline: "{subject} trusts {principals}, and no workload here runs under it"
#   severity: low
#   category: lifecycle
#   requires: [workloads, bindings, trust]
#   remediation: Delete the role, or take Bedrock out of its trust policy, if nothing outside of what was read runs under it.
#   example: |
#     Resources:
#       OldAgentRole: # its agent was taken out of the template
#         Type: AWS::IAM::Role
#         Properties:
#           AssumeRolePolicyDocument:
#             Statement:
#               - {Effect: Allow, Principal: {Service: bedrock.amazonaws.com}, Action: sts:AssumeRole}
#   controls:
#     owasp-nhi-2025: [NHI1]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-2, "AC-6(7)"]
#     nist-ai-rmf-1.0: [GOVERN 1.6, GOVERN 1.7]
#     csa-maestro-2025: [L6]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.role_without_workload

import data.segrego.lib.age
import data.segrego.lib.inventory
import data.segrego.lib.trust

deny contains {
	"subject": role.id,
	"severity": severity,
	"evidence": {
		"principals": sort({service | some pin in pins; some service in pin.services}),
		"unused_days": _unused_days(role),
		"policies": count(role.policies),
	},
} if {
	some role in input.roles
	count(role.bindings) == 0
	pins := trust.pins_by_role[role.id]
	count(pins) > 0
	severity := _severity(role)
}

default _unused_days(_) := null

_unused_days(role) := age.unused_days(role)

# What an account says of use outweighs what code says of references: it sees what the inventory does not.
_severity(role) := "low" if age.is_unused(role)

_severity(role) := "low" if {
	role.last_used_ns == null
	role.handed_on == false
}

_severity(role) := "info" if {
	role.last_used_ns == null
	role.handed_on != false
	_has_agents(role)
}

# Of a file without any agent, roles for agents elsewhere are all that there is.
_has_agents(role) if {
	some source in input.sources
	source.id == role.location.source
	some id in source.workloads
	inventory.is_executor(inventory.workload_by_id[id])
}
