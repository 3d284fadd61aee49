# METADATA
# title: Tokens
# description: >-
#   JSON Web Tokens, verified against the keys of the agents bundle. The algorithm is the issuer's own, of a closed list of
#   asymmetric ones; the issuer's keys serve one use alone. Sources: RFC 7519, RFC 8725 (best practices), JWT-SVID
#   (SPIFFE), where the issuer is the subject's trust domain. What is asked of a token more than once is a rule here, since
#   the results of rules are kept within a decision and those of functions are not.
# schemas:
#   - input: schema.call_input
package segrego.runtime_lib.token

import data.segrego.runtime_lib.call
import data.segrego.runtime_lib.claims as said

_algorithms := {"ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"}

# What proves the agent: the claims of a proof that holds now.
proof := claims(input.proof, "proof")

# A grant that leaves something out, or says something that is not known here, grants nothing: it would not be checked.
grant := found if {
	found := claims(input.grant, "grant")
	said.is_grant(found)
	said.is_short(found)
}

approvals contains approval if {
	some token in input.approvals
	approval := claims(token, "approval")
	said.is_short(approval)
}

# The claims of a token that is valid for a use now; undefined for any other token.
claims(token, use) := payload if {
	[header, stated, _] := io.jwt.decode(token)
	issuer := data.segrego.agents.issuers[issuer_of(stated)]
	issuer.use == use
	header.alg in issuer.algorithms
	_algorithms[header.alg]
	[valid, _, payload] := io.jwt.decode_verify(token, object.union(
		{"cert": issuer.keys, "alg": header.alg, "aud": issuer.audience, "time": _moment(stated, issuer)},
		{claim: value | some claim, value in stated; claim == "iss"},
	))
	valid
}

# A token without an issuer is a JWT-SVID: its subject, spiffe://trust-domain/path, names the issuer.
issuer_of(stated) := stated.iss

issuer_of(stated) := concat("", ["spiffe://", split(trim_prefix(stated.sub, "spiffe://"), "/")[0]]) if {
	not stated.iss
	startswith(stated.sub, "spiffe://")
}

# The time to judge a token by. Clocks differ: within the issuer's skew a token that has just ended, or is about to begin,
# is judged by the nearest time at which it holds. Without an expiry there is no such time.
_moment(stated, issuer) := min([max([call.now, _second(object.get(stated, "nbf", 0))]), _second(stated.exp - 1)]) if {
	skew := _second(object.get(issuer, "skew_seconds", 0))
	call.now < _second(stated.exp) + skew
	call.now >= _second(object.get(stated, "nbf", 0)) - skew
}

_second(seconds) := seconds * 1000000000

# Who runs: the agent that the proof's subject is registered for, or that the task grant was issued to.
proven_agents contains agent_of(proof)

proven_agents contains grant.sub

agent_of(shown) := data.segrego.agents.subjects[issuer_of(shown)][shown.sub]

# The id of what proves the agent, for the record: never the token itself.
proof_id := object.get(proof, "jti", proof.sub)

proof_id := grant.jti if not proof

# When what was shown ends, in nanoseconds.
expiries contains _second(proof.exp)

expiries contains _second(grant.exp)
