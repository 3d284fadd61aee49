# METADATA
# title: The process runs under a role that is not the agent's own
# description: >-
#   The agent is registered with other roles than the one that its credentials are of: it runs under a shared or a
#   borrowed identity.
# custom:
#   category: scope
#   remediation: >-
#     Start the agent under its own role, or register the role that is now its own.
#   controls:
#     owasp-agentic-2026: [ASI03]
#     owasp-nhi-2025: [NHI9]
#     nist-800-53-r5: [AC-6, AU-10]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.role_mismatch

import data.segrego.runtime_lib.call

deny contains {"role": input.role, "own": sort({role | some role in call.agent.roles})} if {
	call.agent
	not _is_own
}

_is_own if {
	some role in call.agent.roles
	call.role_key(role) == call.role_key(input.role)
}
