package segrego.rules.version_on_old_role_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.version_on_old_role as rule

roles := [fixtures.role(name, [], {}) | some name in ["new", "old", "older"]]

bound(role, slot, version, via) := {"role": role, "slot": slot, "version": version, "via": via, "certainty": "exact"}

found(kind, bindings) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [fixtures.workload("orders", kind, {"bindings": bindings})],
		"roles": roles,
	})
}

test_an_alias_on_an_old_role if {
	some finding in found("bedrock_agent", [
		bound("new", "draft", null, []),
		bound("old", "version", "3", ["live", "beta"]),
		bound("older", "version", "2", ["beta"]),
	])
	finding.subject == "orders"
	finding.related == ["old", "older"]
	finding.evidence == {
		"versions": ["version 2", "version 3"],
		"via": ["beta", "live"],
		"old_roles": ["old", "older"],
		"current_roles": ["new"],
	}
}

test_all_on_one_role if {
	count(found("bedrock_agent", [bound("new", "draft", null, []), bound("new", "version", "3", ["live"])])) == 0
}

test_endpoints_of_a_runtime if {
	some finding in found("agentcore_runtime", [
		bound("new", "version", "10", ["DEFAULT"]),
		bound("old", "version", "9", ["live"]),
	])
	finding.evidence.versions == ["version 9"]
	finding.evidence.current_roles == ["new"]
	count(found("agentcore_runtime", [
		bound("old", "version", "10", ["DEFAULT"]),
		bound("old", "version", "9", ["live"]),
	])) == 0
}

test_a_latest_version_that_nothing_runs if {
	some finding in found("agentcore_runtime", [
		bound("new", "execution", null, []),
		bound("old", "version", "9", ["live"]),
	])
	finding.evidence.versions == ["version 9"]
}

test_a_version_without_a_number if {
	some finding in found("bedrock_agent", [bound("new", "draft", null, []), bound("old", "version", null, ["live"])])
	finding.evidence.versions == ["a version"]
	count(found("agentcore_runtime", [bound("new", "version", null, []), bound("old", "version", null, ["live"])])) == 0
}

test_a_name_that_reads_as_a_number_is_none if {
	some finding in found("agentcore_runtime", [
		bound("new", "version", "9", ["DEFAULT"]),
		bound("old", "version", "1e9", ["live"]),
	])
	finding.evidence.current_roles == ["new"]
}

test_what_is_not_resolved_is_not_old if {
	unsure := {"certainty": "unresolved"}
	count(found("bedrock_agent", [
		object.union(bound("new", "draft", null, []), unsure),
		bound("old", "version", null, ["live"]),
	])) == 0
	count(found("bedrock_agent", [
		bound("new", "draft", null, []),
		object.union(bound("old", "version", "1", ["live"]), unsure),
	])) == 0
	count(found("agentcore_runtime", [
		object.union(bound("new", "version", "10", ["DEFAULT"]), unsure),
		bound("old", "version", "9", ["live"]),
	])) == 0
}

test_functions_are_another_matter if {
	count(found("lambda_function", [bound("new", "execution", null, []), bound("old", "version", "1", ["live"])])) == 0
}

test_versions_of_one_digit if {
	some finding in found("agentcore_runtime", [
		bound("new", "version", "2", ["DEFAULT"]),
		bound("old", "version", "1", ["live"]),
	])
	finding.evidence.current_roles == ["new"]
}
