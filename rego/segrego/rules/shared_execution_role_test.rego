package segrego.rules.shared_execution_role_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.shared_execution_role as rule

orders := fixtures.agent("orders", {})

billing := fixtures.agent("billing", {})

flow := fixtures.workload("flow", "bedrock_flow", {})

found(parts) := findings if {
	findings := rule.deny with input as fixtures.inventory(parts)
}

on_one_role(holders, extra) := {"workloads": holders, "roles": [fixtures.role("shared", holders, extra)]}

test_two_agents_on_one_role if {
	some finding in found(on_one_role([orders, billing], {}))
	finding.subject == "shared"
	[agent.id | some agent in finding.evidence.agents] == ["billing", "orders"]
	finding.evidence.agents[0].address == "billing"
	finding.evidence.agents[0].file == "stack.yaml"
	finding.evidence.agents[0].line == 1
	finding.related == ["billing", "orders"]
}

test_three_agents_are_one_finding if {
	third := fixtures.workload("runtime", "agentcore_runtime", {})
	findings := found(on_one_role([orders, billing, third], {}))
	count(findings) == 1
	some finding in findings
	count(finding.evidence.agents) == 3
}

test_one_agent_is_not_shared if count(found(on_one_role([orders], {}))) == 0

test_one_agent_in_two_slots_is_not_shared if {
	bindings := [
		fixtures.binding(orders, "draft", null, []),
		fixtures.binding(orders, "version", "3", ["live"]),
	]
	count(found(on_one_role([orders], {"bindings": bindings}))) == 0
}

test_agents_on_roles_of_their_own if {
	parts := {
		"workloads": [orders, billing],
		"roles": [fixtures.role("a", [orders], {}), fixtures.role("b", [billing], {})],
	}
	count(found(parts)) == 0
}

test_two_flows_share if {
	other := fixtures.workload("other", "bedrock_flow", {})
	count(found(on_one_role([flow, other], {}))) == 1
}

test_an_agent_and_a_flow_are_two_kinds if count(found(on_one_role([orders, flow], {}))) == 0

test_functions_are_no_agents if {
	functions := [fixtures.workload(name, "lambda_function", {}) | some name in ["a", "b"]]
	count(found(on_one_role(functions, {}))) == 0
}

class_of(members, extra) := {"agent_classes": [fixtures.agent_class("twins", members, extra)]}

twins := [fixtures.agent(name, {"agent_class": "twins"}) | some name in ["a", "b"]]

test_an_approved_class_may_share if {
	parts := object.union(on_one_role(twins, {}), class_of(["a", "b"], {}))
	count(found(parts)) == 0
}

test_a_class_that_is_not_sound_may_not if {
	every extra in [
		{"approver": null},
		{"approver": ""},
		{"expires_at_ns": 999},
		{"expires_at_ns": 1000},
		{"expires_at_ns": null},
		{"approved": "sha256:b"},
	] {
		count(found(object.union(on_one_role(twins, {}), class_of(["a", "b"], extra)))) == 1
	}
}

test_a_class_without_a_fingerprint_may_share if {
	count(found(object.union(on_one_role(twins, {}), class_of(["a", "b"], {"approved": null})))) == 0
}

test_a_class_whose_members_differ_may_not if {
	changed := [twins[0], object.union(twins[1], {"uses": [fixtures.use("model", "another")]})]
	count(found(object.union(on_one_role(changed, {}), class_of(["a", "b"], {})))) == 1
}

test_a_third_agent_beside_a_class_shares if {
	holders := array.concat(twins, [orders])
	some finding in found(object.union(on_one_role(holders, {}), class_of(["a", "b"], {})))
	count(finding.evidence.agents) == 3
}

test_two_classes_may_not_share if {
	mixed := [twins[0], fixtures.agent("b", {"agent_class": "others"})]
	parts := object.union(on_one_role(mixed, {}), class_of(["a"], {}))
	count(found(parts)) == 1
}

test_an_undeclared_class_may_not_share if count(found(on_one_role(twins, {}))) == 1

granted(statements) := object.union(
	on_one_role([orders, billing], {"policies": ["grants"]}),
	{"policies": [fixtures.policy("grants", statements)]},
)

severity(parts) := finding.severity if some finding in found(parts)

test_severity_by_what_is_gained if {
	severity(granted([fixtures.allow(["s3:getobject"], ["arn:aws:s3:::b/*"])])) == "medium"
	severity(granted([fixtures.allow(["s3:putobject"], ["arn:aws:s3:::b/*"])])) == "high"
	severity(granted([fixtures.allow(["lambda:invokefunction"], ["arn:aws:lambda:r:a:function:f"])])) == "high"
	severity(granted([fixtures.allow(["s3:putbucketpolicy"], ["arn:aws:s3:::b"])])) == "critical"
	severity(granted([fixtures.allow(["logs:putlogevents", "bedrock:invokemodel"], ["*"])])) == "medium"
}

test_severity_of_a_policy_that_was_not_read if {
	unread := object.union(fixtures.policy("grants", []), {"read": false})
	severity(object.union(on_one_role([orders, billing], {"policies": ["grants"]}), {"policies": [unread]})) == "high"
	trust := on_one_role([orders, billing], {"unread": ["trust"]})
	severity(trust) == "medium"
}

test_severity_across_data_domains if {
	holders := [
		fixtures.agent("a", {"domains": [fixtures.label("hr")]}),
		fixtures.agent("b", {"domains": [fixtures.label("finance")]}),
	]
	severity(on_one_role(holders, {})) == "high"
}

test_the_evidence_says_what_tells_the_agents_apart if {
	own := object.union(orders, {"uses": [fixtures.use("data", "arn:aws:s3:::orders")]})
	statements := [
		fixtures.allow(["s3:getobject"], ["arn:aws:s3:::orders/*"]),
		fixtures.allow(["s3:getobject"], ["arn:aws:s3:::manuals/*"]),
		fixtures.allow(["bedrock:invokemodel"], ["*"]),
	]
	some finding in found(object.union(granted(statements), {"workloads": [own, billing]}))
	finding.evidence.attribution == {"agents": 2, "grants": 3, "ambiguous": 2}
}

test_severity_of_what_was_not_read if severity(on_one_role([orders, billing], {"unread": ["policies"]})) == "high"

test_severity_across_environments if {
	holders := [
		fixtures.agent("a", {"environment": fixtures.label("production")}),
		fixtures.agent("b", {"environment": fixtures.label("test")}),
	]
	severity(on_one_role(holders, {})) == "high"
	some finding in found(on_one_role(holders, {}))
	finding.evidence.environments == ["production", "test"]
}

certainty(extra) := finding.evidence.certainty if some finding in found(on_one_role([orders, billing], extra))

test_certainty_is_the_least_of_what_says_so if {
	certainty({}) == "exact"
	certainty({"identity": "by_default"}) == "by_default"
	certainty({"identity": "unresolved"}) == "unresolved"
	unsure := [object.union(fixtures.binding(holder, "draft", null, []), {"certainty": sure}) |
		some [holder, sure] in [[orders, "by_default"], [billing, "exact"]]
	]
	certainty({"bindings": unsure}) == "by_default"
}

test_slots_are_shown if {
	bindings := [
		fixtures.binding(orders, "draft", null, []),
		fixtures.binding(orders, "version", "3", ["live", "beta"]),
		fixtures.binding(billing, "execution", null, []),
	]
	some finding in found(on_one_role([orders, billing], {"bindings": bindings}))
	[agent.slot | some agent in finding.evidence.agents] == ["execution", "draft, version 3 (beta, live)"]
}

test_a_finding_without_a_place if {
	nowhere := {"location": null}
	holders := [fixtures.agent(name, nowhere) | some name in ["arn:a", "arn:b"]]
	some finding in found(on_one_role(holders, nowhere))
	finding.evidence.agents[0].address == "arn:a"
	finding.evidence.agents[0].file == null
	finding.evidence.agents[0].line == null
}

test_of_several_certainties_the_least_is_said if {
	slots := [object.union(fixtures.binding(holder, "draft", null, []), {"certainty": certainty}) |
		some [holder, certainty] in [[orders, "by_default"], [billing, "unresolved"]]
	]
	some finding in found(on_one_role([orders, billing], {"bindings": slots}))
	finding.evidence.certainty == "unresolved"
}
