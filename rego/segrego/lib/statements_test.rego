# Every expectation follows from the IAM user guide: "IAM JSON policy elements reference" (Principal, NotPrincipal, Action,
# NotAction, Resource, NotResource, Condition) and "Policy evaluation logic".
package segrego.lib.statements_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.statements

account := "111122223333"

role_arn := "arn:aws:iam::111122223333:role/agents/orders"

role := fixtures.role(role_arn, [], {"arn": role_arn})

bucket := "arn:aws:s3:::orders"

key := "arn:aws:s3:::orders/1"

request := {"role": role, "action": "s3:getobject", "resource": key}

statement(effect, extra) := fixtures.statement(effect, object.union({"actions": ["s3:getobject"], "resources": ["*"]}, extra))

if_from_inside := fixtures.condition("IpAddress", "aws:sourceip", ["10.0.0.0/8"])

most(effect, all_statements) := level if {
	level := statements.most(effect, [fixtures.policy("p", all_statements)], request) with input as fixtures.inventory({})
}

allowed(extra) := most("Allow", [statement("Allow", extra)])

test_only_statements_of_the_effect_count if {
	most("Allow", [statement("Allow", {})]) == 2
	most("Deny", [statement("Allow", {})]) == 0
	most("Deny", [statement("Allow", {}), statement("Deny", {})]) == 2
	most("Allow", []) == 0
}

test_the_surest_statement_of_all_policies_counts if {
	sure := fixtures.policy("sure", [statement("Allow", {})])
	open := fixtures.policy("open", [statement("Allow", {"conditions": [if_from_inside]})])
	level := statements.most("Allow", [open, sure], request) with input as fixtures.inventory({})
	level == 2
	most("Allow", [statement("Allow", {"conditions": [if_from_inside]}), statement("Allow", {"actions": ["s3:putobject"]})]) == 1
}

test_actions if {
	every actions in [["s3:getobject"], ["s3:get*"], ["s3:*"], ["*"], ["s3:putobject", "s3:getobject"], ["s3:getobjec?"], ["S3:Get?bject"]] {
		allowed({"actions": actions}) == 2
	}
	every actions in [["s3:putobject"], ["s3:put*"], ["sqs:*"], ["s3:getobject?"], []] {
		allowed({"actions": actions}) == 0
	}
	allowed({"actions": ["s3:${Action}"]}) == 1
	allowed({"actions": ["sqs:${Action}"]}) == 0
}

test_not_action_is_every_other_action if {
	allowed({"actions": [], "not_actions": ["s3:putobject"]}) == 2
	allowed({"actions": [], "not_actions": ["s3:putobject", "s3:get*"]}) == 0
	allowed({"actions": [], "not_actions": ["s3:${Action}"]}) == 1
}

test_resources if {
	every resources in [[key], ["*"], ["arn:aws:s3:::orders/*"], ["arn:aws:s3:::billing/*", "arn:aws:s3:::*"]] {
		allowed({"resources": resources}) == 2
	}
	every resources in [[bucket], ["arn:aws:s3:::billing/*"], []] {
		allowed({"resources": resources}) == 0
	}
	allowed({"resources": ["arn:aws:s3:::${Bucket}/*"]}) == 1
}

test_not_resource_is_every_other_resource if {
	allowed({"resources": [], "not_resources": [bucket]}) == 2
	allowed({"resources": [], "not_resources": [bucket, "arn:aws:s3:::orders/*"]}) == 0
	allowed({"resources": [], "not_resources": ["arn:aws:s3:::${Bucket}/*"]}) == 1
}

test_a_variable_without_a_value_matches_no_resource if {
	allowed({"resources": ["arn:aws:s3:::orders/${aws:username}"]}) == 0
	allowed({"resources": ["arn:aws:s3:::orders/${aws:username, '1'}"]}) == 2
	allowed({"resources": ["arn:aws:s3:::orders/${aws:SourceIp}"]}) == 1
}

test_action_resource_and_conditions_must_all_hold if {
	allowed({"conditions": [if_from_inside]}) == 1
	allowed({"conditions": [if_from_inside], "resources": [bucket]}) == 0
	allowed({"conditions": [if_from_inside], "actions": ["s3:putobject"]}) == 0
	allowed({"conditions": [fixtures.condition("StringEquals", "aws:principaltype", ["User"])]}) == 0
}

principal(type, value) := {"type": type, "value": value}

# What a resource policy of one statement says.
side(effect, extra) := said if {
	said := statements.side(
		[object.union(
			statement(effect, object.union({"principals": [], "not_principals": []}, extra)),
			extra,
		)],
		request,
	) with input as fixtures.inventory({})
}

to(type, value) := side("Allow", {"principals": [principal(type, value)]})

nothing := {"direct": 0, "delegated": 0, "denied": 0}

direct := {"direct": 2, "delegated": 0, "denied": 0}

delegated := {"direct": 0, "delegated": 2, "denied": 0}

test_a_role_that_is_named_is_let_in_itself if {
	to("AWS", role_arn) == direct
	to("AWS", "arn:aws:iam::111122223333:role/agents/billing") == nothing
	to("AWS", "arn:aws:iam::111122223333:user/agents/orders") == nothing
}

test_everyone_is_everyone if {
	to("AWS", "*") == direct
	to("*", "*") == direct
}

test_an_account_that_is_named_decides_by_its_own_policies if {
	to("AWS", account) == delegated
	to("AWS", "arn:aws:iam::111122223333:root") == delegated
	to("AWS", "arn:aws:iam::444455556666:root") == nothing
	to("AWS", "444455556666") == nothing
	to("AWS", "arn:aws:iam::${AWS::AccountId}:root") == {"direct": 0, "delegated": 1, "denied": 0}
}

test_only_iam_names_an_account_by_its_root if to("AWS", "arn:aws:sns::111122223333:root") == nothing

test_an_account_is_not_the_role_whose_arn_nobody_knows if {
	drafted := object.union(role, {"arn": "${RoleArn}"})
	said := statements.side(
		[object.union(
			statement("Allow", {}),
			{"principals": [principal("AWS", "arn:aws:iam::111122223333:root")], "not_principals": []},
		)],
		object.union(request, {"role": drafted}),
	) with input as fixtures.inventory({})
	said == delegated
}

test_no_principal_has_a_wildcard_but_everyone if {
	to("AWS", "arn:aws:iam::111122223333:role/*") == nothing
	to("AWS", "arn:aws:iam::111122223333:role/agents/order?") == nothing
}

test_other_kinds_of_principals_are_no_roles if {
	to("Service", "s3.amazonaws.com") == nothing
	to("Federated", "*") == nothing
	to("CanonicalUser", role_arn) == nothing
}

test_a_principal_that_is_not_resolved_may_be_the_role if {
	to("AWS", "${RoleArn}") == {"direct": 1, "delegated": 0, "denied": 0}
	to("AWS", "arn:aws:iam::444455556666:role/${Role}") == nothing
}

test_one_session_of_the_role_may_be_this_one if {
	to("AWS", "arn:aws:sts::111122223333:assumed-role/orders/session") == {"direct": 1, "delegated": 0, "denied": 0}
	to("AWS", "arn:aws:sts::111122223333:assumed-role/billing/session") == nothing
	to("AWS", "arn:aws:sts::444455556666:assumed-role/orders/session") == nothing
}

test_an_account_id_of_a_role_counts_where_the_inventory_has_it if {
	moved := object.union(role, {"account": "444455556666"})
	statements.account_of(moved) == "444455556666"
	statements.account_of(object.union(role, {"account": null})) == account
	not statements.account_of(fixtures.role("orders", [], {"account": null}))
}

test_denied_is_who_is_named_and_whose_account_is_named if {
	every value in [role_arn, "*", account] {
		side("Deny", {"principals": [principal("AWS", value)]}) == {"direct": 0, "delegated": 0, "denied": 2}
	}
	side("Deny", {"principals": [principal("AWS", "arn:aws:iam::444455556666:root")]}) == nothing
	side("Deny", {"principals": [principal("AWS", role_arn)], "conditions": [if_from_inside]}) == {"direct": 0, "delegated": 0, "denied": 1}
}

test_not_principal_is_everyone_else if {
	other := "arn:aws:iam::111122223333:role/billing"
	side("Allow", {"not_principals": [principal("AWS", other)]}) == direct
	side("Allow", {"not_principals": [principal("AWS", role_arn)]}) == nothing
	side("Allow", {"not_principals": [principal("AWS", account)]}) == nothing
	side("Deny", {"not_principals": [principal("AWS", other)]}) == {"direct": 0, "delegated": 0, "denied": 2}
	side("Deny", {"not_principals": [principal("AWS", "${Admin}")]}) == {"direct": 0, "delegated": 0, "denied": 1}
}

test_the_statement_of_a_resource_may_be_about_others_of_its_parts if {
	named := {"principals": [principal("AWS", role_arn)]}
	side("Allow", object.union(named, {"resources": ["arn:aws:s3:::orders/*"]})) == direct
	side("Allow", object.union(named, {"resources": ["arn:aws:s3:::orders/private/*"]})) == nothing
	side("Allow", object.union(named, {"resources": [], "not_resources": ["arn:aws:s3:::orders/1"]})) == nothing
	side("Allow", object.union(named, {"actions": ["s3:putobject"]})) == nothing
}

test_without_resources_a_statement_is_about_the_resource_itself if {
	side("Allow", {"principals": [principal("AWS", role_arn)], "resources": []}) == direct
}

test_one_account if {
	same := {resource: level |
		some resource in [
			"arn:aws:sqs:us-east-1:111122223333:q",
			"arn:aws:sqs:us-east-1:444455556666:q",
			"arn:aws:sqs:us-east-1:${Account}:q",
			bucket,
			"*",
		]
		level := statements.same_account(role, resource) with input as fixtures.inventory({})
	}
	same == {
		"arn:aws:sqs:us-east-1:111122223333:q": 2,
		"arn:aws:sqs:us-east-1:444455556666:q": 0,
		"arn:aws:sqs:us-east-1:${Account}:q": 1,
		bucket: 2,
		"*": 2,
	}
}

test_a_role_of_an_account_that_nobody_knows_may_be_of_any if {
	nowhere := fixtures.role("orders", [], {"account": null})
	level := statements.same_account(nowhere, "arn:aws:sqs:us-east-1:111122223333:q") with input as fixtures.inventory({})
	level == 1
	unplaced := statements.same_account(nowhere, bucket) with input as fixtures.inventory({})
	unplaced == 2
}

test_policies_on_a_resource_and_on_what_it_is_a_part_of if {
	found := [policy.id |
		some policy in statements.resource_policies("arn:aws:s3:::orders/2024/1")
	] with input as fixtures.inventory({
		"resource_policies": [{"id": "bucket-policy"}, {"id": "other-policy"}],
		"arns": [
			{"arn": bucket, "ids": [], "policies": ["bucket-policy"]},
			{"arn": "arn:aws:s3:::other", "ids": [], "policies": ["other-policy"]},
		],
	})
	found == ["bucket-policy"]
}

test_a_pattern_that_the_document_does_not_explain if {
	every pattern, level in {"s3:getobject": 2, "S3:Get*": 2, "s3:putobject": 0} {
		found := statements.most("Allow", [fixtures.policy("p", [statement("Allow", {"actions": [pattern]})])], request) with input as object.union(
			fixtures.inventory({}),
			{"actions": []},
		)
		found == level
	}
}

test_an_action_that_the_table_lacks_is_matched_as_text if {
	listed := {"span": "partial", "matches": [], "service_known": true, "arn_services": []}
	patterns := [object.union(listed, {"pattern": pattern}) | some pattern in ["s3:get*", "s3:put*"]]
	every pattern, level in {"s3:get*": 2, "s3:put*": 0} {
		found := statements.most("Allow", [fixtures.policy("p", [statement("Allow", {"actions": [pattern]})])], request) with input as object.union(
			fixtures.inventory({}),
			{"actions": patterns},
		)
		found == level
	}
}

# Actions that AWS has added since the table was made are matched by their text.
test_patterns_of_actions_that_the_table_does_not_know if {
	every pattern, level in {"s3:Get?bject": 2, "s3:get*": 2, "s3:${Action}": 1, "sqs:get?bject": 0, "sqs:${Action}": 0} {
		document := fixtures.inventory({"actions": [{"pattern": pattern, "span": "partial", "matches": []}]})
		policies := [fixtures.policy("p", [statement("Allow", {"actions": [pattern]})])]
		found := statements.most("Allow", policies, request) with input as document
		found == level
	}
}
