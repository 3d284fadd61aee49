# METADATA
# title: The agent's class no longer holds
# description: >-
#   The agents of the class share an identity because they were approved as doing the same task. They have changed
#   since, or the approval has expired.
# custom:
#   category: scope
#   remediation: >-
#     Approve the class as it is now, or give its agents roles of their own.
#   controls:
#     owasp-nhi-2025: [NHI9]
#     nist-800-53-r5: [AC-2, AC-6]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.agent_class_broken

import data.segrego.runtime_lib.call

deny contains {"class": call.agent.class} if {
	call.agent.class != null
	not _holds(call.agent.class)
}

_holds(name) if {
	class := data.segrego.agents.classes[name]
	class.intact
	class.expires_at_ns > call.now
}
