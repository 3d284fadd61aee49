package segrego.runtime_rules.outside_domain_test

import data.segrego.runtime_fixtures_test as fixtures

test_what_the_bundle_says_of_a_resource_counts if {
	claimed := fixtures.resource("arn:aws:s3:::shop-payroll/1", {"domain": "orders"})
	decision := fixtures.decide(fixtures.call(claimed), {})
	fixtures.only("outside_domain", decision)
	fixtures.reasons("outside_domain", decision) == [{"domains": ["payroll"], "own": ["customers", "orders"]}]
}

test_an_unknown_resource_is_of_the_domain_that_is_said if {
	fixtures.only("outside_domain", fixtures.decide(fixtures.call(fixtures.resource("arn:x", {"domain": "hr"})), {}))
}

test_a_tool_of_another_domain if fixtures.only("outside_domain", fixtures.decide(fixtures.call({}), {"domains": ["hr"]}))

test_its_own_domains if {
	fixtures.decide(fixtures.call(fixtures.resource("arn:aws:s3:::shop/1", {})), {}).verdict == "allow"
}
