package segrego.rules.access_outside_domain_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.access_outside_domain

bucket(domains) := {
	"id": "payroll",
	"kind": "AWS::S3::Bucket",
	"name": "payroll",
	"arn": "arn:aws:s3:::payroll",
	"domains": [fixtures.label(domain) | some domain in domains],
	"location": null,
}

pattern(file) := {
	"pattern": "arn:aws:s3:::payroll/*",
	"file": file,
	"groups": [{"account": null, "names": [{"kind": "resource", "id": "payroll", "arn": "arn:aws:s3:::payroll"}]}],
}

found(workload, actions, file) := findings if {
	findings := access_outside_domain.deny with input as fixtures.inventory({
		"workloads": [workload],
		"resources": [bucket(["payroll"])],
		"resource_patterns": [pattern(file)],
		"roles": [fixtures.role("role", [workload], {"policies": ["p"]})],
		"policies": [fixtures.policy("p", [fixtures.allow(actions, ["arn:aws:s3:::payroll/*"])])],
	})
}

agent(domains) := fixtures.agent("orders", {
	"bindings": [{"role": "role"}],
	"domains": [fixtures.label(domain) | some domain in domains],
})

test_reading_another_domain if {
	some finding in found(agent(["orders"]), ["s3:getobject"], null)
	finding.subject == "orders"
	finding.severity == "high"
	finding.related == ["role"]
	finding.evidence.own == ["orders"]
	finding.evidence.domains == ["payroll"]
	[entry.access | some entry in finding.evidence.reached] == [["read"]]
}

test_writing_another_domain_is_worse if {
	some finding in found(agent(["orders"]), ["s3:putobject"], null)
	finding.severity == "critical"
}

test_its_own_domain if count(found(agent(["orders", "payroll"]), ["s3:getobject"], null)) == 0

test_an_agent_without_domains if count(found(agent([]), ["s3:getobject"], null)) == 0

test_a_pattern_of_another_file_means_nothing_here if {
	count(found(agent(["orders"]), ["s3:getobject"], "other.yaml")) == 0
	count(found(agent(["orders"]), ["s3:getobject"], "stack.yaml")) == 1
}

test_an_action_that_does_nothing if count(found(agent(["orders"]), ["nosuch:action"], null)) == 0

test_a_function_is_no_agent if {
	function := object.union(agent(["orders"]), {"kind": "lambda_function"})
	count(found(function, ["s3:getobject"], null)) == 0
}
