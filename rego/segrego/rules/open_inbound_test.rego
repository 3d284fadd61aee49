package segrego.rules.open_inbound_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.open_inbound as rule

found(workload, policies) := findings if {
	findings := rule.deny with input as fixtures.inventory({"workloads": [workload], "resource_policies": policies})
}

gateway(extra) := fixtures.workload("gateway", "agentcore_gateway", extra)

policy(extra) := [{
	"id": "policy",
	"resource": "gateway",
	"read": true,
	"location": null,
	"statements": [object.union(
		{
			"effect": "Allow",
			"sid": null,
			"actions": ["lambda:invokefunction"],
			"not_actions": [],
			"principals": [{"type": "*", "value": "*"}],
			"not_principals": [],
			"resources": [],
			"not_resources": [],
			"conditions": [],
			"line": null,
		},
		extra,
	)],
}]

test_no_authorizer if {
	some finding in found(gateway({"inbound": "none", "tools": ["t"]}), [])
	finding.subject == "gateway"
	finding.evidence == {"reasons": ["no_authorizer"], "inbound": "none", "tools": 1}
}

test_an_authorizer if every inbound in ["iam", "jwt", null] { count(found(gateway({"inbound": inbound}), [])) == 0 }

test_a_resource_policy_for_everybody if {
	some finding in found(gateway({"inbound": "iam"}), policy({}))
	finding.evidence.reasons == ["resource_policy"]
	count(found(gateway({}), policy({"actions": []}))) == 1
	count(found(gateway({}), policy({"principals": [{"type": "AWS", "value": "*"}]}))) == 1
	count(found(gateway({}), policy({"principals": [], "not_principals": [{"type": "AWS", "value": "1"}]}))) == 1
}

test_both_are_one_finding if {
	findings := found(gateway({"inbound": "none"}), policy({}))
	[finding.evidence.reasons | some finding in findings] == [["no_authorizer", "resource_policy"]]
}

test_a_token_is_asked_for_as_well if count(found(gateway({"inbound": "jwt"}), policy({}))) == 0

test_resource_policies_for_somebody if {
	every extra in [
		{"effect": "Deny"},
		{"principals": [{"type": "AWS", "value": "arn:aws:iam::111122223333:root"}]},
		{"conditions": [fixtures.condition("StringEquals", "aws:sourcevpc", ["vpc-1"])]},
		{"actions": ["s3:getobject"]},
	] {
		count(found(gateway({"inbound": "iam"}), policy(extra))) == 0
	}
	count(found(fixtures.workload("other", "agentcore_gateway", {}), policy({}))) == 0
}

test_functions_of_tools_alone if {
	count(found(fixtures.workload("gateway", "lambda_function", {"serves": ["t"]}), policy({}))) == 1
	count(found(fixtures.workload("gateway", "lambda_function", {}), policy({}))) == 0
	count(found(fixtures.workload("gateway", "principal", {}), policy({}))) == 0
}
