package segrego.rules.wildcard_privilege_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.wildcard_privilege as rule

agent := fixtures.agent("orders", {})

found(statements) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", statements)],
	})
}

wildcards(actions, resources) := statement.wildcards if {
	some finding in found([fixtures.allow(actions, resources)])
	some statement in finding.evidence.statements
}

severity(actions, resources) := finding.severity if some finding in found([fixtures.allow(actions, resources)])

test_everything_on_everything if {
	some finding in found([fixtures.allow(["*"], ["*"])])
	finding.subject == "role"
	finding.severity == "critical"
	finding.evidence.workloads == ["orders"]
	finding.evidence.statements == [{
		"policy": "p",
		"sid": null,
		"file": "stack.yaml",
		"line": 21,
		"wildcards": ["*"],
		"access": ["administer", "execute", "read", "write"],
		"actions": ["*"],
		"resources": ["*"],
		"conditional": false,
	}]
}

test_all_actions_of_a_service if {
	wildcards(["s3:*"], ["arn:aws:s3:::b/*"]) == ["s3:*"]
	severity(["s3:*"], ["arn:aws:s3:::b/*"]) == "high"
}

test_a_wildcard_of_changing_actions if wildcards(["s3:put*"], ["arn:aws:s3:::b/*"]) == ["s3:put*"]

test_reads_may_have_wildcards if {
	count(found([fixtures.allow(["s3:get*"], ["*"])])) == 0
	count(found([fixtures.allow(["s3:getobject"], ["*"])])) == 0
}

test_changing_everything_of_a_kind_that_knows_resources if {
	wildcards(["s3:putobject"], ["*"]) == ["*"]
	severity(["s3:putobject"], ["*"]) == "high"
	wildcards(["bedrock:invokeagent"], ["*"]) == ["*"]
}

test_actions_that_know_no_resources if count(found([fixtures.allow(["ce:updatepreferences"], ["*"])])) == 0

test_own_telemetry if count(found([fixtures.allow(["logs:putlogevents"], ["*"])])) == 0

test_running_any_of_a_kind if {
	every resource in [
		"arn:aws:bedrock:us-east-1:111122223333:agent-alias/*",
		"arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent-alias/*",
		"arn:aws:bedrock:us-east-1:111122223333:agent-alias/*/*",
		"arn:aws:bedrock:us-east-1:111122223333:*",
		"arn:aws:lambda:us-east-1:111122223333:function:*",
	] {
		wildcards(["bedrock:invokeagent"], [resource]) == [resource]
	}
}

test_running_one_of_a_kind if {
	every resource in [
		"arn:aws:bedrock:us-east-1:111122223333:agent-alias/AGENT/*",
		"arn:aws:bedrock:us-east-1:111122223333:agent-alias/AGENT/ALIAS",
		"arn:aws:lambda:us-east-1:111122223333:function:orders:*",
		"arn:aws:lambda:us-east-1:111122223333:function:${Orders}",
	] {
		count(found([fixtures.allow(["bedrock:invokeagent"], [resource])])) == 0
	}
}

test_writing_below_one_name if count(found([fixtures.allow(["s3:putobject"], ["arn:aws:s3:::b/*"])])) == 0

test_a_condition_makes_it_conditional if {
	guarded := {"actions": ["*"], "resources": ["*"], "conditions": [fixtures.condition("Bool", "aws:multifactorauthpresent", ["true"])]}
	some finding in found([fixtures.statement("Allow", guarded)])
	finding.severity == "high"
	finding.evidence.statements[0].conditional == true
}

test_a_service_of_reads_only_is_less if {
	denied := fixtures.statement("Deny", {"actions": ["s3:put*"], "resources": ["*"]})
	some finding in found([fixtures.allow(["s3:*"], ["*"]), denied])
	finding.severity == "medium"
	finding.evidence.statements[0].access == ["read"]
}

test_what_is_denied_is_no_wildcard if {
	denied := fixtures.statement("Deny", {"actions": ["s3:put*"], "resources": ["*"]})
	count(found([fixtures.allow(["s3:put*"], ["*"]), denied])) == 0
}

test_not_action_grants_everything_else if {
	some finding in found([fixtures.statement("Allow", {"not_actions": ["s3:*"], "resources": ["*"]})])
	finding.evidence.statements[0].wildcards == ["*"]
}

test_several_statements_are_one_finding if {
	findings := found([fixtures.allow(["s3:*"], ["*"]), fixtures.allow(["s3:putobject"], ["*"])])
	count(findings) == 1
	some finding in findings
	count(finding.evidence.statements) == 2
}

test_roles_out_of_scope if {
	function := fixtures.workload("function", "lambda_function", {})
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [function],
		"roles": [fixtures.role("role", [function], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(["*"], ["*"])])],
	})
	count(findings) == 0
}

_in_a_vpc := [fixtures.exact("ec2:createnetworkinterface", "Write", true), fixtures.exact("ec2:runinstances", "Write", true)]

_held_by(kind, actions) := findings if {
	holder := fixtures.workload("holder", kind, {"serves": ["tool"]})
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [holder],
		"tools": [fixtures.tool("tool", "orders", "holder")],
		"roles": [fixtures.role("role", [holder], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(actions, ["*"])])],
		"actions": _in_a_vpc,
	})
}

test_a_function_in_a_vpc_makes_its_network_interfaces if {
	count(_held_by("lambda_function", ["ec2:createnetworkinterface"])) == 0
	count(_held_by("lambda_function", ["ec2:createnetworkinterface", "ec2:runinstances"])) == 1
	count(_held_by("bedrock_agent", ["ec2:createnetworkinterface"])) == 1
}

test_all_actions_on_something if {
	wildcards(["*"], ["arn:aws:s3:::b/*"]) == ["*"]
	severity(["*"], ["arn:aws:s3:::b/*"]) == "high"
	wildcards(["*"], ["arn:aws:lambda:us-east-1:111122223333:function:orders"]) == ["*"]
}

test_all_classes_are_not_all_actions if severity(["s3:*", "lambda:invokefunction"], ["*"]) == "high"

test_everything_in_other_words if {
	every resource in ["arn:aws:*", "arn:*"] {
		wildcards(["s3:putobject"], [resource]) == [resource]
		wildcards(["*"], [resource]) == ["*", resource]
	}
}

test_any_of_a_kind_matters_to_what_runs_it if {
	wildcards(["s3:*"], ["arn:aws:lambda:us-east-1:111122223333:function:*"]) == ["s3:*"]
}

test_everything_within_a_boundary_is_what_the_boundary_leaves if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"], "boundary": "reads"})],
		"policies": [
			fixtures.policy("p", [fixtures.allow(["*"], ["*"])]),
			fixtures.policy("reads", [fixtures.allow(["s3:getobject"], ["*"])]),
		],
	})
	[finding.severity | some finding in findings] == ["medium"]
}

test_a_service_that_is_denied_is_no_wildcard if {
	denied := fixtures.statement("Deny", {"actions": ["s3:*"], "resources": ["*"]})
	count(found([fixtures.allow(["s3:*"], ["arn:aws:s3:::b/*"]), denied])) == 0
}

test_a_wildcard_that_is_denied_beside_what_is_not if {
	denied := fixtures.statement("Deny", {"actions": ["s3:put*"], "resources": ["*"]})
	count(found([fixtures.allow(["s3:put*", "dynamodb:putitem"], ["arn:aws:s3:::b/*"]), denied])) == 0
}
