package segrego.lib.principals_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.principals

agent := fixtures.agent("orders", {})

openings(holders, statements, extra) := found if {
	role := fixtures.role("role", holders, object.union({"trust": statements, "account": "111122223333"}, extra))
	all := principals.openings_by_role with input as fixtures.inventory({"workloads": holders, "roles": [role]})
	found := object.get(all, "role", [])
}

opening(type, value, conditions) := found if {
	all := openings([agent], [fixtures.lets([[type, value]], conditions)], {})
	count(all) == 1
	found := all[0]
}

kind(type, value) := opening(type, value, []).kind

test_kinds if {
	kinds := {value: kind(type, value) |
		some [type, value] in [
			["*", "*"],
			["AWS", "arn:aws:iam::*:role/ci"],
			["Service", "ec2.amazonaws.com"],
			["Federated", "arn:aws:iam::111122223333:saml-provider/Okta"],
			["Federated", "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"],
			["Federated", "arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"],
			["Federated", "cognito-identity.amazonaws.com"],
			["AWS", "arn:aws:iam::111122223333:root"],
			["AWS", "111122223333"],
			["AWS", "${AWS::AccountId}"],
			["AWS", "arn:aws:iam::111122223333:user/alice"],
			["AWS", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"],
			["AWS", "arn:aws:iam::111122223333:role/ci"],
			["AWS", "arn:aws:sts::111122223333:assumed-role/ci/session"],
			["AWS", "AROAEXAMPLEEXAMPLE123"],
			["AWS", "${TrustedArn}"],
			["AWS", "arn:aws:iam::${Partner}:role/ci"],
			["AWS", "012345678901"],
			["AWS", "arn:aws:iam::111122223333:group/g"],
		]
	}
	kinds == {
		"*": "anybody",
		"arn:aws:iam::*:role/ci": "anybody",
		"ec2.amazonaws.com": "service",
		"arn:aws:iam::111122223333:saml-provider/Okta": "saml",
		"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com": "web_identity",
		"arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE": "kubernetes",
		"cognito-identity.amazonaws.com": "web_identity",
		"arn:aws:iam::111122223333:root": "account",
		"111122223333": "account",
		"${AWS::AccountId}": "account",
		"arn:aws:iam::111122223333:user/alice": "user",
		"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef": "sso",
		"arn:aws:iam::111122223333:role/ci": "role",
		"arn:aws:sts::111122223333:assumed-role/ci/session": "session",
		"AROAEXAMPLEEXAMPLE123": "deleted",
		"${TrustedArn}": "unresolved",
		"arn:aws:iam::${Partner}:role/ci": "role",
		"012345678901": "account",
		"arn:aws:iam::111122223333:group/g": "unresolved",
	}
}

test_the_service_that_runs_it_is_no_opening if {
	openings([agent], [fixtures.trust(["bedrock.amazonaws.com"], [])], {}) == []
	functions := [fixtures.workload("f", "lambda_function", {})]
	openings(functions, [fixtures.trust(["lambda.amazonaws.com", "edgelambda.amazonaws.com"], [])], {}) == []
	runtimes := [fixtures.workload("r", "agentcore_runtime", {})]
	openings(runtimes, [fixtures.trust(["bedrock-agentcore.amazonaws.com"], [])], {}) == []
	[found.principal | some found in openings(runtimes, [fixtures.trust(["bedrock.amazonaws.com"], [])], {})] == ["bedrock.amazonaws.com"]
}

test_who_runs_a_principal_is_not_known if {
	task := fixtures.workload("task", "principal", {})
	openings([agent, task], [fixtures.trust(["ecs-tasks.amazonaws.com"], [])], {}) == []
	count(openings([agent, task], [fixtures.lets([["AWS", "*"]], [])], {})) == 1
}

test_statements_that_let_nobody_assume if {
	openings([agent], [object.union(fixtures.lets([["AWS", "*"]], []), {"effect": "Deny"})], {}) == []
}

test_not_principal_is_everybody if {
	statement := object.union(fixtures.lets([], []), {"not_principals": [{"type": "AWS", "value": "111122223333"}]})
	[[found.kind, found.principal] | some found in openings([agent], [statement], {})] == [["anybody", "*"]]
}

narrowed(principal, values) := {found.principal |
	some found in openings([agent], [fixtures.lets([principal], [fixtures.condition("ArnLike", "aws:principalarn", values)])], {})
}

test_a_condition_on_the_principal_narrows if {
	one := "arn:aws:iam::111122223333:role/ci"
	narrowed(["AWS", "*"], [one]) == {one}
	narrowed(["*", "*"], [one]) == {one}
	narrowed(["AWS", "arn:aws:iam::111122223333:root"], [one, "arn:aws:iam::111122223333:user/a"]) == {
		one,
		"arn:aws:iam::111122223333:user/a",
	}
	narrowed(["AWS", "*"], ["*"]) == {"*"}
	narrowed(["AWS", "*"], ["arn:aws:iam::*:*"]) == {"*"}
	narrowed(["Service", "ec2.amazonaws.com"], [one]) == {"ec2.amazonaws.com"}
}

sourced(principals) := {[found.kind, found.principal] |
	some key in ["aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"]
	some found in openings([agent], [fixtures.lets(principals, [fixtures.condition("StringEquals", key, ["x"])])], {})
}

test_only_services_have_a_source if {
	sourced([["AWS", "arn:aws:iam::111122223333:role/ci"], ["Federated", github]]) == set()
	sourced([["Service", "ec2.amazonaws.com"], ["Service", "bedrock.amazonaws.com"]]) == {["service", "ec2.amazonaws.com"]}
	sourced([["*", "*"]]) == {["service", "*"]}
	sourced([["AWS", "*"]]) == {["service", "*"]}
	optional := object.union(fixtures.condition("StringEquals", "aws:sourceaccount", ["x"]), {"if_exists": true})
	count(openings([agent], [fixtures.lets([["AWS", "111122223333"]], [optional])], {})) == 1
}

external(value, extra) := found.external if {
	some found in openings([agent], [fixtures.lets([["AWS", value]], [])], extra)
}

test_not_principal_is_narrowed_as_well if {
	one := "arn:aws:iam::111122223333:role/ci"
	condition := fixtures.condition("ArnLike", "aws:principalarn", [one])
	statement := object.union(fixtures.lets([], [condition]), {"not_principals": [{"type": "AWS", "value": "111122223333"}]})
	[found.principal | some found in openings([agent], [statement], {})] == [one]
}

test_a_condition_that_any_principal_meets_narrows_nothing if {
	root := "arn:aws:iam::111122223333:root"
	narrowed(["AWS", root], ["*"]) == {root}
	narrowed(["AWS", root], ["arn:aws:iam::*:*"]) == {root}
	some found in openings(
		[agent], [fixtures.lets([["AWS", root]], [fixtures.condition(
			"ArnLike",
			"aws:principalarn",
			["arn:aws:iam::*:role/ci"],
		)])],
		{},
	)
	found.kind == "anybody"
}

test_what_is_named_like_a_service_is_none if {
	count(openings([agent], [fixtures.lets([["AWS", "bedrock.amazonaws.com"]], [])], {})) == 1
}

test_a_provider_is_one_whatever_account_it_names if kind("Federated", "arn:aws:iam::*:saml-provider/Okta") == "saml"

test_what_is_not_resolved_is_no_user if kind("AWS", "${Partner}:user/alice") == "unresolved"

test_roles_without_openings_are_left_out if {
	role := fixtures.role("role", [agent], {"trust": [fixtures.trust(["bedrock.amazonaws.com"], [])]})
	found := principals.openings_by_role with input as fixtures.inventory({"workloads": [agent], "roles": [role]})
	found == {}
}

test_another_account if {
	external("arn:aws:iam::999988887777:root", {}) == true
	external("999988887777", {}) == true
	external("012345678901", {}) == true
	external("arn:aws:iam::111122223333:root", {"account": "012345678901"}) == true
	external("arn:aws:iam::111122223333:root", {}) == false
	external("111122223333", {}) == false
	external("${Partner}", {}) == null
	external("arn:aws:iam::${Partner}:root", {}) == null
	external("arn:aws:iam::999988887777:root", {"account": null}) == null
	external("arn:aws:iam::999988887777:root", {"account": null, "arn": "arn:aws:iam::${AWS::AccountId}:role/r"}) == null
	external("arn:aws:iam::999988887777:root", {"account": null, "arn": "arn:aws:iam::111122223333:role/r"}) == true
	opening("Service", "ec2.amazonaws.com", []).external == null
}

other := "arn:aws:iam::999988887777:root"

guarded(condition) := opening("AWS", other, [condition]).guarded

test_guards if {
	every key in ["sts:externalid", "aws:principalorgid", "aws:principalorgpaths"] {
		guarded(fixtures.condition("StringEquals", key, ["x"])) == true
	}
	every condition in [
		fixtures.condition("StringEquals", "aws:sourceip", ["10.0.0.0/8"]),
		fixtures.condition("StringLike", "sts:externalid", ["*"]),
		fixtures.condition("StringNotEquals", "sts:externalid", ["x"]),
		object.union(fixtures.condition("StringEquals", "sts:externalid", ["x"]), {"if_exists": true}),
		fixtures.condition("Bool", "aws:multifactorauthpresent", ["true"]),
	] {
		guarded(condition) == false
	}
}

test_limits if {
	conditions := [
		fixtures.condition("StringEquals", "aws:principalorgid", ["o-abc"]),
		fixtures.condition("StringLike", "aws:principalaccount", ["111122223333", "*"]),
		fixtures.condition("StringEquals", "aws:requestedregion", ["us-east-1"]),
	]
	opening("AWS", "*", conditions).limits == ["aws:principalorgid"]
	principals.shown(opening("AWS", "*", conditions)) == {
		"kind": "anybody",
		"principal": "*",
		"limits": ["aws:principalorgid"],
		"sid": null,
		"line": 11,
	}
}

github := "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"

claim(key, values) := fixtures.condition("StringLike", key, values)

test_an_issuer_for_everybody if {
	every conditions in [
		[],
		[claim("token.actions.githubusercontent.com:aud", ["sts.amazonaws.com"])],
		[claim("token.actions.githubusercontent.com:sub", ["*"])],
		[claim("token.actions.githubusercontent.com:sub", ["repo:*"])],
		[claim("token.actions.githubusercontent.com:sub", ["repo:?cme/*"])],
		[claim("token.actions.githubusercontent.com:sub", ["repo:acme/orders:*", "repo:*"])],
		[claim("gitlab.com:sub", ["project_path:acme/orders:*"])],
	] {
		opening("Federated", github, conditions).open_issuer == true
	}
	opening("Federated", "cognito-identity.amazonaws.com", []).open_issuer == true
	opening("Federated", concat("/", [github, "acme"]), []).open_issuer == true
}

test_an_issuer_that_is_held_to_somebody if {
	every conditions in [
		[claim("token.actions.githubusercontent.com:sub", ["repo:acme/orders:*"])],
		[claim("token.actions.githubusercontent.com:sub", ["repo:acme/*"])],
		[claim("token.actions.githubusercontent.com:sub", ["repo:"])],
		[claim("token.actions.githubusercontent.com:repository_owner", ["acme"])],
	] {
		opening("Federated", github, conditions).open_issuer == false
	}
	pool := fixtures.condition("StringEquals", "cognito-identity.amazonaws.com:aud", ["us-east-1:1234"])
	opening("Federated", "cognito-identity.amazonaws.com", [pool]).open_issuer == false
	opening("Federated", "arn:aws:iam::111122223333:oidc-provider/acme.okta.com", []).open_issuer == false
	opening("AWS", other, []).open_issuer == false
	opening("Service", "cognito-identity.amazonaws.com", []).open_issuer == false
}

test_governed_roles_alone if {
	role := fixtures.role("plain", [], {"trust": [fixtures.lets([["AWS", "*"]], [])]})
	held := fixtures.role("held", [agent], {"trust": [fixtures.lets([["AWS", "*"]], [])]})
	found := principals.openings_by_governed_role with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [role, held],
	})
	object.keys(found) == {"held"}
}

test_people if {
	every pair in [
		["AWS", "arn:aws:iam::111122223333:root"],
		["AWS", "arn:aws:iam::111122223333:user/alice"],
		["Federated", github],
		["AWS", "arn:aws:iam::${Partner}:root"],
	] {
		principals.is_people(opening(pair[0], pair[1], []))
	}
	not principals.is_people(opening("AWS", other, []))
	not principals.is_people(opening("AWS", "arn:aws:iam::111122223333:role/ci", []))
	not principals.is_people(opening("AWS", "*", []))
	id := fixtures.condition("StringEquals", "sts:externalid", ["x"])
	not principals.is_people(opening("AWS", "arn:aws:iam::111122223333:root", [id]))
}

test_foreigners if {
	principals.is_foreign(opening("AWS", other, []))
	principals.is_foreign(opening("AWS", "arn:aws:iam::999988887777:role/ci", []))
	not principals.is_foreign(opening("AWS", "arn:aws:iam::111122223333:root", []))
	not principals.is_foreign(opening("AWS", "*", []))
	not principals.is_foreign(opening("AWS", other, [fixtures.condition("StringEquals", "sts:externalid", ["x"])]))
}

test_classic_leftovers if {
	classic := {"kind": "service", "principal": "bedrock.amazonaws.com"}
	runtime := fixtures.role("role", [fixtures.workload("r", "agentcore_runtime", {})], {})
	principals.is_classic_leftover(runtime, classic)
	not principals.is_classic_leftover(fixtures.role("role", [agent], {}), classic)
	not principals.is_classic_leftover(runtime, object.union(classic, {"principal": "ec2.amazonaws.com"}))
	not principals.is_classic_leftover(runtime, object.union(classic, {"kind": "account"}))
}
