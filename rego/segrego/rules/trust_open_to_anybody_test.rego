package segrego.rules.trust_open_to_anybody_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.trust_open_to_anybody as rule

agent := fixtures.agent("orders", {})

found(statements) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"trust": statements})],
	})
}

test_a_star if {
	some finding in found([fixtures.lets([["AWS", "*"]], [])])
	finding.subject == "role"
	finding.severity == "critical"
	finding.related == ["orders"]
	finding.evidence.limits == []
	finding.evidence.openings == [{"kind": "anybody", "principal": "*", "limits": [], "sid": null, "line": 11}]
}

test_not_principal if {
	statement := object.union(fixtures.lets([], []), {"not_principals": [{"type": "AWS", "value": "111122223333"}]})
	count(found([statement])) == 1
}

organization := fixtures.condition("StringEquals", "aws:principalorgid", ["o-abc"])

test_a_star_with_limits if {
	some finding in found([fixtures.lets([["AWS", "*"]], [organization])])
	finding.severity == "high"
	finding.evidence.limits == ["aws:principalorgid"]
}

test_conditions_that_limit_nobody if {
	some finding in found([fixtures.lets([["AWS", "*"]], [fixtures.condition("Bool", "aws:securetransport", ["true"])])])
	finding.severity == "critical"
}

test_one_open_statement_decides if {
	findings := found([fixtures.lets([["AWS", "*"]], [organization]), fixtures.lets([["*", "*"]], [])])
	count(findings) == 1
	some finding in findings
	finding.severity == "critical"
	count(finding.evidence.openings) == 2
}

test_somebody_is_another_rule if {
	count(found([fixtures.lets([["AWS", "arn:aws:iam::111122223333:root"]], [])])) == 0
	count(found([fixtures.trust(["bedrock.amazonaws.com"], [])])) == 0
}

test_a_star_narrowed_to_one_principal if {
	condition := fixtures.condition("ArnEquals", "aws:principalarn", ["arn:aws:iam::111122223333:role/ci"])
	count(found([fixtures.lets([["AWS", "*"]], [condition])])) == 0
}
