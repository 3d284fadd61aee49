package segrego.rules.role_session_too_long_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_session_too_long as rule

agent := fixtures.agent("orders", {})

found(holders, seconds) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", holders, {"max_session_seconds": seconds})],
	})
}

test_longer_than_the_limit if {
	some finding in found([agent], 3601)
	finding.subject == "role"
	finding.related == ["orders"]
	finding.evidence == {"max_session_seconds": 3601, "limit_seconds": 3600}
}

test_within_the_limit if count(found([agent], 3600)) == 0

test_not_known if count(found([agent], null)) == 0

test_roles_of_nothing_governed if count(found([], 43200)) == 0
