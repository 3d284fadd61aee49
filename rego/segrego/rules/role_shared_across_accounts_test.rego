package segrego.rules.role_shared_across_accounts_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_shared_across_accounts as rule

home := "111122223333"

away := "444455556666"

found(holders, extra) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": holders,
		"roles": [fixtures.role("shared", holders, object.union({"policies": ["p"], "account": null}, extra))],
		"policies": [fixtures.policy("p", [fixtures.allow(["s3:getobject"], ["*"])])],
	})
}

in_account(id, account) := fixtures.agent(id, {"account": account})

by_arn(id, account) := fixtures.agent(id, {"arn": concat(":", ["arn:aws:bedrock:us-east-1", account, "agent/A"])})

test_workloads_of_two_accounts if {
	some finding in found([in_account("a", home), by_arn("b", away)], {})
	finding.subject == "shared"
	finding.severity == "high"
	finding.evidence.accounts == [home, away]
	finding.evidence.role_accounts == []
	[[member.id, member.account] | some member in finding.evidence.members] == [["a", home], ["b", away]]
}

test_a_workload_on_a_role_of_another_account if {
	every extra in [{"account": away}, {"arn": concat("", ["arn:aws:iam::", away, ":role/agents"])}] {
		some finding in found([in_account("a", home)], extra)
		finding.evidence.role_accounts == [away]
	}
}

test_a_role_may_be_its_arn if {
	role := fixtures.role(concat("", ["arn:aws:iam::", away, ":role/agents"]), [in_account("a", home)], {"account": null})
	findings := rule.deny with input as fixtures.inventory({"workloads": [in_account("a", home)], "roles": [role]})
	count(findings) == 1
}

test_administering_is_worst if {
	holders := [in_account("a", home), in_account("b", away)]
	findings := rule.deny with input as fixtures.inventory({
		"workloads": holders,
		"roles": [fixtures.role("shared", holders, {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(["*"], ["*"])])],
	})
	some finding in findings
	finding.severity == "critical"
}

test_one_account if count(found([in_account("a", home), by_arn("b", home)], {"account": home})) == 0

test_unknown_accounts_say_nothing if {
	unresolved := fixtures.agent("c", {"arn": "arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/${C}"})
	count(found([in_account("a", home), fixtures.agent("b", {}), unresolved], {})) == 0
}

test_a_role_that_nobody_holds if count(found([], {"account": away})) == 0

test_a_role_whose_holders_accounts_are_not_known if count(found([fixtures.agent("a", {})], {"account": away})) == 0

test_other_principals_are_out_of_scope if {
	functions := [fixtures.workload(account, "lambda_function", {"account": account}) | some account in [home, away]]
	count(found(functions, {})) == 0
}
