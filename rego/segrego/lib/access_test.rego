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

test_all_classes_but_reading_change_something if access.classes - access.changing == {"read"}

test_an_empty_list_is_everything if {
	access.everything_if_empty([]) == ["*"]
	access.everything_if_empty(["s3:*"]) == ["s3:*"]
}

# An agent, and a workload of a kind that the tables lack.
gaining := fixtures.inventory({
	"workloads": [fixtures.agent("a", {}), fixtures.workload("b", "unheard_of", {})],
	"policies": [fixtures.policy("p", [
		fixtures.allow(["bedrock:invokemodel", "s3:putobject"], ["*"]),
		fixtures.allow(["bedrock:invokemodel"], ["*"]),
		fixtures.statement("Allow", {"not_actions": ["s3:*"], "resources": ["*"]}),
		fixtures.statement("Deny", {"actions": ["s3:getobject"], "resources": ["*"]}),
	])],
})

test_lists_are_those_of_what_is_allowed if {
	lists := access.action_lists with input as gaining
	lists == {["bedrock:invokemodel", "s3:putobject"], ["bedrock:invokemodel"], ["*"]}
}

test_gains_are_what_the_family_does_not_need_in_order_to_run if {
	gains := access.gains_by_list with input as gaining
	gains.agent[["bedrock:invokemodel", "s3:putobject"]] == {"write": {"s3:putobject"}}
	gains.agent[["bedrock:invokemodel"]] == {}
	gains.unheard_of[["bedrock:invokemodel"]] == {"read": {"bedrock:invokemodel"}}
	classes := access.gain_classes_by_list with input as gaining
	classes.agent[["bedrock:invokemodel", "s3:putobject"]] == ["write"]
	classes.unheard_of[["*"]] == ["administer", "execute", "read", "write"]
}

test_a_pattern_names_its_actions_and_everything_all if {
	every text in ["s3:getobject", "s3:get*", "s3:*", "*"] {
		access.matches(text, "s3:getobject") with input as gaining
	}
	every text in ["s3:putobject", "s3:put*", "nosuch:action", "never:listed"] {
		not access.matches(text, "s3:getobject") with input as gaining
	}
	access.matches("*", "never:listed") with input as gaining
}

test_everything_is_known_without_a_pattern_for_it if {
	found := access.pattern_by_text with input as fixtures.inventory({"actions": []})
	found == {"*": {"pattern": "*", "span": "all", "matches": []}}
}

test_the_lists_of_a_policy_are_those_of_what_it_allows if {
	lists := access.lists_by_policy with input as fixtures.inventory({"policies": [fixtures.policy("p", [
		fixtures.allow(["s3:getobject"], ["*"]),
		fixtures.statement("Deny", {"actions": ["s3:putobject"], "resources": ["*"]}),
	])]})
	lists == {"p": {["s3:getobject"]: true}}
}
