package segrego.lib.chains_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.chains

arn(name) := concat("", ["arn:aws:iam::111122223333:role/", name])

# A role whose trust has the given statements, with the roles that it names as the harness derives them.
role(name, statements, extra) := fixtures.role(name, [], object.union(
	{
		"arn": arn(name),
		"account": "111122223333",
		"trust": statements,
		"trusted_roles": [{"principal": principal.value, "role": split(principal.value, "/")[1]} |
			some statement in statements
			some principal in statement.principals
			contains(principal.value, ":role/")
		],
	},
	extra,
))

names(others) := [fixtures.lets([["AWS", arn(other)] | some other in others], [])]

root := [fixtures.lets([["AWS", "arn:aws:iam::111122223333:root"]], [])]

assumers(roles, policies) := found if {
	found := chains.assumers with input as fixtures.inventory({"roles": roles, "policies": policies})
}

test_a_named_role if assumers([role("a", [], {}), role("b", names(["a"]), {})], []) == {"b": {"a"}}

test_a_role_by_its_session if {
	session := "arn:aws:sts::111122223333:assumed-role/a/s"
	b := role("b", [fixtures.lets([["AWS", session]], [])], {"trusted_roles": [{"principal": session, "role": "a"}]})
	assumers([role("a", [], {}), b], []) == {"b": {"a"}}
}

test_a_role_that_trusts_itself if assumers([role("a", names(["a"]), {})], []) == {}

test_a_service_is_no_role if {
	assumers([role("a", [], {}), role("b", [fixtures.trust(["ec2.amazonaws.com"], [])], {})], []) == {}
}

permitted(resource) := fixtures.policy("p", [fixtures.allow(["sts:assumerole"], [resource])])

holder := role("a", [], {"policies": ["p"]})

test_an_account_lets_whom_its_policies_let if {
	every resource in ["*", arn("b"), "arn:aws:iam::111122223333:role/*"] {
		assumers([holder, role("b", root, {})], [permitted(resource)]) == {"b": {"a"}}
	}
	every resource in [arn("c"), "arn:aws:iam::999988887777:role/*"] {
		assumers([holder, role("b", root, {})], [permitted(resource)]) == {}
	}
	assumers([role("a", [], {}), role("b", root, {})], [permitted("*")]) == {}
}

test_everybody_is_any_account if {
	assumers([holder, role("b", [fixtures.lets([["AWS", "*"]], [])], {})], [permitted("*")]) == {"b": {"a"}}
}

test_a_permission_alone_is_not_enough if {
	assumers([holder, role("b", [fixtures.trust(["bedrock.amazonaws.com"], [])], {})], [permitted("*")]) == {}
}

test_another_accounts_root if {
	other := role("b", [fixtures.lets([["AWS", "arn:aws:iam::999988887777:root"]], [])], {"account": "111122223333"})
	assumers([holder, other], [permitted("*")]) == {}
	from := object.union(holder, {"account": "999988887777"})
	assumers([from, other], [permitted("*")]) == {"b": {"a"}}
}

test_other_actions_are_no_permission if {
	policy := fixtures.policy("p", [fixtures.allow(["s3:getobject"], ["*"])])
	assumers([holder, role("b", root, {})], [policy]) == {}
}

test_a_deny_holds if {
	policy := fixtures.policy("p", [
		fixtures.allow(["sts:assumerole"], ["*"]),
		fixtures.statement("Deny", {"actions": ["sts:assumerole"], "resources": ["*"]}),
	])
	assumers([holder, role("b", root, {})], [policy]) == {}
}

test_a_deny_of_something_else if {
	policy := fixtures.policy("p", [
		fixtures.allow(["sts:assumerole"], ["*"]),
		fixtures.statement("Deny", {"actions": ["s3:*"], "resources": ["*"]}),
	])
	assumers([holder, role("b", root, {})], [policy]) == {"b": {"a"}}
}

test_across_accounts_both_halves_are_needed if {
	far := {"account": "999988887777", "arn": "arn:aws:iam::999988887777:role/b"}
	assumers([role("a", [], {}), role("b", names(["a"]), far)], []) == {}
	assumers([holder, role("b", names(["a"]), far)], [permitted("*")]) == {"b": {"a"}}
}

test_a_grant_of_everything_is_a_permission if {
	assumers([holder, role("b", root, {})], [fixtures.policy("p", [fixtures.allow(["*"], ["*"])])]) == {"b": {"a"}}
}

deny(extra) := fixtures.statement("Deny", object.union({"actions": ["sts:assumerole"]}, extra))

test_a_deny_of_one_role_leaves_the_others if {
	every except_b in [{"resources": [arn("b")]}, {"not_resources": [arn("c")]}] {
		policy := fixtures.policy("p", [fixtures.allow(["sts:assumerole"], ["*"]), deny(except_b)])
		assumers([holder, role("b", root, {}), role("c", root, {})], [policy]) == {"c": {"a"}}
	}
}

test_a_trust_policy_may_deny_one_role_of_the_account if {
	but_a := array.concat(root, [object.union(names(["a"])[0], {"effect": "Deny"})])
	another := role("other", [], {"policies": ["p"]})
	assumers([holder, another, role("b", but_a, {})], [permitted("*")]) == {"b": {"other"}}
}

from(account, statement) := object.union(
	statement,
	{"conditions": [fixtures.condition("StringEquals", "aws:principalaccount", [account])]},
)

test_an_account_is_trusted_on_a_condition if {
	every account, expected in {"999988887777": {}, "111122223333": {"b": {"a"}}} {
		assumers([holder, role("b", [from(account, root[0])], {})], [permitted("*")]) == expected
	}
}

test_a_grant_whose_condition_never_holds_is_none if {
	every account, expected in {"999988887777": {}, "111122223333": {"b": {"a"}}} {
		policy := fixtures.policy("p", [from(account, fixtures.allow(["sts:assumerole"], ["*"]))])
		assumers([holder, role("b", root, {})], [policy]) == expected
	}
}

test_a_grant_of_everything_but_one_thing if {
	every excepted, expected in {"sts:assumerole": {}, "s3:getobject": {"b": {"a"}}} {
		policy := fixtures.policy("p", [fixtures.statement("Allow", {"not_actions": [excepted], "resources": ["*"]})])
		assumers([holder, role("b", root, {})], [policy]) == expected
	}
	every excepted, expected in {arn("b"): {}, arn("c"): {"b": {"a"}}} {
		policy := fixtures.policy("p", [fixtures.statement("Allow", {"actions": ["sts:assumerole"], "not_resources": [excepted]})])
		assumers([holder, role("b", root, {})], [policy]) == expected
	}
}

test_a_boundary_may_leave_some_roles_to_assume if {
	policies := [permitted("*"), fixtures.policy("boundary", [fixtures.allow(["sts:assumerole"], [arn("c")])])]
	bounded := role("a", [], {"policies": ["p"], "boundary": "boundary"})
	assumers([bounded, role("b", root, {}), role("c", root, {})], policies) == {"c": {"a"}}
}

test_service_control_holds if {
	found := [assumed |
		some resource in ["*", arn("c")]
		assumed := chains.assumers with input as fixtures.inventory({
			"roles": [holder, role("b", root, {})],
			"policies": [permitted("*"), fixtures.policy("scp", [fixtures.allow(["*"], [resource])])],
			"accounts": [{
				"id": "111122223333",
				"organization": null,
				"management": false,
				"service_control": [["scp"]],
			}],
		})
	]
	found == [{"b": {"a"}}, {}]
}

chain := [role("a", [], {}), role("b", names(["a"]), {}), role("c", names(["b"]), {})]

test_roles_in_between if {
	reached := chains.reaching("c") with input as fixtures.inventory({"roles": chain})
	reached == {"a", "b"}
	through := [found |
		some from in ["a", "b"]
		found := chains.through("c", from) with input as fixtures.inventory({"roles": chain})
	]
	through == [{"b"}, set()]
}

test_in_between_are_only_those_that_are_on_the_way if {
	branched := [role("a", [], {}), role("b", names(["a"]), {}), role("c", names(["b", "d"]), {}), role("d", names(["e"]), {}), role("e", [], {})]
	found := chains.through("c", "a") with input as fixtures.inventory({"roles": branched})
	found == {"b"}
}

test_nothing_is_in_between_where_a_role_gets_there_at_once_as_well if {
	both := [role("a", [], {}), role("b", names(["a"]), {}), role("c", names(["a", "b"]), {})]
	found := chains.through("c", "a") with input as fixtures.inventory({"roles": both})
	found == set()
}

test_a_circle_ends if {
	circle := [role("a", names(["b"]), {}), role("b", names(["a"]), {})]
	reached := chains.reaching("a") with input as fixtures.inventory({"roles": circle})
	reached == {"b"}
}

test_a_name_that_its_condition_keeps_out if {
	condition := fixtures.condition("StringEquals", "aws:sourceaccount", ["111122223333"])
	closed := object.union(names(["a"])[0], {"conditions": [condition]})
	b := role("b", [closed, fixtures.trust(["ec2.amazonaws.com"], [])], {})
	assumers([role("a", [], {}), b], []) == {}
}

test_a_boundary_holds if {
	policies := [
		fixtures.policy("p", [fixtures.allow(["sts:assumerole", "s3:getobject"], ["*"])]),
		fixtures.policy("boundary", [fixtures.allow(["s3:getobject"], ["*"])]),
	]
	bounded := role("a", [], {"policies": ["p"], "boundary": "boundary"})
	assumers([bounded, role("b", root, {})], policies) == {}
	assumers([holder, role("b", root, {})], policies) == {"b": {"a"}}
}

test_a_permission_on_a_condition_that_nobody_can_tell if {
	open := {"conditions": [fixtures.condition("IpAddress", "aws:sourceip", ["10.0.0.0/8"])]}
	policy := fixtures.policy("p", [object.union(fixtures.allow(["sts:assumerole"], ["*"]), open)])
	assumers([holder, role("b", root, {})], [policy]) == {"b": {"a"}}
}
