# Every expectation follows from the IAM user guide: "Policy elements: Resource", "Policy elements: condition operators" and
# "Policy elements: variables and tags".
package segrego.lib.text_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.text

object_arn := "arn:aws:s3:::orders/2024/1.json"

# The level of every pattern for one text.
levels(patterns, text_) := {pattern: text.match(pattern, text_) | some pattern in patterns}

all_are(level, patterns, text_) if {
	every found in levels(patterns, text_) {
		found == level
	}
}

test_a_pattern_without_wildcards_matches_itself_alone if {
	all_are(2, [object_arn], object_arn)
	all_are(0, ["arn:aws:s3:::orders/2024/1.jso", "arn:aws:s3:::orders/2024/1.jsonl", "ARN:aws:s3:::orders/2024/1.json", ""], object_arn)
}

test_a_star_matches_any_text_with_its_slashes_and_colons if {
	all_are(2, ["*", "arn:*", "*.json", "arn:aws:s3:::*", "arn:*.json", "arn:aws:s3:::orders/2024/1.json*"], object_arn)
	all_are(0, ["arn:aws:s3:::billing*", "*.csv", "arn:aws:s3:::orders/2024/1.json*n"], object_arn)
}

test_a_star_between_two_ends_needs_room_for_both if {
	text.match("ab*bc", "abbc") == 2
	text.match("ab*bc", "abc") == 0
}

test_several_stars if {
	all_are(2, ["arn:*:s3:::*/1.json", "arn:*s3*", "**", "*orders*2024*"], object_arn)
	all_are(0, ["arn:*:s3:::*/2.json", "*2024*orders*"], object_arn)
}

test_a_question_mark_matches_one_character if {
	all_are(2, ["arn:aws:s3:::orders/2024/?.json", "arn:aws:s3:::orders/????/1.json", "arn:aws:s3:::order?/*"], object_arn)
	all_are(0, ["arn:aws:s3:::orders/2024/??.json", "arn:aws:s3:::orders/2024/1?.json", "arn:aws:s3:::orders?/*"], object_arn)
	text.match("a?c", "a\nc") == 2
}

test_no_other_character_is_special if {
	text.match("a.c", "abc") == 0
	text.match("a.c?", "abcd") == 0
	text.match(`[a-z]\E?`, `[a-z]\Ex`) == 2
	text.match(`[a-z]\E?`, `ax`) == 0
	text.match("a$?", "a$b") == 2
}

test_an_escape_matches_the_character_alone if {
	text.match("a${*}b", "a*b") == 2
	text.match("a${*}b", "axb") == 0
	text.match("a${?}b", "axb") == 0
	text.match("a${$}b", "a$b") == 2
	text.match("a${$}b", "a$$b") == 0
	text.match("a${*}*", "axb") == 0
	not text.covers("a${*}b", "a${x}b")
	not text.covers("a${*}b${*}c", "a${x}b${y}c")
}

# A "$" alone is an ordinary character of a text, but may be special in a pattern that is covered.
test_one_character_may_be_any if {
	text.meets("a?c", "a$c")
	text.meets("a?c", "abc")
}

test_a_part_that_is_not_resolved_may_be_anything if {
	text.match("arn:aws:s3:::${Bucket}/*", object_arn) == 1
	text.match("${Arn}", object_arn) == 1
	text.match("arn:aws:s3:::${Bucket}/*.csv", object_arn) == 0
	text.match("arn:aws:sqs:::${Bucket}/*", object_arn) == 0
}

test_equal_parts_that_are_not_resolved_are_equal if {
	text.match("arn:aws:s3:::${Bucket}/*", "arn:aws:s3:::${Bucket}/a") == 2
	text.match("arn:aws:s3:::${Bucket}?*", "arn:aws:s3:::${Bucket}/a") == 2
	text.match("${Bucket}", "${Bucket}") == 2
	text.match("arn:aws:s3:::orders", "arn:aws:s3:::${Bucket}") == 1
	text.match("arn:aws:s3:::orders/*", "arn:aws:s3:::${Bucket}") == 1
	text.match("arn:aws:s3:::orders", "arn:aws:s3:::${Bucket}-logs") == 0
}

test_a_text_that_is_a_pattern_must_be_covered_whole if {
	text.covers("arn:aws:s3:::orders/*", "arn:aws:s3:::orders/2024/*")
	text.covers("arn:aws:s3:::*/*", "arn:aws:s3:::orders/*")
	not text.covers("arn:aws:s3:::orders/2024/*", "arn:aws:s3:::orders/*")
	not text.covers("arn:aws:s3:::order?/*", "arn:aws:s3:::order*/*")
	not text.covers("arn:aws:s3:::orders/?", "arn:aws:s3:::orders/*")
	text.match("arn:aws:s3:::orders/2024/*", "arn:aws:s3:::orders/*") == 1
	text.match("arn:aws:s3:::billing/*", "arn:aws:s3:::orders/*") == 0
}

test_one_of_several_characters_is_more_than_a_star_covers_only_if_it_is_whole if {
	text.match("a?", "a*") == 1
	text.match("a*", "a?") == 2
	text.match("b*", "a?") == 0
}

test_two_patterns_meet_where_their_ends_do_not_differ if {
	text.meets("arn:aws:sqs:*:1:orders", "arn:aws:sqs:us-east-1:*:orders")
	not text.meets("arn:aws:sqs:*:1:orders", "arn:aws:sqs:us-east-1:2:*")
	not text.meets("arn:aws:sqs:*:1:orders", "arn:aws:sqs:us-east-1:*:billing")
	text.meets("arn:aws:s3:::or*", "arn:aws:s3:::orders*")
	text.meets("arn:aws:s3:::orders*", "arn:aws:s3:::or*")
	text.meets("arn:aws:s3:::*ers", "arn:aws:s3:::*orders")
	text.meets("arn:aws:s3:::*orders", "arn:aws:s3:::*ers")
	not text.meets("arn:aws:s3:::*ers", "arn:aws:s3:::*ars")
	not text.meets("arn:aws:s3:::o*", "arn:aws:s3:::b*")
}

test_patterns_of_arns_meet_where_all_parts_do if {
	arn := "arn:aws:sqs:us-east-1:1:a*"
	text.meets(arn, "arn:aws:sqs:us-east-?:1:a*")
	every other in [
		"urn:aws:sqs:us-east-1:1:a*",
		"arn:aws-cn:sqs:us-east-1:1:a*",
		"arn:aws:sns:us-east-1:1:a*",
		"arn:aws:sqs:eu-west-1:1:a*",
		"arn:aws:sqs:us-east-??:1:a*",
	] {
		not text.meets(arn, other)
		not text.meets(other, arn)
	}
}

test_a_star_in_the_account_may_take_in_more_of_the_arn if {
	text.meets("arn:aws:sqs:us-east-1:12*4:orders*", "arn:aws:sqs:us-east-1:125:x4:orders*")
	not text.meets("arn:aws:sqs:us-east-1:12*4:orders", "arn:aws:sqs:us-east-1:125:orders")
	not text.meets("arn:aws:sqs:us-east-1:125:orders", "arn:aws:sqs:us-east-1:12*4:orders")
}

test_a_star_that_takes_in_several_parts_leaves_no_part_to_compare if {
	text.meets("arn:aws:sqs:*:1*", "arn:aws:sqs:us-east-1:1:*")
	text.meets("arn:aws:lambda:*:function:f*", "arn:aws:lambda:us-east-1:111122223333:function:f*")
	text.meets("arn:aws:lambda:*function:*:live", "arn:aws:lambda:us-east-1:111122223333:function:f:li*")
}

test_patterns_with_differing_numbers_of_fields_meet_by_their_ends if {
	text.meets("arn:aws:sqs:*:1:orders", "arn:aws:*")
	text.meets("arn:aws:*", "arn:aws:sqs:*:1:orders")
	text.meets("*:orders", "arn:aws:sqs:*:1:orders")
	not text.meets("arn:aws:s3*", "arn:aws:sqs:*:1:orders")
	not text.meets("*:billing", "arn:aws:sqs:*:1:orders")
}

test_what_is_alike_meets_itself if {
	text.meets("orders", "orders")
	not text.meets("orders", "billing")
}

test_the_colons_of_a_pseudo_parameter_are_none_of_the_arns if {
	text.meets("arn:aws:sqs:${AWS::Region}:1:orders", "arn:aws:sqs:us-east-1:1:*")
	not text.meets("arn:aws:sqs:${AWS::Region}:1:orders", "arn:aws:sqs:us-east-1:2:*")
	text.arn_parts("arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:orders") == [
		"arn", "aws", "sqs",
		"${AWS||Region}", "${AWS||AccountId}", "orders",
	]
}

two_buckets := fixtures.inventory({"resources": [
	fixtures.resource("orders", "s3_bucket", {"arn": "arn:aws:s3:::${Orders}"}),
	fixtures.resource("billing", "s3_bucket", {"arn": "arn:aws:s3:::${Billing}"}),
	fixtures.resource("regional", "s3_bucket", {"arn": "arn:aws:s3:::x-${AWS::Region}"}),
	fixtures.resource("own", "s3_bucket", {"arn": "arn:aws:s3:::x-${AWS::AccountId}"}),
	fixtures.resource("imported", "s3_bucket", {"arn": "arn:aws:s3:::${shop:Orders}"}),
	fixtures.resource("other", "s3_bucket", {"arn": "arn:aws:s3:::${shop:Billing}"}),
]})

meet(pattern, other) if text.meets(pattern, other) with input as two_buckets

test_two_things_whose_names_nobody_knows_yet_are_two if {
	meet("arn:aws:s3:::${Orders}/*", "arn:aws:s3:::${Orders}/a*")
	not meet("arn:aws:s3:::${Orders}/*", "arn:aws:s3:::${Billing}/*")
	not meet("arn:aws:s3:::${Orders}", "arn:aws:s3:::${Billing}")
	not meet("arn:aws:s3:::${shop:Orders}", "arn:aws:s3:::${shop:Billing}")
	meet("arn:aws:s3:::${Orders}", "arn:aws:s3:::${Parameter}")
	meet("arn:aws:s3:::${Parameter}", "arn:aws:s3:::${Orders}")
	meet("arn:aws:s3:::x-${AWS::Region}", "arn:aws:s3:::x-${AWS::AccountId}")
	meet("arn:aws:s3:::a-${Orders}", "arn:aws:s3:::${Billing}")
}

expression(name) := concat("", ["arn:x::::${", name, "}"])

test_things_of_every_kind_have_names if {
	parts := {
		"workloads": [fixtures.agent("a", {"arn": expression("Agent"), "uses": [fixtures.use("knows", expression("Used"))]})],
		"roles": [fixtures.role("r", [], {"arn": expression("Role")})],
		"resources": [fixtures.resource("b", "s3_bucket", {"arn": expression("Bucket")})],
		"tools": [fixtures.tool("t", "a", expression("Target"))],
	}
	names := ["Agent", "Used", "Role", "Bucket", "Target"]
	every place, name in names {
		other := names[(place + 1) % 5]
		not text.meets(expression(name), expression(other)) with input as fixtures.inventory(parts)
	}
}

test_what_is_special if {
	every special in ["a*", "a?", "a${b}", "${*}"] {
		text.is_special(special)
	}
	not text.is_special("a$b{c}")
}

test_wildcards_in_expressions_are_none if {
	text.has_wildcard("a*")
	text.has_wildcard("a?")
	text.has_wildcard("${A}?")
	not text.has_wildcard("a${*}${?}")
	not text.has_wildcard("a${join('*', x)}")
	not text.has_wildcard("a")
}

test_what_is_not_resolved if {
	text.is_unresolved("a${B}")
	text.is_unresolved("a${*}${aws:username}")
	text.is_unresolved("${}")
	not text.is_unresolved("a${*}${?}${$}b")
	not text.is_unresolved("a*")
}

test_a_literal_has_every_special_character_escaped if {
	text.literal("orders") == "orders"
	text.literal("a*b?c${d}") == "a${*}b${?}c${$}{d}"
	text.unescaped("a${*}b${?}c${$}{d}") == "a*b?c${d}"
	text.unescaped("orders") == "orders"
	text.match(text.literal("a*b"), "a*b") == 2
	text.match(text.literal("a*b"), "axb") == 0
}

test_the_six_parts_of_an_arn if {
	text.arn_parts("arn:aws:lambda:us-east-1:111122223333:function:f:live") == [
		"arn", "aws", "lambda", "us-east-1",
		"111122223333", "function:f:live",
	]
	text.arn_parts("arn:aws:s3:::orders/a") == ["arn", "aws", "s3", "", "", "orders/a"]
	text.arn_parts("arn:aws:sqs") == ["arn", "aws", "sqs"]
}

test_what_a_resource_may_be_a_part_of if {
	{"arn:aws:s3:::orders", "arn:aws:s3:::orders/a", "arn:aws:s3:::orders/a/b"} - text.wholes("arn:aws:s3:::orders/a/b") == set()
	text.wholes("arn:aws:lambda:r:1:function:f:live")["arn:aws:lambda:r:1:function:f"]
	text.wholes("arn:aws:bedrock:r:1:agent-alias/AGENT/ALIAS")["arn:aws:bedrock:r:1:agent/AGENT"]
	not text.wholes("arn:aws:s3:::orders/a")["arn:aws:s3:::order"]
	text.wholes("a:x/1/2/3/4/5") == {"a:x/1/2/3/4/5", "a:x/1/2/3", "a:x/1/2", "a:x/1", "a:x", "a"}
}

test_what_is_too_long_to_follow_is_perhaps if {
	hostile := concat("", ["*a?" | some _ in numbers.range(1, 400)])
	long := concat("", ["ab" | some _ in numbers.range(1, 400)])
	text.match(hostile, long) == 1
	text.match(concat("", [hostile, "c"]), long) == 1
	text.match("arn:aws:s3:::a*b?c", "arn:aws:s3:::aaabbc") == 2
}
