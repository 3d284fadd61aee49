package segrego.lib.trust_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.trust

exact := "arn:aws:bedrock:us-east-1:111122223333:agent/ORDERS1234"

wide := "arn:aws:bedrock:us-east-1:111122223333:agent/*"

source(values) := fixtures.condition("ArnLike", "aws:sourcearn", values)

pin(statements) := pins[0] if {
	pins := trust.pins(fixtures.role("role", [], {"trust": statements}))
}

bedrock(conditions) := fixtures.trust(["bedrock.amazonaws.com"], conditions)

level(pattern) := pin([bedrock([source([pattern])])]).source_arn

test_levels if {
	levels := {pattern: level(pattern) |
		some pattern in [
			exact,
			wide,
			"*",
			"arn:aws:bedrock:us-east-1:111122223333:*",
			"arn:aws:bedrock:us-east-1:111122223333:agen?/ORDERS1234",
			"arn:aws:bedrock:us-east-1:111122223333:agent/ORDERS*",
			"arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/${OrdersId}",
			"${SourceArn}",
			"arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/orders-*",
			"arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/${Name}-*",
			"arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/orders*",
			"arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/*-*",
			"arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/-*",
			"arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/orders-*",
			"arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/orders-??????????",
			"arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/orders-?????????",
			"arn:aws:bedrock:us-east-1:111122223333:agent/ORDERS-*",
		]
	}
	levels == {
		exact: "exact",
		wide: "kind-wildcard",
		"*": "service-wildcard",
		"arn:aws:bedrock:us-east-1:111122223333:*": "service-wildcard",
		"arn:aws:bedrock:us-east-1:111122223333:agen?/ORDERS1234": "service-wildcard",
		"arn:aws:bedrock:us-east-1:111122223333:agent/ORDERS*": "kind-wildcard",
		"arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/${OrdersId}": "exact",
		"${SourceArn}": "unknown",
		"arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/orders-*": "name",
		"arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/${Name}-*": "name",
		"arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/orders*": "kind-wildcard",
		"arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/*-*": "kind-wildcard",
		"arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/-*": "kind-wildcard",
		"arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/orders-*": "name-prefix",
		"arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/orders-??????????": "name",
		"arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/orders-?????????": "kind-wildcard",
		"arn:aws:bedrock:us-east-1:111122223333:agent/ORDERS-*": "kind-wildcard",
	}
}

test_a_wildcard_behind_any_number_of_colons_is_one if {
	level(concat("", [exact, concat(":", ["" | some _ in numbers.range(1, 200)]), "*"])) == "kind-wildcard"
}

test_any_of_several_values_lets_in if pin([bedrock([source([exact, wide])])]).source_arn == "kind-wildcard"

test_no_value_is_no_pin if {
	found := pin([bedrock([source([]), fixtures.condition("StringEquals", "aws:sourceaccount", [])])])
	found.source_arn == "none"
	found.account_known == false
}

test_all_of_several_conditions_must_hold if {
	both := [source([wide]), fixtures.condition("ArnEquals", "aws:sourcearn", [exact])]
	pin([bedrock(both)]).source_arn == "exact"
}

test_what_is_pinned if {
	{name: trust.is_pinned(pin([bedrock(conditions)])) |
		some name, conditions in {
			"exact": [source([exact])],
			"named": [source(["arn:aws:bedrock-agentcore:r:111122223333:runtime/orders-*"])],
		}
	} == {"exact": true, "named": true}
	every conditions in [
		[],
		[source([wide])],
		[fixtures.condition("StringEquals", "aws:sourceaccount", ["111122223333"])],
		[source(["arn:aws:bedrock:us-east-1:*:agent/ORDERS1234"])],
		[source(["arn:aws:bedrock:us-east-1::agent/ORDERS1234"])],
	] {
		not trust.is_pinned(pin([bedrock(conditions)]))
	}
}

test_accounts_and_organizations if {
	account := pin([bedrock([fixtures.condition("StringEquals", "aws:sourceaccount", ["111122223333"])])])
	[account.source_account, account.source_organization, account.account_known] == [true, false, true]
	organization := pin([bedrock([fixtures.condition("StringEquals", "aws:sourceorgid", ["o-abc"])])])
	[organization.source_account, organization.source_organization, organization.account_known] == [false, true, false]
	path := pin([bedrock([fixtures.condition("StringEquals", "aws:sourceorgpaths", ["o-abc/r-1/ou-1/"])])])
	path.source_organization == true
	open := pin([bedrock([fixtures.condition("StringLike", "aws:sourceaccount", ["111122223333", "*"])])])
	[open.source_account, open.account_known] == [false, false]
	some_named := pin([bedrock([source([exact, "arn:aws:bedrock:us-east-1:*:agent/X"])])])
	some_named.account_known == false
}

denies(extra) := object.union(
	{
		"effect": "Deny",
		"sid": null,
		"actions": ["sts:assumerole"],
		"not_actions": [],
		"principals": [{"type": "*", "value": "*"}],
		"not_principals": [],
		"conditions": [fixtures.condition("ArnNotLike", "aws:sourcearn", [exact])],
		"line": 12,
	},
	extra,
)

test_a_deny_of_all_else_pins if {
	pin([bedrock([]), denies({})]).source_arn == "exact"
	pin([bedrock([]), denies({"principals": [{"type": "Service", "value": "bedrock.amazonaws.com"}]})]).source_arn == "exact"
	pin([bedrock([]), denies({"actions": [], "not_actions": ["sts:tagsession"]})]).source_arn == "exact"
}

test_every_operator_that_compares_names_pins if {
	every operator in ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"] {
		pin([bedrock([fixtures.condition(operator, "aws:sourcearn", [exact])])]).source_arn == "exact"
	}
	every operator in ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"] {
		but := denies({"conditions": [fixtures.condition(operator, "aws:sourcearn", [exact])]})
		pin([bedrock([]), but]).source_arn == "exact"
	}
}

test_a_deny_of_less_does_not if {
	every extra in [
		{"effect": "Allow", "principals": []},
		{"actions": ["sts:tagsession"]},
		{"principals": [{"type": "AWS", "value": "*"}]},
		{"principals": [{"type": "AWS", "value": "bedrock.amazonaws.com"}]},
		{"principals": [{"type": "Service", "value": "lambda.amazonaws.com"}]},
		{"conditions": [fixtures.condition("ArnLike", "aws:sourcearn", [exact])]},
		{"conditions": [fixtures.condition("ArnNotLike", "aws:principalarn", [exact])]},
		{"conditions": [object.union(fixtures.condition("ArnNotLike", "aws:sourcearn", [exact]), {"qualifier": "ForAnyValue"})]},
		{"conditions": [
			fixtures.condition("ArnNotLike", "aws:sourcearn", [exact]),
			fixtures.condition("Bool", "aws:securetransport", ["false"]),
		]},
	] {
		pin([bedrock([]), denies(extra)]).source_arn == "none"
	}
}

test_conditions_that_may_be_absent_do_not_pin if {
	every weak in [
		object.union(source([exact]), {"if_exists": true}),
		object.union(source([exact]), {"qualifier": "ForAllValues"}),
		fixtures.condition("StringNotEquals", "aws:sourcearn", [exact]),
		fixtures.condition("Null", "aws:sourcearn", ["false"]),
		fixtures.condition("ArnLike", "aws:principalarn", [exact]),
	] {
		pin([bedrock([weak])]).source_arn == "none"
	}
	pin([bedrock([object.union(source([exact]), {"qualifier": "ForAnyValue"})])]).source_arn == "exact"
}

test_what_lets_assume if {
	every extra in [
		{"actions": ["sts:assumerole"]},
		{"actions": ["sts:assumerolewithwebidentity"]},
		{"actions": ["sts:*"]},
		{"actions": ["*"]},
		{"actions": ["sts:assume*"]},
		{"actions": ["sts:tagsession", "sts:assumerol?"]},
		{"actions": ["sts:${Action}"]},
		{"actions": [], "not_actions": ["sts:tagsession"]},
	] {
		trust.lets_assume(object.union(bedrock([]), extra))
	}
	every extra in [
		{"effect": "Deny"},
		{"actions": ["sts:tagsession"]},
		{"actions": ["sts:setsourceidentity"]},
		{"actions": [], "not_actions": ["sts:assume*"]},
		{"actions": [], "not_actions": ["*"]},
		{"actions": []},
	] {
		not trust.lets_assume(object.union(bedrock([]), extra))
	}
}

test_only_statements_for_bedrock_are_pins if {
	role := fixtures.role("role", [], {"trust": [
		fixtures.trust(["lambda.amazonaws.com"], []),
		fixtures.lets([["AWS", "bedrock.amazonaws.com"]], []),
		object.union(bedrock([]), {"actions": ["sts:tagsession"]}),
		fixtures.trust(["bedrock.amazonaws.com", "lambda.amazonaws.com"], []),
	]})
	[found.services | some found in trust.pins(role)] == [{"bedrock.amazonaws.com"}]
}

test_one_spelling_of_services if {
	trust.service_name("lambda.${AWS::URLSuffix}") == "lambda.amazonaws.com"
	trust.service_name("lambda.amazonaws.com.cn") == "lambda.amazonaws.com"
}

foreign(pattern, workloads) := trust.foreign(pin([bedrock([source([pattern])])]), workloads)

runtime(extra) := fixtures.workload("r", "agentcore_runtime", object.union({"name": "orders"}, extra))

live := runtime({"arn": "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/orders-AbCdEf1234"})

planned := runtime({"arn": "arn:aws:bedrock-agentcore:${AWS::Region}:${AWS::AccountId}:runtime/${Orders}"})

harness := fixtures.workload("h", "agentcore_harness", {"name": "orders", "arn": core("harness/orders-AbCdEf1234")})

agent(arn) := fixtures.agent("a", {"arn": arn})

core(resource) := concat("", ["arn:aws:bedrock-agentcore:us-east-1:111122223333:", resource])

test_the_holders_own_is_not_foreign if {
	every pair in [
		[exact, agent(exact)],
		[exact, agent("arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/${Orders}")],
		["arn:aws:bedrock:us-east-1:111122223333:agent/${Id}", agent(exact)],
		[core("runtime/orders-AbCdEf1234"), live],
		[core("runtime/orders-AbCdEf1234/runtime-endpoint/live"), live],
		[core("runtime/orders-*"), live],
		[core("runtime/Orders-*"), planned],
		[core("runtime/orders-Zz9Zz9Zz9Z"), planned],
		[core("runtime/${Name}-*"), live],
		[core("runtime/${AWS::StackName}-*"), live],
		[core("runtime/other-AbCdEf1234"), harness],
		["arn:aws:bedrock:us-east-1:111122223333:flow/*", agent(exact)],
		[core("runtime/x-*"), runtime({"name": "${Name}", "arn": planned.arn})],
		[core("${Kind}/orders-AbCdEf1234"), live],
		[core("runtime/other-AbCdEf1234"), fixtures.workload("h", "agentcore_harness", {"name": "orders"})],
		[core("runtime/other-AbCdEf1234"), fixtures.workload("p", "principal", {})],
		[core("anything/other"), fixtures.workload("d", "bedrock_data_automation", {})],
		[wide, agent("arn:aws:bedrock:us-east-1:111122223333:agent/OTHER12345")],
	] {
		foreign(pair[0], {pair[1]}) == set()
	}
}

test_another_workloads_is_foreign if {
	every pair in [
		[exact, agent("arn:aws:bedrock:us-east-1:111122223333:agent/OTHER12345")],
		["arn:aws:bedrock:us-east-1:111122223333:flow/ORDERS1234", agent(exact)],
		["arn:aws:bedrock:us-east-1:111122223333:flow/${Id}", agent("arn:aws:bedrock:r:a:agent/${Orders}")],
		[core("runtime/orders-Zz9Zz9Zz9Z"), live],
		[core("runtime/billing-AbCdEf1234"), planned],
		[core("runtime/billing-*"), planned],
		[core("runtime/orders-eu-AbCdEf1234"), planned],
		[core("gateway/orders-??????????"), planned],
	] {
		foreign(pair[0], {pair[1]}) == {pair[0]}
	}
}

test_a_name_is_read_off_agentcores_arns_alone if {
	trust.named_source(core("runtime/Orders-AbCdEf1234")) == ["runtime", "orders"]
	trust.named_source(core("gateway/orders-eu-*")) == ["gateway", "orders-eu"]
	trust.named_source(core("runtime/a:b-AbCdEf1234")) == ["runtime", "a:b"]
	trust.named_source(core("runtime/orders-eu-AbCdEf1234")) == ["runtime", "orders-eu"]
	not trust.named_source(core("runtime/AbCdEf1234"))
	not trust.named_source("arn:aws:bedrock:us-east-1:111122223333:agent/orders-AbCdEf1234")
	not trust.named_source(core("runtime/orders-AbCdEf12345"))
	not trust.named_source(core("runtime/ord*-AbCdEf1234"))
	not trust.named_source(core("runtime/orders"))
}

test_one_holder_is_enough if {
	foreign(exact, {agent("arn:aws:bedrock:us-east-1:111122223333:agent/OTHER12345"), agent(exact)}) == set()
	foreign(exact, set()) == set()
}

test_an_unresolved_holder_may_be_meant if {
	foreign(exact, {fixtures.agent("a", {"arn": null})}) == set()
	short := "arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/orders-Ab12"
	foreign(short, {planned}) == set()
	foreign(core("runtime/plain"), {planned}) == set()
}

test_a_trust_policy_that_was_not_read_may_let_in_whom_its_own_policies_let if {
	target := fixtures.role("target", [], {"arn": "arn:aws:iam::111122223333:role/target"})
	answers := {unread: answer |
		some unread in ["trust", "tags"]
		answer := trust.can_assume(
			fixtures.role("source", [], {"arn": "arn:aws:iam::111122223333:role/source", "policies": ["p"]}),
			object.union(target, {"unread": [unread]}),
		) with input as fixtures.inventory({"policies": [fixtures.policy("p", [fixtures.allow(["sts:assumerole"], ["*"])])]})
	}
	answers == {"trust": "conditional", "tags": "denied"}
}
