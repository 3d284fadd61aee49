# METADATA
# title: Nothing that the agent is configured to use needs these grants
# description: >-
#   A Classic agent or flow acts through what it is configured with: its tools, knowledge bases, collaborators,
#   guardrail and models. Its role is granted something that none of these needs, so it is a right that waits for an
#   instruction. AgentCore runtimes are left out, since their code calls AWS by itself, and so are shared roles, whose
#   surplus the finding about the sharing shows.
# custom:
#   headline: "{subject} is granted more of {services} than anything it is configured with needs"
#   severity: low
#   category: least-privilege
#   requires: [workloads, bindings, tools, uses, policies, actions]
#   remediation: >-
#     Take the grants out of the role. If something outside the agent needs them, give that a role of its own.
#   example: |
#     Resources:
#       FaqAgent: # an agent without tools
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: faq, AgentResourceRoleArn: !GetAtt FaqRole.Arn}
#       FaqRole:
#         Type: AWS::IAM::Role
#         Properties:
#           Policies:
#             - PolicyName: access
#               PolicyDocument:
#                 Statement: [{Effect: Allow, Action: "dynamodb:GetItem", Resource: "*"}]
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6, AC-6(7)]
# schemas:
#   - input: schema.input
package segrego.rules.unneeded_grants

import data.segrego.lib.access
import data.segrego.lib.inventory
import data.segrego.lib.needs

# Kinds whose configuration names everything that they call.
_configured := {"bedrock_agent", "bedrock_flow"}

deny contains {
	"subject": role.id,
	"severity": _severity(surplus),
	"related": [workload.id],
	"evidence": {
		"agents": [inventory.member(role, workload.id)],
		"services": surplus.services,
		"access": sort({class | some class, number in surplus.access; number > 0}),
		"grants": surplus.grants,
	},
} if {
	some role in input.roles
	held := inventory.holders(role)
	count(held) == 1
	some id, _ in held
	workload := inventory.workload_by_id[id]
	_configured[workload.kind]
	every tool in workload.tools {
		inventory.tool_by_id[tool].operations_read
	}
	surplus := needs.blast_radius(role, id)
	count(surplus.grants) > 0
}

_severity(surplus) := "medium" if _changes(surplus)

_severity(surplus) := "low" if not _changes(surplus)

_changes(surplus) if {
	some class in access.changing
	surplus.access[class] > 0
}
