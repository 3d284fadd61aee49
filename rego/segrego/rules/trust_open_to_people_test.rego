package segrego.rules.trust_open_to_people_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.trust_open_to_people as rule

agent := fixtures.agent("orders", {})

found(statements) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"trust": statements, "account": "111122223333"})],
	})
}

severity(type, value, conditions) := finding.severity if {
	some finding in found([fixtures.lets([[type, value]], conditions)])
}

root := "arn:aws:iam::111122223333:root"

github := "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"

test_a_user if {
	some finding in found([fixtures.lets([["AWS", "arn:aws:iam::111122223333:user/alice"]], [])])
	finding.subject == "role"
	finding.severity == "high"
	finding.related == ["orders"]
	finding.evidence.who == ["arn:aws:iam::111122223333:user/alice"]
	finding.evidence.kinds == ["user"]
	finding.evidence.anybody_of == []
	count(finding.evidence.openings) == 1
}

test_severities if {
	severity("AWS", root, []) == "medium"
	severity("AWS", root, [fixtures.condition("StringEquals", "aws:username", ["alice"])]) == "low"
	severity("Federated", "arn:aws:iam::111122223333:saml-provider/Okta", []) == "high"
	name := fixtures.condition("StringEquals", "aws:username", ["alice"])
	severity("AWS", "arn:aws:iam::111122223333:user/alice", [name]) == "high"
	severity("AWS", "arn:aws:iam::111122223333:role/x/AWSReservedSSO_Admin_0123", []) == "high"
	severity("Federated", github, []) == "critical"
	severity("Federated", github, [fixtures.condition(
		"StringLike",
		"token.actions.githubusercontent.com:sub",
		["repo:acme/orders:*"],
	)]) == "high"
}

test_the_worst_decides_and_all_are_one_finding if {
	findings := found([fixtures.lets([["AWS", root], ["Federated", github]], [])])
	count(findings) == 1
	some finding in findings
	finding.severity == "critical"
	finding.evidence.who == [github, root]
	finding.evidence.anybody_of == [github]
}

test_others_are_other_rules if {
	count(found([fixtures.lets([["AWS", "*"]], [])])) == 0
	count(found([fixtures.lets([["AWS", "arn:aws:iam::999988887777:root"]], [])])) == 0
	count(found([fixtures.lets([["AWS", "arn:aws:iam::111122223333:role/ci"]], [])])) == 0
	count(found([fixtures.trust(["bedrock.amazonaws.com"], [])])) == 0
}
