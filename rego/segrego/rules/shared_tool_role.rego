# METADATA
# title: Tools of different agents share a role
# description: >-
#   When the functions behind several agents' tools run under one role, every tool can do what any of them can: an agent
#   reaches, through its own tool, what was granted for another agent's. One function that serves several agents is no
#   finding here, since it is one tool with one identity; nor is a tool that is disabled.
# custom:
#   headline: "tools of {agents} run under {subject}: {tools}"
#   severity: medium
#   category: isolation
#   requires: [workloads, bindings, tools]
#   remediation: Give each tool's function a role of its own, with only what that tool does.
#   example: |
#     Resources:
#       RefundFunction: # a tool of the billing agent
#         Type: AWS::Lambda::Function
#         Properties: {Role: !GetAtt ToolRole.Arn}
#       TrackingFunction: # a tool of the orders agent
#         Type: AWS::Lambda::Function
#         Properties: {Role: !GetAtt ToolRole.Arn}
#   controls:
#     owasp-nhi-2025: [NHI9]
#     owasp-agentic-2026: [ASI02, ASI03]
#     nist-800-53-r5: [AC-6]
#     owasp-agentic-threats-1.0: [T3]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L4, L6, T1]
#     mitre-atlas-5.6.0: [AML.T0053, AML.M0028, AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.shared_tool_role

import data.segrego.lib.boundaries
import data.segrego.lib.deployments
import data.segrego.lib.inventory
import data.segrego.lib.severity

deny contains {
	"subject": role.id,
	"severity": severity.at(_level(role, owners)),
	"related": sort(functions),
	"evidence": {
		"tools": [_shown(id) | some id in sort(tools)],
		"agents": sort([inventory.address(inventory.workload_by_id[id]) | some id in owners]),
		"functions": sort(functions),
		"access": sort(severity.access_of(role)),
	},
} if {
	some role in input.roles
	tools := {id |
		some holder, "function" in inventory.holders(role)
		some id in inventory.workload_by_id[holder].serves
		inventory.tool_by_id[id].state == "enabled"
	}
	owners := {inventory.tool_by_id[id].owner | some id in tools}
	count(owners) > 1
	functions := {inventory.tool_by_id[id].target | some id in tools}
	count(functions) > 1
	deployments.coexist(owners)
	not inventory.same_class(owners)
}

# One less than agents on one role: what a tool does with its rights is written in its code.
_level(role, owners) := (severity.of_role(role) - 1) + count([1 | boundaries.crossed(owners)])

_shown(id) := {
	"id": id,
	"name": tool.name,
	"agent": tool.owner,
	"function": tool.target,
	"address": inventory.address(tool),
	"file": inventory.place(tool).file,
	"line": inventory.place(tool).line,
} if {
	tool := inventory.tool_by_id[id]
}
