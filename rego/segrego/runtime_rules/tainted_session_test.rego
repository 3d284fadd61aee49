package segrego.runtime_rules.tainted_session_test

import data.segrego.runtime_fixtures_test as fixtures

decide(extra) := fixtures.decide(fixtures.call(object.union(fixtures.with_tool("web", "post"), extra)), {})

seen := {"history": [fixtures.past("read", {"domain": "payroll"})]}

test_calling_out_after_reading if fixtures.only("tainted_session", decide(seen))

test_reading_on if fixtures.decide(fixtures.call(seen), {}).verdict == "allow"

test_what_was_denied_was_not_read if {
	decide({"history": [fixtures.past("read", {"domain": "payroll", "verdict": "deny"})]}).verdict == "allow"
}

test_what_is_not_sensitive if decide({"history": [fixtures.past("read", {"domain": "orders"})]}).verdict == "allow"

test_what_was_seen_is_said if {
	fixtures.reasons("tainted_session", decide(seen)) == [{"domains": ["payroll"], "tool": "web"}]
}
