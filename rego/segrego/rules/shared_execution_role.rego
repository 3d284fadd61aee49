# METADATA
# title: Agents share an execution role
# description: >-
#   A role that several agents (or several flows) run under gives each of them the union of what all of them need, one
#   change to it changes all of them, and no log can tell which of them acted. What each agent gains is what its own tools
#   and data do not explain: by access class, service and data domain. Agents of one agent class are exempt while the
#   class is approved, unexpired, unchanged, and its members are equivalent. An agent's own draft and versions share nothing.
# custom:
#   headline: "{agents} run under {subject}"
#   severity: high
#   category: isolation
#   requires: [workloads, bindings]
#   remediation: >-
#     Give every agent a role of its own, whose trust policy names only that agent and whose permissions are only what its
#     own tools need; then delete the shared role. A better shared role is not the fix.
#   example: |
#     Resources:
#       OrdersAgent:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: orders, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
#       BillingAgent:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: billing, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
#   controls:
#     owasp-nhi-2025: [NHI9]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6, AU-10]
#     owasp-agentic-nhimg: [A2]
#     owasp-agentic-threats-1.0: [T3, T8]
#     nist-ai-rmf-1.0: [GOVERN, MAP 4.2, MEASURE 2.8]
#     csa-maestro-2025: [L6, L7, T1]
#     mitre-atlas-5.6.0: [AML.M0026, AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.shared_execution_role

import data.segrego.lib.boundaries
import data.segrego.lib.inventory
import data.segrego.lib.needs
import data.segrego.lib.severity

deny contains {
	"subject": role.id,
	"severity": severity.at(_level(role, agents, gains)),
	"related": sort(agents),
	"evidence": {
		"agents": [inventory.member(role, id) | some id in sort(agents)],
		"certainty": _certainty(role),
		"environments": sort(boundaries.environments(agents)),
		"attribution": needs.attribution(role, by_agent),
		"gains": gains,
	},
} if {
	some role in input.roles
	agents := inventory.sharers(role)
	count(agents) > 1
	not inventory.same_class(agents)
	by_agent := {id: needs.gaining(role, inventory.workload_by_id[id]) | some id in agents}
	gains := [needs.blast_radius(role, id, by_agent[id]) | some id in sort(agents)]
}

# How sure it is that the agents hold one role: no surer than the least sure of what says so.
_certainty(role) := "unresolved" if "unresolved" in _certainties(role)

_certainty(role) := "by_default" if {
	certainties := _certainties(role)
	not "unresolved" in certainties
	"by_default" in certainties
}

_certainty(role) := "exact" if count(_certainties(role) & {"unresolved", "by_default"}) == 0

_certainties(role) := {role.identity} | {binding.certainty | some binding in role.bindings}

# Gaining to administer is worst; two agents that gain nothing but reading, in one environment, are least.
_level(role, agents, gains) := max((({severity.of_access(_gained(gains))} | {3 | severity.is_unread(role)}) | {3 |
	boundaries.crossed(agents)
}))

_gained(gains) := {class | some gain in gains; some class, number in gain.access; number > 0}
