package segrego.rules.agents_share_runtime_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.agents_share_runtime as rule

found(hosted, actions) := findings if {
	runtime := fixtures.workload("desk", "agentcore_runtime", object.union(fixtures.holds("role"), {"hosted_agents": hosted}))
	findings := rule.deny with input as fixtures.inventory({
		"workloads": [runtime],
		"roles": [fixtures.role("role", [runtime], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(actions, ["*"])])],
	})
}

test_three_agents_in_one_runtime if {
	some finding in found(["writer", "planner", "researcher"], ["s3:getobject"])
	finding.subject == "desk"
	finding.severity == "medium"
	finding.related == ["role"]
	finding.evidence == {"agents": ["planner", "researcher", "writer"], "roles": ["role"], "access": ["read"]}
}

test_severity_by_what_the_role_gives if {
	every pair in [["bedrock:invokemodel", "medium"], ["s3:putobject", "high"], ["*", "critical"]] {
		some finding in found(["planner", "writer"], [pair[0]])
		finding.severity == pair[1]
	}
}

test_one_agent_is_not_several if {
	every hosted in [[], ["planner"], ["planner", "planner"]] {
		count(found(hosted, ["s3:getobject"])) == 0
	}
}
