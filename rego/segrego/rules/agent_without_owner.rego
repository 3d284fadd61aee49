# METADATA
# title: Agents have no owner
# description: >-
#   Where owners are kept at all (a tag owner or team on some workload, or segrego.yaml), an agent without one is nobody's:
#   nobody is asked before it changes, and nobody takes its rights away when it is done.
# custom:
#   headline: "in {subject} nobody owns {agents}"
#   severity: low
#   category: lifecycle
#   requires: [workloads, owners, tags]
#   remediation: Tag the agents, or their roles, with owner or team, or name their owners in segrego.yaml.
#   example: |
#     OrdersAgent:
#       Type: AWS::Bedrock::Agent
#       Properties: {AgentName: orders, Tags: {owner: support}}
#     BillingAgent:
#       Type: AWS::Bedrock::Agent
#       Properties: {AgentName: billing}
#   controls:
#     owasp-nhi-2025: [NHI1]
#     nist-800-53-r5: [AC-2]
#     nist-ai-rmf-1.0: [GOVERN 1.6, GOVERN 2.1]
#     csa-maestro-2025: [L6]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.agent_without_owner

import data.segrego.lib.inventory
import data.segrego.lib.sources

deny contains {
	"subject": source,
	"related": sort(unowned),
	"evidence": {
		"agents": [inventory.described(id) | some id in sort(unowned)],
		"agents_in_all": count(executors),
	},
} if {
	_are_kept
	some source, executors in sources.executors
	unowned := {id | some id in executors; _is_unowned(inventory.workload_by_id[id])}
	count(unowned) > 0
}

_are_kept if {
	some workload in input.workloads
	workload.owner != null
}

_is_unowned(workload) if {
	workload.owner == null
	not _unread[workload.id]
	count([1 | some binding in workload.bindings; inventory.role_by_id[binding.role].owner != null]) == 0
	count([1 | some tag in workload.tags; lower(tag.key) in {"owner", "team"}]) == 0
}

# Whose tags were not read may have an owner; a tag that is not resolved is one.
_unread := {gap.subject | some gap in input.gaps; some fact in gap.facts; fact in {"owners", "tags"}}
