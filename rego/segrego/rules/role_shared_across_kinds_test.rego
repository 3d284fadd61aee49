package segrego.rules.role_shared_across_kinds_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_shared_across_kinds as rule

found(kinds, extra) := granted(kinds, extra, [])

granted(kinds, extra, statements) := findings if {
	holders := [fixtures.workload(concat("-", [kind, "1"]), kind, extra) | some kind in kinds]
	findings := rule.deny with input as fixtures.inventory({
		"workloads": holders,
		"roles": [fixtures.role("shared", holders, {"policies": ["p"]})],
		"policies": [fixtures.policy("p", statements)],
	})
}

severity(kinds, actions) := finding.severity if {
	some finding in granted(kinds, {}, [fixtures.allow(actions, ["*"])])
}

test_an_agent_and_its_knowledge_base if {
	some finding in found(["bedrock_agent", "bedrock_knowledge_base"], {})
	finding.subject == "shared"
	finding.severity == "medium"
	finding.evidence.kinds == ["bedrock_agent", "bedrock_knowledge_base"]
	[member.id | some member in finding.evidence.members] == ["bedrock_agent-1", "bedrock_knowledge_base-1"]
}

test_severity_by_what_the_role_gives if {
	every pair in [
		["bedrock:invokemodel", "medium"],
		["s3:getobject", "medium"],
		["s3:putobject", "high"],
		["lambda:invokefunction", "high"],
		["s3:putbucketpolicy", "critical"],
	] {
		severity(["bedrock_agent", "lambda_function"], [pair[0]]) == pair[1]
	}
	some finding in granted(["bedrock_agent", "lambda_function"], {}, [fixtures.allow(["s3:putobject"], ["*"])])
	finding.evidence.access == ["write"]
}

test_a_gateways_own_identity_is_no_gain if {
	severity(["agentcore_runtime", "agentcore_gateway"], ["bedrock-agentcore:getworkloadaccesstoken"]) == "medium"
}

test_a_person_or_pipeline_is_never_less_than_high if severity(["agentcore_runtime", "principal"], ["bedrock:invokemodel"]) == "high"

test_agents_of_both_generations_are_one_kind if {
	count(found(["bedrock_agent", "agentcore_runtime", "agentcore_harness"], {})) == 0
}

test_an_agent_and_a_flow_are_two if count(found(["bedrock_agent", "bedrock_flow"], {})) == 1

test_a_kind_that_is_not_known_is_its_own if count(found(["bedrock_agent", "agentcore_novelty"], {})) == 1

test_other_principals_alone_are_out_of_scope if count(found(["lambda_function", "principal"], {})) == 0

test_a_tool_is_in_scope if count(found(["lambda_function", "principal"], {"serves": ["tool"]})) == 1
