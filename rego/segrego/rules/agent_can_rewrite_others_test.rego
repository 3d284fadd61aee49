package segrego.rules.agent_can_rewrite_others_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.agent_can_rewrite_others as rule

function_arn := "arn:aws:lambda:us-east-1:111122223333:function:refund"

object_arn := "arn:aws:s3:::artifacts/refund.zip"

billing_role := "arn:aws:iam::111122223333:role/billing"

billing_arn := "arn:aws:bedrock:us-east-1:111122223333:agent/BILLING"

reports := fixtures.agent("reports", {"arn": "arn:aws:bedrock:us-east-1:111122223333:agent/REPORTS"})

billing := fixtures.agent("billing", {"arn": billing_arn, "tools": ["refund-tool"]})

function := fixtures.workload("refund", "lambda_function", {"arn": function_arn, "serves": ["refund-tool"]})

own_function := fixtures.workload("summary", "lambda_function", {"serves": ["summary-tool"]})

names := {
	function_arn: [fixtures.thing("lambda_function", "refund", function_arn)],
	"arn:aws:s3:::artifacts/*": [
		fixtures.thing("s3_bucket", "refund", "arn:aws:s3:::artifacts"),
		fixtures.thing("s3_object", "refund", object_arn),
	],
	billing_role: [fixtures.thing("role", billing_role, billing_role)],
	billing_arn: [fixtures.thing("bedrock_agent", "billing", billing_arn)],
	"arn:aws:bedrock:us-east-1:111122223333:agent-alias/BILLING/LIVE": [fixtures.thing("bedrock_agent", "billing", billing_arn)],
	"arn:aws:iam::111122223333:policy/tools": [fixtures.thing("policy", billing_role, "arn:aws:iam::111122223333:policy/tools")],
	"*": [
		fixtures.thing("bedrock_agent", "reports", reports.arn),
		fixtures.thing("bedrock_agent", "billing", billing_arn),
		fixtures.thing("lambda_function", "summary", null),
		fixtures.thing("role", "reports-role", null),
		fixtures.thing("resource", "table", null),
	],
}

# What is found of a role that the holders have and that is granted the statements.
found(holders, statements) := findings_in({}, holders, statements)

findings_in(parts, holders, statements) := findings if {
	findings := rule.deny with input as fixtures.inventory(object.union(
		{
			"workloads": [reports, billing, function, own_function],
			"tools": [fixtures.tool("refund-tool", "billing", "refund"), fixtures.tool("summary-tool", "reports", "summary")],
			"roles": [
				fixtures.role("reports-role", holders, {"policies": ["p"]}),
				fixtures.role(billing_role, [billing], {}),
			],
			"policies": [fixtures.policy("p", statements)],
			"resource_patterns": [fixtures.pattern(text, things) | some text, things in names],
		},
		parts,
	))
}

granted(action, resource) := found([reports], [fixtures.allow([action], [resource])])

ways(findings) := [way | some finding in findings; some way in finding.evidence.rewrites]

test_anothers_tool if {
	some finding in granted("lambda:updatefunctioncode", function_arn)
	finding.subject == "reports-role"
	finding.severity == "high"
	finding.related == ["billing", "reports"]
	finding.evidence.rewriters == ["reports"]
	finding.evidence.others == ["billing"]
	finding.evidence.unlisted == 0
	finding.evidence.rewrites == [{
		"kind": "lambda_function",
		"target": function_arn,
		"actions": ["lambda:updatefunctioncode"],
		"answer": "allowed",
		"agents": ["billing"],
		"unlisted": 0,
		"resource": function_arn,
		"policy": "p",
		"file": "stack.yaml",
		"line": 21,
	}]
}

test_the_code_that_anothers_tool_is_made_of if {
	[[way.kind, way.target] | some way in ways(granted("s3:putobject", "arn:aws:s3:::artifacts/*"))] == [["s3_object", object_arn]]
}

test_the_agent_itself_and_its_alias if {
	[[way.kind, way.actions] | some way in ways(granted("bedrock:updateagent", billing_arn))] == [[
		"bedrock_agent",
		["bedrock:updateagent"],
	]]
	count(granted("bedrock:updateagentalias", "arn:aws:bedrock:us-east-1:111122223333:agent-alias/BILLING/LIVE")) == 1
}

test_a_grant_on_a_part_does_not_rewrite_the_whole if {
	count(granted("bedrock:updateagent", "arn:aws:bedrock:us-east-1:111122223333:agent-alias/BILLING/LIVE")) == 0
}

test_anothers_role_and_policy_are_worst if {
	every pair in [["iam:putrolepolicy", billing_role], ["iam:createpolicyversion", "arn:aws:iam::111122223333:policy/tools"]] {
		some finding in granted(pair[0], pair[1])
		finding.severity == "critical"
		finding.evidence.others == ["billing"]
	}
}

test_what_hangs_on_a_condition_is_less if {
	statement := fixtures.statement("Allow", {
		"actions": ["iam:putrolepolicy"],
		"resources": [billing_role],
		"conditions": [fixtures.condition("Bool", "aws:viaawsservice", ["true"])],
	})
	some finding in found([reports], [statement])
	finding.severity == "medium"
	finding.evidence.rewrites[0].answer == "conditional"
}

test_everything_is_another_agent_and_not_ones_own if {
	some finding in granted("*", "*")
	finding.severity == "high"
	[[way.kind, way.agents] | some way in finding.evidence.rewrites] == [["bedrock_agent", ["billing"]]]
	"bedrock:updateagent" in finding.evidence.rewrites[0].actions
}

test_a_thing_without_an_arn_is_asked_for_by_the_pattern if {
	nameless := {"resource_patterns": [fixtures.pattern("*", [fixtures.thing("lambda_function", "refund", null)])]}
	some finding in findings_in(nameless, [reports], [fixtures.allow(["lambda:updatefunctioncode"], ["*"])])
	finding.evidence.rewrites[0].target == null
}

test_ones_own_parts_are_no_finding if {
	count(found([billing], [fixtures.allow(["lambda:updatefunctioncode"], [function_arn])])) == 0
	count(found([billing], [fixtures.allow(["iam:putrolepolicy"], [billing_role])])) == 0
}

test_agents_on_one_role_can_rewrite_each_other if {
	some finding in found([reports, billing], [fixtures.allow(["lambda:updatefunctioncode"], [function_arn])])
	finding.evidence.rewriters == ["billing", "reports"]
	finding.evidence.others == ["billing"]
}

test_through_the_role_of_a_tool if {
	some finding in found([own_function], [fixtures.allow(["lambda:updatefunctioncode"], [function_arn])])
	finding.evidence.rewriters == ["reports"]
	[agent.id | some agent in finding.evidence.agents] == ["summary"]
}

test_other_actions_and_other_things_are_no_finding if {
	count(granted("lambda:invokefunction", function_arn)) == 0
	count(granted("lambda:updatefunctioncode", "arn:aws:lambda:us-east-1:111122223333:function:elsewhere")) == 0
	count(granted("lambda:updatefunctioncode", billing_role)) == 0
}

test_a_denial_takes_it_back if {
	every denied in ["*", function_arn] {
		deny := fixtures.statement("Deny", {"actions": ["lambda:updatefunctioncode"], "resources": [denied]})
		count(found([reports], [fixtures.allow(["lambda:updatefunctioncode"], [function_arn]), deny])) == 0
	}
}

test_a_role_that_no_agent_acts_through if {
	knowledge := fixtures.workload("base", "bedrock_knowledge_base", {})
	deployer := fixtures.workload("deployer", "principal", {})
	idle := fixtures.workload("idle", "lambda_function", {})
	every holder in [knowledge, deployer, idle] {
		findings := findings_in(
			{"workloads": [billing, function, own_function, holder]},
			[holder],
			[fixtures.allow(["lambda:updatefunctioncode"], [function_arn])],
		)
		count(findings) == 0
	}
}

away := "arn:aws:lambda:us-east-1:444455556666:function:refund"

in_accounts(text, arn) := {
	"roles": [fixtures.role("reports-role", [reports], {"policies": ["p"], "account": "111122223333"})],
	"resource_patterns": [fixtures.pattern_in("444455556666", text, [
		fixtures.thing("lambda_function", "refund", arn),
		fixtures.thing("bedrock_agent", "billing", billing_arn),
	])],
}

test_another_account_is_half_the_way if {
	some finding in findings_in(in_accounts(away, away), [reports], [fixtures.allow(["*"], [away])])
	finding.severity == "medium"
	[[way.kind, way.answer] | some way in finding.evidence.rewrites] == [["lambda_function", "conditional"]]
}

test_everything_ends_at_the_account if count(findings_in(in_accounts("*", away), [reports], [fixtures.allow(["*"], ["*"])])) == 0

# A pattern for so many functions that they are counted: of the first agent's tools, and of others'.
wide := "arn:aws:lambda:us-east-1:111122223333:function:*"

many(owners) := {
	"workloads": array.concat(
		[fixtures.agent(owner, {}) | some owner in ({owner | some owner in owners} | {"reports"})],
		[fixtures.workload(id(at), "lambda_function", {"serves": [id(at)]}) | some at, _ in owners],
	),
	"tools": [fixtures.tool(id(at), owner, id(at)) | some at, owner in owners],
	"resource_patterns": [fixtures.pattern(wide, [fixtures.thing("lambda_function", id(at), null) | some at, _ in owners])],
}

id(at) := sprintf("f%03d", [at])

test_very_many_things_are_counted if {
	owners := [sprintf("agent-%02d", [at]) | some at in numbers.range(1, 30)]
	some finding in findings_in(many(owners), [reports], [fixtures.allow(["lambda:updatefunctioncode"], [wide])])
	count(finding.evidence.rewrites) == 1
	way := finding.evidence.rewrites[0]
	way.target == wide
	count(way.agents) == 10
	way.unlisted == 20
	finding.evidence.unlisted == 20
}

test_very_many_own_things_are_no_finding if {
	own := ["reports" | some _ in numbers.range(1, 30)]
	count(findings_in(many(own), [reports], [fixtures.allow(["lambda:updatefunctioncode"], [wide])])) == 0
	some finding in findings_in(many(array.concat(own, ["other"])), [reports], [fixtures.allow(["lambda:updatefunctioncode"], [wide])])
	finding.evidence.rewrites[0].agents == ["other"]
	finding.evidence.unlisted == 0
}

test_a_denial_of_very_many if {
	owners := [sprintf("agent-%02d", [at]) | some at in numbers.range(1, 30)]
	deny := fixtures.statement("Deny", {"actions": ["*"], "resources": ["*"]})
	count(findings_in(many(owners), [reports], [fixtures.allow(["lambda:updatefunctioncode"], [wide]), deny])) == 0
}

# Things whose ARNs name no account, or another one, and that have a policy of their own.
test_what_can_let_another_account_in_is_half_the_way if {
	every kind, case in {
		"ecr_repository": ["ecr:putimage", "arn:aws:ecr:us-east-1:444455556666:repository/refund"],
		"s3_object": ["s3:putobject", object_arn],
		"s3_bucket": ["s3:putbucketpolicy", "arn:aws:s3:::artifacts"],
	} {
		things := [fixtures.thing(kind, "refund", case[1])]
		parts := {"resource_patterns": [fixtures.pattern_in("444455556666", case[1], things)], "actions": array.concat(
			fixtures.actions,
			[object.union(fixtures.exact("ecr:putimage", "Write", true), {"service_known": true, "arn_services": ["ecr"]})],
		)}
		some finding in findings_in(parts, [reports], [fixtures.allow([case[0]], [case[1]])])
		finding.severity == "medium"
		[[way.kind, way.answer] | some way in finding.evidence.rewrites] == [[kind, "conditional"]]
	}
}

test_a_flow_and_those_behind_a_gateway_act_through_its_role if {
	flow := fixtures.workload("night", "bedrock_flow", {})
	gateway := fixtures.workload("desk", "agentcore_gateway", {"used_by": [fixtures.user("gateway", "reports")]})
	every rewriter, holder in {"night": flow, "reports": gateway} {
		some finding in findings_in(
			{"workloads": [reports, billing, function, own_function, holder]},
			[holder],
			[fixtures.allow(["lambda:updatefunctioncode"], [function_arn])],
		)
		finding.evidence.rewriters == [rewriter]
	}
}

test_nobody_acts_through_the_role_of_the_knowledge_base_that_it_uses if {
	knowledge := fixtures.workload("base", "bedrock_knowledge_base", {"used_by": [fixtures.user("knowledge_base", "reports")]})
	findings := findings_in(
		{"workloads": [reports, billing, function, own_function, knowledge]},
		[knowledge],
		[fixtures.allow(["lambda:updatefunctioncode"], [function_arn])],
	)
	count(findings) == 0
}

test_the_worst_way_decides if {
	maybe := fixtures.statement("Allow", {
		"actions": ["lambda:updatefunctioncode"],
		"resources": [function_arn],
		"conditions": [fixtures.condition("Bool", "aws:viaawsservice", ["true"])],
	})
	some finding in found([reports], [maybe, fixtures.allow(["iam:putrolepolicy"], [billing_role])])
	finding.severity == "critical"
	count(finding.evidence.rewrites) == 2
}

numbered(last) := [sprintf("agent-%02d", [at]) | some at in numbers.range(1, last)]

test_twenty_things_are_listed_and_more_are_counted if {
	every last, ways in {20: 20, 21: 1} {
		some finding in findings_in(many(numbered(last)), [reports], [fixtures.allow(["lambda:updatefunctioncode"], [wide])])
		count(finding.evidence.rewrites) == ways
	}
}

test_of_several_agents_each_can_rewrite_the_others_of_very_many if {
	one_of_them := fixtures.agent("agent-01", {})
	some finding in findings_in(many(numbered(30)), [reports, one_of_them], [fixtures.allow(["lambda:updatefunctioncode"], [wide])])
	finding.evidence.rewrites[0].unlisted == 20
	finding.evidence.rewrites[0].agents == array.slice(numbered(30), 0, 10)
}

test_very_many_things_in_reach_of_no_agent if {
	deployer := fixtures.workload("deployer", "principal", {})
	count(findings_in(many(numbered(30)), [deployer], [fixtures.allow(["lambda:updatefunctioncode"], [wide])])) == 0
}
