package segrego.runtime_rules.outside_hours_test

import data.segrego.runtime_fixtures_test as fixtures

limits(days, from, to) := {"limits": {
	"calls": null,
	"window_seconds": 60,
	"hours": {"days": days, "from": from, "to": to},
}}

# The tests' now is a Friday, 08:00 UTC.
test_another_day if fixtures.only("outside_hours", fixtures.decide(fixtures.call({}), limits([1, 2], 0, 1440)))

test_before_and_after if {
	fixtures.only("outside_hours", fixtures.decide(fixtures.call({}), limits([5], 481, 1440)))
	fixtures.only("outside_hours", fixtures.decide(fixtures.call({}), limits([5], 0, 480)))
}

test_within if fixtures.decide(fixtures.call({}), limits([5], 480, 481)).verdict == "allow"
