package segrego.rules.attribution_ambiguous_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.attribution_ambiguous as rule

bound(role) := [{"role": role, "slot": "draft", "version": null, "via": [], "certainty": "exact"}]

orders := fixtures.agent("orders", {
	"bindings": bound("shared"),
	"uses": [{"relation": "data", "target": "arn:aws:s3:::orders"}],
})

billing := fixtures.agent("billing", {"bindings": bound("shared")})

alone := fixtures.agent("alone", {"bindings": bound("own")})

found(workloads, holders) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": workloads,
		"sources": [fixtures.source("stack.yaml", [workload.id | some workload in workloads])],
		"roles": [
			fixtures.role("shared", holders, {"policies": ["p"]}),
			fixtures.role("own", [alone], {"policies": ["p"]}),
		],
		"policies": [fixtures.policy("p", [
			fixtures.allow(["s3:getobject"], ["arn:aws:s3:::orders/*"]),
			fixtures.allow(["s3:putobject"], ["arn:aws:s3:::ledger/*"]),
			fixtures.allow(["lambda:invokefunction"], ["*", "arn:aws:s3:::orders/1"]),
			fixtures.allow(["logs:putlogevents"], ["*"]),
		])],
	})
}

test_what_may_have_been_either if {
	findings := found([orders, billing, alone], [orders, billing])
	count(findings) == 1
	some finding in findings
	finding.subject == "stack.yaml"
	finding.related == ["billing", "orders"]
	[agent.name | some agent in finding.evidence.agents] == ["billing", "orders"]
	finding.evidence.agents_in_all == 3
	finding.evidence.roles == [{
		"id": "shared",
		"name": "shared",
		"candidates": ["billing", "orders"],
		"grants": 3,
		"grants_of_any": 2,
		"access_of_any": ["execute", "write"],
	}]
}

test_what_both_need_points_to_neither if {
	both := [
		object.union(orders, {"id": "a", "name": "a"}),
		object.union(orders, {"id": "b", "name": "b"}),
	]
	some finding in found(both, both)
	finding.evidence.roles[0].grants_of_any == 3
}

test_an_agent_with_its_tools_function if {
	function := fixtures.workload("function", "lambda_function", {"bindings": bound("shared")})
	some finding in found([orders, function], [orders, function])
	finding.evidence.roles[0].candidates == ["function", "orders"]
	finding.related == ["orders"]
}

test_functions_among_themselves if {
	functions := [fixtures.workload(name, "lambda_function", {"bindings": bound("shared")}) | some name in ["f", "g"]]
	count(found(functions, functions)) == 0
}

test_a_role_of_its_own if count(found([alone], [])) == 0

test_three_holders if {
	third := fixtures.agent("third", {"bindings": bound("shared")})
	some finding in found([orders, billing, third], [orders, billing, third])
	finding.evidence.roles[0].grants_of_any == 2
}
