package segrego.runtime_rules.tool_not_registered_test

import data.segrego.runtime_fixtures_test as fixtures

denied(name, operation) if {
	fixtures.only("tool_not_registered", fixtures.decide(fixtures.call(fixtures.with_tool(name, operation)), {}))
}

test_another_tool if denied("billing", "refund")

test_another_operation if denied("orders", "delete_order")

test_what_was_asked_for_is_said if {
	decision := fixtures.decide(fixtures.call(fixtures.with_tool("billing", "refund")), {})
	fixtures.reasons("tool_not_registered", decision) == [{"tool": "billing", "operation": "refund"}]
}

test_nobody_has_no_tools_to_miss if {
	fixtures.reasons("tool_not_registered", fixtures.decide(fixtures.call({"agent": "nobody"}), {})) == []
}
