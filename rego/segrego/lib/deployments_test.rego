package segrego.lib.deployments_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.deployments
import data.segrego.lib.inventory

_is(values) := {"parameter": "stack.yaml#Stage", "values": values, "excluded": false}

_is_not(values) := {"parameter": "stack.yaml#Stage", "values": values, "excluded": true}

_of_another_stack(values) := {"parameter": "other.yaml#Stage", "values": values, "excluded": false}

_agent(id, conditions) := fixtures.agent(id, {"only_if": conditions})

_apart(one, other) if {
	agents := [_agent("one", [one]), _agent("other", [other])]
	not deployments.coexist({"one", "other"}) with input as fixtures.inventory({"workloads": agents})
}

# Each is a companion of the other.
_together(one, other) if {
	agents := [_agent("one", [one]), _agent("other", [other])]
	found := deployments.companions({"one": "all", "other": "all"}) with input as fixtures.inventory({"workloads": agents})
	found == {"one", "other"}
}

test_two_values_of_one_parameter_are_apart if {
	_apart(_is(["prod"]), _is(["dev"]))
	not _apart(_is(["prod", "dev"]), _is(["dev"]))
}

test_a_value_and_its_exclusion_are_apart if {
	_apart(_is(["prod"]), _is_not(["prod"]))
	_apart(_is_not(["prod", "dev"]), _is(["dev"]))
	not _apart(_is(["prod", "dev"]), _is_not(["prod"]))
	not _apart(_is_not(["prod"]), _is_not(["dev"]))
}

# Any other value of the parameter deploys both.
test_what_is_excluded_alone_leaves_room_for_both if {
	_together(_is_not(["prod"]), _is(["dev"]))
	_together(_is(["dev"]), _is_not(["prod"]))
	_together(_is_not(["prod", "dev"]), _is_not(["prod"]))
	_together(_is_not(["prod"]), _is_not(["prod", "dev"]))
	_together(_is(["prod", "dev"]), _is_not(["prod"]))
	_together(_is_not(["prod"]), _is(["prod", "dev"]))
}

test_parameters_of_two_stacks_are_two_parameters if {
	not _apart(_is(["prod"]), _of_another_stack(["dev"]))
}

test_agents_that_never_exist_together_share_no_role if {
	agents := [_agent("one", [_is(["prod"])]), _agent("other", [_is_not(["prod"])])]
	count(inventory.sharers(fixtures.role("role", agents, {}))) == 0 with input as fixtures.inventory({"workloads": agents})
}

test_who_exists_beside_somebody_shares if {
	agents := [_agent("one", [_is(["prod"])]), _agent("other", [_is(["dev"])]), _agent("third", [_is(["dev", "test"])])]
	sharers := inventory.sharers(fixtures.role("role", agents, {})) with input as fixtures.inventory({"workloads": agents})
	sharers == {"other", "third"}
}

test_who_is_always_there_shares_with_each if {
	agents := [_agent("one", [_is(["prod"])]), _agent("other", [_is(["dev"])]), _agent("third", [])]
	sharers := inventory.sharers(fixtures.role("role", agents, {})) with input as fixtures.inventory({"workloads": agents})
	sharers == {"one", "other", "third"}
}

test_one_alone_coexists if {
	deployments.coexist({"one"}) with input as fixtures.inventory({})
	not deployments.coexist({"one", "other"}) with input as fixtures.inventory({"workloads": [
		_agent("one", [_is(["prod"])]),
		_agent("other", [_is(["dev"])]),
	]})
	deployments.coexist({"one", "other"}) with input as fixtures.inventory({"workloads": [
		_agent("one", [_is(["prod"])]),
		_agent("other", []),
	]})
}

_mix(stages) if {
	agents := [_agent(id, conditions) | some id, conditions in stages]
	groups := {"one": "dev", "same": "dev", "other": "prod"}
	deployments.mix(groups) with input as fixtures.inventory({"workloads": agents})
}

test_groups_mix_where_two_of_different_ones_may_exist_together if {
	_mix({})
	_mix({"one": [_is(["dev"])], "other": [_is(["dev", "prod"])]})
	_mix({"one": [_is(["dev"])], "same": [_is(["dev"])], "other": []})
	not _mix({"one": [_is(["dev"])], "same": [_is(["dev"])], "other": [_is(["prod"])]})
}

test_families_are_looked_at_one_by_one if {
	agents := [_agent("one", [_is(["prod"])]), _agent("other", [_is(["dev"])])]
	flows := [fixtures.workload(id, "bedrock_flow", {}) | some id in ["first", "second"]]
	all := array.concat(agents, flows)
	sharers := inventory.sharers(fixtures.role("role", all, {})) with input as fixtures.inventory({"workloads": all})
	sharers == {"first", "second"}
}

test_of_very_many_all_are_taken_to_be_together if {
	agents := [_agent(sprintf("a%d", [i]), [_is([sprintf("%d", [i])])]) | some i in numbers.range(1, 101)]
	sharers := inventory.sharers(fixtures.role("role", agents, {})) with input as fixtures.inventory({"workloads": agents})
	count(sharers) == 101
	few := array.slice(agents, 0, 100)
	alone := inventory.sharers(fixtures.role("role", few, {})) with input as fixtures.inventory({"workloads": few})
	count(alone) == 0
}
