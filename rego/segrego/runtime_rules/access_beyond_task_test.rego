package segrego.runtime_rules.access_beyond_task_test

import data.segrego.runtime_fixtures_test as fixtures

test_a_read_only_agent_writes if {
	decision := fixtures.decide(fixtures.call(fixtures.with_tool("orders", "change_address")), {"read_only": true})
	fixtures.only("access_beyond_task", decision)
	fixtures.reasons("access_beyond_task", decision) == [{"access": "write", "allowed": ["read"], "by": "agent"}]
}

test_a_read_only_agent_reads if fixtures.decide(fixtures.call({}), {"read_only": true}).verdict == "allow"

test_a_grant_to_read if {
	asked := fixtures.call(object.union(
		fixtures.with_tool("orders", "change_address"),
		{"task": "task-1", "grant": fixtures.sign(fixtures.grant({"sub": "orders-agent", "access": ["read"]}))},
	))
	decision := fixtures.decide(asked, {})
	fixtures.only("access_beyond_task", decision)
	fixtures.reasons("access_beyond_task", decision) == [{"access": "write", "allowed": ["read"], "by": "grant"}]
}

test_an_agent_that_only_reads_does_nothing_else if {
	every access in ["write", "execute", "administer"] {
		tools := {"orders": {"operations": {"find_order": {"access": access}}}}
		decision := fixtures.decide(fixtures.call({}), {"read_only": true, "tools": tools})
		fixtures.only("access_beyond_task", decision)
	}
}
