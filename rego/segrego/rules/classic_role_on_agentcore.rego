# METADATA
# title: A Classic agent's role was carried over to AgentCore
# description: >-
#   A role that only AgentCore's workloads hold still trusts Classic Bedrock, or still has the name that Classic roles are
#   given. It was taken along rather than made for its task: Classic's trust lets any Classic agent use it, and its rights
#   are those that the old agent needed.
# custom:
#   headline: "{subject} was made for Classic Bedrock ({signs}) and runs {members}"
#   severity: low
#   category: lifecycle
#   requires: [workloads, bindings, trust]
#   remediation: >-
#     Give the AgentCore workload a role of its own that trusts bedrock-agentcore.amazonaws.com alone and holds what its own
#     tools need, and delete the old one. At least take bedrock.amazonaws.com out of the trust policy.
#   example: |
#     AmazonBedrockExecutionRoleForAgents_orders:
#       Type: AWS::IAM::Role
#       Properties:
#         AssumeRolePolicyDocument:
#           Statement:
#             - Effect: Allow
#               Principal: {Service: [bedrock.amazonaws.com, bedrock-agentcore.amazonaws.com]}
#               Action: sts:AssumeRole
#   controls:
#     owasp-nhi-2025: [NHI1, NHI5]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-2, AC-6]
#     nist-ai-rmf-1.0: [GOVERN 1.7]
#     csa-maestro-2025: [L4, L6]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.classic_role_on_agentcore

import data.segrego.lib.inventory
import data.segrego.lib.principals

deny contains {
	"subject": role.id,
	"related": sort(object.keys(inventory.holders(role))),
	"evidence": {
		"signs": sort(signs),
		"members": [inventory.member(role, id) | some id in sort(object.keys(inventory.holders(role)))],
	},
} if {
	some role in input.roles
	count([1 | some binding in role.bindings; startswith(binding.kind, "agentcore_")]) > 0
	count([1 | some binding in role.bindings; startswith(binding.kind, "bedrock_")]) == 0
	signs := {sign | some sign in {"trust", "name"}; _shows(role, sign)}
	count(signs) > 0
}

_shows(role, "trust") if {
	some opening in principals.openings_by_role[role.id]
	principals.is_classic_leftover(role, opening)
}

_shows(role, "name") if {
	some prefix in data.segrego.tables.classic_role_names
	startswith(role.name, prefix)
}
