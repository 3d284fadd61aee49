package segrego.lib.classes_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.classes

# The aspects in which two agents differ.
aspects(a, b) := aspects_in({}, a, b)

aspects_in(parts, a, b) := {difference.aspect | some difference in differences(parts, a, b)}

differences(parts, a, b) := found if {
	all := classes.differences with input as fixtures.inventory(object.union(
		{
			"workloads": [fixtures.agent("a", a), object.union(fixtures.agent("b", {}), b)],
			"agent_classes": [fixtures.agent_class("twins", ["a", "b"], {})],
		},
		parts,
	))
	found := all.twins
}

test_equal_agents_do_not_differ if {
	labelled := {
		"environment": fixtures.label("test"),
		"purpose": fixtures.label("refunds"),
		"domains": [fixtures.label("money")],
		"uses": [fixtures.use("model", "nova"), fixtures.use("guardrail", "g")],
		"account": "111122223333",
	}
	aspects(labelled, object.union(labelled, {"owner": fixtures.label("team"), "tags": [{"key": "k", "value": "v"}]})) == set()
}

test_every_aspect_tells_apart if {
	every case in [
		["kind", {"kind": "agentcore_runtime"}],
		["account", {"account": "111122223333"}],
		["account", {"arn": "arn:aws:bedrock:us-east-1:111122223333:agent/B"}],
		["environment", {"environment": fixtures.label("test")}],
		["purpose", {"purpose": fixtures.label("refunds")}],
		["domains", {"domains": [fixtures.label("money")]}],
		["hosted agents", {"hosted_agents": ["one", "two"]}],
		["model", {"uses": [fixtures.use("model", "nova")]}],
		["knowledge_base", {"uses": [fixtures.use("knowledge_base", "kb")]}],
		["code", {"uses": [fixtures.use("code", "arn:aws:s3:::artifacts/b.zip")]}],
	] {
		aspects({}, case[1]) == {case[0]}
	}
}

test_sensitivities if {
	stored := {"resources": [fixtures.resource("payroll", "AWS::S3::Bucket", {"sensitivity": fixtures.label("restricted")})]}
	aspects_in(stored, {}, {"uses": [fixtures.use("data", "payroll")]}) == {"data", "sensitivities"}
}

tool(owner, target, extra) := object.union(fixtures.tool(concat("-", [owner, "tool"]), owner, target), object.union({"name": "refund"}, extra))

with_tools(a, b) := {"tools": [tool("a", a.target, a), tool("b", b.target, b)]}

owning := [{"tools": ["a-tool"]}, {"tools": ["b-tool"]}]

operation := {"name": "pay", "method": "POST", "access": null, "confirmation": true}

test_tools_and_operations if {
	same := {"target": "f", "operations": [operation]}
	aspects_in(with_tools(same, same), owning[0], owning[1]) == set()
	every case in [
		["tools", {"target": "g", "operations": [operation]}],
		["tools", {"target": null, "operations": [operation]}],
		["tools", {"target": "f", "operations": [operation], "state": "disabled"}],
		["operations", {"target": "f", "operations": [operation, object.union(operation, {"name": "void"})]}],
		["operations", {"target": "f", "operations": [object.union(operation, {"confirmation": false})]}],
		["operations", {"target": "f", "operations": [object.union(operation, {"method": null})]}],
		["operations", {"target": "f", "operations": [object.union(operation, {"access": "write"})]}],
	] {
		aspects_in(with_tools(same, case[1]), owning[0], owning[1]) == {case[0]}
	}
}

# Aspect to what the second of two agents has and the first has not.
more(parts, a, b) := {difference.aspect: member.values |
	some difference in differences(parts, a, b)
	some member in difference.members
	member.id == "b"
}

test_tools_and_operations_are_listed_in_words if {
	quiet := object.union(operation, {"name": "look", "method": null, "confirmation": false})
	full := object.union(operation, {"access": "write"})
	named := with_tools({"target": null, "operations": []}, {"target": "f", "operations": [quiet, full]})
	more(named, owning[0], owning[1]) == {
		"tools": ["refund (lambda, enabled) on f"],
		"operations": ["refund.look", "refund.pay POST write with confirmation"],
	}
	unnamed := with_tools({"target": "f", "operations": []}, {"target": null, "operations": []})
	more(unnamed, owning[0], owning[1]) == {"tools": ["refund (lambda, enabled)"]}
}

test_one_agent_in_each_region_is_one_agent if {
	aspects(in_region("us-east-1"), in_region("eu-west-1")) == set()
	aspects(in_region("us-east-1"), object.union(in_region("us-east-1"), {"region": "eu-west-1"})) == {"function"}
}

test_targets_are_compared_by_arn if {
	functions := [fixtures.workload(id, "lambda_function", {"arn": "arn:aws:lambda:us-east-1:111122223333:function:f"}) | some id in ["f", "g"]]
	parts := {"workloads": array.concat(
		[
			fixtures.agent("a", {"uses": [fixtures.use("function", "f")]}),
			fixtures.agent("b", {"uses": [fixtures.use("function", "g")]}),
		],
		functions,
	)}
	differences(parts, {}, {}) == []
}

test_data_is_compared_by_arn if {
	bucket := {"arn": "arn:aws:s3:::orders"}
	parts := {"resources": [fixtures.resource("seen", "s3_bucket", bucket), fixtures.resource("again", "s3_bucket", bucket)]}
	aspects_in(parts, {"uses": [fixtures.use("data", "seen")]}, {"uses": [fixtures.use("data", "again")]}) == set()
}

test_a_members_own_region_is_left_open_in_words if {
	more({}, {}, in_region("us-east-1")) == {"function": ["arn:aws:lambda:*:111122223333:function:refund"]}
}

in_region(region) := {
	"region": region,
	"uses": [fixtures.use("function", concat(":", ["arn:aws:lambda", region, "111122223333:function:refund"]))],
}

holding(a, b) := {
	"roles": [fixtures.role("a-role", [fixtures.agent("a", {})], a), fixtures.role("b-role", [fixtures.agent("b", {})], b)],
	"policies": [
		fixtures.policy("reads", [fixtures.allow(["s3:getobject"], ["arn:aws:s3:::b/*"])]),
		fixtures.policy("writes", [fixtures.allow(["s3:putobject"], ["arn:aws:s3:::b/*"])]),
		fixtures.policy("reads too", [fixtures.allow(["s3:getobject"], ["arn:aws:s3:::b/*"])]),
		fixtures.policy("reads with care", [object.union(
			fixtures.allow(["s3:getobject"], ["arn:aws:s3:::b/*"]),
			{"conditions": [fixtures.condition("Bool", "aws:securetransport", ["true"])]},
		)]),
		fixtures.policy("denies", [fixtures.statement("Deny", {"not_actions": ["s3:*"], "not_resources": ["arn:aws:s3:::b/*"]})]),
		object.union(fixtures.policy("unread", []), {"read": false}),
	],
}

roles := [fixtures.holds("a-role"), fixtures.holds("b-role")]

test_rights if {
	reads := {"policies": ["reads"]}
	aspects_in(holding(reads, {"policies": ["reads too"]}), roles[0], roles[1]) == set()
	every case in [
		[{"access", "grants"}, {"policies": ["writes"]}],
		[{"grants"}, {"policies": ["reads with care"]}],
		[{"grants"}, {"policies": ["reads", "denies"]}],
		[{"grants"}, {"policies": ["reads"], "boundary": "reads"}],
		[{"grants"}, {"policies": ["reads", "unread"]}],
		[{"grants"}, {"policies": ["reads"], "unread": ["policies"]}],
	] {
		aspects_in(holding(reads, case[1]), roles[0], roles[1]) == case[0]
	}
}

test_what_is_not_common_is_listed if {
	some difference in differences(holding({"policies": ["reads"]}, {"policies": ["reads", "writes"]}), roles[0], roles[1])
	difference.aspect == "grants"
	difference.members == [
		{"id": "a", "values": []},
		{"id": "b", "values": ["allow s3:putobject on arn:aws:s3:::b/*"]},
	]
}

test_rights_are_listed_in_words if {
	every right, text in {
		"boundary": {"policies": ["reads"], "boundary": "reads"},
		"policy": {"policies": ["reads", "unread"]},
		"role": {"policies": ["reads"], "unread": ["policies"]},
		"list": {"policies": ["reads", "lists"]},
	} {
		parts := holding({"policies": ["reads"]}, text)
		lists := fixtures.policy("lists", [
			object.union(fixtures.allow(["s3:putobject", "s3:getobject"], ["b", "a"]), {"conditions": [object.union(
				fixtures.condition("StringLike", "aws:principalarn", ["y", "x"]),
				{"if_exists": true},
			)]}),
			fixtures.statement("Allow", {"not_actions": ["s3:putobject", "s3:getobject"], "not_resources": ["b", "a"]}),
		])
		found := more(object.union(parts, {"policies": array.concat(parts.policies, [lists])}), roles[0], roles[1])
		found.grants == {
			"boundary": ["boundary: allow s3:getobject on arn:aws:s3:::b/*"],
			"policy": ["not read: unread"],
			"role": ["not read: b-role"],
			"list": [
				"allow everything but s3:getobject, s3:putobject on everything but a, b",
				"allow s3:getobject, s3:putobject on a, b if StringLike (if there) aws:principalarn x, y",
			],
		}[right]
	}
}

test_conditions_and_exceptions_are_in_the_text if {
	texts := {value |
		some difference in differences(holding({"policies": ["denies"]}, {"policies": ["reads with care"]}), roles[0], roles[1])
		difference.aspect == "grants"
		some member in difference.members
		some value in member.values
	}
	texts == {
		"deny everything but s3:* on everything but arn:aws:s3:::b/*",
		"allow s3:getobject on arn:aws:s3:::b/* if Bool aws:securetransport true",
	}
}
