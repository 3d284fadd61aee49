package segrego.lib.age_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.age

at(now) := fixtures.inventory({"evaluated_at_ns": now})

test_whole_days if {
	age.days(0) == 1 with input as at(fixtures.days(1))
	age.days(0) == 0 with input as at(fixtures.days(1) - 1)
	age.days(fixtures.days(2)) == 98 with input as at(fixtures.days(100))
}

test_unknown_times_are_not_old if {
	not age.days(null) with input as at(fixtures.days(100))
	not age.days(0) with input as at(null)
	not age.exceeds(null, 1) with input as at(fixtures.days(100))
}

test_limits_are_included if {
	age.exceeds(0, 99) with input as at(fixtures.days(100))
	not age.exceeds(0, 100) with input as at(fixtures.days(100))
}

unused(extra) if age.is_unused(fixtures.role("r", [], extra)) with input as at(fixtures.days(200))

test_unused_roles if {
	unused({"last_used_ns": fixtures.days(109)})
	not unused({"last_used_ns": fixtures.days(110)})
	unused({"last_used_ns": 0, "created_ns": fixtures.days(109)})
	not unused({"last_used_ns": 0, "created_ns": fixtures.days(110)})
	not unused({"last_used_ns": 0, "created_ns": null})
	not unused({"last_used_ns": null, "created_ns": fixtures.days(1)})
	used := fixtures.role("r", [], {"last_used_ns": fixtures.days(100), "created_ns": fixtures.days(1)})
	age.unused_days(used) == 100 with input as at(fixtures.days(200))
}
