package segrego.rules.class_changed_since_approval_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.class_changed_since_approval as rule

found(extra) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [fixtures.agent("a", {}), fixtures.agent("b", {})],
		"agent_classes": [fixtures.agent_class("twins", ["a", "b"], extra)],
	})
}

test_another_fingerprint if {
	some finding in found({"approved": "sha256:old"})
	finding.subject == "agent class twins"
	finding.related == ["a", "b"]
	finding.evidence.approved == "sha256:old"
	finding.evidence.fingerprint == "sha256:a"
	[member.id | some member in finding.evidence.members] == ["a", "b"]
}

test_the_same_fingerprint if count(found({})) == 0

test_none_written_down_is_said_elsewhere if count(found({"approved": null})) == 0
