package segrego.rules.unneeded_grants_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.unneeded_grants

found(workload, holders, statements) := findings if {
	findings := unneeded_grants.deny with input as fixtures.inventory({
		"workloads": [workload],
		"tools": [fixtures.tool("ship", "orders", "arn:aws:lambda:eu-west-1:111122223333:function:ship")],
		"roles": [fixtures.role("role", holders, {"policies": ["p"]})],
		"policies": [fixtures.policy("p", statements)],
	})
}

agent(extra) := fixtures.agent("orders", extra)

runs := fixtures.allow(["lambda:invokefunction"], ["arn:aws:lambda:eu-west-1:111122223333:function:ship"])

reads := fixtures.allow(["s3:getobject"], ["arn:aws:s3:::orders/*"])

test_a_read_that_nothing_needs if {
	some finding in found(agent({}), [agent({})], [reads])
	finding.severity == "low"
	finding.evidence.services == ["s3"]
	finding.evidence.access == ["read"]
	[grant.actions | some grant in finding.evidence.grants] == [["s3:getobject"]]
}

test_a_write_that_nothing_needs if {
	some finding in found(agent({}), [agent({})], [fixtures.allow(["s3:putobject"], ["arn:aws:s3:::orders/*"])])
	finding.severity == "medium"
}

test_what_a_tool_needs if count(found(agent({"tools": ["ship"]}), [agent({})], [runs])) == 0

test_what_data_needs if {
	reader := agent({"uses": [{"relation": "data", "target": "arn:aws:s3:::orders"}]})
	count(found(reader, [reader], [reads])) == 0
}

test_a_flow_is_configured_as_well if {
	flow := fixtures.workload("orders", "bedrock_flow", {})
	count(found(flow, [flow], [reads])) == 1
}

test_a_runtimes_code_may_need_anything if {
	runtime := fixtures.workload("orders", "agentcore_runtime", {})
	count(found(runtime, [runtime], [reads])) == 0
}

test_a_shared_role_is_another_finding if {
	count(found(agent({}), [agent({}), fixtures.agent("billing", {})], [reads])) == 0
}

test_tools_that_were_not_read_may_need_it if {
	count(found(agent({"tools": ["ship"]}), [agent({})], [reads])) == 1
	unread := object.union(fixtures.tool("ship", "orders", "x"), {"operations_read": false})
	findings := unneeded_grants.deny with input as fixtures.inventory({
		"workloads": [agent({"tools": ["ship"]})],
		"tools": [unread],
		"roles": [fixtures.role("role", [agent({})], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [reads])],
	})
	count(findings) == 0
}

test_everything_but_is_of_every_service if {
	everything := fixtures.statement("Allow", {"not_actions": ["iam:passrole"], "resources": ["*"]})
	some finding in found(agent({}), [agent({})], [everything])
	finding.evidence.services == ["*"]
	finding.severity == "medium"
}

test_some_grants_are_shown_and_all_are_counted if {
	many := [fixtures.allow(["s3:getobject"], [concat("", ["arn:aws:s3:::b", format_int(number, 10)])]) | some number in numbers.range(1, 12)]
	some finding in found(agent({}), [agent({})], many)
	count(finding.evidence.grants) == 2
	finding.evidence.grants_in_all == 12
}
