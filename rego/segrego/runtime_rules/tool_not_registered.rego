# METADATA
# title: The tool or its operation is not registered for the agent
# description: >-
#   An agent may call what its definition gives it and nothing else, whatever its role would let through.
# custom:
#   category: scope
#   remediation: >-
#     Add the tool and the operation to the agent's definition, collect again, and publish the agents bundle.
#   controls:
#     owasp-agentic-2026: [ASI02]
#     nist-800-53-r5: [AC-6, AC-24]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.tool_not_registered

import data.segrego.runtime_lib.call

deny contains {"tool": input.tool.name, "operation": input.tool.operation} if {
	call.agent
	not call.operation
}
