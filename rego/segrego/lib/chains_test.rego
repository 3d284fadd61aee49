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
