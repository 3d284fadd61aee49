package segrego.rules.static_credential_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.static_credential as rule

function(extra) := fixtures.workload("function", "lambda_function", extra)

found(workload, credentials) := findings if {
	findings := rule.deny with input as fixtures.inventory({"workloads": [workload], "credentials": credentials})
}

key(name) := fixtures.credential(name, "static_key", {"holder": "function", "name": upper(name)})

test_one_finding_for_a_workload if {
	findings := found(function({"credentials": ["b", "a"]}), [key("a"), key("b")])
	count(findings) == 1
	some finding in findings
	finding.subject == "function"
	finding.related == ["a", "b"]
	finding.evidence.names == ["A", "B"]
}

test_keys_of_aws_by_their_names if {
	some finding in found(function({"variables": ["LOG_LEVEL", "AWS_SECRET_ACCESS_KEY"]}), [])
	finding.evidence.names == ["AWS_SECRET_ACCESS_KEY"]
	finding.related == []
}

test_other_names_prove_nothing if {
	count(found(function({"variables": ["API_KEY", "AWS_REGION", "SECRET_ARN"]}), [])) == 0
}

test_other_credentials if {
	secret := fixtures.credential("secret", "secret", {"holder": "function"})
	count(found(function({"credentials": ["secret"]}), [secret])) == 0
}

test_a_key_of_nobody_here if {
	findings := found(function({}), [fixtures.credential("key", "static_key", {"holder": "elsewhere", "name": "API_KEY"})])
	[[finding.subject, finding.evidence.names] | some finding in findings] == [["key", ["API_KEY"]]]
	count(found(function({}), [fixtures.credential("key", "api_key", {"holder": "elsewhere"})])) == 0
	count(found(function({}), [fixtures.credential("key", "static_key", {"holder": null})])) == 1
}
