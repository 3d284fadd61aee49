# Tokens as RFC 7519 has them, judged through the decision on a call. The keys are for these tests alone.
package segrego.runtime_lib.token_test

import data.segrego.runtime_fixtures_test as fixtures

_keys := {
	"RSA": {
		"kty": "RSA",
		"kid": "rsa",
		"n": "wzNTEsypHzIH9Mf49YxOlcHpTDGhILHpoRTz5z81pUZTpOFuIvGdsgc3YN4WUNXqMXnZUsa6J-4I0VQ8QMvtpzxE6MmiZYHHkuaZOFXFkHfcfkK56-e9EN2MT0RlJj4f08i5kQI8tgwqTQ4BbtjtlHqEKnvQsDSiXiDB1qWP7BT9EbptVtJxCut9GPB9Lr9H2lh1OigU0inJjbiwCbWvOLylZOXKaIDgxd49zNacGkfV2psG8IwUdfxI1K6RVxNmB2PwGR4lZuX5wAKPZ0CE7KwKGg_GfenYrpYdFmKyEbL1hdbjharZJXdlhGPbYH-xWaM69EFsT7wuGLRM4AOgxw",
		"e": "AQAB",
		"d": "HJPXBa7mKPsEzywM9rtOhf5C-YoKh47ZyrYWlImx1jswOQ4H4csdxdfonks6rnr4M7tzEFCn0FC5BGx1-xvf9IE5ABuvpXdqkHHSMhKHP1n3ne8xk6f0YL5kBvbXGCeK4VFHBEPKP5y9qf-dlheMMMCpuM6Hru8FwQy__tIeT_brwQqxgcJRQbJH0g641MrBmMuPog-jeHvxGZ50l1HexU-CRzWFk44mJnZ9ihmEDX7slJvVN2Ageah_xrabISd4FkgyNTzQUBMGyO3F-6Qfw5x-CPC_xFuZmOkLDVEROmsoReMO1gC4kNIrTr-XySO8Z64NCJdvdYhZilQ6RouZgQ",
		"p": "7eZ96YC8Z1NwW5D3N2l5x78DV5LYOQbQdo7qLxFNrFsvStoReZ5XBT8LwPsTOyodRoZz9CxPuoEBzMa1gfdkPYP6G5-o2INfUUbRVKoJt8ds-GMDVwNh9px3Gf_OqVRf7kGWr8b_a-obksYxms3_7kgfUT4YaFSwHxrB6It7RV0",
		"q": "0g0uW_G7mJ9Wcqtf3aeTvOq9xFoP0VT4TblgIDGU0N5PQAmN0eY9YOHXpVwIuosNi9G49F7qvt9AYyxBTMh9rOnc3hO9KB2jXLwYNqVSh8fas--TGtC_JoonKOm279ChpjB0BB3hihPwfTIF9ulsHmfl1S9siUFrkUS66fLB2HM",
		"dp": "q9wGudi2Qi6UzJE9Blq8DwB-eZUrfobdscgshTQK2KhG0dwXI7SvSKry4sZ-bg9OdtRKj-oy7pijpDsohGsjjwz4cVw1rbO5-A0gy_jKbGk033snvoRDENSXdcDGmqzJYGUhZnprqpnEsZNb4mlOqeSQOzCQkU4crVu3GTcqJkE",
		"dq": "MyJGUNeuBV90mgGiGsF6s5ipja0nAJygvbsM7YlkYtxbiolI3vofowAXkQewkEjdiVYKomKg3spWUE4rr1d3UKq1u9IuUB-27xJTCqqARtGeKgN-Wh7LCcTD96-9eu_dCintdDsZ9pUYDEIrNYppaZV9W8Jpt5gXaYvDvMP98IU",
		"qi": "Z-6RGEae8Dwok9I66qhmS5lj8wVnm7ImacxOJyFFa_q8s1TRxdIKb6KiSfO2gFALOBkExt_q0NZAhy9PK4cxKY1Wr6ETZbAeY_dUUpjr7tdGw-LsKwp4gfN3UBD3ETMEMkBXBZ0i4IocOckstaTMeGVtcfUJrc2zSVx5L1ZfuHI",
	},
	"P-384": {
		"kty": "EC",
		"crv": "P-384",
		"kid": "P-384",
		"x": "Y75UAMZWAFQFxJcRqHtiOxWGOrBXdXw3k0d2FU9b1BvrhFOCX_MAIYjXgBFipjzU",
		"y": "GudI_LrU8gXHGdhetU_mQTfaSJ5ThsVAbSC4Gj3NB7ribSx5VntE99fk3OWzNHiR",
		"d": "MjlPLth3nZPvNfTDSqvptg5VfBbw6Yh2iK2tPxq8yvDJxXBBB80Ro7uN-vHD1A1Y",
	},
	"P-521": {
		"kty": "EC",
		"crv": "P-521",
		"kid": "P-521",
		"x": "AGCFJaq7AoSBMpRIUE6d5ArA75YU0Kw7ey77uELgHTSd8fpRBEITvmXdNNsMGSqFQh8Hiprv3nk63yu1vfS-66hq",
		"y": "AZmdFsqzSSvMX4ZOAbaWdbmrObiOfQh_4hsX8uD44Kf-puzEfeKciM889GBzl58uAt11ytYDGiRRZMzflIiKbIIs",
		"d": "AGoQ0EdgE2dThOa77IoQX2ugLj6zX-oGPScx_RgZbIK-K6AtcUyruZ4xtnZMCxHHdQCRweywnhpQhe9K5K1PUo8C",
	},
	"Ed25519": {
		"kty": "OKP",
		"crv": "Ed25519",
		"kid": "ed",
		"x": "i0slfJ5Hv_9jHoui1NHytSHgiwftIVnEPkAmm5amK9s",
		"d": "EOpvpeNgh_BQUzcNhJHS9skqktkb2yqj9JZ2zSEoDSE",
	},
}

_algorithms := {"RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"}

_private := {"d", "p", "q", "dp", "dq", "qi"}

# The decision on a call with a proof, whose issuer is as given.
decide(token, issuer) := fixtures.decide_in(
	fixtures.call({"proof": token}),
	object.union(fixtures.agents({}), {"issuers": {"https://proofs.example": issuer}}),
	fixtures.nothing_revoked,
	fixtures.bundles,
)

claimed(claims) := decide(fixtures.sign(fixtures.proof(claims)), fixtures.issuer("proof")).verdict

test_every_asymmetric_algorithm_is_understood if {
	verdicts := {[algorithm, besides]: verdict |
		some algorithm, name in _algorithms
		some besides in [[], ["ES256"]]
		key := _keys[name]
		issuer := object.union(fixtures.issuer("proof"), {
			"algorithms": array.concat([algorithm], besides),
			"keys": json.marshal({"keys": [object.remove(key, _private)]}),
		})
		token := io.jwt.encode_sign({"alg": algorithm, "typ": "JWT", "kid": key.kid}, fixtures.proof({}), key)
		verdict := decide(token, issuer).verdict
	}
	verdicts == {[algorithm, besides]: "allow" | some algorithm, _ in _algorithms; some besides in [[], ["ES256"]]}
}

test_an_algorithm_that_the_issuer_does_not_use if {
	issuer := object.union(fixtures.issuer("proof"), {"algorithms": ["EdDSA"]})
	fixtures.only("unproven_agent", decide(fixtures.sign(fixtures.proof({})), issuer))
}

test_clocks_may_differ_by_the_issuers_seconds_and_no_more if {
	claimed({"exp": fixtures.seconds - 29}) == "allow"
	claimed({"exp": fixtures.seconds - 30}) == "deny"
	claimed({"nbf": fixtures.seconds + 30}) == "allow"
	claimed({"nbf": fixtures.seconds + 31}) == "deny"
}

test_a_token_that_holds_for_one_second if {
	claimed({"nbf": fixtures.seconds, "exp": fixtures.seconds + 1}) == "allow"
	claimed({"nbf": fixtures.seconds - 1, "exp": fixtures.seconds}) == "allow"
}

test_without_a_difference_allowed_a_token_ends_when_it_says if {
	strict := object.remove(fixtures.issuer("proof"), ["skew_seconds"])
	ended := fixtures.proof({"exp": fixtures.seconds})
	issuers := {"issuers": object.union(object.remove(fixtures.issuers, ["https://proofs.example"]), {"https://proofs.example": strict})}
	registered := object.union(object.remove(fixtures.agents({}), ["issuers"]), issuers)
	every claims, verdict in {ended: "deny", fixtures.proof({"exp": fixtures.seconds + 1}): "allow"} {
		made := fixtures.call({"proof": fixtures.sign(claims)})
		fixtures.decide_in(made, registered, fixtures.nothing_revoked, fixtures.bundles).verdict == verdict
	}
}

test_a_subject_without_an_issuer_is_one_of_spiffe_alone if {
	claims := json.remove(fixtures.proof({"sub": "example.org/orders"}), ["iss"])
	subjects := {"subjects": {"spiffe://example.org": {"example.org/orders": "orders-agent"}}}
	registered := object.union(fixtures.agents({}), subjects)
	made := fixtures.call({"proof": fixtures.sign(claims)})
	fixtures.only("unproven_agent", fixtures.decide_in(made, registered, fixtures.nothing_revoked, fixtures.bundles))
}

# Not even one that an agent's subject is registered with, and whose keys are the same.
test_the_issuer_of_grants_proves_nobody if {
	registered := object.union(fixtures.agents({"subjects": {"https://grants.example": ["orders"], "https://proofs.example": ["orders"]}}), {
		"subjects": {"https://grants.example": {"orders": "orders-agent"}},
	})
	made := fixtures.call({"proof": fixtures.sign(fixtures.proof({"iss": "https://grants.example"}))})
	fixtures.only("unproven_agent", fixtures.decide_in(made, registered, fixtures.nothing_revoked, fixtures.bundles))
}

test_credentials_end_with_the_first_of_what_was_shown if {
	made := fixtures.call({
		"proof": fixtures.sign(fixtures.proof({"exp": fixtures.seconds + 60})),
		"task": "task-1",
		"grant": fixtures.sign(fixtures.grant({"sub": "orders-agent"})),
	})
	fixtures.decide(made, {}).obligations.credentials.not_after_ns == fixtures.now + 60000000000
}

# Whoever can read a key that is shared could make such a token.
test_a_symmetric_algorithm_proves_nobody if {
	shared := {"kty": "oct", "kid": "shared", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}
	token := io.jwt.encode_sign({"alg": "HS256", "typ": "JWT", "kid": "shared"}, fixtures.proof({}), shared)
	every algorithms in [["HS256"], ["HS256", "ES256"]] {
		issuer := object.union(fixtures.issuer("proof"), {"algorithms": algorithms, "keys": json.marshal({"keys": [shared]})})
		fixtures.only("unproven_agent", decide(token, issuer))
	}
}
