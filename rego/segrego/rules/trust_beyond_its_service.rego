# METADATA
# title: An agent's role trusts more than the service that runs it
# description: >-
#   Another service, another role, or a principal that no longer exists stands in the trust policy beside the service that
#   runs the workload. Each is one more way to act as the agent. People, other accounts, everybody, and roles of other
#   agents have rules of their own.
# custom:
#   headline: "{subject} also trusts {who}"
#   severity: medium
#   category: trust
#   requires: [workloads, bindings, trust]
#   remediation: >-
#     Leave in the trust policy the one service that runs the workload, and give whatever else needs access a role of its
#     own.
#   example: |
#     AssumeRolePolicyDocument:
#       Statement:
#         - Effect: Allow
#           Principal: {Service: [bedrock.amazonaws.com, ec2.amazonaws.com]}
#           Action: sts:AssumeRole
#   controls:
#     owasp-nhi-2025: [NHI5, NHI9]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T3]
#     nist-800-53-r5: [AC-6, IA-9]
#     csa-maestro-2025: [L6, T1]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.trust_beyond_its_service

import data.segrego.lib.chains
import data.segrego.lib.inventory
import data.segrego.lib.principals

deny contains {
	"subject": id,
	"severity": _severity(role, openings),
	"related": sort(object.keys(inventory.holders(inventory.role_by_id[id]))),
	"evidence": {
		"who": sort({opening.principal | some opening in openings}),
		"kinds": sort({opening.kind | some opening in openings}),
		"openings": sort([principals.shown(opening) | some opening in openings]),
	},
} if {
	some id, all in principals.openings_by_governed_role
	role := inventory.role_by_id[id]
	openings := [opening | some opening in all; _is_beyond(role, opening)]
	count(openings) > 0
}

_is_beyond(role, opening) if {
	opening.kind != "anybody"
	not principals.is_people(opening)
	not principals.is_foreign(opening)
	not principals.is_classic_leftover(role, opening)
	not _is_chained(role, opening)
}

# Another agent's role that may really assume this one: trust_chain says so.
_is_chained(role, opening) if {
	some trusted in role.trusted_roles
	trusted.principal == opening.principal
	chains.assumers[role.id][trusted.role]
	inventory.is_governed(inventory.role_by_id[trusted.role])
}

# Nobody can come as a principal that is gone, and a role that trusts itself lets in nobody new.
_severity(role, openings) := "low" if count(_serious(role, openings)) == 0

_severity(role, openings) := "medium" if count(_serious(role, openings)) > 0

_serious(role, openings) := [opening |
	some opening in openings
	opening.kind != "deleted"
	opening.principal != role.arn
]
