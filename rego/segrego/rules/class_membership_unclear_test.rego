package segrego.rules.class_membership_unclear_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.class_membership_unclear as rule

found(members, overlaps) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [fixtures.agent(name, {}) | some name in ["a", "b", "c"]],
		"agent_classes": [fixtures.agent_class("twins", members, {"overlaps": overlaps})],
	})
}

test_two_members_of_one_class if count(found(["a", "b"], [])) == 0

test_one_member if {
	some finding in found(["a"], [])
	finding.subject == "agent class twins"
	finding.evidence.reasons == ["it has one member"]
	[member.id | some member in finding.evidence.members] == ["a"]
}

test_no_member if {
	some finding in found([], [])
	finding.evidence.reasons == ["it has no member"]
}

test_a_member_of_two_classes if {
	some finding in found(["a", "b"], ["c"])
	finding.evidence.reasons == ["it matches members of an earlier class"]
	finding.evidence.overlaps == ["c"]
	finding.related == ["a", "b", "c"]
}
