package segrego.lib.telemetry_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.telemetry

workloads := [
	fixtures.agent("a", {"account": "111122223333", "region": "us-east-1"}),
	fixtures.workload("f", "bedrock_flow", {"account": "111122223333", "region": "eu-west-1"}),
	fixtures.workload("r", "agentcore_runtime", {"account": "999988887777", "region": "us-east-1"}),
]

kinds(extra) := found if {
	found := telemetry.kinds(fixtures.telemetry("t", extra)) with input as fixtures.inventory({"workloads": workloads})
}

test_of_an_account_and_region if {
	kinds({"account": "111122223333", "region": "us-east-1"}) == {"bedrock_agent"}
	kinds({"account": "111122223333", "region": "ap-south-1"}) == set()
}

test_of_all_that_is_not_named if {
	kinds({"account": "111122223333"}) == {"bedrock_agent", "bedrock_flow"}
	kinds({"region": "us-east-1"}) == {"bedrock_agent", "agentcore_runtime"}
	kinds({}) == {"bedrock_agent", "bedrock_flow", "agentcore_runtime"}
}
