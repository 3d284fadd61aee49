package segrego.lib.assume_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.assume

arn(name) := concat("", ["arn:aws:iam::111122223333:role/", name])

orders := arn("orders")

root := "arn:aws:iam::111122223333:root"

named := {"principals": [{"type": "AWS", "value": orders}]}

account := {"principals": [{"type": "AWS", "value": root}]}

trust(extra) := object.union(
	{
		"effect": "Allow",
		"sid": null,
		"actions": ["sts:assumerole"],
		"not_actions": [],
		"principals": [],
		"not_principals": [],
		"conditions": [],
		"line": 11,
	},
	extra,
)

granting := fixtures.allow(["sts:assumerole"], [arn("ledger")])

path(role_extra, third_extra, statements) := found if {
	role := fixtures.role(orders, [], object.union({"policies": ["p"]}, role_extra))
	third := fixtures.role(arn("ledger"), [], third_extra)
	found := assume.path(role, third) with input as fixtures.inventory({
		"roles": [role, third],
		"policies": [
			fixtures.policy("p", statements),
			fixtures.policy("boundary", [fixtures.allow(["sts:assumerole"], ["*"])]),
		],
	})
}

trusting(statements, policy) := path({}, {"trust": statements}, policy)

test_trust_in_the_account_and_a_grant if {
	trusting([trust(account)], [granting]) == {"answer": "allowed", "trust": "account", "sid": null, "line": 11}
}

test_an_account_is_written_in_several_ways if {
	every principal in [
		{"type": "AWS", "value": "111122223333"},
		{"type": "AWS", "value": "*"},
		{"type": "*", "value": "*"},
	] {
		trusting([trust({"principals": [principal]})], [granting]).trust == "account"
	}
}

test_an_account_that_is_not_resolved if {
	here := "arn:aws:iam::${AWS::AccountId}:role/orders"
	every principal in ["${AWS::AccountId}", "arn:aws:iam::${AWS::AccountId}:root"] {
		found := path({"arn": here}, {"trust": [trust({"principals": [{"type": "AWS", "value": principal}]})]}, [granting])
		found.trust == "account"
	}
}

test_trust_in_the_account_needs_a_grant if {
	not trusting([trust(account)], [])
	not trusting([trust(account)], [fixtures.allow(["sts:assumerole"], [arn("other")])])
}

test_a_grant_needs_trust if {
	not trusting([], [granting])
	not trusting([trust({"principals": [{"type": "AWS", "value": "arn:aws:iam::444455556666:root"}]})], [granting])
	not trusting([trust({"principals": [{"type": "Service", "value": "lambda.amazonaws.com"}]})], [granting])
	not trusting([trust({"principals": [{"type": "AWS", "value": arn("other")}]})], [granting])
	not trusting([object.union(trust(account), {"actions": ["sts:tagsession"]})], [granting])
}

test_a_role_that_trust_names_needs_no_grant if {
	trusting([trust(named)], []) == {"answer": "allowed", "trust": "role", "sid": null, "line": 11}
}

test_unless_something_is_in_the_way if {
	denying := fixtures.statement("Deny", {"actions": ["sts:*"], "resources": ["*"]})
	not trusting([trust(named)], [denying])
	not path({"boundary": "boundary"}, {"trust": [trust(named)]}, [])
	path({"boundary": "boundary"}, {"trust": [trust(named)]}, [granting]).answer == "allowed"
}

test_a_denial_of_something_else_is_not_in_the_way if {
	every extra in [
		{"actions": ["s3:*"], "resources": ["*"]},
		{"actions": ["sts:assumerole"], "resources": [arn("other")]},
		{"not_actions": ["sts:*"], "resources": ["*"]},
		{"actions": ["*"], "resources": ["*"], "conditions": [fixtures.condition("Bool", "aws:viaawsservice", ["true"])]},
	] {
		trusting([trust(named)], [fixtures.statement("Deny", extra)])
	}
	not trusting([trust(named)], [fixtures.statement("Deny", {"not_actions": ["s3:*"], "resources": ["*"]})])
}

test_across_accounts_both_must_say_so if {
	away := {"arn": "arn:aws:iam::444455556666:role/orders"}
	principal := {"principals": [{"type": "AWS", "value": away.arn}]}
	not path(away, {"trust": [trust(principal)]}, [])
	path(away, {"trust": [trust(principal)]}, [granting]).answer == "allowed"
}

conditioned(operator, key, value) := trust(object.union(
	account,
	{"conditions": [fixtures.condition(operator, key, [value])]},
))

test_conditions_on_the_caller_are_decided if {
	every met in [
		["ArnLike", "aws:principalarn", "arn:aws:iam::111122223333:role/or*"],
		["ArnEquals", "aws:principalarn", orders],
		["StringNotLike", "aws:principalarn", arn("other")],
		["StringEquals", "aws:principalaccount", "111122223333"],
	] {
		trusting([conditioned(met[0], met[1], met[2])], [granting]).answer == "allowed"
	}
	every failed in [
		["ArnLike", "aws:principalarn", arn("billing*")],
		["StringNotEquals", "aws:principalarn", orders],
		["StringEquals", "aws:principalaccount", "444455556666"],
	] {
		not trusting([conditioned(failed[0], failed[1], failed[2])], [granting])
	}
}

test_other_conditions_leave_it_open if {
	every open in [
		["StringEquals", "sts:externalid", "x"],
		["StringEquals", "aws:principalorgid", "o-1"],
		["Null", "aws:principalarn", "false"],
	] {
		trusting([conditioned(open[0], open[1], open[2])], [granting]).answer == "conditional"
	}
}

test_a_grant_under_a_condition_leaves_it_open if {
	conditional := object.union(granting, {"conditions": [fixtures.condition("Bool", "aws:viaawsservice", ["true"])]})
	trusting([trust(account)], [conditional]).answer == "conditional"
}

test_the_best_way_counts if {
	open := conditioned("StringEquals", "sts:externalid", "x")
	trusting([open, trust(account)], [granting]).answer == "allowed"
	trusting([open, object.union(open, {"line": 12})], [granting]).line == 11
}

denying(extra) := object.union(trust(extra), {"effect": "Deny"})

test_a_trust_policy_can_shut_out if {
	not trusting([trust(account), denying(named)], [granting])
	not trusting([trust(account), denying(account)], [granting])
	trusting([trust(account), denying({"principals": [{"type": "AWS", "value": arn("other")}]})], [granting]).answer == "allowed"
	other_action := object.union(denying(named), {"actions": ["sts:tagsession"]})
	trusting([trust(account), other_action], [granting]).answer == "allowed"
}

test_a_denial_under_a_condition if {
	but_for := object.union(denying(account), {"conditions": [fixtures.condition("ArnNotLike", "aws:principalarn", [orders])]})
	trusting([trust(account), but_for], [granting]).answer == "allowed"
	mfa := object.union(denying(account), {"conditions": [fixtures.condition("Bool", "aws:multifactorauthpresent", ["false"])]})
	trusting([trust(account), mfa], [granting]).answer == "conditional"
}

test_everybody_but if {
	others := trust({"not_principals": [{"type": "AWS", "value": arn("other")}]})
	trusting([others], [granting]).trust == "account"
	not trusting([trust({"not_principals": [{"type": "AWS", "value": orders}]})], [granting])
	not trusting([trust({"not_principals": [{"type": "AWS", "value": root}]})], [granting])
}

test_all_actions_but if {
	trusting([object.union(trust(account), {"actions": [], "not_actions": ["sts:tagsession"]})], [granting])
	not trusting([object.union(trust(account), {"actions": [], "not_actions": ["sts:*"]})], [granting])
}

test_a_trust_policy_that_was_not_read if {
	path({}, {"unread": ["trust"], "trust": [trust(account)]}, [granting]) == {
		"answer": "conditional",
		"trust": "not read",
		"sid": null,
		"line": null,
	}
	not path({}, {"unread": ["trust"]}, [])
}

left_to_accounts(extra) if {
	assume.is_left_to_accounts(fixtures.role("third", [], extra)) with input as fixtures.inventory({})
}

test_whether_trust_is_left_to_an_account if {
	left_to_accounts({"unread": ["trust"]})
	left_to_accounts({"trust": [trust(account)]})
	left_to_accounts({"trust": [trust({"principals": [{"type": "*", "value": "*"}]})]})
	left_to_accounts({"trust": [trust({"not_principals": [{"type": "AWS", "value": orders}]})]})
	not left_to_accounts({"trust": [trust(named)]})
	not left_to_accounts({"trust": [trust({"principals": [{"type": "Service", "value": "lambda.amazonaws.com"}]})]})
	not left_to_accounts({})
}
