package segrego.rules.role_shared_across_environments_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_shared_across_environments as rule

found(environments) := findings if {
	holders := [fixtures.agent(id, {"environment": environment}) | some id, environment in environments]
	findings := rule.deny with input as fixtures.inventory({
		"workloads": holders,
		"roles": [fixtures.role("shared", holders, {})],
	})
}

labels(values) := {id: fixtures.label(value) | some id, value in values}

test_staging_and_production if {
	some finding in found(labels({"a": "production", "b": "staging"}))
	finding.severity == "critical"
	finding.evidence.environments == ["production", "staging"]
	[[member.id, member.environment, member.environment_origin] | some member in finding.evidence.members] == [
		["a", "production", "tag"],
		["b", "staging", "tag"],
	]
}

test_without_production if {
	some finding in found(labels({"a": "test", "b": "staging"}))
	finding.severity == "high"
}

test_one_environment if count(found(labels({"a": "production", "b": "production"}))) == 0

test_one_known_and_one_unknown if count(found({"a": fixtures.label("production"), "b": null})) == 0

test_functions_that_serve_nobody_are_out_of_scope if {
	holders := [fixtures.workload(name, "lambda_function", {"environment": fixtures.label(name)}) |
		some name in ["production", "staging"]
	]
	findings := rule.deny with input as fixtures.inventory({
		"workloads": holders,
		"roles": [fixtures.role("shared", holders, {})],
	})
	count(findings) == 0
}
