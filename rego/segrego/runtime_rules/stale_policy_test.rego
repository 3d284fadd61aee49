package segrego.runtime_rules.stale_policy_test

import data.segrego.runtime_fixtures_test as fixtures

decide(bundles) := fixtures.decide_in(fixtures.call({}), fixtures.agents({}), fixtures.nothing_revoked, bundles)

test_a_lease_that_has_run_out if {
	stale := {"manifest": {"revision": "1", "metadata": {"not_after_ns": fixtures.now}}}
	every name in ["policy", "agents", "revocations"] {
		decision := decide(object.union(fixtures.bundles, {name: stale}))
		fixtures.only("stale_policy", decision)
		fixtures.reasons("stale_policy", decision) == [{"bundle": name, "state": "stale", "not_after_ns": fixtures.now}]
	}
}

test_a_bundle_that_is_missing if {
	every name in ["policy", "agents", "revocations"] {
		decision := decide(object.remove(fixtures.bundles, [name]))
		fixtures.only("stale_policy", decision)
		fixtures.reasons("stale_policy", decision) == [{"bundle": name, "state": "missing"}]
	}
}

test_a_lease_that_is_no_number if {
	odd := {"manifest": {"revision": "1", "metadata": {"not_after_ns": "for ever"}}}
	fixtures.reasons("stale_policy", decide(object.union(fixtures.bundles, {"agents": odd})))[0].state == "missing"
}

# A text is greater than any number.
test_a_lease_that_is_no_number_is_none if {
	every name in ["policy", "agents", "revocations"] {
		lease := {name: {"manifest": {"metadata": {"not_after_ns": "never"}}}}
		decision := fixtures.decide_in(
			fixtures.call({}), fixtures.agents({}), fixtures.nothing_revoked,
			object.union(fixtures.bundles, lease),
		)
		fixtures.reasons("stale_policy", decision) == [{"bundle": name, "state": "missing"}]
	}
}
