package segrego.rules.role_of_inactive_workload_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_of_inactive_workload as rule

failed := fixtures.agent("failed", {"status": "FAILED"})

ready := fixtures.agent("ready", {"status": "PREPARED"})

found(holders, statements) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [failed, ready],
		"roles": [fixtures.role("role", holders, {"policies": ["p"]})],
		"policies": [fixtures.policy("p", statements)],
	})
}

writes := [fixtures.allow(["s3:putobject"], ["*"])]

test_it_still_has_rights if {
	some finding in found([failed], writes)
	finding.subject == "role"
	finding.severity == "medium"
	finding.related == ["failed"]
	finding.evidence.access == ["write"]
	[[agent.name, agent.status, agent.slot] | some agent in finding.evidence.agents] == [["failed", "FAILED", "execution"]]
}

test_rights_to_read_are_less if {
	some finding in found([failed], [fixtures.allow(["s3:getobject"], ["*"])])
	finding.severity == "low"
}

test_no_rights_left if {
	count(found([failed], [])) == 0
	count(found([failed], [fixtures.statement("Deny", {"actions": ["*"], "resources": ["*"]})])) == 0
}

test_somebody_still_works_with_it if count(found([failed, ready], writes)) == 0

test_a_working_agent if count(found([ready], writes)) == 0

test_a_role_that_nothing_governed_holds if {
	count(found([], writes)) == 0
	count(found([fixtures.workload("failed", "lambda_function", {"status": "Failed"})], writes)) == 0
}
