package segrego.lib.sources_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.sources

agents := [fixtures.agent(name, {}) | some name in ["a", "b", "c"]]

executors(workloads, of) := found if {
	found := sources.executors with input as fixtures.inventory({"workloads": workloads, "sources": of})
}

test_by_source if {
	of := [fixtures.source("one", ["a"]), fixtures.source("two", ["b", "c"]), fixtures.source("three", [])]
	executors(agents, of) == {"one": {"a"}, "two": {"b", "c"}}
}

test_those_of_no_source if executors(agents, [fixtures.source("one", ["a"])]) == {"one": {"a"}, "inventory": {"b", "c"}}

test_one_of_no_source if executors([agents[0]], []) == {"inventory": {"a"}}

test_agents_and_flows_alone if {
	workloads := [
		fixtures.workload("f", "bedrock_flow", {}),
		fixtures.workload("l", "lambda_function", {}),
		fixtures.workload("g", "agentcore_gateway", {}),
	]
	executors(workloads, [fixtures.source("one", ["f", "l", "g"])]) == {"one": {"f"}}
	executors([workloads[1]], []) == {}
}
