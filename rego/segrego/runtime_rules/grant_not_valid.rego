# METADATA
# title: The task grant does not hold
# description: >-
#   A grant came with the call that is forged, expired, or of an issuer that may sign none; or the agent acts only on
#   grants, and none came.
# custom:
#   category: grant
#   remediation: >-
#     Ask for a new grant for the task (segrego grant issue).
#   controls:
#     owasp-agentic-2026: [ASI03]
#     owasp-nhi-2025: [NHI7]
#     nist-800-53-r5: [AC-24]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.grant_not_valid

import data.segrego.runtime_lib.call
import data.segrego.runtime_lib.token

deny contains {"given": true} if {
	is_string(input.grant)
	not token.grant
}

deny contains {"given": false} if {
	call.agent.grant_required
	not is_string(input.grant)
}
