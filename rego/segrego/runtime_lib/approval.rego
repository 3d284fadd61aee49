# METADATA
# title: Approvals
# description: >-
#   Whether a person said yes to this very call: the approval names agent, session, tool, operation and the digest of the
#   arguments, and whoever gave it is no agent.
# schemas:
#   - input: schema.call_input
package segrego.runtime_lib.approval

import data.segrego.runtime_lib.token

is_given if {
	some approval in token.approvals
	count(_differences(approval)) == 0
}

# What keeps the approvals that came from being one for this call.
differences := {difference | some approval in token.approvals; some difference in _differences(approval)} | {"signature" | count(token.approvals) == 0}

_differences(approval) := {field |
	some field, asked in {
		"agent": input.agent,
		"session": input.session.id,
		"tool": input.tool.name,
		"operation": input.tool.operation,
		"arguments_digest": input.tool.arguments_digest,
	}
	object.get(approval, field, null) != asked
} | {"approver" | token.agent_of(approval)}
