# METADATA
# title: The agent, its task or its session is revoked
# description: >-
#   Somebody ended the agent's right to act, or the task is complete. An agent that called this one is no less revoked
#   for acting through it.
# custom:
#   category: proof
#   remediation: >-
#     Find out why it was revoked before it is allowed again.
#   controls:
#     owasp-agentic-2026: [ASI03, ASI10]
#     owasp-nhi-2025: [NHI1]
#     nist-800-53-r5: [AC-2]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.revoked

import data.segrego.runtime_lib.token

deny contains {"kind": "agent", "id": input.agent, "since_ns": entry.at_ns} if {
	entry := data.segrego.revocations.agents[input.agent]
}

deny contains {"kind": "agent", "id": caller.agent, "since_ns": entry.at_ns} if {
	some caller in input.callers
	entry := data.segrego.revocations.agents[caller.agent]
}

deny contains {"kind": "session", "id": input.session.id, "since_ns": entry.at_ns} if {
	entry := data.segrego.revocations.sessions[input.session.id]
}

deny contains {"kind": "task", "id": input.task, "since_ns": entry.at_ns} if {
	entry := data.segrego.revocations.tasks[input.task]
}

deny contains {"kind": "task", "id": token.grant.task, "since_ns": entry.at_ns} if {
	entry := data.segrego.revocations.tasks[token.grant.task]
}
