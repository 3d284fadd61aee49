package segrego.rules.ineffective_grant_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.ineffective_grant as rule

agent := fixtures.agent("orders", {})

function := "arn:aws:lambda:us-east-1:111122223333:function:f"

pattern(name, span, services) := {
	"pattern": name,
	"span": span,
	"matches": [],
	"service_known": true,
	"arn_services": services,
}

actions := [
	object.union(pattern("bedrock-agent-runtime:invokeagent", "unknown", []), {"service_known": false}),
	pattern("s3:notyetknown", "unknown", []),
	pattern("lambda:invokefunction", "exact", ["lambda"]),
	pattern("s3:getobject", "exact", ["s3"]),
	pattern("s3:get*", "partial", ["s3", "s3-object-lambda"]),
	pattern("s3:*", "service", ["s3", "s3-object-lambda"]),
	pattern("ecr:getauthorizationtoken", "exact", []),
	pattern("backup:listtags", "exact", ["*", "backup"]),
	pattern("*", "all", []),
]

found(statement, kind, holders) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": holders,
		"roles": [fixtures.role("role", holders, {"policies": ["p"]})],
		"policies": [object.union(fixtures.policy("p", [statement]), {"kind": kind})],
		"actions": actions,
	})
}

of(action, resources) := found(fixtures.allow([action], resources), "inline", [agent])

test_a_service_that_does_not_exist if {
	statement := fixtures.allow(["bedrock-agent-runtime:invokeagent", "s3:getobject"], ["arn:aws:s3:::orders/*"])
	found(statement, "inline", [agent]) == {{
		"subject": "role",
		"related": ["orders"],
		"evidence": {
			"actions": ["bedrock-agent-runtime:invokeagent"],
			"statements": [{
				"policy": "p",
				"sid": null,
				"file": "stack.yaml",
				"line": 21,
				"reason": "no such service",
				"actions": ["bedrock-agent-runtime:invokeagent"],
				"resources": ["arn:aws:s3:::orders/*"],
			}],
		},
	}}
}

test_an_arn_of_another_service if {
	every action in ["s3:getobject", "s3:get*", "s3:*", "ecr:getauthorizationtoken"] {
		some finding in of(action, [function])
		finding.evidence.actions == [action]
		finding.evidence.statements[0].reason == "not of these resources"
	}
}

test_one_resource_that_fits_is_enough if {
	count(of("s3:getobject", [function, "arn:aws:s3:::orders/*"])) == 0
	count(of("s3:get*", [function, "arn:aws:s3-object-lambda:us-east-1:111122223333:accesspoint/a"])) == 0
	count(of("lambda:invokefunction", [function])) == 0
	count(of("backup:listtags", ["arn:aws:ec2:us-east-1::snapshot/s"])) == 0
}

test_what_may_fit_is_none if {
	every resource in ["*", "arn:aws:*", "arn:aws:s?:::b", "arn:*:s3:::b", "${Bucket.Arn}", "arn:aws:${Service}:::b"] {
		count(of("s3:getobject", [resource])) == 0
		count(of("ecr:getauthorizationtoken", [resource])) == 0
	}
	count(of("*", [function])) == 0
	excepting := fixtures.statement("Allow", {"actions": ["s3:getobject"], "not_resources": [function]})
	count(found(excepting, "inline", [agent])) == 0
}

test_an_action_newer_than_the_table_is_a_gap if count(of("s3:notyetknown", [function])) == 0

test_a_deny_is_none if {
	denying := fixtures.statement("Deny", {"actions": ["s3:getobject"], "resources": [function]})
	count(found(denying, "inline", [agent])) == 0
}

test_aws_own_policies_are_left_out if {
	statement := fixtures.allow(["bedrock-agent-runtime:invokeagent"], ["*"])
	count(found(statement, "aws_managed", [agent])) == 0
	count(found(statement, "managed", [agent])) == 1
}

test_roles_of_nothing_governed_are_left_out if {
	count(found(fixtures.allow(["s3:getobject"], [function]), "inline", [])) == 0
}

kinds(name, service, resources) := object.union(pattern(name, "exact", [service]), {"arn_resources": resources})

kinds_of_actions := [
	kinds("bedrock:invokeagent", "bedrock", ["agent-alias/*/*"]),
	kinds("lambda:invokefunction", "lambda", ["function:*"]),
	kinds("s3:getobject", "s3", ["*/*", "accesspoint/*/object/*"]),
	kinds("s3:listbucket", "s3", ["*", "accesspoint/*"]),
	kinds("backup:listtags", "*", ["recovery-point:*"]),
	kinds("s3:putobject", "s3", []),
	object.union(pattern("bedrock:invokeagnet", "unknown", []), {"nearest": "bedrock:invokeagent"}),
]

# Why a grant of one action is dead.
why(action, resource) := {statement.reason: statement.actions | some finding in findings; some statement in finding.evidence.statements} if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow([action], [resource])])],
		"actions": kinds_of_actions,
	})
}

test_an_action_that_is_almost_one if {
	why("bedrock:invokeagnet", "*") == {"no such action": ["bedrock:invokeagnet (bedrock:invokeagent?)"]}
}

test_an_arn_of_another_kind if {
	every action, resource in {
		"bedrock:invokeagent": "arn:aws:bedrock:us-east-1:111122223333:agent/AGENT",
		"lambda:invokefunction": "arn:aws:lambda:*:${AWS::AccountId}:orders",
		"s3:getobject": "arn:aws:s3:::orders",
	} {
		why(action, resource) == {"not of these resources": [action]}
	}
	why("bedrock:invokeagent", "arn:aws:bedrock:us-east-1:111122223333:agent/*") == {"not of these resources": ["bedrock:invokeagent"]}
}

test_an_arn_that_may_be_of_the_kind if {
	every granted in [
		["bedrock:invokeagent", "arn:aws:bedrock:us-east-1:111122223333:agent-alias/AGENT/ALIAS"],
		["bedrock:invokeagent", "arn:aws:bedrock:us-east-1:111122223333:agent*"],
		["bedrock:invokeagent", "arn:aws:bedrock:us-east-1:111122223333:${Alias}"],
		["lambda:invokefunction", "arn:aws:lambda:us-east-1:111122223333:function:orders:live"],
		["lambda:invokefunction", "arn:aws:lambda:*:function:orders"],
		["lambda:invokefunction", "arn:aws:lambda:us-east-1:*:orders"],
		["s3:getobject", "arn:aws:s3:::orders/*"],
		["s3:getobject", "arn:aws:s3:::orders*"],
		["s3:getobject", "arn:aws:s3:::${Orders}"],
		["s3:getobject", "arn:aws:s3:us-east-1:111122223333:accesspoint/a/object/*"],
		["s3:listbucket", "arn:aws:s3:::orders"],
		["s3:putobject", "arn:aws:s3:::orders/1"],
		["backup:listtags", "arn:aws:ec2:us-east-1::snapshot/s"],
	] {
		why(granted[0], granted[1]) == {}
	}
}
