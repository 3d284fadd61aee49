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
