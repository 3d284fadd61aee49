package segrego.rules.exception_expired_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.exception_expired

exception(extra) := object.union(
	{
		"rule": "shared_execution_role",
		"subject": "shared",
		"reason": "migration",
		"owner": "alice",
		"expires_at_ns": 500,
		"location": fixtures.place("segrego.yaml", 7),
	},
	extra,
)

denied(exceptions) := found if {
	found := exception_expired.deny with input as fixtures.inventory({"exceptions": exceptions})
}

test_an_ended_exception_is_found if {
	denied([exception({})]) == {{
		"subject": "shared_execution_role on shared",
		"related": [],
		"evidence": {
			"rule": "shared_execution_role",
			"excepted": "shared",
			"reason": "migration",
			"owner": "alice",
			"expires_at_ns": 500,
		},
	}}
}

test_it_ends_at_the_moment_it_names if {
	count(denied([exception({"expires_at_ns": 1000})])) == 1
	count(denied([exception({"expires_at_ns": 1001})])) == 0
}

test_each_rule_and_subject_is_its_own if {
	count(denied([exception({}), exception({"subject": "other"}), exception({"rule": "trust_not_pinned"})])) == 3
}

test_without_a_time_nothing_has_ended if {
	parts := {"exceptions": [exception({})], "evaluated_at_ns": null}
	count(exception_expired.deny) == 0 with input as fixtures.inventory(parts)
}
