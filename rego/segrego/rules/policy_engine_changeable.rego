# METADATA
# title: An agent may change the policies that govern it
# description: >-
#   The role of an agent that calls tools through a gateway may change the gateway's policy engine, its policies, or the
#   gateway itself. What it is refused it can then allow itself.
# custom:
#   headline: "{agents} may change what decides their calls through {subject}"
#   severity: high
#   category: accountability
#   requires: [workloads, bindings, tools, uses, policies, authorization]
#   remediation: >-
#     Take the actions named in the evidence out of the agents' roles. Policies and gateways are changed by a pipeline's role,
#     which no agent may assume.
#   example: |
#     OrdersRole: # of an agent that uses the gateway
#       Policies:
#         - PolicyDocument:
#             Statement: [{Effect: Allow, Action: "bedrock-agentcore:*", Resource: "*"}]
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI03, ASI10]
#     owasp-agentic-threats-1.0: [T3]
#     nist-800-53-r5: [AC-5, AC-6, AC-24]
#     nist-ai-rmf-1.0: [MANAGE 2.4]
#     csa-maestro-2025: [L6]
#     mitre-atlas-5.6.0: [AML.T0081, AML.M0026]
#     aws-agentic-ai-lens: [AGENTSEC03, AGENTSEC05]
# schemas:
#   - input: schema.input
package segrego.rules.policy_engine_changeable

import data.segrego.lib.access
import data.segrego.lib.iam
import data.segrego.lib.inventory

deny contains {
	"subject": gateway.id,
	"severity": _severity(able),
	"related": sort(object.keys(able)),
	"evidence": {
		"agents": [object.union(inventory.described(id), {"changes": able[id]}) | some id in sort(object.keys(able))],
		"policy_engine": engine,
		"mode": gateway.policy_engine.mode,
	},
} if {
	some gateway in input.workloads
	engine := gateway.policy_engine.target
	able := {id: changes |
		some id in _governed(gateway)
		changes := sort({change |
			some binding in inventory.workload_by_id[id].bindings
			some change in _changes(inventory.role_by_id[binding.role], gateway)
		})
		count(changes) > 0
	}
	count(able) > 0
}

# The workloads that call tools through the gateway.
_governed(gateway) := ({user.workload | some user in gateway.used_by} | {inventory.tool_by_id[id].owner |
	some id in gateway.serves
}) - {gateway.id}

_changes(role, gateway) := {change |
	actions := {action | some grant in iam.grants(role); some action in _actions_by_list[grant.actions]}
	some [on, resource] in _resources(gateway)
	some action in data.segrego.tables.policy_engine_changes[on]
	actions[action]
	answer := iam.answer(role, action, resource)
	answer != "denied"
	change := {"action": action, "answer": answer, "role": role.id}
}

# Few action lists name any of them, and only what a grant names can be answered with yes.
_actions_by_list := {list: actions |
	some list in access.action_lists
	actions := {action |
		some _, actions in data.segrego.tables.policy_engine_changes
		some action in actions
		some text in list
		access.matches(text, action)
	}
	count(actions) > 0
}

_resources(gateway) := {["engine", gateway.policy_engine.target], ["engine", _policies_of(gateway)]} | {["gateway", arn] |
	arn := gateway.arn
	arn != null
}

_policies_of(gateway) := concat("", [gateway.policy_engine.target, "/policy/*"])

_severity(able) := "high" if count([1 | some changes in able; some change in changes; change.answer == "allowed"]) > 0

_severity(able) := "medium" if count([1 | some changes in able; some change in changes; change.answer == "allowed"]) == 0
