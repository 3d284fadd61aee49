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

# What proves the agent: the claims of a proof that holds now. Where it is the agent's own, of an issuer with one
# algorithm, nothing has to be decoded to find that issuer: OPA keeps what it has verified, and decoding costs more than
# that look-up. Every other proof is treated like any token, with the same result.
proof := payload if {
	some name, subjects in data.segrego.agents.agents[input.agent].subjects
	issuer := data.segrego.agents.issuers[name]
	issuer.use == "proof"
	[algorithm] = issuer.algorithms
	[true, header, payload] = io.jwt.decode_verify(
		input.proof,
		{"cert": issuer.keys, "alg": algorithm, "aud": issuer.audience, "time": time.now_ns()},
	)
	header.alg == algorithm
	algorithm in {"ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"}
	is_number(payload.exp)
	payload.sub in subjects
	issuer_of(payload) == name
} else := claims(input.proof, "proof")

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
claims(token, use) := stated if {
	is_string(token)
	[header, stated, _] := io.jwt.decode(token)
	issuer := data.segrego.agents.issuers[issuer_of(stated)]
	issuer.use == use
	header.alg in issuer.algorithms
	header.alg in {"ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"}
	is_number(stated.exp)
	_holds(token, stated, header.alg, issuer)
}

# What is verified must be what the issuer was chosen by.
_holds(token, stated, algorithm, issuer) if {
	[true, _, stated] = io.jwt.decode_verify(
		token,
		{"cert": issuer.keys, "alg": algorithm, "aud": issuer.audience, "time": call.now},
	)
} else if {
	[true, _, stated] = io.jwt.decode_verify(
		token,
		{"cert": issuer.keys, "alg": algorithm, "aud": issuer.audience, "time": _nearest(stated, issuer)},
	)
}

# Clocks differ: within the issuer's skew a token that has just ended, or is about to begin, is judged by the nearest
# time at which it holds.
_nearest(stated, issuer) := min([max([call.now, _second(object.get(stated, "nbf", 0))]), _second(stated.exp - 1)]) if {
	skew := _second(object.get(issuer, "skew_seconds", 0))
	call.now < _second(stated.exp) + skew
	call.now >= _second(object.get(stated, "nbf", 0)) - skew
}

# A token without an issuer is a JWT-SVID: its subject, spiffe://trust-domain/path, names the issuer.
issuer_of(stated) := issuer if {
	issuer := stated.iss
} else := concat("", ["spiffe://", split(trim_prefix(stated.sub, "spiffe://"), "/")[0]]) if {
	startswith(stated.sub, "spiffe://")
}

_second(seconds) := seconds * 1000000000

# Who runs: the agent that the proof's subject is registered for, or that the task grant was issued to.
proven_agents contains agent_of(proof)

proven_agents contains grant.sub

agent_of(shown) := data.segrego.agents.subjects[issuer_of(shown)][shown.sub]

# The id of what proves the agent, for the record: never the token itself.
proof_id := object.get(proof, "jti", proof.sub) if {
	proof
} else := grant.jti

# When the first of what was shown ends, in nanoseconds.
expiry_ns := _second(proof.exp) if {
	input.grant == null
} else := _second(min({proof.exp | proof} | {grant.exp | grant}))
