# What is never deployed together is no sharing to any rule that is about two workloads.
package segrego.lib.deployments_in_rules_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.attribution_ambiguous
import data.segrego.rules.cloned_roles
import data.segrego.rules.role_shared_across_data_domains
import data.segrego.rules.role_shared_across_environments
import data.segrego.rules.role_shared_across_kinds
import data.segrego.rules.role_shared_across_sensitivities
import data.segrego.rules.shared_execution_role
import data.segrego.rules.shared_service_role
import data.segrego.rules.shared_tool_role

_stage(value) := [{"parameter": "stack.yaml#Stage", "values": [value], "excluded": false}]

_bound(role) := [{"role": role, "slot": "draft", "version": null, "via": [], "certainty": "exact"}]

_agent(id, stage, extra) := fixtures.agent(concat("-", ["agent", id]), object.union(
	{
		"only_if": _stage(stage),
		"bindings": _bound("shared"),
		"environment": fixtures.label(id),
		"domains": [fixtures.label(id)],
		"uses": [fixtures.use("data", id)],
	},
	extra,
))

_interpreter(id, stage, user) := fixtures.workload(id, "agentcore_code_interpreter", {
	"only_if": _stage(stage),
	"used_by": [fixtures.user("code_interpreter", concat("-", ["agent", user]))],
})

_functions := [fixtures.workload(id, "lambda_function", {"serves": [concat("-", ["tool", id])]}) | some id in ["refund", "track"]]

_findings(stages) := {name |
	agents := [_agent("public", stages[0], {}), _agent("restricted", stages[1], {})]
	clones := [_agent("c", stages[0], {"bindings": _bound("c-role")}), _agent("d", stages[1], {"bindings": _bound("d-role")})]
	interpreters := [_interpreter("a", stages[0], "public"), _interpreter("b", stages[1], "restricted")]
	mixed := [agents[0], interpreters[1]]
	found := {
		"attribution_ambiguous": attribution_ambiguous.deny,
		"cloned_roles": cloned_roles.deny,
		"role_shared_across_data_domains": role_shared_across_data_domains.deny,
		"role_shared_across_environments": role_shared_across_environments.deny,
		"role_shared_across_kinds": role_shared_across_kinds.deny,
		"role_shared_across_sensitivities": role_shared_across_sensitivities.deny,
		"shared_execution_role": shared_execution_role.deny,
		"shared_service_role": shared_service_role.deny,
		"shared_tool_role": shared_tool_role.deny,
	} with input as fixtures.inventory({
		"workloads": array.concat(array.concat(agents, clones), array.concat(interpreters, _functions)),
		"sources": [fixtures.source("stack.yaml", ["agent-public", "agent-restricted"])],
		"roles": [
			fixtures.role("shared", agents, {"policies": ["p"]}),
			fixtures.role("mixed", mixed, {"policies": ["p"]}),
			fixtures.role("interpreting", interpreters, {"policies": ["p"]}),
			fixtures.role("tools", _functions, {"policies": ["p"]}),
			fixtures.role("c-role", [clones[0]], {"policies": ["p"]}),
			fixtures.role("d-role", [clones[1]], {"policies": ["p"]}),
		],
		"twin_roles": [{"digest": "sha256:1", "roles": ["c-role", "d-role"]}],
		"policies": [fixtures.policy("p", [fixtures.allow(["s3:putobject"], ["arn:aws:s3:::ledger/*"])])],
		"resources": [fixtures.resource(id, "AWS::S3::Bucket", {"sensitivity": fixtures.label(id)}) | some id in ["public", "restricted"]],
		"tools": [fixtures.tool("tool-refund", "agent-public", "refund"), fixtures.tool("tool-track", "agent-restricted", "track")],
	})
	some name, findings in found
	count(findings) > 0
}

test_each_rule_finds_what_exists_together if count(_findings(["dev", "dev"])) == 9

test_no_rule_finds_what_never_exists_together if _findings(["dev", "prod"]) == set()
