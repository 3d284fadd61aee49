package segrego.lib.domains_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.domains

label(name) := {"domains": [fixtures.label(name)]}

bucket(name) := fixtures.resource(name, "s3_bucket", object.union(label(name), {"sensitivity": fixtures.label(name)}))

using(relation, target) := {"uses": [fixtures.use(relation, target)]}

workload := fixtures.agent("a", object.union(label("own"), {
	"tools": ["tool"],
	"uses": [fixtures.use("data", "read"), fixtures.use("knowledge_base", "base"), fixtures.use("gateway", "gateway")],
}))

# An agent with its data, a knowledge base with its own, a function behind a tool with another behind it, and a gateway.
world := fixtures.inventory({
	"workloads": [
		workload,
		fixtures.workload("base", "bedrock_knowledge_base", object.union(label("base"), using("data", "indexed"))),
		fixtures.workload("function", "lambda_function", object.union(label("function"), using("function", "behind"))),
		fixtures.workload("behind", "lambda_function", object.union(label("behind"), using("data", "written"))),
		fixtures.workload("gateway", "agentcore_gateway", object.union(label("gateway"), {"tools": ["through"]})),
		fixtures.workload("served", "lambda_function", label("served")),
		fixtures.agent("helper", label("helper")),
	],
	"tools": [fixtures.tool("tool", "a", "function"), fixtures.tool("through", "gateway", "served")],
	"resources": [bucket(name) | some name in ["read", "indexed", "written", "other"]],
})

test_directly_it_serves_its_labels_its_data_and_its_knowledge if {
	found := domains.direct(workload) with input as world
	found == {"own", "read", "base", "indexed"}
}

test_through_its_tools_it_serves_theirs if {
	found := domains.of(workload) with input as world
	found == {"own", "read", "base", "indexed", "function", "behind", "written", "gateway", "served"}
}

test_sensitivities_are_those_of_all_data if {
	found := domains.sensitivities(workload) with input as world
	found == {"read", "indexed", "written"}
}

test_data_without_a_label_has_none if {
	reader := fixtures.agent("reader", using("data", "plain"))
	parts := fixtures.inventory({"workloads": [reader], "resources": [fixtures.resource("plain", "s3_bucket", {})]})
	of := domains.of(reader) with input as parts
	of == set()
	sensitivities := domains.sensitivities(reader) with input as parts
	sensitivities == set()
}

test_what_another_agent_serves_is_not_ones_own if {
	asking := fixtures.agent("asking", using("collaborator", "helper"))
	found := domains.of(asking) with input as object.union(world, {"workloads": array.concat(world.workloads, [asking])})
	found == set()
}
