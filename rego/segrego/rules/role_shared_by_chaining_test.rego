package segrego.rules.role_shared_by_chaining_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_shared_by_chaining as rule

arn(name) := concat("", ["arn:aws:iam::111122223333:role/", name])

orders := fixtures.agent("orders", {})

billing := fixtures.agent("billing", {})

trusting(principals) := [{
	"effect": "Allow",
	"sid": null,
	"actions": ["sts:assumerole"],
	"not_actions": [],
	"principals": [{"type": "AWS", "value": value} | some value in principals],
	"not_principals": [],
	"conditions": [],
	"line": 11,
}]

local(name) := concat("", ["arn:aws:iam::${AWS::AccountId}:role/", name])

root := "arn:aws:iam::111122223333:root"

assuming := fixtures.allow(["sts:assumerole"], [arn("ledger")])

# The agents' roles hold the policies of their names; the third role gives the actions.
found(statements, third, actions, extra) := findings if {
	findings := rule.deny with input as fixtures.inventory(object.union(
		{
			"workloads": [orders, billing],
			"roles": [
				fixtures.role(arn("orders"), [orders], {"policies": ["orders"]}),
				fixtures.role(arn("billing"), [billing], {"policies": ["billing"]}),
				fixtures.role(arn("ledger"), [], object.union({"policies": ["ledger"], "trust": trusting([root])}, third)),
			],
			"policies": array.concat(
				[fixtures.policy(name, [statement]) | some name, statement in statements],
				[fixtures.policy("ledger", [fixtures.allow(actions, ["*"])])],
			),
			"role_chains": [{"role": arn("ledger"), "assumers": [arn("billing"), arn("orders")]}],
		},
		extra,
	))
}

both(statement) := {"orders": statement, "billing": statement}

other := fixtures.allow(["s3:getobject"], ["*"])

test_two_agents_roles_can_assume_a_third if {
	some finding in found(both(assuming), {}, ["s3:getobject"], {})
	finding.subject == arn("ledger")
	finding.severity == "medium"
	finding.evidence.names == ["billing", "orders"]
	[agent.id | some agent in finding.evidence.agents] == ["billing", "orders"]
	finding.evidence.paths == [
		{"role": arn("billing"), "agents": ["billing"], "answer": "allowed", "trust": "read"},
		{"role": arn("orders"), "agents": ["orders"], "answer": "allowed", "trust": "read"},
	]
	finding.evidence.unlisted == 0
	finding.related == [arn("billing"), arn("orders"), "billing", "orders"]
}

severity(actions, extra) := finding.severity if some finding in found(both(assuming), {}, actions, extra)

test_severity_by_what_the_third_role_gives if {
	severity(["bedrock:invokemodel"], {}) == "medium"
	severity(["s3:putobject"], {}) == "high"
	severity(["s3:putbucketpolicy"], {}) == "critical"
	apart := [fixtures.agent(name, {"environment": fixtures.label(name)}) | some name in ["orders", "billing"]]
	severity(["s3:getobject"], {"workloads": apart}) == "high"
}

test_one_half_is_none if {
	count(found(both(other), {}, ["s3:putobject"], {})) == 0
	count(found(both(assuming), {"trust": trusting(["arn:aws:iam::444455556666:root"])}, ["s3:putobject"], {})) == 0
}

test_a_role_that_trust_names_needs_no_grant if {
	named := {"trust": trusting([arn("orders"), arn("billing")])}
	count(found(both(other), named, ["s3:putobject"], {})) == 1
	count(found(both(other), {"trust": trusting([arn("orders")])}, ["s3:putobject"], {})) == 0
}

test_a_trust_policy_that_was_not_read if {
	some finding in found(both(assuming), {"unread": ["trust"], "trust": []}, ["s3:putobject"], {})
	finding.severity == "medium"
	{[path.answer, path.trust] | some path in finding.evidence.paths} == {["conditional", "not read"]}
	count(found(both(other), {"unread": ["trust"], "trust": []}, ["s3:putobject"], {})) == 0
}

test_one_agent_alone_shares_nothing if count(found({"orders": assuming, "billing": other}, {}, ["s3:putobject"], {})) == 0

test_a_role_that_is_an_agents_own_is_said_elsewhere if {
	ledger := fixtures.agent("ledger", {})
	held := {"workloads": [orders, billing, ledger]}
	third := {"bindings": [fixtures.binding(ledger, "execution", null, [])]}
	count(found(both(assuming), third, ["s3:putobject"], held)) == 0
}

test_one_agent_with_two_roles if {
	bindings := {"roles": [
		fixtures.role(arn("orders"), [orders], {"policies": ["orders"]}),
		fixtures.role(arn("billing"), [orders], {"policies": ["billing"]}),
		fixtures.role(arn("ledger"), [], {"policies": ["ledger"], "trust": trusting([root])}),
	]}
	count(found(both(assuming), {}, ["s3:putobject"], bindings)) == 0
}

anything := {"orders": fixtures.allow(["*"], ["*"]), "billing": fixtures.allow(["sts:assumerole"], ["*"])}

unlisted_chain := {"role_chains": [{"role": arn("ledger"), "assumers": []}]}

test_who_may_assume_anything_may_assume_this if count(found(anything, {}, ["s3:putobject"], unlisted_chain)) == 1

test_everybody_but_is_left_to_accounts if {
	but := [object.union(trusting([])[0], {"not_principals": [{"type": "AWS", "value": arn("other")}]})]
	count(found(anything, {"trust": but}, ["s3:putobject"], unlisted_chain)) == 1
	count(found(anything, {"trust": [], "unread": ["trust"]}, ["s3:putobject"], unlisted_chain)) == 1
}

test_who_may_assume_anything_still_needs_trust if {
	count(found(anything, {"trust": trusting([arn("orders")])}, ["s3:putobject"], unlisted_chain)) == 0
	count(found(anything, {"account": "444455556666"}, ["s3:putobject"], unlisted_chain)) == 0
}

test_an_account_that_is_not_known_is_one_account if {
	parts := {
		"roles": [
			fixtures.role("orders-role", [orders], {"account": null, "arn": local("orders"), "policies": ["orders"]}),
			fixtures.role("billing-role", [billing], {"account": null, "arn": local("billing"), "policies": ["billing"]}),
			fixtures.role("ledger-role", [], {"account": null, "arn": local("ledger"), "trust": trusting(["${AWS::AccountId}"])}),
		],
		"role_chains": [{"role": "ledger-role", "assumers": []}],
	}
	count(found(anything, {}, ["s3:putobject"], parts)) == 1
}

test_roles_of_accounts_that_nobody_knows_may_be_of_one if {
	parts := {
		"roles": [
			fixtures.role("orders-role", [orders], {"account": null, "policies": ["orders"]}),
			fixtures.role("billing-role", [billing], {"account": null, "policies": ["billing"]}),
			fixtures.role("ledger-role", [], {"account": null, "trust": trusting(["*"])}),
		],
		"role_chains": [{"role": "ledger-role", "assumers": []}],
	}
	count(found(anything, {}, ["s3:putobject"], parts)) == 1
}

test_roles_without_agents_share_nothing if {
	count(found(both(assuming), {}, ["s3:putobject"], {"roles": [
		fixtures.role(arn("orders"), [], {"policies": ["orders"]}),
		fixtures.role(arn("billing"), [billing], {"policies": ["billing"]}),
		fixtures.role(arn("ledger"), [], {"policies": ["ledger"], "trust": trusting([root])}),
	]})) == 0
}

test_through_the_functions_of_tools if {
	functions := [fixtures.workload(name, "lambda_function", {"serves": [concat("-", [name, "tool"])]}) | some name in ["f", "g"]]
	parts := {
		"workloads": array.concat([orders, billing], functions),
		"tools": [fixtures.tool("f-tool", "orders", "f"), fixtures.tool("g-tool", "billing", "g")],
		"roles": [
			fixtures.role(arn("orders"), [functions[0]], {"policies": ["orders"]}),
			fixtures.role(arn("billing"), [functions[1]], {"policies": ["billing"]}),
			fixtures.role(arn("ledger"), [], {"policies": ["ledger"], "trust": trusting([root])}),
		],
	}
	some finding in found(both(assuming), {}, ["s3:putobject"], parts)
	finding.evidence.names == ["billing", "orders"]
}

test_conditions_on_every_way_are_less if {
	conditional := object.union(assuming, {"conditions": [fixtures.condition("StringEquals", "sts:externalid", ["x"])]})
	some finding in found(both(conditional), {}, ["s3:putobject"], {})
	finding.severity == "medium"
	some partly in found({"orders": conditional, "billing": assuming}, {}, ["s3:putobject"], {})
	partly.severity == "high"
}

test_a_role_outside_the_document if {
	away := "arn:aws:iam::444455556666:role/lake"
	reaching := fixtures.allow(["sts:assumerole"], [away])
	chains := {"role_chains": [{"role": away, "assumers": [arn("billing"), arn("orders")]}]}
	some finding in found(both(reaching), {}, ["s3:putobject"], chains)
	finding.subject == away
	finding.severity == "medium"
	{path.trust | some path in finding.evidence.paths} == {"not read"}
}

test_agents_of_one_sound_class_may_share if {
	twins := [fixtures.agent(name, object.union(fixtures.holds(arn(name)), {"agent_class": "twins"})) | some name in ["orders", "billing"]]
	class := {"workloads": twins, "agent_classes": [fixtures.agent_class("twins", ["billing", "orders"], {})]}
	count(found(both(assuming), {}, ["s3:putobject"], class)) == 0
}

# So many agents that not all are looked at. The first two hold the first policy, all others the second.
many(statements, third, assumers) := findings if {
	names := [sprintf("agent-%03d", [at]) | some at in numbers.range(1, 103)]
	findings := found(statements, {}, ["s3:putobject"], {
		"workloads": [fixtures.agent(name, {}) | some name in names],
		"roles": array.concat(
			[fixtures.role(arn(name), [fixtures.agent(name, {})], {"policies": [held]}) |
				some at, name in names
				held := {true: "orders", false: "billing"}[at < 2]
			],
			[
				fixtures.role(arn("ledger"), [], object.union({"policies": ["ledger"], "trust": trusting([root])}, third)),
				fixtures.role("far", [], {"account": "444455556666", "policies": ["orders"]}),
			],
		),
		"role_chains": [{"role": arn("ledger"), "assumers": [arn(name) | some name in array.slice(names, 0, assumers)]}],
	})
}

anybody := fixtures.allow(["sts:assumerole"], ["*"])

test_what_is_left_out_is_counted if {
	every case in [[assuming, 103], [anybody, 0]] {
		some finding in many(both(case[0]), {}, case[1])
		count(finding.evidence.paths) == 100
		finding.evidence.unlisted == 3
	}
}

two_named := [arn("agent-001"), arn("agent-002")]

test_who_cannot_come_is_not_left_out if {
	closed := array.concat(trusting(two_named), [fixtures.trust(["ec2.amazonaws.com"], [])])
	away := {"account": "444455556666", "trust": trusting(array.concat(two_named, ["arn:aws:iam::444455556666:root"]))}
	every case in [
		[both(anybody), {"trust": closed}],
		[both(anybody), away],
		[{"orders": anybody, "billing": other}, {}],
	] {
		some finding in many(case[0], case[1], 2)
		count(finding.evidence.paths) == 2
		finding.evidence.unlisted == 0
	}
}

test_everybody_is_left_to_accounts if {
	count(found(anything, {"trust": [fixtures.lets([["*", "*"]], [])]}, ["s3:putobject"], unlisted_chain)) == 1
}

on_roles(workloads, first, second) := {
	"workloads": array.concat([orders, billing], workloads),
	"roles": [
		fixtures.role(arn("orders"), first, {"policies": ["orders"]}),
		fixtures.role(arn("billing"), second, {"policies": ["billing"]}),
		fixtures.role(arn("spare"), [], {"policies": ["orders"]}),
		fixtures.role(arn("ledger"), [], {"policies": ["ledger"], "trust": trusting([root])}),
	],
	"role_chains": [{"role": arn("ledger"), "assumers": [arn("billing"), arn("orders"), arn("spare")]}],
}

test_a_role_that_no_agent_acts_through_is_no_path if {
	some finding in found(both(assuming), {}, ["s3:putobject"], on_roles([], [orders], [billing]))
	[path.role | some path in finding.evidence.paths] == [arn("billing"), arn("orders")]
}

test_two_agents_on_one_role_are_said_elsewhere if {
	count(found(both(assuming), {}, ["s3:putobject"], on_roles([], [orders, billing], []))) == 0
}

test_through_a_flow_and_a_gateway_but_not_through_a_knowledge_base if {
	flow := fixtures.workload("night", "bedrock_flow", {})
	gateway := fixtures.workload("desk", "agentcore_gateway", {"used_by": [fixtures.user("gateway", "orders")]})
	base := fixtures.workload("base", "bedrock_knowledge_base", {"used_by": [fixtures.user("knowledge_base", "orders")]})
	some finding in found(both(assuming), {}, ["s3:putobject"], on_roles([flow, gateway], [flow], [gateway]))
	finding.evidence.names == ["night", "orders"]
	count(found(both(assuming), {}, ["s3:putobject"], on_roles([flow, base], [flow], [base]))) == 0
}
