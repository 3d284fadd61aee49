package segrego.rules.unused_grants_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.unused_grants

day := 86400000000000

now := 200 * day

agent := fixtures.agent("orders", {})

found(access, extra) := findings if {
	findings := unused_grants.deny with input as object.union(
		fixtures.inventory({
			"workloads": [agent],
			"roles": [fixtures.role("role", [agent], object.union(
				{"policies": ["p"], "created_ns": 0, "service_access": access},
				extra,
			))],
			"policies": [fixtures.policy("p", [fixtures.allow(["s3:getobject", "lambda:invokefunction", "logs:putlogevents"], ["*"])])],
		}),
		{"evaluated_at_ns": now},
	)
}

last(service, moment) := {"service": service, "last_accessed_ns": moment}

test_long_ago_and_never if {
	some finding in found([last("s3", 100 * day), last("lambda", 0), last("logs", 0)], {})
	finding.evidence.services == ["lambda", "s3"]
	finding.evidence.last_accessed_ns == {"lambda": 0, "s3": 100 * day}
	finding.evidence.days == 90
}

test_used_lately if count(found([last("s3", 120 * day), last("lambda", 199 * day)], {})) == 0

test_exactly_at_the_threshold_is_not_older if count(found([last("s3", 110 * day), last("lambda", now)], {})) == 0

test_one_service_a_moment_before_the_threshold if {
	some finding in found([last("s3", (110 * day) - 1), last("lambda", now)], {})
	finding.evidence.services == ["s3"]
}

test_a_role_of_none_of_ours if count(found([last("s3", 0)], {"bindings": []})) == 0

test_services_that_are_not_told_are_not_unused if count(found([], {})) == 0

test_nobody_asked if count(found(null, {})) == 0

test_a_young_role if count(found([last("s3", 0)], {"created_ns": 150 * day})) == 0

test_a_role_of_unknown_age if count(found([last("s3", 0)], {"created_ns": null})) == 0

test_everything_names_no_service if {
	findings := unused_grants.deny with input as object.union(
		fixtures.inventory({
			"workloads": [agent],
			"roles": [fixtures.role("role", [agent], {"policies": ["p"], "created_ns": 0, "service_access": [last("s3", 0)]})],
			"policies": [fixtures.policy("p", [fixtures.allow(["*"], ["*"])])],
		}),
		{"evaluated_at_ns": now},
	)
	count(findings) == 0
}
