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

deny contains {"kind": "agent", "id": id, "since_ns": entry.at_ns} if {
	some id in ({input.agent} | {caller.agent | some caller in input.callers})
	entry := data.segrego.revocations.agents[id]
}

deny contains {"kind": "session", "id": input.session.id, "since_ns": entry.at_ns} if {
	entry := data.segrego.revocations.sessions[input.session.id]
}

deny contains {"kind": "task", "id": task, "since_ns": entry.at_ns} if {
	some task in _tasks
	entry := data.segrego.revocations.tasks[task]
}

_tasks contains input.task

_tasks contains token.grant.task
