package segrego.lib.inventory_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.inventory

behind(workloads, tools) := found if {
	found := inventory.agents_behind with input as fixtures.inventory({"workloads": workloads, "tools": tools})
}

test_an_agent_is_behind_itself if behind([fixtures.agent("a", {})], []) == {"a": {"a"}}

test_the_agents_behind_a_function_and_a_gateway if {
	agents := [
		fixtures.agent("owner", {"tools": ["direct"]}),
		fixtures.agent("behind", {}),
		fixtures.workload("flow", "bedrock_flow", {}),
	]
	gateway := fixtures.workload("gateway", "agentcore_gateway", {"tools": ["through"], "used_by": [fixtures.user("gateway", "behind")]})
	function := fixtures.workload("function", "lambda_function", {
		"serves": ["direct", "through"],
		"used_by": [fixtures.user("function", "flow")],
	})
	found := behind(
		array.concat(agents, [gateway, function]),
		[fixtures.tool("direct", "owner", "function"), fixtures.tool("through", "gateway", "function")],
	)
	found.function == {"owner", "behind", "flow"}
	found.gateway == {"behind"}
}

test_a_gateway_whose_agents_are_not_known_stands_for_them if {
	gateway := fixtures.workload("gateway", "agentcore_gateway", {"tools": ["through"]})
	function := fixtures.workload("function", "lambda_function", {"serves": ["through"]})
	found := behind([gateway, function], [fixtures.tool("through", "gateway", "function")])
	found == {"function": {"gateway"}, "gateway": set()}
}

# For each role, the holders of which are given by their ids, the agents that share it.
sharing(workloads, holders) := found if {
	role := fixtures.role("role", [workload | some workload in workloads; workload.id in holders], {})
	found := inventory.sharers(role) with input as fixtures.inventory({"workloads": workloads, "roles": [role]})
}

test_sharers_are_agents_beside_another_of_their_family if {
	agents := [fixtures.agent("a", {}), fixtures.agent("b", {})]
	flows := [fixtures.workload("flow", "bedrock_flow", {})]
	functions := [fixtures.workload(id, "lambda_function", {}) | some id in ["f", "g"]]
	workloads := array.concat(agents, array.concat(flows, functions))
	sharing(workloads, ["a", "b"]) == {"a", "b"}
	sharing(workloads, ["a", "b", "flow", "f", "g"]) == {"a", "b"}
	sharing(workloads, ["a", "flow"]) == set()
	sharing(workloads, ["f", "g"]) == set()
}

governed(workload) if {
	role := fixtures.role("role", [workload], {})
	inventory.is_governed(role) with input as fixtures.inventory({"workloads": [workload], "roles": [role]})
}

test_what_is_governed if {
	every kind in ["bedrock_agent", "bedrock_flow", "agentcore_gateway", "bedrock_knowledge_base"] {
		governed(fixtures.workload("w", kind, {}))
	}
	governed(fixtures.workload("w", "lambda_function", {"serves": ["tool"]}))
	every kind in ["lambda_function", "principal"] { not governed(fixtures.workload("w", kind, {})) }
	not inventory.is_governed(fixtures.role("role", [], {}))
}

excused(agents, class) if {
	inventory.same_class({agent.id | some agent in agents}) with input as fixtures.inventory({
		"workloads": agents,
		"agent_classes": [class],
	})
}

test_one_sound_class_excuses if {
	class := fixtures.agent_class("twins", ["a", "b"], {})
	twins := [fixtures.agent(id, {"agent_class": "twins"}) | some id in ["a", "b"]]
	excused(twins, class)
	not excused(twins, object.union(class, {"approver": null}))
	not excused(array.concat(twins, [fixtures.agent("c", {})]), class)
	not excused([fixtures.agent(id, {}) | some id in ["a", "b"]], class)
}

test_names_of_what_has_no_id if {
	inventory.class_subject({"name": "twins"}) == "agent class twins"
	inventory.exception_id({"rule": "shared", "subject": "role"}) == "shared on role"
}

test_an_agent_that_another_asks_stands_for_itself if {
	asked := fixtures.agent("asked", {"used_by": [fixtures.user("collaborator", "asking")]})
	function := fixtures.workload("function", "lambda_function", {"serves": ["tool"]})
	found := behind([fixtures.agent("asking", {}), asked, function], [fixtures.tool("tool", "asked", "function")])
	found.function == {"asked"}
	found.asked == {"asked"}
}

test_a_gateway_that_no_agent_uses_stands_for_its_callers if {
	caller := fixtures.workload("caller", "lambda_function", {})
	gateway := fixtures.workload("gateway", "agentcore_gateway", {"used_by": [fixtures.user("gateway", "caller")]})
	function := fixtures.workload("function", "lambda_function", {"serves": ["through"]})
	found := behind([caller, gateway, function], [fixtures.tool("through", "gateway", "function")])
	found.function == {"gateway"}
}

test_flows_share_as_agents_do if {
	flows := [fixtures.workload(id, "bedrock_flow", {}) | some id in ["f", "g"]]
	sharing(flows, ["f", "g"]) == {"f", "g"}
}

test_one_alias_is_shown if {
	agent := fixtures.agent("a", {})
	role := fixtures.role("role", [], {"bindings": [fixtures.binding(agent, "version", "3", ["live"])]})
	member := inventory.member(role, "a") with input as fixtures.inventory({"workloads": [agent]})
	member.slot == "version 3 (live)"
}

test_the_account_of_an_entity if {
	inventory.account({"account": "111122223333", "arn": "arn:aws:iam::999988887777:role/r", "id": "x"}) == "111122223333"
	inventory.account({"account": "111122223333", "arn": null, "id": "x"}) == "111122223333"
	inventory.account({"account": null, "arn": "arn:aws:iam::111122223333:role/r", "id": "x"}) == "111122223333"
	inventory.account({"account": null, "arn": null, "id": "arn:aws:iam::111122223333:role/r"}) == "111122223333"
	inventory.account({"account": "${Account}", "arn": "arn:aws:iam::111122223333:role/r", "id": "x"}) == "111122223333"
	every entity in [
		{"account": null, "arn": null, "id": "x"},
		{"account": null, "arn": "arn:aws:iam::${AWS::AccountId}:role/r", "id": "x"},
		{"account": 111122223333, "arn": null, "id": "x"},
	] {
		not inventory.account(entity)
	}
}

test_a_member_is_shown_with_all_its_slots if {
	agent := fixtures.agent("a", {})
	role := fixtures.role("role", [], {"bindings": [
		fixtures.binding(agent, "version", "3", ["live", "beta"]),
		fixtures.binding(agent, "draft", null, []),
		fixtures.binding(fixtures.agent("b", {}), "execution", null, []),
	]})
	member := inventory.member(role, "a") with input as fixtures.inventory({"workloads": [agent]})
	member == {
		"id": "a",
		"name": "a",
		"kind": "bedrock_agent",
		"address": "a",
		"file": "stack.yaml",
		"line": 1,
		"slot": "draft, version 3 (beta, live)",
	}
}

test_what_has_no_place_is_known_by_its_id if {
	inventory.address({"id": "arn:x", "location": null}) == "arn:x"
	inventory.address({"id": "arn:x", "location": fixtures.place(null, 1)}) == "arn:x"
	inventory.address({"id": "stack.yaml#X", "location": fixtures.place("X", 1)}) == "X"
	inventory.place({"location": null}) == {"source": null, "file": null, "line": null, "address": null}
}
