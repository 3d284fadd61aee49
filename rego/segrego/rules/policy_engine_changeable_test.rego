package segrego.rules.policy_engine_changeable_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.policy_engine_changeable as rule

engine := "arn:aws:bedrock-agentcore:us-east-1:111122223333:policy-engine/e-1"

gateway(extra) := fixtures.workload("gateway", "agentcore_gateway", object.union(
	{
		"arn": "arn:aws:bedrock-agentcore:us-east-1:111122223333:gateway/g-1",
		"policy_engine": {"target": engine, "mode": "ENFORCE"},
		"used_by": [{"relation": "gateway", "workload": "orders"}],
	},
	extra,
))

orders := fixtures.agent("orders", {"bindings": [{
	"role": "role",
	"slot": "draft",
	"version": null,
	"via": [],
	"certainty": "exact",
}]})

found(the_gateway, statements) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [the_gateway, orders],
		"roles": [fixtures.role("role", [orders], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", statements)],
		"tools": [fixtures.tool("tool", "orders", "gateway")],
	})
}

updates(resource) := fixtures.allow(["bedrock-agentcore:updatepolicyengine"], [resource])

test_an_agent_may_change_the_engine if {
	some finding in found(gateway({}), [updates(engine)])
	finding.subject == "gateway"
	finding.severity == "high"
	finding.related == ["orders"]
	finding.evidence.policy_engine == engine
	finding.evidence.mode == "ENFORCE"
	[agent.name | some agent in finding.evidence.agents] == ["orders"]
	finding.evidence.agents[0].changes == [{
		"action": "bedrock-agentcore:updatepolicyengine",
		"answer": "allowed",
		"role": "role",
	}]
}

test_its_policies_or_the_gateway if {
	count(found(gateway({}), [updates(concat("", [engine, "/policy/*"]))])) == 1
	some finding in found(gateway({}), [fixtures.allow(["bedrock-agentcore:updategateway"], ["*"])])
	[change.action | some change in finding.evidence.agents[0].changes] == ["bedrock-agentcore:updategateway"]
}

test_a_tool_is_a_use_as_well if {
	count(found(gateway({"used_by": [], "serves": ["tool"]}), [updates("*")])) == 1
}

test_under_a_condition if {
	condition := fixtures.condition("Bool", "aws:multifactorauthpresent", ["true"])
	some finding in found(gateway({}), [object.union(updates("*"), {"conditions": [condition]})])
	finding.severity == "medium"
}

test_one_that_may_not if {
	count(found(gateway({}), [updates("arn:aws:bedrock-agentcore:us-east-1:111122223333:policy-engine/e-2")])) == 0
	count(found(gateway({}), [fixtures.allow(["s3:getobject"], ["*"])])) == 0
}

test_agents_that_do_not_use_it if count(found(gateway({"used_by": []}), [updates("*")])) == 0

test_the_gateway_itself_is_not_governed_by_it if {
	itself := {"bindings": orders.bindings, "used_by": [{"relation": "gateway", "workload": "gateway"}]}
	count(found(gateway(itself), [updates("*")])) == 0
}

test_no_engine if count(found(gateway({"policy_engine": null}), [updates("*")])) == 0

test_a_gateway_whose_arn_is_not_known if {
	count(found(gateway({"arn": null}), [updates("*")])) == 1
	count(found(gateway({"arn": null}), [fixtures.allow(["bedrock-agentcore:updategateway"], ["*"])])) == 0
}
