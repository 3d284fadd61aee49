# METADATA
# title: Gateways, knowledge bases or interpreters share a role
# description: >-
#   Several gateways, knowledge bases, memories, browsers or code interpreters run under one role. What runs in one code
#   interpreter, is called through one gateway or is read into one knowledge base has the rights of all of them, whichever
#   agent is behind it: agents with roles of their own meet again here. Where the same agents are known to be behind all of
#   them, they share nothing that they did not share already.
# custom:
#   headline: "{members} run under {subject}"
#   severity: low
#   category: isolation
#   requires: [workloads, bindings]
#   remediation: Give each of them a role of its own, with what it alone does, whose trust policy names it.
#   example: |
#     Resources:
#       AnalysisInterpreter: # of the analysis agent
#         Type: AWS::BedrockAgentCore::CodeInterpreterCustom
#         Properties: {Name: analysis, ExecutionRoleArn: !GetAtt InterpreterRole.Arn}
#       BillingInterpreter: # of the billing agent
#         Type: AWS::BedrockAgentCore::CodeInterpreterCustom
#         Properties: {Name: billing, ExecutionRoleArn: !GetAtt InterpreterRole.Arn}
#   controls:
#     owasp-nhi-2025: [NHI9]
#     owasp-agentic-2026: [ASI02, ASI03]
#     owasp-agentic-threats-1.0: [T3]
#     nist-800-53-r5: [AC-6]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L4, L6, T1]
#     mitre-atlas-5.6.0: [AML.M0028, AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.shared_service_role

import data.segrego.lib.boundaries
import data.segrego.lib.deployments
import data.segrego.lib.inventory
import data.segrego.lib.severity

deny contains {
	"subject": role.id,
	"severity": severity.at(_level(role, members)),
	"related": sort(members),
	"evidence": {
		"members": [inventory.member(role, id) | some id in sort(members)],
		"agents": sort([inventory.workload_by_id[id].name | some id in agents]),
		"access": sort(severity.access_of(role)),
	},
} if {
	some role in input.roles
	members := _members(role)
	members != set()
	agents := {agent | some id in members; some agent in inventory.agents_behind[id]}
	not _serve_the_same(members)
	not inventory.same_class(agents)
}

# The workloads of Bedrock that decide nothing themselves and hold a role together with another of their own family.
_members(role) := deployments.companions({id: family |
	some id, family in inventory.holders(role)
	not family in {"function", "principal"}
	not family in inventory.executor_families
})

_serve_the_same(members) if {
	behind := {inventory.agents_behind[id] | some id in members}
	count(behind) == 1
	some agents in behind
	count(agents) > 0
}

# One less than agents on one role: none of these decides for itself what it does.
_level(role, members) := (severity.of_role(role) - 1) + count([1 | boundaries.crossed(members)])
