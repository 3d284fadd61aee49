package segrego.rules.access_not_separated_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.access_not_separated

agent := fixtures.agent("orders", {})

found(holders, statements) := findings if {
	findings := access_not_separated.deny with input as fixtures.inventory({
		"workloads": holders,
		"roles": [fixtures.role("role", holders, {"policies": ["p"]})],
		"policies": [fixtures.policy("p", statements)],
	})
}

reads := fixtures.allow(["s3:getobject"], ["*"])

writes := fixtures.allow(["s3:putobject"], ["*"])

runs := fixtures.allow(["lambda:invokefunction"], ["*"])

test_all_three if {
	some finding in found([agent], [reads, writes, runs])
	finding.subject == "role"
	finding.evidence.access == ["execute", "read", "write"]
	[grant.actions | some grant in finding.evidence.grants] == [["lambda:invokefunction"], ["s3:getobject"], ["s3:putobject"]]
	[member.id | some member in finding.evidence.agents] == ["orders"]
}

test_two_of_three if {
	every statements in [[reads, writes], [reads, runs], [writes, runs]] {
		count(found([agent], statements)) == 0
	}
}

test_models_and_telemetry_do_not_count if {
	count(found([agent], [writes, runs, fixtures.allow(["bedrock:invokemodel", "logs:putlogevents"], ["*"])])) == 0
}

test_a_function_is_no_agent if {
	count(found([fixtures.workload("f", "lambda_function", {})], [reads, writes, runs])) == 0
}

test_what_is_denied_is_not_held if {
	denied := fixtures.statement("Deny", {"actions": ["s3:putobject"], "resources": ["*"]})
	count(found([agent], [reads, writes, runs, denied])) == 0
	other := fixtures.statement("Deny", {"actions": ["iam:passrole"], "resources": ["*"]})
	count(found([agent], [reads, writes, runs, other])) == 1
}
