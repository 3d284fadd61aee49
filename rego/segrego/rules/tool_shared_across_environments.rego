# METADATA
# title: One tool serves agents of different environments or data domains
# description: >-
#   A function or gateway that several agents call acts under its own one role, whichever of them calls. That is one tool
#   with one identity, and no finding by itself. Where the agents are of different environments, or have no data domain in
#   common, it lets one of them do through the tool what was granted for the other: a confused deputy between agents.
# custom:
#   headline: "{subject} serves agents of {crossed}: {agents}"
#   severity: low
#   category: isolation
#   requires: [workloads, tools, uses, environments, domains]
#   remediation: >-
#     Deploy the tool once for each environment and data domain, each under a role of its own. Until then the tool must
#     check which agent calls it, from what the service passes and not from what the model says.
#   example: |
#     Resources:
#       OrdersAgentProd:
#         Type: AWS::Bedrock::Agent
#         Properties:
#           AgentName: orders-prod
#           ActionGroups: [{ActionGroupName: orders, ActionGroupExecutor: {Lambda: !GetAtt OrdersFunction.Arn}}]
#       OrdersAgentStaging:
#         Type: AWS::Bedrock::Agent
#         Properties:
#           AgentName: orders-staging
#           ActionGroups: [{ActionGroupName: orders, ActionGroupExecutor: {Lambda: !GetAtt OrdersFunction.Arn}}]
#   controls:
#     owasp-nhi-2025: [NHI8, NHI9]
#     owasp-agentic-2026: [ASI02, ASI03]
#     owasp-agentic-threats-1.0: [T3]
#     nist-800-53-r5: [AC-6]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L4, L6, T1]
#     mitre-atlas-5.6.0: [AML.T0053, AML.M0028, AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.tool_shared_across_environments

import data.segrego.lib.boundaries
import data.segrego.lib.inventory
import data.segrego.lib.severity
import data.segrego.lib.uses

deny contains {
	"subject": workload.id,
	"severity": severity.at(_level(workload, crossed)),
	"related": sort(agents),
	"evidence": {
		"agents": uses.shown(agents),
		"crossed": array.concat(crossed.environments, crossed.domains),
		"environments": crossed.environments,
		"domains": crossed.domains,
	},
} if {
	some workload in input.workloads
	inventory.family(workload.kind) in {"function", "gateway"}
	agents := {id |
		some id in inventory.agents_behind[workload.id]
		inventory.is_executor(inventory.workload_by_id[id])
	}
	crossed := boundaries.crossed(agents)
}

# What the tool may do weighs only where environments are crossed: there a test of one is an act in the other.
_level(workload, crossed) := 1 if {
	count(crossed.environments) < 2
} else := 2 + count({1 | some level in _levels(workload); level > 2; "production" in crossed.environments})

_levels(workload) := {severity.of_role(inventory.role_by_id[binding.role]) | some binding in workload.bindings}
