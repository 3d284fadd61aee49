package segrego.runtime_rules.approval_missing_test

import data.segrego.runtime_fixtures_test as fixtures

test_a_person_is_asked if {
	decision := fixtures.decide(fixtures.call(fixtures.with_tool("orders", "refund")), {})
	decision.verdict == "approve"
	decision.reasons == [{
		"rule": "approval_missing",
		"effect": "approve",
		"facts": {"operation": "refund", "arguments_digest": "sha256:1"},
	}]
	decision.obligations.credentials == null
}

test_nobody_is_asked_for_what_is_denied if {
	decision := fixtures.decide(fixtures.call(fixtures.with_tool("orders", "refund")), {"read_only": true})
	decision.verdict == "deny"
}

test_nobody_is_asked_for_other_operations if {
	fixtures.reasons("approval_missing", fixtures.decide(fixtures.call({}), {})) == []
}
