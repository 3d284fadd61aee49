package segrego.rules.invocation_logging_off_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.invocation_logging_off as rule

here := {"account": "111122223333", "region": "us-east-1"}

found(workloads, extra) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": workloads,
		"telemetry": [fixtures.telemetry("111122223333/us-east-1", object.union(here, extra))],
	})
}

agents := [fixtures.agent("a", here), fixtures.workload("f", "lambda_function", here)]

test_off if {
	some finding in found(agents, {"invocation_logging": false})
	finding.subject == "111122223333/us-east-1"
	finding.evidence == {"account": "111122223333", "region": "us-east-1", "kinds": ["bedrock_agent"]}
}

test_on if count(found(agents, {"invocation_logging": true})) == 0

test_not_known if count(found(agents, {})) == 0

test_where_no_agent_runs if {
	count(found([agents[1]], {"invocation_logging": false})) == 0
	count(found(agents, {"invocation_logging": false, "region": "eu-west-1"})) == 0
}
