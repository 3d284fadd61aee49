package segrego.rules.invocations_not_recorded_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.invocations_not_recorded as rule

here := {"account": "111122223333", "region": "us-east-1"}

workloads := [
	fixtures.agent("a", here),
	fixtures.workload("r", "agentcore_runtime", here),
	fixtures.workload("f", "lambda_function", here),
]

found(extra) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": workloads,
		"telemetry": [fixtures.telemetry("t", object.union(here, extra))],
	})
}

test_nothing_recorded if {
	some finding in found({"data_events": []})
	finding.subject == "t"
	finding.evidence == {
		"account": "111122223333",
		"region": "us-east-1",
		"kinds": ["agentcore_runtime", "bedrock_agent"],
		"resource_types": ["AWS::Bedrock::AgentAlias", "AWS::BedrockAgentCore::Runtime"],
	}
}

test_some_recorded if {
	some finding in found({"data_events": ["AWS::S3::Object", "AWS::Bedrock::AgentAlias"]})
	finding.evidence.kinds == ["agentcore_runtime"]
	finding.evidence.resource_types == ["AWS::BedrockAgentCore::Runtime"]
}

test_either_type_of_a_runtime if {
	every type in ["AWS::BedrockAgentCore::Runtime", "AWS::BedrockAgentCore::RuntimeEndpoint"] {
		count(found({"data_events": [type, "AWS::Bedrock::AgentAlias"]})) == 0
	}
}

test_not_known if count(found({})) == 0

test_a_file_says_nothing_of_the_accounts_other_trails if count(found({"account": null, "data_events": []})) == 0

test_where_nothing_runs if count(found({"region": "eu-west-1", "data_events": []})) == 0
