package segrego.rules.role_unused_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_unused as rule

agent := fixtures.agent("orders", {})

failed := fixtures.agent("failed", {"status": "FAILED"})

found(holders, extra) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"evaluated_at_ns": fixtures.days(200),
		"workloads": [agent, failed],
		"roles": [fixtures.role("role", holders, extra)],
	})
}

test_long_unused if {
	some finding in found([agent], {"last_used_ns": fixtures.days(1)})
	finding.subject == "role"
	finding.related == ["orders"]
	finding.evidence.unused_days == 199
	finding.evidence.ever_used == true
	[member.name | some member in finding.evidence.members] == ["orders"]
}

test_never_used if {
	some finding in found([agent], {"last_used_ns": 0, "created_ns": fixtures.days(2)})
	finding.evidence.unused_days == 198
	finding.evidence.ever_used == false
}

test_lately_used if count(found([agent], {"last_used_ns": fixtures.days(190)})) == 0

test_not_known if count(found([agent], {"last_used_ns": null, "created_ns": 1})) == 0

test_an_inactive_holder_is_another_rule if {
	count(found([failed], {"last_used_ns": fixtures.days(1)})) == 0
	count(found([failed, agent], {"last_used_ns": fixtures.days(1)})) == 1
}

test_without_a_workload_is_another_rule if count(found([], {"last_used_ns": fixtures.days(1)})) == 0

test_a_function_of_no_tool if {
	count(found([fixtures.workload("orders", "lambda_function", {})], {"last_used_ns": fixtures.days(1)})) == 0
}
