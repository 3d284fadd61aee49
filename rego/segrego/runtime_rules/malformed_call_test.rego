package segrego.runtime_rules.malformed_call_test

import data.segrego.runtime_fixtures_test as fixtures
import data.segrego.runtime_rules.malformed_call

test_a_field_of_a_type_that_no_rule_knows if {
	every change in [
		{"agent": 7},
		{"session": {"id": null}},
		{"proof": ["x"]},
		{"resource": {"arn": 5}},
		{"flow": "flow-1"},
		{"tool": {"arguments": []}},
		{"history": {}},
		{"history": [{}]},
		{"callers": {}},
		{"callers": [{"proof": "x"}]},
		{"callers": ["desk-agent"]},
		{"approvals": "yes"},
		{"approvals": [1]},
		{"version": 2},
		{"time_ns": "now"},
		{"rate": "none"},
		{"rate": {"calls": "few", "window_seconds": 60}, "agent": 7},
		{"traceparent": 1},
		{"history": [fixtures.past("find_order", {"verdict": 1})]},
		{"history": [fixtures.past("find_order", {"domain": 1})]},
		{"history": [fixtures.past("find_order", {"task": 1})]},
		{"tool": {"arguments_digest": 7}},
		{"tool": {"arguments": 7}},
	] {
		decision := fixtures.decide(fixtures.call(change), {})
		decision.verdict == "deny"
		facts := fixtures.reasons("malformed_call", decision)
		count(facts) == 1
	}
}

test_only_the_field_that_is_not_understood_is_named if {
	made := fixtures.call({"agent": 7, "flow": {"id": "flow-1"}, "rate": {"calls": 1, "window_seconds": 60}})
	fixtures.reasons("malformed_call", fixtures.decide(made, {})) == [{"field": "agent"}]
}

test_a_field_that_is_left_out if {
	every field in object.keys(fixtures.call({})) - {"session", "tool"} {
		decision := fixtures.decide(object.remove(fixtures.call({}), [field]), {})
		decision.verdict == "deny"
		{"field": field} in fixtures.reasons("malformed_call", decision)
	}
	every field in ["name", "operation", "arguments_digest"] {
		asked := fixtures.call({})
		tool := {"tool": object.remove(asked.tool, [field])}
		decision := fixtures.decide(object.union(object.remove(asked, ["tool"]), tool), {})
		{"field": concat(".", ["tool", field])} in fixtures.reasons("malformed_call", decision)
	}
}

test_a_part_that_is_no_object if {
	decision := fixtures.decide(object.union(object.remove(fixtures.call({}), ["session"]), {"session": "x"}), {})
	{"field": "session.id"} in fixtures.reasons("malformed_call", decision)
}

test_an_empty_text_is_none if {
	decision := fixtures.decide(fixtures.call(fixtures.with_tool("", "x")), {})
	fixtures.reasons("malformed_call", decision) == [{"field": "tool.name"}]
}

# Not even where the empty text is registered.
test_every_empty_text_is_none if {
	tools := {name: fixtures.tool({"": fixtures.operation("read", {}), "find": fixtures.operation("read", {})}, {}) |
		some name in ["", "orders"]
	}
	registered := object.union(fixtures.agents({"tools": tools}), {
		"agents": {"": fixtures.agent({"tools": tools})},
		"subjects": {"https://proofs.example": {"nobody": ""}},
	})
	every field, change in {
		"agent": {"agent": "", "proof": fixtures.sign(fixtures.proof({"sub": "nobody"}))},
		"session.id": {"session": {"id": ""}},
		"tool.name": fixtures.with_tool("", "find"),
		"tool.operation": fixtures.with_tool("orders", ""),
		"tool.arguments_digest": {"tool": {"arguments_digest": ""}},
	} {
		made := object.union(fixtures.call(fixtures.with_tool("orders", "find")), change)
		decision := fixtures.decide_in(made, registered, fixtures.nothing_revoked, fixtures.bundles)
		fixtures.only("malformed_call", decision)
		fixtures.reasons("malformed_call", decision) == [{"field": field}]
	}
}

test_a_whole_call_is_understood if fixtures.reasons("malformed_call", fixtures.decide(fixtures.call({}), {})) == []

well_formed(change) if malformed_call.is_well_formed with input as fixtures.call(change)

# The whole call at once, and each of its fields, are asked for by separate rules.
test_what_a_field_may_be_is_well_formed if {
	every change in [
		{"proof": null},
		{"grant": "grant"},
		{"role": null},
		{"task": "task-1"},
		{"traceparent": "00-1-1-00"},
		{"flow": {"id": "flow-1"}},
		{"rate": {"calls": 1, "window_seconds": 60}},
		fixtures.resource("arn:aws:s3:::shop/1", {"account": "111122223333", "domain": "orders", "environment": "production"}),
		fixtures.resource("arn:aws:s3:::shop/1", {}),
		{"callers": [{"agent": "desk-agent", "proof": null}, {"agent": "desk-agent", "proof": "proof"}]},
		{"history": [fixtures.past("find_order", {}), fixtures.past("find_order", {"domain": "orders", "task": "task-1"})]},
		{"approvals": ["approval"]},
	] {
		well_formed(change)
		fixtures.reasons("malformed_call", fixtures.decide(fixtures.call(change), {})) == []
	}
}

test_what_a_field_may_not_be_is_not_well_formed if {
	asked := fixtures.call({})
	every change in array.concat([{"tool": object.union(asked.tool, {field: value})} | some field in ["name", "operation", "arguments_digest"]; some value in [7, ""]], [
		{"tool": object.union(asked.tool, {"arguments": []})},
		{"version": 2},
		{"agent": 7},
		{"agent": ""},
		{"session": {"id": 7, "started_ns": null}},
		{"session": {"id": "", "started_ns": null}},
		{"time_ns": "now"},
		{"proof": 7},
		{"grant": 7},
		{"role": 7},
		{"task": 7},
		{"traceparent": 7},
		{"flow": "flow-1"},
		{"rate": "none"},
		{"resource": "arn:aws:s3:::shop/1"},
		fixtures.resource("", {}),
		fixtures.resource("arn:aws:s3:::shop/1", {"account": 7}),
		fixtures.resource("arn:aws:s3:::shop/1", {"domain": 7}),
		fixtures.resource("arn:aws:s3:::shop/1", {"environment": 7}),
		{"callers": {}},
		{"callers": [{"agent": 7, "proof": null}]},
		{"callers": [{"agent": "", "proof": null}]},
		{"callers": [{"agent": "desk-agent", "proof": 7}]},
		{"history": {}},
		{"history": [fixtures.past("find_order", {"verdict": 1})]},
		{"history": [fixtures.past("find_order", {"domain": 1})]},
		{"history": [fixtures.past("find_order", {"task": 1})]},
		{"approvals": {}},
		{"approvals": [1]},
	]) {
		not well_formed(change)
		decision := fixtures.decide(object.union(object.remove(asked, object.keys(change)), change), {})
		count(fixtures.reasons("malformed_call", decision)) == 1
	}
}
