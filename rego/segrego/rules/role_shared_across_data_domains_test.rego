package segrego.rules.role_shared_across_data_domains_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_shared_across_data_domains as rule

data_use(target) := fixtures.use("data", target)

base_use(target) := fixtures.use("knowledge_base", target)

bucket(id, domain) := fixtures.resource(id, "AWS::S3::Bucket", {"domains": [fixtures.label(domain)]})

found(holders, others) := granted(holders, others, [])

granted(holders, others, actions) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": array.concat(holders, others),
		"roles": [fixtures.role("shared", holders, {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow([action], ["*"]) | some action in actions])],
		"resources": [bucket("payroll", "hr"), bucket("ledger", "finance")],
		"tools": [fixtures.tool("pay", "a", "pay-function"), fixtures.tool("post", "b", "post-function")],
	})
}

labelled(id, domains) := fixtures.agent(id, {"domains": [fixtures.label(domain) | some domain in domains]})

test_agents_of_two_domains if {
	some finding in found([labelled("a", ["hr"]), labelled("b", ["finance"])], [])
	finding.subject == "shared"
	finding.evidence.domains == ["finance", "hr"]
	[member.domains | some member in finding.evidence.members] == [["hr"], ["finance"]]
}

test_one_domain_and_more if count(found([labelled("a", ["hr"]), labelled("b", ["hr", "finance"])], [])) == 1

test_the_same_domains if count(found([labelled("a", ["hr"]), labelled("b", ["hr"])], [])) == 0

test_an_unlabelled_agent_says_nothing if count(found([labelled("a", ["hr"]), labelled("b", [])], [])) == 0

test_domains_of_the_data_in_use if {
	holders := [
		fixtures.agent("a", {"uses": [data_use("payroll")]}),
		fixtures.agent("b", {"uses": [data_use("ledger"), data_use("elsewhere")]}),
	]
	count(found(holders, [])) == 1
}

test_domains_through_knowledge_bases if {
	bases := [
		fixtures.workload("kb-a", "bedrock_knowledge_base", {"uses": [data_use("payroll")]}),
		fixtures.workload("kb-b", "bedrock_knowledge_base", {"domains": [fixtures.label("finance")]}),
	]
	holders := [
		fixtures.agent("a", {"uses": [base_use("kb-a")]}),
		fixtures.agent("b", {"uses": [base_use("kb-b")]}),
	]
	some finding in found(holders, bases)
	finding.evidence.domains == ["finance", "hr"]
}

test_another_agents_domains_are_not_ones_own if {
	helper := labelled("helper", ["finance"])
	holders := [labelled("a", ["hr"]), fixtures.agent("b", {"uses": [{"relation": "collaborator", "target": "helper"}]})]
	count(found(holders, [helper])) == 0
}

test_domains_through_tools_and_gateways if {
	functions := [
		fixtures.workload("pay-function", "lambda_function", {"uses": [data_use("payroll")]}),
		fixtures.workload("post-function", "lambda_function", {"domains": [fixtures.label("finance")]}),
		fixtures.workload("gateway", "agentcore_gateway", {"tools": ["post"]}),
	]
	direct := [fixtures.agent("a", {"tools": ["pay"]}), fixtures.agent("b", {"tools": ["post"]})]
	count(found(direct, functions)) == 1
	behind := [fixtures.agent("a", {"tools": ["pay"]}), fixtures.agent("b", {"uses": [fixtures.use("gateway", "gateway")]})]
	some finding in found(behind, functions)
	finding.evidence.domains == ["finance", "hr"]
}

severity(actions) := finding.severity if {
	some finding in granted([labelled("a", ["hr"]), labelled("b", ["finance"])], [], actions)
}

test_severity_by_what_the_role_reaches if {
	severity([]) == "medium"
	severity(["bedrock:invokemodel"]) == "medium"
	severity(["s3:getobject"]) == "high"
	severity(["s3:putobject"]) == "high"
	severity(["s3:putbucketpolicy"]) == "critical"
}

test_functions_that_serve_nobody_are_out_of_scope if {
	holders := [fixtures.workload(name, "lambda_function", {"domains": [fixtures.label(name)]}) | some name in ["hr", "finance"]]
	count(found(holders, [])) == 0
}
