package segrego.runtime_rules.approval_mismatch_test

import data.segrego.runtime_fixtures_test as fixtures

decide(token) := fixtures.decide(
	fixtures.call(object.union(fixtures.with_tool("orders", "refund"), {"approvals": [token]})),
	{},
)

differs(token, wanted) if {
	decision := decide(token)
	fixtures.only("approval_mismatch", decision)
	fixtures.reasons("approval_mismatch", decision) == [{"given": 1, "differs": wanted}]
}

test_a_yes_to_this_call if decide(fixtures.sign(fixtures.approval({}))).verdict == "allow"

test_a_yes_to_something_else if {
	every field in ["agent", "session", "tool", "operation", "arguments_digest"] {
		differs(fixtures.sign(fixtures.approval({field: "other"})), [field])
	}
}

test_a_yes_that_leaves_something_out if {
	differs(fixtures.sign(json.remove(fixtures.approval({}), ["arguments_digest"])), ["arguments_digest"])
}

test_a_forged_yes if differs(fixtures.forge(fixtures.approval({})), ["signature"])

test_an_agents_own_yes if {
	agents := object.union(fixtures.agents({}), {"subjects": {"https://people.example": {"bot": "desk-agent"}}})
	asked := fixtures.call(object.union(
		fixtures.with_tool("orders", "refund"),
		{"approvals": [fixtures.sign(fixtures.approval({"sub": "bot"}))]},
	))
	decision := fixtures.decide_in(asked, agents, fixtures.nothing_revoked, fixtures.bundles)
	fixtures.reasons("approval_mismatch", decision) == [{"given": 1, "differs": ["approver"]}]
}

bounded(seconds, claims) := fixtures.decide_in(
	fixtures.call(object.union(
		fixtures.with_tool("orders", "refund"),
		{"approvals": [fixtures.sign(fixtures.approval(claims))]},
	)),
	object.union(fixtures.agents({}), {"issuers": {"https://people.example": {"longest_seconds": seconds}}}),
	fixtures.nothing_revoked,
	fixtures.bundles,
)

test_a_yes_that_lasts_longer_than_its_issuer_may_let_it if {
	bounded(60, {"iat": fixtures.seconds}).verdict == "allow"
	every claims in [{"iat": fixtures.seconds - 1}, {}, {"iat": "now"}] {
		facts := fixtures.reasons("approval_mismatch", bounded(60, claims))
		facts == [{"given": 1, "differs": ["signature"]}]
	}
}

test_a_yes_of_nobody if differs(fixtures.sign(json.remove(fixtures.approval({"sub": "spiffe://example.org/ada"}), ["iss"])), ["signature"])

test_a_yes_that_nothing_asks_for_is_not_looked_at if {
	asked := fixtures.call({"approvals": [fixtures.forge(fixtures.approval({}))]})
	fixtures.decide(asked, {}).verdict == "allow"
}

# How long an approval may last is said of its issuer by name.
test_a_yes_without_an_issuer if {
	issuer := {"spiffe://people.example": object.union(fixtures.issuer("approval"), {"longest_seconds": 60})}
	agents := object.union(fixtures.agents({}), {"issuers": issuer})
	claims := json.remove(fixtures.approval({"sub": "spiffe://people.example/ada", "exp": fixtures.seconds + 9000}), ["iss"])
	asked := fixtures.call(object.union(fixtures.with_tool("orders", "refund"), {"approvals": [fixtures.sign(claims)]}))
	decision := fixtures.decide_in(asked, agents, fixtures.nothing_revoked, fixtures.bundles)
	fixtures.only("approval_mismatch", decision)
}
