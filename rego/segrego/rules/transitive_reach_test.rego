package segrego.rules.transitive_reach_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.transitive_reach

role(holder, actions) := [fixtures.role(concat("-", [holder.id, "role"]), [holder], {"policies": [holder.id]}), fixtures.policy(
	holder.id,
	[fixtures.allow(actions, ["arn:aws:s3:::orders/*"])],
)]

bound(id, kind, extra) := fixtures.workload(id, kind, object.union({"bindings": [{"role": concat("-", [id, "role"])}]}, extra))

agent(extra) := bound("desk", "bedrock_agent", object.union({"tools": ["ship"]}, extra))

function(extra) := bound("ship-function", "lambda_function", extra)

found(workloads, granted, tool) := findings if {
	findings := transitive_reach.deny with input as fixtures.inventory({
		"workloads": workloads,
		"tools": [object.union(fixtures.tool("ship", "desk", "ship-function"), tool)],
		"roles": [pair[0] | some workload in workloads; pair := role(workload, object.get(granted, workload.id, ["s3:getobject"]))],
		"policies": [pair[1] | some workload in workloads; pair := role(workload, object.get(granted, workload.id, ["s3:getobject"]))],
	})
}

retrieval := {"purpose": fixtures.label("retrieval")}

test_a_retrieval_agent_whose_tool_writes if {
	some finding in found([agent(retrieval), function({})], {"ship-function": ["s3:putobject"]}, {})
	finding.subject == "desk"
	finding.severity == "high"
	finding.evidence.via == ["ship-function"]
	finding.evidence.more == ["write"]
	finding.evidence.reached == [{"workload": "ship-function", "path": ["desk", "ship-function"], "more": ["write"]}]
}

test_any_other_agents_tool_may_write if {
	count(found([agent({}), function({})], {"ship-function": ["s3:putobject"]}, {})) == 0
}

test_a_tool_that_administers if {
	some finding in found([agent({}), function({})], {"ship-function": ["s3:putbucketpolicy"]}, {})
	finding.severity == "critical"
	finding.evidence.more == ["administer"]
}

test_a_disabled_tool if {
	count(found([agent({}), function({})], {"ship-function": ["s3:putbucketpolicy"]}, {"state": "disabled"})) == 0
}

test_a_tool_of_another_domain if {
	owner := agent({"domains": [fixtures.label("orders")]})
	some finding in found([owner, function({"domains": [fixtures.label("payroll")]})], {}, {})
	finding.evidence.more == ["domain payroll"]
}

test_a_tools_domain_says_nothing_where_the_agent_has_none if {
	count(found([agent({}), function({"domains": [fixtures.label("payroll")]})], {}, {})) == 0
}

test_a_retrieval_agents_tool_may_read if count(found([agent(retrieval), function({})], {}, {})) == 0

test_what_decides_nothing_reaches_nothing_by_itself if {
	gateway := bound("desk", "agentcore_gateway", {"tools": ["ship"], "domains": [fixtures.label("orders")]})
	count(found([gateway, function({"domains": [fixtures.label("payroll")]})], {}, {})) == 0
}

test_a_tool_of_another_environment if {
	owner := agent({"environment": fixtures.label("staging")})
	some finding in found([owner, function({"environment": fixtures.label("production")})], {}, {})
	finding.evidence.more == ["environment production"]
}

test_a_tool_of_its_own_environment_and_domain if {
	labels := {"environment": fixtures.label("staging"), "domains": [fixtures.label("orders")]}
	count(found([agent(labels), function(labels)], {}, {})) == 0
}

uses(target) := {"uses": [{"relation": "collaborator", "target": target}], "tools": []}

test_chains_of_collaborators if {
	workloads := [
		agent(uses("b")),
		bound("b", "bedrock_agent", uses("c")),
		bound("c", "bedrock_agent", uses("d")),
		bound("d", "bedrock_agent", {}),
	]
	paths := {finding.subject: [entry.path | some entry in finding.evidence.reached] |
		some finding in found(workloads, {"c": ["s3:putbucketpolicy"], "d": ["s3:putbucketpolicy"]}, {})
	}
	paths.desk == [["desk", "b", "c"], ["desk", "b", "…", "d"]]
	paths.c == [["c", "d"]]
}

test_a_use_that_sets_nothing_in_motion if {
	reads := {"uses": [{"relation": "knowledge_base", "target": "kb"}], "tools": []}
	base := bound("kb", "bedrock_knowledge_base", {})
	count(found([agent(reads), base], {"kb": ["s3:putbucketpolicy"]}, {})) == 0
}
