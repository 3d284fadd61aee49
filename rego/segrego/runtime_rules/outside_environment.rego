# METADATA
# title: The call leaves the agent's environment
# description: >-
#   An agent of one environment reaches into another, so that a change meant for staging lands in production.
# custom:
#   category: scope
#   remediation: >-
#     Register a tool of the agent's own environment.
#   controls:
#     owasp-nhi-2025: [NHI8]
#     nist-800-53-r5: [AC-6]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.outside_environment

import data.segrego.runtime_lib.call

deny contains {"environment": other, "own": own} if {
	own := call.agent.environment
	own != null
	other := call.tool.environment
	other != own
	other != null
}

deny contains {"environment": other, "own": own} if {
	other := input.resource.environment
	other != null
	own := call.agent.environment
	own != null
	other != own
}
