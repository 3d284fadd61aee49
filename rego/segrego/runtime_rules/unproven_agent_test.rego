package segrego.runtime_rules.unproven_agent_test

import data.segrego.runtime_fixtures_test as fixtures

denied(proof) if fixtures.only("unproven_agent", fixtures.decide(fixtures.call({"proof": proof}), {}))

test_no_proof if denied(null)

test_no_token_at_all if denied("not.a.token")

test_a_forged_signature if denied(fixtures.forge(fixtures.proof({})))

test_expired if denied(fixtures.sign(fixtures.proof({"exp": fixtures.seconds - 31})))

test_without_an_expiry if denied(fixtures.sign(json.remove(fixtures.proof({}), ["exp"])))

test_not_yet_valid if denied(fixtures.sign(fixtures.proof({"nbf": fixtures.seconds + 31})))

test_for_another_audience if denied(fixtures.sign(fixtures.proof({"aud": "elsewhere"})))

test_of_an_unknown_issuer if denied(fixtures.sign(fixtures.proof({"iss": "https://evil.example"})))

test_of_an_issuer_for_another_use if denied(fixtures.sign(fixtures.proof({"iss": "https://people.example"})))

test_of_a_subject_that_is_no_agent if denied(fixtures.sign(fixtures.proof({"sub": "nobody"})))

# {"alg":"none"}.{"iss":"https://proofs.example","sub":"orders","aud":"segrego","exp":1800000300}.
test_without_a_signature if {
	header := base64url.encode_no_pad(`{"alg":"none","typ":"JWT"}`)
	denied(concat(".", [header, base64url.encode_no_pad(json.marshal(fixtures.proof({}))), ""]))
}

# The public key as the secret of a symmetric signature.
test_signed_with_the_public_key if {
	key := {"kty": "oct", "k": base64url.encode_no_pad(fixtures.issuer("proof").keys)}
	denied(io.jwt.encode_sign({"alg": "HS256", "typ": "JWT"}, fixtures.proof({}), key))
}

test_an_issuer_that_names_a_symmetric_algorithm if {
	key := {"kty": "oct", "k": base64url.encode_no_pad(fixtures.issuer("proof").keys)}
	token := io.jwt.encode_sign({"alg": "HS256", "typ": "JWT"}, fixtures.proof({}), key)
	weak := object.union(fixtures.issuer("proof"), {"algorithms": ["HS256"]})
	registered := object.union(fixtures.agents({}), {"issuers": {"https://proofs.example": weak}})
	decision := fixtures.decide_in(fixtures.call({"proof": token}), registered, fixtures.nothing_revoked, fixtures.bundles)
	fixtures.only("unproven_agent", decision)
}

test_clocks_may_differ_a_little if {
	every change in [{"exp": fixtures.seconds - 29}, {"nbf": fixtures.seconds + 29}] {
		decision := fixtures.decide(fixtures.call({"proof": fixtures.sign(fixtures.proof(change))}), {})
		decision.verdict == "allow"
	}
}

shown(made) := fixtures.reasons("unproven_agent", fixtures.decide(fixtures.call(made), {}))

test_what_was_shown_is_said if {
	shown({"proof": null}) == [{"agent": "orders-agent", "shown": []}]
	forged := {"proof": fixtures.forge(fixtures.proof({})), "grant": fixtures.forge(fixtures.grant({}))}
	shown(forged) == [{"agent": "orders-agent", "shown": ["grant", "proof"]}]
}
