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

gained(statements) := gains if {
	parts := object.union(world, {"policies": [fixtures.policy("p", statements)]})
	by_grant := needs.gains_by_grant(role, agent) with input as fixtures.inventory(parts)
	gains := {gain | some gain in by_grant}
}

role := fixtures.role("role", [agent], {"policies": ["p"]})

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
	radius := needs.blast_radius(role, "orders") with input as fixtures.inventory(object.union(
		world,
		{"policies": [fixtures.policy("p", statements)]},
	))
	radius.agent == "orders"
	radius.access == {"read": 1, "write": 1, "execute": 1, "administer": 0}
	radius.services == ["lambda", "s3"]
	radius.domains == ["hr"]
	count(radius.grants) == 2
}

test_everything_but_is_said_so if {
	some gain in gained([fixtures.statement("Allow", {"not_actions": ["s3:*"], "resources": ["*"]})])
	gain.actions == ["everything but s3:*"]
	gain.access == ["administer", "execute", "read", "write"]
}

attributed(statements, names) := found if {
	parts := fixtures.inventory(object.union(world, {"policies": [fixtures.policy("p", statements)]}))
	by_agent := {workload.id: needs.gains_by_grant(role, workload) |
		some workload in world.workloads
		workload.id in names
	} with input as parts
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
