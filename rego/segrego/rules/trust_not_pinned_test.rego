package segrego.rules.trust_not_pinned_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.trust_not_pinned as rule

agent := fixtures.agent("orders", {})

found(statements) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"trust": statements})],
	})
}

bedrock(conditions) := fixtures.trust(["bedrock.amazonaws.com"], conditions)

account := fixtures.condition("StringEquals", "aws:sourceaccount", ["111122223333"])

source(pattern) := fixtures.condition("ArnLike", "aws:sourcearn", [pattern])

level(conditions) := finding.evidence.source_arn if some finding in found([bedrock(conditions)])

severity(conditions) := finding.severity if some finding in found([bedrock(conditions)])

test_no_condition if {
	some finding in found([bedrock([])])
	finding.subject == "role"
	finding.severity == "medium"
	finding.evidence.principals == ["bedrock.amazonaws.com"]
	finding.evidence.unpinned == ["source_account", "workload_arn"]
	finding.evidence.source_account == false
	finding.evidence.source_arn == "none"
	finding.evidence.patterns == []
	finding.related == ["orders"]
	finding.evidence.workloads == ["orders"]
	finding.evidence.statements == [{"sid": null, "line": 11}]
}

test_pinned_to_account_and_agent if {
	count(found([bedrock([account, source("arn:aws:bedrock:us-east-1:111122223333:agent/ABC")])])) == 0
}

test_the_agents_arn_names_the_account if {
	count(found([bedrock([source("arn:aws:bedrock:us-east-1:111122223333:agent/ABC")])])) == 0
}

test_how_far_wildcards_open_it if {
	level([account]) == "none"
	level([account, source("*")]) == "service-wildcard"
	level([account, source("arn:aws:bedrock:us-east-1:111122223333:*")]) == "service-wildcard"
	level([account, source("arn:aws:bedrock:*:111122223333:agent/*")]) == "kind-wildcard"
	level([account, source("arn:aws:bedrock:us-east-1:111122223333:agent/prod-?")]) == "kind-wildcard"
	level([account, source("${SourceArn}")]) == "unknown"
	level([source("arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/*")]) == "kind-wildcard"
}

test_an_unresolved_name_is_one_name if {
	count(found([bedrock([source("arn:aws:bedrock:${AWS::Region}:${AWS::AccountId}:agent/${Orders}")])])) == 0
}

test_severity_by_whether_the_account_is_known if {
	severity([account]) == "low"
	severity([source("arn:aws:bedrock:us-east-1:111122223333:agent/*")]) == "low"
	severity([source("arn:aws:bedrock:us-east-1:*:agent/*")]) == "medium"
	severity([source("arn:aws:bedrock:us-east-1::agent/*")]) == "medium"
	severity([source("*")]) == "medium"
	severity([fixtures.condition("StringLike", "aws:sourceaccount", ["*"])]) == "medium"
}

test_an_organization_is_better_than_none if {
	organization := fixtures.condition("StringEquals", "aws:sourceorgid", ["o-abc"])
	severity([organization]) == "low"
	severity([organization, source("arn:aws:bedrock:us-east-1:*:agent/ABC")]) == "low"
}

test_what_is_not_resolved_is_only_mentioned if {
	severity([account, source("${SourceArn}")]) == "info"
	organization := fixtures.condition("StringEquals", "aws:sourceorgid", ["o-abc"])
	severity([account, organization, source("${SourceArn}")]) == "info"
	some finding in found([bedrock([account, source("${SourceArn}")])])
	finding.evidence.unpinned == ["workload_arn"]
}

core(pattern) := [fixtures.trust(["bedrock-agentcore.amazonaws.com"], [account, source(pattern)])]

test_a_name_is_one_workload if {
	count(found(core("arn:aws:bedrock-agentcore:us-east-1:111122223333:runtime/orders-*"))) == 0
	count(found(core("arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/orders-??????????"))) == 0
	some finding in found(core("arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/orders-*"))
	finding.severity == "info"
	finding.evidence.source_arn == "name-prefix"
}

test_an_account_alone_is_still_missing if {
	some finding in found([bedrock([source("arn:aws:bedrock:us-east-1:*:agent/ABC")])])
	finding.evidence.unpinned == ["source_account"]
}

test_the_weakest_of_several_values_counts if {
	both := fixtures.condition("ArnLike", "aws:sourcearn", [
		"arn:aws:bedrock:us-east-1:111122223333:agent/ABC",
		"arn:aws:bedrock:us-east-1:111122223333:agent/*",
	])
	level([account, both]) == "kind-wildcard"
}

exact := "arn:aws:bedrock:us-east-1:111122223333:agent/ABC"

test_conditions_that_may_be_absent_do_not_pin if {
	every weak in [
		object.union(source(exact), {"if_exists": true}),
		object.union(source(exact), {"qualifier": "ForAllValues"}),
		fixtures.condition("StringNotEquals", "aws:sourcearn", [exact]),
		fixtures.condition("ArnLike", "aws:principalarn", [exact]),
	] {
		level([account, weak]) == "none"
	}
}

test_agentcore_is_a_bedrock_service if {
	count(found([fixtures.trust(["bedrock-agentcore.amazonaws.com"], [])])) == 1
}

test_one_open_statement_among_pinned_ones if {
	some finding in found([bedrock([account, source(exact)]), bedrock([account])])
	finding.evidence.source_account == true
	finding.evidence.source_arn == "none"
	finding.evidence.patterns == [exact]
	finding.evidence.unpinned == ["workload_arn"]
	finding.severity == "low"
}

test_other_statements_are_other_rules if {
	count(found([fixtures.trust(["lambda.amazonaws.com"], [])])) == 0
	count(found([object.union(bedrock([]), {"effect": "Deny"})])) == 0
	count(found([object.union(bedrock([]), {"principals": [{"type": "AWS", "value": "bedrock.amazonaws.com"}]})])) == 0
	count(found([])) == 0
}

test_roles_that_no_workload_of_bedrock_holds if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [],
		"roles": [fixtures.role("role", [], {"trust": [bedrock([])]})],
	})
	count(findings) == 0
}

test_a_pinned_statement_does_not_weigh_beside_one_that_is_not_resolved if {
	every pattern in ["agent/ABC", "runtime/orders-*"] {
		pinned := source(concat("", ["arn:aws:bedrock-agentcore:us-east-1:111122223333:", pattern]))
		some finding in found([bedrock([pinned]), bedrock([account, source("${SourceArn}")])])
		finding.severity == "info"
		count(finding.evidence.statements) == 2
	}
}

test_an_agents_name_without_its_account_is_more if {
	organization := fixtures.condition("StringEquals", "aws:sourceorgid", ["o-abc"])
	severity([organization, source("arn:aws:bedrock:us-east-1:*:agent/ABC")]) == "low"
}
