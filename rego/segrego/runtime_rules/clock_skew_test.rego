package segrego.runtime_rules.clock_skew_test

import data.segrego.runtime_fixtures_test as fixtures

test_an_hour if {
	every hour in [3600000000000, -3600000000000] {
		fixtures.only("clock_skew", fixtures.decide(fixtures.call({"time_ns": fixtures.now + hour}), {}))
	}
}

test_a_minute if fixtures.decide(fixtures.call({"time_ns": fixtures.now + 60000000000}), {}).verdict == "allow"
