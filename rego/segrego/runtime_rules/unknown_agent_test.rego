package segrego.runtime_rules.unknown_agent_test

import data.segrego.runtime_fixtures_test as fixtures

test_an_agent_that_the_bundle_lacks if {
	decision := fixtures.decide(fixtures.call({"agent": "stranger"}), {})
	decision.verdict == "deny"
	fixtures.reasons("unknown_agent", decision) == [{"agent": "stranger"}]
}

test_a_registered_agent if fixtures.reasons("unknown_agent", fixtures.decide(fixtures.call({}), {})) == []
