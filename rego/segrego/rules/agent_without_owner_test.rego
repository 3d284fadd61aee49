package segrego.rules.agent_without_owner_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.agent_without_owner as rule

owned := fixtures.agent("owned", {"owner": fixtures.label("team")})

agent := fixtures.agent("agent", {})

found(parts) := findings if {
	findings := rule.deny with input as fixtures.inventory(object.union(
		{"sources": [fixtures.source("stack.yaml", [workload.id | some workload in parts.workloads])]},
		parts,
	))
}

test_one_without_among_others if {
	findings := found({"workloads": [owned, agent, fixtures.agent("another", {})]})
	count(findings) == 1
	some finding in findings
	finding.subject == "stack.yaml"
	finding.related == ["agent", "another"]
	[each.name | some each in finding.evidence.agents] == ["agent", "another"]
	finding.evidence.agents[0].line == 1
	finding.evidence.agents_in_all == 3
}

test_all_have_one if count(found({"workloads": [owned]})) == 0

test_where_no_owners_are_kept if count(found({"workloads": [agent]})) == 0

test_functions_need_none if {
	count(found({"workloads": [owned, fixtures.workload("f", "lambda_function", {})]})) == 0
}

test_the_roles_owner_will_do if {
	bound := fixtures.agent("bound", {"bindings": [{
		"role": "role",
		"slot": "draft",
		"version": null,
		"via": [],
		"certainty": "exact",
	}]})
	role := fixtures.role("role", [bound], {"owner": fixtures.label("team")})
	count(found({"workloads": [owned, bound], "roles": [role]})) == 0
	count(found({"workloads": [owned, bound], "roles": [object.union(role, {"owner": null})]})) == 1
}

test_what_is_not_known_is_no_finding if {
	gap := {"code": "access_denied", "subject": "agent", "facts": ["tags"], "message": "denied", "location": null}
	count(found({"workloads": [owned, agent], "gaps": [gap]})) == 0
	count(found({"workloads": [owned, agent], "gaps": [object.union(gap, {"facts": ["owners"]})]})) == 0
	count(found({"workloads": [owned, agent], "gaps": [object.union(gap, {"facts": ["trust"]})]})) == 1
	count(found({"workloads": [owned, agent], "gaps": [object.union(gap, {"subject": "other"})]})) == 1
	every key in ["Owner", "team"] {
		tagged := fixtures.agent("tagged", {"tags": [{"key": key, "value": "${Team}"}]})
		count(found({"workloads": [owned, tagged]})) == 0
	}
	count(found({"workloads": [owned, fixtures.agent("t", {"tags": [{"key": "cost", "value": "1"}]})]})) == 1
}
