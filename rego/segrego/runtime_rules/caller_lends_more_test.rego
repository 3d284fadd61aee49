package segrego.runtime_rules.caller_lends_more_test

import data.segrego.runtime_fixtures_test as fixtures

desk := {"agent": "desk-agent", "proof": fixtures.sign(fixtures.proof({"sub": "desk"}))}

# The decision on a write that the desk agent, registered as given, asked for.
decide(caller, registered) := decision if {
	agents := object.union(fixtures.agents({}), {"agents": {"desk-agent": fixtures.agent(registered)}})
	asked := fixtures.call(object.union(fixtures.with_tool("orders", "change_address"), {"callers": [caller]}))
	decision := fixtures.decide_in(asked, agents, fixtures.nothing_revoked, fixtures.bundles)
}

lacks(caller, registered, wanted) if {
	decision := decide(caller, registered)
	fixtures.only("caller_lends_more", decision)
	fixtures.reasons("caller_lends_more", decision) == [{"caller": caller.agent, "lacks": wanted}]
}

collaborates := {"collaborators": ["orders-agent"]}

test_a_caller_with_all_of_it if decide(desk, collaborates).verdict == "allow"

test_a_caller_that_only_reads if lacks(desk, object.union(collaborates, {"read_only": true}), ["access"])

test_a_caller_that_only_reads_may_ask_for_a_read if {
	desks := {"agents": {"desk-agent": fixtures.agent(object.union(collaborates, {"read_only": true}))}}
	agents := object.union(fixtures.agents({}), desks)
	decision := fixtures.decide_in(fixtures.call({"callers": [desk]}), agents, fixtures.nothing_revoked, fixtures.bundles)
	decision.verdict == "allow"
}

test_a_caller_of_another_domain if lacks(desk, object.union(collaborates, {"domains": []}), ["domain orders"])

test_a_caller_of_another_environment if {
	lacks(desk, object.union(collaborates, {"environment": "staging"}), ["environment"])
}

test_a_caller_of_no_environment_shares_any if {
	decide(desk, object.union(collaborates, {"environment": null})).verdict == "allow"
}

test_a_caller_that_may_not_call if lacks(desk, {}, ["collaboration"])

test_a_caller_without_proof if lacks({"agent": "desk-agent", "proof": null}, collaborates, ["proof"])

test_an_unknown_caller if lacks({"agent": "stranger", "proof": null}, collaborates, ["registration"])

test_every_link_of_the_chain if {
	asked := fixtures.call({"callers": [desk, desk]})
	decision := fixtures.decide(asked, {})
	fixtures.reasons("caller_lends_more", decision) == [{"caller": "desk-agent", "lacks": ["collaboration"]}]
}
