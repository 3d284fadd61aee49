package segrego.lib.reach_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.reach

grant(file) := {"file": file}

own := fixtures.role("role", [], {"account": "111122223333"})

unplaced := fixtures.role("role", [], {"account": null})

hr := fixtures.resource("payroll", "AWS::S3::Bucket", {"domains": [fixtures.label("hr")]})

money := fixtures.resource("ledger", "AWS::S3::Bucket", {"domains": [fixtures.label("finance")]})

bucket(id) := fixtures.thing("resource", id, null)

domains(role, file, resource, patterns) := found if {
	found := reach.domains_of(role, grant(file), resource) with input as fixtures.inventory({
		"resources": [hr, money],
		"workloads": [fixtures.workload("base", "bedrock_knowledge_base", {"domains": [fixtures.label("manuals")]})],
		"resource_patterns": patterns,
	})
}

test_domains_of_data_and_of_workloads if {
	domains(own, null, "*", [fixtures.pattern("*", [
		bucket("payroll"),
		bucket("ledger"),
		fixtures.thing("bedrock_knowledge_base", "base", null),
		fixtures.thing("role", "payroll", null),
	])]) == {"hr", "finance", "manuals"}
	domains(own, null, "arn:aws:s3:::other/*", []) == set()
}

local_pattern(file, id) := object.union(fixtures.pattern("arn:aws:s3:::${Data}", [bucket(id)]), {"file": file})

test_a_templates_own_name_is_looked_up_in_its_file if {
	patterns := [local_pattern("a.yaml", "payroll"), local_pattern("b.yaml", "ledger")]
	domains(own, "a.yaml", "arn:aws:s3:::${Data}", patterns) == {"hr"}
	domains(own, "b.yaml", "arn:aws:s3:::${Data}", patterns) == {"finance"}
	domains(own, "c.yaml", "arn:aws:s3:::${Data}", patterns) == set()
}

in_two_accounts(text) := [object.union(fixtures.pattern(text, []), {"groups": [
	{"account": "111122223333", "names": [bucket("payroll")]},
	{"account": "444455556666", "names": [bucket("ledger")]},
]})]

test_a_wildcard_ends_at_the_account if {
	every text in ["*", "arn:aws:*", "arn:aws:s3:::*", "arn:aws:s3:::led*/x", "arn:aws:dynamodb:us-east-1:*:table/t"] {
		domains(own, null, text, in_two_accounts(text)) == {"hr"}
		domains(unplaced, null, text, in_two_accounts(text)) == {"hr", "finance"}
	}
}

test_who_names_the_account_or_the_bucket_means_it if {
	every text in ["arn:aws:s3:::ledger/*", "arn:aws:dynamodb:*:444455556666:table/*"] {
		domains(own, null, text, in_two_accounts(text)) == {"hr", "finance"}
	}
}

test_groups_are_keys_of_what_is_named if {
	agent := fixtures.agent("orders", {})
	pattern := fixtures.pattern_in("444455556666", "arn:aws:bedrock:*:444455556666:agent/*", [
		fixtures.thing("bedrock_agent", "orders", null),
		bucket("payroll"),
	])
	parts := fixtures.inventory({"workloads": [agent], "resources": [hr], "resource_patterns": [pattern]})
	groups := reach.groups(own, grant(null), pattern.pattern) with input as parts
	{[group.kind, group.account, group.foreign] | some group in groups} == {
		["bedrock_agent", "444455556666", true],
		["resource", "444455556666", true],
	}
	some group in groups
	group.kind == "bedrock_agent"
	found := reach.named(group) with input as parts
	found == {"things": [fixtures.thing("bedrock_agent", "orders", null)], "agents": {"orders"}, "first": ["orders"]}
}

test_a_role_named_like_a_workload_is_none if {
	domains(own, null, "*", [fixtures.pattern("*", [fixtures.thing("role", "base", null)])]) == set()
}
