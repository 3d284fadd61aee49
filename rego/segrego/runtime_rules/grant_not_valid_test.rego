package segrego.runtime_rules.grant_not_valid_test

import data.segrego.runtime_fixtures_test as fixtures

decide(grant, registered) := fixtures.decide(fixtures.call({"task": "task-1", "grant": grant}), registered)

test_a_forged_grant if {
	decision := decide(fixtures.forge(fixtures.grant({"sub": "orders-agent"})), {})
	fixtures.only("grant_not_valid", decision)
}

test_an_expired_grant if {
	decision := decide(fixtures.sign(fixtures.grant({"sub": "orders-agent", "exp": fixtures.seconds - 31})), {})
	fixtures.only("grant_not_valid", decision)
}

test_a_grant_that_leaves_something_out if {
	every claim in ["sub", "task", "tools", "resources", "access", "calls"] {
		token := fixtures.sign(json.remove(fixtures.grant({"sub": "orders-agent"}), [claim]))
		fixtures.only("grant_not_valid", decide(token, {}))
	}
}

test_no_grant_where_one_is_needed if {
	fixtures.only("grant_not_valid", fixtures.decide(fixtures.call({}), {"grant_required": true}))
}

test_it_is_said_whether_a_grant_was_given if {
	forged := decide(fixtures.forge(fixtures.grant({"sub": "orders-agent"})), {"grant_required": true})
	fixtures.reasons("grant_not_valid", forged) == [{"given": true}]
	missing := fixtures.decide(fixtures.call({}), {"grant_required": true})
	fixtures.reasons("grant_not_valid", missing) == [{"given": false}]
}

test_a_field_of_a_grant_of_another_type_is_none if {
	every change in [{"task": 7}, {"tools": []}, {"resources": "*"}, {"access": "read"}, {"calls": "many"}] {
		token := fixtures.sign(object.union(object.remove(fixtures.grant({"sub": "orders-agent"}), object.keys(change)), change))
		fixtures.only("grant_not_valid", decide(token, {}))
	}
}
