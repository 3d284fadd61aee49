package segrego.runtime_rules.grant_exceeded_test

import data.segrego.runtime_fixtures_test as fixtures

decide(grant, extra) := fixtures.decide(
	fixtures.call(object.union(
		{"task": "task-1", "grant": fixtures.sign(fixtures.grant(object.union({"sub": "orders-agent"}, grant)))},
		extra,
	)),
	{},
)

exceeded(grant, extra, field) if {
	decision := decide(grant, extra)
	fixtures.only("grant_exceeded", decision)
	[facts.field | some facts in fixtures.reasons("grant_exceeded", decision)] == [field]
}

test_within if {
	decide({}, {}).verdict == "allow"
	decide({"session": null}, {}).verdict == "allow"
	decide({"tools": {"orders": ["*"]}}, {}).verdict == "allow"
}

test_another_task if exceeded({}, {"task": "task-2"}, "task")

test_no_task_is_named if exceeded({}, {"task": null}, "task")

test_another_session if exceeded({"session": "session-2"}, {}, "session")

test_another_operation if exceeded({"tools": {"orders": ["refund"]}}, {}, "operation")

test_another_tool if {
	claims := json.remove(fixtures.grant({"sub": "orders-agent"}), ["tools"])
	token := fixtures.sign(object.union(claims, {"tools": {"billing": ["*"]}}))
	fixtures.only("grant_exceeded", fixtures.decide(fixtures.call({"task": "task-1", "grant": token}), {}))
}

test_another_agent if {
	facts := fixtures.reasons("grant_exceeded", decide({"sub": "desk-agent"}, {}))
	facts == [{"field": "agent", "granted": "desk-agent", "asked": "orders-agent"}]
}

test_another_resource if {
	exceeded({"resources": ["arn:aws:s3:::shop/1"]}, fixtures.resource("arn:aws:s3:::shop/2", {}), "resource")
	exceeded({"resources": ["arn:aws:s3:::shop/1"]}, {}, "resource")
	exceeded({"resources": ["arn:aws:s3:::shop/1/*", "arn:aws:s3:::billing*"]}, fixtures.resource("arn:aws:s3:::shop/2", {}), "resource")
}

test_the_same_resource if {
	every pattern in ["arn:aws:s3:::shop/1", "arn:aws:s3:::shop/*"] {
		decide({"resources": [pattern]}, fixtures.resource("arn:aws:s3:::shop/1", {})).verdict == "allow"
	}
}

test_the_budget_is_used_up if {
	used := [fixtures.past("find_order", {"task": "task-1"}), fixtures.past("find_order", {"task": "task-1"})]
	exceeded({}, {"history": used}, "calls")
}

test_what_did_not_run_or_was_another_task_is_not_counted if {
	others := [
		fixtures.past("find_order", {"task": "task-1"}),
		fixtures.past("find_order", {"task": "task-1", "verdict": "deny"}),
		fixtures.past("find_order", {"task": "task-2"}),
	]
	decide({}, {"history": others}).verdict == "allow"
}

facts(grant, extra) := fixtures.reasons("grant_exceeded", decide(grant, extra))

test_what_was_granted_and_what_was_asked_are_said if {
	facts({}, {"task": "task-2"}) == [{"field": "task", "granted": "task-1", "asked": "task-2"}]
	facts({"session": "session-2"}, {}) == [{"field": "session", "granted": "session-2", "asked": "session-1"}]
	facts({"resources": ["arn:aws:s3:::shop/1"]}, {}) == [{"field": "resource", "granted": ["arn:aws:s3:::shop/1"], "asked": null}]
	facts({"resources": ["arn:x"]}, fixtures.resource("arn:aws:s3:::shop/2", {})) == [{
		"field": "resource",
		"granted": ["arn:x"],
		"asked": "arn:aws:s3:::shop/2",
	}]
	facts({"calls": 0}, {}) == [{"field": "calls", "granted": 0, "asked": 1}]
	some fact in facts({}, fixtures.with_tool("web", "post"))
	fact == {"field": "operation", "granted": {"orders": ["find_order", "change_address"]}, "asked": "web.post"}
}

test_a_pattern_covers_more_only_with_a_star_at_its_end if {
	every pattern in ["arn:aws:s3:::shop", "arn:aws:s3:::shop/", "arn:*:shop/1", "*/1"] {
		exceeded({"resources": [pattern]}, fixtures.resource("arn:aws:s3:::shop/1", {}), "resource")
	}
}
