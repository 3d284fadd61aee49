package segrego.rules.cloned_roles_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.cloned_roles as rule

agents := [fixtures.agent(name, {}) | some name in ["orders", "billing"]]

clones(extra, actions, resource) := object.union(
	{
		"workloads": agents,
		"roles": [fixtures.role(concat("-", [agent.id, "role"]), [agent], {"policies": ["p"]}) | some agent in agents],
		"policies": [fixtures.policy("p", [
			fixtures.allow(actions, [resource]),
			fixtures.allow(["bedrock:invokemodel", "logs:putlogevents"], ["*"]),
		])],
		"twin_roles": [{"digest": "sha256:1", "roles": ["billing-role", "idle-role", "orders-role"]}],
	},
	extra,
)

table := "arn:aws:dynamodb:us-east-1:111122223333:table/orders"

found(parts) := findings if {
	findings := rule.deny with input as fixtures.inventory(object.union(parts, {"roles": array.concat(
		parts.roles,
		[fixtures.role("idle-role", [], {"policies": ["p"]})],
	)}))
}

test_the_same_table_in_two_agents_roles if {
	some finding in found(clones({}, ["s3:getobject"], table))
	finding.subject == "billing-role"
	finding.severity == "low"
	finding.related == ["orders-role", "billing", "orders"]
	finding.evidence.roles == ["billing-role", "orders-role"]
	[[agent.id, agent.role] | some agent in finding.evidence.agents] == [
		["billing", "billing-role"],
		["orders", "orders-role"],
	]
	[count(gain.grants) | some gain in finding.evidence.gains] == [1, 1]
}

severity(parts) := finding.severity if some finding in found(parts)

test_severity_by_what_is_gained if {
	severity(clones({}, ["dynamodb:putitem"], table)) == "medium"
	severity(clones({}, ["lambda:invokefunction"], "*")) == "medium"
	severity(clones({}, ["s3:putbucketpolicy"], "*")) == "high"
}

test_production_is_one_more if {
	apart := [
		fixtures.agent("orders", {"environment": fixtures.label("production")}),
		fixtures.agent("billing", {"environment": fixtures.label("test")}),
	]
	some finding in found(clones({"workloads": apart}, ["s3:getobject"], table))
	finding.severity == "medium"
	finding.evidence.environments == ["production", "test"]
}

test_what_every_agent_needs_makes_no_clone if {
	count(found(clones({}, ["bedrock:invokemodel", "bedrock:applyguardrail"], "*"))) == 0
}

test_what_each_agent_is_configured_to_use_makes_no_clone if {
	using := [object.union(agent, {"uses": [fixtures.use("data", table)]}) | some agent in agents]
	count(found(clones({"workloads": using}, ["dynamodb:putitem"], table))) == 0
	one := [agents[0], using[1]]
	count(found(clones({"workloads": one}, ["dynamodb:putitem"], table))) == 1
}

test_two_roles_of_one_agent if {
	both := [fixtures.role(id, [agents[0]], {"policies": ["p"]}) | some id in ["billing-role", "orders-role"]]
	count(found(clones({"roles": both}, ["dynamodb:putitem"], table))) == 0
}

test_one_role_that_is_held_is_no_copy if {
	shared := [fixtures.role("orders-role", agents, {"policies": ["p"]}), fixtures.role("billing-role", [], {"policies": ["p"]})]
	count(found(clones({"roles": shared}, ["dynamodb:putitem"], table))) == 0
}

test_functions_are_no_agents if {
	functions := [fixtures.workload(name, "lambda_function", {}) | some name in ["f", "g"]]
	roles := [fixtures.role(concat("-", [name, "role"]), [functions[at]], {"policies": ["p"]}) |
		some at, name in ["orders", "billing"]
	]
	count(found(clones({"workloads": functions, "roles": roles}, ["dynamodb:putitem"], table))) == 0
}

test_agents_of_one_sound_class if {
	twins := [fixtures.agent(name, {"agent_class": "twins"}) | some name in ["orders", "billing"]]
	class := {"workloads": twins, "agent_classes": [fixtures.agent_class("twins", ["billing", "orders"], {})]}
	count(found(clones(class, ["dynamodb:putitem"], table))) == 0
}
