package segrego.lib.uses_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.uses

agents := [fixtures.agent(id, {}) | some id in ["a", "b", "c"]]

function := fixtures.workload("f", "lambda_function", {})

by_several(relations, parts) := found if {
	found := uses.by_several(relations) with input as fixtures.inventory(object.union({"workloads": agents}, parts))
}

users(relation, ids) := [fixtures.user(relation, id) | some id in ids]

test_two_agents_by_one_of_the_relations if {
	base := fixtures.workload("base", "bedrock_knowledge_base", {"used_by": array.concat(users("data", ["a"]), users("memory", ["b", "c"]))})
	parts := {"workloads": array.concat(agents, [base])}
	by_several({"data", "memory"}, parts) == {"base": {"a", "b", "c"}}
	by_several({"memory"}, parts) == {"base": {"b", "c"}}
	by_several({"data"}, parts) == {}
}

test_things_that_are_no_workloads_and_users_that_are_no_agents if {
	parts := {"workloads": array.concat(agents, [function]), "shared_uses": [
		{"target": "arn:x", "users": users("data", ["a", "b", "f"])},
		{"target": "arn:y", "users": users("data", ["a", "f"])},
	]}
	by_several({"data"}, parts) == {"arn:x": {"a", "b"}}
}

test_users_are_shown_in_order if {
	shown := uses.shown({"b", "a"}) with input as fixtures.inventory({"workloads": agents})
	[user.id | some user in shown] == ["a", "b"]
}
