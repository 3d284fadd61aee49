package segrego.rules.class_not_approved_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.class_not_approved as rule

found(extra) := at(extra, 1000)

at(extra, now) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"evaluated_at_ns": now,
		"workloads": [fixtures.agent("a", {}), fixtures.agent("b", {})],
		"agent_classes": [fixtures.agent_class("twins", ["b", "a"], extra)],
	})
}

test_an_approved_class if count(found({})) == 0

test_no_approver if {
	every approver in [null, ""] {
		some finding in found({"approver": approver})
		finding.subject == "agent class twins"
		finding.severity == "medium"
		finding.evidence.faults == ["it names no approver"]
		[member.id | some member in finding.evidence.members] == ["a", "b"]
	}
}

test_expired if {
	every expiry in [999, 1000] {
		some finding in found({"expires_at_ns": expiry})
		finding.evidence.faults == ["it has expired"]
	}
	count(found({"expires_at_ns": 1001})) == 0
}

test_no_expiry if {
	some finding in found({"expires_at_ns": null})
	finding.evidence.faults == ["it never expires"]
}

test_at_an_unknown_time_nothing_runs_still if count(at({}, null)) == 1

test_without_a_fingerprint_it_is_low_and_shows_it if {
	some finding in found({"approved": null})
	finding.severity == "low"
	finding.evidence.faults == ["what was approved is not written down"]
	finding.evidence.fingerprint == "sha256:a"
}

test_all_faults_are_one_finding if {
	findings := found({"approver": null, "expires_at_ns": 1, "approved": null})
	count(findings) == 1
	some finding in findings
	count(finding.evidence.faults) == 3
	finding.severity == "medium"
}
