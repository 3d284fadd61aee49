package segrego.rules.shared_tool_role_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.shared_tool_role as rule

functions := [fixtures.workload(name, "lambda_function", {"serves": [concat("-", ["tool", name])]}) |
	some name in ["refund", "track"]
]

parts(owners) := {
	"workloads": array.concat(functions, [fixtures.agent(name, {}) | some name in ["orders", "billing"]]),
	"roles": [fixtures.role("tools", functions, {})],
	"tools": [
		fixtures.tool("tool-refund", owners[0], "refund"),
		fixtures.tool("tool-track", owners[1], "track"),
	],
}

found(inventory_parts) := findings if {
	findings := rule.deny with input as fixtures.inventory(inventory_parts)
}

test_tools_of_two_agents_on_one_role if {
	some finding in found(parts(["billing", "orders"]))
	finding.subject == "tools"
	finding.evidence.agents == ["billing", "orders"]
	finding.evidence.functions == ["refund", "track"]
	finding.related == ["refund", "track"]
	[[tool.name, tool.agent, tool.function, tool.file, tool.line] | some tool in finding.evidence.tools] == [
		["tool-refund", "billing", "refund", "stack.yaml", 30],
		["tool-track", "orders", "track", "stack.yaml", 30],
	]
}

test_tools_of_one_agent_may_share if count(found(parts(["orders", "orders"]))) == 0

test_one_function_for_two_agents_is_one_tool if {
	both := fixtures.workload("refund", "lambda_function", {"serves": ["a", "b"]})
	count(found({
		"workloads": [both],
		"roles": [fixtures.role("tools", [both], {})],
		"tools": [fixtures.tool("a", "orders", "refund"), fixtures.tool("b", "billing", "refund")],
	})) == 0
}

test_functions_that_serve_no_tool if {
	idle := [object.union(function, {"serves": []}) | some function in functions]
	count(found(object.union(parts(["billing", "orders"]), {"workloads": idle}))) == 0
}

test_each_function_on_its_own_role if {
	roles := {"roles": [fixtures.role(function.id, [function], {}) | some function in functions]}
	count(found(object.union(parts(["billing", "orders"]), roles))) == 0
}
