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
	every claim in ["iss", "sub", "jti", "iat", "task", "session", "tools", "resources", "access", "calls"] {
		token := fixtures.sign(json.remove(fixtures.grant({"sub": "orders-agent"}), [claim]))
		fixtures.only("grant_not_valid", decide(token, {}))
	}
}

denied(changes) if {
	claims := object.union(json.remove(fixtures.grant({"sub": "orders-agent"}), object.keys(changes)), changes)
	fixtures.only("grant_not_valid", decide(fixtures.sign(claims), {}))
}

test_a_grant_whose_claims_are_of_other_types if {
	every changes in [
		{"sub": ["orders-agent"]},
		{"jti": ""},
		{"jti": 1},
		{"task": null},
		{"session": false},
		{"session": ""},
		{"session": ["session-1"]},
		{"tools": ["orders"]},
		{"tools": {"orders": "find_order"}},
		{"tools": {"orders": {"find_order": "*"}}},
		{"tools": {"orders": [["find_order"]]}},
		{"resources": "*"},
		{"resources": [{}]},
		{"access": "read"},
		{"calls": "2"},
		{"iat": "now"},
		{"exp": "2000000000"},
		{"exp": null},
		{"nbf": "0"},
	] {
		denied(changes)
	}
}

test_a_claim_that_nobody_knows if {
	every changes in [{"resource": ["arn:aws:s3:::shop/1"]}, {"Session": "session-2"}, {"not_before": 1}] {
		denied(changes)
	}
}

test_a_grant_that_lasts_too_long if {
	denied({"iat": fixtures.seconds - 1, "exp": fixtures.seconds + 3600})
	not denied({"iat": fixtures.seconds, "exp": fixtures.seconds + 3600})
}

longest(seconds, claims) := fixtures.decide_in(
	fixtures.call({"task": "task-1", "grant": fixtures.sign(fixtures.grant(object.union({"sub": "orders-agent"}, claims)))}),
	object.union(fixtures.agents({}), {"issuers": {"https://grants.example": {"longest_seconds": seconds}}}),
	fixtures.nothing_revoked,
	fixtures.bundles,
)

test_the_bound_is_the_issuers_own if {
	longest(7200, {"exp": fixtures.seconds + 7200}).verdict == "allow"
	fixtures.only("grant_not_valid", longest(7200, {"exp": fixtures.seconds + 7201}))
	fixtures.only("grant_not_valid", longest(599, {}))
}

test_a_bound_that_is_no_number_is_an_hour if {
	every seconds in [null, "7200"] {
		fixtures.only("grant_not_valid", longest(seconds, {"exp": fixtures.seconds + 7200}))
	}
}

test_a_grant_from_the_future if {
	denied({"iat": fixtures.seconds + 31})
	not denied({"iat": fixtures.seconds + 30})
}

test_without_a_difference_allowed_a_grant_from_the_future_is_none if {
	strict := object.remove(fixtures.issuer("grant"), ["skew_seconds"])
	issuers := object.union(object.remove(fixtures.issuers, ["https://grants.example"]), {"https://grants.example": strict})
	registered := object.union(object.remove(fixtures.agents({}), ["issuers"]), {"issuers": issuers})
	token := fixtures.sign(fixtures.grant({"sub": "orders-agent", "iat": fixtures.seconds + 1}))
	asked := fixtures.call({"task": "task-1", "grant": token})
	fixtures.only("grant_not_valid", fixtures.decide_in(asked, registered, fixtures.nothing_revoked, fixtures.bundles))
}

test_a_grant_that_begins_later if {
	denied({"nbf": fixtures.seconds + 31})
	not denied({"nbf": fixtures.seconds + 30})
}

test_an_audience_may_be_one_of_several if {
	not denied({"aud": ["elsewhere", "segrego"]})
	every audience in ["elsewhere", ["elsewhere"], [], "", null, 1, {"segrego": true}] {
		denied({"aud": audience})
	}
	token := fixtures.sign(json.remove(fixtures.grant({"sub": "orders-agent"}), ["aud"]))
	fixtures.only("grant_not_valid", decide(token, {}))
}

# The last one of two counts, for what is checked and for what is granted.
test_a_claim_that_stands_twice if {
	claims := json.marshal(fixtures.grant({"sub": "orders-agent", "task": "task-2"}))
	header := `{"alg": "ES256", "typ": "JWT", "kid": "key-0"}`
	token := io.jwt.encode_sign_raw(
		header,
		concat("", [trim_suffix(claims, "}"), `, "task": "task-1"}`]),
		json.marshal(fixtures.key),
	)
	decide(token, {}).verdict == "allow"
	swapped := io.jwt.encode_sign_raw(
		header,
		concat("", [`{"task": "task-1", `, trim_prefix(claims, "{")]),
		json.marshal(fixtures.key),
	)
	fixtures.only("grant_exceeded", decide(swapped, {}))
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
