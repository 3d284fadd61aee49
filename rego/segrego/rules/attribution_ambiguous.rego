# METADATA
# title: A role's calls may be any of several workloads'
# description: >-
#   CloudTrail names the role of a call, and a role that several workloads hold is no name. How much of what the role may do
#   points to one of them all the same (because only that one's own tools need it), and how much may have been any of them.
#   An approved agent class may share a role; it does not make the trail any clearer.
# custom:
#   headline: "in {subject} calls of {agents} may be those of others on their roles"
#   severity: info
#   category: accountability
#   requires: [workloads, bindings]
#   remediation: >-
#     Give every workload a role of its own. Until then correlate the agents' own traces (session ids, invocation logs) with
#     CloudTrail by time, and keep both.
#   example: |
#     OrdersAgent: {Type: AWS::Bedrock::Agent, Properties: {AgentName: orders, AgentResourceRoleArn: !GetAtt Role.Arn}}
#     BillingAgent: {Type: AWS::Bedrock::Agent, Properties: {AgentName: billing, AgentResourceRoleArn: !GetAtt Role.Arn}}
#   controls:
#     owasp-nhi-2025: [NHI9]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T8]
#     nist-800-53-r5: [AU-10, AU-12]
#     nist-ai-rmf-1.0: [GOVERN, MEASURE 2.8]
#     csa-maestro-2025: [L5]
#     aws-agentic-ai-lens: [AGENTSEC03, AGENTSEC05]
# schemas:
#   - input: schema.input
package segrego.rules.attribution_ambiguous

import data.segrego.lib.deployments
import data.segrego.lib.iam
import data.segrego.lib.inventory
import data.segrego.lib.needs
import data.segrego.lib.sources

deny contains {
	"subject": source,
	"related": sort(ambiguous),
	"evidence": {
		"agents": [inventory.described(id) | some id in sort(ambiguous)],
		"agents_in_all": count(executors),
		"roles": [_ambiguity[role] | some role in sort({role | some id in ambiguous; some role in _shared(id)})],
	},
} if {
	some source, executors in sources.executors
	ambiguous := {id | some id in executors; count(_shared(id)) > 0}
	count(ambiguous) > 0
}

_shared(id) := {binding.role | some binding in inventory.workload_by_id[id].bindings; _ambiguity[binding.role]}

_ambiguity := {role.id: found |
	some role in input.roles
	holders := inventory.holders(role)
	count(holders) > 1
	deployments.coexist(object.keys(holders))
	places := [place | some place, grant in iam.grants(role); _is_effective(role, grant)]
	unclear := [place | some place in places; not _points_to_one(role, place)]
	found := {
		"id": role.id,
		"name": inventory.address(role),
		"candidates": sort(object.keys(holders)),
		"grants": count(places),
		"grants_of_any": count(unclear),
		"access_of_any": sort({class | some place in unclear; some class, _ in iam.effects(role, iam.grants(role)[place])}),
	}
}

_is_effective(role, grant) if some _ in iam.effects(role, grant)

# Whether one holder's own configuration alone explains all of a grant.
_points_to_one(role, place) if count([1 | some answers in needs.explained[role.id]; answers[place]]) == 1
