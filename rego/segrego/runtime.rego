# METADATA
# title: The decision before a tool call
# description: >-
#   The entry point for one call: allowed only if the agent is known and proven, the operation is registered for it, and no
#   rule says otherwise. Whatever is missing, stale or not understood is denied, by name.
# schemas:
#   - input: schema.call_input
package segrego.runtime

import data.segrego.runtime_lib.call
import data.segrego.runtime_lib.token
import data.segrego.runtime_rules.malformed_call

# METADATA
# entrypoint: true
decision := {
	"verdict": verdict,
	"reasons": sort(reasons),
	"access": access,
	"domain": domain,
	"task": task,
	"proof_id": proof_id,
	"obligations": obligations,
	"revisions": {name: _revision(name) | some name in ["policy", "agents", "revocations"]},
}

default verdict := "deny"

verdict := "approve" if {
	_is_sound
	_effects == {"approve"}
}

verdict := "allow" if {
	_is_sound
	count(reasons) == 0
}

# What must hold whatever the rules say, so that a rule that says nothing lets nothing through. The rule about malformed
# calls says which field is not understood; that there is none is asked for here as well.
_is_sound if {
	malformed_call.is_well_formed
	call.agent
	call.operation
	token.proven_agents == {input.agent}
}

_effects := {reason.effect | some reason in reasons}

reasons contains {"rule": slug, "effect": "deny", "facts": facts} if some facts in data.segrego.runtime_rules[slug].deny

reasons contains {"rule": slug, "effect": "approve", "facts": facts} if some facts in data.segrego.runtime_rules[slug].approve

default access := null

access := call.operation.access

# The most sensitive of the call's domains: what the session has seen once the call has run.
default domain := null

domain := sort(call.domains)[0] if count(_sensitive) == 0

domain := sort(_sensitive)[0]

_sensitive := {domain | some domain in call.domains; data.segrego.agents.domains[domain].sensitive}

default task := null

task := input.task if is_string(input.task)

default proof_id := null

proof_id := token.proof_id

default obligations := {"credentials": null, "record": [], "arguments": []}

obligations := {
	"credentials": credentials,
	"record": ["agent", "proof_id", "session", "flow", "tool", "operation", "resource", "callers", "traceparent"],
	"arguments": object.get(call.operation, "arguments", []),
}

default credentials := null

credentials := {
	"role": _own_role,
	"source_identity": call.agent.name,
	"session_tags": object.union({"segrego:agent": input.agent, "segrego:session": input.session.id}, _task_tag),
	"actions": object.get(call.operation, "actions", []),
	"resources": _resources,
	"not_after_ns": min(token.expiries | {call.now + _longest}),
} if {
	verdict == "allow"
}

# STS grants no less; a session policy ends the credentials earlier.
_longest := 900000000000

_own_role := call.agent.roles[0] if count(call.agent.roles) == 1

_own_role := null if count(call.agent.roles) != 1

_task_tag := {"segrego:task": input.task} if is_string(input.task)

_task_tag := {} if not is_string(input.task)

_resources := [input.resource.arn] if input.resource.arn

_resources := [target | target := call.tool.target; target != null] if not input.resource.arn

_revision(name) := object.get(_held, [name, "manifest", "revision"], null)

default _held := {}

_held := data.system.bundles
