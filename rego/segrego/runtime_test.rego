package segrego.runtime_test

import data.segrego.runtime
import data.segrego.runtime_fixtures_test as fixtures
import data.segrego.runtime_lib.ordinary

test_a_registered_call_of_a_proven_agent_is_allowed if {
	decision := fixtures.decide(fixtures.call({}), {})
	decision.verdict == "allow"
	decision.reasons == []
	decision.access == "read"
	decision.domain == "orders"
	decision.task == null
	decision.proof_id == "proof-1"
	decision.revisions == {"policy": "policy-1", "agents": "agents-1", "revocations": "revocations-1"}
}

test_an_ordinary_call_is_known_at_once if {
	made := fixtures.call({"rate": {"calls": 4, "window_seconds": 60}, "history": [fixtures.past("find_order", {})]})
	ordinary.is_ordinary with input as made
		with data.segrego.agents as fixtures.agents({"limits": {"calls": 5, "window_seconds": 60, "hours": null}})
		with data.segrego.revocations as fixtures.nothing_revoked
		with data.system.bundles as fixtures.bundles
		with time.now_ns as fixtures.now
}

test_obligations_scope_the_credentials if {
	decision := fixtures.decide(fixtures.call({}), {})
	decision.obligations.arguments == ["order_id"]
	decision.obligations.credentials == {
		"role": "arn:aws:iam::111122223333:role/agents/orders",
		"source_identity": "orders",
		"session_tags": {"segrego:agent": "orders-agent", "segrego:session": "session-1"},
		"actions": ["lambda:invokefunction"],
		"resources": ["arn:aws:lambda:eu-west-1:111122223333:function:orders"],
		"not_after_ns": fixtures.now + 300000000000,
	}
}

test_credentials_are_for_the_resource_and_the_task_of_the_call if {
	asked := fixtures.call(object.union(
		fixtures.resource("arn:aws:s3:::shop/1", {}),
		{"task": "task-1", "grant": fixtures.sign(fixtures.grant({"sub": "orders-agent", "exp": fixtures.seconds + 60}))},
	))
	found := fixtures.decide(asked, {"roles": ["arn:aws:iam::111122223333:role/orders", "arn:aws:iam::111122223333:role/orders-2"]})
	found.obligations.credentials.role == null
	found.obligations.credentials.resources == ["arn:aws:s3:::shop/1"]
	found.obligations.credentials.session_tags["segrego:task"] == "task-1"
	found.obligations.credentials.not_after_ns == fixtures.now + 60000000000
	found.task == "task-1"
}

test_a_grant_alone_is_proof if {
	asked := fixtures.call({
		"proof": null,
		"task": "task-1",
		"grant": fixtures.sign(fixtures.grant({"sub": "orders-agent"})),
	})
	decision := fixtures.decide(asked, {})
	decision.verdict == "allow"
	decision.proof_id == "grant-1"
}

test_a_jwt_svid_is_proof if {
	claims := json.remove(fixtures.proof({"sub": "spiffe://example.org/orders"}), ["iss", "jti"])
	decision := fixtures.decide(fixtures.call({"proof": fixtures.sign(claims)}), {})
	decision.verdict == "allow"
	decision.proof_id == "spiffe://example.org/orders"
}

test_nothing_known_is_denied if {
	decision := fixtures.decide_in({}, {}, {}, {})
	decision.verdict == "deny"
	decision.access == null
	decision.domain == null
	decision.proof_id == null
	decision.obligations.credentials == null
	decision.revisions == {"policy": null, "agents": null, "revocations": null}
}

test_no_bundle_at_all_is_denied if {
	decision := runtime.decision with input as fixtures.call({})
		with data.segrego.agents as fixtures.agents({})
		with time.now_ns as fixtures.now
	decision.verdict == "deny"
	[facts.state | some facts in fixtures.reasons("stale_policy", decision)] == ["missing", "missing", "missing"]
	decision.revisions == {"policy": null, "agents": null, "revocations": null}
}

test_the_most_sensitive_domain_is_named if {
	asked := fixtures.call(fixtures.resource("arn:aws:s3:::shop-payroll/1", {}))
	decision := fixtures.decide(asked, {"domains": ["orders", "payroll"]})
	decision.verdict == "allow"
	decision.domain == "payroll"
}

test_a_call_without_domains_has_none if {
	decision := fixtures.decide(fixtures.call(fixtures.with_tool("web", "post")), {})
	decision.verdict == "allow"
	decision.domain == null
	decision.obligations.credentials.resources == []
}

test_names_are_compared_exactly if {
	every name in ["../orders", "orders/", "Orders", "orders*", "orders\u0000", ""] {
		decision := fixtures.decide(fixtures.call(fixtures.with_tool(name, "find_order")), {})
		decision.verdict == "deny"
	}
}

test_names_of_another_type_are_denied if {
	every name in [null, 1, true, [], {}, ["orders"], {"orders": 1}] {
		decision := fixtures.decide(fixtures.call(fixtures.with_tool(name, "find_order")), {})
		decision.verdict == "deny"
	}
}

test_what_is_recorded_does_not_hang_on_the_verdict if {
	recorded := ["agent", "proof_id", "session", "flow", "tool", "operation", "resource", "callers", "traceparent"]
	fixtures.decide(fixtures.call({}), {}).obligations.record == recorded
	fixtures.decide(fixtures.call({"proof": null}), {}).obligations.record == recorded
}

test_credentials_end_after_a_quarter_of_an_hour_at_most if {
	asked := fixtures.call({"proof": fixtures.sign(fixtures.proof({"exp": fixtures.seconds + 86400}))})
	fixtures.decide(asked, {}).obligations.credentials.not_after_ns == fixtures.now + 900000000000
}

test_of_several_domains_the_first_is_named if {
	asked := fixtures.call(fixtures.resource("arn:aws:s3:::shop/1", {}))
	fixtures.decide(asked, {}).domain == "customers"
}

test_a_person_is_not_asked_where_something_else_denies if {
	asked := fixtures.call(object.union(fixtures.with_tool("orders", "refund"), {"role": null}))
	decision := fixtures.decide(asked, {})
	decision.verdict == "deny"
	{reason.effect | some reason in decision.reasons} == {"deny", "approve"}
}

test_of_several_sensitive_domains_the_first_is_named if {
	agents := object.union(fixtures.agents({"domains": ["orders", "payroll", "health"]}), {
		"domains": {"health": {"sensitive": true}},
		"resources": {"domains": {"arn:aws:s3:::shop-payroll": ["payroll", "health"]}},
	})
	asked := fixtures.call(fixtures.resource("arn:aws:s3:::shop-payroll/1", {}))
	fixtures.decide_in(asked, agents, fixtures.nothing_revoked, fixtures.bundles).domain == "health"
}

test_a_denied_call_is_recorded_with_its_task_and_the_revisions if {
	decision := fixtures.decide(fixtures.call({"proof": null, "task": "task-1"}), {})
	decision.verdict == "deny"
	decision.task == "task-1"
	decision.revisions == {"policy": "policy-1", "agents": "agents-1", "revocations": "revocations-1"}
}

test_a_task_that_is_no_text_is_none if fixtures.decide(fixtures.call({"task": 7}), {}).task == null
