# Every expectation follows from the IAM user guide: "Policy elements: condition operators", "Single-valued vs. multivalued
# context keys", "Policy elements: variables and tags" and "Global condition context keys".
package segrego.lib.conditions_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.conditions

surely := 2

perhaps := 1

never := 0

table := "arn:aws:dynamodb:us-east-1:111122223333:table/orders"

foreign_table := "arn:aws:dynamodb:eu-west-1:444455556666:table/ledger"

unplaced_table := "arn:aws:dynamodb:*:*:table/orders"

bucket := "arn:aws:s3:::orders"

object_in_bucket := "arn:aws:s3:::orders/a/1"

unknown_bucket := "arn:aws:s3:::nobody-knows"

unplaced_bucket := "arn:aws:s3:::unplaced"

torn_bucket := "arn:aws:s3:::torn"

drafted_table := "arn:aws:dynamodb:us-east-1:${AWS::AccountId}:table/orders"

role_arn := "arn:aws:iam::111122223333:role/orders"

tag(key, value) := {"key": key, "value": value}

role_with(extra) := fixtures.role(role_arn, [], object.union({"arn": role_arn, "tags": [tag("Team", "orders")]}, extra))

role := role_with({})

# The accounts, and the entities that bear ARNs: the bucket twice, as two sources saw it.
world := fixtures.inventory({
	"accounts": [
		{"id": "111122223333", "organization": "o-shop", "management": false, "service_control": []},
		{"id": "444455556666", "organization": null, "management": false, "service_control": []},
	],
	"resources": [
		fixtures.resource("bucket", "s3_bucket", {
			"arn": bucket,
			"account": "111122223333",
			"tags": [tag("Stage", "live"), tag("Seen", "first"), tag("s3:prefix", "live")],
		}),
		fixtures.resource("again", "s3_bucket", {
			"arn": bucket,
			"account": "111122223333",
			"tags": [tag("stage", "live"), tag("Seen", "second")],
		}),
		fixtures.resource("unplaced", "s3_bucket", {"arn": unplaced_bucket}),
		fixtures.resource("here", "s3_bucket", {"arn": torn_bucket, "account": "111122223333"}),
		fixtures.resource("there", "s3_bucket", {"arn": torn_bucket, "account": "444455556666"}),
		fixtures.resource("drafted", "dynamodb_table", {"arn": drafted_table, "account": "111122223333"}),
	],
	"arns": [
		{"arn": bucket, "ids": ["bucket", "again"], "policies": []},
		{"arn": unplaced_bucket, "ids": ["unplaced"], "policies": []},
		{"arn": torn_bucket, "ids": ["here", "there"], "policies": []},
		{"arn": drafted_table, "ids": ["drafted"], "policies": []},
	],
})

level_of(some_role, resource, all_conditions) := level if {
	level := conditions.hold({"role": some_role, "resource": resource}, all_conditions) with input as world
}

level_on(resource, operator, key, values) := level_of(role, resource, [fixtures.condition(operator, key, values)])

level(operator, key, values) := level_on(table, operator, key, values)

qualified(qualifier, operator, key, values) := level_of(role, table, [object.union(
	fixtures.condition(operator, key, values),
	{"qualifier": qualifier},
)])

if_exists(operator, key, values) := level_of(role, table, [object.union(
	fixtures.condition(operator, key, values),
	{"if_exists": true},
)])

team := "aws:principaltag/team"

missing := "aws:principaltag/missing"

source := "aws:sourceip"

test_no_condition_always_holds if level_of(role, table, []) == surely

test_all_conditions_must_hold if {
	holds := fixtures.condition("StringEquals", team, ["orders"])
	fails := fixtures.condition("StringEquals", team, ["billing"])
	open := fixtures.condition("IpAddress", source, ["10.0.0.0/8"])
	level_of(role, table, [holds, holds]) == surely
	level_of(role, table, [holds, open]) == perhaps
	level_of(role, table, [holds, open, fails]) == never
}

test_one_of_the_values_is_enough if {
	level("StringEquals", team, ["billing", "orders"]) == surely
	level("StringEquals", team, ["billing", "sales"]) == never
	level("StringEquals", team, []) == never
}

test_a_negated_operator_holds_where_no_value_is_equal if {
	level("StringNotEquals", team, ["billing", "sales"]) == surely
	level("StringNotEquals", team, ["billing", "orders"]) == never
}

test_case_counts_in_a_text_but_not_in_the_operators_that_ignore_it if {
	level("StringEquals", team, ["ORDERS"]) == never
	level("StringNotEquals", team, ["ORDERS"]) == surely
	level("StringEqualsIgnoreCase", team, ["ORDERS"]) == surely
	level("StringEqualsIgnoreCase", team, ["ORDER"]) == never
	level("StringNotEqualsIgnoreCase", team, ["ORDERS"]) == never
	level("StringNotEqualsIgnoreCase", team, ["ORDER"]) == surely
}

test_wildcards_count_only_in_the_operators_that_like if {
	level("StringLike", team, ["ord*"]) == surely
	level("StringLike", team, ["order?"]) == surely
	level("StringLike", team, ["order"]) == never
	level("StringEquals", team, ["ord*"]) == never
	level("StringNotLike", team, ["ord*"]) == never
	level("StringNotLike", team, ["bil*"]) == surely
}

test_escaped_wildcards_are_the_characters if {
	starred := role_with({"tags": [tag("team", "a*b")]})
	level_of(starred, table, [fixtures.condition("StringEquals", team, ["a${*}b"])]) == surely
	level_of(starred, table, [fixtures.condition("StringEquals", team, ["a${?}b"])]) == never
	level("StringLike", team, ["order${*}"]) == never
}

test_the_principals_arn_is_the_roles if {
	level("ArnEquals", "aws:principalarn", [role_arn]) == surely
	level("ArnLike", "aws:principalarn", ["arn:aws:iam::111122223333:role/*"]) == surely
	level("ArnEquals", "aws:principalarn", ["arn:aws:iam::*:role/ord?rs"]) == surely
	level("ArnLike", "aws:principalarn", ["arn:aws:iam::444455556666:role/*"]) == never
	level("ArnNotLike", "aws:principalarn", ["arn:aws:iam::*:role/admin"]) == surely
	level("ArnNotEquals", "aws:principalarn", [role_arn]) == never
}

test_each_part_of_an_arn_is_matched_on_its_own if {
	level("ArnLike", "aws:principalarn", ["arn:aws:*:111122223333:role/orders:x"]) == never
	level("StringLike", "aws:principalarn", ["arn:aws:iam:*:role/orders"]) == surely
	level("ArnLike", "aws:principalarn", ["*"]) == surely
	level("ArnNotLike", "aws:principalarn", ["*"]) == never
}

test_a_pattern_that_is_no_whole_arn_is_open if {
	level("ArnLike", "aws:principalarn", ["arn:aws:iam:*"]) == perhaps
	level("ArnNotLike", "aws:principalarn", ["arn:aws:iam:*"]) == perhaps
	level("ArnLike", "aws:principalarn", ["arn:aws:s3:*"]) == never
}

test_an_arn_that_is_not_resolved_at_all_may_be_any if {
	drafted := role_with({"arn": "${RoleArn}"})
	level_of(drafted, table, [fixtures.condition("ArnLike", "aws:principalarn", ["*"])]) == surely
	level_of(drafted, table, [fixtures.condition("ArnLike", "aws:principalarn", [role_arn])]) == perhaps
}

test_a_role_whose_arn_nobody_knows_may_have_any if {
	nameless := role_with({"arn": null})
	level_of(nameless, table, [fixtures.condition("ArnEquals", "aws:principalarn", [role_arn])]) == perhaps
}

test_an_arn_known_in_part_may_be_the_one_asked_for if {
	drafted := role_with({"arn": "arn:aws:iam::${AWS::AccountId}:role/orders"})
	level_of(drafted, table, [fixtures.condition("ArnEquals", "aws:principalarn", [role_arn])]) == perhaps
	level_of(drafted, table, [fixtures.condition("StringEquals", "aws:principalarn", [role_arn])]) == perhaps
	level_of(drafted, table, [fixtures.condition("StringEquals", "aws:principalarn", [drafted.arn])]) == surely
	level_of(drafted, table, [fixtures.condition("ArnEquals", "aws:principalarn", ["arn:aws:iam::*:role/billing"])]) == never
}

test_a_value_that_is_not_resolved_may_be_any if {
	level("StringEquals", team, ["${Team}"]) == perhaps
	level("StringNotEquals", team, ["${Team}"]) == perhaps
	level("StringEquals", team, ["orders", "${Team}"]) == surely
	level("StringEquals", team, ["${aws:SourceIp}"]) == perhaps
}

test_account_and_organization_of_the_principal if {
	level("StringEquals", "aws:principalaccount", ["111122223333"]) == surely
	level("StringEquals", "aws:principalaccount", ["444455556666"]) == never
	level("StringEquals", "aws:principalorgid", ["o-shop"]) == surely
	level("StringNotEquals", "aws:principalorgid", ["o-shop"]) == never
	level_of(role_with({"account": null}), table, [fixtures.condition("StringEquals", "aws:principalaccount", ["111122223333"])]) == perhaps
	level_of(role_with({"account": "444455556666"}), table, [fixtures.condition("StringEquals", "aws:principalorgid", ["o-shop"])]) == perhaps
}

test_account_and_organization_of_the_resource if {
	level_on(table, "StringEquals", "aws:resourceaccount", ["111122223333"]) == surely
	level_on(foreign_table, "StringEquals", "aws:resourceaccount", ["111122223333"]) == never
	level_on(unplaced_table, "StringEquals", "aws:resourceaccount", ["111122223333"]) == perhaps
	level_on(drafted_table, "StringEquals", "aws:resourceaccount", ["111122223333"]) == perhaps
	level_on(bucket, "StringEquals", "aws:resourceaccount", ["111122223333"]) == surely
	level_on(unknown_bucket, "StringEquals", "aws:resourceaccount", ["111122223333"]) == perhaps
	level_on(table, "StringEquals", "aws:resourceorgid", ["o-shop"]) == surely
	level_on(bucket, "StringNotEquals", "aws:resourceorgid", ["o-shop"]) == never
	level_on(foreign_table, "StringEquals", "aws:resourceorgid", ["o-shop"]) == perhaps
}

test_the_region_is_that_of_the_resource_where_it_names_one if {
	level_on(table, "StringEquals", "aws:requestedregion", ["us-east-1"]) == surely
	level_on(table, "StringNotEquals", "aws:requestedregion", ["us-east-1"]) == never
	level_on(table, "StringEquals", "aws:requestedregion", ["eu-west-1"]) == never
	level_on(unplaced_table, "StringEquals", "aws:requestedregion", ["us-east-1"]) == perhaps
	level_on(bucket, "StringEquals", "aws:requestedregion", ["us-east-1"]) == perhaps
}

test_what_every_role_is if {
	level("StringEquals", "aws:principaltype", ["AssumedRole"]) == surely
	level("StringEquals", "aws:principaltype", ["User"]) == never
	level("Bool", "aws:principalisawsservice", ["False"]) == surely
	level("Bool", "aws:principalisawsservice", ["true"]) == never
}

test_a_key_that_a_role_never_has_is_absent if {
	every key in ["aws:username", "aws:principalservicename", "aws:principalservicenameslist", missing] {
		level("StringEquals", key, ["x"]) == never
		level("StringNotEquals", key, ["x"]) == surely
		level("StringNotLike", key, ["*"]) == surely
		if_exists("StringEquals", key, ["x"]) == surely
		qualified("ForAllValues", "StringEquals", key, ["x"]) == surely
		qualified("ForAnyValue", "StringEquals", key, ["x"]) == never
		qualified("ForAnyValue", "StringNotEquals", key, ["x"]) == never
	}
}

test_if_exists_asks_of_a_key_that_is_there if {
	if_exists("StringEquals", team, ["billing"]) == never
	if_exists("StringEquals", team, ["orders"]) == surely
}

test_qualifiers_make_no_difference_to_one_value if {
	every qualifier in ["ForAllValues", "ForAnyValue"] {
		qualified(qualifier, "StringEquals", team, ["billing"]) == never
		qualified(qualifier, "StringEquals", team, ["orders", "billing"]) == surely
		qualified(qualifier, "StringNotEquals", team, ["orders"]) == never
	}
}

test_a_key_that_nobody_knows_may_have_any_value if {
	every operator in ["StringEquals", "StringNotEquals", "IpAddress", "NotIpAddress", "Bool", "NumericLessThan"] {
		level(operator, source, ["x"]) == perhaps
		if_exists(operator, source, ["x"]) == perhaps
	}
}

test_operators_for_other_than_texts_are_open if {
	every operator in ["NumericEquals", "NumericNotEquals", "DateLessThan", "BinaryEquals", "IpAddress", "NotIpAddress"] {
		level(operator, team, ["7"]) == perhaps
	}
}

test_null_asks_whether_a_key_is_absent if {
	level("Null", missing, ["true"]) == surely
	level("Null", missing, ["false"]) == never
	level("Null", team, ["true"]) == never
	level("Null", team, ["False"]) == surely
	level("Null", "aws:principalarn", ["true"]) == never
}

test_null_of_a_key_that_every_request_has if {
	every key in ["aws:securetransport", "aws:currenttime", "aws:epochtime", "aws:tokenissuetime", "aws:userid"] {
		level("Null", key, ["true"]) == never
		level("Null", key, ["false"]) == surely
	}
	every key in ["aws:principalaccount", "aws:principalarn", "aws:principalisawsservice", "aws:principaltype"] {
		level_of(role_with({"arn": null, "account": null}), table, [fixtures.condition("Null", key, ["false"])]) == surely
	}
}

test_null_of_a_key_that_nobody_knows_is_open if {
	level("Null", source, ["true"]) == perhaps
	level("Null", source, ["false"]) == perhaps
	level("Null", missing, ["${Wanted}"]) == perhaps
	level("Null", missing, ["maybe"]) == never
}

test_tags_of_the_role if {
	level("StringEquals", "aws:principaltag/team", ["orders"]) == surely
	level("StringEquals", "aws:principaltag/tea", ["orders"]) == never
}

test_one_tag_with_two_values_may_have_either if {
	torn := role_with({"tags": [tag("team", "orders"), tag("Team", "billing")]})
	level_of(torn, table, [fixtures.condition("StringEquals", team, ["orders"])]) == perhaps
	level_of(torn, table, [fixtures.condition("StringEquals", "s3:prefix", ["${aws:PrincipalTag/team}"])]) == perhaps
}

test_tags_are_open_where_they_or_the_trust_were_not_read if {
	every extra in [{"unread": ["tags"]}, {"unread": ["trust"]}, {"identity": "unresolved"}] {
		level_of(role_with(extra), table, [fixtures.condition("StringEquals", team, ["orders"])]) == perhaps
	}
	other := role_with({"unread": ["policies"]})
	level_of(other, table, [fixtures.condition("StringEquals", team, ["orders"])]) == surely
}

trusting(extra) := role_with({"trust": [object.union(fixtures.trust(["lambda.amazonaws.com"], []), extra)]})

test_session_tags_may_take_the_place_of_the_roles_own if {
	tags_differ := [fixtures.condition("StringEquals", team, ["billing"])]
	every extra in [
		{"actions": ["sts:tagsession"]},
		{"actions": ["sts:assumerole", "sts:*"]},
		{"actions": ["*"]},
		{"actions": ["sts:${Action}"]},
		{"actions": [], "not_actions": ["sts:assumerole"]},
	] {
		level_of(trusting(extra), table, tags_differ) == perhaps
	}
	every extra in [{}, {"effect": "Deny", "actions": ["sts:tagsession"]}, {"effect": "Deny", "actions": [], "not_actions": ["sts:assumerole"]}] {
		level_of(trusting(extra), table, tags_differ) == never
	}
}

test_tags_of_the_resource_are_those_that_were_found if {
	level_on(bucket, "StringEquals", "aws:resourcetag/stage", ["live"]) == surely
	level_on(bucket, "StringEquals", "aws:resourcetag/stage", ["test"]) == never
	level_on(bucket, "StringEquals", "aws:resourcetag/other", ["test"]) == perhaps
	level_on(bucket, "StringEquals", "aws:resourcetag/seen", ["first"]) == perhaps
	level_on(unknown_bucket, "StringEquals", "aws:resourcetag/stage", ["live"]) == perhaps
	level_on(bucket, "StringEquals", "s3:prefix", ["test"]) == perhaps
}

resolved(pattern) := text if {
	text := conditions.resolved({"role": role, "resource": table}, pattern) with input as world
}

test_a_policy_variable_stands_for_its_value if {
	resolved("plain/*") == "plain/*"
	resolved("home/${aws:PrincipalTag/Team}/*") == "home/orders/*"
	resolved("${aws:PrincipalAccount}") == "111122223333"
	resolved("${ aws:PrincipalAccount}") == "${ aws:PrincipalAccount}"
	level("StringEquals", team, ["${aws:PrincipalTag/team}"]) == surely
}

test_the_value_of_a_variable_has_no_wildcards if {
	starred := role_with({"tags": [tag("team", "*")]})
	text := conditions.resolved({"role": starred, "resource": table}, "home/${aws:PrincipalTag/team}") with input as world
	text == "home/${*}"
}

test_a_variable_without_a_value_equals_nothing if {
	not resolved("home/${aws:username}/*")
	level("StringEquals", team, ["${aws:username}"]) == never
	level("StringNotEquals", team, ["${aws:username}"]) == surely
}

test_a_default_takes_the_place_of_a_value_that_is_absent if {
	resolved("home/${aws:username, 'nobody'}") == "home/nobody"
	resolved("home/${aws:PrincipalTag/missing,'*'}") == "home/${*}"
	resolved("home/${aws:username, 'a,b'}") == "home/a,b"
	resolved("home/${aws:PrincipalTag/team, 'nobody'}") == "home/orders"
	resolved("home/${aws:username,nobody}") == "home/nobody"
}

test_what_nobody_knows_is_left_as_it_is if {
	every pattern in ["${aws:SourceIp}/x", "${aws:SourceIp, 'a,b'}", "${AWS::Region}", "${Bucket}", "${,x}", "a${*}b${?}c${$}"] {
		resolved(pattern) == pattern
	}
}

test_the_account_of_a_resource if {
	account := {resource: found |
		some resource in [
			table, unplaced_table,
			bucket, object_in_bucket, unknown_bucket, unplaced_bucket, torn_bucket,
		]
		found := conditions.resource_account(resource) with input as world
	}
	account == {table: "111122223333", bucket: "111122223333", object_in_bucket: "111122223333"}
}

test_what_the_inventory_may_know if {
	every key in ["aws:principaltag/team", "aws:resourceaccount", "aws:username", "aws:requestedregion"] {
		conditions.may_be_known({"key": key})
	}
	every key in ["aws:sourceip", "s3:prefix"] {
		not conditions.may_be_known({"key": key})
	}
}
