package segrego.rules.classic_role_on_agentcore_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.classic_role_on_agentcore as rule

runtime := fixtures.workload("runtime", "agentcore_runtime", {})

agent := fixtures.agent("orders", {})

found(holders, extra) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [runtime, agent],
		"roles": [fixtures.role("role", holders, extra)],
	})
}

both := {"trust": [fixtures.trust(["bedrock.amazonaws.com", "bedrock-agentcore.amazonaws.com"], [])]}

test_it_still_trusts_classic if {
	some finding in found([runtime], both)
	finding.subject == "role"
	finding.related == ["runtime"]
	finding.evidence.signs == ["trust"]
	[member.name | some member in finding.evidence.members] == ["runtime"]
}

test_it_has_the_name_of_a_classic_role if {
	some finding in found([runtime], {"name": "AmazonBedrockExecutionRoleForAgents_orders"})
	finding.evidence.signs == ["name"]
	some second in found([runtime], object.union(both, {"name": "AmazonBedrockExecutionRoleForFlows_orders"}))
	second.evidence.signs == ["name", "trust"]
}

test_a_role_of_its_own if {
	count(found([runtime], {"trust": [fixtures.trust(["bedrock-agentcore.amazonaws.com"], [])]})) == 0
	count(found([runtime], {"name": null, "trust": [fixtures.trust(["ec2.amazonaws.com"], [])]})) == 0
}

test_a_role_that_a_classic_agent_holds_too_is_shared if count(found([runtime, agent], both)) == 0

test_a_classic_agents_role if {
	count(found([agent], object.union(both, {"name": "AmazonBedrockExecutionRoleForAgents_orders"}))) == 0
}

test_a_name_alone_on_other_workloads if {
	named := {"name": "AmazonBedrockExecutionRoleForAgents_orders"}
	count(found([runtime, agent], named)) == 0
	count(found([fixtures.workload("function", "lambda_function", {})], named)) == 0
}
