package segrego.lib.calls_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.calls

function(id) := fixtures.workload(id, "lambda_function", {})

agent(id, extra) := fixtures.agent(id, extra)

from(start, others, tools) := found if {
	found := calls.from(start) with input as fixtures.inventory({"workloads": array.concat([start], others), "tools": tools})
}

test_tools_that_are_enabled_and_known if {
	start := agent("a", {"tools": ["on", "off", "away"]})
	off := object.union(fixtures.tool("off", "a", "g"), {"state": "disabled"})
	tools := [fixtures.tool("on", "a", "f"), off, fixtures.tool("away", "a", "arn:elsewhere")]
	from(start, [function("f"), function("g")], tools) == {"f": ["a", "f"]}
}

test_uses_that_set_something_in_motion if {
	every relation in ["collaborator", "flow", "function", "gateway"] {
		from(agent("a", {"uses": [fixtures.use(relation, "f"), fixtures.use(relation, "arn:elsewhere")]}), [function("f")], []) == {"f": ["a", "f"]}
	}
	every relation in ["data", "knowledge_base", "memory", "model"] {
		from(agent("a", {"uses": [fixtures.use(relation, "f")]}), [function("f")], []) == {}
	}
}

calls_next(id, next) := agent(id, {"uses": [fixtures.use("collaborator", other) | some other in next]})

test_paths_of_one_two_and_more_steps if {
	others := [calls_next("b", ["d"]), calls_next("c", ["d"]), calls_next("d", ["e", "a"]), calls_next("e", ["f"]), agent("f", {})]
	from(calls_next("a", ["c", "b"]), others, []) == {
		"b": ["a", "b"],
		"c": ["a", "c"],
		"d": ["a", "b", "d"],
		"e": ["a", "b", "…", "e"],
		"f": ["a", "b", "…", "f"],
	}
}

test_who_calls_itself_reaches_nobody_new if from(calls_next("a", ["a"]), [], []) == {}

test_access_beyond_what_the_family_needs if {
	bound := agent("a", fixtures.holds("role"))
	found := calls.access_of(bound) with input as fixtures.inventory({
		"workloads": [bound],
		"roles": [fixtures.role("role", [bound], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(["bedrock:invokemodel", "s3:putobject"], ["*"])])],
	})
	found == {"write"}
}

test_the_shortest_path_is_shown if {
	from(calls_next("a", ["b", "c"]), [calls_next("b", ["c"]), agent("c", {})], []) == {"b": ["a", "b"], "c": ["a", "c"]}
}

test_a_long_path_names_where_it_begins if {
	others := [agent("b", {}), calls_next("c", ["d"]), calls_next("d", ["e"]), agent("e", {})]
	from(calls_next("a", ["b", "c"]), others, []).e == ["a", "c", "…", "e"]
}
