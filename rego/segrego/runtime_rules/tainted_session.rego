# METADATA
# title: A session that has read sensitive data calls out
# description: >-
#   What the session has read can leave with the next call to anything outside. The session's history is taken on trust
#   from the enforcement point.
# custom:
#   category: context
#   remediation: >-
#     End the session before the agent calls out, or let another agent do it that has not seen the data.
#   controls:
#     owasp-agentic-2026: [ASI01, ASI02]
#     nist-800-53-r5: [AC-24]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.tainted_session

import data.segrego.runtime_lib.call

deny contains {"domains": sort(seen), "tool": input.tool.name} if {
	call.tool.external
	seen := {past.domain |
		some past in input.history
		past.verdict == "allow"
		data.segrego.agents.domains[past.domain].sensitive
	}
	count(seen) > 0
}
