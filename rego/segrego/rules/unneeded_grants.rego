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
	"severity": _severity(classes),
	"related": [workload.id],
	"evidence": {
		"agents": [inventory.member(role, workload.id)],
		"services": surplus.services,
		"access": classes,
		"grants": surplus.grants,
		"grants_in_all": surplus.grants_in_all,
	},
} if {
	some role in input.roles
	count(role.bindings) > 0
	workload := inventory.workload_by_id[role.bindings[0].workload]
	_configured[workload.kind]
	count(inventory.holders(role)) == 1
	every tool in workload.tools {
		inventory.tool_by_id[tool].operations_read
	}
	answers := needs.gaining(role, workload)
	true in answers
	surplus := needs.radius(role, workload, answers)
	classes := sort({class | some class, number in surplus.access; number > 0})
}

_severity(classes) := "medium" if _changes(classes)

_severity(classes) := "low" if not _changes(classes)

_changes(classes) if {
	some class in classes
	access.changing[class]
}
