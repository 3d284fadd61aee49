package segrego.rules.data_path_shared_across_environments_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.data_path_shared_across_environments as rule

found(kind, relation, a, b) := findings if {
	users := [fixtures.user(relation, name) | some name in ["a", "b"]]
	findings := rule.deny with input as fixtures.inventory({"workloads": [
		fixtures.agent("a", a),
		fixtures.agent("b", b),
		fixtures.workload("thing", kind, {"used_by": users}),
	]})
}

in_environment(name) := {"environment": fixtures.label(name)}

in_domain(name) := {"domains": [fixtures.label(name)]}

base(a, b) := found("bedrock_knowledge_base", "knowledge_base", a, b)

test_agents_of_two_environments if {
	some finding in base(in_environment("production"), in_environment("test"))
	finding.subject == "thing"
	finding.severity == "medium"
	finding.related == ["a", "b"]
	finding.evidence.crossed == ["production", "test"]
	[agent.id | some agent in finding.evidence.agents] == ["a", "b"]
}

test_without_production if {
	some finding in base(in_environment("staging"), in_environment("test"))
	finding.severity == "low"
}

test_agents_without_a_domain_in_common if {
	some finding in base(in_domain("hr"), in_domain("finance"))
	finding.evidence.crossed == ["finance", "hr"]
}

test_browsers_and_interpreters if {
	every pair in [["agentcore_browser", "browser"], ["agentcore_code_interpreter", "code_interpreter"]] {
		count(found(pair[0], pair[1], in_environment("staging"), in_environment("test"))) == 1
	}
}

test_ordinary_use_is_no_finding if {
	count(base({}, {})) == 0
	count(base(in_environment("test"), in_environment("test"))) == 0
	count(base(in_domain("hr"), in_domain("hr"))) == 0
	count(found("agentcore_memory", "memory", in_environment("staging"), in_environment("test"))) == 0
}

of_target(target) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [fixtures.agent("a", in_environment("staging")), fixtures.agent("b", in_environment("test"))],
		"shared_uses": [{"target": target, "users": [fixtures.user("browser", "a"), fixtures.user("browser", "b")]}],
	})
}

test_what_is_no_workload if count(of_target("arn:aws:bedrock-agentcore:us-east-1:111122223333:browser-custom/b")) == 1

test_what_aws_offers_to_everybody_is_not_shared if {
	every target in [
		"aws.browser.v1",
		"arn:aws:bedrock-agentcore:us-east-1:aws:browser/aws.browser.v1",
		"arn:aws:bedrock-agentcore:us-east-1:aws:code-interpreter/aws.codeinterpreter.v1",
	] {
		count(of_target(target)) == 0
	}
}
