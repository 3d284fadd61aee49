package segrego.rules.credential_not_rotated_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.credential_not_rotated as rule

found(kind, extra) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"evaluated_at_ns": fixtures.days(200),
		"credentials": [fixtures.credential("key", kind, extra)],
	})
}

test_too_old if {
	some finding in found("api_key", {"changed_ns": fixtures.days(100), "tools": ["b", "a"], "holder": "orders"})
	finding.subject == "key"
	finding.severity == "medium"
	finding.related == ["a", "b", "orders"]
	finding.evidence == {
		"name": "key",
		"kind": "api_key",
		"reasons": ["older_than_the_period"],
		"age_days": 100,
		"rotation_days": null,
		"limit_days": 90,
	}
}

test_rotation_off if {
	some finding in found("secret", {"rotation": "disabled"})
	finding.severity == "low"
	finding.related == []
	finding.evidence.reasons == ["rotation_off"]
	finding.evidence.age_days == null
}

test_rotated_too_rarely if {
	some finding in found("secret", {"rotation": "enabled", "rotation_days": 91, "changed_ns": fixtures.days(199)})
	finding.severity == "low"
	finding.evidence.reasons == ["rotated_too_rarely"]
	finding.evidence.rotation_days == 91
}

test_all_reasons_at_once if {
	findings := found("secret", {"rotation": "disabled", "rotation_days": 365, "changed_ns": fixtures.days(1)})
	count(findings) == 1
	some finding in findings
	finding.severity == "medium"
	finding.evidence.reasons == ["older_than_the_period", "rotated_too_rarely", "rotation_off"]
}

test_well_kept if {
	count(found("secret", {"rotation": "enabled", "rotation_days": 90, "changed_ns": fixtures.days(110)})) == 0
}

test_not_known if {
	count(found("oauth2", {})) == 0
	count(found("api_key", {"created_ns": fixtures.days(1)})) == 0
}

test_a_static_key_is_another_rule if count(found("static_key", {"changed_ns": fixtures.days(1)})) == 0
