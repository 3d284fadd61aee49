# METADATA
# title: Ordinary calls
# description: >-
#   Whether a call is one about which no rule can have anything to say, found out at once. Every rule costs its own
#   evaluation, and all of them together several times what this one does. It only ever says yes where each rule would be
#   silent: what it cannot tell, the rules are asked. The tests decide every call both ways and compare.
# schemas:
#   - input: schema.call_input
package segrego.runtime_lib.ordinary

import data.segrego.runtime_lib.token

# Each part names the rules that it answers for. Comparisons with constants cost next to nothing and come first; a
# reference to another rule costs as much as twenty of them.
is_ordinary if {
	# grant_exceeded, grant_not_valid, access_beyond_task, revoked (the task)
	input.grant == null
	input.task == null

	# caller_lends_more, revoked (callers), approval_mismatch
	input.callers == []
	input.approvals == []

	# outside_account; outside_domain and outside_environment (the resource)
	is_null(input.resource)

	# unknown_agent, tool_not_registered
	agent := data.segrego.agents.agents[input.agent]
	tool := agent.tools[input.tool.name]
	operation := tool.operations[input.tool.operation]

	# grant_not_valid, agent_class_broken, outside_hours
	agent.grant_required == false
	agent.class == null
	agent.limits.hours == null

	# approval_missing
	operation.approval == false

	# tainted_session
	tool.external == false

	# access_beyond_task
	[agent.read_only, operation.access] in {
		[true, "read"],
		[false, "read"],
		[false, "write"],
		[false, "execute"],
		[false, "administer"],
	}

	# outside_domain, outside_environment (the tool)
	object.subset(agent.domains, tool.domains)
	tool.environment in {null, agent.environment}

	# rate_exceeded
	_is_within(agent.limits)

	# malformed_call. What was found by its name above is a text; role and proof must be, below.
	input.version == 1
	is_string(input.session.id)
	is_string(input.tool.arguments_digest)
	input.agent != ""
	input.session.id != ""
	input.tool.name != ""
	input.tool.operation != ""
	input.tool.arguments_digest != ""
	is_object(input.tool.arguments)
	type_name(input.flow) in {"object", "null"}
	type_name(input.rate) in {"object", "null"}
	type_name(input.traceparent) in {"string", "null"}
	is_array(input.history)
	count(input.history) == count([1 |
		some past in input.history
		is_string(past.verdict)
		type_name(past.domain) in {"string", "null"}
		type_name(past.task) in {"string", "null"}
	])

	# revoked
	revoked := data.segrego.revocations
	object.get(revoked.agents, input.agent, null) == null
	object.get(revoked.sessions, input.session.id, null) == null

	# clock_skew
	now := time.now_ns()
	drift := input.time_ns - now
	drift <= 300000000000
	drift >= -300000000000

	# stale_policy. What is no number has no sum.
	held := data.system.bundles
	leases := [
		held.policy.manifest.metadata.not_after_ns,
		held.agents.manifest.metadata.not_after_ns,
		held.revocations.manifest.metadata.not_after_ns,
	]
	min(leases) > now
	sum(leases)

	# role_mismatch
	strings.any_prefix_match(input.role, agent.sessions)

	# unproven_agent, proof_of_another_agent
	token.agent_of(token.proof) == input.agent
}

_is_within(limits) if limits.calls == null

_is_within(limits) if {
	is_number(input.rate.calls)
	input.rate.calls < limits.calls
	input.rate.window_seconds >= limits.window_seconds
}
