# METADATA
# title: A role is shared across data domains
# description: >-
#   Workloads that serve different data domains hold one role, so each of them can reach the other's data. A workload's
#   domains are its own labels, and those of the data, the knowledge bases and the tools that it uses.
# custom:
#   headline: "the data domains {domains} share {subject}: {members}"
#   severity: high
#   category: isolation
#   requires: [workloads, bindings, tools, uses, domains]
#   remediation: Give each data domain's workloads roles of their own, and keep their grants within the domain.
#   example: |
#     Resources:
#       PayrollAgent: # Tags: {data-domain: hr}
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: payroll, AgentResourceRoleArn: !GetAtt AgentRole.Arn, Tags: {data-domain: hr}}
#       LedgerAgent:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: ledger, AgentResourceRoleArn: !GetAtt AgentRole.Arn, Tags: {data-domain: finance}}
#   controls:
#     owasp-nhi-2025: [NHI5, NHI9]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6]
#     owasp-agentic-threats-1.0: [T3]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L2, L6, T1]
#     mitre-atlas-5.6.0: [AML.T0086, AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.role_shared_across_data_domains

import data.segrego.lib.deployments
import data.segrego.lib.domains
import data.segrego.lib.inventory
import data.segrego.lib.severity

deny contains {
	"subject": role.id,
	"severity": severity.at(_level(role)),
	"related": sort(object.keys(by_member)),
	"evidence": {
		"members": [object.union(inventory.member(role, id), {"domains": sort(found)}) |
			some id in sort(object.keys(by_member))
			found := by_member[id]
		],
		"domains": sort({domain | some found in by_member; some domain in found}),
		"access": sort(severity.access_of(role)),
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	by_member := {id: found |
		some id, _ in inventory.holders(role)
		found := domains.of(inventory.workload_by_id[id])
		count(found) > 0
	}
	count({found | some found in by_member}) > 1
	deployments.mix(by_member)
}

# To read the other domain's data is the harm. A role that gives nothing but what everybody needs reaches no data yet.
_level(role) := max({severity.of_role(role)} | {3 | count(severity.access_of(role)) > 0})
