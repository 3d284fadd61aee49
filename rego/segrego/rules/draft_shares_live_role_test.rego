package segrego.rules.draft_shares_live_role_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.draft_shares_live_role as rule

orders := fixtures.agent("orders", {})

trial := fixtures.agent("trial", {})

draft(holder) := fixtures.binding(holder, "draft", null, [])

live(holder) := fixtures.binding(holder, "version", "3", ["live"])

found(bindings, extra) := findings if {
	findings := rule.deny with input as fixtures.inventory(object.union(
		{
			"workloads": [orders, trial],
			"roles": [fixtures.role("shared", [], {"bindings": bindings, "policies": ["p"]})],
			"policies": [fixtures.policy("p", [fixtures.allow(["s3:putobject"], ["*"])])],
		},
		extra,
	))
}

test_a_draft_on_anothers_live_role if {
	some finding in found([draft(orders), live(orders), draft(trial)], {})
	finding.subject == "shared"
	finding.severity == "high"
	finding.evidence.drafts == ["trial"]
	finding.evidence.live == ["orders"]
	[member.slot | some member in finding.evidence.members] == ["draft, version 3 (live)", "draft"]
}

test_the_live_agents_own_draft_may_be_elsewhere if count(found([live(orders), draft(trial)], {})) == 1

test_a_runtime_is_live if {
	runtime := fixtures.workload("runtime", "agentcore_runtime", {})
	bindings := [fixtures.binding(runtime, "execution", null, []), draft(trial)]
	count(found(bindings, {"workloads": [runtime, trial]})) == 1
}

test_a_flows_draft_on_an_agents_live_role if {
	flow := fixtures.workload("flow", "bedrock_flow", {})
	count(found([live(orders), draft(flow)], {"workloads": [orders, flow]})) == 1
}

test_production_is_one_more if {
	production := fixtures.agent("orders", {"environment": fixtures.label("production")})
	testing := fixtures.agent("trial", {"environment": fixtures.label("test")})
	some finding in found([live(orders), draft(trial)], {"workloads": [production, testing]})
	finding.severity == "critical"
}

test_an_agents_own_draft_and_versions if count(found([draft(orders), live(orders)], {})) == 0

test_two_drafts if count(found([draft(orders), draft(trial)], {})) == 0

test_two_live_agents_are_said_elsewhere if {
	count(found([draft(orders), live(orders), draft(trial), live(trial)], {})) == 0
}

test_functions_are_no_agents if {
	function := fixtures.workload("function", "lambda_function", {})
	bindings := [fixtures.binding(function, "execution", null, []), draft(trial)]
	count(found(bindings, {"workloads": [function, trial]})) == 0
	planned := [live(orders), draft(function)]
	count(found(planned, {"workloads": [function, orders]})) == 0
}

test_agents_of_one_sound_class_may_share if {
	twins := [fixtures.agent(name, {"agent_class": "twins"}) | some name in ["orders", "trial"]]
	class := fixtures.agent_class("twins", ["orders", "trial"], {})
	count(found([live(orders), draft(trial)], {"workloads": twins, "agent_classes": [class]})) == 0
}
