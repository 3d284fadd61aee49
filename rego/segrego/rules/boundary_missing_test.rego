package segrego.rules.boundary_missing_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.boundary_missing

found(workload, extra, environments) := findings if {
	findings := boundary_missing.deny with input as fixtures.inventory({
		"workloads": [workload],
		"roles": [fixtures.role("role", [workload], extra)],
		"settings": object.union(fixtures.settings({}), {"thresholds": {"boundary_environments": environments}}),
	})
}

agent(environment) := fixtures.agent("orders", {"environment": environment})

production := agent(fixtures.label("production"))

test_no_boundary_where_one_is_required if {
	some finding in found(production, {}, ["production"])
	finding.subject == "role"
	finding.evidence.environments == ["production"]
}

test_a_boundary if count(found(production, {"boundary": "b"}, ["production"])) == 0

test_another_environment if count(found(agent(fixtures.label("staging")), {}, ["production"])) == 0

test_no_environment_requires_one if count(found(production, {}, [])) == 0

test_every_environment_requires_one if {
	count(found(agent(fixtures.label("staging")), {}, ["*"])) == 1
	some finding in found(agent(null), {}, ["*"])
	finding.evidence.environments == ["any environment"]
}

test_a_boundary_that_was_not_read if count(found(production, {"unread": ["boundary"]}, ["production"])) == 0

test_a_role_that_is_none_of_ours if {
	stranger := fixtures.workload("ci", "principal", {"environment": fixtures.label("production")})
	count(found(stranger, {}, ["production"])) == 0
}
