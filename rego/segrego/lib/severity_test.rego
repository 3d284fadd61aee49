package segrego.lib.severity_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.severity

test_levels_beyond_the_scale_are_its_ends if {
	[name | some level in [-1, 0, 1, 2, 3, 4, 5]; name := severity.at(level)] == [
		"info", "info", "low", "medium", "high", "critical", "critical",
	]
}

test_the_worst_class_counts_and_none_is_as_little_as_reading if {
	severity.of_access(set()) == 2
	severity.of_access({"read"}) == 2
	severity.of_access({"read", "write"}) == 3
	severity.of_access({"execute"}) == 3
	severity.of_access({"read", "administer", "write"}) == 4
	severity.of_access({"unheard of"}) == 2
}

agent := fixtures.agent("a", {})

function := fixtures.workload("f", "lambda_function", {})

of_role(holders, extra, actions) := [level, access] if {
	role := fixtures.role("role", holders, object.union({"policies": ["p"]}, extra))
	parts := fixtures.inventory({
		"workloads": holders,
		"roles": [role],
		"policies": [
			fixtures.policy("p", [fixtures.allow(actions, ["*"])]),
			object.union(fixtures.policy("unread", []), {"read": false}),
		],
	})
	level := severity.of_role(role) with input as parts
	access := severity.access_of(role) with input as parts
}

test_a_role_is_as_bad_as_what_it_gives if {
	of_role([agent], {}, ["s3:getobject"]) == [2, {"read"}]
	of_role([agent], {}, ["s3:putobject"]) == [3, {"write"}]
	of_role([agent, function], {}, ["*"]) == [4, {"administer", "execute", "read", "write"}]
}

test_what_was_not_read_may_be_high if {
	of_role([agent], {"unread": ["policies"]}, ["s3:getobject"])[0] == 3
	of_role([agent], {"policies": ["p", "unread"]}, ["s3:getobject"])[0] == 3
	of_role([agent], {"unread": ["trust"]}, ["s3:getobject"])[0] == 2
	of_role([agent], {"policies": ["p", "unread"]}, ["*"])[0] == 4
}

test_a_role_that_nothing_holds_is_measured_as_an_agents if {
	of_role([], {}, ["bedrock:invokemodel"]) == [2, set()]
	of_role([function], {}, ["bedrock:invokemodel"]) == [2, {"read"}]
}

test_production_counts_beside_another_environment if {
	severity.if_production({"production", "test"}) == 1
	severity.if_production({"production"}) == 0
	severity.if_production({"staging", "test"}) == 0
}
