package segrego.runtime_rules.outside_environment_test

import data.segrego.runtime_fixtures_test as fixtures

test_a_tool_of_another_environment if {
	fixtures.only("outside_environment", fixtures.decide(fixtures.call({}), {"environment": "staging"}))
}

test_a_resource_of_another_environment if {
	asked := fixtures.call(fixtures.resource("arn:aws:s3:::shop/1", {"environment": "staging"}))
	fixtures.only("outside_environment", fixtures.decide(asked, {}))
}

test_no_environment_is_known if fixtures.decide(fixtures.call({}), {"environment": null}).verdict == "allow"

test_the_environments_are_said if {
	decision := fixtures.decide(fixtures.call({}), {"environment": "staging"})
	fixtures.reasons("outside_environment", decision) == [{"environment": "production", "own": "staging"}]
}

test_a_tool_of_no_environment_is_of_any if {
	fixtures.decide(fixtures.call({}), {"tools": {"orders": {"environment": null}}}).verdict == "allow"
}

test_a_resource_of_the_own_environment_or_of_any_where_none_is_known if {
	own := fixtures.call(fixtures.resource("arn:aws:s3:::shop/1", {"environment": "production"}))
	fixtures.decide(own, {}).verdict == "allow"
	other := fixtures.call(fixtures.resource("arn:aws:s3:::shop/1", {"environment": "staging"}))
	fixtures.decide(other, {"environment": null}).verdict == "allow"
}
