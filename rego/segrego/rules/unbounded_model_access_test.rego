package segrego.rules.unbounded_model_access_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.unbounded_model_access

agent := fixtures.agent("orders", {})

found(statement) := findings if {
	findings := unbounded_model_access.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [statement])],
	})
}

on(resource) := found(fixtures.allow(["bedrock:invokemodel"], [resource]))

test_every_model if {
	every resource in [
		"*",
		"arn:aws:bedrock:*::foundation-model/*",
		"arn:aws:bedrock:eu-west-1::foundation-model/*",
		"arn:aws:bedrock:${AWS::Region}::foundation-model/*",
		"arn:aws:bedrock:*:*:*",
	] {
		some finding in on(resource)
		finding.evidence.resources == [resource]
	}
}

test_one_model_or_one_providers if {
	every resource in [
		"arn:aws:bedrock:*::foundation-model/amazon.nova-pro-v1:0",
		"arn:aws:bedrock:*::foundation-model/amazon.*",
		"arn:aws:bedrock:eu-west-1:111122223333:inference-profile/*",
	] {
		count(on(resource)) == 0
	}
}

test_everything_includes_models if count(found(fixtures.allow(["*"], ["*"]))) == 1

test_other_actions if count(found(fixtures.allow(["s3:*"], ["*"]))) == 0

test_under_a_condition if {
	condition := fixtures.condition("StringEquals", "bedrock:inferenceprofilearn", ["x"])
	limited := object.union(fixtures.allow(["bedrock:invokemodel"], ["*"]), {"conditions": [condition]})
	count(found(limited)) == 0
}

# Whether the denial applies depends on who asks from where; the grant may well hold.
test_a_denial_under_a_condition_leaves_it if {
	denial := fixtures.statement("Deny", {
		"actions": ["bedrock:invokemodel"],
		"resources": ["*"],
		"conditions": [fixtures.condition("IpAddress", "aws:sourceip", ["10.0.0.0/8"])],
	})
	findings := unbounded_model_access.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(["bedrock:invokemodel"], ["*"]), denial])],
	})
	count(findings) == 1
}

test_what_a_statement_says if {
	some finding in on("*")
	finding.evidence.statements == [{
		"policy": "p",
		"sid": null,
		"file": "stack.yaml",
		"line": 21,
		"access": ["read"],
		"actions": ["bedrock:invokemodel"],
		"resources": ["*"],
		"conditional": false,
	}]
}

test_answers_in_a_stream if {
	findings := unbounded_model_access.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(["bedrock:invokemodelwithresponsestream"], ["*"])])],
		"actions": [fixtures.exact("bedrock:invokemodelwithresponsestream", "Read", true)],
	})
	count(findings) == 1
}

test_denied_beside_what_is_not if {
	findings := unbounded_model_access.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [
			fixtures.allow(["bedrock:invokemodel", "s3:getobject"], ["*"]),
			fixtures.statement("Deny", {"actions": ["bedrock:invokemodel"], "resources": ["*"]}),
		])],
	})
	count(findings) == 0
}

test_denied if {
	findings := unbounded_model_access.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [
			fixtures.allow(["bedrock:invokemodel"], ["*"]),
			fixtures.statement("Deny", {"actions": ["bedrock:invokemodel"], "resources": ["*"]}),
		])],
	})
	count(findings) == 0
}

test_a_function_is_no_agent if {
	function := fixtures.workload("f", "lambda_function", {})
	findings := unbounded_model_access.deny with input as fixtures.inventory({
		"workloads": [function],
		"roles": [fixtures.role("role", [function], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(["bedrock:invokemodel"], ["*"])])],
	})
	count(findings) == 0
}
