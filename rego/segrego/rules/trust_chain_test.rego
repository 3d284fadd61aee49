package segrego.rules.trust_chain_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.trust_chain as rule

agents := {name: fixtures.agent(name, {}) | some name in ["orders", "billing", "ledger"]}

arn(name) := concat("", ["arn:aws:iam::111122223333:role/", name])

# The role of an agent of the same name, which the given roles may assume.
role(name, holders, trusted) := fixtures.role(name, holders, {
	"arn": arn(name),
	"account": "111122223333",
	"trust": [fixtures.lets([["AWS", arn(other)] | some other in trusted], [])],
	"trusted_roles": [{"principal": arn(other), "role": other} | some other in trusted],
})

found(roles) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [agent | some agent in agents],
		"roles": roles,
	})
}

test_one_agents_role_may_take_anothers if {
	findings := found([role("orders", [agents.orders], []), role("billing", [agents.billing], ["orders"])])
	count(findings) == 1
	some finding in findings
	finding.subject == "billing"
	finding.related == ["orders"]
	finding.evidence.workloads == ["billing"]
	finding.evidence.through == {}
	finding.evidence.roles == [{
		"id": "orders",
		"name": "orders",
		"workloads": ["orders"],
	}]
}

test_through_a_role_of_nobody if {
	findings := found([
		role("orders", [agents.orders], []),
		role("task", [], ["orders"]),
		role("billing", [agents.billing], ["task"]),
	])
	[[finding.subject, finding.evidence.through] | some finding in findings] == [["billing", {"orders": ["task"]}]]
}

test_a_chain_of_three if {
	findings := found([
		role("orders", [agents.orders], []),
		role("billing", [agents.billing], ["orders"]),
		role("ledger", [agents.ledger], ["billing"]),
	])
	{finding.subject: [each.id | some each in finding.evidence.roles] | some finding in findings} == {
		"billing": ["orders"],
		"ledger": ["billing", "orders"],
	}
}

test_a_role_of_its_own_to_take if {
	count(found([role("orders", [agents.orders], []), role("task", [], ["orders"])])) == 0
}

test_two_roles_of_one_agent if {
	count(found([role("orders", [agents.orders], []), role("old", [agents.orders], ["orders"])])) == 0
}

test_a_role_of_nobody_may_take_it if {
	count(found([role("plain", [], []), role("billing", [agents.billing], ["plain"])])) == 0
}

test_a_function_of_no_tool_may_take_it if {
	function := fixtures.workload("function", "lambda_function", {})
	count(found([role("plain", [function], []), role("billing", [agents.billing], ["plain"])])) == 0
}
