package segrego.rules.role_shared_across_sensitivities_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_shared_across_sensitivities as rule

words := ["public", "internal", "private", "restricted", "pii", "phi"]

buckets := array.concat(
	[fixtures.resource(word, "AWS::S3::Bucket", {"sensitivity": fixtures.label(word)}) | some word in words],
	[fixtures.resource("unlabelled", "AWS::S3::Bucket", {})],
)

using(id, names) := fixtures.agent(id, {"uses": [fixtures.use("data", name) | some name in names]})

found(holders) := granted(holders, ["s3:getobject"])

granted(holders, actions) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": holders,
		"roles": [fixtures.role("shared", holders, {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(actions, ["*"])])],
		"resources": buckets,
	})
}

test_public_and_restricted_data if {
	some finding in found([using("faq", ["public"]), using("payroll", ["internal", "restricted"])])
	finding.subject == "shared"
	finding.severity == "high"
	finding.evidence.sensitivities == ["internal", "public", "restricted"]
	[member.sensitivities | some member in finding.evidence.members] == [["public"], ["internal", "restricted"]]
}

test_the_most_sensitive_data_counts if {
	count(found([using("a", ["restricted"]), using("b", ["restricted", "public"])])) == 0
}

test_words_of_one_rank_are_one if count(found([using("a", ["internal"]), using("b", ["private"])])) == 0

test_a_word_without_a_rank_is_its_own if {
	count(found([using("a", ["pii"]), using("b", ["phi"])])) == 1
	count(found([using("a", ["pii"]), using("b", ["internal", "pii"])])) == 1
	count(found([using("a", ["pii"]), using("b", ["pii"])])) == 0
}

test_an_agent_without_labelled_data_says_nothing if {
	count(found([using("a", ["restricted"]), using("b", ["unlabelled"]), using("c", [])])) == 0
}

test_severity_by_what_the_role_reaches if {
	holders := [using("a", ["public"]), using("b", ["restricted"])]
	every pair in [["bedrock:invokemodel", "medium"], ["s3:putobject", "high"], ["s3:putbucketpolicy", "critical"]] {
		some finding in granted(holders, [pair[0]])
		finding.severity == pair[1]
	}
}

test_data_behind_knowledge_bases_and_tools if {
	base := fixtures.workload("base", "bedrock_knowledge_base", {"uses": [fixtures.use("data", "public")]})
	function := fixtures.workload("function", "lambda_function", {"uses": [fixtures.use("data", "restricted")]})
	holders := [
		fixtures.agent("a", {"uses": [fixtures.use("knowledge_base", "base")]}),
		fixtures.agent("b", {"uses": [fixtures.use("function", "function")]}),
	]
	findings := rule.deny with input as fixtures.inventory({
		"workloads": array.concat(holders, [base, function]),
		"roles": [fixtures.role("shared", holders, {})],
		"resources": buckets,
	})
	count(findings) == 1
}

test_functions_that_serve_nobody_are_out_of_scope if {
	holders := [fixtures.workload(word, "lambda_function", {"uses": [fixtures.use("data", word)]}) | some word in ["public", "restricted"]]
	count(found(holders)) == 0
}
