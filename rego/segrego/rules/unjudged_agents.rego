# METADATA
# title: Nothing could be judged of some agents
# description: >-
#   The role of these agents is not known, not resolved or not read, so that no rule about identity or permissions says
#   anything of them: their absence from the other findings is no good news. Each has a gap that says what to do; this names
#   the agents, which gaps about roles and policies do not.
# custom:
#   headline: "in {subject} nothing could be judged of {agents}"
#   severity: info
#   category: blind-spots
#   requires: [workloads, bindings]
#   remediation: >-
#     Follow the gaps: give parameters a default or a value, add the template that declares the role, or collect the account
#     that holds it, and check again.
#   example: |
#     Parameters: {RoleArn: {Type: String}} # no default
#     Resources:
#       OrdersAgent:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: orders, AgentResourceRoleArn: !Ref RoleArn}
#   controls:
#     nist-ai-rmf-1.0: [GOVERN 1.6, MEASURE 2.7]
#     nist-800-53-r5: ["AC-6(7)"]
#     csa-maestro-2025: [L5]
#     aws-agentic-ai-lens: [AGENTSEC05]
# schemas:
#   - input: schema.input
package segrego.rules.unjudged_agents

import data.segrego.lib.inventory
import data.segrego.lib.sources

deny contains {
	"subject": source,
	"related": sort(object.keys(unjudged)),
	"evidence": {
		"agents": [object.union(inventory.described(id), {"reasons": sort(unjudged[id])}) |
			some id in sort(object.keys(unjudged))
		],
		"agents_in_all": count(executors),
	},
} if {
	some source, executors in sources.executors
	unjudged := {id: reasons |
		some id in executors
		reasons := _reasons(inventory.workload_by_id[id])
		count(reasons) > 0
	}
	count(unjudged) > 0
}

_reasons(workload) := {"no_role"} if count(workload.bindings) == 0

_reasons(workload) := {reason |
	some binding in workload.bindings
	some reason in {"unresolved_role", "unread_role", "unread_policy"}
	_holds(inventory.role_by_id[binding.role], reason)
} if {
	count(workload.bindings) > 0
}

_holds(role, "unresolved_role") if role.identity == "unresolved"

_holds(role, "unread_role") if {
	role.identity != "unresolved"
	some fact in role.unread
	fact in {"trust", "policies"}
}

_holds(role, "unread_policy") if {
	some id in role.policies
	inventory.policy_by_id[id].read == false
}
