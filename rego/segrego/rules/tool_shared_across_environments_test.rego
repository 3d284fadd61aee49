package segrego.rules.tool_shared_across_environments_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.tool_shared_across_environments as rule

function := fixtures.workload("refund", "lambda_function", object.union(fixtures.holds("role"), {"serves": ["a-tool", "b-tool"]}))

found(a, b, actions) := of_function(function, a, b, actions)

of_function(tool, a, b, actions) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [
			fixtures.agent("a", object.union({"tools": ["a-tool"]}, a)),
			fixtures.agent("b", object.union({"tools": ["b-tool"]}, b)),
			tool,
		],
		"tools": [fixtures.tool("a-tool", "a", "refund"), fixtures.tool("b-tool", "b", "refund")],
		"roles": [fixtures.role("role", [tool], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(actions, ["*"])])],
	})
}

in_environment(name) := {"environment": fixtures.label(name)}

in_domain(name) := {"domains": [fixtures.label(name)]}

test_agents_of_two_environments if {
	some finding in found(in_environment("production"), in_environment("test"), ["s3:getobject"])
	finding.subject == "refund"
	finding.severity == "medium"
	finding.related == ["a", "b"]
	finding.evidence.crossed == ["production", "test"]
	finding.evidence.domains == []
	[agent.id | some agent in finding.evidence.agents] == ["a", "b"]
}

test_a_tool_that_changes_production if {
	some finding in found(in_environment("production"), in_environment("test"), ["s3:putobject"])
	finding.severity == "high"
	some other in found(in_environment("staging"), in_environment("test"), ["s3:putobject"])
	other.severity == "medium"
}

test_agents_without_a_domain_in_common if {
	some finding in found(in_domain("hr"), in_domain("finance"), ["s3:putobject"])
	finding.severity == "low"
	finding.evidence.crossed == ["finance", "hr"]
	finding.evidence.environments == []
}

test_a_domain_in_common if {
	both := {"domains": [fixtures.label("hr"), fixtures.label("finance")]}
	count(found(in_domain("hr"), both, ["s3:putobject"])) == 0
}

test_the_tools_own_data_is_no_domain_of_the_agents if {
	own := object.union(function, {"domains": [fixtures.label("money")]})
	count(of_function(own, in_domain("hr"), in_domain("finance"), ["s3:getobject"])) == 1
}

test_one_tool_for_several_agents_is_no_finding_by_itself if {
	count(found({}, {}, ["s3:putobject"])) == 0
	count(found(in_environment("test"), in_environment("test"), ["s3:putobject"])) == 0
	count(found(in_environment("test"), {}, ["s3:putobject"])) == 0
}

test_agents_behind_one_gateway if {
	gateway := fixtures.workload("gateway", "agentcore_gateway", {
		"tools": ["tool"],
		"used_by": [fixtures.user("gateway", "a"), fixtures.user("gateway", "b")],
	})
	behind := fixtures.workload("refund", "lambda_function", {"serves": ["tool"]})
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [fixtures.agent("a", in_environment("test")), fixtures.agent("b", in_environment("staging")), gateway, behind],
		"tools": [fixtures.tool("tool", "gateway", "refund")],
	})
	{[finding.subject, finding.severity] | some finding in findings} == {["gateway", "medium"], ["refund", "medium"]}
}

test_agents_are_no_tools if {
	helper := fixtures.agent("helper", {"used_by": [fixtures.user("collaborator", "a"), fixtures.user("collaborator", "b")]})
	findings := rule.deny with input as fixtures.inventory({"workloads": [
		fixtures.agent("a", in_environment("test")),
		fixtures.agent("b", in_environment("staging")),
		helper,
	]})
	count(findings) == 0
}

used_by(user_kind, kind) := findings if {
	users := [fixtures.workload(name, user_kind, in_environment(name)) | some name in ["test", "staging"]]
	shared := fixtures.workload("shared", kind, {"used_by": [fixtures.user("any", user.id) | some user in users]})
	findings := rule.deny with input as fixtures.inventory({"workloads": array.concat(users, [shared])})
}

test_what_is_no_tool_is_said_elsewhere if {
	count(used_by("bedrock_agent", "lambda_function")) == 1
	count(used_by("bedrock_agent", "bedrock_knowledge_base")) == 0
}

test_callers_that_no_agent_is_behind if count(used_by("lambda_function", "lambda_function")) == 0
