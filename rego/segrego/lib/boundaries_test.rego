package segrego.lib.boundaries_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.boundaries

agent(id, environment, domains) := fixtures.agent(id, {
	"environment": environment,
	"domains": [fixtures.label(domain) | some domain in domains],
})

crossed(workloads) := found if {
	found := boundaries.crossed({workload.id | some workload in workloads}) with input as fixtures.inventory({"workloads": workloads})
}

test_two_environments_are_crossed if {
	crossed([
		agent("a", fixtures.label("test"), []),
		agent("b", fixtures.label("live"), ["hr"]),
		agent("c", null, []),
	]) == {"environments": ["live", "test"], "domains": []}
}

test_domains_are_crossed_where_none_is_common if {
	crossed([agent("a", null, ["hr"]), agent("b", null, ["money", "tax"]), agent("c", null, [])]) == {
		"environments": [],
		"domains": ["hr", "money", "tax"],
	}
	crossed([agent("a", fixtures.label("test"), ["hr"]), agent("b", null, ["tax"])]).environments == ["test"]
}

test_nothing_is_crossed if {
	not crossed([agent("a", fixtures.label("test"), ["hr"]), agent("b", fixtures.label("test"), ["hr", "tax"])])
	not crossed([agent("a", fixtures.label("test"), []), agent("b", null, [])])
	not crossed([])
}
