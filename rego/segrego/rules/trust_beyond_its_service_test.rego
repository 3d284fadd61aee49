package segrego.rules.trust_beyond_its_service_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.trust_beyond_its_service as rule

agent := fixtures.agent("orders", {})

billing := fixtures.agent("billing", {})

arn := "arn:aws:iam::111122223333:role/orders"

found(statements, extra) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [agent, billing],
		"roles": [
			fixtures.role("role", [agent], object.union(
				{"arn": arn, "account": "111122223333", "trust": statements},
				extra,
			)),
			fixtures.role("billing", [billing], {
				"arn": "arn:aws:iam::111122223333:role/billing",
				"account": "111122223333",
			}),
			fixtures.role("plain", [], {"arn": "arn:aws:iam::111122223333:role/plain"}),
		],
	})
}

severity(principals) := finding.severity if some finding in found([fixtures.lets(principals, [])], {})

test_another_service if {
	some finding in found([fixtures.trust(["bedrock.amazonaws.com", "ec2.amazonaws.com"], [])], {})
	finding.subject == "role"
	finding.severity == "medium"
	finding.related == ["orders"]
	finding.evidence.who == ["ec2.amazonaws.com"]
	finding.evidence.kinds == ["service"]
	count(finding.evidence.openings) == 1
}

test_its_service_alone if count(found([fixtures.trust(["bedrock.amazonaws.com"], [])], {})) == 0

test_agentcore_on_a_classic_role if count(found([fixtures.trust(["bedrock-agentcore.amazonaws.com"], [])], {})) == 1

test_a_role_that_nothing_governed_holds if {
	principal := "arn:aws:iam::111122223333:role/plain"
	severity([["AWS", principal]]) == "medium"
	trusted := {"trusted_roles": [{"principal": principal, "role": "plain"}]}
	count(found([fixtures.lets([["AWS", principal]], [])], trusted)) == 1
}

test_another_agents_role_is_a_chain if {
	principal := "arn:aws:iam::111122223333:role/billing"
	trusted := {"trusted_roles": [{"principal": principal, "role": "billing"}]}
	count(found([fixtures.lets([["AWS", principal]], [])], trusted)) == 0
	elsewhere := {"trusted_roles": [{"principal": "arn:other", "role": "billing"}]}
	count(found([fixtures.lets([["AWS", principal]], [])], elsewhere)) == 1
}

test_one_chained_role_does_not_excuse_another if {
	named := {name: concat("/", ["arn:aws:iam::111122223333:role", name]) | some name in ["billing", "plain"]}
	trusted := {"trusted_roles": [{"principal": principal, "role": name} | some name, principal in named]}
	some finding in found([fixtures.lets([["AWS", principal] | some principal in named], [])], trusted)
	finding.evidence.who == [named.plain]
}

test_what_lets_in_nobody_new if {
	severity([["AWS", "AROAEXAMPLEEXAMPLE123"]]) == "low"
	severity([["AWS", arn]]) == "low"
	itself := {"trusted_roles": [{"principal": arn, "role": "role"}]}
	count(found([fixtures.lets([["AWS", arn]], [])], itself)) == 1
	severity([["AWS", arn], ["AWS", "${TrustedArn}"]]) == "medium"
}

test_another_account_that_is_held_to_an_external_id if {
	condition := fixtures.condition("StringEquals", "sts:externalid", ["x"])
	count(found([fixtures.lets([["AWS", "arn:aws:iam::999988887777:root"]], [condition])], {})) == 1
}

test_others_are_other_rules if {
	every principal in [
		["AWS", "*"],
		["AWS", "arn:aws:iam::111122223333:root"],
		["AWS", "arn:aws:iam::999988887777:root"],
		["AWS", "arn:aws:iam::111122223333:user/alice"],
	] {
		count(found([fixtures.lets([principal], [])], {})) == 0
	}
}

test_classic_on_an_agentcore_role_is_another_rule if {
	runtime := fixtures.workload("runtime", "agentcore_runtime", {})
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [runtime],
		"roles": [fixtures.role("role", [runtime], {"trust": [fixtures.trust(["bedrock.amazonaws.com"], [])]})],
	})
	count(findings) == 0
}
