package segrego.runtime_rules.malformed_call_test

import data.segrego.runtime_fixtures_test as fixtures

test_a_field_of_a_type_that_no_rule_knows if {
	some change in [
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
	]
	facts := fixtures.reasons("malformed_call", fixtures.decide(fixtures.call(change), {}))
	count({fact | some fact in facts}) == 1
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

test_a_whole_call_is_understood if fixtures.reasons("malformed_call", fixtures.decide(fixtures.call({}), {})) == []
