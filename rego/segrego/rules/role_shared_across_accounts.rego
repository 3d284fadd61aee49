# METADATA
# title: A role is shared across accounts
# description: >-
#   Workloads of two accounts hold one role, or a workload holds a role of another account than its own. An account is the
#   strongest wall that AWS has between workloads, and the one role goes through it: neither account's administrators can
#   contain it alone, and service control policies of one account do not hold for the other.
# custom:
#   headline: "the accounts {accounts} share {subject}: {members}"
#   severity: high
#   category: isolation
#   requires: [workloads, bindings]
#   remediation: >-
#     Give each account's workloads a role of their own in that account. Where one must reach the other's data, let it
#     assume a role there that trusts this one workload, with the least that it needs.
#   example: |
#     Resources:
#       OrdersAgent: # deployed to account 111122223333
#         Type: AWS::Bedrock::Agent
#         Properties:
#           AgentName: orders
#           AgentResourceRoleArn: arn:aws:iam::444455556666:role/agents
#   controls:
#     owasp-nhi-2025: [NHI8, NHI9]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T3]
#     nist-800-53-r5: [AC-6]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L4, L6, T1]
#     mitre-atlas-5.6.0: [AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.role_shared_across_accounts

import data.segrego.lib.inventory
import data.segrego.lib.severity

deny contains {
	"subject": role.id,
	"severity": severity.at(max({3, severity.of_role(role)})),
	"related": sort(object.keys(by_member)),
	"evidence": {
		"members": [object.union(inventory.member(role, id), {"account": by_member[id]}) |
			some id in sort(object.keys(by_member))
		],
		"accounts": sort(accounts),
		"role_accounts": sort(own),
		"access": sort(severity.access_of(role)),
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	by_member := {id: account |
		some id, _ in inventory.holders(role)
		account := inventory.account(inventory.workload_by_id[id])
	}
	own := {account | account := inventory.account(role)}
	accounts := {account | some account in by_member} | own
	count(accounts) > 1
}
