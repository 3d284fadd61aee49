package segrego.runtime_rules.outside_account_test

import data.segrego.runtime_fixtures_test as fixtures

denied(extra) if {
	asked := fixtures.call(fixtures.resource("arn:aws:dynamodb:eu-west-1:444455556666:table/x", extra))
	fixtures.only("outside_account", fixtures.decide(asked, {}))
}

test_the_account_in_the_arn if denied({})

test_the_account_that_is_said if {
	asked := fixtures.call(fixtures.resource("arn:aws:s3:::shop/1", {"account": "444455556666"}))
	fixtures.only("outside_account", fixtures.decide(asked, {}))
}

test_a_resource_without_an_account if {
	fixtures.decide(fixtures.call(fixtures.resource("arn:aws:s3:::shop/1", {})), {}).verdict == "allow"
}

test_the_accounts_are_said if {
	asked := fixtures.call(fixtures.resource("arn:aws:dynamodb:eu-west-1:444455556666:table/x", {}))
	fixtures.reasons("outside_account", fixtures.decide(asked, {})) == [{"account": "444455556666", "own": ["111122223333"]}]
	fixtures.reasons("outside_account", fixtures.decide(asked, {"account": null})) == [{
		"account": "444455556666",
		"own": ["111122223333"],
	}]
}

test_where_no_account_is_known_there_is_none_to_leave if {
	asked := object.union(fixtures.with_tool("web", "post"), fixtures.resource("arn:aws:dynamodb:eu-west-1:444455556666:table/x", {}))
	fixtures.decide(fixtures.call(asked), {"account": null}).verdict == "allow"
}

test_the_own_account_in_the_arn if {
	asked := fixtures.call(fixtures.resource("arn:aws:dynamodb:eu-west-1:111122223333:table/x", {}))
	fixtures.decide(asked, {}).verdict == "allow"
}
