# METADATA
# title: The approval is for another call
# description: >-
#   A person said yes to other arguments, another operation, agent or session, or the yes is no person's. A yes is for
#   the one call that was shown.
# custom:
#   category: context
#   remediation: >-
#     Ask again, and show the call as it is now.
#   controls:
#     owasp-agentic-2026: [ASI09]
#     nist-800-53-r5: [AC-24]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.approval_mismatch

import data.segrego.runtime_lib.approval
import data.segrego.runtime_lib.call

deny contains {"given": count(input.approvals), "differs": sort(approval.differences)} if {
	call.operation.approval
	count(input.approvals) > 0
	not approval.is_given
}
