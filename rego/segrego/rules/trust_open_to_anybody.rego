# METADATA
# title: Anybody may assume an agent's role
# description: >-
#   The role's trust names everybody as its principal (a star, or a NotPrincipal, which lets in everybody but those it
#   names). Whoever meets its conditions, in any AWS account, acts as the agent.
# custom:
#   headline: "anybody may assume {subject}, limited by {limits}"
#   severity: critical
#   category: trust
#   requires: [workloads, bindings, trust]
#   remediation: >-
#     Name the one service that runs the workload as the principal, with conditions on aws:SourceAccount and
#     aws:SourceArn, and take everybody out of the trust policy.
#   example: |
#     AssumeRolePolicyDocument:
#       Statement:
#         - Effect: Allow
#           Principal: {AWS: "*"}
#           Action: sts:AssumeRole
#   controls:
#     owasp-nhi-2025: [NHI4, NHI5]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T3, T9]
#     nist-800-53-r5: [AC-6, IA-9]
#     csa-maestro-2025: [L6, T1]
#     mitre-atlas-5.6.0: [AML.T0012]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.trust_open_to_anybody

import data.segrego.lib.inventory
import data.segrego.lib.principals

deny contains {
	"subject": id,
	"severity": _severity(openings),
	"related": sort(object.keys(inventory.holders(inventory.role_by_id[id]))),
	"evidence": {
		"limits": sort({limit | some opening in openings; some limit in opening.limits}),
		"openings": sort([principals.shown(opening) | some opening in openings]),
	},
} if {
	some id, all in principals.openings_by_governed_role
	openings := [opening | some opening in all; opening.kind == "anybody"]
	count(openings) > 0
}

_severity(openings) := "critical" if count([1 | some opening in openings; count(opening.limits) == 0]) > 0

_severity(openings) := "high" if count([1 | some opening in openings; count(opening.limits) == 0]) == 0
