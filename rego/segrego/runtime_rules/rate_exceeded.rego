# METADATA
# title: The agent calls more often than it may
# description: >-
#   Calls within the window are at the limit, or a limit is set and nobody counted. The count is taken on trust from the
#   enforcement point, which knows only its own calls.
# custom:
#   category: context
#   remediation: >-
#     Slow down, and look for a loop.
#   controls:
#     owasp-agentic-2026: [ASI08]
#     nist-800-53-r5: [AC-24]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.rate_exceeded

import data.segrego.runtime_lib.call

deny contains {"calls": input.rate.calls, "limit": call.agent.limits.calls} if {
	is_number(call.agent.limits.calls)
	input.rate.calls >= call.agent.limits.calls
}

deny contains {"calls": null, "limit": call.agent.limits.calls} if {
	is_number(call.agent.limits.calls)
	not _is_counted
}

_is_counted if {
	is_number(input.rate.calls)
	input.rate.window_seconds >= call.agent.limits.window_seconds
}
