package segrego.runtime_rules.revoked_test

import data.segrego.runtime_fixtures_test as fixtures

revoked(kind, id) := object.union(fixtures.nothing_revoked, {kind: {id: {"at_ns": 7, "reason": "left"}}})

decide(asked, revocations) := fixtures.decide_in(asked, fixtures.agents({}), revocations, fixtures.bundles)

test_an_agent if {
	decision := decide(fixtures.call({}), revoked("agents", "orders-agent"))
	fixtures.only("revoked", decision)
	fixtures.reasons("revoked", decision) == [{"kind": "agent", "id": "orders-agent", "since_ns": 7}]
}

test_a_session if fixtures.only("revoked", decide(fixtures.call({}), revoked("sessions", "session-1")))

test_a_task if {
	decision := decide(fixtures.call({"task": "task-1"}), revoked("tasks", "task-1"))
	fixtures.only("revoked", decision)
	fixtures.reasons("revoked", decision) == [{"kind": "task", "id": "task-1", "since_ns": 7}]
}

test_the_task_of_a_grant if {
	asked := fixtures.call({"grant": fixtures.sign(fixtures.grant({"sub": "orders-agent"}))})
	decision := decide(asked, revoked("tasks", "task-1"))
	fixtures.reasons("revoked", decision) == [{"kind": "task", "id": "task-1", "since_ns": 7}]
}

test_an_agent_that_called if {
	desk := {"agent": "desk-agent", "proof": fixtures.sign(fixtures.proof({"sub": "desk"}))}
	decision := decide(fixtures.call({"callers": [desk]}), revoked("agents", "desk-agent"))
	fixtures.only("revoked", decision)
	fixtures.reasons("revoked", decision) == [{"kind": "agent", "id": "desk-agent", "since_ns": 7}]
}

test_anybody_else if decide(fixtures.call({}), revoked("agents", "desk-agent")).verdict == "allow"

test_what_was_revoked_is_said if {
	fixtures.reasons("revoked", decide(fixtures.call({}), revoked("sessions", "session-1"))) == [{
		"kind": "session",
		"id": "session-1",
		"since_ns": 7,
	}]
}
