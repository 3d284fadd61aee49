# METADATA
# title: Claims of task grants and approvals
# description: >-
#   What a verified token must say to count. A grant is of this project's own making, so its claims are a closed list: a
#   restriction that is misspelt, or that is newer than this policy, would be silent otherwise. RFC 7519 lets the last of
#   two claims of one name count, which is what OPA's decoder and its verifier both do.
# schemas:
#   - input: schema.call_input
package segrego.runtime_lib.claims

import data.segrego.runtime_lib.call

_registered := {"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}

_own := {"task", "session", "tools", "resources", "access", "calls"}

# Whether each claim of a grant is there, is known, and is of the type that rules are written for.
is_grant(stated) if {
	count(object.keys(stated) - (_registered | _own)) == 0
	is_text(stated.sub)
	is_text(stated.jti)
	is_text(stated.task)
	is_session(stated.session)
	is_object(stated.tools)
	every operations in stated.tools {
		are_texts(operations)
	}
	are_texts(stated.resources)
	are_texts(stated.access)
	is_number(stated.calls)
	is_number(stated.iat)
}

# Whether a token lasts no longer than its issuer may let it, and was not made later than now. Grants always have a bound:
# an hour, where the agents bundle names none. The issuer must be named, for the bound is the issuer's.
is_short(stated) if {
	is_text(stated.iss)
	not _longest(stated)
}

is_short(stated) if {
	stated.exp - stated.iat <= _longest(stated)
	issuer := data.segrego.agents.issuers[stated.iss]
	(stated.iat - object.get(issuer, "skew_seconds", 0)) * 1000000000 <= call.now
}

_longest(stated) := seconds if {
	seconds := data.segrego.agents.issuers[stated.iss].longest_seconds
	is_number(seconds)
} else := 3600 if {
	data.segrego.agents.issuers[stated.iss].use == "grant"
}

is_text(value) if {
	is_string(value)
	value != ""
}

is_session(null)

is_session(value) if is_text(value)

are_texts(values) if {
	is_array(values)
	every value in values {
		is_string(value)
	}
}
