# What the decision asks for by itself, whatever the rules say or do not say.
package segrego.runtime_without_rules_test

import data.segrego.runtime
import data.segrego.runtime_fixtures_test as fixtures

# What is decided where the rules say what is given and nothing else.
said(rules, made) := decision if {
	decision := runtime.decision with input as made
		with data.segrego.agents as fixtures.agents({})
		with data.segrego.revocations as fixtures.nothing_revoked
		with data.system.bundles as fixtures.bundles
		with time.now_ns as fixtures.now
		with data.segrego.runtime_rules as rules
		with data.segrego.runtime_lib.ordinary.is_ordinary as false
}

test_rules_that_say_nothing_let_nothing_through if {
	understood := {"malformed_call": {"is_well_formed": true}}
	said(understood, fixtures.call({})).verdict == "allow"
	said({}, fixtures.call({})).verdict == "deny"
	of_another := fixtures.call({"proof": fixtures.sign(fixtures.proof({"sub": "desk"}))})
	said(understood, of_another).verdict == "deny"
	said(understood, fixtures.call({"agent": "nobody"})).verdict == "deny"
	said(understood, fixtures.call(fixtures.with_tool("orders", "unknown"))).verdict == "deny"
}

test_nobody_is_asked_for_what_is_not_understood if {
	asking := {"approval_missing": {"approve": {{"operation": "refund"}}}}
	said(object.union(asking, {"malformed_call": {"is_well_formed": true}}), fixtures.call({})).verdict == "approve"
	said(asking, fixtures.call({})).verdict == "deny"
}
