package segrego.runtime_rules.outside_hours_test

import data.segrego.runtime
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

test_monday_is_the_first_day if {
	found := [reason.facts |
		some later in numbers.range(0, 6)
		decision := runtime.decision with input as fixtures.call({})
			with data.segrego.agents as fixtures.agents(limits([], 0, 1440))
			with data.segrego.revocations as fixtures.nothing_revoked
			with data.system.bundles as fixtures.bundles
			with time.now_ns as fixtures.now + ((later * 86400) * 1000000000)
		some reason in decision.reasons
		reason.rule == "outside_hours"
	]
	[facts.day | some facts in found] == [5, 6, 7, 1, 2, 3, 4]
	found[0] == {"minute": 480, "day": 5, "hours": {"days": [], "from": 0, "to": 1440}}
}

test_minutes_are_counted_from_midnight if {
	decision := runtime.decision with input as fixtures.call({})
		with data.segrego.agents as fixtures.agents(limits([], 0, 1440))
		with data.segrego.revocations as fixtures.nothing_revoked
		with data.system.bundles as fixtures.bundles
		with time.now_ns as fixtures.now + ((30 * 60) * 1000000000)
	[facts.minute | some facts in fixtures.reasons("outside_hours", decision)] == [510]
}
