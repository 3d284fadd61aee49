# METADATA
# title: The decision before a tool call
# description: >-
#   The entry point for one call: allowed only if the agent is known and proven, the operation is registered for it, and no
#   rule says otherwise. Whatever is missing, stale or not understood is denied, by name.
# schemas:
#   - input: schema.call_input
package segrego.runtime

import data.segrego.runtime_lib.call
import data.segrego.runtime_lib.ordinary
import data.segrego.runtime_lib.token
import data.segrego.runtime_rules.malformed_call

# METADATA
# entrypoint: true
# description: >-
#   What nearly all calls come to is one object that is made in one place: should any part of it be undefined, the call
#   is denied.
decision := {
	"verdict": "allow",
	"reasons": [],
	"access": operation.access,
	"domain": domain,
	"task": input.task,
	"proof_id": token.proof_id,
	"obligations": {
		"credentials": {
			# Where there are several, nobody can say which.
			"role": object.get({1: agent.roles[0]}, count(agent.roles), null),
			"source_identity": agent.name,
			"session_tags": {key: value | some key, value in tags; value != null},
			"actions": object.get(operation, "actions", []),
			"resources": [arn | arn := object.get(input, ["resource", "arn"], tool.target); arn != null],
			# STS grants no less than 15 minutes; a session policy ends the credentials earlier.
			"not_after_ns": min([token.expiry_ns, time.now_ns() + 900000000000]),
		},
		"record": ["agent", "proof_id", "session", "flow", "tool", "operation", "resource", "callers", "traceparent"],
		"arguments": object.get(operation, "arguments", []),
	},
	"revisions": {
		"policy": held.policy.manifest.revision,
		"agents": held.agents.manifest.revision,
		"revocations": held.revocations.manifest.revision,
	},
} if {
	_is_allowed
	agent := data.segrego.agents.agents[input.agent]
	tool := agent.tools[input.tool.name]
	operation := tool.operations[input.tool.operation]
	domain := _most_sensitive(array.concat(tool.domains, call.resource_domains))
	tags := {"segrego:agent": input.agent, "segrego:session": input.session.id, "segrego:task": input.task}
	held := data.system.bundles
} else := {
	"verdict": _objection,
	"reasons": sort(reasons),
	"access": _access,
	"domain": _most_sensitive(call.domains),
	"task": _task,
	"proof_id": _proof_id,
	"obligations": {
		"credentials": null,
		"record": ["agent", "proof_id", "session", "flow", "tool", "operation", "resource", "callers", "traceparent"],
		"arguments": _arguments,
	},
	"revisions": {name: _revision(name) | some name in ["policy", "agents", "revocations"]},
}

_is_allowed if ordinary.is_ordinary

_is_allowed if {
	_is_sound
	count(reasons) == 0
}

default _objection := "deny"

_objection := "approve" if {
	_is_sound
	{reason.effect | some reason in reasons} == {"approve"}
}

# What must hold whatever the rules say, so that a rule that says nothing lets nothing through. The rule about malformed
# calls says which field is not understood; that there is none is asked for here as well.
_is_sound if {
	malformed_call.is_well_formed
	call.agent
	call.operation
	token.proven_agents == {input.agent}
}

reasons contains {"rule": slug, "effect": "deny", "facts": facts} if some facts in data.segrego.runtime_rules[slug].deny

reasons contains {"rule": slug, "effect": "approve", "facts": facts} if some facts in data.segrego.runtime_rules[slug].approve

# The most sensitive of the call's domains: what the session has seen once the call has run.
default _most_sensitive(_) := null

_most_sensitive(domains) := min(sensitive) if {
	sensitive := [domain | some domain in domains; data.segrego.agents.domains[domain].sensitive]
	count(sensitive) > 0
} else := min(domains)

default _access := null

_access := call.operation.access

default _task := null

_task := input.task if is_string(input.task)

default _proof_id := null

_proof_id := token.proof_id

default _arguments := []

_arguments := call.operation.arguments

_revision(name) := object.get(_held, [name, "manifest", "revision"], null)

default _held := {}

_held := data.system.bundles
