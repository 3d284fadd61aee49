# METADATA
# title: An exception has expired
# description: >-
#   An exception is an approval with an end. Past its end it holds no longer, so the deviation that it was for is open again,
#   and nobody has decided to keep it, to mend it, or to take the exception out. One that has been renewed is no finding.
# custom:
#   headline: "the exception of {rule} for {excepted} ended at {expires_at_ns}"
#   severity: low
#   category: exceptions
#   requires: []
#   remediation: >-
#     Mend the deviation and delete the exception. Where it must stay, let the owner approve it again, with a new end.
#   example: |
#     exceptions: # of segrego.yaml
#       - rule: shared_execution_role
#         subject: AgentRole
#         reason: migration to a role for each agent
#         owner: platform-team
#         expires: 2026-01-31T00:00:00Z
#   controls:
#     nist-800-53-r5: [AC-6(7)]
# schemas:
#   - input: schema.input
package segrego.rules.exception_expired

import data.segrego.lib.inventory

deny contains {
	"subject": inventory.exception_id(exception),
	"related": [],
	"evidence": {
		"rule": exception.rule,
		"excepted": exception.subject,
		"reason": exception.reason,
		"owner": exception.owner,
		"expires_at_ns": exception.expires_at_ns,
	},
} if {
	is_number(input.evaluated_at_ns)
	some exception in input.exceptions
	exception.expires_at_ns <= input.evaluated_at_ns
}
