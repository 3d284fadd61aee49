package segrego.lib.access_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.access

effects(pattern) := found if {
	found := access.effects_by_pattern[pattern] with input as fixtures.inventory({})
}

test_classes_by_level if {
	effects("s3:*") == {
		"read": {"s3:getobject"},
		"write": {"s3:putobject"},
		"execute": set(),
		"administer": {"s3:putbucketpolicy"},
	}
}

test_corrections_come_before_levels if {
	effects("bedrock:invokeagent").execute == {"bedrock:invokeagent"}
	effects("lambda:invokefunction").execute == {"lambda:invokefunction"}
}

test_telemetry_is_in_no_class if every names in effects("logs:putlogevents") { count(names) == 0 }

test_everything_is_in_every_class if every names in effects("*") { names == {"*"} }

test_an_unknown_action_is_in_no_class if every names in effects("nosuch:action") { count(names) == 0 }

test_an_unknown_level_counts_as_the_strongest if effects("new:level").administer == {"new:level"}

test_lists_are_joined if {
	lists := access.effects_by_list with input as fixtures.inventory({"policies": [fixtures.policy("p", [
		fixtures.allow(["s3:getobject", "s3:putobject", "logs:putlogevents"], ["*"]),
	])]})
	lists == {["s3:getobject", "s3:putobject", "logs:putlogevents"]: {
		"read": {"s3:getobject"},
		"write": {"s3:putobject"},
	}}
}
