# METADATA
# title: Sessions of a role may last longer than needed
# description: >-
#   Whoever assumes the role through STS may ask for sessions longer than the configured limit. A credential that outlives
#   its task is a credential that somebody else can use. (Sessions that an AWS service opens for its workload are not
#   bounded by this setting.)
# custom:
#   headline: "sessions of {subject} may last {max_session_seconds} s"
#   severity: low
#   category: lifecycle
#   requires: [workloads, bindings]
#   remediation: Set the role's maximum session duration to an hour, or to what thresholds.session_seconds allows.
#   example: |
#     Role:
#       Type: AWS::IAM::Role
#       Properties: {MaxSessionDuration: 43200}
#   controls:
#     owasp-nhi-2025: [NHI7]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6, IA-5]
#     csa-maestro-2025: [L6]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.role_session_too_long

import data.segrego.lib.inventory

deny contains {
	"subject": role.id,
	"related": sort(object.keys(inventory.holders(role))),
	"evidence": {
		"max_session_seconds": role.max_session_seconds,
		"limit_seconds": input.settings.thresholds.session_seconds,
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	role.max_session_seconds > input.settings.thresholds.session_seconds
}
