package segrego.rules.trust_open_to_another_account_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.trust_open_to_another_account as rule

agent := fixtures.agent("orders", {})

found(statements, accounts) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"trust": statements, "account": "111122223333"})],
		"accounts": [{"id": id} | some id in accounts],
	})
}

other := "arn:aws:iam::999988887777:root"

test_an_unknown_account if {
	some finding in found([fixtures.lets([["AWS", other]], [])], [])
	finding.subject == "role"
	finding.severity == "high"
	finding.related == ["orders"]
	finding.evidence.who == [other]
	finding.evidence.accounts == ["999988887777"]
	finding.evidence.accounts_in_the_inventory == []
	count(finding.evidence.openings) == 1
}

test_an_account_of_ones_own if {
	some finding in found([fixtures.lets([["AWS", other]], [])], ["999988887777"])
	finding.severity == "medium"
	finding.evidence.accounts_in_the_inventory == ["999988887777"]
}

test_one_unknown_account_among_known_ones if {
	findings := found([fixtures.lets([["AWS", other], ["AWS", "arn:aws:iam::555566667777:role/x"]], [])], ["999988887777"])
	count(findings) == 1
	some finding in findings
	finding.severity == "high"
	finding.evidence.accounts == ["555566667777", "999988887777"]
}

test_an_external_id_or_the_organization if {
	every condition in [
		fixtures.condition("StringEquals", "sts:externalid", ["x"]),
		fixtures.condition("StringEquals", "aws:principalorgid", ["o-abc"]),
	] {
		count(found([fixtures.lets([["AWS", other]], [condition])], [])) == 0
	}
}

test_its_own_account if count(found([fixtures.lets([["AWS", "arn:aws:iam::111122223333:root"]], [])], [])) == 0

test_everybody_is_another_rule if count(found([fixtures.lets([["AWS", "*"]], [])], [])) == 0
