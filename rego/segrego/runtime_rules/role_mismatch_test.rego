package segrego.runtime_rules.role_mismatch_test

import data.segrego.runtime_fixtures_test as fixtures

denied(role) if fixtures.only("role_mismatch", fixtures.decide(fixtures.call({"role": role}), {}))

test_another_role if denied("arn:aws:sts::111122223333:assumed-role/shared/session")

test_the_same_name_in_another_account if denied("arn:aws:sts::444455556666:assumed-role/orders/session")

test_no_role_is_known if denied(null)

test_a_user if denied("arn:aws:iam::111122223333:user/orders")

test_a_role_by_its_own_arn if {
	decision := fixtures.decide(fixtures.call({"role": "arn:aws:iam::111122223333:role/agents/orders"}), {})
	decision.verdict == "allow"
}

test_what_only_looks_like_the_role if {
	every arn in [
		"arn:aws:sts::111122223333:federated-user/orders",
		"arn:aws:sts::111122223333:federated-user/orders/session",
		"arn:aws:sts::111122223333:assumed-role/orders",
		"arn:aws:xyz::111122223333:role/orders",
		"arn:aws:xyz::111122223333:assumed-role/orders/session",
	] {
		denied(arn)
	}
}

test_the_roles_are_said if {
	decision := fixtures.decide(fixtures.call({"role": null}), {})
	fixtures.reasons("role_mismatch", decision) == [{"role": null, "own": ["arn:aws:iam::111122223333:role/agents/orders"]}]
}

test_nobody_has_no_roles_to_differ_from if {
	fixtures.reasons("role_mismatch", fixtures.decide(fixtures.call({"agent": "nobody"}), {})) == []
}
