# METADATA
# title: A read-only task writes or executes
# description: >-
#   The agent, or the task that the grant is for, may only use some access classes. What it reads can carry
#   instructions, and they must not become changes.
# custom:
#   category: scope
#   remediation: >-
#     Give the change to another agent, or have the task granted with the access that it needs.
#   controls:
#     owasp-agentic-2026: [ASI01, ASI02]
#     nist-800-53-r5: [AC-5, AC-6]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.access_beyond_task

import data.segrego.runtime_lib.call
import data.segrego.runtime_lib.token

deny contains {"access": call.operation.access, "allowed": ["read"], "by": "agent"} if {
	call.agent.read_only
	call.operation.access != "read"
}

deny contains {"access": access, "allowed": granted, "by": "grant"} if {
	granted := token.grant.access
	access := call.operation.access
	not access in granted
}
