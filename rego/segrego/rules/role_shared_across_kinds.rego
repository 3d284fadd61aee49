# METADATA
# title: Workloads of different kinds share a role
# description: >-
#   An agent, its gateway, a knowledge base and a tool's function need different rights. Under one role each has the
#   others' as well: an agent can then do directly what only its tool was meant to do, past the gateway's authorization and
#   the tool's own checks. A person or a pipeline on an agent's role can act in the agent's name.
# custom:
#   headline: "{kinds} run under {subject}: {members}"
#   severity: medium
#   category: isolation
#   requires: [workloads, bindings]
#   remediation: Give each workload a role of its own, which trusts the one service that runs it.
#   example: |
#     Resources:
#       OrdersAgent:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: orders, AgentResourceRoleArn: !GetAtt Role.Arn}
#       OrdersFunction:
#         Type: AWS::Lambda::Function
#         Properties: {Role: !GetAtt Role.Arn}
#   controls:
#     owasp-nhi-2025: [NHI9]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-5, AC-6]
#     owasp-agentic-threats-1.0: [T3]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L4, L6, T1]
#     mitre-atlas-5.6.0: [AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.role_shared_across_kinds

import data.segrego.lib.deployments
import data.segrego.lib.inventory
import data.segrego.lib.severity

deny contains {
	"subject": role.id,
	"severity": severity.at(_level(role, families)),
	"related": sort(object.keys(held)),
	"evidence": {
		"members": [inventory.member(role, id) | some id in sort(object.keys(held))],
		"kinds": sort({binding.kind | some binding in role.bindings}),
		"access": sort(severity.access_of(role)),
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	held := inventory.holders(role)
	families := {family | some family in held}
	count(families) > 1
	deployments.mix(held)
}

# Who acts cannot be told where a person or a pipeline is among them, whatever the role gives.
_level(role, families) := max({severity.of_role(role)} | {3 | "principal" in families})
