package segrego.rules.shared_service_role_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.shared_service_role as rule

interpreter(id, user, extra) := fixtures.workload(id, "agentcore_code_interpreter", object.union(
	{"used_by": [fixtures.user("code_interpreter", user)]},
	extra,
))

agents := [fixtures.agent(name, {}) | some name in ["analysis", "billing"]]

two := [interpreter("a", "analysis", {}), interpreter("b", "billing", {})]

found(holders, actions) := found_with(holders, actions, {})

found_with(holders, actions, parts) := findings if {
	findings := rule.deny with input as fixtures.inventory(object.union(
		{
			"workloads": array.concat(holders, agents),
			"roles": [fixtures.role("shared", holders, {"policies": ["p"]})],
			"policies": [fixtures.policy("p", [fixtures.allow(actions, ["*"])])],
		},
		parts,
	))
}

test_two_interpreters_of_two_agents if {
	some finding in found(two, ["s3:getobject"])
	finding.subject == "shared"
	finding.severity == "low"
	finding.related == ["a", "b"]
	finding.evidence.agents == ["analysis", "billing"]
	finding.evidence.access == ["read"]
	[member.id | some member in finding.evidence.members] == ["a", "b"]
}

severity(holders, actions) := finding.severity if some finding in found(holders, actions)

test_severity_by_what_the_role_gives if {
	severity(two, ["s3:putobject"]) == "medium"
	severity(two, ["s3:putbucketpolicy"]) == "high"
	apart := [
		interpreter("a", "analysis", {"environment": fixtures.label("test")}),
		interpreter("b", "billing", {"environment": fixtures.label("staging")}),
	]
	severity(apart, ["s3:getobject"]) == "medium"
}

test_whose_agents_are_not_known if {
	gateways := [fixtures.workload(name, "agentcore_gateway", {}) | some name in ["a", "b"]]
	some finding in found(gateways, ["lambda:invokefunction"])
	finding.severity == "medium"
	finding.evidence.agents == []
}

test_of_one_agent_alone if {
	count(found([interpreter("a", "billing", {}), interpreter("b", "billing", {})], ["s3:putobject"])) == 0
}

test_of_the_same_agents if {
	both := {"used_by": [fixtures.user("code_interpreter", agent.id) | some agent in agents]}
	count(found([interpreter("a", "billing", both), interpreter("b", "billing", both)], ["s3:putobject"])) == 0
}

test_each_on_a_role_of_its_own if count(found([two[0]], ["s3:putobject"])) == 0

test_of_two_kinds_is_said_elsewhere if {
	browser := fixtures.workload("browser", "agentcore_browser", {})
	count(found([two[0], browser], ["s3:putobject"])) == 0
}

test_agents_functions_and_people_are_said_elsewhere if {
	every kind in ["bedrock_agent", "bedrock_flow", "lambda_function", "principal"] {
		count(found([fixtures.workload(name, kind, {}) | some name in ["a", "b"]], ["s3:putobject"])) == 0
	}
}

test_of_agents_of_one_sound_class if {
	twins := [fixtures.agent(name, {"agent_class": "twins"}) | some name in ["analysis", "billing"]]
	parts := {
		"workloads": array.concat(two, twins),
		"agent_classes": [fixtures.agent_class("twins", ["analysis", "billing"], {})],
	}
	count(found_with(two, ["s3:putobject"], parts)) == 0
}
