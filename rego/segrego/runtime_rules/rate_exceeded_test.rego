package segrego.runtime_rules.rate_exceeded_test

import data.segrego.runtime_fixtures_test as fixtures

decide(rate) := fixtures.decide(
	fixtures.call({"rate": rate}),
	{"limits": {"calls": 2, "window_seconds": 60, "hours": null}},
)

test_at_the_limit if fixtures.only("rate_exceeded", decide({"calls": 2, "window_seconds": 60}))

test_below_the_limit if decide({"calls": 1, "window_seconds": 60}).verdict == "allow"

test_nobody_counted if fixtures.only("rate_exceeded", decide(null))

test_counted_over_a_shorter_time if fixtures.only("rate_exceeded", decide({"calls": 1, "window_seconds": 59}))

test_a_count_that_is_none if {
	limited := {"limits": {"calls": 5, "window_seconds": 60, "hours": null}}
	fixtures.only("rate_exceeded", fixtures.decide(fixtures.call({"rate": {"calls": null, "window_seconds": 60}}), limited))
}

test_the_count_and_the_limit_are_said if {
	fixtures.reasons("rate_exceeded", decide({"calls": 3, "window_seconds": 60})) == [{"calls": 3, "limit": 2}]
	fixtures.reasons("rate_exceeded", decide(null)) == [{"calls": null, "limit": 2}]
}

test_without_a_limit_no_number_of_calls_exceeds_it if {
	fixtures.decide(fixtures.call({"rate": {"calls": 1000, "window_seconds": 60}}), {}).verdict == "allow"
}
