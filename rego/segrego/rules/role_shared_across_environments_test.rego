package segrego.rules.role_shared_across_environments_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_shared_across_environments as rule

found(environments) := granted(environments, [])

granted(environments, actions) := findings if {
	holders := [fixtures.agent(id, {"environment": environment}) | some id, environment in environments]
	findings := rule.deny with input as fixtures.inventory({
		"workloads": holders,
		"roles": [fixtures.role("shared", holders, {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow([action], ["*"]) | some action in actions])],
	})
}

severity(environments, actions) := finding.severity if some finding in granted(labels(environments), actions)

labels(values) := {id: fixtures.label(value) | some id, value in values}

test_staging_and_production if {
	some finding in found(labels({"a": "production", "b": "staging"}))
	finding.evidence.environments == ["production", "staging"]
	[[member.id, member.environment, member.environment_origin] | some member in finding.evidence.members] == [
		["a", "production", "tag"],
		["b", "staging", "tag"],
	]
}

test_production_is_worst_whatever_the_role_gives if {
	every action in ["bedrock:invokemodel", "s3:getobject", "s3:putbucketpolicy"] {
		severity({"a": "production", "b": "staging"}, [action]) == "critical"
	}
}

test_severity_elsewhere_by_what_the_role_gives if {
	every case in [["bedrock:invokemodel", "medium"], ["s3:getobject", "medium"], ["s3:putobject", "high"], ["*", "critical"]] {
		severity({"a": "test", "b": "staging"}, [case[0]]) == case[1]
	}
	some finding in granted(labels({"a": "test", "b": "staging"}), ["s3:putobject"])
	finding.evidence.access == ["write"]
}

test_who_has_no_label_is_no_member if {
	some finding in found({"a": fixtures.label("production"), "b": fixtures.label("staging"), "c": null})
	finding.related == ["a", "b"]
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

of_a_role(label) := findings if {
	holder := fixtures.agent("a", {"environment": fixtures.label("staging")})
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [holder, fixtures.agent("b", {})],
		"roles": [fixtures.role("shared", [holder], {"environment": label}), fixtures.role("other", [fixtures.agent("b", {})], {
			"environment": label,
		})],
	})
}

test_a_workload_on_a_role_of_another_environment if {
	some finding in of_a_role(fixtures.label("production"))
	finding.subject == "shared"
	finding.severity == "critical"
	finding.evidence.environments == ["production", "staging"]
	finding.evidence.role_environment == ["production"]
	count(of_a_role(fixtures.label("production"))) == 1
}

test_a_roles_name_is_not_enough if count(of_a_role({"value": "production", "origin": "name"})) == 0

test_a_role_of_the_same_environment if count(of_a_role(fixtures.label("staging"))) == 0
