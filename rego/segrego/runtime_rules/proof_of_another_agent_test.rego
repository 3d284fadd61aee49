package segrego.runtime_rules.proof_of_another_agent_test

import data.segrego.runtime_fixtures_test as fixtures

test_a_token_of_another_agent if {
	decision := fixtures.decide(fixtures.call({"proof": fixtures.sign(fixtures.proof({"sub": "desk"}))}), {})
	fixtures.only("proof_of_another_agent", decision)
	fixtures.reasons("proof_of_another_agent", decision) == [{"agent": "orders-agent", "proven": ["desk-agent"]}]
}

test_a_grant_of_another_agent_beside_a_proof_of_ones_own if {
	asked := fixtures.call({"task": "task-1", "grant": fixtures.sign(fixtures.grant({"sub": "desk-agent"}))})
	decision := fixtures.decide(asked, {})
	decision.verdict == "deny"
	count(fixtures.reasons("proof_of_another_agent", decision)) == 1
}
