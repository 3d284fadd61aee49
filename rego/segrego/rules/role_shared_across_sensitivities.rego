# METADATA
# title: A role is shared across data sensitivities
# description: >-
#   Workloads whose data is of different sensitivity hold one role, so the one that handles the least sensitive data can
#   reach the most sensitive. What counts is the most sensitive data that a workload uses, itself and through its
#   knowledge bases and tools. Words that have no known rank count each for itself.
# custom:
#   headline: "workloads with {sensitivities} data share {subject}: {members}"
#   severity: high
#   category: isolation
#   requires: [workloads, bindings, tools, uses, domains]
#   remediation: Give the workloads that handle the more sensitive data roles of their own, which the others cannot use.
#   example: |
#     Resources:
#       FaqAgent: # its knowledge base reads a bucket with Tags: {data-classification: public}
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: faq, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
#       PayrollAgent: # its knowledge base reads a bucket with Tags: {data-classification: restricted}
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: payroll, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
#   controls:
#     owasp-nhi-2025: [NHI5, NHI9]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T3]
#     nist-800-53-r5: [AC-6]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L2, L6, T1]
#     mitre-atlas-5.6.0: [AML.T0086, AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.role_shared_across_sensitivities

import data.segrego.lib.deployments
import data.segrego.lib.domains
import data.segrego.lib.inventory
import data.segrego.lib.severity

deny contains {
	"subject": role.id,
	"severity": severity.at(_level(role)),
	"related": sort(object.keys(by_member)),
	"evidence": {
		"members": [object.union(inventory.member(role, id), {"sensitivities": sort(by_member[id])}) |
			some id in sort(object.keys(by_member))
		],
		"sensitivities": sort({word | some words in by_member; some word in words}),
		"access": sort(severity.access_of(role)),
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	by_member := {id: words |
		some id, _ in inventory.holders(role)
		words := domains.sensitivities(inventory.workload_by_id[id])
		count(words) > 0
	}
	count({_ceiling(words) | some words in by_member}) > 1
	deployments.mix(by_member)
}

# The highest rank among the words that have one, and those that have none.
_ceiling(words) := {
	"rank": max({-1} | {rank | some word in words; rank := data.segrego.tables.sensitivities[word].rank}),
	"others": {word | some word in words; not data.segrego.tables.sensitivities[word]},
}

_level(role) := max({severity.of_role(role)} | {3 | count(severity.access_of(role)) > 0})
