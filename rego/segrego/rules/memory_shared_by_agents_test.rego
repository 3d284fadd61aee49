package segrego.rules.memory_shared_by_agents_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.memory_shared_by_agents as rule

arn := "arn:aws:bedrock-agentcore:us-east-1:111122223333:memory/desk"

users := [fixtures.user("memory", name) | some name in ["triage", "refund"]]

memory := fixtures.workload("memory", "agentcore_memory", {"arn": arn, "used_by": users})

harness(id, extra) := fixtures.workload(id, "agentcore_harness", object.union(fixtures.holds(concat("-", [id, "role"])), extra))

agents(extra) := [harness("triage", extra), harness("refund", extra)]

writing(condition) := fixtures.statement("Allow", {
	"actions": ["bedrock-agentcore:createevent"],
	"resources": [arn],
	"conditions": condition,
})

reading := fixtures.allow(["s3:getobject"], ["*"])

namespace := [fixtures.condition("StringEquals", "bedrock-agentcore:namespace", ["triage"])]

found(workloads, statements) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": array.concat(workloads, [memory]),
		"roles": [fixtures.role(concat("-", [id, "role"]), [harness(id, {})], {"policies": [id]}) | some id in ["triage", "refund"]],
		"policies": [fixtures.policy(id, [statement]) | some id, statement in statements],
	})
}

both(statement) := {"triage": statement, "refund": statement}

test_agents_that_write_to_one_memory if {
	some finding in found(agents({}), both(writing([])))
	finding.subject == "memory"
	finding.severity == "medium"
	finding.related == ["refund", "triage"]
	[[agent.id, agent.writes] | some agent in finding.evidence.agents] == [["refund", "allowed"], ["triage", "allowed"]]
}

test_one_writer_is_enough if {
	some finding in found(agents({}), {"triage": writing([]), "refund": reading})
	finding.severity == "medium"
	[agent.writes | some agent in finding.evidence.agents] == ["denied", "allowed"]
}

test_nobody_writes if count(found(agents({}), both(reading))) == 0

test_writes_under_a_condition_are_less if {
	some finding in found(agents({}), both(writing(namespace)))
	finding.severity == "low"
}

test_across_environments_it_is_more if {
	apart := [harness("triage", {"environment": fixtures.label("test")}), harness("refund", {"environment": fixtures.label("staging")})]
	some finding in found(apart, both(writing([])))
	finding.severity == "high"
	finding.evidence.environments == ["staging", "test"]
}

test_what_is_not_known_may_write if {
	some finding in found([harness("triage", {"bindings": []}), harness("refund", {"bindings": []})], both(reading))
	[agent.writes | some agent in finding.evidence.agents] == ["not known", "not known"]
	finding.severity == "medium"
	findings := rule.deny with input as fixtures.inventory({
		"workloads": array.concat(agents({}), [memory]),
		"roles": [fixtures.role(concat("-", [id, "role"]), [], {"unread": ["policies"]}) | some id in ["triage", "refund"]],
	})
	count(findings) == 1
}

test_a_memory_that_is_no_workload if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": agents({"bindings": []}),
		"shared_uses": [{"target": arn, "users": users}],
	})
	some finding in findings
	finding.subject == arn
	written := rule.deny with input as fixtures.inventory({
		"workloads": agents({}),
		"roles": [fixtures.role(concat("-", [id, "role"]), [], {"policies": ["p"]}) | some id in ["triage", "refund"]],
		"policies": [fixtures.policy("p", [writing([])])],
		"shared_uses": [{"target": arn, "users": users}],
	})
	some other in written
	[agent.writes | some agent in other.evidence.agents] == ["allowed", "allowed"]
}

test_one_agent_has_its_memory_for_itself if {
	own := fixtures.workload("memory", "agentcore_memory", {"arn": arn, "used_by": [users[0], users[0]]})
	findings := rule.deny with input as fixtures.inventory({"workloads": [harness("triage", {"bindings": []}), own]})
	count(findings) == 0
}

test_other_uses_and_users_are_no_sharing if {
	function := fixtures.workload("function", "lambda_function", {})
	other := fixtures.workload("memory", "agentcore_memory", {"used_by": [
		users[0],
		fixtures.user("memory", "function"),
		fixtures.user("data", "refund"),
	]})
	findings := rule.deny with input as fixtures.inventory({"workloads": array.concat(agents({"bindings": []}), [function, other])})
	count(findings) == 0
}

test_agents_of_one_sound_class_may_share if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": array.concat(agents({"bindings": [], "agent_class": "twins"}), [memory]),
		"agent_classes": [fixtures.agent_class("twins", ["refund", "triage"], {})],
	})
	count(findings) == 0
}
