# METADATA
# title: Another account may assume an agent's role
# description: >-
#   A principal of another AWS account may act as the agent, and neither an external id nor the organization is a
#   condition. A third party that serves many customers can then be made to act on this one (the confused deputy), and
#   nothing but that account's own policies decides who there acts as the agent.
# custom:
#   headline: "{who} of another account may assume {subject} without an external id"
#   severity: high
#   category: trust
#   requires: [workloads, bindings, trust]
#   remediation: >-
#     Take the other account out of the trust policy, and give it a role of its own that calls the agent instead. Where it
#     must stay, require sts:ExternalId (a third party) or aws:PrincipalOrgID (an account of your own).
#   example: |
#     AssumeRolePolicyDocument:
#       Statement:
#         - Effect: Allow
#           Principal: {AWS: arn:aws:iam::999988887777:root}
#           Action: sts:AssumeRole
#   controls:
#     owasp-nhi-2025: [NHI3, NHI4]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T9]
#     nist-800-53-r5: [AC-6, IA-9]
#     csa-maestro-2025: [L6, T1]
#     mitre-atlas-5.6.0: [AML.T0012]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.trust_open_to_another_account

import data.segrego.lib.inventory
import data.segrego.lib.principals

deny contains {
	"subject": id,
	"severity": _severity(accounts),
	"related": sort(object.keys(inventory.holders(inventory.role_by_id[id]))),
	"evidence": {
		"who": sort({opening.principal | some opening in openings}),
		"accounts": sort(accounts),
		"accounts_in_the_inventory": sort(accounts & _known_accounts),
		"openings": sort([principals.shown(opening) | some opening in openings]),
	},
} if {
	some id, all in principals.openings_by_governed_role
	openings := [opening | some opening in all; principals.is_foreign(opening)]
	count(openings) > 0
	accounts := {opening.account | some opening in openings}
}

_known_accounts := {account.id | some account in input.accounts}

# Accounts that were collected together are one's own; nothing is known of any other.
_severity(accounts) := "medium" if count(accounts - _known_accounts) == 0

_severity(accounts) := "high" if count(accounts - _known_accounts) > 0
