# METADATA
# title: The chain of callers
# description: >-
#   Who called the agent, outermost first, and what each of them lacks for the call. A caller counts for what is registered
#   of it and what its proof shows.
# schemas:
#   - input: schema.call_input
package segrego.runtime_lib.chain

import data.segrego.runtime_lib.call
import data.segrego.runtime_lib.token

# Every caller with the agent that it calls.
links contains {"caller": caller, "callee": _callee(index)} if some index, caller in input.callers

_callee(index) := input.callers[index + 1].agent

_callee(index) := input.agent if index == count(input.callers) - 1

lacks(link, _) := {"registration"} if not _registered(link.caller)

lacks(link, domains) := found if {
	caller := _registered(link.caller)
	found := {lack |
		some lack, holds in {
			"proof": _is_proven(link.caller),
			"collaboration": _may_call(caller, link.callee),
			"access": _may_access(caller),
			"environment": _shares_environment(caller),
		}
		not holds
	} | {concat(" ", ["domain", domain]) | some domain in (domains - {own | some own in caller.domains})}
}

_registered(caller) := data.segrego.agents.agents[caller.agent]

default _is_proven(_) := false

_is_proven(caller) if token.agent_of(token.claims(caller.proof, "proof")) == caller.agent

default _may_call(_, _) := false

_may_call(caller, callee) if callee in caller.collaborators

default _may_access(_) := true

_may_access(caller) := false if {
	caller.read_only
	call.operation.access != "read"
}

default _shares_environment(_) := true

_shares_environment(caller) := false if {
	caller.environment != null
	caller.environment != call.agent.environment
}
