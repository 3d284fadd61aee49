package segrego.rules.full_access_policy_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.full_access_policy

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
