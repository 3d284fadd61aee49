package segrego.runtime_rules.agent_class_broken_test

import data.segrego.runtime_fixtures_test as fixtures

decide(class) := decision if {
	agents := object.union(fixtures.agents({"class": "desks"}), {"classes": {"desks": class}})
	decision := fixtures.decide_in(fixtures.call({}), agents, fixtures.nothing_revoked, fixtures.bundles)
}

test_a_class_that_has_changed if fixtures.only("agent_class_broken", decide({"intact": false, "expires_at_ns": fixtures.now + 1}))

test_a_class_that_has_expired if fixtures.only("agent_class_broken", decide({"intact": true, "expires_at_ns": fixtures.now}))

test_a_class_that_nobody_knows if fixtures.only("agent_class_broken", fixtures.decide(fixtures.call({}), {"class": "other"}))

test_a_class_that_holds if fixtures.decide(fixtures.call({}), {"class": "desks"}).verdict == "allow"

test_the_class_is_named if {
	decision := fixtures.decide(fixtures.call({}), {"class": "other"})
	fixtures.reasons("agent_class_broken", decision) == [{"class": "other"}]
}
