# METADATA
# title: A person must approve the call
# description: >-
#   The operation is one that a person confirms each time, and nobody has yet.
# custom:
#   category: context
#   remediation: >-
#     Show the call to a person, and send it again with the approval.
#   controls:
#     owasp-agentic-2026: [ASI09]
#     nist-800-53-r5: [AC-24]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.approval_missing

import data.segrego.runtime_lib.call

approve contains {"operation": input.tool.operation, "arguments_digest": input.tool.arguments_digest} if {
	call.operation.approval
	count(input.approvals) == 0
}
