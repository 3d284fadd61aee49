package segrego.rules.full_access_policy_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.full_access_policy
import data.segrego.rules.privilege_escalation
import data.segrego.rules.wildcard_privilege

agent := fixtures.agent("orders", {})

found(name, kind) := findings if {
	findings := full_access_policy.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"]})],
		"policies": [object.union(fixtures.policy("p", []), {"name": name, "kind": kind})],
	})
}

test_full_access if {
	some finding in found("AmazonBedrockFullAccess", "aws_managed")
	finding.severity == "high"
	finding.evidence.policies == ["AmazonBedrockFullAccess"]
}

test_administrators if {
	every name in ["AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "AdministratorAccess-Amplify"] {
		some finding in found(name, "aws_managed")
		finding.severity == "critical"
	}
}

test_read_only if count(found("AmazonS3ReadOnlyAccess", "aws_managed")) == 0

test_a_policy_of_ones_own_that_is_called_so if count(found("OrdersFullAccess", "managed")) == 0

test_a_role_that_is_none_of_ours if {
	stranger := fixtures.workload("ci", "principal", {})
	findings := full_access_policy.deny with input as fixtures.inventory({
		"workloads": [stranger],
		"roles": [fixtures.role("role", [stranger], {"policies": ["p"]})],
		"policies": [object.union(fixtures.policy("p", []), {"name": "AmazonS3FullAccess", "kind": "aws_managed"})],
	})
	count(findings) == 0
}

_speaking := {rule |
	some rule, denied in {
		"full_access_policy": full_access_policy.deny,
		"privilege_escalation": privilege_escalation.deny,
		"wildcard_privilege": wildcard_privilege.deny,
	}
	count(denied) > 0
}

# The rules that speak of a role with one managed policy that grants everything, under some settings.
speaking(name, settings) := rules if {
	rules := _speaking with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"]})],
		"policies": [object.union(fixtures.policy("p", [fixtures.allow(["*"], ["*"])]), {"name": name, "kind": "aws_managed"})],
		"settings": fixtures.settings(settings),
	})
}

test_one_finding_tells_of_a_policy_that_leaves_nothing_to_take if {
	speaking("AdministratorAccess", {}) == {"full_access_policy"}
	speaking("IAMFullAccess", {}) == {"full_access_policy"}
}

test_the_ways_to_more_rights_are_told_of_the_others if {
	speaking("AmazonBedrockFullAccess", {}) == {"full_access_policy", "privilege_escalation"}
}

test_the_others_tell_of_what_no_policy_for_everybody_grants if {
	speaking("AmazonOrdersPolicy", {}) == {"privilege_escalation", "wildcard_privilege"}
}

# Which rules run is the entry point's to say: these are asked whatever the settings.
test_where_the_rule_is_not_run_the_others_speak if {
	all_rules := {"full_access_policy", "privilege_escalation", "wildcard_privilege"}
	speaking("AdministratorAccess", {"ignore": ["full_access_policy"]}) == all_rules
	speaking("AdministratorAccess", {"select": ["wildcard_privilege", "privilege_escalation"]}) == all_rules
	speaking("AdministratorAccess", {"select": ["full_access_policy"]}) == {"full_access_policy"}
}
