package segrego.lib.needs_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.needs

function_arn := "arn:aws:lambda:us-east-1:111122223333:function:refund"

agent_arn := "arn:aws:bedrock:us-east-1:111122223333:agent/HELPER"

agent := fixtures.agent("orders", {
	"tools": ["tool"],
	"uses": [
		{"relation": "collaborator", "target": "helper"},
		{"relation": "data", "target": "bucket"},
		{"relation": "flow", "target": "${Triage.Arn}"},
	],
})

world := {
	"workloads": [
		agent,
		fixtures.agent("helper", {"arn": agent_arn}),
		fixtures.workload("function", "lambda_function", {"arn": function_arn, "serves": ["tool"]}),
	],
	"tools": [fixtures.tool("tool", "orders", "function")],
	"resources": [
		fixtures.resource("bucket", "AWS::S3::Bucket", {"arn": "arn:aws:s3:::manuals"}),
		fixtures.resource("payroll", "AWS::S3::Bucket", {"domains": [fixtures.label("hr")]}),
	],
	"resource_patterns": [fixtures.pattern("arn:aws:s3:::a/*", [fixtures.thing("resource", "payroll", null)])],
}

role := fixtures.role("role", [agent], {"policies": ["p"]})

granting(statements) := fixtures.inventory(object.union(world, {
	"roles": [role],
	"policies": [fixtures.policy("p", statements)],
}))

radius(statements) := found if {
	answers := needs.gaining(role, agent) with input as granting(statements)
	found := needs.blast_radius(role, "orders", answers) with input as granting(statements)
}

gained(statements) := radius(statements).grants

unexplained(action, resource) if {
	some gain in gained([fixtures.allow([action], [resource])])
	gain.resources == [resource]
}

test_what_an_agent_is_configured_to_reach_is_no_gain if {
	every pair in [
		["lambda:invokefunction", function_arn],
		["lambda:invokefunction", concat("", [function_arn, ":live"])],
		["lambda:invokefunction", concat("", [function_arn, ":*"])],
		["bedrock:invokeagent", "arn:aws:bedrock:us-east-1:111122223333:agent-alias/HELPER/*"],
		["bedrock:invokeagent", agent_arn],
		["s3:getobject", "arn:aws:s3:::manuals/*"],
		["s3:getobject", "arn:aws:s3:::manuals"],
		["bedrock:invokeagent", "${Triage.Arn}"],
	] {
		not unexplained(pair[0], pair[1])
	}
}

test_what_belongs_to_the_only_target_is_no_gain if {
	only := fixtures.agent("orders", {"uses": [{"relation": "data", "target": "arn:aws:s3:::manuals"}]})
	parts := fixtures.inventory({
		"workloads": [only],
		"roles": [fixtures.role("role", [only], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(["s3:getobject"], ["arn:aws:s3:::manuals/*"])])],
	})
	needs.gaining(parts.roles[0], only) == [false] with input as parts
}

test_everything_else_is_a_gain if {
	every pair in [
		["lambda:invokefunction", "*"],
		["lambda:invokefunction", "arn:aws:lambda:us-east-1:111122223333:function:*"],
		["lambda:invokefunction", concat("", [function_arn, "-other"])],
		["bedrock:invokeagent", "arn:aws:bedrock:us-east-1:111122223333:agent-alias/*"],
		["bedrock:invokeagent", "arn:aws:bedrock:us-east-1:111122223333:agent-alias/OTHER/*"],
		["s3:getobject", "arn:aws:s3:::manuals-2/*"],
	] {
		unexplained(pair[0], pair[1])
	}
}

test_what_every_agent_needs_is_no_gain if {
	count(gained([fixtures.allow(["bedrock:invokemodel", "logs:putlogevents"], ["*"])])) == 0
}

test_only_the_unexplained_resources_are_shown if {
	some gain in gained([fixtures.allow(["s3:getobject"], ["arn:aws:s3:::manuals/*", "arn:aws:s3:::payroll/*"])])
	gain.resources == ["arn:aws:s3:::payroll/*"]
	gain.access == ["read"]
	gain.policy == "p"
	gain.file == "stack.yaml"
	gain.line == 21
	gain.conditional == false
}

test_the_blast_radius_counts_grants_by_access if {
	statements := [
		fixtures.allow(["s3:getobject", "s3:putobject"], ["arn:aws:s3:::a/*"]),
		fixtures.allow(["lambda:invokefunction"], ["*"]),
	]
	found := radius(statements)
	found.agent == "orders"
	found.access == {"read": 1, "write": 1, "execute": 1, "administer": 0}
	found.services == ["lambda", "s3"]
	found.domains == ["hr"]
	count(found.grants) == 2
	found.grants_in_all == 2
}

test_the_domains_of_what_is_explained_are_no_gain if {
	parts := object.union(granting([fixtures.allow(["s3:getobject"], ["arn:aws:s3:::manuals/*", "arn:aws:s3:::a/*"])]), {
		"resources": array.concat(world.resources, [fixtures.resource("pages", "AWS::S3::Bucket", {"domains": [fixtures.label("support")]})]),
		"resource_patterns": array.concat(world.resource_patterns, [fixtures.pattern("arn:aws:s3:::manuals/*", [fixtures.thing("resource", "pages", null)])]),
	})
	answers := needs.gaining(role, agent) with input as parts
	found := needs.blast_radius(role, "orders", answers) with input as parts
	found.domains == ["hr"]
}

bucket(number) := concat("", ["arn:aws:s3:::b", format_int(number, 10), "/*"])

test_few_gains_are_all_shown if {
	found := radius([fixtures.allow(["s3:getobject"], [bucket(number)]) | some number in numbers.range(1, 8)])
	count(found.grants) == 8
	found.grants_in_all == 8
}

test_of_many_gains_the_first_of_each_access_class_are_shown if {
	statements := array.concat(
		[fixtures.allow(["s3:getobject"], [bucket(number)]) | some number in numbers.range(1, 9)],
		[fixtures.allow(["s3:putbucketpolicy"], [bucket(10)])],
	)
	found := radius(statements)
	[grant.resources | some grant in found.grants] == [[bucket(1)], [bucket(2)], [bucket(10)]]
	found.access == {"read": 9, "write": 0, "execute": 0, "administer": 1}
	found.grants_in_all == 10
}

test_everything_but_is_said_so if {
	some gain in gained([fixtures.statement("Allow", {"not_actions": ["s3:*"], "resources": ["*"]})])
	gain.actions == ["everything but s3:*"]
	gain.access == ["administer", "execute", "read", "write"]
	radius([fixtures.statement("Allow", {"not_actions": ["s3:*"], "resources": ["*"]})]).services == ["*"]
	some two in gained([fixtures.statement("Allow", {"not_actions": ["s3:*", "sqs:*"], "resources": ["*"]})])
	two.actions == ["everything but s3:*, sqs:*"]
}

attributed(statements, names) := found if {
	holders := [workload | some workload in world.workloads; names[workload.id]]
	parts := object.union(granting(statements), {"roles": [fixtures.role("role", holders, {"policies": ["p"]})]})
	by_agent := {workload.id: needs.gaining(role, workload) | some workload in holders} with input as parts
	found := needs.attribution(role, by_agent) with input as parts
}

test_a_grant_that_one_agent_alone_explains_is_not_ambiguous if {
	statements := [
		fixtures.allow(["lambda:invokefunction"], [function_arn]),
		fixtures.allow(["bedrock:invokemodel"], ["*"]),
		fixtures.allow(["s3:putobject"], ["arn:aws:s3:::elsewhere/*"]),
	]
	attributed(statements, {"orders", "helper"}) == {"agents": 2, "grants": 3, "ambiguous": 2}
	attributed(statements, {"orders"}) == {"agents": 1, "grants": 3, "ambiguous": 1}
}
