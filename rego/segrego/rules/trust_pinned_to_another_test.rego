package segrego.rules.trust_pinned_to_another_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.trust_pinned_to_another as rule

arn(id) := concat("", ["arn:aws:bedrock:us-east-1:111122223333:agent/", id])

orders := fixtures.agent("orders", {"arn": arn("ORDERS1234")})

billing := fixtures.agent("billing", {"arn": arn("BILLING123")})

found(patterns, holders) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [orders, billing],
		"roles": [fixtures.role("role", holders, {"trust": [fixtures.trust(
			["bedrock.amazonaws.com"],
			[fixtures.condition("ArnEquals", "aws:sourcearn", patterns)],
		)]})],
	})
}

test_another_agents_arn if {
	some finding in found([arn("BILLING123")], [orders])
	finding.subject == "role"
	finding.severity == "medium"
	finding.related == ["orders", arn("BILLING123")]
	finding.evidence == {
		"named": [arn("BILLING123")],
		"names_its_own": false,
		"workloads": ["orders"],
	}
}

test_an_extra_arn_beside_its_own if {
	some finding in found([arn("ORDERS1234"), arn("BILLING123")], [orders])
	finding.evidence.named == [arn("BILLING123")]
	finding.evidence.names_its_own == true
}

test_an_arn_of_nobody_here if {
	some finding in found([arn("ORDERS1234"), arn("GONE123456")], [orders])
	finding.severity == "low"
	finding.related == ["orders"]
}

test_its_own_arn if count(found([arn("ORDERS1234")], [orders])) == 0

test_both_holders if count(found([arn("ORDERS1234"), arn("BILLING123")], [orders, billing])) == 0

test_a_wildcard_is_another_rule if count(found([arn("*")], [orders])) == 0

test_one_finding_for_several if count(found([arn("BILLING123"), arn("GONE123456")], [orders])) == 1

test_roles_of_nothing_governed if {
	count(found([arn("BILLING123")], [])) == 0
	count(found([arn("BILLING123")], [fixtures.workload("f", "lambda_function", {})])) == 0
}

test_what_is_not_resolved_is_not_another if {
	planned := fixtures.agent("orders", {"arn": "arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/${Orders}"})
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [planned],
		"roles": [fixtures.role("role", [planned], {"trust": [fixtures.trust(
			["bedrock.amazonaws.com"],
			[fixtures.condition("ArnEquals", "aws:sourcearn", [arn("ORDERS1234")])],
		)]})],
	})
	count(findings) == 0
}

core(name) := concat("", ["arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/", name])

test_another_by_its_name if {
	runtimes := [fixtures.workload(name, "agentcore_runtime", {}) | some name in ["orders", "billing"]]
	severities := {pattern: finding.severity |
		some pattern in [core("billing-*"), core("billing-AbCdEf1234"), core("gone-*")]
		findings := rule.deny with input as fixtures.inventory({
			"workloads": runtimes,
			"roles": [fixtures.role("role", [runtimes[0]], {"trust": [fixtures.trust(
				["bedrock-agentcore.amazonaws.com"],
				[fixtures.condition("ArnLike", "aws:sourcearn", [pattern])],
			)]})],
		})
		some finding in findings
	}
	severities == {core("billing-*"): "medium", core("billing-AbCdEf1234"): "medium", core("gone-*"): "low"}
}
