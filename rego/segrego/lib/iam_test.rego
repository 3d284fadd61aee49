package segrego.lib.iam_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.iam

agent := fixtures.agent("orders", {})

# What the first grant of the given statements really gives, under a boundary (or null for none).
given(statements, boundary) := effects if {
	role := fixtures.role("role", [agent], {"policies": ["p"], "boundary": boundary})
	effects := iam.effects(role, iam.grants(role)[0]) with input as fixtures.inventory({
		"roles": [role],
		"policies": [
			fixtures.policy("p", statements),
			fixtures.policy("reads-s3", [fixtures.allow(["s3:get*"], ["*"])]),
			fixtures.policy("anything", [fixtures.allow(["*"], ["*"])]),
			object.union(fixtures.policy("unread", []), {"read": false}),
		],
	})
}

all_of_s3 := {"read": {"s3:getobject"}, "write": {"s3:putobject"}, "administer": {"s3:putbucketpolicy"}}

deny(extra) := fixtures.statement("Deny", object.union({"actions": ["s3:put*"], "resources": ["*"]}, extra))

granted := fixtures.allow(["s3:*"], ["arn:aws:s3:::orders/*"])

test_allow if given([granted], null) == all_of_s3

test_deny_wins if given([granted, deny({})], null) == {"read": {"s3:getobject"}}

test_deny_of_everything if given([granted, deny({"actions": ["*"]})], null) == {}

test_deny_of_everything_but if {
	given([granted, deny({"actions": [], "not_actions": ["s3:getobject"]})], null) == {"read": {"s3:getobject"}}
}

test_deny_on_the_same_or_a_wider_resource if {
	every resource in ["*", "arn:aws:s3:::orders/*", "arn:aws:s3:::*", "arn:aws:s3:::*/*", "arn:aws:s3:::order?/*"] {
		given([granted, deny({"resources": [resource]})], null) == {"read": {"s3:getobject"}}
	}
}

test_deny_on_another_resource_takes_nothing if {
	given([granted, deny({"resources": ["arn:aws:s3:::*"]})], null).read
	every resource in ["arn:aws:s3:::billing/*", "arn:aws:s3:::orders/private/*", "arn:aws:s3:::orders??/*"] {
		given([granted, deny({"resources": [resource]})], null) == all_of_s3
	}
}

test_a_conditional_deny_cannot_be_counted_on if {
	condition := fixtures.condition("Bool", "aws:securetransport", ["false"])
	given([granted, deny({"conditions": [condition]})], null) == all_of_s3
}

test_a_deny_by_not_resource_cannot_be_counted_on if {
	given([granted, deny({"resources": [], "not_resources": ["arn:aws:s3:::billing/*"]})], null) == all_of_s3
}

test_everything_is_only_denied_by_everything if {
	anything := fixtures.allow(["*"], ["*"])
	given([anything, deny({})], null).write == {"*"}
	given([anything, deny({"actions": [], "not_actions": ["s3:*"]})], null).write == {"*"}
	given([anything, deny({"actions": ["*"]})], null) == {}
}

test_not_action_leaves_out_what_it_names if {
	effects := given([fixtures.statement("Allow", {"not_actions": ["s3:*"], "resources": ["*"]})], "reads-s3")
	effects == {}
}

test_a_boundary_is_an_intersection if {
	given([granted], "reads-s3") == {"read": {"s3:getobject"}}
	given([granted], "anything") == all_of_s3
	given([fixtures.allow(["*"], ["*"])], "reads-s3") == {"read": {"s3:getobject"}}
	given([fixtures.allow(["*"], ["*"])], "anything").administer == {"*"}
	given([fixtures.allow(["lambda:invokefunction"], ["*"])], "reads-s3") == {}
}

test_a_boundary_that_was_not_read_takes_nothing if given([granted], "unread") == all_of_s3

test_gains_leave_out_the_baseline if {
	role := fixtures.role("role", [agent], {"policies": ["p"]})
	plain := [fixtures.allow(["s3:getobject", "bedrock:invokemodel"], ["*"])]
	gains := iam.gains(role, iam.grants(role)[0], "agent") with input as fixtures.inventory({
		"roles": [role],
		"policies": [fixtures.policy("p", plain)],
	})
	gains == {"read": {"s3:getobject"}}
	restricted := iam.gains(role, iam.grants(role)[0], "agent") with input as fixtures.inventory({
		"roles": [role],
		"policies": [fixtures.policy("p", array.concat(plain, [deny({})]))],
	})
	restricted == {"read": {"s3:getobject"}}
}

test_answers if {
	role := fixtures.role("role", [agent], {"policies": ["p"]})
	statements := [
		granted,
		fixtures.statement("Allow", {
			"actions": ["lambda:invokefunction"],
			"resources": ["*"],
			"conditions": [fixtures.condition("Bool", "aws:securetransport", ["true"])],
		}),
	]
	answers := [answer |
		some [action, resource] in [
			["s3:putobject", "arn:aws:s3:::orders/1"],
			["s3:putobject", "arn:aws:s3:::billing/1"],
			["lambda:invokefunction", "arn:aws:lambda:us-east-1:111122223333:function:f"],
		]
		answer := iam.answer(role, action, resource) with input as fixtures.inventory({
			"roles": [role],
			"policies": [fixtures.policy("p", statements)],
		})
	]
	answers == ["allowed", "denied", "conditional"]
}
