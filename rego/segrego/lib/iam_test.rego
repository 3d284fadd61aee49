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

test_a_deny_by_not_resource_takes_what_it_does_not_spare if {
	every spared in ["arn:aws:s3:::billing/*", "arn:aws:s3:::order/?"] {
		given([granted, deny({"resources": [], "not_resources": [spared]})], null) == {"read": {"s3:getobject"}}
	}
	every spared in ["arn:aws:s3:::orders/*", "arn:aws:s3:::orders/private/*", "arn:aws:s3:::order?/x", "*", "arn:aws:s3:::o*"] {
		given([granted, deny({"resources": [], "not_resources": [spared]})], null) == all_of_s3
	}
}

test_everything_is_only_denied_by_everything if {
	anything := fixtures.allow(["*"], ["*"])
	given([anything, deny({})], null).write == {"*"}
	given([anything, deny({"actions": [], "not_actions": ["s3:*"]})], null) == all_of_s3
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

account := "111122223333"

other_account := "444455556666"

own_queue := "arn:aws:sqs:us-east-1:111122223333:q"

foreign_queue := "arn:aws:sqs:us-east-1:444455556666:q"

own_key := "arn:aws:kms:us-east-1:111122223333:key/k"

agent_role := "arn:aws:iam::111122223333:role/r"

# A policy on a resource; "to" is who its one statement names.
resource_policy(effect, to, extra) := object.union(
	{
		"id": "rp",
		"read": true,
		"statements": [object.union(
			fixtures.statement(effect, {"actions": ["*"], "resources": ["*"]}),
			{"principals": [{"type": "AWS", "value": to}], "not_principals": []},
		)],
	},
	extra,
)

# The answer for a role with the statements, on a resource with the given policies.
answer(role_extra, action, resource, parts) := found if {
	role := fixtures.role(agent_role, [], object.union({"arn": agent_role, "policies": ["p"]}, role_extra))
	found := iam.answer(role, action, resource) with input as fixtures.inventory({
		"roles": [role],
		"policies": [
			fixtures.policy("p", parts.statements),
			fixtures.policy("sqs-alone", [fixtures.allow(["sqs:*"], ["*"])]),
			fixtures.policy("anything", [fixtures.allow(["*"], ["*"])]),
			fixtures.policy("all-but-sqs", [fixtures.allow(["*"], ["*"]), fixtures.statement("Deny", {"actions": ["sqs:*"], "resources": ["*"]})]),
			object.union(fixtures.policy("unread", []), {"read": false}),
			object.union(fixtures.policy("unread-allows-sqs", [fixtures.allow(["sqs:*"], ["*"])]), {"read": false}),
			object.union(fixtures.policy("unread-denies-sqs", [fixtures.statement("Deny", {"actions": ["sqs:*"], "resources": ["*"]})]), {"read": false}),
		],
		"resource_policies": object.get(parts, "on_it", []),
		"arns": [{"arn": resource, "ids": [], "policies": [policy.id | some policy in object.get(parts, "on_it", [])]}],
		"accounts": object.get(parts, "accounts", []),
	})
}

sends := {"statements": [fixtures.allow(["sqs:sendmessage"], ["*"])]}

sends_but(extra) := object.union(sends, extra)

nothing := {"statements": []}

send(role_extra, resource, parts) := answer(role_extra, "sqs:sendmessage", resource, parts)

test_what_nobody_allows_is_denied if {
	send({}, own_queue, nothing) == "denied"
	send({}, own_queue, sends) == "allowed"
}

test_an_explicit_deny_wins if {
	deny_sqs := fixtures.statement("Deny", {"actions": ["sqs:*"], "resources": [own_queue]})
	inside := fixtures.condition("IpAddress", "aws:sourceip", ["10.0.0.0/8"])
	send({}, own_queue, {"statements": [sends.statements[0], deny_sqs]}) == "denied"
	send({}, own_queue, {"statements": [sends.statements[0], object.union(deny_sqs, {"resources": [foreign_queue]})]}) == "allowed"
	send({}, own_queue, {"statements": [sends.statements[0], object.union(deny_sqs, {"conditions": [inside]})]}) == "conditional"
	send({}, own_queue, {"statements": [sends.statements[0], object.union(deny_sqs, {"conditions": [fixtures.condition("Null", "aws:sourceip", ["true"])]})]}) == "conditional"
	send({}, own_queue, sends_but({"on_it": [resource_policy("Deny", agent_role, {})]})) == "denied"
	send({}, own_queue, sends_but({"on_it": [resource_policy("Deny", account, {})]})) == "denied"
}

test_a_policy_of_the_role_that_is_not_in_the_document_grants_nothing if {
	send({"policies": ["nosuch"]}, own_queue, sends) == "denied"
}

test_a_boundary_limits_and_does_not_grant if {
	send({"boundary": "anything"}, own_queue, sends) == "allowed"
	send({"boundary": "anything"}, own_queue, nothing) == "denied"
	send({"boundary": "all-but-sqs"}, own_queue, sends) == "denied"
	answer({"boundary": "sqs-alone"}, "s3:getobject", "arn:aws:s3:::b/1", {"statements": [fixtures.allow(["*"], ["*"])]}) == "denied"
}

test_a_boundary_that_was_not_read_leaves_it_open if {
	send({"boundary": "unread"}, own_queue, sends) == "conditional"
	send({"boundary": "nosuch"}, own_queue, sends) == "conditional"
	send({"boundary": "unread-denies-sqs"}, own_queue, sends) == "denied"
	send({"boundary": "unread"}, own_queue, nothing) == "denied"
}

in_account(management, service_control) := sends_but({"accounts": [{
	"id": account,
	"organization": "o-shop",
	"management": management,
	"service_control": service_control,
}]})

test_every_level_of_service_control_must_allow if {
	send({}, own_queue, in_account(false, [["anything"], ["anything", "sqs-alone"]])) == "allowed"
	send({}, own_queue, in_account(false, [["anything"], ["all-but-sqs"]])) == "denied"
	answer({}, "s3:getobject", "arn:aws:s3:::b/1", object.union(
		in_account(false, [["anything"], ["sqs-alone"]]),
		{"statements": [fixtures.allow(["*"], ["*"])]},
	)) == "denied"
	send({}, own_queue, in_account(false, [["anything"], ["unread"]])) == "conditional"
	send({}, own_queue, in_account(false, [[]])) == "conditional"
}

test_service_control_does_not_bind_the_management_account if {
	send({}, own_queue, in_account(true, [["all-but-sqs"]])) == "allowed"
}

test_within_an_account_either_side_may_allow if {
	send({}, own_queue, {"statements": [], "on_it": [resource_policy("Allow", agent_role, {})]}) == "allowed"
	send({}, own_queue, {"statements": [], "on_it": [resource_policy("Allow", account, {})]}) == "denied"
	send({}, own_queue, sends_but({"on_it": [resource_policy("Allow", "arn:aws:iam::111122223333:role/other", {})]})) == "allowed"
}

test_between_accounts_both_sides_must_allow if {
	send({}, foreign_queue, sends) == "conditional"
	send({}, foreign_queue, sends_but({"on_it": [resource_policy("Allow", agent_role, {})]})) == "allowed"
	send({}, foreign_queue, sends_but({"on_it": [resource_policy("Allow", account, {})]})) == "allowed"
	send({}, foreign_queue, sends_but({"on_it": [resource_policy("Allow", other_account, {})]})) == "denied"
	send({}, foreign_queue, sends_but({"on_it": [resource_policy("Allow", other_account, {"read": false})]})) == "conditional"
	send({}, foreign_queue, {"statements": [], "on_it": [resource_policy("Allow", agent_role, {})]}) == "denied"
}

test_where_nobody_knows_whether_the_accounts_are_one_both_ways_must_agree if {
	nowhere := {"account": null, "arn": "arn:aws:iam::${AWS::AccountId}:role/r"}
	send(nowhere, own_queue, nothing) == "denied"
	send(nowhere, own_queue, sends) == "conditional"
	send(nowhere, own_queue, sends_but({"on_it": [resource_policy("Allow", "*", {})]})) == "allowed"
	send(nowhere, own_queue, {"statements": [], "on_it": [resource_policy("Allow", "*", {})]}) == "conditional"
}

decrypts := {"statements": [fixtures.allow(["kms:decrypt"], ["*"])]}

decrypt(parts) := answer({}, "kms:decrypt", own_key, parts)

test_key_policies_alone_give_access_to_a_key if {
	decrypt(object.union(decrypts, {"on_it": [resource_policy("Allow", account, {})]})) == "allowed"
	decrypt(object.union(decrypts, {"on_it": [resource_policy("Allow", other_account, {})]})) == "denied"
	decrypt({"statements": [], "on_it": [resource_policy("Allow", agent_role, {})]}) == "allowed"
	decrypt({"statements": [], "on_it": [resource_policy("Allow", account, {})]}) == "denied"
	decrypt(decrypts) == "allowed"
}

test_a_key_policy_that_was_not_read_leaves_it_open if {
	decrypt(object.union(decrypts, {"on_it": [resource_policy("Allow", other_account, {"read": false})]})) == "conditional"
}

test_what_is_read_of_a_boundary_counts_though_the_rest_is_not if {
	send({"boundary": "unread-allows-sqs"}, own_queue, sends) == "allowed"
	send({}, own_queue, in_account(false, [["unread-allows-sqs"]])) == "allowed"
}

test_a_grant_is_conditional_by_its_conditions_alone if {
	inside := fixtures.condition("IpAddress", "aws:sourceip", ["10.0.0.0/8"])
	role := fixtures.role("role", [agent], {"policies": ["p"]})
	grants := iam.grants(role) with input as fixtures.inventory({"roles": [role], "policies": [fixtures.policy("p", [
		granted,
		object.union(granted, {"conditions": [inside]}),
	])]})
	[grant.conditional | some grant in grants] == [false, true]
}

test_a_role_holds_the_grants_of_all_its_policies if {
	role := fixtures.role("role", [agent], {"policies": ["reads", "sends"]})
	grants := iam.grants(role) with input as fixtures.inventory({
		"roles": [role],
		"policies": [
			fixtures.policy("reads", [fixtures.allow(["s3:getobject"], ["*"])]),
			fixtures.policy("sends", [fixtures.allow(["sqs:sendmessage"], ["*"])]),
		],
	})
	[grant.policy | some grant in grants] == ["reads", "sends"]
}
