# METADATA
# title: The call is more than the task was granted
# description: >-
#   The grant is for another agent, task, session, tool, operation or resource, or its budget of calls is used up. Calls
#   are counted in the session's history, which is taken on trust from the enforcement point.
# custom:
#   category: grant
#   remediation: >-
#     Ask for a grant that covers the call, if the task needs it.
#   controls:
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6, AC-24]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.grant_exceeded

import data.segrego.runtime_lib.token

deny contains exceeded if {
	token.grant
	some exceeded in _exceeded
}

_exceeded contains {"field": "agent", "granted": token.grant.sub, "asked": input.agent} if token.grant.sub != input.agent

_exceeded contains {"field": "task", "granted": token.grant.task, "asked": input.task} if token.grant.task != input.task

_exceeded contains {"field": "session", "granted": token.grant.session, "asked": input.session.id} if {
	is_string(token.grant.session)
	token.grant.session != input.session.id
}

_exceeded contains {"field": "operation", "granted": granted, "asked": concat(".", [input.tool.name, input.tool.operation])} if {
	granted := object.get(token.grant, "tools", {})
	count({operation | some operation in granted[input.tool.name]} & {input.tool.operation, "*"}) == 0
}

_exceeded contains {"field": "resource", "granted": token.grant.resources, "asked": object.get(input, ["resource", "arn"], null)} if {
	count(token.grant.resources) > 0
	not _is_granted_resource
}

_exceeded contains {"field": "calls", "granted": token.grant.calls, "asked": used + 1} if {
	used := count([1 |
		some past in input.history
		past.task == token.grant.task
		past.verdict == "allow"
	])
	used >= token.grant.calls
}

_is_granted_resource if {
	some pattern in token.grant.resources
	_covers(pattern, input.resource.arn)
}

_covers(pattern, arn) if pattern == arn

_covers(pattern, arn) if {
	endswith(pattern, "*")
	startswith(arn, trim_suffix(pattern, "*"))
}
