package segrego.rules.privilege_escalation_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.privilege_escalation

agent := fixtures.agent("orders", {})

names := {
	"bedrock-agentcore:getworkloadaccesstoken",
	"iam:passrole",
	"iam:putrolepolicy",
	"lambda:createfunction",
	"lambda:updatefunctioncode",
	"sts:assumerole",
}

actions := array.concat(fixtures.actions, [fixtures.exact(name, "Write", true) |
	some name in (names - {known.pattern | some known in fixtures.actions})
])

found(statements) := findings if {
	findings := privilege_escalation.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", statements)],
		"actions": actions,
	})
}

paths(statements) := {path.name | some finding in found(statements); some path in finding.evidence.paths}

pass := fixtures.allow(["iam:passrole"], ["arn:aws:iam::111122223333:role/*"])

make := fixtures.allow(["lambda:createfunction", "lambda:invokefunction"], ["*"])

test_every_step_is_granted if {
	some finding in found([pass, make])
	finding.subject == "role"
	finding.severity == "critical"
	some path in finding.evidence.paths
	path.name == "pass a role to a function"
	[step.action | some step in path.steps] == ["iam:passrole", "lambda:createfunction", "lambda:invokefunction"]
	path.steps[0].resource == "arn:aws:iam::111122223333:role/*"
}

test_a_step_is_missing if {
	count(found([pass])) == 0
	count(found([make])) == 0
}

test_a_step_under_a_condition if {
	condition := fixtures.condition("StringEquals", "iam:passedtoservice", ["lambda.amazonaws.com"])
	some finding in found([object.union(pass, {"conditions": [condition]}), make])
	finding.severity == "high"
	finding.evidence.paths[0].conditional
}

test_a_plain_grant_counts_before_one_under_a_condition if {
	condition := fixtures.condition("StringEquals", "iam:passedtoservice", ["lambda.amazonaws.com"])
	some finding in found([object.union(pass, {"conditions": [condition]}), pass, make])
	finding.severity == "critical"
}

test_one_action_is_a_path if paths([fixtures.allow(["iam:putrolepolicy"], ["arn:aws:iam::1:role/x"])]) == {"write an inline policy"}

test_everything if "assume any role" in paths([fixtures.allow(["*"], ["*"])])

test_the_one_resource_that_a_step_is_meant_for if {
	every action, resource in {
		"sts:assumerole": "arn:aws:iam::111122223333:role/reports",
		"lambda:updatefunctioncode": "arn:aws:lambda:eu-west-1:111122223333:function:ship",
	} {
		count(found([fixtures.allow([action], [resource])])) == 0
	}
}

test_wildcards_take_in_what_is_somebody_elses if {
	every action, resource in {
		"sts:assumerole": "arn:aws:iam::111122223333:role/*",
		"lambda:updatefunctioncode": "arn:aws:lambda:${AWS::Region}:111122223333:function:*",
	} {
		count(found([fixtures.allow([action], [resource])])) == 1
	}
	count(found([fixtures.allow(["sts:assumerole"], ["*"])])) == 1
}

test_tokens_of_other_workloads_are_less if {
	directory := "arn:aws:bedrock-agentcore:eu-west-1:111122223333:workload-identity-directory/default"
	some finding in found([fixtures.allow(
		["bedrock-agentcore:getworkloadaccesstoken"],
		[concat("/", [directory, "workload-identity/*"])],
	)])
	finding.severity == "medium"
}

test_denied if {
	denied := fixtures.statement("Deny", {"actions": ["iam:passrole"], "resources": ["*"]})
	count(found([pass, make, denied])) == 0
}

test_denied_beside_what_is_not if {
	both := fixtures.allow(["iam:passrole", "s3:getobject"], ["*"])
	denied := fixtures.statement("Deny", {"actions": ["iam:passrole"], "resources": ["*"]})
	count(found([both, make, denied])) == 0
}

test_a_role_that_is_none_of_ours if {
	stranger := fixtures.workload("ci", "principal", {})
	findings := privilege_escalation.deny with input as fixtures.inventory({
		"workloads": [stranger],
		"roles": [fixtures.role("role", [stranger], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [pass, make])],
		"actions": actions,
	})
	count(findings) == 0
}

test_a_step_on_what_is_another_services_gives_nothing if {
	count(found([fixtures.allow(["*"], ["arn:aws:s3:::bucket/*"])])) == 0
	count(found([fixtures.allow(["iam:putrolepolicy"], ["arn:aws:s3:::bucket/*"])])) == 0
	count(found([fixtures.allow(["sts:assumerole"], ["arn:aws:sts::111122223333:*"])])) == 0
	paths([fixtures.allow(["sts:assumerole"], ["arn:aws:iam::111122223333:*"])]) == {"assume any role"}
	paths([fixtures.allow(["iam:putrolepolicy"], ["arn:aws:*"])]) == {"write an inline policy"}
	paths([fixtures.allow(["iam:putrolepolicy"], ["${RoleArn}"])]) == {"write an inline policy"}
}

test_the_resource_that_gives_a_step_is_shown if {
	some finding in found([fixtures.allow(["iam:putrolepolicy"], ["arn:aws:s3:::bucket/*", "arn:aws:iam::111122223333:role/*"])])
	finding.evidence.paths[0].steps[0].resource == "arn:aws:iam::111122223333:role/*"
}

token := {
	"actions": ["bedrock-agentcore:getworkloadaccesstoken"],
	"resources": ["arn:aws:bedrock-agentcore:eu-west-1:111122223333:workload-identity-directory/default/workload-identity/*"],
}

test_the_worst_path_decides if {
	some finding in found([fixtures.statement("Allow", token), fixtures.allow(["iam:putrolepolicy"], ["arn:aws:iam::1:role/x"])])
	finding.severity == "critical"
	count(finding.evidence.paths) == 2
}

test_a_condition_on_the_least_path_makes_it_low if {
	condition := fixtures.condition("Bool", "aws:viaawsservice", ["true"])
	some finding in found([fixtures.statement("Allow", object.union(token, {"conditions": [condition]}))])
	finding.severity == "low"
}
