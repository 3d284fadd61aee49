package segrego.rules.retrieval_can_mutate_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.retrieval_can_mutate as rule

base := {"relation": "knowledge_base", "target": "kb"}

writes := fixtures.allow(["s3:putobject", "s3:getobject"], ["arn:aws:s3:::b/*"])

found(agent, tools, statements) := findings if {
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [agent],
		"roles": [fixtures.role("role", [agent], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", statements)],
		"tools": tools,
	})
}

retriever(extra) := fixtures.agent("handbook", object.union(
	{"uses": [base], "bindings": [{"role": "role", "slot": "draft", "version": null, "via": [], "certainty": "exact"}]},
	extra,
))

test_a_knowledge_base_and_a_role_that_writes if {
	some finding in found(retriever({}), [], [writes])
	finding.subject == "handbook"
	finding.severity == "high"
	finding.evidence.basis == "only reads"
	finding.evidence.access == ["write"]
	finding.evidence.roles == ["role"]
	finding.evidence.grants == [{
		"role": "role",
		"access": ["write"],
		"actions": ["s3:putobject"],
		"resources": ["arn:aws:s3:::b/*"],
		"policy": "p",
		"file": "stack.yaml",
		"line": 21,
		"conditional": false,
	}]
}

test_administering_is_worst if {
	some finding in found(retriever({}), [], [fixtures.allow(["*"], ["*"])])
	finding.severity == "critical"
	finding.evidence.access == ["administer", "execute", "write"]
}

test_reading_and_running_itself_is_fine if {
	count(found(retriever({}), [], [
		fixtures.allow(["s3:getobject", "bedrock:invokemodel"], ["*"]),
		fixtures.allow(["logs:putlogevents"], ["*"]),
	])) == 0
}

test_running_another_agent_is_not_reading if {
	some finding in found(retriever({}), [], [fixtures.allow(["bedrock:invokeagent"], ["*"])])
	finding.evidence.access == ["execute"]
}

tool(extra) := object.union(fixtures.tool("tool", "handbook", "function"), extra)

get := {"name": "lookUp", "method": "get", "access": null, "confirmation": false}

reading := {"operations": [get]}

test_tools_that_only_read_leave_it_a_retriever if {
	every extra in [
		reading,
		{"operations": [object.union(get, {"method": "HEAD"})]},
		{"operations": [object.union(get, {"method": "POST", "access": "read"})]},
		{"operations": [object.union(get, {"method": "POST"})], "state": "disabled"},
	] {
		count(found(retriever({"tools": ["tool"]}), [tool(extra)], [writes])) == 1
	}
}

test_tools_that_may_change_something_do_not if {
	every extra in [
		{"operations": [object.union(get, {"method": "POST"})]},
		{"operations": [object.union(get, {"method": null})]},
		{"operations": [object.union(get, {"access": "write"})]},
		{"operations": [get, object.union(get, {"method": "DELETE"})]},
		{"operations": []},
		object.union(reading, {"operations_read": false}),
	] {
		count(found(retriever({"tools": ["tool"]}), [tool(extra)], [writes])) == 0
	}
}

test_an_agent_that_calls_others_is_no_retriever if {
	every relation in ["collaborator", "flow", "function"] {
		count(found(retriever({"uses": [base, {"relation": relation, "target": "x"}]}), [], [writes])) == 0
	}
}

test_without_a_knowledge_base_it_is_no_retriever if count(found(retriever({"uses": []}), [], [writes])) == 0

test_a_declared_purpose_decides if {
	declared := {"purpose": {"value": "retrieval", "origin": "declared"}}
	some finding in found(retriever(object.union(declared, {"uses": [], "kind": "agentcore_runtime"})), [], [writes])
	finding.evidence.basis == "declared"
	other := {"purpose": {"value": "orders", "origin": "declared"}}
	count(found(retriever(other), [], [writes])) == 0
}

test_a_runtimes_code_may_do_anything if count(found(retriever({"kind": "agentcore_runtime"}), [], [writes])) == 0
