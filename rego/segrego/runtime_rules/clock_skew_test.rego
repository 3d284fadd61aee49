package segrego.runtime_rules.clock_skew_test

import data.segrego.runtime_fixtures_test as fixtures

test_an_hour if {
	every hour in [3600000000000, -3600000000000] {
		fixtures.only("clock_skew", fixtures.decide(fixtures.call({"time_ns": fixtures.now + hour}), {}))
	}
}

test_a_minute if fixtures.decide(fixtures.call({"time_ns": fixtures.now + 60000000000}), {}).verdict == "allow"

test_exactly_five_minutes_are_the_most if {
	most := 300000000000
	fixtures.decide(fixtures.call({"time_ns": fixtures.now - most}), {}).verdict == "allow"
	later := fixtures.decide(fixtures.call({"time_ns": (fixtures.now - most) - 1}), {})
	fixtures.reasons("clock_skew", later) == [{"time_ns": (fixtures.now - most) - 1, "now_ns": fixtures.now}]
}

test_the_clock_of_the_caller_may_be_ahead_as_far if {
	most := 300000000000
	fixtures.decide(fixtures.call({"time_ns": fixtures.now + most}), {}).verdict == "allow"
	fixtures.only("clock_skew", fixtures.decide(fixtures.call({"time_ns": (fixtures.now + most) + 1}), {}))
}
