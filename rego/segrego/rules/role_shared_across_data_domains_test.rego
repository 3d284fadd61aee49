package segrego.rules.role_shared_across_data_domains_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_shared_across_data_domains as rule

data_use(target) := {"relation": "data", "target": target}

base_use(target) := {"relation": "knowledge_base", "target": target}

bucket(id, domain) := {"id": id, "arn": null, "domains": [fixtures.label(domain)], "location": null}

found(holders, others) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": array.concat(holders, others),
		"roles": [fixtures.role("shared", holders, {})],
		"resources": [bucket("payroll", "hr"), bucket("ledger", "finance")],
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
