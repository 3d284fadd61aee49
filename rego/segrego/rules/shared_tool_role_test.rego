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
	finding.severity == "low"
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

test_a_disabled_tool_is_called_by_nobody if {
	tools := [object.union(tool, {"state": "disabled"}) | some tool in parts(["billing", "orders"]).tools]
	count(found(object.union(parts(["billing", "orders"]), {"tools": tools}))) == 0
}

granted(extra, actions) := finding.severity if {
	some finding in found(object.union(parts(["billing", "orders"]), {
		"workloads": array.concat(functions, [
			fixtures.agent("orders", object.get(extra, "orders", {})),
			fixtures.agent("billing", object.get(extra, "billing", {})),
		]),
		"roles": [fixtures.role("tools", functions, {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(actions, ["*"])])],
	}))
}

test_severity_by_what_the_tools_can_do if {
	granted({}, ["s3:getobject", "logs:putlogevents"]) == "low"
	granted({}, ["s3:putobject"]) == "medium"
	granted({}, ["s3:putbucketpolicy"]) == "high"
}

test_severity_across_environments_and_domains if {
	apart := {"orders": {"environment": fixtures.label("test")}, "billing": {"environment": fixtures.label("production")}}
	granted(apart, ["s3:getobject"]) == "medium"
	domains := {"orders": {"domains": [fixtures.label("hr")]}, "billing": {"domains": [fixtures.label("finance")]}}
	granted(domains, ["s3:putobject"]) == "high"
}

test_agents_of_one_sound_class_may_share if {
	twins := object.union(parts(["billing", "orders"]), {
		"workloads": array.concat(functions, [fixtures.agent(name, {"agent_class": "twins"}) | some name in ["orders", "billing"]]),
		"agent_classes": [fixtures.agent_class("twins", ["billing", "orders"], {})],
	})
	count(found(twins)) == 0
}
