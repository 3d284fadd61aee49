# METADATA
# title: People or pipelines may assume an agent's role
# description: >-
#   Users, federated identities, single sign-on roles, pipelines, or whoever the account's own policies let (its root) may
#   act as the agent. Its log then shows the agent whoever acted, and its rights are theirs.
# custom:
#   headline: "people or pipelines may assume {subject}: {who}"
#   severity: high
#   category: trust
#   requires: [workloads, bindings, trust]
#   remediation: >-
#     Leave in the trust policy the one service that runs the workload. Give people and pipelines roles of their own; for
#     tests, a copy of the role in an account for tests.
#   example: |
#     AssumeRolePolicyDocument:
#       Statement:
#         - Effect: Allow
#           Principal:
#             Service: bedrock.amazonaws.com
#             AWS: !Sub arn:aws:iam::${AWS::AccountId}:root
#           Action: sts:AssumeRole
#   controls:
#     owasp-nhi-2025: [NHI10]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T8, T9]
#     nist-800-53-r5: [AC-5, AC-6, AU-10]
#     csa-maestro-2025: [L6, T1]
#     mitre-atlas-5.6.0: [AML.T0012]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.trust_open_to_people

import data.segrego.lib.inventory
import data.segrego.lib.principals

deny contains {
	"subject": id,
	"severity": _severities[max({_level(opening) | some opening in openings})],
	"related": sort(object.keys(inventory.holders(inventory.role_by_id[id]))),
	"evidence": {
		"who": sort({opening.principal | some opening in openings}),
		"kinds": sort({opening.kind | some opening in openings}),
		"anybody_of": sort({opening.principal | some opening in openings; opening.open_issuer}),
		"openings": sort([principals.shown(opening) | some opening in openings]),
	},
} if {
	some id, all in principals.openings_by_governed_role
	openings := [opening | some opening in all; principals.is_people(opening)]
	count(openings) > 0
}

_severities := ["low", "medium", "high", "critical"]

# A provider that serves everybody, without a condition on whom; named people and pipelines; whoever the account lets.
_level(opening) := 3 if opening.open_issuer

_level(opening) := 2 if {
	not opening.open_issuer
	opening.kind != "account"
}

_level(opening) := 1 if {
	opening.kind == "account"
	count(opening.limits) == 0
}

_level(opening) := 0 if {
	opening.kind == "account"
	count(opening.limits) > 0
}
