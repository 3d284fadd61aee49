package segrego.rules.role_without_workload_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.role_without_workload as rule

bedrock := [fixtures.trust(["bedrock.amazonaws.com"], [])]

agent := fixtures.agent("orders", {})

found(holders, extra, sources) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"evaluated_at_ns": fixtures.days(200),
		"workloads": [agent],
		"sources": sources,
		"roles": [fixtures.role("role", holders, object.union({"trust": bedrock}, extra))],
	})
}

full := [fixtures.source("stack.yaml", ["orders"])]

severity(extra, sources) := finding.severity if some finding in found([], extra, sources)

test_nothing_refers_to_it if {
	some finding in found([], {"handed_on": false, "policies": ["p"]}, full)
	finding.subject == "role"
	finding.severity == "low"
	finding.evidence == {"principals": ["bedrock.amazonaws.com"], "unused_days": null, "policies": 1}
}

test_it_may_be_in_use_elsewhere if {
	severity({"handed_on": true}, full) == "info"
	severity({"handed_on": null}, full) == "info"
}

test_a_file_of_roles_alone if {
	count(found([], {"handed_on": null}, [fixtures.source("stack.yaml", [])])) == 0
	count(found([], {"handed_on": null}, [fixtures.source("other.yaml", ["orders"])])) == 0
	count(found([], {"handed_on": null}, [fixtures.source("stack.yaml", ["unknown"])])) == 0
}

test_an_account_says_when_it_was_used if {
	some finding in found([], {"last_used_ns": fixtures.days(1)}, full)
	finding.severity == "low"
	finding.evidence.unused_days == 199
	count(found([], {"last_used_ns": fixtures.days(199)}, full)) == 0
	count(found([], {"last_used_ns": fixtures.days(199), "handed_on": false}, full)) == 0
	severity({"last_used_ns": 0, "created_ns": fixtures.days(1)}, full) == "low"
}

test_a_role_that_is_held if count(found([agent], {"handed_on": false}, full)) == 0

test_a_role_for_something_else if {
	count(found([], {"handed_on": false, "trust": [fixtures.trust(["ec2.amazonaws.com"], [])]}, full)) == 0
	count(found([], {"handed_on": false, "trust": []}, full)) == 0
}

test_a_role_without_a_place if {
	count(found([], {"handed_on": null, "location": null}, full)) == 0
}
