package segrego.rules.unjudged_agents_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.unjudged_agents as rule

bound := {"bindings": [{"role": "role", "slot": "draft", "version": null, "via": [], "certainty": "exact"}]}

found(workload, role, policies) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [workload, fixtures.agent("judged", {"bindings": [object.union(bound.bindings[0], {"role": "own"})]})],
		"sources": [fixtures.source("stack.yaml", [workload.id, "judged"])],
		"roles": [fixtures.role("role", [workload], role), fixtures.role("own", [], {})],
		"policies": policies,
	})
}

reasons(role, policies) := finding.evidence.agents[0].reasons if {
	some finding in found(fixtures.agent("orders", bound), role, policies)
}

test_no_role if {
	findings := found(fixtures.agent("orders", {}), {}, [])
	count(findings) == 1
	some finding in findings
	finding.subject == "stack.yaml"
	finding.related == ["orders"]
	[[agent.name, agent.reasons] | some agent in finding.evidence.agents] == [["orders", ["no_role"]]]
	finding.evidence.agents_in_all == 2
}

test_why if {
	reasons({"identity": "unresolved", "unread": ["trust", "policies"]}, []) == ["unresolved_role"]
	reasons({"unread": ["trust"]}, []) == ["unread_role"]
	reasons({"unread": ["policies"]}, []) == ["unread_role"]
	unread := object.union(fixtures.policy("p", []), {"read": false})
	reasons({"policies": ["p"]}, [unread]) == ["unread_policy"]
}

test_judged if {
	count(found(fixtures.agent("orders", bound), {}, [])) == 0
	count(found(fixtures.agent("orders", bound), {"unread": ["tags", "last_used"]}, [])) == 0
	count(found(fixtures.agent("orders", bound), {"policies": ["p"]}, [fixtures.policy("p", [])])) == 0
}

test_no_agent if count(found(fixtures.workload("f", "lambda_function", {}), {}, [])) == 0
