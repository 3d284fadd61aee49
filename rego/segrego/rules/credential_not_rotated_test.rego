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
	some finding in found("secret", {"tools": ["tool"], "rotation": "disabled"})
	finding.severity == "low"
	finding.related == ["tool"]
	finding.evidence.reasons == ["rotation_off"]
	finding.evidence.age_days == null
}

test_rotated_too_rarely if {
	some finding in found("secret", {"tools": ["tool"], "rotation": "enabled", "rotation_days": 91, "changed_ns": fixtures.days(199)})
	finding.severity == "low"
	finding.evidence.reasons == ["rotated_too_rarely"]
	finding.evidence.rotation_days == 91
}

test_all_reasons_at_once if {
	findings := found("secret", {"tools": ["tool"], "rotation": "disabled", "rotation_days": 365, "changed_ns": fixtures.days(1)})
	count(findings) == 1
	some finding in findings
	finding.severity == "medium"
	finding.evidence.reasons == ["older_than_the_period", "rotated_too_rarely", "rotation_off"]
}

test_well_kept if {
	count(found("secret", {"tools": ["tool"], "rotation": "enabled", "rotation_days": 90, "changed_ns": fixtures.days(110)})) == 0
}

test_not_known if {
	count(found("oauth2", {})) == 0
	count(found("oauth2", {"changed_ns": fixtures.days(1)})) == 1
	count(found("api_key", {"created_ns": fixtures.days(1)})) == 0
}

tied(parts) := count(findings) if {
	findings := rule.deny with input as fixtures.inventory(object.union(
		{"credentials": [fixtures.credential("key", "secret", {"arn": "arn:key", "rotation": "disabled"})]},
		parts,
	))
}

test_secrets_of_agents_alone if {
	tied({}) == 0
	tied({"workloads": [fixtures.agent("a", {"uses": [{"relation": "data", "target": "key"}]})]}) == 1
	tied({"workloads": [fixtures.agent("a", {"uses": [{"relation": "data", "target": "arn:key"}]})]}) == 1
	tied({"workloads": [fixtures.agent("a", {"uses": [{"relation": "data", "target": "arn:other"}]})]}) == 0
	held := fixtures.credential("key", "secret", {"rotation": "disabled", "holder": "a"})
	tied({"credentials": [held], "workloads": [fixtures.agent("a", {})]}) == 1
	tied({"credentials": [held]}) == 0
}

granted(holder, action) := stated(holder, [fixtures.allow([action], ["arn:key"])])

stated(holder, statements) := tied({
	"workloads": [holder],
	"roles": [fixtures.role("role", [holder], {"policies": ["p"]})],
	"policies": [fixtures.policy("p", statements)],
})

test_secrets_that_a_role_may_read_on_a_condition_or_is_denied if {
	agent := fixtures.agent("a", {})
	reads := fixtures.allow(["secretsmanager:getsecretvalue"], ["arn:key"])
	open := {"conditions": [fixtures.condition("IpAddress", "aws:sourceip", ["10.0.0.0/8"])]}
	stated(agent, [object.union(reads, open)]) == 1
	denied := fixtures.statement("Deny", {"actions": ["secretsmanager:getsecretvalue"], "resources": ["*"]})
	stated(agent, [reads, denied]) == 0
}

test_secrets_that_an_agents_role_may_read if {
	granted(fixtures.agent("a", {}), "secretsmanager:getsecretvalue") == 1
	granted(fixtures.agent("a", {}), "s3:getobject") == 0
	granted(fixtures.workload("f", "lambda_function", {}), "secretsmanager:getsecretvalue") == 0
}

test_a_static_key_is_another_rule if {
	static := {"changed_ns": 1, "arn": "arn:key", "holder": "a", "tools": ["t"]}
	findings := rule.deny with input as fixtures.inventory({
		"evaluated_at_ns": fixtures.days(200),
		"workloads": [fixtures.agent("a", {"uses": [fixtures.use("data", "arn:key")]})],
		"credentials": [fixtures.credential("key", "static_key", static)],
	})
	count(findings) == 0
}
