package segrego.rules.role_shared_across_kinds_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_shared_across_kinds as rule

found(kinds, extra) := findings if {
	holders := [fixtures.workload(concat("-", [kind, "1"]), kind, extra) | some kind in kinds]
	findings := rule.deny with input as fixtures.inventory({
		"workloads": holders,
		"roles": [fixtures.role("shared", holders, {})],
	})
}

severity(kinds) := finding.severity if some finding in found(kinds, {})

test_an_agent_and_its_knowledge_base if {
	some finding in found(["bedrock_agent", "bedrock_knowledge_base"], {})
	finding.subject == "shared"
	finding.severity == "medium"
	finding.evidence.kinds == ["bedrock_agent", "bedrock_knowledge_base"]
	[member.id | some member in finding.evidence.members] == ["bedrock_agent-1", "bedrock_knowledge_base-1"]
}

test_code_or_a_person_on_an_agents_role_is_worse if {
	severity(["bedrock_agent", "lambda_function"]) == "high"
	severity(["agentcore_runtime", "principal"]) == "high"
	severity(["bedrock_flow", "lambda_function"]) == "high"
	severity(["agentcore_gateway", "lambda_function"]) == "medium"
}

test_agents_of_both_generations_are_one_kind if {
	count(found(["bedrock_agent", "agentcore_runtime", "agentcore_harness"], {})) == 0
}

test_an_agent_and_a_flow_are_two if count(found(["bedrock_agent", "bedrock_flow"], {})) == 1

test_a_kind_that_is_not_known_is_its_own if count(found(["bedrock_agent", "agentcore_novelty"], {})) == 1

test_other_principals_alone_are_out_of_scope if count(found(["lambda_function", "principal"], {})) == 0

test_a_tool_is_in_scope if count(found(["lambda_function", "principal"], {"serves": ["tool"]})) == 1
